//! The door to a journal: a file of JSON lines to which calls append, and which tells afterwards what they were about.
//!
//! | who | promise |
//! |---|---|
//! | whoever appends | a durable record is on the disk once `append` returns; a call that fails leaves the file as it was |
//! | whoever reads | every record whose `append` returned, in order; a line that was damaged is an error |
//! | whoever has a [`Pass`] | no other process, and no other journal of this one, has a pass of the same file |

mod line;
mod opened;
mod place;
mod refusal;
mod scan;
mod turns;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Queue, Notify, OwnedMutexGuard};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::error::{Error, Kind, Result, seconds};
use crate::json::Json;
use opened::Opened;
use refusal::{refusal, shown, unreadable};
use scan::{Reached, scan};
use turns::{LONGEST_POLL, Next, Turns};

/// A journal: nothing is touched before its first use. It belongs to the process that uses it first.
pub struct Journal {
    path: PathBuf,
    /// The process that uses it; 0 before its first use. In a forked child the locks below may be held for ever.
    process: AtomicU32,
    /// One call at a time asks for the lock; the others stand in line.
    door: Queue<()>,
    /// The file, for the one thread that reads or writes it.
    file: Arc<Queue<Option<Opened>>>,
    /// Who is in. This is never locked while anything is read or written.
    inside: Mutex<Inside>,
    /// Rung by the last one who leaves.
    left: Notify,
}

#[derive(Default)]
struct Inside {
    turns: Turns,
    locked: Option<Arc<File>>,
}

/// While one exists, the process holds the lock of the file.
pub struct Pass {
    hold: Arc<Hold>,
}

/// A share of the lock. Whoever works on the file in another thread has one too, and outlives a call that was cancelled.
struct Hold(Arc<Journal>);

/// What comes of asking for the lock.
enum Entry {
    In(Hold),
    /// Ask again after so long.
    Later(Duration),
    /// Ask again when those who are in have left.
    Full,
}

