//! How long a plan takes for 1,000 assignments that are there and 1,000 that are wanted, beside reading their JSON once.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and may fail loudly"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use appassign::json::Json;
use appassign::model::MobileAppAssignment;
use appassign::plan::Plan;

const ENTRIES: usize = 1_000;
const ROUNDS: usize = 101;

fn document(number: usize, notifications: &str) -> String {
    format!(
        r##"{{"id":"11111111-2222-4333-8444-{number:012}_1_0","intent":"required","source":"direct","sourceId":null,"target":{{"@odata.type":"#microsoft.graph.groupAssignmentTarget","deviceAndAppManagementAssignmentFilterId":null,"deviceAndAppManagementAssignmentFilterType":"none","groupId":"11111111-2222-4333-8444-{number:012}"}},"settings":{{"@odata.type":"#microsoft.graph.win32LobAppAssignmentSettings","notifications":"{notifications}","restartSettings":null,"deliveryOptimizationPriority":"notConfigured","installTimeSettings":{{"useLocalTime":false,"startDateTime":"2026-12-01T08:00:00Z","deadlineDateTime":null}}}}}}"##
    )
}

fn read(texts: &[String]) -> Vec<MobileAppAssignment> {
    texts.iter().map(|text| MobileAppAssignment::from_json(Json::parse(text).unwrap()).unwrap()).collect()
}

/// The median of many rounds.
fn measured(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default()
}

fn main() {
    // Half of what is wanted is there already, a quarter is there with other settings, a quarter is not there.
    let there: Vec<_> = (0..ENTRIES).map(|number| document(number, "showAll")).collect();
    let wanted: Vec<_> = (ENTRIES / 4..ENTRIES * 5 / 4)
        .map(|number| document(number, if number % 3 == 0 { "hideAll" } else { "showAll" }))
        .collect();
    let (live, wanted) = (read(&there), read(&wanted));
    let reading = measured(|| {
        black_box(read(&there));
    });
    let replace = measured(|| {
        black_box(Plan::replace("app", live.clone(), &wanted).unwrap());
    });
    let same = measured(|| {
        black_box(Plan::change("app", live.clone(), &live, &[]).unwrap());
    });
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    let ratio = |time: Duration| time.as_secs_f64() / reading.as_secs_f64();
    println!(
        "1,000 there, 1,000 wanted; medians of {ROUNDS}; the ratio is to reading 1,000 of them from JSON"
    );
    println!("  reading            {:6.2} ms   1.00", ms(reading));
    println!("  plan, replace      {:6.2} ms   {:.2}", ms(replace), ratio(replace));
    println!("  plan, nothing new  {:6.2} ms   {:.2}", ms(same), ratio(same));
}
