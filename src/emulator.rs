//! A piece of Microsoft Graph on your own machine: real HTTP, its own thread and runtime.
//!
//! It is a second, independent reading of the service and uses nothing of the client, so that a misunderstanding
//! in one of them shows in the other.

mod access;
mod answer;
mod app;
mod asked;
mod assignment;
mod batch;
mod collection;
mod compression;
mod exchange;
mod given;
mod group_assignment;
mod json;
mod operation;
mod profile;
mod query;
mod quota;
mod record;
mod refused;
mod resource_path;
mod route;
mod server;
mod tenant;
mod token;
mod trouble;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, io};

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

use exchange::{Behaviour, Graph};
use given::Given;
pub use profile::Profile;
pub use record::RecordedRequest;
use server::{Shared, lock, serve};
use tenant::Held;
use token::Issuer;
pub use trouble::Trouble;

/// Why the emulator refuses what a test gives it.
#[derive(Debug)]
pub struct Unacceptable(String);

impl fmt::Display for Unacceptable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Which Graph an emulator is, where it listens, and how it behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which Graph it is.
    pub profile: Profile,
    /// The address or name that it listens on.
    pub host: String,
    /// 0 lets the system choose.
    pub port: u16,
    /// The window of the published quotas; `None`: there are none.
    pub quota_window: Option<Duration>,
    /// The probability, from 0 to 1, with which a request meets trouble.
    pub fault_rate: f64,
    /// Which requests those are.
    pub fault_seed: u64,
}

impl Settings {
    /// A Graph without quotas and faults, on a free port of loopback.
    #[must_use]
    pub fn of(profile: Profile) -> Self {
        let host = "127.0.0.1".to_owned();
        Self { profile, host, port: 0, quota_window: None, fault_rate: 0.0, fault_seed: 0 }
    }
}

/// What an app held from a moment on.
#[derive(Debug)]
pub struct Moment {
    /// When that was.
    pub time: Timestamp,
    /// What did it, as an index of the requests; a test's own doing is none, and so is what is no longer recorded.
    pub request: Option<usize>,
    /// The assignments, as the beta lists them, in JSON.
    pub assignments: String,
}

