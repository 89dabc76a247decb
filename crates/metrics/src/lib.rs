//! What a site measures of itself, in the form in which Prometheus collects it.
//!
//! What happens all the time is counted as it happens: [`Requests`]. What only has a state is looked
//! at when somebody asks: a [`Sample`].
//!
//! *Architecture invariant:* no name of a person, a channel or a team is in it, and no label takes
//! more values than there are methods, codes and linked sites.

mod link;
mod requests;

use std::fmt;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};

pub use link::Link;
pub use requests::Requests;

/// The type of what [`text`] gives, for the header of an answer.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How a site is at one moment.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// The version of the server.
    pub version: &'static str,
    /// When it began to serve, in seconds since 1970.
    pub started: f64,
    /// Clients that are connected.
    pub sockets: u64,
    /// Its links with other sites.
    pub links: Vec<Link>,
    /// What the system says of its process, where it says anything.
    pub process: Option<Process>,
}

/// What the system says of a process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Process {
    /// The memory that it takes, in bytes.
    pub resident: u64,
    /// The files and sockets that it has open.
    pub open_files: u64,
    /// How long it has computed, in seconds.
    pub cpu: f64,
}

/// All that is measured, as text of the OpenMetrics format, version 1.0.
///
/// # Errors
/// Only if a metric cannot be written as text.
pub fn text(requests: &Requests, sample: &Sample) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    if let Some(process) = sample.process {
        register_process(registry.sub_registry_with_prefix("process"), process, sample.started);
    }
    let own = registry.sub_registry_with_prefix("fieldpost");
    let build = Family::<[(&str, &str); 1], Gauge>::default();
    build.get_or_create(&[("version", sample.version)]).set(1);
    own.register("build", "The version of the server", build);
    own.register("sockets", "Clients that are connected", ConstGauge::new(sample.sockets));
    requests.register(own);
    link::register(own.sub_registry_with_prefix("link"), &sample.links);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

fn register_process(registry: &mut Registry, process: Process, started: f64) {
    let Process { resident, open_files, cpu } = process;
    registry.register_with_unit(
        "resident_memory",
        "The memory that the process takes",
        Unit::Bytes,
        ConstGauge::new(resident),
    );
    registry.register("open_fds", "Files and sockets that are open", ConstGauge::new(open_files));
    registry.register_with_unit(
        "cpu",
        "How long the process has computed",
        Unit::Seconds,
        ConstCounter::new(cpu),
    );
    registry.register_with_unit(
        "start_time",
        "When the server began, since 1970",
        Unit::Seconds,
        ConstGauge::new(started),
    );
}

#[cfg(test)]
mod tests;
