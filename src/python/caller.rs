//! Whoever made a call, as the call in flight reaches it. What the call has to say goes out by the way that is open: what
//! became of it, lines for the log, a request for a token. A request takes the way along, and its answer brings another.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::future::AbortHandle;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex as Queue, Notify, oneshot};
use uuid::Uuid;

use super::log;
use super::mailbox::{Address, Contents, Delivery};
use crate::change::CalledOff;
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Weight};
use crate::token::{Grant, TokenRequest, TokenSource};

/// Lines for the log that are kept while nobody listens.
const MAX_KEPT: usize = 10_000;

/// What a waiting thread hears.
pub(super) enum News {
    Settled(Contents),
    Asked(Box<Question>),
    Noted(Weight, String),
}

/// Where the news goes.
pub(super) enum Way {
    Thread(UnboundedSender<News>),
    /// With what a question looks like to a task.
    Loop(Delivery, fn(Box<Question>, Address) -> Contents),
}

/// What a call wants to know, and how it hears the answer.
pub(super) struct Question {
    pub(super) request: TokenRequest,
    /// `None` once it is answered.
    answer: Option<oneshot::Sender<Result<Grant>>>,
    /// Who has no way while the question is out: what the call says meanwhile, and be it its last word, is kept there.
    caller: Caller,
    pid: u32,
}

impl Question {
    /// The call goes on with this, and tells the rest of its news by another way.
    pub(super) fn answer(mut self, grant: Result<Grant>, way: Way) {
        self.caller.reopen(way);
        if let Some(answer) = self.answer.take() {
            drop(answer.send(grant));
        }
    }

    /// The caller of the call goes.
    pub(super) fn call_off(&self) {
        self.caller.called_off().tell();
    }

    /// Nobody is asked for a token any more; the rest of the news comes here.
    pub(super) fn turn_away(self) -> UnboundedReceiver<News> {
        self.call_off();
        let (sender, news) = unbounded_channel();
        self.answer(Err(gone()), Way::Thread(sender));
        news
    }
}

impl Drop for Question {
    /// Who was asked has gone without a word, and has taken the way along. What else the call wants to say must not wait for
    /// ever until there is one.
    fn drop(&mut self) {
        let answer = self.answer.take();
        if self.pid != std::process::id() {
            // In a forked child: the locks may be held by threads that are not there.
            mem::forget(answer);
        } else if answer.is_some() {
            self.call_off();
            let (nobody, _) = unbounded_channel();
            self.caller.reopen(Way::Thread(nobody));
        }
    }
}

#[derive(Clone)]
pub(super) struct Caller(Arc<Reach>);

struct Reach {
    line: Mutex<Line>,
    /// Told when a way is open again.
    reopened: Notify,
    /// One request for a token at a time takes the way.
    asking: Queue<()>,
    /// What happens in the call is told from this weight on.
    least: Option<Weight>,
    settled: AtomicBool,
    called_off: CalledOff,
    /// How much of the call is done, for those that have parts.
    done: AtomicUsize,
}

#[derive(Default)]
struct Line {
    /// `None` while a token is asked for.
    way: Option<Way>,
    /// What was said meanwhile.
    notes: Vec<(Weight, String)>,
    result: Option<Contents>,
}

impl Caller {
    pub(super) fn new(way: Way, least: Option<Weight>) -> Self {
        let line = Mutex::new(Line { way: Some(way), ..Line::default() });
        Self(Arc::new(Reach {
            line,
            least,
            reopened: Notify::new(),
            asking: Queue::default(),
            settled: AtomicBool::new(false),
            called_off: CalledOff::default(),
            done: AtomicUsize::new(0),
        }))
    }

    /// Whether the caller has gone.
    pub(super) fn called_off(&self) -> &CalledOff {
        &self.0.called_off
    }

    /// Tells what became of the call.
    pub(super) fn settle<T>(&self, result: Result<T>)
    where
        T: for<'py> IntoPyObject<'py> + Send + 'static,
    {
        self.0.settled.store(true, Ordering::Release);
        let contents: Contents = Box::new(move |py| result.map_err(PyErr::from)?.into_py_any(py));
        let mut line = self.0.line();
        match line.way.take() {
            Some(way) => {
                drop(line);
                way.settle(contents);
            }
            None => line.result = Some(contents),
        }
    }