impl Journal {
    /// The journal at this path. One that is relative is from the directory that is the current one now.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self {
            path: std::path::absolute(&path).unwrap_or(path),
            process: AtomicU32::new(0),
            door: Queue::default(),
            file: Arc::default(),
            inside: Mutex::default(),
            left: Notify::new(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits for the file's lock among processes; calls of this process share it. Checks the whole file at first use,
    /// and later what others have written since.
    ///
    /// # Errors
    /// A journal error if the file cannot be used, and a timeout if others hold it for longer than `within`.
    pub async fn enter(self: &Arc<Self>, within: Duration) -> Result<Pass> {
        if !self.is_of_this_process() {
            return Err(refusal(
                &self.path,
                "was opened before this process was forked",
                "make a client in each process",
            ));
        }
        match timeout(within, self.enter_in_turn()).await {
            Ok(result) => result.map(|hold| Pass { hold: Arc::new(hold) }),
            Err(_) => Err(self.taken(within)),
        }
    }

    async fn enter_in_turn(self: &Arc<Self>) -> Result<Hold> {
        let _door = self.door.lock().await;
        loop {
            let file = Arc::clone(&self.file).lock_owned().await;
            let journal = Arc::clone(self);
            match blocking(move || journal.try_enter(file)).await? {
                Entry::In(hold) => return Ok(hold),
                Entry::Later(wait) => sleep(wait).await,
                Entry::Full => self.left.notified().await,
            }
        }
    }

    /// Asks once. Nobody else of this process takes the lock, or works on the file, meanwhile.
    fn try_enter(self: &Arc<Self>, mut slot: OwnedMutexGuard<Option<Opened>>) -> Result<Entry> {
        let now = Instant::now();
        let next = self.inside().join(now);
        match (next, &mut *slot) {
            (Next::Wait, _) => Ok(Entry::Full),
            (Next::Rest(rest), _) => Ok(Entry::Later(rest)),
            (Next::Join, opened) => {
                let hold = Hold(Arc::clone(self));
                match opened {
                    Some(opened) if opened.is_in_place()? => opened.catch_up().map(|()| Entry::In(hold)),
                    _ => Ok(Entry::Full),
                }
            }
            (Next::Lock, opened) => self.lock(opened),
        }
    }

    fn lock(self: &Arc<Self>, slot: &mut Option<Opened>) -> Result<Entry> {
        let opened = match slot.take() {
            Some(opened) if opened.is_in_place()? => opened,
            _ => Opened::open(&self.path)?,
        };
        let opened = slot.insert(opened);
        if !opened.try_lock()? {
            return Ok(Entry::Later(poll()));
        }
        let hold = self.inside().locked(self, opened.file());
        // Until it was locked, somebody may have moved it away.
        if !opened.is_in_place()? {
            return Ok(Entry::Later(Duration::ZERO));
        }
        opened.catch_up().map(|()| Entry::In(hold))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_of_this_process(&self) -> bool {
        let process = std::process::id();
        let first = self.process.compare_exchange(0, process, Ordering::Relaxed, Ordering::Relaxed);
        first.is_ok() || self.process.load(Ordering::Relaxed) == process
    }

    fn taken(&self, within: Duration) -> Error {
        let who = if self.inside().turns.is_held() {
            "calls of this client hold it, or check it"
        } else {
            "another process, or another client of this one, holds it"
        };
        let path = shown(&self.path);
        Error::new(Kind::Timeout, format!("journal {path}: not free within {} s: {who}", seconds(within)))
            .with_hint("nothing was sent: allow more time, or let the others end first")
    }
}

impl Inside {
    /// What a call does next. If it joins those who are in, it is counted with them.
    fn join(&mut self, now: Instant) -> Next {
        let next = self.turns.next(now);
        if next == Next::Join {
            self.turns.enter(now);
        }
        next
    }

    /// The lock was just taken.
    fn locked(&mut self, journal: &Arc<Journal>, file: Arc<File>) -> Hold {
        self.turns.enter(Instant::now());
        self.locked = Some(file);
        Hold(Arc::clone(journal))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let journal = &self.0;
        // A forked child has a copy of what its parent holds, and must not give that back.
        if !journal.is_of_this_process() {
            return;
        }
        let mut inside = journal.inside();
        if inside.turns.leave(Instant::now()) {
            // To close it would not do: a child that was forked meanwhile has it open, too.
            if let Some(file) = inside.locked.take() {
                let _ = file.unlock();
            }
            journal.left.notify_one();
        }
    }
}

impl Pass {
    /// Appends one record, and does not return before it is on the disk (`durable`), or handed to the system. Once
    /// begun, it ends, even if nobody waits for it any more.
    ///
    /// # Errors
    /// A journal error. The record is not in the file then.
    pub async fn append(&self, record: &Json, durable: bool) -> Result<()> {
        let journal = &self.hold.0;
        let line = line::write(record).map_err(|what| {
            refusal(&journal.path, &what, "nothing was written: write about fewer assignments at once")
        })?;
        let hold = Arc::clone(&self.hold);
        let mut slot = Arc::clone(&journal.file).lock_owned().await;
        blocking(move || {
            let appended = match &mut *slot {
                Some(opened) => opened.append(line, durable),
                None => Err(Error::internal("a pass of a journal that is not open")),
            };
            drop(slot);
            drop(hold);
            appended
        })
        .await
    }
}

/// Does work that waits for a disk, off the thread that drives all calls.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => Err(Error::internal("the work on a journal broke off")),
        Err(_) => Err(Error::new(Kind::Closed, "the interpreter is exiting: no journal is written any more")),
    }
}

/// How long to wait before the next look at a lock that another process holds.
fn poll() -> Duration {
    LONGEST_POLL.mul_f64(fastrand::f64().mul_add(2.0 / 3.0, 1.0 / 3.0))
}

/// All records, in order. No lock is taken: what is being written is a torn last line.
///
/// # Errors
/// A journal error with the line that is damaged.
pub fn read(path: &Path) -> Result<Vec<Json>> {
    // Who cuts a torn line off, and appends, while it is being read, makes it look damaged.
    records(path).or_else(|_| records(path))
}

fn records(path: &Path) -> Result<Vec<Json>> {
    let file = place::open_to_read(path)?;
    let mut records = Vec::new();
    let read = scan(&mut BufReader::new(&file), Reached::default(), |line| {
        records.push(line::read(line)?);
        Ok(())
    });
    read.map(|_| records).map_err(|fault| unreadable(path, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_journal_that_another_process_has_used_is_refused() {
        let path = std::env::temp_dir().join(format!("appassign-fork-{}", std::process::id()));
        let journal = Arc::new(Journal::at(path.clone()));
        let pass = journal.enter(Duration::from_secs(20)).await.unwrap();
        let copied = journal.process.swap(1, Ordering::Relaxed);
        let error = journal.enter(Duration::from_secs(20)).await.err().unwrap();
        assert!(error.message.contains("forked"), "{error}");
        drop(pass);
        assert!(journal.inside().turns.is_held(), "what the parent holds was given back by its child");
        assert_ne!(copied, 0);
        std::fs::remove_file(path).unwrap();
    }
}
