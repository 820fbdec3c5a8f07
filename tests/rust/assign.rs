//! The act on the emulator and on raw sockets: what goes over the wire, and what becomes of it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

use std::future::Future;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use appassign::assign::Assign;
use appassign::client::{Common, Surroundings};
use appassign::emulator::{Emulator, Profile, Settings};
use appassign::error::{Error, Kind, Outcome};
use appassign::model::{MobileAppGroupAssignment, MobileAppPath, Via};
use appassign::network::Network;
use appassign::receipt::AssignReceipt;
use appassign::request::Assignments;
use appassign::secret::Token;
use appassign::service::{Cloud, Limits, ServiceRoot};
use appassign::token::{Grant, TokenRequest, TokenSource};
use appassign::transport::Pools;
use jiff::Timestamp;
use serde_json::{Value, json};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn assignment(group: &str, intent: &str) -> MobileAppGroupAssignment {
    MobileAppGroupAssignment::new(group.to_owned(), intent, None, None).unwrap()
}

struct Target {
    url: String,
    token: String,
    timeout: Duration,
    attempts: u32,
}

impl Target {
    fn of(emulator: &Emulator) -> Self {
        let (url, token) = (emulator.url(), emulator.token().to_owned());
        Self { url, token, timeout: Duration::from_secs(20), attempts: 4 }
    }

    /// Most servers here take one connection, and are called once.
    fn at(address: &str) -> Self {
        let (url, token) = (format!("http://{address}/beta"), "T".to_owned());
        Self { url, token, timeout: Duration::from_secs(20), attempts: 1 }
    }

    fn assign(
        &self,
        path: MobileAppPath,
        assignments: &[MobileAppGroupAssignment],
    ) -> Result<AssignReceipt, Error> {
        self.assign_with(&Token::new(&self.token)?, path, assignments)
    }

    fn assign_with(
        &self,
        tokens: &impl TokenSource,
        path: MobileAppPath,
        assignments: &[MobileAppGroupAssignment],
    ) -> Result<AssignReceipt, Error> {
        let root = ServiceRoot::read(&self.url, Cloud::Global)?;
        let pool = Pools::default().to(&root, &Network::default())?;
        let limits = Limits { timeout: self.timeout, attempts: self.attempts };
        let call = Assign::new(root, path, &Assignments::Group(assignments.to_vec()), limits)?;
        let around = Surroundings {
            transport: &pool,
            tokens,
            common: &Common::default(),
            observe: &|_| {},
            date: Timestamp::now,
            chance: || 0.5,
        };
        block_on(call.run(&around))
    }
}

fn app(id: &str) -> MobileAppPath {
    MobileAppPath::new(id).unwrap()
}

/// A server that does to one connection whatever the test wants, once it has read `until`.
fn raw_server(until: &'static [u8], act: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
        while !seen.windows(until.len()).any(|window| window == until) {
            let read = stream.read(&mut chunk).unwrap();
            assert_ne!(read, 0, "the client went away");
            seen.extend_from_slice(&chunk[..read]);
        }
        act(stream);
    });
    address
}

fn answering(answer: &'static str) -> Result<AssignReceipt, Error> {
    let address = raw_server(b"]}", move |mut stream| {
        stream.write_all(answer.as_bytes()).unwrap();
    });
    Target::at(&address).assign(app("A"), &[assignment("G", "required")])
}

fn add_app(emulator: &Emulator, held: &Value) -> String {
    emulator.add_app(&json!({ "groupAssignments": [held] }).to_string()).unwrap()
}

