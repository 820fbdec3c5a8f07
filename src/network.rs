//! What is asked of the way to a service: which proxy, and whose certificates are trusted.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::error::{Error, Result};

/// What was asked, by arguments and by the environment. Connections are made anew where it differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The proxy that a caller named.
    pub proxy: Option<ProxyUrl>,
    /// The file of CA certificates that a caller named.
    pub ca_bundle: Option<PathBuf>,
    /// What the environment says.
    pub environment: Environment,
}

/// The variables that have a say, as they were at one moment. `HTTP_PROXY` has none: whatever is called in the clear is on
/// this machine, and is called without a proxy.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(Vec<(&'static str, OsString)>);

/// An http or https proxy. A user and password in it are never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

/// The proxy of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The argument or variable that named it.
    pub named_by: &'static str,
    /// Where it is.
    pub url: ProxyUrl,
    /// The hosts that it is not for, in the form of `NO_PROXY`.
    pub except: String,
}

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust<'a> {
    /// Those that the system holds, or keeps where `SSL_CERT_DIR` says.
    System,
    /// Those in a file, and no others.
    Bundle {
        /// The argument or variable that named it.
        named_by: &'static str,
        /// Where it is.
        path: &'a Path,
    },
}

const SSL_CERT_DIR: &str = "SSL_CERT_DIR";
const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
const REQUESTS_CA_BUNDLE: &str = "REQUESTS_CA_BUNDLE";
const HTTPS_PROXY: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL_PROXY: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

impl Network {
    /// The proxy that is named: an argument goes before the environment, and whoever passes one means it for every host.
    /// `None` leaves the matter to the system.
    ///
    /// # Errors
    /// A configuration error for a value that is no proxy. To pass over it would be to go the direct way.
    pub fn proxy(&self) -> Result<Option<Proxy>> {
        if let Some(url) = self.proxy.clone() {
            return Ok(Some(Proxy { named_by: "proxy=", url, except: String::new() }));
        }
        let first = |names| self.environment.first(names).filter(|(_, value)| !value.is_empty());
        let Some((named_by, value)) = first(HTTPS_PROXY).or_else(|| first(ALL_PROXY)) else {
            return Ok(None);
        };
        let url = ProxyUrl::named(named_by, unicode(named_by, value)?)?;
        let except = match self.environment.first(NO_PROXY) {
            Some((name, value)) => unicode(name, value)?.to_owned(),
            None => String::new(),
        };
        Ok(Some(Proxy { named_by, url, except }))
    }

    /// Whose certificates are trusted: an argument goes before the environment, and there what all programs go by before
    /// what requests brought up.
    #[must_use]
    pub fn trust(&self) -> Trust<'_> {
        if let Some(path) = &self.ca_bundle {
            return Trust::Bundle { named_by: "ca_bundle", path };
        }
        if self.environment.get(SSL_CERT_DIR).is_some() {
            return Trust::System;
        }
        let named = |named_by| self.environment.get(named_by).map(|path| (named_by, Path::new(path)));
        match named(SSL_CERT_FILE).or_else(|| named(REQUESTS_CA_BUNDLE)) {
            Some((named_by, path)) => Trust::Bundle { named_by, path },
            None => Trust::System,
        }
    }
}

