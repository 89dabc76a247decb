//! What the site measures of itself, told to whoever collects it.
//!
//! It has an address of its own, beside the one for people: who may come to that is for the network
//! to say, as those who collect metrics expect.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_metrics::{CONTENT_TYPE, Link, Process, Requests, Sample, text};
use fieldpost_model::Millis;
use fieldpost_peer::{Links, PeerStatus};
use fieldpost_socket::Sockets;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::doorway::Doorway;
use crate::serve;
use crate::settings::Metrics;

/// Connections of those who collect, at most.
const CONNECTIONS: usize = 16;

/// What is looked at when somebody asks.
pub(crate) struct Gauges {
    requests: Requests,
    sockets: Sockets,
    links: Links,
    started: Millis,
}

impl Gauges {
    /// Those of a site that began to serve at some time.
    pub(crate) fn new(
        requests: Requests,
        sockets: &Sockets,
        links: &Links,
        started: Millis,
    ) -> Self {
        Self { requests, sockets: sockets.clone(), links: links.clone(), started }
    }
}

/// Counts what a service answers, and how long it takes.
pub(crate) fn counting(service: Router, requests: &Requests) -> Router {
    service.layer(from_fn_with_state(requests.clone(), counted))
}

async fn counted(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let (method, begun) = (request.method().clone(), Instant::now());
    let response = next.run(request).await;
    requests.count(method.as_str(), response.status().as_u16(), begun.elapsed());
    response
}

/// Somebody who tells, until the site stops.
pub(crate) struct Telling {
    pub address: SocketAddr,
    pub task: JoinHandle<()>,
}

/// Begins to tell whoever asks at the address of the settings, if there is one.
pub(crate) async fn start(
    settings: &Metrics,
    gauges: Gauges,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> Outcome<Option<Telling>> {
    let unusable = |why: String| Failure::invalid("api.fieldpost.metrics.listen", why);
    let Some(address) = settings.address().map_err(unusable)? else { return Ok(None) };
    let cannot = |error| unusable(format!("cannot tell metrics at {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(Failure::internal)?;
    let service = Router::new().route("/metrics", get(told)).with_state(Arc::new(gauges));
    let doorway = Doorway::new(listener, CONNECTIONS, CONNECTIONS);
    let task = tokio::spawn(serve::serve(doorway, service, stopped));
    Ok(Some(Telling { address, task }))
}

async fn told(State(gauges): State<Arc<Gauges>>) -> Response {
    match sample(&gauges).await.map(|sample| text(&gauges.requests, &sample)) {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Ok(Err(error)) => failed(&error),
        Err(failure) => failed(&failure),
    }
}

fn failed(why: &dyn std::fmt::Display) -> Response {
    tracing::error!(%why, "metrics could not be told");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn sample(gauges: &Gauges) -> Outcome<Sample> {
    let peers = gauges.links.status().await?.peers;
    Ok(Sample {
        version: env!("CARGO_PKG_VERSION"),
        started: seconds(gauges.started),
        sockets: u64::try_from(gauges.sockets.open()).unwrap_or(u64::MAX),
        links: peers.into_iter().map(link).collect(),
        process: process(),
    })
}

fn link(status: PeerStatus) -> Link {
    let shared = status.shared.iter().filter(|shared| shared.mutual);
    let differs = |shared: &&fieldpost_peer::SharedStatus| {
        shared.peer_state.is_some_and(|theirs| theirs != shared.state)
    };
    Link {
        state: status.state.name(),
        waiting_changes: status.backlog.changes,
        waiting_bytes: status.backlog.bytes,
        waiting_by: [
            ("flash", status.backlog.flash.changes),
            ("immediate", status.backlog.immediate.changes),
            ("priority", status.backlog.priority.changes),
            ("routine", status.backlog.routine.changes),
        ],
        rates: status.measured.rates,
        loss: status.measured.loss,
        clears_in: status.measured.clears_in.map(|time| time.as_secs_f64()),
        last_contact: seconds(status.last_contact),
        sent: status.sent_bytes.unsigned_abs(),
        received: status.received_bytes.unsigned_abs(),
        round_trip: status.rtt.map(|rtt| Duration::from_millis(rtt).as_secs_f64()),
        clock_ahead: seconds(status.peer.clock_ahead),
        shared: shared.clone().count() as u64,
        differing: shared.filter(differs).count() as u64,
        offers: status.offers.len() as u64,
        site: status.peer.name,
    }
}

fn seconds(time: Millis) -> f64 {
    Duration::from_millis(time.unsigned_abs()).as_secs_f64()
}

/// What the system says of this process, where it has the files of Linux.
fn process() -> Option<Process> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = resident.trim().strip_suffix(" kB")?.parse().ok()?;
    let open_files = fs::read_dir("/proc/self/fd").ok()?.count() as u64;
    let cpu = computed(&fs::read_to_string("/proc/self/stat").ok()?)?;
    Some(Process { resident: kilobytes * 1024, open_files, cpu })
}

/// How long a process has computed, in seconds, by its line of numbers (`proc_pid_stat(5)`: fields
/// 14 and 15, in hundredths of a second on every architecture that is built for).
fn computed(stat: &str) -> Option<f64> {
    // The second field is the name of the program, and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut hundredths = || fields.next()?.parse::<u64>().ok();
    let ticks = hundredths()? + hundredths()?;
    Some(Duration::from_millis(ticks * 10).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_computed_is_read_past_any_name() {
        let stat = "7 (field) post (x) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0";
        assert_eq!(computed(stat), Some(3.0));
        assert_eq!(computed("7 (fieldpost) S 1 7"), None);
    }
}
