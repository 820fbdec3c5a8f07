//! A base URL: what is accepted sends the token over TLS or stays on this machine, and every request below its path.

use std::net::IpAddr;

use appassign::error::Kind;
use appassign::service::{Cloud, ServiceRoot};
use url::Url;

use super::{Input, text};

const PATH: &str = "deviceAppManagement/mobileApps/A/assign";
const MAX_BASE_URL_BYTES: usize = 8_192;
const CLOUDS: [Cloud; 4] = [Cloud::Global, Cloud::UsGov, Cloud::Dod, Cloud::China];

/// The bytes are a base URL.
pub(crate) fn check(bytes: &[u8]) -> Input {
    let Ok(given) = std::str::from_utf8(bytes) else { return Input::Refused };
    let mut input = Input::Refused;
    for cloud in CLOUDS {
        match ServiceRoot::read(given, cloud) {
            Ok(root) => {
                is_safe(&root, given);
                input = Input::Accepted;
            }
            Err(error) => {
                assert_eq!(error.kind, Kind::Configuration);
                text::is_printable(&error.to_string());
                repeats_no_secret(given, &format!("{error} {:?}", error.hint));
            }
        }
    }
    input
}

fn is_safe(root: &ServiceRoot, given: &str) {
    let is_left_out = |char: char| char.is_whitespace() || char.is_control();
    assert!(
        !given.contains(is_left_out),
        "{given:?}: a URL library leaves something out, and goes elsewhere"
    );
    let url = root.url(PATH);
    let host = url.host_str().unwrap();
    let is_loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    assert_eq!(root.is_loopback(), is_loopback, "{given:?}");
    match url.scheme() {
        "https" => assert!(root.is_tls()),
        "http" => assert!(is_loopback && !root.is_tls(), "{given:?}"),
        other => panic!("{other} in {given:?}"),
    }
    let extras = (url.username(), url.password(), url.query(), url.fragment());
    assert_eq!(extras, ("", None, None, None), "{given:?}");
    stays_below(root, &url, given);
    assert!(url.as_str().len() <= MAX_BASE_URL_BYTES + 1 + PATH.len(), "{given:?}");
    // Who sends the request reads the URL once more, with other code.
    let carried: http::Uri = url.as_str().parse().unwrap();
    assert_eq!((carried.host(), carried.path()), (Some(host), url.path()), "{given:?}");
    assert_eq!(carried.port_u16(), url.port(), "{given:?}");
}

fn stays_below(root: &ServiceRoot, url: &Url, given: &str) {
    let parsed = Url::parse(given).unwrap();
    assert_eq!(url.origin(), parsed.origin(), "{given:?}");
    let base = parsed.path().trim_end_matches('/');
    assert_eq!(url.path(), format!("{base}/{PATH}"), "{given:?}");
    if let Some(cloud) =
        CLOUDS.into_iter().find(|cloud| url.host_str() == cloud.audience().strip_prefix("https://"))
    {
        assert!(matches!(base, "/beta" | "/v1.0"), "{given:?}");
        assert_eq!(root.cloud(), cloud, "{given:?}");
    }
    let again = ServiceRoot::read(url.as_str().strip_suffix(PATH).unwrap(), root.cloud());
    assert_eq!(again.as_ref(), Ok(root), "{given:?}");
}

/// The word stands for what somebody put where it is not for others to see.
fn repeats_no_secret(given: &str, shown: &str) {
    let has_secret = |text: &str| text.to_ascii_lowercase().contains("secret");
    let is_public = |url: Url| has_secret(url.scheme()) || url.host_str().is_some_and(has_secret);
    assert!(!has_secret(shown) || Url::parse(given).is_ok_and(is_public), "{given:?}: {shown}");
}
