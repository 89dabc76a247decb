//! What is shared over a link, handed to somebody who reads it elsewhere than at the peer: a guard
//! between two networks, whose documents are made of it.
//!
//! The same may be handed out as is sent to the peer: what was written in the channels that both sides
//! share, but for what the peer wrote itself, what was withdrawn, and what a site wrote where it only
//! reads. What is handed out has left this site, and can be withdrawn no more. What came from another
//! site ahead of its proof waits for that, and all of its channel that came after it: a third site is
//! never told of what is not held.

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Change, Failure, FailureKind, Features, Outcome, Position, Rows, RowsExt, Work, params,
};
use fieldpost_log::{LogName, ScopeKind, SiteId};
use fieldpost_model::Id;

use crate::Peer;
use crate::audit::{Action, Note};
use crate::logs::{self, Log};
use crate::passage::{Passing, let_out};
use crate::peer::{named, require_links};
use crate::writers;

/// How often it is looked again what may go while somebody withdraws some of it.
const TRIES: usize = 3;

/// The linked site of a name or an id, for somebody who may administer links.
///
/// # Errors
/// Whoever may not is refused, and a name that no linked site has is not found.
pub fn peer(rows: &mut dyn Rows, caller: &Caller, name: &str) -> Outcome<Peer> {
    require_links(caller)?;
    named(rows, name)
}

/// The channels of which a peer may have what is written there, in the order of their ids: both sides
/// share them, and none was moved to another team.
pub fn channels(rows: &mut dyn Rows, peer: SiteId) -> Outcome<BTreeSet<Id>> {
    let found = rows.all(
        "SELECT s.channel FROM link_share s WHERE s.site = ?1 AND s.mine = 1 AND s.theirs = 1 \
         AND NOT EXISTS (SELECT 1 FROM field_version v \
         WHERE v.entity = s.channel AND v.field = 'team')",
        params![&peer.0],
        |row| row.id(0),
    )?;
    Ok(found.into_iter().collect())
}

/// Whether a change may be of a link's content at all, as its name shows: it is of a channel, and the
/// peer did not write it.
pub fn concerns(change: &Change, peer: SiteId) -> bool {
    change.name.scope.kind == ScopeKind::Channel && change.name.site != peer
}

/// What was handed out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handed {
    /// The changes, in the order in which they were asked for.
    pub changes: Vec<Change>,
    /// The channels that were shared at that moment.
    pub channels: BTreeSet<Id>,
    /// Those of them in which something waits for its proof, and where the first of it stands.
    pub waiting: BTreeMap<Id, Position>,
}

/// Those of some changes that may be handed out, and notes that they have left.
///
/// # Errors
/// When some of them are withdrawn again and again meanwhile, or the database fails.
pub fn hand_out(
    work: &mut Work<'_>,
    features: &Features,
    (own, peer): (SiteId, SiteId),
    changes: &[Change],
) -> Outcome<Handed> {
    for _ in 0..TRIES {
        let channels = channels(work, peer)?;
        let open =
            |change: &&Change| concerns(change, peer) && channels.contains(&change.name.scope.id);
        let open: Vec<&Change> = changes.iter().filter(open).collect();
        let logs = logs_of(work, features, own, &open)?;
        let mut waiting: BTreeMap<Id, Position> = BTreeMap::new();
        for change in open.iter().filter(|change| change.name.site != own) {
            if !logs.get(&change.name.log()).is_some_and(|log| is_proved(log, change)) {
                waiting.entry(change.name.scope.id).or_insert(change.position);
            }
        }
        let goes = |change: &&&Change| {
            let log = logs.get(&change.name.log());
            let until = waiting.get(&change.name.scope.id);
            log.is_some_and(|log| !log.withheld.contains(change.name.sequence))
                && until.is_none_or(|until| change.position < *until)
        };
        let going: Vec<Change> = open.iter().filter(goes).map(|change| (*change).clone()).collect();
        let own_ones = going.iter().filter(|change| change.name.site == own).filter_map(|change| {
            let at = change.name.sequence;
            Some((logs.get(&change.name.log())?.key, at..at + 1))
        });
        if let_out(work, &Passing::of(own_ones))? {
            return Ok(Handed { changes: going, channels, waiting });
        }
    }
    Err(Failure::new(
        FailureKind::Unavailable,
        "api.fieldpost.link.withdrawing",
        "Messages are being withdrawn just now. Try again in a moment.",
    ))
}

/// Whether a change of another site's log has come with its proof.
fn is_proved(log: &Log, change: &Change) -> bool {
    log.held.as_ref().is_some_and(|held| held.ranges().contains(change.name.sequence))
}

/// The logs of some changes, with what of each may not go.
fn logs_of(
    rows: &mut dyn Rows,
    features: &Features,
    own: SiteId,
    changes: &[&Change],
) -> Outcome<BTreeMap<LogName, Log>> {
    let names: BTreeSet<LogName> = changes.iter().map(|change| change.name.log()).collect();
    let mut logs = Vec::with_capacity(names.len());
    for name in names {
        logs.extend(logs::named(rows, &name)?);
    }
    writers::hold_back(rows, features, (own, &mut logs))?;
    Ok(logs.into_iter().map(|log| (log.name, log)).collect())
}

/// Notes that what is shared with a peer was written for a guard, by whom, and how much of it.
pub fn written(work: &mut Work<'_>, caller: &Caller, peer: &Peer, contents: &str) -> Outcome<()> {
    require_links(caller)?;
    Note::of(Action::GuardWritten).about(peer).saying(contents).by(work, caller)
}
