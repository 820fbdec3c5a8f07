//! Who does the work of all calls: a tokio runtime without a thread of its own. A thread that waits for a call drives it
//! meanwhile, so that a call made alone never changes threads. Where several wait, or nobody does while work is under way,
//! a thread that stands by drives.

use std::io;
use std::panic;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread, park_timeout};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::yield_now;
use tokio::time::timeout;

/// After so long without a call, the thread that stands by minds the connections.
const PAUSE: Duration = Duration::from_millis(20);

/// Calls that were made alone in a row before one of them drives again: threads that take turns at it lose time.
const ALONE: usize = 3;

/// How long whoever drives may take to leave when the runtime ends, and its blocking work to come to an end.
const EXIT_GRACE: Duration = Duration::from_secs(1);

/// The work of a call.
pub(super) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The runtime, and who drives it.
pub(super) struct Driver {
    runtime: Runtime,
    /// Work for whoever drives: a batch of it wakes them once.
    queue: UnboundedSender<Work>,
    shift: Arc<Shift>,
}

/// Whose turn it is to drive.
#[derive(Default)]
struct Shift {
    /// Threads that wait for a call.
    waiting: AtomicUsize,
    /// Waits that have ended; more of them mean that calls are still being made.
    waited: AtomicUsize,
    /// Calls in a row that were made while no other thread waited.
    alone: AtomicUsize,
    /// Work under way that no thread waits for.
    promised: AtomicUsize,
    stands_by: OnceLock<Thread>,
    is_driven_by_it: AtomicBool,
    relief: Notify,
    has_ended: AtomicBool,
}

/// The end of the driver's life.
pub(super) struct Life {
    driver: Arc<Driver>,
    /// Disconnected once the thread that stands by has gone.
    gone: Receiver<()>,
}

impl Driver {
    /// A runtime, and the thread that stands by.
    pub(super) fn start() -> io::Result<Life> {
        // Where the system has no descriptor or thread left to give, tokio may panic.
        let built = panic::catch_unwind(|| Builder::new_current_thread().enable_all().build());
        let runtime = built.unwrap_or_else(|_| Err(io::ErrorKind::OutOfMemory.into()))?;
        let (queue, given) = unbounded_channel();
        runtime.spawn(take(given));
        let driver = Arc::new(Self { runtime, queue, shift: Arc::default() });
        let (working, gone) = channel();
        let thread = thread::Builder::new().name("appassign".to_owned());
        let thread = thread.spawn({
            let driver = driver.clone();
            move || stand_by(driver, working)
        })?;
        drop(driver.shift.stands_by.set(thread.thread().clone()));
        Ok(Life { driver, gone })
    }

    /// Has this done while no thread waits for it.
    pub(super) fn promise(&self, work: impl Future<Output = ()> + Send + 'static) {
        let promised = Promised::new(self.shift.clone());
        // If the runtime has ended, the work is dropped, and says so itself.
        drop(self.queue.send(Box::pin(async move {
            work.await;
            drop(promised);
        })));
    }

    /// Waits for what is heard, at most so long, and does all work meanwhile, this one first of all: unless somebody else
    /// does.
    pub(super) fn wait<T>(
        &self,
        work: Option<Work>,
        heard: impl Future<Output = T>,
        at_most: Duration,
    ) -> Option<T> {
        let shift = &self.shift;
        let others = shift.waiting.fetch_add(1, Ordering::AcqRel);
        if work.is_some() {
            shift.count(others);
        }
        if shift.is_driven_by_it.load(Ordering::Acquire) {
            shift.relieve();
        } else if others > 0 {
            shift.call();
        }
        let ended = self.runtime.block_on(async {
            if let Some(work) = work {
                if shift.is_driven_by_it.load(Ordering::Acquire) {
                    drop(self.queue.send(work));
                } else {
                    // What came in while nobody drove comes first: nothing is written to a connection that the service has
                    // closed.
                    yield_now().await;
                    tokio::spawn(work);
                }
            }
            timeout(at_most, heard).await.ok()
        });
        shift.waited.fetch_add(1, Ordering::Relaxed);
        shift.waiting.fetch_sub(1, Ordering::AcqRel);
        ended
    }
}

/// Takes the work that is given to whoever drives.
async fn take(mut given: UnboundedReceiver<Work>) {
    while let Some(work) = given.recv().await {
        tokio::spawn(work);
    }
}

impl Shift {
    fn count(&self, others: usize) {
        if others == 0 {
            self.alone.fetch_add(1, Ordering::Relaxed);
        } else {
            self.alone.store(0, Ordering::Relaxed);
        }
    }

    /// Has the thread that stands by drive.
    fn call(&self) {
        if let Some(thread) = self.stands_by.get() {
            thread.unpark();
        }
    }

    /// Has it stop, if one thread alone makes calls.
    fn relieve(&self) {
        if self.alone.load(Ordering::Relaxed) >= ALONE && self.promised.load(Ordering::Acquire) == 0 {
            self.relief.notify_one();
        }
    }

    /// Whether it is to drive though threads may wait.
    fn is_needed(&self) -> bool {
        self.promised.load(Ordering::Acquire) > 0 || self.waiting.load(Ordering::Acquire) > 1
    }
}

/// Drives while there is work that nobody waits for, and while there is no work at all: then for the connections' sake.
fn stand_by(driver: Arc<Driver>, working: Sender<()>) {
    let shift = driver.shift.clone();
    let has_ended = || shift.has_ended.load(Ordering::Acquire);
    while !has_ended() {
        let waited = shift.waited.load(Ordering::Relaxed);
        if !shift.is_needed() {
            park_timeout(PAUSE);
            let is_quiet =
                shift.waiting.load(Ordering::Acquire) == 0 && shift.waited.load(Ordering::Relaxed) == waited;
            if !shift.is_needed() && !is_quiet {
                continue;
            }
        }
        driver.runtime.block_on(async {
            shift.is_driven_by_it.store(true, Ordering::Release);
            shift.relief.notified().await;
            shift.is_driven_by_it.store(false, Ordering::Release);
        });
    }
    end(driver);
    drop(working);
}

/// Ends the runtime once no thread waits in it any more.
fn end(mut driver: Arc<Driver>) {
    let until = Instant::now() + EXIT_GRACE;
    loop {
        match Arc::try_unwrap(driver) {
            Ok(driver) => return driver.runtime.shutdown_timeout(EXIT_GRACE),
            Err(shared) if Instant::now() >= until => return std::mem::forget(shared),
            Err(shared) => driver = shared,
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Work under way that no thread waits for.
struct Promised(Arc<Shift>);

impl Promised {
    fn new(shift: Arc<Shift>) -> Self {
        shift.promised.fetch_add(1, Ordering::AcqRel);
        if !shift.is_driven_by_it.load(Ordering::Acquire) {
            shift.call();
        }
        Self(shift)
    }
}

impl Drop for Promised {
    fn drop(&mut self) {
        self.0.promised.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Life {
    pub(super) fn driver(&self) -> &Arc<Driver> {
        &self.driver
    }

    /// Has the thread that stands by end, and the runtime with it.
    pub(super) fn end(&self) {
        let shift = &self.driver.shift;
        shift.has_ended.store(true, Ordering::Release);
        shift.relief.notify_one();
        shift.call();
    }

    /// Ends it, and waits for that, or so long.
    pub(super) fn end_and_wait(self) {
        self.end();
        let Self { driver, gone } = self;
        drop(driver);
        let _ = gone.recv_timeout(EXIT_GRACE);
    }
}
