//! Digital paper goes by two numbers: whoever hands it in under whichever of them, it gets through once, also at one moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::desk_support::*;
use crate::received_support::*;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use invoice_core::access::{Actor, Role};
use invoice_core::decision::ReceivedDeed;
use invoice_core::desk::DeskError;
use invoice_core::env::Clock;
use invoice_core::error::RefusalCode;
use invoice_core::id::{ActorId, OrderId, TenantId};
use invoice_core::received::verification::Standing;
use invoice_core::received::{
    Evidence, ReceivedInvoice, ReceivedKind, ReceivedQuery, ReceivedRecord, ReceivedState, ReceivedStep,
};
use invoice_core::store::{
    Claim, Commit, JournalEntry, Key, LedgerEntry, MemoryStore, Message, Page, Query, Row, Store, StoreError,
    Sum, SumQuery, UnitOfWork,
};
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::sandbox::SandboxBureau;

const CODED: &str = "033001800111-25672225";
const OTHER_CODED: &str = "033001800111-25672226";
const WHOLE: &str = "26332000004021728677";
const OTHER_WHOLE: &str = "26332000004021728678";

/// Paper of which these numbers are known.
fn paper(numbers: &[&str]) -> ReceivedInvoice {
    let built = ReceivedInvoice::builder()
        .number(numbers[0].parse().unwrap(), Evidence::Text)
        .kind(ReceivedKind::DigitalOrdinaryPaper, Evidence::Text)
        .date("2026-05-01".parse().unwrap(), Evidence::Text)
        .gross(yuan("106.00"), Evidence::Text);
    let second = numbers.get(1).map(|number| number.parse().unwrap());
    second.map_or(built.clone(), |number| built.digital_number(number, Evidence::Text)).build().unwrap()
}

type Act = BoxFuture<'static, ()>;

/// A store in which somebody else acts between what the next decision has read and its commit.
struct Between {
    store: Arc<dyn Store>,
    act: Mutex<Option<Act>>,
}

#[async_trait]
impl Store for Between {
    async fn read(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, StoreError> {
        self.store.read(keys).await
    }
    async fn find(&self, query: &Query) -> Result<Page, StoreError> {
        self.store.find(query).await
    }
    async fn commit(&self, unit: &UnitOfWork) -> Result<Commit, StoreError> {
        let act = self.act.lock().unwrap().take();
        if let Some(act) = act {
            act.await;
        }
        self.store.commit(unit).await
    }
    async fn claim(&self, claim: &Claim) -> Result<Vec<Message>, StoreError> {
        self.store.claim(claim).await
    }
    async fn next_due(&self, tenant: &TenantId) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.store.next_due(tenant).await
    }
    async fn journal(&self, key: &Key, after: u64, limit: usize) -> Result<Vec<JournalEntry>, StoreError> {
        self.store.journal(key, after, limit).await
    }
    async fn ledger(
        &self,
        tenant: &TenantId,
        after: Option<(OrderId, u64)>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.store.ledger(tenant, after, limit).await
    }
    async fn sums(&self, query: &SumQuery) -> Result<Vec<Sum>, StoreError> {
        self.store.sums(query).await
    }
}

fn person(id: &str) -> Actor {
    Actor::staff(ActorId::new(id).unwrap(), Role::Finance)
}

type Got = Result<ReceivedRecord, DeskError>;

/// One person hands `first` in; another `second`, wholly between what the first has read and their commit.
async fn at_one_moment(first: &[&str], second: &[&str]) -> (Got, Got, usize) {
    let clock = Arc::new(ManualClock::at("2026-05-02T04:00:00Z".parse().unwrap()));
    let bureau = SandboxBureau::builder(7, Arc::clone(&clock) as Arc<dyn Clock>);
    let bureau = Arc::new(bureau.build().unwrap());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let theirs = builder(&store, &clock, bureau.clone(), seller(), 2).build().unwrap();
    let (paper_of_theirs, told) = (paper(second), Arc::new(Mutex::new(None)));
    let tell = Arc::clone(&told);
    let act: Act = Box::pin(async move {
        let got = theirs.receive(&person("gang"), &seller_id(), paper_of_theirs).await;
        *tell.lock().unwrap() = Some(got);
    });
    let between: Arc<dyn Store> = Arc::new(Between { store: Arc::clone(&store), act: Mutex::new(Some(act)) });
    let ours = builder(&between, &clock, bureau, seller(), 1).build().unwrap();
    let got = ours.receive(&person("fang"), &seller_id(), paper(first)).await;
    let kept = ours.search_received(&person("fang"), &ReceivedQuery::new(), None, 10).await.unwrap();
    let theirs = told.lock().unwrap().take().unwrap();
    (got, theirs, kept.items.len())
}

#[tokio::test]
async fn two_people_with_one_paper_at_one_moment_get_it_through_once() {
    let pairs: [(&[&str], &[&str]); 4] = [
        (&[CODED, WHOLE], &[WHOLE]),
        (&[CODED, WHOLE], &[OTHER_CODED, WHOLE]),
        (&[CODED, WHOLE], &[CODED]),
        (&[CODED, WHOLE], &[CODED, OTHER_WHOLE]),
    ];
    for (one, other) in pairs.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]) {
        let (ours, theirs, kept) = at_one_moment(one, other).await;
        assert!(theirs.is_ok(), "{one:?} {other:?}");
        assert_eq!(code(&ours.unwrap_err()), RefusalCode::ReceivedAgain, "{one:?} {other:?}");
        assert_eq!(kept, 1, "{one:?} {other:?}");
    }
    let (ours, theirs, kept) = at_one_moment(&[CODED, WHOLE], &[OTHER_CODED, OTHER_WHOLE]).await;
    assert!(ours.is_ok() && theirs.is_ok() && kept == 2, "different papers do not meet");
}

