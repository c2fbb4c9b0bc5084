//! Work in a thread of its own, which is given up after a while.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::document::{DocumentCode, DocumentError};

const STACK: usize = 16 * 1024 * 1024;
/// How long one file may take. A page takes milliseconds, one that is drawn up to a second.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Works in a thread of its own. What does not come to its end is left behind with its file: its thread lives on until it
/// ends.
pub(super) fn within<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> Result<T, DocumentError> + Send + 'static,
) -> Result<T, DocumentError> {
    let (sender, receiver) = mpsc::channel();
    let left = Arc::new(Left::default());
    let leaving = Leaving(Arc::clone(&left));
    let work = move || {
        let _leaving = leaving;
        // Whoever waited may have given up.
        let _ = sender.send(work());
    };
    let thread = thread::Builder::new().stack_size(STACK).name("pdf".to_owned()).spawn(work);
    thread.map_err(|error| DocumentError::new(DocumentCode::Unreadable).because(error))?;
    // A panic in the reader drops the sender.
    receiver.recv_timeout(patience).map_err(|error| {
        if error == mpsc::RecvTimeoutError::Timeout {
            LEFT_BEHIND.fetch_add(1, Ordering::Relaxed);
            left.part();
        }
        DocumentCode::OutOfTime
    })?
}

static LEFT_BEHIND: AtomicUsize = AtomicUsize::new(0);

/// How many threads work on what nobody waits for any more.
#[cfg(feature = "render")]
pub(super) fn left_behind() -> usize {
    LEFT_BEHIND.load(Ordering::Relaxed)
}

/// Whether one of the two, who works and who waits, has gone.
#[derive(Default)]
struct Left(AtomicBool);

impl Left {
    /// The second that goes ends the count of a thread left behind.
    fn part(&self) {
        if self.0.swap(true, Ordering::AcqRel) {
            LEFT_BEHIND.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Goes at the end of a thread, even by a panic.
struct Leaving(Arc<Left>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.part();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_left_behind_is_counted_until_it_ends() {
        assert_eq!(within(PATIENCE, || Ok(5)).unwrap(), 5);
        let (go, wait) = mpsc::channel::<()>();
        let slow = within::<()>(Duration::from_millis(10), move || {
            let _ = wait.recv();
            Ok(())
        });
        assert_eq!(slow.unwrap_err().code(), DocumentCode::OutOfTime);
        // Tests beside this one leave some behind as well, but not for long.
        assert!(LEFT_BEHIND.load(Ordering::Relaxed) > 0, "while it goes on");
        let failed = within::<()>(PATIENCE, || panic!("while reading")).unwrap_err();
        assert_eq!(failed.code(), DocumentCode::OutOfTime);
        drop(go);
        let begun = std::time::Instant::now();
        while LEFT_BEHIND.load(Ordering::Relaxed) > 0 {
            assert!(begun.elapsed() < PATIENCE, "it ended");
            thread::sleep(Duration::from_millis(1));
        }
    }
}
