//! Notices: what happened is told once, through every route, again and again until it is taken or given up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::desk_support::*;
use async_trait::async_trait;
use chrono::TimeDelta;
use invoice_core::access::{Actor, Role};
use invoice_core::desk::{DeskBuilder, Reminders};
use invoice_core::env::{Clock, InApp, Letter, Notifier, NotifyError};
use invoice_core::error::{Language, RefusalCode};
use invoice_core::id::{ActorId, NoticeId, NotifierId, TenantId, WorkerId};
use invoice_core::invoice::InvoiceKind;
use invoice_core::notify::{Notice, NoticeEvent};
use invoice_core::seller::Deadline;
use invoice_core::store::{Kind, MemoryStore, Query};
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::http::{
    Departure, Endpoint, Failure, HttpRequest, HttpResponse, Transport, TransportError,
};
use invoice_providers::notify::{Reach, SigningKeys, Webhook};
use invoice_providers::sandbox::RedRule;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A receiver that answers with a status, and keeps what it was sent.
#[derive(Default)]
struct Receiver {
    status: AtomicU16,
    requests: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl Transport for Receiver {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.requests.lock().unwrap().push(request);
        match self.status.load(Ordering::SeqCst) {
            0 => Err(TransportError::new(Failure::Timeout, Departure::Maybe)),
            status => Ok(HttpResponse::new(status, "")),
        }
    }
}

impl Receiver {
    fn ids(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.get("webhook-id").unwrap().to_owned())
            .collect()
    }
}

fn webhook(receiver: &Arc<Receiver>, clock: &Arc<ManualClock>, address: &str) -> Webhook {
    Webhook::new(
        NotifierId::new("hook").unwrap(),
        Endpoint::new(address).unwrap(),
        SigningKeys::new([SECRET]).unwrap(),
        Arc::clone(receiver) as Arc<dyn Transport>,
        Arc::clone(clock) as Arc<dyn Clock>,
    )
}

/// A shop whose desk tells everything through `notifier`.
fn telling(notifier: Arc<dyn Notifier>) -> Shop {
    telling_of(seller(), notifier)
}

fn telling_of(seller: invoice_core::seller::Seller, notifier: Arc<dyn Notifier>) -> Shop {
    let events = NoticeEvent::ALL.iter().copied();
    let furnish = |desk: DeskBuilder| desk.notifier(notifier, events);
    Shop::built(Arc::new(MemoryStore::new()), |bureau| bureau.red(RedRule::BuyerConfirms), seller, furnish)
}

fn in_app() -> Arc<dyn Notifier> {
    Arc::new(InApp::new(NotifierId::new("app").unwrap()))
}

async fn notices(shop: &Shop) -> Vec<Notice> {
    let query = Query::new(&TenantId::new("t1").unwrap(), Kind::Notice);
    shop.desk.find_notices(&shop.finance, query).await.unwrap().items
}

async fn told(shop: &Shop) -> Vec<(&'static str, &'static str)> {
    let of = |notice: &Notice| (notice.occasion().event.as_str(), notice.state().as_str());
    let mut told: Vec<_> = notices(shop).await.iter().map(of).collect();
    told.sort_unstable();
    told
}

async fn pump(shop: &Shop) {
    let worker = WorkerId::new("w").unwrap();
    while shop.desk.pump(&shop.system, &worker, 100).await.unwrap().claimed > 0 {}
}

