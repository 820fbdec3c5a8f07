//! What an answer to a read says: a list, page by page, and whether an app has assignments.

use bytes::Bytes;
use http::Response;
use url::Url;

use crate::error::{Error, Kind, Result, cut, printable};
use crate::json::Json;
use crate::response;
use crate::secret::{Token, repeats, scrub};
use crate::service::ServiceRoot;

const MAX_BYTES_SHOWN: usize = 1_024;

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<E> {
    /// In the order of the service.
    pub entries: Vec<E>,
    /// Where the next page is.
    pub next: Option<Url>,
}

/// Reads a page, and each of its entries.
///
/// # Errors
/// A response error for what is no list of such entries, or leads elsewhere.
pub fn read<E>(
    response: &Response<Bytes>,
    root: &ServiceRoot,
    tokens: &[&Token],
    entry: impl Fn(Json) -> Result<E>,
) -> Result<Page<E>> {
    let unusable = |message: &str| unusable(response, tokens, message);
    let mut entries = None;
    let mut next = None;
    for (name, value) in object(response, tokens)? {
        match (name.as_str(), value) {
            ("value", Json::Array(listed)) => entries = Some(listed),
            ("@odata.nextLink", Json::Text(link)) => {
                next = Some(below(root, &link).ok_or_else(|| {
                    unusable("its @odata.nextLink leads away from the service, and is not followed")
                })?);
            }
            // To take such a list for a whole one would lose the rest of it.
            ("@odata.nextLink", link) if link != Json::Null => {
                let message = format!("its @odata.nextLink is {}, not a string", link.type_name());
                return Err(unusable(&message));
            }
            _ => {}
        }
    }
    let entries = entries.ok_or_else(|| unusable("it has no array \"value\""))?;
    let read = |(index, listed)| {
        entry(listed).map_err(|error| unusable(&error.inside(&format!("value[{index}]")).to_string()))
    };
    let entries = entries.into_iter().enumerate().map(read).collect::<Result<_>>()?;
    Ok(Page { entries, next })
}

/// What an app says of itself: whether it has assignments; `None` if it does not say.
///
/// # Errors
/// A response error for what is no app.
pub fn is_assigned(response: &Response<Bytes>, tokens: &[&Token]) -> Result<Option<bool>> {
    let said = object(response, tokens)?.into_iter().find(|(name, _)| name == "isAssigned");
    Ok(match said {
        Some((_, Json::Bool(is_assigned))) => Some(is_assigned),
        _ => None,
    })
}

/// The members of an answer, which has to be one whole JSON object. One that repeats a token is not read at all: what it
/// holds would go into receipts and journals.
fn object(response: &Response<Bytes>, tokens: &[&Token]) -> Result<Vec<(String, Json)>> {
    let unusable = |message: &str| unusable(response, tokens, message);
    let text = std::str::from_utf8(response::whole(response)?).map_err(|_| unusable("it is not UTF-8"))?;
    if repeats(tokens, text) {
        return Err(unusable("it repeats the token that it was sent"));
    }
    match Json::parse(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(Json::Object(members)) => Ok(members),
        Ok(other) => Err(unusable(&format!("it is {}, not an object", other.type_name()))),
        Err(error) => Err(unusable(&error.to_string())),
    }
}

fn unusable(response: &Response<Bytes>, tokens: &[&Token], message: &str) -> Error {
    let status = response.status().as_u16();
    let body = scrub(tokens, &String::from_utf8_lossy(response.body()));
    // A link may hold what is as good as a password.
    let body = if body.contains("nextLink") { "" } else { &body };
    let body = cut(&printable(body), MAX_BYTES_SHOWN);
    let message = format!("the service answered {status} with what cannot be used: {message}");
    Error::new(Kind::Response { status, body }, scrub(tokens, &message))
}

/// A link that stays at the service: the same origin, below the same version.
fn below(root: &ServiceRoot, link: &str) -> Option<Url> {
    let (link, root) = (Url::parse(link).ok()?, root.url(""));
    let is_same = link.origin() == root.origin() && link.username().is_empty() && link.password().is_none();
    (is_same && link.path().starts_with(root.path())).then_some(link)
}