/// A running emulator. It ends when it is closed or dropped.
pub struct Emulator {
    address: SocketAddr,
    token: String,
    issuer: Arc<Issuer>,
    behaviour: Behaviour,
    graph: Shared,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Emulator {
    /// Starts one.
    ///
    /// # Errors
    /// Whatever the system says when no address, no port, no thread or no random number can be had.
    pub fn start(settings: &Settings) -> io::Result<Self> {
        let addresses: Vec<SocketAddr> = (settings.host.as_str(), settings.port).to_socket_addrs()?.collect();
        let listener = std::net::TcpListener::bind(addresses.as_slice())?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let behaviour = Behaviour {
            profile: settings.profile,
            quota_window: settings.quota_window,
            fault_rate: settings.fault_rate,
            fault_seed: settings.fault_seed,
        };
        let issuer = Arc::new(Issuer::new()?);
        let token = issuer.issue(&Map::new());
        let graph: Shared = Arc::new(Mutex::new(Graph::new(&behaviour, issuer.clone())));
        let (stop, stopped) = oneshot::channel();
        let serving = serve(listener, graph.clone(), stopped);
        let thread = std::thread::Builder::new()
            .name("appassign-emulator".to_owned())
            .spawn(move || runtime.block_on(serving))?;
        Ok(Self { address, token, issuer, behaviour, graph, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL as a client on this machine reaches it, `/beta` included.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/beta", reachable(self.address))
    }

    /// A token that it accepts for everything: a JWT of its own making, good for a year.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Another token of its making: each change replaces a claim of [`token`](Self::token), and null removes one.
    #[must_use]
    pub fn make_token(&self, changes: &Map<String, Value>) -> String {
        self.issuer.issue(changes)
    }

    /// Adds an app, given as Graph lists it in JSON, and gives its id. What is not given is as usual for an app.
    ///
    /// # Errors
    /// When it is no such document, or has an assignment that the service could not hold.
    pub fn add_app(&self, document: &str) -> Result<String, Unacceptable> {
        let Given { properties, assignments } =
            serde_json::from_str(document).map_err(|error| Unacceptable(error.to_string()))?;
        let profile = self.behaviour.profile;
        let id = match properties.get("id") {
            None | Some(Value::Null) => Uuid::new_v4().to_string(),
            Some(Value::String(id)) if !id.is_empty() => id.to_ascii_lowercase(),
            Some(_) => return Err(Unacceptable("id: no text".to_owned())),
        };
        let document = app::document(profile, &id, &properties);
        let app_type = document.get("@odata.type").and_then(Value::as_str);
        let app_type = app_type.ok_or_else(|| Unacceptable("@odata.type: no text".to_owned()))?;
        if properties.get("publishingState").is_some_and(|state| state != "published")
            && profile == Profile::Y2017
        {
            return Err(Unacceptable(
                "publishingState: apps of profile \"2017\" have no such state".to_owned(),
            ));
        }
        let mut graph = self.graph();
        let (mut held, mut ids) = (Vec::new(), HashMap::new());
        for (name, text) in &assignments {
            let entries: Option<Vec<&RawValue>> =
                serde_json::from_str(text.get()).map_err(|_| Unacceptable(format!("{name}: no list")))?;
            for (index, entry) in entries.unwrap_or_default().into_iter().enumerate() {
                let unacceptable =
                    |reason: &dyn fmt::Display| Unacceptable(format!("{name}[{index}]: {reason}"));
                let entry = json::read(entry.get().as_bytes()).map_err(|error| unacceptable(&error))?;
                let read = match profile {
                    Profile::Y2017 => group_assignment::seed(&entry),
                    Profile::Current => assignment::seed(&mut graph.tenant.extensions, app_type, &entry),
                };
                let read = read.map_err(|refused| {
                    let (property, other) = profile.mark_of_the_other();
                    let confused = entry.get(property).is_some();
                    let advice = format!("; {property:?} is the form of profile {:?}", other.name());
                    unacceptable(&format!("{refused}{}", if confused { &advice } else { "" }))
                })?;
                let one = Held::of(&read);
                if let Some(first) = ids.insert(one.id.to_ascii_lowercase(), index) {
                    return Err(unacceptable(&format!("has the id of {name}[{first}], {}", one.id)));
                }
                held.push(one);
            }
        }
        graph.tenant.add(&id, document, held);
        Ok(id)
    }

    /// Ends the processing of an app, and says whether there is one with this id.
    #[must_use]
    pub fn publish(&self, app: &str) -> bool {
        let mut graph = self.graph();
        let Some(app) = graph.tenant.app_mut(app) else { return false };
        if let Some(state) = app.document.get_mut("publishingState") {
            *state = "published".into();
        }
        true
    }

    /// What an app holds, as the beta lists it, in JSON; `None` for an unknown app.
    #[must_use]
    pub fn assignments(&self, app: &str) -> Option<String> {
        self.graph().tenant.app(app).map(|app| listed(app.assignments()))
    }

    /// What an app held, oldest moment first; `None` for an unknown app. The last 10,000 moments of all apps are kept,
    /// fewer where they hold much.
    #[must_use]
    pub fn history(&self, app: &str) -> Option<(Vec<Moment>, Vec<RecordedRequest>)> {
        let graph = self.graph();
        // A batch does much in one request, which is given once.
        let (mut numbers, mut requests) = (Vec::new(), Vec::new());
        let mut index_of = |number| {
            let known = numbers.iter().position(|known| *known == number);
            known.or_else(|| {
                requests.push(graph.record.get(number)?);
                numbers.push(number);
                Some(requests.len() - 1)
            })
        };
        let moments = graph.tenant.history(app)?.into_iter().map(|moment| Moment {
            time: moment.time,
            request: moment.request.and_then(&mut index_of),
            assignments: listed(&moment.assignments),
        });
        Some((moments.collect(), requests))
    }

    /// The last 10,000 requests, oldest first, fewer where they are large.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.graph().record.all()
    }

    /// Puts trouble in the way of the next requests.
    pub fn add_trouble(&self, trouble: Trouble) {
        self.graph().troubles.add(trouble);
    }

    /// How many entries a page of a list has, where the client does not say.
    pub fn set_page_size(&self, size: usize) {
        self.graph().page_size = size.max(1);
    }

    /// Makes it as it was when it started: no apps, no requests, no troubles, and quotas that nobody has used.
    pub fn reset(&self) {
        let fresh = Graph::new(&self.behaviour, self.issuer.clone());
        let used = std::mem::replace(&mut *self.graph(), fresh);
        drop(used);
    }

    /// Stops serving. Closing twice does nothing.
    pub fn close(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread serves until it is told to stop; it has no result to lose.
            let _ = thread.join();
        }
    }

    fn graph(&self) -> MutexGuard<'_, Graph> {
        lock(&self.graph)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// Where a listener is reached from this machine: one that listens everywhere, on loopback.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    };
    SocketAddr::new(ip, listening.port())
}

fn listed(assignments: &[Arc<Held>]) -> String {
    let entries: Vec<&str> = assignments.iter().map(|held| held.json.as_ref()).collect();
    format!("[{}]", entries.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_reached_on_loopback() {
        for (listening, reached) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:2", "[::1]:2"),
            ("127.0.0.9:3", "127.0.0.9:3"),
            ("[::1]:4", "[::1]:4"),
        ] {
            assert_eq!(reachable(listening.parse().unwrap()).to_string(), reached);
        }
    }
}
