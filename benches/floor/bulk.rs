//! The requests of `plan_many` and `apply_many`: each app is read; then each is read, written, and read again.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::Result;
use crate::program::{all, pause, report};
use crate::service::Service;

#[derive(Deserialize, Serialize, PartialEq)]
struct Page {
    value: Vec<Value>,
}

#[derive(Serialize)]
struct Parameters {
    #[serde(rename = "mobileAppAssignments")]
    assignments: Vec<Value>,
}

struct Plan {
    app: String,
    before: Page,
    after: Parameters,
}

#[derive(Serialize)]
struct Done {
    seconds: f64,
}

pub(crate) struct Bulk {
    service: Service,
    in_flight: usize,
}

impl Bulk {
    pub(crate) fn new(service: Service, in_flight: usize) -> Arc<Self> {
        Arc::new(Self { service, in_flight })
    }

    /// So many apps. All are planned once before it counts, so that the connections are there.
    pub(crate) fn measure(self: &Arc<Self>, runtime: &Runtime, apps: usize) -> Result<()> {
        runtime.block_on(self.plan_many(apps))?;
        pause("ready")?;
        let start = Instant::now();
        runtime.block_on(async { self.apply_many(self.plan_many(apps).await?).await })?;
        let seconds = start.elapsed().as_secs_f64();
        pause("done")?;
        report(&Done { seconds })
    }

    async fn plan_many(self: &Arc<Self>, apps: usize) -> Result<Vec<Plan>> {
        let left = Arc::new(Mutex::new(0..apps));
        let workers = (0..self.in_flight).map(|_| Arc::clone(self).plan_each(Arc::clone(&left)));
        Ok(all(workers).await?.into_iter().flatten().collect())
    }

    async fn plan_each(self: Arc<Self>, left: Arc<Mutex<impl Iterator<Item = usize>>>) -> Result<Vec<Plan>> {
        let mut plans = Vec::new();
        while let Some(index) = next(&left) {
            plans.push(self.plan(format!("3f6a1c52-8f0e-4b7e-9a55-{index:012}")).await?);
        }
        Ok(plans)
    }

    async fn plan(&self, app: String) -> Result<Plan> {
        let before = self.read(&app).await?;
        let mut assignments = before.value.clone();
        assignments.push(json!({
            "@odata.type": "#microsoft.graph.mobileAppAssignment",
            "intent": "available",
            "target": {
                "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                "groupId": "11111111-2222-4333-8444-555555555501",
            },
        }));
        Ok(Plan { app, before, after: Parameters { assignments } })
    }

    async fn apply_many(self: &Arc<Self>, plans: Vec<Plan>) -> Result<()> {
        let left = Arc::new(Mutex::new(plans.into_iter()));
        all((0..self.in_flight).map(|_| Arc::clone(self).apply_each(Arc::clone(&left)))).await?;
        Ok(())
    }

    async fn apply_each(self: Arc<Self>, left: Arc<Mutex<impl Iterator<Item = Plan>>>) -> Result<()> {
        while let Some(plan) = next(&left) {
            self.apply(plan).await?;
        }
        Ok(())
    }

    async fn apply(&self, plan: Plan) -> Result<()> {
        if self.read(&plan.app).await? != plan.before {
            return Err(format!("{}: changed since it was planned", plan.app).into());
        }
        self.service.assign(&plan.app, serde_json::to_vec(&plan.after)?).await?;
        let listed = self.read(&plan.app).await?.value.len();
        if listed == plan.after.assignments.len() {
            Ok(())
        } else {
            Err(format!("{}: {listed} assignments are listed", plan.app).into())
        }
    }

    async fn read(&self, app: &str) -> Result<Page> {
        Ok(serde_json::from_slice(&self.service.assignments(app).await?)?)
    }
}

fn next<T>(left: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    left.lock().ok()?.next()
}
