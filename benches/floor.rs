//! The floor: the request of one `assign` by bare reqwest on one thread, which every contestant is measured against.
//!
//! It is called as `benches/cold.py` and `benches/loop.py` are, and answers alike; see `benches/README.md`.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode};
use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: floor cold URL TOKEN | floor loop URL TOKEN IN_FLIGHT WARM_UP SECONDS";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    mobile_app_group_assignments: [MobileAppGroupAssignment; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MobileAppGroupAssignment {
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    target_group_id: &'static str,
    vpn_configuration_id: &'static str,
    id: &'static str,
    install_intent: &'static str,
}

struct Floor {
    client: Client,
    url: String,
    token: String,
}

impl Floor {
    fn new(base_url: &str, token: &str) -> Result<Arc<Self>> {
        // As appassign does on loopback: no proxy, and no certificates looked for where there is no TLS.
        let client = Client::builder().no_proxy().tls_certs_only([]).user_agent("appassign-bench").build()?;
        let app = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b";
        let url = format!("{base_url}/deviceAppManagement/mobileApps/{app}/assign");
        Ok(Arc::new(Self { client, url, token: token.to_owned() }))
    }

    async fn assign(&self) -> Result<()> {
        let body = serde_json::to_vec(&Parameters {
            mobile_app_group_assignments: [MobileAppGroupAssignment {
                odata_type: "#microsoft.graph.mobileAppGroupAssignment",
                target_group_id: "11111111-2222-4333-8444-555555555501",
                vpn_configuration_id: "22222222-3333-4444-8555-666666666602",
                id: "33333333-4444-4555-8666-777777777703",
                install_intent: "required",
            }],
        })?;
        let answer = self
            .client
            .post(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(ACCEPT, JSON)
            .header(CONTENT_TYPE, JSON)
            .header("client-request-id", Uuid::new_v4().to_string())
            .body(body)
            .send()
            .await?;
        let status = answer.status();
        answer.bytes().await?;
        if status == StatusCode::NO_CONTENT { Ok(()) } else { Err(format!("answered {status}").into()) }
    }

    async fn work(self: Arc<Self>, until: Instant) -> Result<Vec<u128>> {
        let mut latencies = Vec::new();
        loop {
            let start = Instant::now();
            self.assign().await?;
            let end = Instant::now();
            latencies.push((end - start).as_nanos());
            if end >= until {
                return Ok(latencies);
            }
        }
    }

    async fn work_at_once(self: &Arc<Self>, in_flight: usize, within: Duration) -> Result<Vec<u128>> {
        let until = Instant::now() + within;
        let mut workers = JoinSet::new();
        for _ in 0..in_flight {
            workers.spawn(Arc::clone(self).work(until));
        }
        let mut latencies = Vec::new();
        while let Some(done) = workers.join_next().await {
            latencies.append(&mut done??);
        }
        Ok(latencies)
    }
}

/// What the harness reads at the end of a loop.
#[derive(Serialize)]
struct Looped {
    seconds: f64,
    latencies_ns: Vec<u128>,
}

/// Says how far we are, and goes on when the harness has read our CPU clock.
fn pause(word: &str) -> Result<()> {
    writeln!(io::stdout(), "{word}")?;
    io::stdin().lock().read_line(&mut String::new())?;
    Ok(())
}

fn cold(runtime: &Runtime, floor: &Floor) -> Result<()> {
    runtime.block_on(floor.assign())
}

fn measure(
    runtime: &Runtime,
    floor: &Arc<Floor>,
    in_flight: usize,
    warm_up: Duration,
    within: Duration,
) -> Result<()> {
    runtime.block_on(floor.work_at_once(in_flight, warm_up))?;
    pause("ready")?;
    let start = Instant::now();
    let latencies_ns = runtime.block_on(floor.work_at_once(in_flight, within))?;
    let seconds = start.elapsed().as_secs_f64();
    pause("done")?;
    serde_json::to_writer(io::stdout(), &Looped { seconds, latencies_ns })?;
    Ok(())
}

fn seconds(text: &str) -> Result<Duration> {
    Ok(Duration::try_from_secs_f64(text.parse()?)?)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match *arguments.as_slice() {
        ["cold", base_url, token] => cold(&runtime, &*Floor::new(base_url, token)?),
        ["loop", base_url, token, in_flight, warm_up, within] => measure(
            &runtime,
            &Floor::new(base_url, token)?,
            in_flight.parse()?,
            seconds(warm_up)?,
            seconds(within)?,
        ),
        // `cargo bench` starts every bench, and has nothing to measure this one against.
        [] | ["--bench"] => Ok(writeln!(io::stderr(), "{USAGE}")?),
        _ => Err(USAGE.into()),
    }
}
