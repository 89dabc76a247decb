//! Previews: what goes ahead of its proof where a signature takes seconds, and hearing it.

use std::sync::{Arc, Mutex};

use fieldpost_kernel::Failure;
use fieldpost_link::incoming::{self, Verdict};
use fieldpost_link::{Ahead, PreviewDraft, let_out};
use fieldpost_replica::{Preview, write_preview};
use tokio::time::Instant;

use super::{Ended, Session, Step, locked};
use crate::heard::FRAME;
use crate::quiet::Quiet;

/// What goes ahead of its proof next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Early {
    /// Nothing does: there is nothing to say, or it may not be said yet. What is written a moment later
    /// is to be asked for again, and not to go in a batch because this came before it.
    Nothing,
    /// Nothing does: what there is to say goes in a batch.
    Batch,
    /// All that is new went ahead, and its batch may wait for more.
    All,
    /// This preview.
    This(Vec<u8>),
}

impl Session {
    /// What goes ahead of its proof next, over a link on which that is worth its bytes. It waits for its
    /// batch as long as `quiet` says.
    pub async fn early(&self, quiet: &Mutex<Quiet>, now: Instant) -> Step<Early> {
        if locked(quiet).is_due(now) {
            return Ok(Early::Batch);
        }
        let early = self.preview().await?;
        match early {
            Early::This(_) => locked(quiet).said(now),
            Early::All => locked(quiet).waits(now),
            Early::Nothing => locked(quiet).proved(),
            Early::Batch => {}
        }
        Ok(early)
    }

    async fn preview(&self) -> Step<Early> {
        if !self.is_in_step() || self.is_held_back().await? {
            return Ok(Early::Nothing);
        }
        let outgoing = Arc::clone(&self.outgoing);
        let features = Arc::clone(self.store.features());
        let ahead = self.store.read(move |rows| locked(&outgoing).ahead(rows, &features));
        let draft = match ahead.await? {
            Ahead::Nothing => return Ok(Early::Nothing),
            Ahead::Batch => return Ok(Early::Batch),
            Ahead::All => return Ok(Early::All),
            Ahead::This(draft) => draft,
        };
        // Nothing goes before it is noted that it does.
        let passing = draft.passing.clone();
        if !self.store.write(&[], move |work| let_out(work, &passing)).await? {
            self.with_outgoing(move |outgoing| outgoing.keep_back(&draft.passing)).await?;
            return Ok(Early::Batch);
        }
        let written = tokio::task::spawn_blocking(move || {
            let PreviewDraft { head, known, run, hints, passing } = *draft;
            (write_preview(&head, &known, &run, &hints), passing)
        });
        match written.await.map_err(Failure::internal)? {
            (Some(preview), _) => Ok(Early::This(preview)),
            (None, passing) => {
                // It is too long after all, and goes in a batch.
                self.with_outgoing(move |outgoing| outgoing.keep_back(&passing)).await?;
                Ok(Early::Batch)
            }
        }
    }

    /// Takes in a preview. It is not counted as held: it comes once more, proved. What does not fit what
    /// is known here is passed over; what the peer may not send is noted, and ends the session.
    pub async fn hear_preview(&self, preview: Vec<u8>) -> Step<()> {
        let taken = self.heed_preview(preview).await;
        if let Err(ended) = &taken {
            self.note(true, ended).await;
        }
        taken
    }

    async fn heed_preview(&self, bytes: Vec<u8>) -> Step<()> {
        self.spend(FRAME)?;
        let peer = self.known_peer().await?;
        let head = match Preview::open(&bytes) {
            Ok(preview) => preview.head().clone(),
            Err(malformed) => return Err(Ended::Offence(malformed.to_string())),
        };
        let (check, found) = (head.check, peer.clone());
        let placed = self.store.read(move |rows| incoming::place(rows, &found, &head)).await?;
        let known = match placed {
            Ok(known) => known,
            Err(Verdict::Refuse(why)) => return Err(Ended::Offence(why)),
            Err(_) => return Ok(()),
        };
        let read = tokio::task::spawn_blocking(move || Preview::open(&bytes)?.read(&known)).await;
        // Something else was known where it was written.
        let Ok(run) = read.map_err(Failure::internal)? else { return Ok(()) };
        let features = Arc::clone(self.store.features());
        let judged = self
            .store
            .read(move |rows| incoming::judge_preview(rows, &features, &peer, run, check));
        match judged.await? {
            Verdict::Take(taken) => self.take(None, taken).await,
            Verdict::OutOfStep => Ok(()),
            Verdict::Refuse(why) | Verdict::SetAside(_, why) => Err(Ended::Offence(why)),
        }
    }
}