#[tokio::test]
async fn an_endpoint_that_answers_500_for_a_day_gets_each_notice_once_it_is_well() {
    let receiver = Arc::new(Receiver::default());
    receiver.status.store(500, Ordering::SeqCst);
    let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
    let hook = webhook(&receiver, &clock, "http://127.0.0.1:9/hook").with_reach(Reach::Anywhere);
    let shop = telling(Arc::new(hook));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    for _ in 0..24 {
        pump(&shop).await;
        shop.clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(told(&shop).await, [("invoice.issued", "pending")]);
    let tries = receiver.ids().len();
    assert!((20..40).contains(&tries), "backed off to an hour: {tries}");
    receiver.status.store(204, Ordering::SeqCst);
    shop.settle().await;
    assert_eq!(told(&shop).await, [("invoice.issued", "delivered")]);
    let ids = receiver.ids();
    assert_eq!(ids.len(), tries + 1);
    assert!(ids.iter().all(|id| id == &ids[0]), "one notice has one id");
}

#[tokio::test]
async fn what_is_sent_is_signed_as_standard_webhooks_says_and_holds_no_person() {
    let receiver = Arc::new(Receiver::default());
    receiver.status.store(200, Ordering::SeqCst);
    let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
    let hook = webhook(&receiver, &clock, "https://1.1.1.1/hook");
    let shop = telling(Arc::new(hook));
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
    shop.apply("P-1", &[&order]).await;
    shop.settle().await;
    let requests = receiver.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    let oracle = standardwebhooks::Webhook::new(SECRET).unwrap();
    let timestamp: i64 = request.get("webhook-timestamp").unwrap().parse().unwrap();
    assert_eq!(timestamp, clock.now().timestamp());
    let signature = oracle.sign(request.get("webhook-id").unwrap(), timestamp, request.body()).unwrap();
    assert_eq!(request.get("webhook-signature").unwrap(), signature);
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    assert!(body.starts_with(r#"{"type":"invoice.issued","timestamp":"2026-05-01T04:00:0"#), "{body}");
    assert!(!body.contains("华为") && !body.contains("914403001922038216"), "{body}");
}

#[tokio::test]
async fn a_webhook_never_knocks_at_private_doors() {
    let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
    for address in [
        "http://127.0.0.1:9/",
        "https://10.0.0.8/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "http://localhost/",
    ] {
        let receiver = Arc::new(Receiver::default());
        receiver.status.store(200, Ordering::SeqCst);
        let shop = telling(Arc::new(webhook(&receiver, &clock, address)));
        let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
        shop.apply("P-1", &[&order]).await;
        shop.settle().await;
        assert_eq!(told(&shop).await, [("invoice.issued", "dead")], "{address}");
        assert_eq!(notices(&shop).await[0].code(), Some("NOT-PUBLIC"), "{address}");
        assert!(receiver.ids().is_empty(), "{address}");
    }
}

#[tokio::test]
async fn what_nobody_takes_becomes_a_dead_letter_and_can_be_replayed() {
    for (status, days) in [(410, 0), (503, 3), (0, 3)] {
        let receiver = Arc::new(Receiver::default());
        receiver.status.store(status, Ordering::SeqCst);
        let clock = Arc::new(ManualClock::at("2026-05-01T04:00:00Z".parse().unwrap()));
        let hook = webhook(&receiver, &clock, "http://127.0.0.1:9/hook").with_reach(Reach::Anywhere);
        let shop = telling(Arc::new(hook));
        let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00")]).await;
        shop.apply("P-1", &[&order]).await;
        let began = shop.clock.now();
        shop.settle().await;
        assert_eq!(told(&shop).await, [("invoice.issued", "dead")]);
        assert_eq!((shop.clock.now() - began).num_days(), days, "{status}");
        let id = notices(&shop).await[0].id().clone();
        receiver.status.store(200, Ordering::SeqCst);
        shop.desk.replay(&shop.finance, &id).await.unwrap();
        shop.settle().await;
        assert_eq!(told(&shop).await, [("invoice.issued", "delivered")]);
        let again = shop.desk.replay(&shop.finance, &id).await.unwrap_err();
        assert_eq!(code(&again), RefusalCode::NoticeDelivered);
        let gone = shop.desk.replay(&shop.finance, &NoticeId::new("n-0").unwrap()).await.unwrap_err();
        assert_eq!(code(&gone), RefusalCode::NoticeUnknown);
    }
}

#[tokio::test]
async fn buyers_find_what_they_were_told_and_have_it_sent_again() {
    let shop = telling(in_app());
    let order = shop.sell("A-1", vec![line("1", BOOK, 3, "100.00"), line("2", COURSE, 1, "60.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let buyer = Actor::buyer(ActorId::new("buyer-1").unwrap(), buyer_id());
    let early = shop.desk.resend_invoices(&buyer, &application_id("P-1"), "1").await.unwrap_err();
    assert_eq!(code(&early), RefusalCode::ApplicationState);
    shop.settle().await;
    let id = application_id("P-1");
    assert_eq!(shop.desk.resend_invoices(&buyer, &id, "1").await.unwrap(), 2);
    assert_eq!(shop.desk.resend_invoices(&buyer, &id, "1").await.unwrap(), 2, "asked twice");
    shop.settle().await;
    let mut told_of = told(&shop).await;
    told_of.dedup();
    assert_eq!(told_of, [("invoice.issued", "delivered"), ("invoice.resent", "delivered")]);
    assert_eq!(notices(&shop).await.len(), 4, "once each");
    assert_eq!(shop.desk.resend_invoices(&buyer, &id, "2").await.unwrap(), 2);
    shop.settle().await;
    assert_eq!(notices(&shop).await.len(), 6);
    let query = || Query::new(&TenantId::new("t1").unwrap(), Kind::Notice);
    assert_eq!(shop.desk.find_notices(&buyer, query()).await.unwrap().items.len(), 6);
    let other = Actor::buyer(ActorId::new("b2").unwrap(), invoice_core::id::BuyerId::new("b2").unwrap());
    assert!(shop.desk.find_notices(&other, query()).await.unwrap().items.is_empty());
    for language in [Language::ZhCn, Language::ZhTw, Language::En] {
        let (subject, body) = notices(&shop).await[0].wording(language);
        assert!(!subject.contains('{') && !body.contains('{'), "{subject} {body}");
    }
    let reviewer = shop.desk.resend_invoices(&shop.reviewer, &id, "3").await.unwrap_err();
    assert_eq!(code(&reviewer), RefusalCode::NotPermitted);
    let silent = Shop::new();
    let order = silent.sell("A-1", vec![line("1", BOOK, 1, "10.00")]).await;
    silent.apply("P-1", &[&order]).await;
    silent.settle().await;
    assert_eq!(
        code(&silent.desk.resend_invoices(&silent.finance, &id, "1").await.unwrap_err()),
        RefusalCode::NoticeRoute
    );
}

#[tokio::test]
async fn people_are_reminded_once_of_what_waits_and_what_runs_out() {
    let shop = telling_of(seller().with_deadline(Deadline::Days(30)), in_app());
    let reviewed = shop.sell("A-1", vec![line("1", CLOTHES, 1, "100.00")]).await;
    let mut wish = shop.wish("P-1", &[&reviewed]);
    wish.kind = InvoiceKind::DIGITAL_SPECIAL;
    shop.desk.apply(&shop.system, wish, None).await.unwrap();
    let refunded = shop.sell("A-2", vec![line("1", BOOK, 2, "100.00")]).await;
    shop.apply("P-2", &[&refunded]).await;
    shop.sell("A-3", vec![line("1", BOOK, 1, "10.00")]).await;
    pump(&shop).await;
    shop.refund("R-1", &refunded, &[("1", "50.00", Some(1))]).await.unwrap();
    pump(&shop).await;
    let reminders = Reminders::default();
    let remind = || shop.desk.remind(&shop.system, &reminders);
    assert_eq!(remind().await.unwrap(), 0, "nothing is late yet");
    shop.clock.advance(Duration::from_secs(49 * 3600));
    assert_eq!(remind().await.unwrap(), 2);
    assert_eq!(remind().await.unwrap(), 2, "the same occasions");
    pump(&shop).await;
    let events = |told: Vec<(&'static str, &'static str)>| {
        told.into_iter()
            .map(|(event, _)| event)
            .filter(|event| !event.starts_with("invoice."))
            .collect::<Vec<_>>()
    };
    assert_eq!(events(told(&shop).await), ["confirmation.ending", "review.waiting"], "told once");
    shop.clock.advance(Duration::from_secs(26 * 86_400));
    remind().await.unwrap();
    assert_eq!(
        events(told(&shop).await),
        ["confirmation.ending", "order.deadline_near", "review.waiting", "review.waiting"],
        "reviews once a day, the order A-3 once"
    );
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support);
    assert_eq!(code(&shop.desk.remind(&support, &reminders).await.unwrap_err()), RefusalCode::NotPermitted);
}

#[tokio::test]
async fn a_credit_line_is_warned_of_before_it_is_empty() {
    let furnish = |desk: DeskBuilder| desk.notifier(in_app(), [NoticeEvent::CreditLow]);
    let shop = Shop::built(
        Arc::new(MemoryStore::new()),
        |bureau| bureau.credit_line("91330100799655058B", Some(yuan("1000.00"))),
        seller(),
        furnish,
    );
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "654.00")]).await; // 600.00 net at 9 %
    shop.apply("P-1", &[&order]).await;
    let forecast = shop.desk.credit_forecast(&shop.finance, &seller_id()).await.unwrap().unwrap();
    assert_eq!(
        (forecast.available, forecast.pending, forecast.left()),
        (yuan("1000.00"), yuan("600.00"), yuan("400.00"))
    );
    let mut reminders = Reminders::default();
    assert_eq!(shop.desk.remind(&shop.system, &reminders).await.unwrap(), 0);
    reminders.credit_below = yuan("500.00");
    assert_eq!(shop.desk.remind(&shop.system, &reminders).await.unwrap(), 1);
    shop.settle().await;
    assert_eq!(told(&shop).await, [("credit.low", "delivered")]);
    let forecast = shop.desk.credit_forecast(&shop.finance, &seller_id()).await.unwrap().unwrap();
    assert_eq!(
        (forecast.available, forecast.pending),
        (yuan("400.00"), yuan("0.00")),
        "what was pending is issued"
    );
}

/// Takes a letter and is cut off before the desk hears of it.
struct Forgetful(NotifierId, Mutex<Vec<String>>, AtomicU16);

#[async_trait]
impl Notifier for Forgetful {
    fn id(&self) -> &NotifierId {
        &self.0
    }
    async fn deliver(&self, letter: &Letter<'_>) -> Result<(), NotifyError> {
        self.1.lock().unwrap().push(letter.id().as_str().to_owned());
        if self.2.fetch_add(1, Ordering::SeqCst) == 0 {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_worker_cut_off_after_delivery_delivers_again_under_the_same_id() {
    let notifier = Arc::new(Forgetful(NotifierId::new("app").unwrap(), Mutex::default(), AtomicU16::new(0)));
    let shop = telling(Arc::clone(&notifier) as Arc<dyn Notifier>);
    let order = shop.sell("A-1", vec![line("1", BOOK, 1, "10.00")]).await;
    shop.apply("P-1", &[&order]).await;
    let worker = WorkerId::new("w").unwrap();
    for _ in 0..8 {
        let pump = std::pin::pin!(shop.desk.pump(&shop.system, &worker, 10));
        // Dropped where it stands when it does not end at once.
        let _ = futures_util::FutureExt::now_or_never(pump);
        shop.clock.advance(Duration::from_secs(61));
    }
    let ids = notifier.1.lock().unwrap().clone();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(told(&shop).await, [("invoice.issued", "delivered")]);
    assert!(
        shop.desk.next_due().await.unwrap().is_none_or(|due| due > shop.clock.now() - TimeDelta::days(1))
    );
}
