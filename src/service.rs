//! Which service is called, a cloud's root or a base URL of the caller's; and how much a call may take.

use std::time::Duration;

use url::{Host, Url};

use crate::error::{Error, Result};

/// Far more than any real one has; HTTP libraries stop at 65,534 for the whole URL.
const MAX_BASE_URL_BYTES: usize = 8_192;

/// The clouds that run Microsoft Graph; hosts and authorities as Microsoft's "National cloud deployments" lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Everyone's.
    Global,
    /// US Government L4.
    UsGov,
    /// US Government L5 (`DoD`).
    Dod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    const ALL: [Self; 4] = [Self::Global, Self::UsGov, Self::Dod, Self::China];

    /// Reads a cloud's name.
    ///
    /// # Errors
    /// A configuration error that lists the names.
    pub fn read(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::configuration(format!("cloud: {name:?} is no cloud; the clouds are {names}"))
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "usgov",
            Self::Dod => "dod",
            Self::China => "china",
        }
    }

    fn host(self) -> &'static str {
        self.audience().trim_start_matches("https://")
    }

    /// The resource that a token for this cloud's Graph is for.
    #[must_use]
    pub fn audience(self) -> &'static str {
        self.scope().trim_end_matches("/.default")
    }

    /// What is asked of a credential: all that was granted on this cloud's Graph.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com/.default",
            Self::UsGov => "https://graph.microsoft.us/.default",
            Self::Dod => "https://dod-graph.microsoft.us/.default",
            Self::China => "https://microsoftgraph.chinacloudapi.cn/.default",
        }
    }

    /// The host where this cloud's tokens are issued.
    #[must_use]
    pub fn authority(self) -> &'static str {
        match self {
            Self::Global => "login.microsoftonline.com",
            Self::UsGov | Self::Dod => "login.microsoftonline.us",
            Self::China => "login.chinacloudapi.cn",
        }
    }
}

/// The URL that ends in the version segment, without a slash behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceRoot {
    url: Url,
    cloud: Cloud,
    is_loopback: bool,
}

impl ServiceRoot {
    /// The `/beta` root of a cloud: the 2017 action exists nowhere else.
    ///
    /// # Errors
    /// None: all clouds have good hosts.
    pub fn of_cloud(cloud: Cloud) -> Result<Self> {
        Self::read(&format!("{}/beta", cloud.audience()), cloud)
    }

