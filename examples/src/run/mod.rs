//! The closed loop: orders in, invoices out, refunds taken back, what they free applied for again.
//!
//! A [`Loop`] drives one desk through the days of a [`Feed`]. Within a day, by the clock of the shop in China:
//!
//! | hour | what happens |
//! |---|---|
//! | 08 | a reviewer approves what was applied for before today |
//! | 10 | orders and payments are recorded |
//! | 11 | buyers who want an invoice per order apply |
//! | 15 | refunds; red invoices follow by themselves |
//! | 19 | what reds have freed of special invoices is applied for again |
//! | 21 | on the last day of a month, one merged application for each of the other buyers |
//!
//! After each of these the outbox is pumped until nothing is due; the clock moves on only when what is left waits.
//!
//! **Starting again.** Every id is made from the feed, and every verb of the desk takes a repeated command as done,
//! so a day that was begun is simply done again. Days that were finished are noted in the store and not asked about
//! again.
//!
//! **Same seed, same documents.** Work runs concurrently only where its order cannot show: orders, applications and
//! invoices of different buyers; of one buyer's refunds one at a time.

mod books;
mod bureau;
mod day;
mod documents;
mod drive;
mod error;
mod open;
mod progress;

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use invoice_core::access::{Actor, Role};
use invoice_core::desk::InvoiceDesk;
use invoice_core::env::Clock;
use invoice_core::id::{ActorId, ApplicationId, BuyerId, OrderId, SellerId, TenantId, WorkerId};
use invoice_core::invoice::{InvoiceClass, InvoiceKind};
use invoice_core::limits::InvoiceLimit;
use invoice_core::money::Money;
use invoice_core::plan::red::RedExtent;
use invoice_core::seller::Seller;
use invoice_core::store::Store;
use invoice_providers::sandbox::SandboxBureau;

pub use books::Books;
pub use bureau::{Bureau, Connect, Connecting, Outside};
pub use drive::{drive, failed, progress_bar};
pub use error::{RunError, told};
pub use open::{Place, open_store};

use crate::clock::{VirtualClock, china};
use crate::feed::{Day, Feed};
use crate::ids::CountedIds;
use crate::parties::{self, Party};
use progress::Progress;

/// How many verbs are under way at the same time.
const AT_ONCE: usize = 64;
/// How many messages one pump takes.
const PUMPED: usize = 256;
/// A lease in virtual time. The clock stands still while work is done, so it only matters after a kill: short
/// enough to leave no trace on a document, whose time is given in seconds.
const LEASE: TimeDelta = TimeDelta::milliseconds(1);
/// How long what is held back because its account stands still is left alone before somebody looks again.
const HELD: TimeDelta = TimeDelta::minutes(1);
/// What is issued.
const KINDS: [InvoiceKind; 2] = [InvoiceKind::DIGITAL_ORDINARY, InvoiceKind::DIGITAL_SPECIAL];
/// The name of the only tenant and seller.
const SHOP: &str = "shop";

/// What a run is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where state lives.
    pub place: Place,
    /// The seed of bureau numbers and ids.
    pub seed: u64,
    /// The most one invoice may come to.
    pub limit: InvoiceLimit,
    /// Where issued documents go, if anywhere.
    pub documents: Option<std::path::PathBuf>,
    /// Who issues; the sandbox bureau inside the process when nobody is named.
    pub bureau: Option<Connect>,
}

/// The id of the seller.
///
/// # Errors
/// Never: the text is a constant.
pub fn seller_id() -> Result<SellerId, RunError> {
    Ok(SellerId::new(SHOP)?)
}

/// The loop at work.
pub struct Loop {
    desk: InvoiceDesk,
    bureau: Arc<dyn Bureau>,
    /// Open as long as this runs: no second process may.
    _inside: SandboxBureau,
    store: Arc<dyn Store>,
    clock: Arc<VirtualClock>,
    seller: SellerId,
    system: Actor,
    reviewer: Actor,
    workers: Vec<WorkerId>,
    progress: Progress,
    /// What the feed has told so far.
    told: Told,
    /// Orders that are applied for at the end of the month, by buyer.
    monthly: BTreeMap<BuyerId, (Party, Vec<MonthlyOrder>)>,
    /// Which application a special invoice of an order belongs to.
    special: HashMap<OrderId, ApplicationId>,
    /// What the desk refused, by code: how often, and the first sentence.
    refused: BTreeMap<String, (u64, String)>,
    documents: Option<std::path::PathBuf>,
}

