//! From a post to the last of a thousand sockets.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::bare::Kind;
use crate::bench::Bench;
use crate::client::Client;
use crate::crowd;
use crate::listener::Listener;
use crate::report::{Report, latency};
use crate::sample::Sample;
use crate::server::Place;

use super::memory::{bare, greeted};

/// The time from one post to the next.
const EVERY: Duration = Duration::from_millis(100);

/// What stands in a post before its number.
const MARK: &str = "mark ";

/// The digits of its number.
const DIGITS: usize = 6;

/// How long the last socket is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let sockets = bench.times(1000, 100);
    let rounds = bench.times(200, 20);
    let scratch = bench.scratch()?;
    let place = Place::embedded(scratch.path());
    let (server, crowd) = crowd::gather(bench, &place, sockets).await?;
    let tokens = crowd.people.iter().map(|person| person.token.as_str());
    let heard = greeted(server.address, tokens).await?;
    let mut ears = Ears::listen(heard);
    let poster = crowd.people.first().ok_or("nobody")?;
    let mut client = Client::open(server.address, &poster.token).await?;
    let mut measured = Vec::new();
    for round in 0..rounds {
        let begun = Instant::now();
        let post = json!({ "channel_id": crowd.channel, "message": marked(round) });
        client.post("/posts", &post).await?.expect(201)?;
        measured.push(ears.last(round).await? - begun);
        tokio::time::sleep_until((begun + EVERY).into()).await;
    }
    let frame = String::from_utf8(ears.frame().await?)?;
    drop((ears, server));

    let mut bare = bare(Kind::Fanout)?;
    let mut held = Vec::new();
    for _ in 0..sockets {
        held.push(Listener::open(bare.address, "").await?);
    }
    let mut ears = Ears::listen(held);
    let input = bare.input().ok_or("no input")?;
    let mut raw = Vec::new();
    for round in 0..rounds {
        let begun = Instant::now();
        writeln!(input, "{}", frame.replace(&marked(rounds - 1), &marked(round)))?;
        raw.push(ears.last(round).await? - begun);
        tokio::time::sleep_until((begun + EVERY).into()).await;
    }
    let (measured, raw): (Sample, Sample) =
        (measured.into_iter().collect(), raw.into_iter().collect());
    report.add(
        format!("post → last of {sockets} sockets, 10 posts/s"),
        latency(&measured),
        (format!("a loop that writes the same {} B to each", frame.len()), latency(&raw)),
    );
    Ok(())
}

fn marked(round: usize) -> String {
    format!("{MARK}{round:0DIGITS$}")
}

/// The number of the post that a frame tells of.
fn mark(frame: &[u8]) -> Option<usize> {
    let at = frame.windows(MARK.len()).position(|window| window == MARK.as_bytes())?;
    let digits = frame.get(at + MARK.len()..at + MARK.len() + DIGITS)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Many sockets that are listened to.
struct Ears {
    sockets: usize,
    /// When each socket heard of each post; the frame that the first socket heard.
    heard: mpsc::UnboundedReceiver<(usize, Instant)>,
    frames: mpsc::UnboundedReceiver<Vec<u8>>,
    _tasks: JoinSet<()>,
}

impl Ears {
    fn listen(sockets: Vec<Listener>) -> Self {
        let (hear, heard) = mpsc::unbounded_channel();
        let (show, frames) = mpsc::unbounded_channel();
        let count = sockets.len();
        // The last of them tells, so that a thousand messages do not stand in the way.
        let missing: Arc<Vec<AtomicUsize>> =
            Arc::new((0..10_000).map(|_| AtomicUsize::new(count)).collect());
        let mut tasks = JoinSet::new();
        for (n, mut socket) in sockets.into_iter().enumerate() {
            let (hear, show, missing) = (hear.clone(), show.clone(), Arc::clone(&missing));
            tasks.spawn(async move {
                while let Ok(frame) = socket.next().await {
                    let Some(round) = mark(&frame) else { continue };
                    let Some(left) = missing.get(round) else { continue };
                    if left.fetch_sub(1, Ordering::SeqCst) == 1 {
                        let told = hear.send((round, Instant::now()));
                        debug_assert!(told.is_ok() || hear.is_closed());
                    }
                    if n == 0 {
                        drop(show.send(frame));
                    }
                }
            });
        }
        Self { sockets: count, heard, frames, _tasks: tasks }
    }

    /// When the last socket heard of a post.
    async fn last(&mut self, round: usize) -> Outcome<Instant> {
        loop {
            let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
            match heard {
                Ok(Some((heard, at))) if heard == round => return Ok(at),
                Ok(Some(_)) => {}
                _ => return Err(format!("not all of {} sockets heard", self.sockets).into()),
            }
        }
    }

    /// The frame of the last post.
    async fn frame(&mut self) -> Outcome<Vec<u8>> {
        let mut last = self.frames.recv().await.ok_or("no frame")?;
        while let Ok(frame) = self.frames.try_recv() {
            last = frame;
        }
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_known_by_its_mark() {
        let frame = format!("{{\"message\":\"{}\"}}", marked(42));
        assert_eq!(mark(frame.as_bytes()), Some(42));
        assert_eq!(mark(b"mark 12"), None);
        assert_eq!(mark(b"nothing"), None);
    }
}
