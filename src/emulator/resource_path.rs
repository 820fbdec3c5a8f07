//! A request's path: read as OData does, and spelled as Intune does inside, behind Graph. Its errors show that.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The part of Intune behind the apps, in the release that is emulated.
const SERVICE: &str = "AppLifecycle_2611/StatelessAppMetadataFEService";

/// What is followed by a key.
const COLLECTIONS: [&str; 5] =
    ["mobileApps", "assignments", "groupAssignments", "userStatuses", "deviceStatuses"];

/// What is spelled in its own way whatever case it comes in. That Graph takes any case is inferred from public scripts.
const NAMES: [&str; 4] = ["deviceAppManagement", "mobileApps", "assignments", "assign"];

/// A namespace that may stand before the name of a type or an action.
const NAMESPACES: [&str; 2] = ["microsoft.graph.", "graph."];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Singleton,
    Navigation,
    Key,
    Cast,
    Action,
}

/// A piece of a path: `mobileApps('a')` has two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'a, str>,
}

/// The version that a path begins with, and what is below it; `gap` tells of an empty segment.
pub(super) struct ResourcePath<'a> {
    pub(super) version: &'a str,
    pub(super) segments: Vec<Segment<'a>>,
    pub(super) gap: bool,
}

/// Reads a path as it came.
pub(super) fn read(path: &str) -> ResourcePath<'_> {
    let mut pieces = path.trim_start_matches('/').split('/');
    let version = pieces.next().unwrap_or_default();
    let (mut segments, mut gap) = (Vec::with_capacity(8), false);
    // A slash at the end changes nothing: the documentation of 2017 has one behind its collections.
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        match percent_decode_str(piece).decode_utf8_lossy() {
            Cow::Borrowed("") => gap |= pieces.peek().is_some(),
            Cow::Borrowed(piece) => push_piece(&mut segments, piece, Cow::Borrowed),
            Cow::Owned(piece) => push_piece(&mut segments, &piece, |text| Cow::Owned(text.to_owned())),
        }
    }
    ResourcePath { version, segments, gap }
}

/// A piece between slashes: a name, or a name with a key.
fn push_piece<'a, 'p>(
    segments: &mut Vec<Segment<'a>>,
    piece: &'p str,
    keep: impl Fn(&'p str) -> Cow<'a, str>,
) {
    match piece.strip_suffix(')').and_then(|piece| piece.split_once('(')) {
        Some((name, key)) if !name.is_empty() => {
            push(segments, name, &keep);
            if !key.is_empty() {
                segments.push(Segment { kind: Kind::Key, text: keep(unquoted(key)) });
            }
        }
        _ => push(segments, piece, keep),
    }
}

/// A key as OData writes it: in quotes, or without.
fn unquoted(key: &str) -> &str {
    key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).unwrap_or(key)
}

