//! The floor: what a call of ours does, by bare reqwest on one thread, which every contestant is measured against.
//!
//! It is called as the programs in Python are, and answers alike; see `benches/README.md`.

mod assign;
mod bulk;
mod program;
mod service;

use std::error::Error;
use std::io::{self, Write};

use tokio::runtime::Builder;

use crate::assign::Assign;
use crate::bulk::Bulk;
use crate::service::Service;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: floor calls URL TOKEN CALLS IN_FLIGHT | floor loop URL TOKEN NUMBER IN_FLIGHT WARM_UP SECONDS \
     | floor bulk URL TOKEN APPS IN_FLIGHT";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    match *arguments.as_slice() {
        ["calls", base_url, token, calls, in_flight] => {
            let assign = Assign::new(Service::new(base_url, token)?, 1);
            assign.calls(&runtime, calls.parse()?, in_flight.parse()?)
        }
        ["loop", base_url, token, number, in_flight, warm_up, within] => {
            let assign = Assign::new(Service::new(base_url, token)?, number.parse()?);
            assign.measure(
                &runtime,
                in_flight.parse()?,
                program::seconds(warm_up)?,
                program::seconds(within)?,
            )
        }
        ["bulk", base_url, token, apps, in_flight] => {
            Bulk::new(Service::new(base_url, token)?, in_flight.parse()?).measure(&runtime, apps.parse()?)
        }
        // `cargo bench` starts every bench, and has nothing to measure this one against.
        [] | ["--bench"] => Ok(writeln!(io::stderr(), "{USAGE}")?),
        _ => Err(USAGE.into()),
    }
}
