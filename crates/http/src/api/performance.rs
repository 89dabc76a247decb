//! What clients measured of themselves.

use fieldpost_kernel::{Failure, Outcome};
use serde::Deserialize;

use crate::answer::{Answer, Done};
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

pub(super) fn add(routes: &mut Routes) {
    routes.on("POST", "/api/v4/client_perf", report);
}

/// The form of the reports that are read.
const VERSION: &str = "0.1.0";

/// Measurements of one report.
const MOST: usize = 1000;

#[derive(Deserialize)]
struct Measured {
    metric: String,
    value: f64,
}

#[derive(Deserialize)]
struct Report {
    version: String,
    start: f64,
    end: f64,
    #[serde(default)]
    counters: Vec<Measured>,
    #[serde(default)]
    histograms: Vec<Measured>,
}

impl Report {
    fn validate(&self) -> Outcome<()> {
        let named = |list: &[Measured]| {
            list.iter().all(|one| !one.metric.is_empty() && one.value.is_finite())
        };
        let well_formed = self.version == VERSION
            && self.start <= self.end
            && self.counters.len() + self.histograms.len() <= MOST
            && named(&self.counters)
            && named(&self.histograms);
        if well_formed { Ok(()) } else { Err(Failure::invalid_body("performance_report")) }
    }
}

/// A report is read and let go: nothing here keeps figures of single people's devices.
async fn report(_: Session, Body(report): Body<Report>) -> Answer<Done> {
    report.validate()?;
    Ok(Done)
}
