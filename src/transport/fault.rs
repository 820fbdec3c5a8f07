//! What went wrong on the way, told so that a person knows whom to ask.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use rustls::CertificateError;
use tower_service::Service;

use crate::error::{Error, Kind, Outcome, cut, printable, seconds};

/// What goes wrong between here and the tunnel through a proxy. The type has no name of its own outside hyper-util.
type TunnelError = <Tunnel<HttpConnector> as Service<http::Uri>>::Error;

/// Names in a certificate can be many.
const MAX_CAUSE_BYTES: usize = 1_024;

/// The way that a request took.
pub(super) struct Way {
    /// The service, with its port if it is not the usual one.
    pub(super) host: String,
    pub(super) detour: Option<Detour>,
}

/// The proxy on the way.
pub(super) struct Detour {
    pub(super) named_by: &'static str,
    /// Its host and port.
    pub(super) address: String,
    pub(super) has_password: bool,
}

impl Way {
    /// The error of a request that got no answer.
    pub(super) fn fault(&self, error: &reqwest::Error, connect: Duration, outcome: Outcome) -> Error {
        if gave_back(error) {
            let message = format!("{self} ended the connection and did not take the request");
            return with_outcome(Error::new(Kind::Transport, message), Outcome::NotApplied);
        }
        let fault = match (found::<TunnelError>(error), &self.detour) {
            (Some(TunnelError::ProxyAuthRequired), Some(proxy)) => self.no_entry(proxy),
            (Some(TunnelError::ConnectFailed(_)), Some(proxy)) => proxy.not_reached(error, connect),
            (Some(_), Some(proxy)) => self.no_tunnel(proxy, error),
            _ => no_connection(error, &self.to_string(), connect),
        };
        with_outcome(fault, outcome)
    }

    /// The error of a request that got no answer in time.
    pub(super) fn took_too_long(&self, within: Duration, outcome: Outcome) -> Error {
        let within = seconds(within);
        let message = if outcome == Outcome::Unknown {
            format!("{self} gave no answer within {within} s")
        } else {
            format!("no connection to {self} came about within {within} s")
        };
        with_outcome(Error::new(Kind::Timeout, message), outcome)
    }

    fn no_entry(&self, proxy: &Detour) -> Error {
        let said = if proxy.has_password {
            "refused the user or password that it was given"
        } else {
            "asks for a user and a password"
        };
        let hint = format!(
            "put them into the proxy's URL, as http://user:password@{}; where the proxy wants NTLM or Kerberos, run a \
             helper that knows these, such as px or cntlm, and name it as the proxy ({})",
            proxy.address,
            proxy.origin(),
        );
        let message = format!("{proxy}, on the way to {}, {said} (407)", self.host);
        Error::new(Kind::ProxyAuthentication, message).with_hint(hint)
    }

    fn no_tunnel(&self, proxy: &Detour, error: &reqwest::Error) -> Error {
        let cause = match found::<TunnelError>(error) {
            Some(TunnelError::TunnelUnsuccessful) => "it did not answer CONNECT with 200".to_owned(),
            Some(TunnelError::TunnelUnexpectedEof) => "it closed the connection".to_owned(),
            _ => innermost(error),
        };
        let message = format!("{proxy} opened no way to {}: {cause}", self.host);
        Error::new(Kind::Connect, message).with_hint(format!(
            "the proxy may not be allowed to reach it, or cannot find it; {}",
            proxy.origin()
        ))
    }
}

impl std::fmt::Display for Way {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.detour {
            None => out.write_str(&self.host),
            Some(proxy) => write!(out, "{} by way of {proxy}", self.host),
        }
    }
}

impl std::fmt::Display for Detour {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "the proxy {}", self.address)
    }
}

