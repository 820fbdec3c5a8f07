//! A query string taken apart: which system query options it has, and what else.

use percent_encoding::percent_decode_str;

use super::Unanswerable;

/// The options that are read here.
const EMULATED: [&str; 8] =
    ["$filter", "$orderby", "$select", "$expand", "$top", "$skip", "$skiptoken", "$count"];

/// Those that OData or Graph has besides.
const OTHERS: [&str; 8] =
    ["$search", "$format", "$apply", "$compute", "$index", "$schemaversion", "$deltatoken", "$levels"];

/// Those that cannot be empty, as ASP.NET's OData words it.
const FILLED: [&str; 6] = ["$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count"];

#[derive(Debug)]
pub(super) struct Options(Vec<Piece>);

#[derive(Debug)]
struct Piece {
    sent: String,
    option: Option<&'static str>,
    value: String,
}

impl Options {
    /// Documented: on beta the dollar sign of an option may be left out. Of v1.0 only "a subset of APIs" is said to
    /// allow that; here both do.
    pub(super) fn read(raw: &str) -> Result<Self, Unanswerable> {
        let mut pieces: Vec<Piece> = Vec::new();
        for sent in raw.split('&').filter(|piece| !piece.is_empty()) {
            let (name, value) = sent.split_once('=').unwrap_or((sent, ""));
            let (name, value) = (decoded(name), decoded(value));
            let option = known(&EMULATED, &name);
            if option.is_none() {
                if let Some(other) = known(&OTHERS, &name) {
                    return Err(Unanswerable::NotEmulated(format!("the query option {other}")));
                }
                if name.starts_with('$') {
                    return Err(Unanswerable::Invalid(format!(
                        "The query parameter '{name}' is not supported."
                    )));
                }
            }
            if let Some(option) = option {
                if pieces.iter().any(|piece| piece.option == Some(option)) {
                    return Err(Unanswerable::Invalid(format!(
                        "Query option '{option}' was specified more than once, but it must be specified at most once."
                    )));
                }
                if value.trim().is_empty() && FILLED.contains(&option) {
                    return Err(Unanswerable::Invalid(format!(
                        "The value for OData query '{option}' cannot be empty."
                    )));
                }
            }
            pieces.push(Piece { sent: sent.to_owned(), option, value });
        }
        Ok(Self(pieces))
    }

    pub(super) fn get(&self, option: &str) -> Option<&str> {
        self.0.iter().find(|piece| piece.option == Some(option)).map(|piece| piece.value.as_str())
    }

    pub(super) fn number(&self, option: &str) -> Result<Option<usize>, Unanswerable> {
        let Some(value) = self.get(option) else { return Ok(None) };
        match value.trim().parse::<i32>().ok().and_then(|number| usize::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(Unanswerable::Invalid(format!(
                "Invalid value '{value}' for {option} query option found. The {option} query option requires a \
                 non-negative integer value."
            ))),
        }
    }

    pub(super) fn count(&self) -> Result<bool, Unanswerable> {
        match self.get("$count").map(str::trim) {
            None => Ok(false),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(false),
            Some(value) => Err(Unanswerable::Invalid(format!("'{value}' is not a valid count option."))),
        }
    }

    /// The query of the page that a token stands for: all that was sent, but for what the token says better.
    pub(super) fn with_skiptoken(&self, token: &str) -> String {
        let kept = self.0.iter().filter(|piece| !matches!(piece.option, Some("$skip" | "$skiptoken")));
        let kept: String = kept.flat_map(|piece| [&piece.sent, "&"]).collect();
        format!("{kept}$skiptoken={token}")
    }
}

fn known(options: &[&'static str], name: &str) -> Option<&'static str> {
    let name = name.strip_prefix('$').unwrap_or(name);
    options.iter().copied().find(|option| option.trim_start_matches('$').eq_ignore_ascii_case(name))
}

/// Plus signs and `%20` are spaces; a percent sign that starts no escape stays one.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
