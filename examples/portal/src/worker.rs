//! The worker: does what comes due, in a task of its own, until it is told to stop. Without it nothing is issued: where it
//! falls, the program ends.

use std::time::Duration;

use invoice_core::desk::DeskError;
use invoice_core::error::Refusal;
use invoice_core::id::WorkerId;
use invoice_examples::story::Done;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

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
                let wait = work(&app, &worker, &stopped).await.unwrap_or_else(|error| {
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
    ///
    /// # Errors
    /// When it has ended in disorder.
    pub async fn stop(self) -> Result<(), JoinError> {
        self.stop.send_replace(true);
        self.task.await
    }
}

/// Serves with a worker beside, until serving ends; then the worker finishes the step it is at.
///
/// # Errors
/// When serving fails; when the worker has ended before: pages would be answered and nothing issued.
pub async fn beside(app: App, serving: impl Future<Output = std::io::Result<()>>) -> Done {
    let mut worker = Worker::start(app)?;
    tokio::select! {
        served = serving => served?,
        ended = &mut worker.task => {
            ended?;
            return Err("the worker has ended".into());
        }
    }
    Ok(worker.stop().await?)
}

/// Everything that is due, until it is told to stop; gives how long there is nothing more.
async fn work(app: &App, worker: &WorkerId, stopped: &watch::Receiver<bool>) -> Result<Duration, DeskError> {
    let told = || *stopped.borrow();
    while !told() && app.desk().pump(app.system(), worker, PUMPED).await?.claimed > 0 {}
    let due = app.desk().next_due().await?;
    // What is due already and was not claimed is held back: it is looked at again after a while, not at once.
    let left = due.and_then(|due| (due - app.clock().now()).to_std().ok()).filter(|left| !left.is_zero());
    Ok(left.unwrap_or(LONGEST).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use chrono::{DateTime, Utc};
    use invoice_core::application::ApplicationState;
    use invoice_core::env::Clock;
    use invoice_core::id::ApplicationId;
    use invoice_core::invoice::InvoiceKind;
    use invoice_core::title::Title;
    use invoice_examples::machine::TimedIds;
    use invoice_examples::story::Stage;

    use super::*;
    use crate::app::Parts;
    use crate::open::open;
    use crate::shop::SELLER;

    const WISH: &str = "A-li-4";

    /// A portal where an invoice is to be issued.
    async fn busy(folder: &Path) -> App {
        let app = open(folder, Duration::ZERO, Vec::new()).await.unwrap();
        let (kind, title) = (InvoiceKind::DIGITAL_ORDINARY, Title::person("李雷"));
        let wish = Stage::wish((WISH, SELLER, "li"), kind, title, &["li-4"]).unwrap();
        app.desk().apply(app.system(), wish, None).await.unwrap();
        app
    }

    async fn state(app: &App) -> ApplicationState {
        app.desk().application(app.system(), &ApplicationId::new(WISH).unwrap()).await.unwrap().state()
    }

    #[tokio::test]
    async fn who_is_told_to_stop_begins_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let (app, worker) = (busy(folder.path()).await, WorkerId::new("test").unwrap());
        let (stop, stopped) = watch::channel(true);
        work(&app, &worker, &stopped).await.unwrap();
        assert_eq!(state(&app).await, ApplicationState::PendingIssue);
        stop.send_replace(false);
        work(&app, &worker, &stopped).await.unwrap();
        assert_eq!(state(&app).await, ApplicationState::Issued);
    }

    struct Broken;

    impl Clock for Broken {
        fn now(&self) -> DateTime<Utc> {
            panic!("there is no time");
        }
    }

    #[tokio::test]
    async fn when_the_worker_falls_serving_ends_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let app = busy(folder.path()).await;
        let (desk, bureau, system) = (app.desk().clone(), app.bureau().clone(), app.system().clone());
        let ids = Arc::new(TimedIds::default());
        let fallen =
            App::new(Parts { desk, bureau, system, clock: Arc::new(Broken), ids, hosts: Vec::new() });
        let longest = Duration::from_secs(60);
        let ended = tokio::time::timeout(longest, beside(fallen, std::future::pending())).await.unwrap();
        assert!(ended.is_err_and(|error| error.to_string().contains("panic")));
        // One that is well lets serving end when it will.
        tokio::time::timeout(longest, beside(app, async { Ok(()) })).await.unwrap().unwrap();
    }
}