/// Money that the feed told of, in fen: what the desk's books must come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Told {
    paid: i128,
    refunded: i128,
}

impl Told {
    fn add(&mut self, day: &Day) {
        let fen = |amount: Money| i128::from(amount.fen());
        self.paid += day.sales.iter().map(|sale| fen(sale.order.payable())).sum::<i128>();
        let lines = day.returns.iter().flat_map(|back| &back.refund.lines);
        self.refunded += lines.map(|line| fen(line.amount)).sum::<i128>();
    }
}

/// An order that waits for the end of the month.
#[derive(Debug, Clone)]
struct MonthlyOrder {
    id: OrderId,
    lines: day::Treatments,
}

impl Loop {
    /// Opens the store and the bureau, and continues where an earlier run with the same settings and source was
    /// stopped.
    ///
    /// # Errors
    /// When the store or the bureau's books cannot be opened, or belong to another source or other settings.
    pub async fn open(settings: Settings, source: &str) -> Result<Self, RunError> {
        let opened = open_store(&settings.place).await?;
        let tenant = TenantId::new(SHOP)?;
        let elsewhere =
            settings.bureau.as_ref().map_or_else(String::new, |bureau| format!("; {}", bureau.name()));
        let source = format!("{source}; seed {}; limit {:?}{elsewhere}", settings.seed, settings.limit);
        let mut progress = Progress::read(opened.store.as_ref(), &tenant, &source).await?;
        let clock = Arc::new(VirtualClock::new(DateTime::<Utc>::UNIX_EPOCH));
        let shared: Arc<dyn Clock> = clock.clone();
        // Its books keep a second process out, also where another bureau issues.
        let inside = sandbox(&settings, Arc::clone(&shared), opened.bureau.as_deref())?;
        let start = progress.start(opened.store.as_ref()).await?;
        let ids = Arc::new(CountedIds::new(settings.seed, start));
        let bureau: Arc<dyn Bureau> = match &settings.bureau {
            Some(elsewhere) => {
                elsewhere
                    .open(Outside {
                        store: Arc::clone(&opened.store),
                        cipher: Arc::clone(&opened.cipher),
                        clock: Arc::clone(&shared),
                        ids: ids.clone(),
                        tenant: tenant.clone(),
                    })
                    .await?
            }
            None => Arc::new(inside.clone()),
        };
        let provider = bureau.provider();
        let seller = seller_id()?;
        let selling = Seller::new(seller.clone(), parties::seller(), provider.id().clone());
        let selling = KINDS
            .into_iter()
            .fold(selling, |selling, kind| selling.offering(kind, Some(settings.limit)))
            .with_red_extent(InvoiceClass::Special, RedExtent::WholeInvoice);
        let desk = InvoiceDesk::builder(tenant, Arc::clone(&opened.store), opened.cipher, shared, ids)
            .seller(selling)
            .provider(provider)
            .lease(LEASE)
            .concurrency(AT_ONCE)
            .build()?;
        Ok(Self {
            desk,
            bureau,
            _inside: inside,
            store: opened.store,
            clock,
            seller,
            system: Actor::staff(ActorId::new("shop-system")?, Role::System),
            reviewer: Actor::staff(ActorId::new("reviewer")?, Role::Reviewer),
            workers: ["pump-1", "pump-2"].map(WorkerId::new).into_iter().collect::<Result<_, _>>()?,
            progress,
            told: Told::default(),
            monthly: BTreeMap::new(),
            special: HashMap::new(),
            refused: BTreeMap::new(),
            documents: settings.documents,
        })
    }