#[test]
fn the_four_documented_paths_reach_the_app() {
    let emulator = Emulator::start(&Settings::of(Profile::Y2017)).unwrap();
    let id = add_app(&emulator, &json!({"id": "known", "targetGroupId": "old", "installIntent": "required"}));
    for (via, tail) in [
        (Some((Via::GroupAssignment, "known")), "groupAssignments/known/app/assign"),
        (Some((Via::UserStatus, "u")), "userStatuses/u/app/assign"),
        (Some((Via::DeviceStatus, "d")), "deviceStatuses/d/app/assign"),
        (None, "assign"),
    ] {
        let path = match via {
            Some((via, through)) => app(&id).through(via, through).unwrap(),
            None => app(&id),
        };
        let receipt = Target::of(&emulator).assign(path, &[assignment(tail, "required")]).unwrap();
        assert_eq!((receipt.status, receipt.attempts), (204, 1));

        let seen = emulator.requests().pop().unwrap();
        assert_eq!(seen.method, "POST");
        assert_eq!(seen.target(), format!("/beta/deviceAppManagement/mobileApps/{id}/{tail}"));
        assert_eq!(seen.answer.as_ref().unwrap().0.as_u16(), 204);
        let headers = seen.headers();
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        assert_eq!(header("authorization"), Some(format!("Bearer {}", emulator.token()).as_str()));
        assert_eq!(header("content-length"), Some(seen.body().len().to_string().as_str()));
        assert_eq!(header("transfer-encoding"), None);
        assert_eq!(header("client-request-id"), Some(receipt.client_request_id.to_string().as_str()));
        assert_eq!(
            serde_json::from_slice::<Value>(seen.body()).unwrap(),
            json!({"mobileAppGroupAssignments": [{
                "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
                "targetGroupId": tail,
                "installIntent": "required",
            }]})
        );
        let held: Vec<Value> = serde_json::from_str(&emulator.assignments(&id).unwrap()).unwrap();
        assert_eq!(held.len(), 1, "the call replaces what was there");
        assert_eq!(held[0]["targetGroupId"], tail);
    }
}

#[test]
fn a_refused_body_changes_nothing() {
    let emulator = Emulator::start(&Settings::of(Profile::Y2017)).unwrap();
    let id = add_app(&emulator, &json!({"targetGroupId": "old", "installIntent": "required"}));
    let before = emulator.assignments(&id).unwrap();
    let error = Target::of(&emulator)
        .assign(app(&id).through(Via::GroupAssignment, "unknown").unwrap(), &[assignment("G", "required")])
        .unwrap_err();
    let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
    assert_eq!((refusal.status, refusal.code.as_deref()), (404, Some("ResourceNotFound")));
    assert_eq!(refusal.message, "An error has occurred", "Intune's wrapping is taken off");
    assert_eq!(error.call.outcome, Outcome::NotApplied);
    assert_eq!(error.call.attempts, 1);
    assert!(error.call.client_request_id.is_some());
    assert_eq!(emulator.assignments(&id).unwrap(), before);
}

