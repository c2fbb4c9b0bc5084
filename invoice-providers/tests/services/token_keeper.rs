//! One token for all processes: fetched once, kept sealed, renewed once, and never more often than the service allows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use invoice_core::env::Clock;
use invoice_core::id::{ProviderId, TenantId};
use invoice_core::provider::{Effect, ErrorKind, ProviderError};
use invoice_core::store::{Key, Kind, MemoryStore, Query, Store};
use invoice_core::testkit::SeededIds;
use invoice_core::testkit::provider::ManualClock;
use invoice_providers::cipher::LocalCipher;
use invoice_providers::credentials::{FreshToken, Secret, TokenBudget, TokenKeeper, TokenPlace, TokenSource};
use tokio::sync::Notify;

const DAY: Duration = Duration::from_secs(86_400);
const MINUTE: Duration = Duration::from_secs(60);

struct World {
    store: Arc<MemoryStore>,
    cipher: Arc<LocalCipher>,
    clock: Arc<ManualClock>,
    ids: Arc<SeededIds>,
    _folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let cipher = LocalCipher::seeded_for_tests(folder.path().join("key"), 7).unwrap();
    let start: DateTime<Utc> = "2026-05-01T04:00:00Z".parse().unwrap();
    World {
        store: Arc::new(MemoryStore::new()),
        cipher: Arc::new(cipher),
        clock: Arc::new(ManualClock::at(start)),
        ids: Arc::new(SeededIds::new(7)),
        _folder: folder,
    }
}

impl World {
    /// A process that begins now.
    fn process(&self) -> TokenKeeper {
        let place = TokenPlace {
            store: self.store.clone(),
            cipher: self.cipher.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            tenant: TenantId::new("shop-1").unwrap(),
        };
        let keeper = TokenKeeper::new(place, &ProviderId::new("nuonuo").unwrap()).unwrap();
        keeper.with_budget(TokenBudget::new(50, 30 * DAY))
    }
}

/// Gives `token-1`, `token-2` …, each for a day; or fails.
#[derive(Default)]
struct Service {
    calls: AtomicUsize,
    fails: std::sync::Mutex<Option<(ErrorKind, Effect)>>,
    refreshed: AtomicUsize,
    gate: Option<(Notify, Notify)>,
}

