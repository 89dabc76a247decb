//! Hearing a batch: whether it is the next, what becomes of it, and taking it over.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fieldpost_kernel::Failure;
use fieldpost_link::incoming::{self, Arrived, SLICE, Taken, Verdict};
use fieldpost_log::Scope;
use fieldpost_replica::{Frame, Run, Unread, Voucher};

use super::left_out::versions_of;
use super::{Ended, Session, Step, locked};

/// Of two changes under one name.
const FORKED: &str = "api.fieldpost.forked_log";

impl Session {
    pub(super) async fn hear_batch(
        &self,
        number: u64,
        (signature, vouchers): (Vec<u8>, Vec<Voucher>),
        body: Vec<u8>,
    ) -> Step<Vec<Frame>> {
        let peer = self.known_peer().await?;
        // What is passed over is read all the same: what comes next goes on from it.
        let runs = self.read(body).await?;
        let told_kept = self.told_kept.load(Ordering::SeqCst);
        if number <= told_kept {
            return Ok(vec![Frame::Kept { number }]);
        }
        if number != told_kept.saturating_add(1) {
            // One before it did not fit, and the peer was told so: it will begin again there.
            return Ok(Vec::new());
        }
        if peer.received != told_kept {
            // The last conversation's batch of this number was kept after this one had begun: what
            // comes now is another.
            return self.out_of_step().await;
        }
        let Some(runs) = runs else { return self.out_of_step().await };
        let features = Arc::clone(self.store.features());
        let own = self.asked_back();
        let unheeded = self.unheeded();
        let batch = Arrived { runs, signature, vouchers, own, unheeded, ..Arrived::default() };
        let judged = self.store.read(move |rows| incoming::judge(rows, &features, &peer, batch));
        match judged.await? {
            Verdict::Take(taken) if self.are_to_be_told(&taken.unfounded) => {
                self.tell_what_is_held().await
            }
            Verdict::Take(mut taken) => {
                let left_out = versions_of(&taken);
                let relayed = std::mem::take(&mut taken.relayed);
                match self.take(Some(number), taken).await {
                    Err(Ended::Failed(failure)) if failure.id == incoming::MOVED_ON => {
                        return self.out_of_step().await;
                    }
                    // One of them has told two histories; which, is not known.
                    Err(Ended::Failed(failure)) if failure.id == FORKED && !relayed.is_empty() => {
                        let sites = relayed.into_iter().map(|(log, _)| log.site).collect();
                        return self.set_aside(sites, &failure.to_string()).await;
                    }
                    taken => taken?,
                }
                self.learn(relayed).await?;
                self.told_kept.store(number, Ordering::SeqCst);
                self.remember_left_out(left_out);
                Ok(vec![Frame::Kept { number }])
            }
            Verdict::OutOfStep => self.tell_what_is_held().await,
            Verdict::SetAside(site, why) => self.set_aside([site].into(), &why).await,
            Verdict::Refuse(why) => Err(Ended::Offence(why)),
        }
    }

    /// The peer sent what does not rest on what is held here: tells it what is.
    async fn tell_what_is_held(&self) -> Step<Vec<Frame>> {
        let mut frames = self.out_of_step().await?;
        frames.extend(self.tell_left_out().await?);
        Ok(frames)
    }

    /// The changes of a batch; none if it goes on from one that was not read here.
    async fn read(&self, body: Vec<u8>) -> Step<Option<Vec<Run>>> {
        let reader = Arc::clone(&self.reader);
        let runs = tokio::task::spawn_blocking(move || locked(&reader).read(&body));
        self.read.fetch_add(1, Ordering::SeqCst);
        match runs.await.map_err(Failure::internal)? {
            Ok(runs) => {
                self.tell(&runs);
                Ok(Some(runs))
            }
            Err(Unread::OutOfStep) => Ok(None),
            Err(Unread::Malformed(malformed)) => Err(Ended::Offence(malformed.to_string())),
        }
    }

    /// Takes over what was judged. With a number it is a batch, which is held from then on.
    pub(super) async fn take(&self, number: Option<u64>, taken: Taken) -> Step<()> {
        let site = self.peer;
        let taken = Arc::new(taken);
        let slices = taken.changes.len().div_ceil(SLICE).max(1);
        for slice in 0..slices {
            let taken = Arc::clone(&taken);
            let range = slice * SLICE..taken.changes.len().min((slice + 1) * SLICE);
            let mut scopes: Vec<Scope> =
                taken.changes[range.clone()].iter().map(|change| change.name.scope).collect();
            scopes.sort_unstable();
            scopes.dedup();
            let last = slice + 1 == slices;
            self.store
                .write(&scopes, move |work| {
                    let changes = &taken.changes[range.clone()];
                    if number.is_some() {
                        incoming::require_same_writers(work, changes, &taken)?;
                    }
                    match number {
                        Some(number) if last => {
                            incoming::finish(work, site, number, changes, &taken)
                        }
                        None if last => {
                            incoming::finish_apart(work, site, changes, &taken).map(drop)
                        }
                        _ => incoming::take_slice(work, changes).map(drop),
                    }
                })
                .await?;
        }
        Ok(())
    }
}