fn push<'a, 'p>(segments: &mut Vec<Segment<'a>>, piece: &'p str, keep: impl Fn(&'p str) -> Cow<'a, str>) {
    let namespace = NAMESPACES.into_iter().find(|namespace| piece.starts_with(namespace));
    let name = namespace.map_or(piece, |namespace| piece.split_at(namespace.len()).1);
    let last = segments.iter().rev().find(|segment| segment.kind != Kind::Cast);
    let kind = match last {
        None => Kind::Singleton,
        Some(_) if name.eq_ignore_ascii_case("assign") && (namespace.is_some() || follows_key(last)) => {
            Kind::Action
        }
        Some(_) if namespace.is_some() => Kind::Cast,
        Some(before) if is_collection(before) && !piece.starts_with('$') => Kind::Key,
        Some(_) => Kind::Navigation,
    };
    let known = NAMES.into_iter().find(|known| kind != Kind::Key && known.eq_ignore_ascii_case(name));
    segments.push(Segment { kind, text: known.map_or_else(|| keep(name), Cow::Borrowed) });
}

fn is_collection(segment: &Segment<'_>) -> bool {
    segment.kind == Kind::Navigation && COLLECTIONS.contains(&segment.text.as_ref())
}

/// Whether an action may stand there: on an entity, which is a key or `app`.
fn follows_key(last: Option<&Segment<'_>>) -> bool {
    last.is_some_and(|last| last.kind == Kind::Key || !is_collection(last))
}

/// The URL in a nested error.
pub(super) fn url(segments: &[Segment<'_>]) -> String {
    let path = spelled(segments, "%27");
    format!("https://proxy.emu01.manage.microsoft.com/{SERVICE}/{path}?api-version=2025-07-02")
}

/// The path in a message about a route.
pub(super) fn path(segments: &[Segment<'_>]) -> String {
    format!("/{SERVICE}/{}", spelled(segments, "'"))
}

/// The kinds of the segments, as a message about a route names them.
pub(super) fn template(segments: &[Segment<'_>]) -> String {
    let kinds = segments.iter().map(|segment| match segment.kind {
        Kind::Singleton => "/singleton",
        Kind::Navigation => "/navigation",
        Kind::Key => "/key",
        Kind::Cast => "/cast",
        Kind::Action => "/action",
    });
    std::iter::once("~").chain(kinds).collect()
}

fn spelled(segments: &[Segment<'_>], quote: &str) -> String {
    let parts = segments.iter().map(|Segment { kind, text }| match kind {
        Kind::Singleton => text.to_string(),
        Kind::Navigation => format!("/{text}"),
        Kind::Key => format!("({quote}{text}{quote})"),
        Kind::Cast | Kind::Action => format!("/microsoft.management.services.api.{text}"),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled_inside(path: &str) -> (String, String) {
        let read = read(path);
        (spelled(&read.segments, "'"), template(&read.segments))
    }

    #[test]
    fn keys_are_in_parentheses_and_actions_have_a_namespace() {
        let (path, template) =
            spelled_inside("/beta/deviceAppManagement/mobileApps/a/userStatuses/u/app/assign");
        assert_eq!(
            path,
            "deviceAppManagement/mobileApps('a')/userStatuses('u')/app/microsoft.management.services.api.assign"
        );
        assert_eq!(template, "~/singleton/navigation/key/navigation/key/navigation/action");
    }

    #[test]
    fn what_follows_a_collection_is_a_key_whatever_its_name() {
        let (path, template) = spelled_inside("/beta/deviceAppManagement/mobileApps/assign");
        assert_eq!(path, "deviceAppManagement/mobileApps('assign')");
        assert_eq!(template, "~/singleton/navigation/key");
    }

    #[test]
    fn a_key_may_be_written_in_parentheses_with_or_without_quotes_and_encoded() {
        let usual = read("/beta/deviceAppManagement/mobileApps/a/assign").segments;
        for other in [
            "/beta/deviceAppManagement/mobileApps('a')/assign",
            "/beta/deviceAppManagement/mobileApps(a)/assign",
            "/beta/deviceAppManagement/mobileApps(%27a%27)/assign",
            "/beta/deviceAppManagement/mobileApps/%61/microsoft.graph.assign",
            "/beta/deviceappmanagement/MobileApps/a/graph.assign",
            "/beta/deviceAppManagement/mobileApps/a/Assign()",
        ] {
            assert_eq!(read(other).segments, usual, "{other}");
        }
    }

    #[test]
    fn a_slash_at_the_end_is_no_empty_segment() {
        let usual = read("/beta/deviceAppManagement/mobileApps/a/groupAssignments");
        let with_slash = read("/beta/deviceAppManagement/mobileApps/a/groupAssignments/");
        assert_eq!((with_slash.segments, with_slash.gap), (usual.segments, false));
        for with_gap in
            ["/beta/deviceAppManagement/mobileApps//assign", "/beta/deviceAppManagement/mobileApps//"]
        {
            assert!(read(with_gap).gap, "{with_gap}");
        }
    }

    #[test]
    fn a_type_may_stand_after_a_collection_or_a_key() {
        let (path, template) = spelled_inside("/beta/deviceAppManagement/mobileApps/graph.win32LobApp");
        assert_eq!(path, "deviceAppManagement/mobileApps/microsoft.management.services.api.win32LobApp");
        assert_eq!(template, "~/singleton/navigation/cast");
        let (_, template) =
            spelled_inside("/beta/deviceAppManagement/mobileApps/a/microsoft.graph.iosVppApp/assignments/b");
        assert_eq!(template, "~/singleton/navigation/key/cast/navigation/key");
    }

    #[test]
    fn broken_encodings_stay_as_they_are() {
        for (sent, kept) in [("a%2", "a%2"), ("%zz%41%", "%zzA%"), ("%+4", "%+4")] {
            assert_eq!(read(&format!("/beta/{sent}")).segments[0].text, kept);
        }
    }
}
