//! The request of one `assign`, again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::Result;
use crate::program::{all, pause, report};
use crate::service::Service;

const APP: &str = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parameters<'a> {
    mobile_app_group_assignments: Vec<MobileAppGroupAssignment<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MobileAppGroupAssignment<'a> {
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    target_group_id: &'a str,
    vpn_configuration_id: &'static str,
    id: &'static str,
    install_intent: &'static str,
}

#[derive(Serialize)]
struct Looped {
    seconds: f64,
    latencies_ns: Vec<u128>,
}

pub(crate) struct Assign {
    service: Service,
    groups: Vec<String>,
}

impl Assign {
    /// Of an app to so many groups.
    pub(crate) fn new(service: Service, number: usize) -> Arc<Self> {
        let groups = (0..number).map(|index| format!("11111111-2222-4333-8444-{index:012}")).collect();
        Arc::new(Self { service, groups })
    }

    /// So many calls in all; then it waits, so that its memory can be read.
    pub(crate) fn calls(self: &Arc<Self>, runtime: &Runtime, calls: usize, in_flight: usize) -> Result<()> {
        let left = Arc::new(AtomicUsize::new(calls));
        let workers = (0..in_flight).map(|_| {
            let (assign, left) = (Arc::clone(self), Arc::clone(&left));
            async move {
                // A worker that finds none left is done; what the counter says then does not matter.
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    assign.assign().await?;
                }
                Ok(())
            }
        });
        runtime.block_on(all(workers))?;
        pause("done")
    }

    /// So many calls in flight for so long, after a warm-up.
    pub(crate) fn measure(
        self: &Arc<Self>,
        runtime: &Runtime,
        in_flight: usize,
        warm_up: Duration,
        within: Duration,
    ) -> Result<()> {
        runtime.block_on(self.work_at_once(in_flight, warm_up))?;
        pause("ready")?;
        let start = Instant::now();
        let latencies_ns = runtime.block_on(self.work_at_once(in_flight, within))?.concat();
        let seconds = start.elapsed().as_secs_f64();
        pause("done")?;
        report(&Looped { seconds, latencies_ns })
    }

    async fn work_at_once(self: &Arc<Self>, in_flight: usize, within: Duration) -> Result<Vec<Vec<u128>>> {
        let until = Instant::now() + within;
        all((0..in_flight).map(|_| Arc::clone(self).work(until))).await
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

    async fn assign(&self) -> Result<()> {
        let body = serde_json::to_vec(&Parameters {
            mobile_app_group_assignments: self.groups.iter().map(|group| assignment(group)).collect(),
        })?;
        self.service.assign(APP, body).await
    }
}

fn assignment(group: &str) -> MobileAppGroupAssignment<'_> {
    MobileAppGroupAssignment {
        odata_type: "#microsoft.graph.mobileAppGroupAssignment",
        target_group_id: group,
        vpn_configuration_id: "22222222-3333-4444-8555-666666666602",
        id: "33333333-4444-4555-8666-777777777703",
        install_intent: "required",
    }
}
