//! How a program speaks with the harness, and does many things at once.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use serde::Serialize;
use tokio::task::JoinSet;

use crate::Result;

/// Says how far we are, and goes on when the harness has read our CPU clock and our memory.
pub(crate) fn pause(word: &str) -> Result<()> {
    writeln!(io::stdout(), "{word}")?;
    io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

/// What the harness reads at the end.
pub(crate) fn report(what: &impl Serialize) -> Result<()> {
    Ok(serde_json::to_writer(io::stdout(), what)?)
}

pub(crate) fn seconds(text: &str) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}

/// All of them at once, each a task of its own; the first error ends the rest.
pub(crate) async fn all<T: Send + 'static>(
    tasks: impl Iterator<Item = impl Future<Output = Result<T>> + Send + 'static>,
) -> Result<Vec<T>> {
    let mut workers: JoinSet<_> = tasks.collect();
    let mut results = Vec::with_capacity(workers.len());
    while let Some(done) = workers.join_next().await {
        results.push(done??);
    }
    Ok(results)
}