    /// Reads a caller's base URL: https, or http on loopback; no user, query or fragment. One of Graph's own hosts
    /// tells which cloud it is; elsewhere the caller does.
    ///
    /// # Errors
    /// A configuration error, which repeats no more of the URL than its scheme and host.
    pub fn read(base_url: &str, cloud: Cloud) -> Result<Self> {
        let refuse = |message: &str| Err(Error::configuration(format!("base_url: {message}")));
        if base_url.chars().any(|char| char.is_whitespace() || char.is_control() || char == '\\') {
            return refuse("there is white space, a control character or a backslash in it");
        }
        let url = match Url::parse(base_url) {
            Ok(url) if url.has_host() => url,
            Ok(_) => return refuse("it names no host"),
            Err(error) => {
                return refuse(&format!("it is no URL ({error})"))
                    .map_err(|error| error.with_hint("for example https://graph.microsoft.com/beta"));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it carries a user name or password").map_err(|error| {
                error.with_hint("the token goes into credential=; nothing else signs the request")
            });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("it carries a query or a fragment");
        }
        let is_loopback = is_loopback(url.host().as_ref());
        match url.scheme() {
            "https" => {}
            "http" if is_loopback => {}
            "http" => {
                return refuse(&format!(
                    "plain http would show the token to everyone on the way to {}",
                    host(&url)
                ))
                .map_err(|error| error.with_hint("use https; plain http is for loopback alone"));
            }
            other => return refuse(&format!("the scheme is {other}; it must be https")),
        }
        let mut url = url;
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        if url.as_str().len() > MAX_BASE_URL_BYTES || url.as_str().parse::<http::Uri>().is_err() {
            return refuse("it is no URL that HTTP can carry");
        }
        let of_host = Cloud::ALL.into_iter().find(|cloud| url.host_str() == Some(cloud.host()));
        if of_host.is_some() && !matches!(url.path(), "/beta" | "/v1.0") {
            return refuse("it does not end in a version of Microsoft Graph")
                .map_err(|error| error.with_hint(format!("use https://{}/beta", host(&url))));
        }
        let named = of_host.unwrap_or(cloud);
        // Everyone's cloud is also what stands there when nobody named one.
        if named != cloud && cloud != Cloud::Global {
            let message = format!("{} belongs to the cloud {:?}", host(&url), named.name());
            return refuse(&format!("{message}, and cloud is {:?}", cloud.name()))
                .map_err(|error| error.with_hint("leave out one of the two"));
        }
        Ok(Self { url, cloud: named, is_loopback })
    }

    /// The same root, which must be on this machine: so an environment variable cannot send a token anywhere else.
    ///
    /// # Errors
    /// A configuration error if the host is not loopback.
    pub fn on_loopback(self) -> Result<Self> {
        if self.is_loopback {
            return Ok(self);
        }
        Err(Error::configuration(
            "APPASSIGN_BASE_URL: it is for this machine alone (localhost, 127.0.0.1, [::1])",
        )
        .with_hint("to call another host, unset it and pass base_url= in the code"))
    }

    /// Whether it is the beta, which alone shows all that an assignment says.
    ///
    /// # Errors
    /// A configuration error if it is not.
    pub fn must_be_beta(&self) -> Result<()> {
        if self.url.path().ends_with("/beta") {
            return Ok(());
        }
        let message = format!(
            "base_url: {} does not end in /beta, and elsewhere assignments are shown without their filters: to write back what was \
             read would erase them",
            self.as_str()
        );
        Err(Error::configuration(message)
            .with_hint("make the client with a base_url that ends in /beta; assign works on both"))
    }

    /// The cloud whose tokens it takes.
    #[must_use]
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// The URL up to the version segment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The URL of a path below the version segment.
    #[must_use]
    pub fn url(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/{path}", self.url.path().trim_end_matches('/')));
        url
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }
}

/// How much a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of time, for everything: requests, waits, tokens.
    pub timeout: Duration,
    /// Of requests, the first one included.
    pub attempts: u32,
}