impl Service {
    fn fails(kind: ErrorKind, effect: Effect) -> Self {
        Self { fails: std::sync::Mutex::new(Some((kind, effect))), ..Self::default() }
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Service {
    async fn fetch(&self, refresh: Option<&Secret>) -> Result<FreshToken, ProviderError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if refresh.is_some() {
            self.refreshed.fetch_add(1, Ordering::SeqCst);
        }
        if let Some((arrived, go_on)) = &self.gate {
            arrived.notify_one();
            go_on.notified().await;
        }
        match *self.fails.lock().unwrap() {
            Some((kind, effect)) => Err(ProviderError::new(kind, effect).with_code("070304")),
            None => Ok(FreshToken {
                token: Secret::new(format!("token-{call}")),
                refresh: Some(Secret::new(format!("refresh-{call}"))),
                lives: Some(DAY),
            }),
        }
    }
}

#[tokio::test]
async fn a_hundred_process_starts_ask_once() {
    let (world, service) = (world(), Service::default());
    for _ in 0..100 {
        let process = world.process();
        for _ in 0..3 {
            assert_eq!(process.token(&service).await.unwrap().expose(), "token-1");
        }
    }
    assert_eq!(service.calls(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end_and_with_what_it_came_with() {
    let (world, service) = (world(), Service::default());
    let (first, second) = (world.process(), world.process());
    first.token(&service).await.unwrap();
    world.clock.advance(DAY - 11 * MINUTE);
    assert_eq!(second.token(&service).await.unwrap().expose(), "token-1");
    world.clock.advance(MINUTE);
    assert_eq!(second.token(&service).await.unwrap().expose(), "token-2");
    assert_eq!(first.token(&service).await.unwrap().expose(), "token-2");
    assert_eq!((service.calls(), service.refreshed.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_however_many_notice() {
    let (world, service) = (world(), Service::default());
    let processes: Vec<_> = (0..5).map(|_| world.process()).collect();
    let mut tokens = Vec::new();
    for process in &processes {
        tokens.push(process.token(&service).await.unwrap());
    }
    for (process, token) in processes.iter().zip(&tokens) {
        let other = process.renew(&service, token).await.unwrap();
        assert_eq!(other.expose(), "token-2");
        // The same complaint again, late, changes nothing.
        assert_eq!(process.renew(&service, token).await.unwrap().expose(), "token-2");
    }
    assert_eq!(service.calls(), 2);
}

#[tokio::test]
async fn while_one_process_asks_the_others_wait_and_one_that_died_is_replaced() {
    let (world, slow) = (world(), Arc::new(Service { gate: Some(<_>::default()), ..Service::default() }));
    let (first, second) = (Arc::new(world.process()), world.process());
    let (asking, source) = (first.clone(), slow.clone());
    let task = tokio::spawn(async move { asking.token(source.as_ref()).await });
    let (arrived, go_on) = slow.gate.as_ref().unwrap();
    arrived.notified().await;
    let service = Service::default();
    let error = second.token(&service).await.unwrap_err();
    assert_eq!((error.kind(), error.effect(), service.calls()), (ErrorKind::Busy, Effect::NotApplied, 0));
    assert!(error.retry_after().is_some());
    go_on.notify_one();
    assert_eq!(task.await.unwrap().unwrap().expose(), "token-1");
    assert_eq!(second.token(&service).await.unwrap().expose(), "token-1");
    assert_eq!(service.calls(), 0);

    // The next renewal dies on its way: nobody waits for it for ever.
    world.clock.advance(DAY);
    let (asking, source) = (first.clone(), slow.clone());
    let task = tokio::spawn(async move { asking.token(source.as_ref()).await });
    arrived.notified().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert_eq!(second.token(&service).await.unwrap_err().kind(), ErrorKind::Busy);
    world.clock.advance(2 * MINUTE);
    assert_eq!(second.token(&service).await.unwrap().expose(), "token-1");
    assert_eq!(service.calls(), 1);
}

#[tokio::test]
async fn the_budget_is_never_overdrawn_and_a_good_token_serves_on() {
    let (world, service) = (world(), Service::default());
    let mut token = world.process().token(&service).await.unwrap();
    for _ in 1..50 {
        world.clock.advance(MINUTE);
        token = world.process().renew(&service, &token).await.unwrap();
    }
    assert_eq!(service.calls(), 50);
    // Near its end it would be renewed, but cannot be: it serves on.
    world.clock.advance(DAY - 5 * MINUTE);
    assert_eq!(world.process().token(&service).await.unwrap().expose(), "token-50");
    let error = world.process().renew(&service, &token).await.unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::RateLimited, Effect::NotApplied));
    assert_eq!(error.code(), Some("TOKEN-BUDGET"));
    let wait = error.retry_after().unwrap();
    assert!(wait > 28 * DAY && wait < 30 * DAY, "{wait:?}");
    assert_eq!(service.calls(), 50);
    world.clock.advance(wait);
    assert_eq!(world.process().token(&service).await.unwrap().expose(), "token-51");
}

#[tokio::test]
async fn a_crash_hides_no_call_from_the_budget() {
    let world = world();
    for _ in 0..50 {
        let slow = Arc::new(Service { gate: Some(<_>::default()), ..Service::default() });
        let (process, source) = (world.process(), slow.clone());
        let task = tokio::spawn(async move { process.token(source.as_ref()).await });
        slow.gate.as_ref().unwrap().0.notified().await;
        task.abort();
        let _ = task.await;
        world.clock.advance(3 * MINUTE);
    }
    let error = world.process().token(&Service::default()).await.unwrap_err();
    assert_eq!(error.code(), Some("TOKEN-BUDGET"));
}

#[tokio::test]
async fn who_is_refused_waits_longer_each_time_until_a_person_says_otherwise() {
    let (world, service) = (world(), Service::fails(ErrorKind::Configuration, Effect::Unknown));
    let first = world.process().token(&service).await.unwrap_err();
    assert_eq!(
        (first.kind(), first.effect(), first.code()),
        (ErrorKind::Configuration, Effect::NotApplied, Some("070304"))
    );
    for _ in 0..10_000 {
        world.clock.advance(MINUTE);
        assert!(world.process().token(&service).await.is_err());
    }
    // One minute, two, four … up to twelve hours: a week leaves half of the budget.
    assert!((20..=25).contains(&service.calls()), "{} calls in a week", service.calls());
    let waiting = world.process().token(&service).await.unwrap_err();
    assert_eq!((waiting.code(), waiting.kind()), (Some("TOKEN-WAIT"), ErrorKind::AuthExpired));
    *service.fails.lock().unwrap() = None;
    world.process().ask_again().await.unwrap();
    assert!(world.process().token(&service).await.is_ok());
}

#[tokio::test]
async fn a_call_that_never_left_is_not_counted() {
    let (world, service) = (world(), Service::fails(ErrorKind::NoAnswer, Effect::NotApplied));
    for _ in 0..80 {
        assert_ne!(world.process().token(&service).await.unwrap_err().code(), Some("TOKEN-BUDGET"));
        world.clock.advance(10 * MINUTE);
    }
    assert_eq!(service.calls(), 80);
    let service = Service::default();
    assert!(world.process().token(&service).await.is_ok());
}

#[tokio::test]
async fn nothing_of_a_token_lies_open_in_the_store() {
    let (world, service) = (world(), Service::default());
    let process = world.process();
    let token = process.token(&service).await.unwrap();
    let tenant = TenantId::new("shop-1").unwrap();
    let key = Key::new(&tenant, Kind::Note, "token/nuonuo");
    let row = world.store.read(&[key]).await.unwrap().remove(0).unwrap();
    let holds = |text: &str| row.body.0.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!holds("token-1") && !holds("refresh-1") && !holds("expires"));
    let shown = format!("{token:?} {process:?} {row:?}");
    assert!(!shown.contains("token-1"), "{shown}");
    let found = world.store.find(&Query::new(&tenant, Kind::Note)).await.unwrap();
    assert_eq!(found.rows.len(), 1);
    assert_eq!(world.clock.now(), "2026-05-01T04:00:00Z".parse::<DateTime<Utc>>().unwrap());
}
