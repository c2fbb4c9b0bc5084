//! The worker: does what comes due, in a task of its own, until it is told to stop.

use std::time::Duration;

use invoice_core::desk::DeskError;
use invoice_core::error::Refusal;
use invoice_core::id::WorkerId;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::App;

/// Most messages of one pump.
const PUMPED: usize = 50;
/// How long it waits at most before it looks again.
const LONGEST: Duration = Duration::from_secs(2);

/// A worker at work.
pub struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Worker {
    /// Starts one on the present runtime.
    ///
    /// # Errors
    /// `ID-01`, when its name is no id.
    pub fn start(app: App) -> Result<Self, Refusal> {
        let worker = WorkerId::new("portal")?;
        let (stop, mut stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            while !*stopped.borrow_and_update() {
                let wait = work(&app, &worker).await.unwrap_or_else(|error| {
                    // Nothing is lost: what was claimed comes again when its lease ends.
                    eprintln!("worker: {error}");
                    LONGEST
                });
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = app.woken() => {}
                    _ = stopped.changed() => break,
                }
            }
        });
        Ok(Self { stop, task })
    }

    /// Lets it finish the step it is at.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            eprintln!("worker: {error}");
        }
    }
}

/// Everything that is due; gives how long there is nothing more.
async fn work(app: &App, worker: &WorkerId) -> Result<Duration, DeskError> {
    while app.desk().pump(app.system(), worker, PUMPED).await?.claimed > 0 {}
    let due = app.desk().next_due().await?;
    // What is due already and was not claimed is held back: it is looked at again after a while, not at once.
    let left = due.and_then(|due| (due - app.clock().now()).to_std().ok()).filter(|left| !left.is_zero());
    Ok(left.unwrap_or(LONGEST).min(LONGEST))
}
