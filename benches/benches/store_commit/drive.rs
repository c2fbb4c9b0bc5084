//! Callers at once, and a watch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use invoice_core::env::{Cipher, Place};
use invoice_core::store::{Store, UnitOfWork};

/// Time by the wall, which other work on the machine makes longer, and by this process's own processors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

pub(crate) struct Watch(Instant, Duration);

impl Watch {
    pub(crate) fn start() -> Self {
        Self(Instant::now(), cpu())
    }

    pub(crate) fn stop(&self) -> Took {
        Took { wall: self.0.elapsed(), cpu: cpu().saturating_sub(self.1) }
    }
}

/// User and system time of the process, from Linux's own count of hundredths of a second; nothing elsewhere.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// Commits all units from so many callers at once, each of which seals a unit, commits it and waits for its answer.
pub(crate) async fn drive(
    store: Arc<dyn Store>,
    cipher: Arc<dyn Cipher>,
    units: Vec<UnitOfWork>,
    callers: usize,
) -> Took {
    let mut shares: Vec<Vec<UnitOfWork>> = (0..callers).map(|_| Vec::new()).collect();
    for (number, unit) in units.into_iter().enumerate() {
        shares[number % callers].push(unit);
    }
    let watch = Watch::start();
    let tasks: Vec<_> = shares
        .into_iter()
        .map(|share| {
            let (store, cipher) = (store.clone(), cipher.clone());
            tokio::spawn(async move {
                for mut unit in share {
                    seal(&*cipher, &mut unit);
                    store.commit(&unit).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    watch.stop()
}

fn seal(cipher: &dyn Cipher, unit: &mut UnitOfWork) {
    for write in &mut unit.writes {
        let key = write.row.key.clone();
        let place = Place { tenant: key.tenant(), column: "rows.body", row: key.id() };
        write.row.body.0 = cipher.seal(&place, &write.row.body.0).unwrap();
    }
    for entry in &mut unit.journal {
        let key = entry.key.clone();
        let place = Place { tenant: key.tenant(), column: "journal.body", row: key.id() };
        entry.body.0 = cipher.seal(&place, &entry.body.0).unwrap();
    }
}
