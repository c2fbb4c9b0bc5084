//! A shop whose desk issues through a service's loopback bureau.
#![allow(dead_code, reason = "not every test file uses everything")]

use std::sync::Arc;

use invoice_core::application::ApplicationState;
use invoice_core::id::WorkerId;
use invoice_core::invoice::Invoice;
use invoice_core::provider::ProviderError;
use invoice_core::testkit::provider::SampleRequest;
use invoice_providers::baiwang::{BaiwangAccount, ProductLine};
use invoice_providers::http::Transport;
use invoice_providers::sandbox::{Repeat, SandboxBuilder};

use crate::desk_support::{BOOK, SELLER, Shop, desk_through, line as goods, order_id, seller_at};
use crate::support::{self as services, APPLIES, ISSUES, Line, Service, bodies, client};

pub(crate) struct World {
    pub(crate) line: Line,
    pub(crate) shop: Shop,
}

fn around(line: Line) -> World {
    let (provider, seller) = (Arc::clone(&line.provider), seller_at(line.service.id()));
    let desk = desk_through(&line.store, &line.clock, provider, seller, 1);
    let shop =
        Shop::around(desk, line.bureau.sandbox().clone(), Arc::clone(&line.clock), Arc::clone(&line.store));
    World { line, shop }
}

/// Where the service does not say what it does with a key that comes back, the bureau issues again: nothing protects the
/// shop but its own rules.
pub(crate) fn world_through(
    service: Service,
    transport: Arc<dyn Transport>,
    settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder,
) -> World {
    let settings = |bureau: SandboxBuilder| settings(bureau.automatic_red().repeat(Repeat::IssueAgain));
    around(services::line(service, SELLER, transport, settings))
}

pub(crate) fn world_with(service: Service, settings: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> World {
    world_through(service, Arc::new(client()), settings)
}

pub(crate) fn world(service: Service) -> World {
    world_with(service, |bureau| bureau)
}

/// An enterprise account whose reds the desk asks for.
pub(crate) fn on_request() -> World {
    let of = (SELLER, ProductLine::Enterprise);
    let settings = |bureau: SandboxBuilder| bureau.repeat(Repeat::IssueAgain);
    around(services::baiwang(of, Arc::new(client()), settings, BaiwangAccount::reds_on_request))
}

impl World {
    pub(crate) async fn order(&self) -> Invoice {
        let lines = vec![goods("1", BOOK, 3, "100.00"), goods("2", BOOK, 1, "0.05")];
        let order = self.shop.sell("A-1", lines).await;
        self.shop.apply("P-1", &[&order]).await;
        self.only().await
    }

    pub(crate) async fn only(&self) -> Invoice {
        let mut invoices = self.shop.invoices("P-1").await;
        assert_eq!(invoices.len(), 1);
        invoices.pop().unwrap()
    }

    pub(crate) async fn pump(&self) {
        self.shop.desk.pump(&self.shop.system, &WorkerId::new("w").unwrap(), 10).await.unwrap();
    }

    pub(crate) async fn refund(&self, amount: &str) {
        self.shop.refund("R-1", &order_id("A-1"), &[("1", amount, Some(1))]).await.unwrap();
    }

    pub(crate) async fn refund_all(&self) {
        let all = [("1", "100.00", Some(3)), ("2", "0.05", Some(1))];
        self.shop.refund("R-1", &order_id("A-1"), &all).await.unwrap();
    }

    /// Settled, issued once, and every byte that left for it was the same.
    pub(crate) async fn one_invoice(&self, what: &str) {
        self.shop.settle().await;
        assert_eq!(self.shop.application("P-1").await.state(), ApplicationState::Issued, "{what}");
        assert_eq!(self.shop.bureau.issued().count(), 1, "{what}");
        self.shop.prove().await;
        let mut sent = bodies(&self.line.recorder, ISSUES);
        sent.dedup();
        assert_eq!(sent.len(), 1, "{what}: other bytes were sent");
    }

    /// The bodies that applied for a red, the same one only once.
    pub(crate) fn applied(&self) -> Vec<String> {
        let mut applied = bodies(&self.line.recorder, APPLIES);
        applied.dedup();
        applied
    }

    /// A part was taken back once, and every byte that left for it was the same.
    pub(crate) async fn one_red(&self, what: &str) {
        assert_eq!(self.shop.bureau.issued().count(), 2, "{what}");
        assert_eq!(self.shop.application("P-1").await.state(), ApplicationState::PartlyRed, "{what}");
        self.shop.prove().await;
        let [applied] = &self.applied()[..] else { panic!("{what}: {:?}", self.applied()) };
        // Returned is 02 at the bureau, and 1 at Nuonuo.
        let reason = match self.line.service {
            Service::Nuonuo => "\"redReason\":\"1\"",
            Service::Enterprise | Service::Small => "\"redInvoiceLabel\":\"02\"",
        };
        assert!(applied.contains(reason), "{what}: {applied}");
    }

    /// What the service says to a request that it refuses.
    pub(crate) async fn refusal_of_issuing(&self) -> (&Line, ProviderError) {
        let request = SampleRequest::new("refused").seller(SELLER).line(1, "5.00").build();
        let prepared = self.line.provider.prepare(&request).unwrap();
        (&self.line, self.line.provider.issue(&prepared).await.unwrap_err())
    }

    /// Every change of the application and its invoices, as the timeline tells it.
    pub(crate) async fn told(&self) -> Vec<String> {
        let id = crate::desk_support::application_id("P-1");
        let entries = self.shop.desk.timeline(&self.shop.finance, &id).await.unwrap();
        entries.into_iter().flat_map(|entry| entry.changes).collect()
    }
}