#[tokio::test]
async fn a_paper_that_was_first_known_by_its_digits_keeps_its_place_and_can_be_verified_by_its_code() {
    let office = Office::new();
    let (fang, desk) = (&office.shop.finance, &office.shop.desk);
    office.receive(fang, paper(&[WHOLE])).await.unwrap();
    let known = office.receive(fang, paper(&[CODED, WHOLE])).await.unwrap();
    assert_eq!((known.number().as_str(), known.invoice().number().as_str()), (WHOLE, CODED));
    assert_eq!(known.invoice().digital_number().unwrap().as_str(), WHOLE);
    assert_eq!(known.numbers().map(|n| n.as_str()).collect::<Vec<_>>(), [WHOLE, CODED]);
    office.receive(fang, paper(&[CODED])).await.unwrap();
    for numbers in [&[CODED][..], &[WHOLE], &[OTHER_CODED, WHOLE]] {
        let refused = office.receive(&office.colleague, paper(numbers)).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::ReceivedAgain, "{numbers:?}");
    }
    office.verifier.register(paper(&[CODED, WHOLE]), Standing::Normal);
    office.shop.clock.advance(Duration::from_secs(86_400));
    let verified = desk.verify(fang, &WHOLE.parse().unwrap()).await.unwrap();
    assert_eq!(verified.record.verification().standing(), Some(Standing::Normal));
    for number in [CODED, WHOLE] {
        let query = ReceivedQuery::new().number(number.parse().unwrap());
        let found = desk.search_received(fang, &query, None, 10).await.unwrap();
        assert_eq!(found.items.len(), 1, "{number}");
    }
}

/// Each of two people has a paper under another of its numbers, which nobody can know; then a file shows both.
#[tokio::test]
async fn a_file_that_shows_two_kept_papers_to_be_one_is_refused_and_changes_neither() {
    for second in ["fang", "gang"] {
        let office = Office::new();
        let fang = &office.shop.finance;
        office.receive(fang, paper(&[CODED])).await.unwrap();
        office.receive(&person(second), paper(&[WHOLE])).await.unwrap();
        let refused = office.receive(fang, paper(&[CODED, WHOLE])).await.unwrap_err();
        assert_eq!(code(&refused), RefusalCode::ReceivedAgain);
        assert!(refused.to_string().contains(second), "{refused}");
        for number in [CODED, WHOLE] {
            let view = office.shop.desk.received(fang, &number.parse().unwrap()).await.unwrap();
            assert_eq!(view.whole().unwrap().numbers().count(), 1, "{number}");
        }
    }
}

/// What the bureau's books say of a paper may name a number that another has handed it in under.
#[tokio::test]
async fn the_books_give_an_invoice_no_number_that_is_another_ones() {
    const WHOLE: &str = "26332000004012567890";
    let coded = ReceivedInvoice::builder()
        .also(&paper(&[CODED]))
        .check_code("12345678901234567890".parse().unwrap(), Evidence::Text);
    let books = ReceivedInvoice::builder()
        .also(&coded.clone().build().unwrap())
        .digital_number(WHOLE.parse().unwrap(), Evidence::Structured);
    for taken in [true, false] {
        let office = Office::new();
        let fang = &office.shop.finance;
        office.verifier.register(books.clone().build().unwrap(), Standing::Normal);
        if taken {
            office.receive(&office.colleague, paper(&[WHOLE])).await.unwrap();
        }
        office.receive(fang, coded.clone().build().unwrap()).await.unwrap();
        office.shop.clock.advance(Duration::from_secs(86_400));
        let verified = office.shop.desk.verify(fang, &CODED.parse().unwrap()).await.unwrap();
        assert_eq!(verified.record.verification().standing(), Some(Standing::Normal), "{taken}");
        assert_eq!(verified.record.invoice().digital_number().is_none(), taken);
        // The other is verified and goes through the books; this one does not, and says why.
        let state = if taken { ReceivedState::Received } else { ReceivedState::Verified };
        assert_eq!((verified.record.state(), verified.record.notes().len()), (state, usize::from(taken)));
        let book = ReceivedDeed::Step(ReceivedStep::Book { voucher: "记-1".into() });
        let booked = office.shop.desk.keep(fang, &CODED.parse().unwrap(), book).await;
        assert_eq!(booked.is_err(), taken);
        if !taken {
            // By either number it is the same record.
            let whole = WHOLE.parse().unwrap();
            let found = office.shop.desk.received(fang, &whole).await.unwrap();
            assert_eq!(found.whole().unwrap().number().to_string(), CODED);
            let tag = ReceivedDeed::Tag("五月".to_owned());
            let tagged = office.shop.desk.keep(fang, &whole, tag).await.unwrap();
            assert_eq!(tagged.whole().unwrap().tags().collect::<Vec<_>>(), ["五月"]);
            assert_eq!(
                office.shop.desk.verify(fang, &whole).await.unwrap().record.number().to_string(),
                CODED
            );
        }
        let again = office.receive(&office.colleague, paper(&[WHOLE])).await;
        assert_eq!(again.is_ok(), taken, "known by both numbers, it is in nobody else's hands");
    }
}
