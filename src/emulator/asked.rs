//! One request, as those who answer it look at it.

use bytes::Bytes;
use http::{Request, header};
use serde_json::{Map, Value};

use super::answer::{Answer, not_emulated, unsupported_media_type};
use super::app;
use super::json;
use super::profile::{Profile, Version};
use super::query::{Query, Unanswerable};
use super::refused::Refused;
use super::resource_path::Segment;
use super::tenant::{App, Assignments, Tenant};

/// Whether a list tells the truth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Fresh,
    /// As before the latest change.
    Stale,
    Empty,
}

impl Reading {
    pub(super) fn of(self, app: &App) -> Assignments {
        match self {
            Self::Fresh => app.assignments().clone(),
            Self::Stale => app.before().clone(),
            Self::Empty => Assignments::default(),
        }
    }
}

/// A request whose way is known.
pub(super) struct Asked<'a> {
    pub(super) profile: Profile,
    pub(super) version: Version,
    pub(super) request: &'a Request<Bytes>,
    /// The number under which it is recorded.
    pub(super) number: usize,
    pub(super) segments: &'a [Segment<'a>],
    /// The type that the app must have.
    pub(super) cast: Option<&'a str>,
    pub(super) reading: Reading,
    /// How many entries a page of a list has, where the client does not say.
    pub(super) page_size: usize,
}

impl Asked<'_> {
    /// The app that the path names.
    pub(super) fn app<'a>(&self, tenant: &'a Tenant, id: &str) -> Result<&'a App, Answer> {
        tenant.app(id).filter(|app| self.wants(app)).ok_or_else(|| self.not_found())
    }

    /// Whether an app is of the type that the path asks for.
    pub(super) fn wants(&self, app: &App) -> bool {
        self.cast.is_none_or(|cast| app.odata_type().rsplit('.').next() == Some(cast))
    }

    /// What a list is asked for.
    pub(super) fn query(&self) -> Result<Query, Answer> {
        Query::read(self.request.uri().query(), &[]).map_err(unanswerable)
    }

    /// As [`query`](Self::query), of one entity.
    pub(super) fn query_for_entity(&self) -> Result<Query, Answer> {
        Query::read_for_entity(self.request.uri().query(), &[]).map_err(unanswerable)
    }

    /// As [`query`](Self::query), of apps, one or many.
    pub(super) fn query_of_apps(
        &self,
        read: impl FnOnce(Option<&str>, &[&str]) -> Result<Query, Unanswerable>,
    ) -> Result<Query, Answer> {
        let query = read(self.request.uri().query(), &[self.profile.collection()]).map_err(unanswerable)?;
        if query.is_plain() {
            return Ok(query);
        }
        let properties = app::properties(self.profile, self.version);
        let names: Vec<&str> = properties.iter().map(String::as_str).collect();
        query.of("mobileApp", &names).map_err(unanswerable)
    }

    /// The body of a write.
    pub(super) fn document(&self) -> Result<Value, Answer> {
        let media_type =
            self.request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = media_type.map(|media_type| media_type.split(';').next().unwrap_or_default().trim());
        match essence {
            None => return Err(self.refused(Refused::Unreadable)),
            Some(essence) if essence.eq_ignore_ascii_case("application/json") => {}
            Some(_) => return Err(unsupported_media_type()),
        }
        json::read(self.request.body()).map_err(|_| self.refused(Refused::Unreadable))
    }

    pub(super) fn refused(&self, refused: Refused) -> Answer {
        Answer::refused(refused, self.segments)
    }

    pub(super) fn not_found(&self) -> Answer {
        Answer::not_found(self.segments)
    }

    /// The URL of the version, as the client reaches it: a proxy in between may speak TLS.
    fn root(&self) -> String {
        let header = |name: &str| self.request.headers().get(name).and_then(|value| value.to_str().ok());
        // Of several proxies the first one is the client's.
        let scheme =
            header("x-forwarded-proto").and_then(|all| all.split(',').next()).unwrap_or("http").trim();
        let host = header("host").unwrap_or("localhost");
        format!("{scheme}://{host}/{}", self.version.name())
    }

    /// What `@odata.context` says of an answer about `what`, such as `mobileApps('a')/assignments`.
    pub(super) fn context(&self, what: &str) -> String {
        format!("{}/$metadata#deviceAppManagement/{what}", self.root())
    }

    /// Where the next page is.
    pub(super) fn next_link(&self, query: &str) -> String {
        let path = self.request.uri().path();
        let below = path.trim_start_matches('/').split_once('/').map_or("", |(_, below)| below);
        format!("{}/{below}?{query}", self.root())
    }

    /// A page of a collection.
    pub(super) fn page(
        &self,
        query: &Query,
        what: &str,
        items: Vec<Map<String, Value>>,
    ) -> Result<Answer, Answer> {
        let page = query.page(items, self.page_size).map_err(unanswerable)?;
        let mut document = Map::new();
        document.insert("@odata.context".to_owned(), self.context(what).into());
        if let Some(count) = page.count {
            document.insert("@odata.count".to_owned(), count.into());
        }
        if let Some(next) = page.next {
            document.insert("@odata.nextLink".to_owned(), self.next_link(&next).into());
        }
        document.insert("value".to_owned(), page.value.into_iter().map(Value::Object).collect());
        Ok(Answer::document(Value::Object(document)))
    }

    /// One entity. The documentation of 2017 prints it without a context.
    pub(super) fn entity(&self, what: &str, item: Map<String, Value>) -> Value {
        let mut document = Map::new();
        if self.profile == Profile::Current {
            document.insert("@odata.context".to_owned(), self.context(&format!("{what}/$entity")).into());
        }
        document.extend(item);
        Value::Object(document)
    }
}

pub(super) fn unanswerable(reason: Unanswerable) -> Answer {
    match reason {
        Unanswerable::Invalid(message) => Answer::error(http::StatusCode::BAD_REQUEST, "BadRequest", message),
        Unanswerable::NotEmulated(what) => not_emulated(&what),
    }
}
