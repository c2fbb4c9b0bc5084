use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::id::IntentKey;
use crate::provider::InvoiceProvider;

use super::SampleRequest;

/// What goes wrong on the wire with the next request to issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disturbance {
    /// The request is sent and never arrives; no answer comes.
    LostBefore,
    /// The request is done; the answer never comes.
    LostAfter,
    /// A 5xx after the request was done.
    ServerError,
}

impl Disturbance {
    /// Every disturbance.
    pub const ALL: &[Self] = &[Self::LostBefore, Self::LostAfter, Self::ServerError];
}

/// What the kit needs to know of a provider under test. Only the first two are required; every other answer
/// lets the kit look closer. What cannot be seen is not checked.
///
/// A fixture is made anew for each rule. Where that does not empty the far side (a vendor's test system), make
/// [`key`](Fixture::key) unique.
pub trait Fixture: Send + Sync {
    /// The provider under test, always the same one.
    fn provider(&self) -> Arc<dyn InvoiceProvider>;

    /// Lets time pass, so that accepted requests settle. With a loopback server this moves its clock; with a real
    /// system it waits.
    fn advance(&self, by: Duration);

    /// A request that the provider issues, with this key.
    fn sample(&self, key: &str) -> SampleRequest {
        SampleRequest::new(key).line(3, "100.00").line(1, "0.05")
    }

    /// A request that the provider refuses because it is wrong, with this key.
    fn bad_sample(&self, key: &str) -> SampleRequest {
        self.sample(key).rows(|rows| rows.clear())
    }

    /// Turns a name of the kit's into a key of this run.
    fn key(&self, name: &str) -> String {
        name.to_owned()
    }

    /// The bodies of requests to issue that left for the far side with this key, in order, as
    /// [`PreparedRequest::body`](crate::provider::PreparedRequest::body) gives them; `None` where that cannot be
    /// seen. [`Tap`](super::Tap) is one way to see it.
    fn received(&self, _key: &IntentKey) -> Option<Vec<String>> {
        None
    }

    /// How many invoices the far side has issued for a key; `None` where that cannot be seen.
    fn invoices_of(&self, _key: &IntentKey) -> Option<usize> {
        None
    }

    /// Disturbs the next request to issue; `false` where that cannot be done.
    fn disturb(&self, _disturbance: Disturbance) -> bool {
        false
    }

    /// Confirms a red confirmation for the buyer; `false` where that cannot be done.
    fn buyer_confirms(&self, _confirmation: &str) -> bool {
        false
    }

    /// Runs a future to its end. Providers that need a runtime bring it here.
    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        block_on(future);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread.
fn block_on(mut future: Pin<Box<dyn Future<Output = ()> + '_>>) {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    while future.as_mut().poll(&mut context).is_pending() {
        thread::park();
    }
}