impl Environment {
    /// Asks for each variable that has a say.
    #[must_use]
    pub fn read(value: impl Fn(&'static str) -> Option<OsString>) -> Self {
        let names = [HTTPS_PROXY, ALL_PROXY, NO_PROXY].into_iter().flatten();
        let names = names.chain([SSL_CERT_DIR, SSL_CERT_FILE, REQUESTS_CA_BUNDLE]);
        Self(names.filter_map(|name| Some((name, value(name)?))).collect())
    }

    /// The first of these that is set, be it empty: that is how one switches off the other spelling.
    fn first(&self, names: [&'static str; 2]) -> Option<(&'static str, &OsStr)> {
        names.iter().find_map(|name| {
            self.0.iter().find(|(known, _)| known == name).map(|(known, value)| (*known, value.as_os_str()))
        })
    }

    fn get(&self, name: &'static str) -> Option<&OsStr> {
        self.first([name; 2]).map(|(_, value)| value).filter(|value| !value.is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl ProxyUrl {
    /// Reads a proxy as a caller names it: a URL, or `host:port` alone.
    ///
    /// # Errors
    /// A configuration error that repeats no more than the scheme.
    pub fn read(text: &str) -> Result<Self> {
        Self::named("proxy", text)
    }

    fn named(by: &str, text: &str) -> Result<Self> {
        let refuse = |message: &str| {
            Error::configuration(format!("{by}: {message}")).with_hint(
                "for example http://proxy.example:8080 or http://user:password@proxy.example:8080; in a user or password, \
                 write / ? # @ : % as %2F %3F %23 %40 %3A %25",
            )
        };
        if text.chars().any(|char| char.is_whitespace() || char.is_control() || char == '\\') {
            return Err(refuse("there is white space, a control character or a backslash in it"));
        }
        let url = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&url).map_err(|error| refuse(&format!("it is no URL ({error})")))?;
        match url.scheme() {
            "http" | "https" => {}
            other => return Err(refuse(&format!("the scheme is {other}; it must be http or https"))),
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("there is something behind the host and port"));
        }
        // What carries it must be able to read it: else it would be passed over in silence.
        if url.as_str().parse::<http::Uri>().is_err() {
            return Err(refuse("it is no URL that HTTP can carry"));
        }
        Ok(Self(url))
    }

    /// All of it, the password too.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host) = (self.0.scheme(), self.0.host_str().unwrap_or_default());
        write!(out, "{scheme}://{host}:{}", self.0.port_or_known_default().unwrap_or_default())
    }
}

fn unicode<'a>(name: &str, value: &'a OsStr) -> Result<&'a str> {
    value.to_str().ok_or_else(|| Error::configuration(format!("{name}: the value is not valid Unicode")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(variables: &[(&'static str, &str)]) -> Network {
        let variables = variables.to_vec();
        let value = move |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        Network { environment: Environment::read(value), ..Network::default() }
    }

    fn proxy(variables: &[(&'static str, &str)]) -> Option<(&'static str, String, String)> {
        let proxy = network(variables).proxy().unwrap()?;
        Some((proxy.named_by, format!("{:?}", proxy.url), proxy.except))
    }

    #[test]
    fn a_proxy_is_a_url_or_a_host_and_port() {
        for (given, shown) in [
            ("http://proxy.test:3128", "http://proxy.test:3128"),
            ("HTTPS://proxy.test/", "https://proxy.test:443"),
            ("proxy.test:3128", "http://proxy.test:3128"),
            ("proxy.test", "http://proxy.test:80"),
            ("user:p%40ss@[::1]:3128", "http://[::1]:3128"),
        ] {
            assert_eq!(format!("{:?}", ProxyUrl::read(given).unwrap()), shown);
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_not_repeated() {
        for given in [
            "",
            "http://",
            "socks5://user:SECRET@proxy.test:1080",
            "ftp://SECRET",
            "http://user:SECRET@proxy.test:port",
            "http://user:12/SECRET@proxy.test:3128",
            "http://user:12?SECRET@proxy.test:3128",
            "http://user:12#SECRET@proxy.test:3128",
            "http://user:SECRET@proxy test",
            "http://user:SECRET@proxy.test:3128\n",
            "http://us\\er:SECRET@proxy.test",
            "http://a`b:SECRET@a`b",
            "mailto:SECRET@proxy.test:x",
        ] {
            let error = ProxyUrl::read(given).expect_err(given);
            assert_eq!(error.kind, crate::error::Kind::Configuration);
            assert!(error.message.starts_with("proxy: "), "{error}");
            assert!(!error.message.contains("SECRET") && error.hint.is_some(), "{error}");
        }
    }

    #[test]
    fn no_debug_output_shows_a_secret() {
        let mut network = network(&[("HTTPS_PROXY", "http://user:SECRET@proxy.test:3128")]);
        network.proxy = Some(ProxyUrl::read("http://user:SECRET@other.test").unwrap());
        let shown = format!("{network:?} {:?}", network.proxy());
        assert!(!shown.contains("SECRET") && !shown.contains("user"), "{shown}");
        assert!(shown.contains("http://other.test:80") && shown.contains("HTTPS_PROXY"), "{shown}");
    }

    #[test]
    fn an_argument_goes_before_the_environment_and_means_every_host() {
        let mut network = network(&[("HTTPS_PROXY", "socks5://no"), ("NO_PROXY", "*")]);
        network.proxy = Some(ProxyUrl::read("p:1").unwrap());
        let proxy = network.proxy().unwrap().unwrap();
        assert_eq!((proxy.named_by, proxy.except.as_str()), ("proxy=", ""));
        assert_eq!(format!("{:?}", proxy.url), "http://p:1");
    }

    #[test]
    fn the_environment_names_a_proxy_as_it_does_for_curl() {
        let some = |name, url: &str, except: &str| Some((name, url.to_owned(), except.to_owned()));
        assert_eq!(proxy(&[]), None);
        assert_eq!(proxy(&[("HTTPS_PROXY", "p:1")]), some("HTTPS_PROXY", "http://p:1", ""));
        assert_eq!(proxy(&[("https_proxy", "p:1")]), some("https_proxy", "http://p:1", ""));
        assert_eq!(
            proxy(&[("all_proxy", "p:1"), ("no_proxy", "a,b")]),
            some("all_proxy", "http://p:1", "a,b")
        );
        assert_eq!(
            proxy(&[("ALL_PROXY", "a:1"), ("https_proxy", "p:1")]),
            some("https_proxy", "http://p:1", "")
        );
        assert_eq!(proxy(&[("HTTPS_PROXY", ""), ("https_proxy", "p:1")]), None);
        let error = network(&[("ALL_PROXY", "socks5h://127.0.0.1:1080")]).proxy().unwrap_err();
        assert_eq!(error.message, "ALL_PROXY: the scheme is socks5h; it must be http or https");
    }

    #[cfg(unix)]
    #[test]
    fn a_proxy_that_is_not_unicode_is_refused() {
        use std::os::unix::ffi::OsStringExt;
        let value =
            |name| (name == "HTTPS_PROXY").then(|| OsString::from_vec(b"http://user:\xffSECRET@p".to_vec()));
        let network = Network { environment: Environment::read(value), ..Network::default() };
        assert_eq!(network.proxy().unwrap_err().message, "HTTPS_PROXY: the value is not valid Unicode");
    }

    #[test]
    fn whom_to_trust_is_asked_of_the_argument_then_of_all_programs_then_of_requests() {
        let bundle = |named_by, path| Trust::Bundle { named_by, path: Path::new(path) };
        let everything =
            [("SSL_CERT_DIR", "/d"), ("SSL_CERT_FILE", "/f"), ("REQUESTS_CA_BUNDLE", "/r"), ("x", "y")];
        let mut named = network(&everything);
        assert_eq!(named.trust(), Trust::System, "it reads both variables itself");
        named.ca_bundle = Some("/a".into());
        assert_eq!(named.trust(), bundle("ca_bundle", "/a"));
        assert_eq!(network(&everything[1..]).trust(), bundle("SSL_CERT_FILE", "/f"));
        assert_eq!(network(&everything[2..]).trust(), bundle("REQUESTS_CA_BUNDLE", "/r"));
        assert_eq!(network(&everything[3..]).trust(), Trust::System);
        assert_eq!(network(&[("REQUESTS_CA_BUNDLE", "")]).trust(), Trust::System);
    }

    #[test]
    fn a_variable_that_changes_makes_another_network() {
        let before = network(&[("NO_PROXY", "a")]);
        assert_eq!(before, network(&[("NO_PROXY", "a"), ("HTTP_PROXY", "p:1")]));
        assert_ne!(before, network(&[("NO_PROXY", "b")]));
        assert_ne!(before, network(&[]));
    }
}
