//! What a host can observe: spans and counters that name verbs, states and codes, and no person.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what tests share")]

mod desk_support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use desk_support::{Bureau, Town, clock};
use invoice_core::access::{Actor, Role};
use invoice_core::id::{ActorId, ApplicationId};
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};

/// Keeps everything that spans and events say, as text.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Heard {
    fn say(&self, of: &'static str, target: &str, record: impl FnOnce(&mut dyn Visit)) {
        struct Words(String);
        impl Visit for Words {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.0.push_str(&format!(" {}={value:?}", field.name()));
            }
        }
        let mut words = Words(format!("{target} {of}"));
        record(&mut words);
        self.0.lock().unwrap().push(words.0);
    }
}

/// Handed to the library by an `Arc`.
struct Listener(Arc<Heard>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "invoice_desk"
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.say(span.metadata().name(), span.metadata().target(), |visit| span.record(visit));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.0.say("event", event.metadata().target(), |visit| event.record(visit));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

struct Counting(Counts);

struct One(Counts, String);

impl CounterFn for One {
    fn increment(&self, value: u64) {
        *self.0.lock().unwrap().entry(self.1.clone()).or_default() += value;
    }
    fn absolute(&self, _: u64) {}
}

impl Recorder for Counting {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Counter::from_arc(Arc::new(One(Arc::clone(&self.0), format!("{} {}", key.name(), labels.join(" ")))))
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test]
async fn verbs_pumps_and_refusals_are_seen_and_no_person_is() {
    let heard = Arc::new(Heard::default());
    let _listening = tracing::subscriber::set_default(Listener(Arc::clone(&heard)));
    let counts = Counts::default();
    metrics::set_global_recorder(Counting(Arc::clone(&counts))).unwrap();

    let clock = clock();
    let bureau = Bureau::new("a", &clock, |all| all);
    let town = Town::new(clock, vec![bureau]);
    town.applied("1", 0, "100.00").await;
    town.pump(&town.desk).await;
    let support = Actor::staff(ActorId::new("sue").unwrap(), Role::Support).because("王小明 asked me to");
    town.desk.cancel(&support, &ApplicationId::new("P1").unwrap()).await.unwrap_err();
    let nobody = Actor::staff(ActorId::new("root").unwrap(), Role::Admin);
    town.desk.cancel(&nobody, &ApplicationId::new("P9").unwrap()).await.unwrap_err();

    let counts = counts.lock().unwrap().clone();
    for (name, times) in [
        ("invoice_desk_commands_total verb=record_order outcome=done", 1),
        ("invoice_desk_commands_total verb=apply outcome=done", 1),
        ("invoice_desk_commands_total verb=cancel outcome=ACCESS-01", 1),
        ("invoice_desk_commands_total verb=cancel outcome=APPLY-03", 1),
        ("invoice_desk_messages_total outcome=issued", 1),
        ("invoice_desk_refused_total verb=cancel code=ACCESS-01", 1),
    ] {
        assert_eq!(counts.get(name).copied(), Some(times), "{name}: {counts:#?}");
    }
    let heard = heard.0.lock().unwrap().join("\n");
    for words in ["verb=\"apply\"", "verb=\"pump\"", "role=\"support\"", "outcome=\"APPLY-03\"", "issued=1"] {
        assert!(heard.contains(words), "{words} in {heard}");
    }
    // The titles, buyers, orders and reasons of this run.
    for private in ["华为", "91440", "王小明", "张三", "buyer", "P1", "\"sue\"", "100.00"] {
        assert!(!heard.contains(private), "{private} in {heard}");
        assert!(counts.keys().all(|name| !name.contains(private)), "{private} in {counts:?}");
    }
}