impl Detour {
    fn not_reached(&self, error: &reqwest::Error, connect: Duration) -> Error {
        let fault = no_connection(error, &self.to_string(), connect);
        if speaks_no_tls(error) {
            let hint = "write http:// before the proxy's address: most proxies are themselves reached in the clear, and \
                        what goes through them is encrypted all the same";
            return fault.with_hint(format!("{hint}; {}", self.origin()));
        }
        if fault.hint.is_some() { fault } else { fault.with_hint(self.origin()) }
    }

    fn origin(&self) -> String {
        format!("the proxy is named by {}", self.named_by)
    }
}

/// Whether an HTTP/2 service says that it did not look at the request: it came after the last one of its connection, or was
/// refused as a stream (RFC 9113, 8.7).
pub(super) fn gave_back(error: &reqwest::Error) -> bool {
    found::<h2::Error>(error).is_some_and(|error| {
        let is = |reason| error.is_remote() && error.reason() == Some(reason);
        (error.is_go_away() && is(h2::Reason::NO_ERROR))
            || (error.is_reset() && is(h2::Reason::REFUSED_STREAM))
    })
}

/// TLS cannot be set up at all.
pub(super) fn no_tls(error: &reqwest::Error) -> Error {
    Error::configuration(format!("TLS could not be set up on this machine: {}", innermost(error))).with_hint(
        "install the system's CA certificates (ca-certificates), or name a file of them by SSL_CERT_FILE",
    )
}

fn no_connection(error: &reqwest::Error, peer: &str, connect: Duration) -> Error {
    let cause = innermost(error);
    if let Some(distrust) = distrust(error) {
        let message = format!("the certificate of {peer} is not trusted: {cause}");
        Error::new(Kind::Tls, message).with_hint(advice(distrust))
    } else if error.is_dns() {
        Error::new(Kind::Connect, format!("the address of {peer} could not be found: {cause}"))
    } else if error.is_connect() && error.is_timeout() {
        let message = format!("could not connect to {peer} within {} s", seconds(connect));
        Error::new(Kind::Connect, message)
    } else if error.is_connect() {
        let fault = Error::new(Kind::Connect, format!("could not connect to {peer}: {cause}"));
        if speaks_no_tls(error) {
            fault.with_hint("something answered that does not speak TLS: check the port; on loopback, http:// may be meant")
        } else {
            fault
        }
    } else {
        Error::new(Kind::Transport, format!("the connection to {peer} failed: {cause}"))
    }
}

fn advice(distrust: &CertificateError) -> &'static str {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
    };
    match distrust {
        Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. } => {
            "check this machine's clock; if it is right, the certificate has to be renewed by whoever runs the service"
        }
        NotValidForName | NotValidForNameContext { .. } => {
            "the certificate is another host's: check the host that is called; a sign-in page of the network, or \
             something that inspects TLS, may have answered in its place"
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "the service's own certificate is marked as that of a CA, as self-signed ones often are: make it anew with \
             basicConstraints=CA:FALSE, or have a CA of your own sign it"
        }
        _ => {
            "if your network inspects TLS, or the service has a CA of its own, name a file with that CA's certificate: \
             by ca_bundle= of Client, or by the variable SSL_CERT_FILE or REQUESTS_CA_BUNDLE"
        }
    }
}

fn with_outcome(mut error: Error, outcome: Outcome) -> Error {
    error.call.outcome = outcome;
    error
}

fn distrust<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a CertificateError> {
    match found::<rustls::Error>(error) {
        Some(rustls::Error::InvalidCertificate(distrust)) => Some(distrust),
        _ => None,
    }
}

fn speaks_no_tls(error: &(dyn StdError + 'static)) -> bool {
    let odd = rustls::InvalidMessage::InvalidContentType;
    matches!(found::<rustls::Error>(error), Some(rustls::Error::InvalidMessage(what)) if *what == odd)
}

fn found<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(<dyn StdError>::downcast_ref)
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        // An io::Error's own `source` skips the error that it wraps.
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let innermost = causes(error).last().map(ToString::to_string).unwrap_or_default();
    cut(&printable(&innermost), MAX_CAUSE_BYTES)
}
