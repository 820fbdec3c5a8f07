//! A list, all pages of it, read until two readings agree.

use std::collections::HashMap;
use std::hash::Hash;

use crate::call::{Answered, Underway};
use crate::error::{Error, Kind, Result};
use crate::json::Json;
use crate::page::{self, Page};
use crate::request::Unsigned;
use crate::token::TokenSource;
use crate::transport::Transport;

const MAX_PAGES: usize = 200;

/// Of a list of several pages, until two of them agree.
const MAX_READINGS: u32 = 4;

/// What the service lists.
pub(crate) trait Listed: Sized {
    /// What a list can hold only once.
    type Key: Eq + Hash;

    /// What a list of them is called.
    const PLURAL: &'static str;

    /// Reads one of them.
    fn from_json(document: Json) -> Result<Self>;

    /// What it is known by.
    fn key(&self) -> Self::Key;

    /// Whether two lists say the same, in whatever order.
    fn agree(one: &[Self], two: &[Self]) -> bool;

    /// It, in one line.
    fn summary(&self) -> String;
}

impl<T: Transport, S: TokenSource> Underway<'_, T, S> {
    /// All pages of a list, of which a request asks for the first. What changes between two pages shifts entries out of
    /// sight, and a page may be empty by accident: a list of several is read until two readings agree.
    pub(crate) async fn agreed<E: Listed>(&mut self, first: &Unsigned) -> Result<Vec<E>> {
        let All { mut entries, pages } = self.pages(first).await?;
        if pages == 1 {
            return Ok(entries);
        }
        for _ in 1..MAX_READINGS {
            let again = self.pages(first).await?.entries;
            if E::agree(&entries, &again) {
                return Ok(again);
            }
            entries = again;
        }
        Err(inconsistent::<E>("it has several pages, and is another list each time that it is read"))
    }

    /// All pages of a list, as the service gives it.
    pub(crate) async fn listed<E: Listed>(&mut self, first: &Unsigned) -> Result<Vec<E>> {
        self.pages(first).await.map(|all| all.entries)
    }

    /// The first page of a list.
    pub(crate) async fn first_page<E: Listed>(&mut self, request: &Unsigned) -> Result<Vec<E>> {
        self.page(request).await.map(|page| page.entries)
    }

    async fn page<E: Listed>(&mut self, request: &Unsigned) -> Result<Page<E>> {
        let root = self.subject.root;
        let read = |call: &Self, Answered { response, .. }: Answered| {
            page::read(&response, root, &call.tokens(), E::from_json)
        };
        self.ask(request, read).await
    }

    async fn pages<E: Listed>(&mut self, first: &Unsigned) -> Result<All<E>> {
        let mut request = first.clone();
        let mut seen = Seen { entries: Vec::new(), places: HashMap::new() };
        let mut links = Vec::new();
        loop {
            let Page { entries, next } = self.page(&request).await?;
            seen.take(entries)?;
            let Some(next) = next else {
                return Ok(All { entries: seen.entries, pages: links.len() + 1 });
            };
            if links.contains(&next) {
                return Err(inconsistent::<E>("its pages lead back to one that was read"));
            }
            if links.len() + 1 >= MAX_PAGES {
                return Err(inconsistent::<E>(&format!("it has more than {MAX_PAGES} pages")));
            }
            links.push(next.clone());
            request = request.next_page(next);
        }
    }
}

/// What all pages show.
struct All<E> {
    entries: Vec<E>,
    pages: usize,
}

/// What the pages have shown so far.
struct Seen<E: Listed> {
    entries: Vec<E>,
    places: HashMap<E::Key, usize>,
}

impl<E: Listed> Seen<E> {
    /// An entry that is there again, as lists do that change while they are read, counts once.
    fn take(&mut self, page: Vec<E>) -> Result<()> {
        for entry in page {
            let known = self.places.get(&entry.key()).and_then(|place| self.entries.get(*place));
            match known {
                None => {
                    self.places.insert(entry.key(), self.entries.len());
                    self.entries.push(entry);
                }
                Some(known) if E::agree(std::slice::from_ref(known), std::slice::from_ref(&entry)) => {}
                Some(_) => {
                    let message = format!("it shows two that differ for {}", entry.summary());
                    return Err(inconsistent::<E>(&message));
                }
            }
        }
        Ok(())
    }
}

fn inconsistent<E: Listed>(what: &str) -> Error {
    let message = format!("the service's list of {} cannot be relied on: {what}", E::PLURAL);
    Error::new(Kind::Response { status: 200, body: String::new() }, message)
        .with_hint("nothing is planned on such a list: call again in a while")
}