    /// Takes the feed to its end and writes the documents. `told` is called after each day.
    ///
    /// # Errors
    /// When the source, the store or the bureau's books fail; what was done until then stays, and the next run goes
    /// on.
    pub async fn run(
        &mut self,
        feed: &mut dyn Feed,
        told: &(dyn Fn(&dyn Feed, NaiveDate) + Sync),
    ) -> Result<(), RunError> {
        let mut next = feed.next_day()?;
        while let Some(day) = next {
            next = feed.next_day()?;
            let month = |date: NaiveDate| (date.year(), date.month());
            let closes = next.as_ref().is_none_or(|next| month(next.date) != month(day.date));
            self.day(&day, closes).await?;
            told(feed, day.date);
            if next.is_none() {
                self.finish(day.date).await?;
            }
        }
        self.progress.ended()?;
        if let Some(folder) = self.documents.clone() {
            self.write_documents(&folder).await?;
        }
        Ok(())
    }

    /// One day, and the end of its month when no further day of the month follows.
    async fn day(&mut self, day: &Day, closes_month: bool) -> Result<(), RunError> {
        let done = self.progress.is_done(day)?;
        self.remember(day);
        if !done {
            self.approve_before(china(day.date, 8)).await?;
            self.record(day).await?;
            self.apply_per_order(day).await?;
            self.refund(day).await?;
            self.apply_again(day).await?;
        }
        if closes_month {
            let last = last_of_month(day.date);
            self.apply_monthly(last, done).await?;
        }
        if !done {
            self.progress.finish(self.store.as_ref(), day).await?;
        }
        Ok(())
    }

    /// After the last day: what still waits for a reviewer or the bureau.
    async fn finish(&mut self, last: NaiveDate) -> Result<(), RunError> {
        const MORNINGS: u64 = 7;
        for morning in 1..=MORNINGS {
            let Some(date) = last_of_month(last).checked_add_days(Days::new(morning)) else { break };
            let approved = self.approve_before(china(date, 8)).await?;
            if approved == 0 && self.desk.next_due().await?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Pumps until nothing is due, moving the clock to what waits, but not beyond `until`.
    async fn settle(&self, until: DateTime<Utc>) -> Result<(), RunError> {
        loop {
            let pumps = self.workers.iter().map(|worker| {
                let (desk, system, worker) = (self.desk.clone(), self.system.clone(), worker.clone());
                async move { desk.pump(&system, &worker, PUMPED).await }
            });
            let mut claimed = 0;
            for report in at_once(pumps).await? {
                claimed += report?.claimed;
            }
            if claimed > 0 {
                continue;
            }
            let Some(due) = self.desk.next_due().await? else { return Ok(()) };
            let now = self.clock.now();
            // What is due and was not claimed belongs to an account that stands still: look again later.
            let next = if due > now { due } else { now + HELD };
            if next > until {
                return Ok(());
            }
            self.clock.advance_to(next);
        }
    }
}

/// The bureau inside the process, with books in a file where one is named.
fn sandbox(
    settings: &Settings,
    clock: Arc<dyn Clock>,
    books: Option<&std::path::Path>,
) -> Result<SandboxBureau, RunError> {
    let builder = SandboxBureau::builder(settings.seed, clock);
    let builder = KINDS.into_iter().fold(builder, |bureau, kind| bureau.limit(kind, settings.limit));
    Ok(match books {
        Some(path) => builder.open(path)?,
        None => builder.build()?,
    })
}

/// Runs all of these on the threads of the runtime, some at the same time, and gives what they gave, in any order.
async fn at_once<F>(work: impl IntoIterator<Item = F>) -> Result<Vec<F::Output>, RunError>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let spawned = stream::iter(work).map(tokio::spawn).buffer_unordered(AT_ONCE);
    spawned.try_collect().await.map_err(RunError::Stopped)
}

fn last_of_month(date: NaiveDate) -> NaiveDate {
    let next = match date.month() {
        12 => NaiveDate::from_ymd_opt(date.year() + 1, 1, 1),
        month => NaiveDate::from_ymd_opt(date.year(), month + 1, 1),
    };
    next.and_then(|first| first.pred_opt()).unwrap_or(date)
}