    /// Has the caller log what happens, if anybody listens.
    pub(super) fn observe(&self, event: &Event<'_>) {
        let weight = event.weight();
        if self.0.least.is_none_or(|least| weight < least) {
            return;
        }
        let text = event.to_string();
        let mut line = self.0.line();
        match &line.way {
            Some(way) => way.note(weight, text),
            None if line.notes.len() < MAX_KEPT => line.notes.push((weight, text)),
            None => {}
        }
    }

    /// So many parts of the call are done.
    pub(super) fn progress(&self, done: usize) {
        self.0.done.store(done, Ordering::Release);
    }

    /// Opens another way, on which everything goes out that was said meanwhile. If the call has gone, the way closes.
    fn reopen(&self, way: Way) {
        let mut line = self.0.line();
        for (weight, text) in mem::take(&mut line.notes) {
            way.note(weight, text);
        }
        if let Some(result) = line.result.take() {
            drop(line);
            return way.settle(result);
        }
        line.way = Some(way);
        drop(line);
        self.0.reopened.notify_one();
    }

    pub(super) fn ear(&self) -> Ear {
        Ear(Arc::downgrade(&self.0))
    }
}

impl Reach {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    fn settle(self, contents: Contents) {
        match self {
            // The thread may be gone by then, after Ctrl-C.
            Self::Thread(sender) => drop(sender.send(News::Settled(contents))),
            Self::Loop(delivery, _) => delivery.deliver(contents),
        }
    }

    fn note(&self, weight: Weight, text: String) {
        match self {
            Self::Thread(sender) => drop(sender.send(News::Noted(weight, text))),
            Self::Loop(delivery, _) => delivery.note(Box::new(move |py| {
                log::write(py, weight, &text)?;
                Ok(py.None())
            })),
        }
    }

    /// Asks for a token; whoever answers knows where the next way may begin.
    fn ask(self, question: Box<Question>) {
        match self {
            Self::Thread(sender) => drop(sender.send(News::Asked(question))),
            Self::Loop(delivery, contents) => {
                let address = delivery.address();
                delivery.deliver(contents(question, address));
            }
        }
    }
}

impl TokenSource for Caller {
    async fn token(&self, request: TokenRequest) -> Result<Grant> {
        let _asking = self.0.asking.lock().await;
        let way = loop {
            let reopened = self.0.reopened.notified();
            let way = self.0.line().way.take();
            match way {
                Some(way) => break way,
                None => reopened.await,
            }
        };
        let (answer, answered) = oneshot::channel();
        let (answer, caller, pid) = (Some(answer), self.clone(), std::process::id());
        way.ask(Box::new(Question { request, answer, caller, pid }));
        answered.await.map_err(|_| gone())?
    }
}

/// It is no news of the credential, which other calls would have to be told.
pub(super) fn gone() -> Error {
    Error::new(Kind::Interrupted, "interrupted before it had a token")
}

/// What is left of a caller with those who wait for the call. It does not keep the way open: that it closes is how they
/// hear of a call that went away without a word.
#[derive(Clone)]
pub(super) struct Ear(Weak<Reach>);

impl Ear {
    /// Has a call that comes to its end by itself do so.
    pub(super) fn call_off(&self) {
        if let Some(reach) = self.0.upgrade() {
            reach.called_off.tell();
        }
    }

    /// How many parts of the call are done.
    pub(super) fn done(&self) -> usize {
        self.0.upgrade().map_or(0, |reach| reach.done.load(Ordering::Acquire))
    }

    /// Ends the call before it has ended by itself; what becomes of it is unknown.
    pub(super) fn break_off(
        &self,
        py: Python<'_>,
        abort: &AbortHandle,
        client_request_id: Option<Uuid>,
    ) -> PyResult<()> {
        let is_news = self.0.upgrade().is_some_and(|reach| {
            reach.least.is_some_and(|least| least <= Weight::Write) && !reach.settled.load(Ordering::Acquire)
        });
        abort.abort();
        if !is_news {
            return Ok(());
        }
        let id = client_request_id.unwrap_or_default();
        let line = format!("broken off by the caller, outcome unknown (client-request-id {id})");
        log::write(py, Weight::Write, &line)
    }
}
