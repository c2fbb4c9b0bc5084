//! A run from start to end, with somebody watching.

use std::io::IsTerminal;
use std::path::Path;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{Loop, RunError, Settings};
use crate::feed::Feed;
use crate::summary::{Summary, table};

/// Runs a feed to its end on a runtime of its own, with a progress bar where somebody watches; the summary, and the
/// table that shows it to a person.
///
/// # Errors
/// As [`Loop::open`], [`Loop::run`] and [`Loop::books`].
pub fn drive(settings: Settings, feed: &mut dyn Feed) -> Result<(Summary, String), RunError> {
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(failed(Path::new("the runtime")))?;
    runtime.block_on(async {
        let bar = progress_bar(feed.position().1);
        let mut work = Loop::open(settings, &feed.name()).await?;
        let told = |feed: &dyn Feed, date: chrono::NaiveDate| {
            bar.set_length(feed.position().1);
            bar.set_position(feed.position().0);
            bar.set_message(date.to_string());
        };
        work.run(feed, &told).await?;
        bar.set_message("books");
        let books = work.books().await?;
        bar.finish_and_clear();
        let summary = Summary::new(feed.tally(), &books, started.elapsed());
        let shown = table(&summary, &books);
        Ok((summary, shown))
    })
}

/// A progress bar on standard error, hidden where nobody watches.
#[must_use]
pub fn progress_bar(length: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template("{wide_bar} {percent:>3}% {msg} {elapsed}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// What goes wrong with a file, as a [`RunError`] that names it.
pub fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> RunError + use<> {
    let path = path.display().to_string();
    move |source| RunError::File { path, source }
}