impl Limits {
    /// Reads what a caller allows.
    ///
    /// # Errors
    /// A configuration error if the timeout is not a finite number of seconds above zero, or there is no attempt.
    pub fn read(timeout: f64, attempts: i64) -> Result<Self> {
        const LONGEST: f64 = 31_536_000.0;
        if !timeout.is_finite() || timeout <= 0.0 {
            return Err(Error::configuration(format!(
                "timeout: {timeout} is not a finite number of seconds above zero"
            )));
        }
        if attempts < 1 {
            let message = format!("attempts: {attempts} is less than 1, the first request itself");
            return Err(Error::configuration(message).with_hint("attempts=1 sends one request and no other"));
        }
        let timeout = Duration::from_secs_f64(timeout.min(LONGEST));
        Ok(Self { timeout, attempts: u32::try_from(attempts).unwrap_or(u32::MAX) })
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn is_loopback(host: Option<&Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => *name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_gives_its_beta_root() {
        let url = |name| ServiceRoot::of_cloud(Cloud::read(name).unwrap()).unwrap().url("x").to_string();
        assert_eq!(url("global"), "https://graph.microsoft.com/beta/x");
        assert_eq!(url("usgov"), "https://graph.microsoft.us/beta/x");
        assert_eq!(url("dod"), "https://dod-graph.microsoft.us/beta/x");
        assert_eq!(url("china"), "https://microsoftgraph.chinacloudapi.cn/beta/x");
        assert!(Cloud::read("Global").unwrap_err().message.contains("global, usgov, dod, china"));
    }

    #[test]
    fn base_urls_that_are_safe_are_accepted() {
        for (given, used) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"),
            ("http://[::1]:8080/beta/", "http://[::1]:8080/beta/x"),
            ("http://localhost:8080/beta", "http://localhost:8080/beta/x"),
            ("HTTPS://graph.microsoft.com/beta//", "https://graph.microsoft.com/beta/x"),
            ("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/v1.0/x"),
            ("https://gateway.example/graph", "https://gateway.example/graph/x"),
        ] {
            assert_eq!(ServiceRoot::read(given, Cloud::Global).unwrap().url("x").as_str(), used);
        }
    }

    #[test]
    fn base_urls_that_are_not_safe_are_refused_without_repeating_a_secret() {
        for given in [
            "http://graph.microsoft.com/beta",
            "http://127.0.0.1.evil.test",
            "http://localhost.evil.test",
            "http://0x7f.1@evil.test",
            "http://127.0.0.1:80@evil.test",
            "https://user:SECRET@host/beta",
            "https://host/beta?sig=SECRET",
            "https://host/beta#SECRET",
            "ftp://host/SECRET",
            "file:///SECRET",
            "https://graph.microsoft.com",
            "graph.microsoft.com/beta",
            "https://host/be\nta",
            " https://host/beta",
            "https:\\\\host",
            "mailto:SECRET",
            "https://a\"b.invalid/beta",
            "https://a`b.invalid/beta",
            "https://a{b.invalid/beta",
            &format!("https://host/{}", "x".repeat(10_000)),
            "",
        ] {
            let error = ServiceRoot::read(given, Cloud::Global).expect_err(given);
            assert_eq!(error.kind, crate::error::Kind::Configuration);
            assert!(!error.to_string().contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn graphs_own_hosts_tell_their_cloud_and_others_take_the_callers() {
        let cloud = |url, cloud| ServiceRoot::read(url, cloud).map(|root| root.cloud());
        assert_eq!(cloud("https://dod-graph.microsoft.us/beta", Cloud::Global), Ok(Cloud::Dod));
        assert_eq!(cloud("https://graph.microsoft.us/beta", Cloud::UsGov), Ok(Cloud::UsGov));
        assert_eq!(cloud("https://gateway.example/graph", Cloud::China), Ok(Cloud::China));
        let error = cloud("https://graph.microsoft.us/beta", Cloud::China).unwrap_err();
        let said = r#"base_url: graph.microsoft.us belongs to the cloud "usgov", and cloud is "china""#;
        assert_eq!(error.message, said);
    }

    #[test]
    fn each_cloud_has_a_scope_and_an_authority_of_its_own() {
        assert_eq!(Cloud::Global.scope(), "https://graph.microsoft.com/.default");
        assert_eq!(Cloud::Dod.scope(), "https://dod-graph.microsoft.us/.default");
        assert_eq!(Cloud::Dod.authority(), "login.microsoftonline.us");
        assert_eq!(Cloud::China.authority(), "login.chinacloudapi.cn");
    }

    #[test]
    fn the_environment_reaches_loopback_alone() {
        assert!(ServiceRoot::read("http://127.0.0.9:1/beta", Cloud::Global).unwrap().on_loopback().is_ok());
        let error = ServiceRoot::of_cloud(Cloud::Global).unwrap().on_loopback().unwrap_err();
        assert!(error.message.starts_with("APPASSIGN_BASE_URL"));
        assert_eq!(
            error.hint.as_deref(),
            Some("to call another host, unset it and pass base_url= in the code")
        );
    }

    #[test]
    fn a_timeout_is_finite_and_above_zero() {
        for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Limits::read(seconds, 4).is_err(), "{seconds}");
        }
        assert_eq!(Limits::read(0.5, 4).unwrap().timeout, Duration::from_millis(500));
        assert!(Limits::read(f64::MAX, 4).is_ok());
    }

    #[test]
    fn there_is_at_least_one_attempt() {
        for attempts in [0, -1, i64::MIN] {
            assert!(Limits::read(1.0, attempts).unwrap_err().message.starts_with("attempts: "));
        }
        assert_eq!(Limits::read(1.0, 1).unwrap().attempts, 1);
        assert_eq!(Limits::read(1.0, i64::MAX).unwrap().attempts, u32::MAX);
    }
}
