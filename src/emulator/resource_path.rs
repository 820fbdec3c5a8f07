//! A request's path as Intune spells it inside, behind Graph. Its errors show it.

/// The part of Intune behind the apps, in the release that is emulated.
const SERVICE: &str = "AppLifecycle_2611/StatelessAppMetadataFEService";

/// What is followed by a key.
const COLLECTIONS: [&str; 4] = ["mobileApps", "groupAssignments", "userStatuses", "deviceStatuses"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Singleton,
    Navigation,
    Key,
    Action,
}

/// The URL in a nested error. `segments` are the path below the version.
pub(super) fn url(segments: &[&str]) -> String {
    let path = spelled(segments, "%27");
    format!("https://proxy.emu01.manage.microsoft.com/{SERVICE}/{path}?api-version=2025-07-02")
}

/// The path in a message about a route.
pub(super) fn path(segments: &[&str]) -> String {
    format!("/{SERVICE}/{}", spelled(segments, "'"))
}

/// The kinds of the segments, as a message about a route names them.
pub(super) fn template(segments: &[&str]) -> String {
    let kinds = parts(segments).into_iter().map(|(kind, _)| match kind {
        Kind::Singleton => "/singleton",
        Kind::Navigation => "/navigation",
        Kind::Key => "/key",
        Kind::Action => "/action",
    });
    std::iter::once("~").chain(kinds).collect()
}

fn spelled(segments: &[&str], quote: &str) -> String {
    let parts = parts(segments).into_iter().map(|(kind, name)| match kind {
        Kind::Singleton => name.to_owned(),
        Kind::Navigation => format!("/{name}"),
        Kind::Key => format!("({quote}{name}{quote})"),
        Kind::Action => format!("/microsoft.management.services.api.{name}"),
    });
    parts.collect()
}

fn parts<'a>(segments: &[&'a str]) -> Vec<(Kind, &'a str)> {
    let mut parts: Vec<(Kind, &str)> = Vec::new();
    for segment in segments {
        let kind = match parts.last() {
            None => Kind::Singleton,
            Some((Kind::Navigation, before)) if COLLECTIONS.contains(before) => Kind::Key,
            Some(_) if *segment == "assign" => Kind::Action,
            Some(_) => Kind::Navigation,
        };
        parts.push((kind, segment));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_parentheses_and_actions_have_a_namespace() {
        let segments = ["deviceAppManagement", "mobileApps", "a", "userStatuses", "u", "app", "assign"];
        assert_eq!(
            spelled(&segments, "'"),
            "deviceAppManagement/mobileApps('a')/userStatuses('u')/app/microsoft.management.services.api.assign"
        );
        assert_eq!(template(&segments), "~/singleton/navigation/key/navigation/key/navigation/action");
    }

    #[test]
    fn what_follows_a_collection_is_a_key_whatever_its_name() {
        assert_eq!(
            spelled(&["deviceAppManagement", "mobileApps", "assign"], "'"),
            "deviceAppManagement/mobileApps('assign')"
        );
    }
}
