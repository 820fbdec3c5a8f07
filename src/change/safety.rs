//! What keeps planned writes from harming each other, and from being left half-known.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Turnstile, Notify, OwnedMutexGuard as Turn};
use tokio::time::timeout;

use crate::error::{Call, Error, Kind, Outcome, Result, seconds};
use crate::journal::Journal;
use crate::service::ServiceRoot;

/// How long a write that was begun may take after its caller has gone.
const GRACE: Duration = Duration::from_secs(5);

/// How many apps are remembered before those are forgotten that nobody changes.
const MANY_APPS: usize = 256;

/// What a planned write finds besides what every call finds.
pub struct Safety<'a> {
    /// Of the process.
    pub locks: &'a AppLocks,
    /// Of the client.
    pub journal: Option<&'a Arc<Journal>>,
    /// Of the caller.
    pub called_off: &'a CalledOff,
}

/// One app is changed by one call of a process at a time.
#[derive(Default)]
pub struct AppLocks(Mutex<HashMap<App, Arc<Turnstile<()>>>>);

/// A service, and an id in lower case.
type App = (String, String);

impl AppLocks {
    /// Waits for the turn to change an app. Ids of apps are GUIDs, in any letter case.
    ///
    /// # Errors
    /// A timeout, where the turn does not come.
    pub(super) async fn turn(&self, root: &ServiceRoot, app_id: &str, within: Duration) -> Result<Turn<()>> {
        let app: App = (root.as_str().to_owned(), app_id.to_ascii_lowercase());
        let turnstile = {
            let mut apps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if apps.len() >= MANY_APPS {
                apps.retain(|_, turnstile| Arc::strong_count(turnstile) > 1);
            }
            apps.entry(app).or_default().clone()
        };
        timeout(within, turnstile.lock_owned()).await.map_err(|_| {
            let within = seconds(within);
            let message =
                format!("other changes of the app {app_id} in this process were not done within {within} s");
            Error::new(Kind::Timeout, message)
        })
    }
}

/// Whether the caller of a planned write has gone: cancelled its task, or pressed Ctrl-C.
#[derive(Default)]
pub struct CalledOff {
    is_told: AtomicBool,
    told: Notify,
}

impl CalledOff {
    /// The caller goes.
    pub fn tell(&self) {
        self.is_told.store(true, Ordering::Release);
        self.told.notify_waiters();
    }

    pub(super) fn is_told(&self) -> bool {
        self.is_told.load(Ordering::Acquire)
    }

    pub(crate) async fn wait(&self) {
        loop {
            let told = self.told.notified();
            if self.is_told() {
                return;
            }
            told.await;
        }
    }
}

/// Runs a planned write. Called off before it writes, it ends at once, and nothing was sent; called off later, it has a
/// while to come to its end, which the journal then tells.
pub(super) async fn to_its_end<R>(
    called_off: &CalledOff,
    is_writing: &AtomicBool,
    work: impl Future<Output = Result<R>>,
) -> Result<R> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        ended = &mut work => return ended,
        () = called_off.wait() => {}
    }
    if !is_writing.load(Ordering::Acquire) {
        return Err(Error::new(Kind::Interrupted, "interrupted before it wrote"));
    }
    timeout(GRACE, work).await.unwrap_or_else(|_| {
        let message = format!("interrupted while it wrote, and not over within {} s", seconds(GRACE));
        let call = Call { outcome: Outcome::Unknown, ..Call::default() };
        let error = Error::new(Kind::Interrupted, message).with_hint("look at what the app holds");
        Err(Error { call: Box::new(call), ..error })
    })
}
