//! Whether the interpreter exits. Nobody may go back to it then.

use std::sync::atomic::{AtomicBool, Ordering};

static EXITING: AtomicBool = AtomicBool::new(false);

/// From now on it does.
pub(super) fn begin() {
    EXITING.store(true, Ordering::Release);
}

pub(super) fn is_exiting() -> bool {
    EXITING.load(Ordering::Acquire)
}

/// Whoever waits in a call while the interpreter exits is a daemon thread. It stops here, as daemon threads do:
/// to go back would be to run Python code while Python is being taken down. What it holds of the runtime, it gives back
/// before: the runtime could not end else.
pub(super) fn stay_away_from_an_exiting_interpreter<T>(held: T) -> T {
    if is_exiting() {
        drop(held);
        loop {
            std::thread::park();
        }
    }
    held
}