#[test]
fn a_thousand_assignments_arrive_in_order() {
    let emulator = Emulator::start(&Settings::of(Profile::Y2017)).unwrap();
    let id = emulator.add_app("{}").unwrap();
    let sent: Vec<_> = (0..1_000).map(|number| assignment(&format!("group {number}"), "available")).collect();
    Target::of(&emulator).assign(app(&id.to_uppercase()), &sent).unwrap();
    let held: Vec<Value> = serde_json::from_str(&emulator.assignments(&id).unwrap()).unwrap();
    let groups: Vec<_> = held.iter().map(|held| held["targetGroupId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(groups, (0..1_000).map(|number| format!("group {number}")).collect::<Vec<_>>());
}

#[test]
fn nobody_listens_so_nothing_was_sent() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let error = Target::at(&free).assign(app("A"), &[assignment("G", "required")]).unwrap_err();
    assert_eq!(error.kind, Kind::Connect);
    assert_eq!(error.call.outcome, Outcome::NotSent);
    assert!(error.message.contains(&free), "{error}");
}

#[test]
fn a_connection_that_breaks_after_the_body_leaves_the_outcome_unknown() {
    let address = raw_server(b"]}", drop);
    let error = Target::at(&address).assign(app("A"), &[assignment("G", "required")]).unwrap_err();
    assert_eq!(error.kind, Kind::Transport);
    assert_eq!(error.call.outcome, Outcome::Unknown);
}

#[test]
fn a_mute_server_ends_at_the_timeout_with_the_outcome_unknown() {
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let address = raw_server(b"]}", move |_stream| {
        let _ = ended.recv();
    });
    let target = Target { timeout: Duration::from_millis(200), ..Target::at(&address) };
    let error = target.assign(app("A"), &[assignment("G", "required")]).unwrap_err();
    drop(end);
    assert_eq!(error.kind, Kind::Timeout);
    assert_eq!(error.call.outcome, Outcome::Unknown);
    assert!(error.call.elapsed >= Duration::from_millis(200));
}

#[test]
fn an_answer_counts_though_its_body_breaks_off() {
    let error = answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n{\"error\":").unwrap_err();
    let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
    assert_eq!(refusal.status, 403);
    let receipt = answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{").unwrap();
    assert_eq!(receipt.status, 200);
}

#[test]
fn informational_answers_are_passed_over() {
    let receipt = answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n").unwrap();
    assert_eq!(receipt.status, 204);
}

#[test]
fn a_redirect_is_not_followed() {
    let error =
        answering("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n").unwrap_err();
    assert_eq!(error.kind, Kind::Response { status: 302, body: String::new() });
    assert_eq!(error.call.outcome, Outcome::NotApplied);
}

#[test]
fn what_is_not_http_is_a_transport_error() {
    let error = answering("SSH-2.0-OpenSSH_9\r\n").unwrap_err();
    assert_eq!(error.kind, Kind::Transport);
    assert_eq!(error.call.outcome, Outcome::Unknown);
}

/// Gives its tokens one after the other, and keeps what it was asked.
struct Tokens {
    left: Mutex<Vec<&'static str>>,
    asked: Mutex<Vec<TokenRequest>>,
}

impl Tokens {
    fn of(tokens: &[&'static str]) -> Self {
        Self { left: Mutex::new(tokens.iter().rev().copied().collect()), asked: Mutex::default() }
    }
}

impl TokenSource for Tokens {
    async fn token(&self, request: TokenRequest) -> Result<Grant, Error> {
        self.asked.lock().unwrap().push(request);
        let token = self.left.lock().unwrap().pop();
        Token::new(token.ok_or_else(|| Error::new(Kind::Credential, "no more tokens"))?).map(Grant::from)
    }
}

#[test]
fn a_source_is_asked_for_the_clouds_scope_within_the_calls_time() {
    let emulator = Emulator::start(&Settings::of(Profile::Y2017)).unwrap();
    let tokens = Tokens::of(&[]);
    let error =
        Target::of(&emulator).assign_with(&tokens, app("A"), &[assignment("G", "required")]).unwrap_err();
    assert_eq!((error.kind, error.call.outcome), (Kind::Credential, Outcome::NotSent));
    assert_eq!(error.call.attempts, 0);
    let asked = tokens.asked.lock().unwrap();
    assert_eq!(asked[0].scope, "https://graph.microsoft.com/.default");
    assert_eq!(asked[0].authority, "login.microsoftonline.com");
    assert_eq!(asked[0].claims, None);
    assert!(asked[0].within <= Duration::from_secs(20));
    assert!(emulator.requests().is_empty());
}

#[test]
fn a_401_renews_the_token_once() {
    let emulator = Emulator::start(&Settings::of(Profile::Y2017)).unwrap();
    let call = |tokens| {
        let error = Target::of(&emulator)
            .assign_with(&Tokens::of(tokens), app("A"), &[assignment("G", "required")])
            .unwrap_err();
        let Kind::Status(refusal) = &error.kind else { panic!("{error:?}") };
        assert_eq!((refusal.status, error.call.outcome), (401, Outcome::NotApplied));
        error.call.attempts
    };
    assert_eq!(call(&["one", "two", "three"]), 2, "a second refusal is the last");
    assert_eq!(call(&["one", "one"]), 1, "the same token is not sent again");
    assert_eq!(call(&["one"]), 1, "what the service said stands where there is no other token");
    assert_eq!(emulator.requests().len(), 4);
}

#[test]
fn a_claims_challenge_reaches_the_source() {
    let address = raw_server(b"]}", |mut stream| {
        let challenge = "WWW-Authenticate: Bearer error=\"insufficient_claims\", claims=\"e30=\"";
        let answer = format!("HTTP/1.1 401 Unauthorized\r\n{challenge}\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let tokens = Tokens::of(&["one"]);
    let target = Target { attempts: 2, ..Target::at(&address) };
    target.assign_with(&tokens, app("A"), &[assignment("G", "required")]).unwrap_err();
    let asked = tokens.asked.lock().unwrap();
    assert_eq!(asked.iter().map(|asked| asked.claims.as_deref()).collect::<Vec<_>>(), [None, Some("{}")]);
}

#[test]
fn a_renewed_token_that_cannot_be_sent_leaves_the_refusal_of_the_first() {
    let address = raw_server(b"]}", |mut stream| {
        stream
            .write_all(b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
    });
    let tokens = Tokens::of(&["one", "two"]);
    let target = Target { attempts: 2, ..Target::at(&address) };
    let error = target.assign_with(&tokens, app("A"), &[assignment("G", "required")]).unwrap_err();
    assert_eq!(error.kind, Kind::Connect, "nobody listens any more");
    assert_eq!((error.call.outcome, error.call.attempts), (Outcome::NotApplied, 2));
}
