//! Having given back what this site wrote itself and lost, as after it was put back from a backup.
//!
//! It is seen from what a peer tells that it holds. The peer is asked for it as for what other sites wrote;
//! that it gives back what nobody asked for is not taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use fieldpost_link::audit::{Action, Note};
use fieldpost_link::incoming::{self, Own};
use fieldpost_log::LogName;
use fieldpost_replica::{Frame, HeldLog};

use super::{Ended, HOLDING, Session, Step, locked};
use crate::refusals;

/// What this site has lost and a peer was asked for.
pub(super) struct Lost {
    /// The logs that it is in.
    logs: Arc<BTreeSet<LogName>>,
    /// What there is here of each, until that is told.
    here: Vec<HeldLog>,
}

impl Session {
    /// Asks the peer for what it has told that it holds of this site's logs and is not here. It is asked
    /// once in a conversation.
    pub(super) async fn ask_back(&self, told: &Arc<Vec<HeldLog>>) -> Step<Vec<Frame>> {
        if locked(&self.relays).lost.is_some() {
            return Ok(Vec::new());
        }
        let (site, epoch) = (self.store.site().id, self.store.site().epoch);
        let told = Arc::clone(told);
        let lost = self.store.read(move |rows| incoming::lost(rows, (site, epoch), &told)).await?;
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let note = Note::of(Action::AskedBack).about(&self.known_peer().await?);
        refusals::note(&self.store, note, None, 1).await;
        let held = Frame::held_digest(&mut lost.clone());
        let name = |log: &HeldLog| LogName { site, epoch: log.epoch, scope: log.scope };
        let logs = Arc::new(lost.iter().map(name).collect());
        locked(&self.relays).lost = Some(Lost { logs, here: lost });
        Ok(vec![Frame::Wanted { site, without: Vec::new(), held }])
    }

    /// This site, if it has asked the peer for what it wrote itself.
    pub(super) fn asked_back(&self) -> Option<Own> {
        let lost = Arc::clone(&locked(&self.relays).lost.as_ref()?.logs);
        let site = self.store.site();
        Some(Own { site: site.id, key: site.signing_key().verifying_key(), lost })
    }

    /// Tells what there is here of the logs that were asked for.
    pub(super) fn tell_lost(&self) -> Step<Vec<Frame>> {
        match &mut locked(&self.relays).lost {
            Some(Lost { here, .. }) if !here.is_empty() => {
                let site = self.store.site().id;
                Ok(Frame::holding_of(site, std::mem::take(here), HOLDING))
            }
            _ => Err(Ended::Offence("a question that nothing gave rise to".to_owned())),
        }
    }
}
