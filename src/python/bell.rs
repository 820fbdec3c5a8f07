//! How an event loop hears that letters came in for it.

#[cfg(unix)]
use std::io::{Read, Write};
#[cfg(unix)]
use std::os::fd::AsRawFd;
#[cfg(unix)]
use std::os::unix::net::UnixStream;

use pyo3::prelude::*;

use super::courier::Courier;
use super::exit::is_exiting;

/// The bell of one mailbox.
pub(super) enum Bell {
    /// A pair of sockets of which the loop watches one: to ring takes neither the interpreter nor another thread.
    #[cfg(unix)]
    Watched { rung: UnixStream, watched: UnixStream },
    /// For loops that watch no sockets, a thread that calls them.
    Called(Courier),
}

impl Bell {
    /// A bell to be watched, and its file descriptor; `None` where that cannot be.
    pub(super) fn to_watch() -> Option<(Self, i32)> {
        #[cfg(unix)]
        {
            let (rung, watched) = UnixStream::pair().ok()?;
            rung.set_nonblocking(true).and_then(|()| watched.set_nonblocking(true)).ok()?;
            let descriptor = watched.as_raw_fd();
            Some((Self::Watched { rung, watched }, descriptor))
        }
        #[cfg(not(unix))]
        None
    }

    /// Rings; one that is called has `call` done. While the interpreter exits, no loop is to hear of anything any more.
    pub(super) fn ring(&self, call: impl FnOnce(Python<'_>) + Send + 'static) {
        if is_exiting() {
            return;
        }
        match self {
            // If it is full, the loop is about to hear it anyway.
            #[cfg(unix)]
            Self::Watched { rung, .. } => drop((&mut &*rung).write(&[0])),
            Self::Called(courier) => courier.send(Box::new(call)),
        }
    }

    /// It was heard.
    pub(super) fn silence(&self) {
        #[cfg(unix)]
        if let Self::Watched { watched, .. } = self {
            drop((&mut &*watched).read(&mut [0; 16]));
        }
    }
}
