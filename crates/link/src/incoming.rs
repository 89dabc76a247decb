//! What a peer sends: whether it proves what it says, whether it may say it, and taking it over.
//!
//! A batch is judged whole before anything of it is taken over, from a consistent view of the rows
//! ([`judge`]). Taking over is done in slices, so that people's own writes need not wait behind a
//! large batch; only the last one ([`finish`]) says that the batch is held. A crash in between costs
//! nothing but sending it again, because a change that is here already is not applied twice.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use fieldpost_kernel::{
    Change, Content, Failure, FailureKind, Features, Kind, Outcome, Position, Received, Row, Rows,
    RowsExt, Work, millis, params,
};
use fieldpost_log::clock::DEFAULT_BOUND_MS;
use fieldpost_log::{
    Digest, Epoch, Head, Held, LogName, NotProved, SaltTree, Scope, ScopeKind, Signature, SiteId,
    Stamp, Suite, verify_heads,
};
use fieldpost_model::{Id, Millis};
use fieldpost_replica::{HeldLog, Run};

use crate::{Peer, files, peer};

/// Changes that are taken over in one use case.
pub const SLICE: usize = 64;

/// What becomes of a batch.
#[derive(Debug)]
pub enum Verdict {
    /// It is taken over.
    Take(Taken),
    /// It does not fit what is held here: the peer must be told what that is.
    OutOfStep,
    /// It is not what it claims, or says what the peer may not say.
    Refuse(String),
}

/// A batch that was judged, ready to be taken over.
#[derive(Debug, Default, Clone)]
pub struct Taken {
    /// Its changes, in order.
    pub changes: Vec<Change>,
    /// What will be held of each log.
    logs: Vec<(LogName, Received)>,
    /// What the changes refer to and do not contain.
    contents: Vec<Content>,
    /// The latest time that the peer's clock showed.
    latest: Stamp,
}

/// Logs as they will be once the runs looked at so far are taken over.
struct Logs {
    logs: BTreeMap<LogName, (Received, Option<SaltTree>)>,
    heads: Vec<Head>,
}

/// Judges a batch of a peer.
pub fn judge(
    rows: &mut dyn Rows,
    features: &Features,
    peer: &Peer,
    runs: Vec<Run>,
    signature: &[u8],
) -> Outcome<Verdict> {
    let mut logs = Logs { logs: BTreeMap::new(), heads: Vec::new() };
    let mut taken = Taken::default();
    for run in runs {
        if let Some(why) = refused_log(rows, peer, &run.log)? {
            let in_good_faith = was_ended_here(rows, peer, &run.log)?;
            return Ok(match in_good_faith {
                true => Verdict::OutOfStep,
                false => Verdict::Refuse(why.to_owned()),
            });
        }
        match logs.take(rows, run)? {
            Ok(changes) => taken.changes.extend(changes),
            Err(NotProved::OutOfStep) => return Ok(Verdict::OutOfStep),
            Err(NotProved::False) => return Ok(Verdict::Refuse(NotProved::False.to_string())),
        }
    }
    let signed = logs.heads.is_empty()
        || Signature::decode(Suite::One, signature)
            .is_ok_and(|signature| verify_heads(&logs.heads, &peer.key, &signature).is_ok());
    if !signed {
        return Ok(Verdict::Refuse("the signature is not the peer's".to_owned()));
    }
    if let Some(why) = refused_authors(rows, peer, &taken.changes)? {
        return Ok(Verdict::Refuse(why));
    }
    for change in &taken.changes {
        if change.stamp > Stamp::LATEST {
            return Ok(Verdict::Refuse("a time that no clock shows".to_owned()));
        }
        if features.keeps_time(change.kind) {
            taken.latest = taken.latest.max(change.stamp);
        }
        let shape = features.shape(change);
        for place in shape.places {
            if let Some(why) = refused_scope(rows, peer, place)? {
                return Ok(Verdict::Refuse(why.to_owned()));
            }
        }
        taken.contents.extend(shape.contents);
    }
    taken.logs = logs.logs.into_iter().map(|(name, (received, _))| (name, received)).collect();
    Ok(Verdict::Take(taken))
}

impl Logs {
    fn take(&mut self, rows: &mut dyn Rows, run: Run) -> Outcome<Result<Vec<Change>, NotProved>> {
        let (received, tree) = match self.logs.entry(run.log) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert((received(rows, &run.log)?, None)),
        };
        if received.salts.is_empty() {
            received.salts.clone_from(&run.salts);
        }
        if tree.is_none() {
            *tree = SaltTree::decode_secret(&received.salts).ok();
        }
        let Some(tree) = tree else { return Ok(Err(NotProved::OutOfStep)) };
        let is_tip = run.first >= received.held.frontier().size();
        let changes: Vec<Change> = run
            .entries
            .into_iter()
            .zip(run.first..)
            .map(|(entry, sequence)| Change {
                position: Position::default(),
                name: run.log.change(sequence),
                stamp: entry.stamp,
                author: entry.author,
                kind: Kind::new(entry.kind),
                payload: entry.payload,
            })
            .collect();
        let leaves: Option<Vec<Digest>> = changes.iter().map(|change| change.leaf(tree)).collect();
        let Some(leaves) = leaves else { return Ok(Err(NotProved::False)) };
        if let Err(not_proved) = received.held.fill(run.first, &leaves, &run.proof) {
            return Ok(Err(not_proved));
        }
        if is_tip {
            let frontier = received.held.frontier();
            let LogName { site, epoch, scope } = run.log;
            let (size, root) = (frontier.size(), frontier.root());
            self.heads.push(Head { site, epoch, scope, size, root });
        }
        Ok(Ok(changes))
    }
}

/// Why a peer may not write to a log, if it may not: only its own logs, of what is shared with it.
fn refused_log(rows: &mut dyn Rows, peer: &Peer, log: &LogName) -> Outcome<Option<&'static str>> {
    if log.site != peer.site {
        return Ok(Some("a log of another site"));
    }
    refused_scope(rows, peer, log.scope)
}

/// Why a peer may not write to a scope, if it may not.
fn refused_scope(rows: &mut dyn Rows, peer: &Peer, scope: Scope) -> Outcome<Option<&'static str>> {
    let site = &peer.site.0;
    let id = &scope.id;
    let shared = |rows: &mut dyn Rows, column: &str| {
        let sql = format!(
            "SELECT count(*) FROM link_share WHERE site = ?1 AND {column} = ?2 \
             AND mine = 1 AND theirs = 1"
        );
        Ok::<bool, Failure>(rows.count(&sql, params![site, id])? > 0)
    };
    let allowed = match scope.kind {
        ScopeKind::Channel => shared(rows, "channel")?,
        ScopeKind::Team => shared(rows, "team")?,
        ScopeKind::TeamMembers => peer.theirs_all && shared(rows, "team")?,
        // Whoever is not known here yet may be the peer's; whoever is, must be.
        ScopeKind::Person => home(rows, scope.id)?.is_none_or(|home| home == Some(peer.site)),
        ScopeKind::Conversation | ScopeKind::Private | ScopeKind::Site => false,
    };
    Ok((!allowed).then_some("a scope that is not shared"))
}

/// Whether a log is of what this side shared until an administrator ended it, of which the peer has
/// not heard: what it had sent by then is no offence.
fn was_ended_here(rows: &mut dyn Rows, peer: &Peer, log: &LogName) -> Outcome<bool> {
    let sql = "SELECT count(*) FROM link_share WHERE site = ?1 AND (channel = ?2 OR team = ?2) \
               AND theirs = 1 AND refused = 1";
    Ok(log.site == peer.site && rows.count(sql, params![&peer.site.0, &log.scope.id])? > 0)
}

/// Where a person is at home, if they are known: at another site, or here.
fn home(rows: &mut dyn Rows, person: Id) -> Outcome<Option<Option<SiteId>>> {
    let sql = "SELECT home FROM account WHERE id = ?1";
    rows.first(sql, params![&person], |row| row.blob(0).try_into().ok().map(SiteId))
}

/// Why some change is not in its author's own name, if one is not: each author is at home at the
/// peer, known as such or introduced by the batch itself.
fn refused_authors(
    rows: &mut dyn Rows,
    peer: &Peer,
    changes: &[Change],
) -> Outcome<Option<String>> {
    let introduced: BTreeSet<Id> = changes
        .iter()
        .filter(|change| change.name.scope.kind == ScopeKind::Person)
        .map(|change| change.name.scope.id)
        .collect();
    let authors: BTreeSet<Id> = changes.iter().map(|change| change.author).collect();
    for author in authors.into_iter().filter(|author| !author.is_none()) {
        let is_theirs = match home(rows, author)? {
            Some(home) => home == Some(peer.site),
            None => introduced.contains(&author),
        };
        if !is_theirs {
            return Ok(Some(format!("a change in the name of {author}, who is not of that site")));
        }
    }
    Ok(None)
}

/// What is held of a log.
fn received(rows: &mut dyn Rows, log: &LogName) -> Outcome<Received> {
    let kind = i64::from(u8::from(log.scope.kind));
    let epoch = i64::from_be_bytes(log.epoch.0.to_be_bytes());
    let found = rows.first(
        "SELECT log.held, log.salts FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.epoch = ?4",
        params![kind, &log.scope.id, &log.site.0, epoch],
        |row| (row.blob(0).to_vec(), row.blob(1).to_vec()),
    )?;
    let Some((held, salts)) = found.filter(|(held, _)| !held.is_empty()) else {
        return Ok(Received::default());
    };
    let held = Held::decode(&held)
        .map_err(|e| Failure::internal(format!("what is held of a log is damaged: {e}")))?;
    Ok(Received { held, salts })
}

/// Takes over some changes of a batch.
pub fn take_slice(work: &mut Work<'_>, changes: &[Change]) -> Outcome<()> {
    changes.iter().try_for_each(|change| work.receive(change).map(drop))
}

/// Takes over the last changes of a batch, and notes that it is held.
pub fn finish(
    work: &mut Work<'_>,
    peer: SiteId,
    number: u64,
    changes: &[Change],
    taken: &Taken,
) -> Outcome<()> {
    take_slice(work, changes)?;
    for (log, received) in &taken.logs {
        work.hold(log, received)?;
    }
    for content in &taken.contents {
        files::want(work, peer, content)?;
    }
    let number = i64::try_from(number).map_err(Failure::internal)?;
    let now = work.now();
    note_clock(work, peer, millis(taken.latest).saturating_sub(now))?;
    let next = work.execute(
        "UPDATE link_peer SET received = ?2, last_contact = ?3 WHERE site = ?1 \
         AND received = ?2 - 1",
        params![&peer.0, number, now],
    )?;
    // What a conversation that broke off had still to write may have come in between.
    if next == 0 {
        return Err(Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.link.number",
            "Another batch of that number was kept meanwhile.",
        ));
    }
    Ok(())
}

/// Notes how far the clock of a peer was ahead when it wrote the latest of what came. Old changes say
/// nothing of what it shows now.
fn note_clock(work: &mut Work<'_>, peer: SiteId, ahead: Millis) -> Outcome<()> {
    let bound = Millis::try_from(DEFAULT_BOUND_MS).map_err(Failure::internal)?;
    if ahead < -bound {
        return Ok(());
    }
    work.execute(
        "UPDATE link_peer SET clock_ahead = ?2 WHERE site = ?1 AND clock_ahead <> ?2",
        params![&peer.0, if ahead > bound { ahead } else { 0 }],
    )?;
    Ok(())
}

/// The number of the newest batch of a peer's that was kept, and all that is held here of its own
/// logs, as they are at one moment. Nothing if the sites are not linked.
pub fn holding(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Option<(u64, Vec<HeldLog>)>> {
    let Some(found) = peer::by_site(rows, peer)? else { return Ok(None) };
    Ok(Some((found.received, held_logs(rows, peer)?)))
}

fn held_logs(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Vec<HeldLog>> {
    let log_of = |row: &dyn Row| {
        let kind = u8::try_from(row.int(0)).ok()?.try_into().ok()?;
        let scope = Scope { kind, id: row.id(1) };
        let epoch = Epoch(u64::from_be_bytes(row.int(2).to_be_bytes()));
        Some(HeldLog::new(scope, epoch, &Held::decode(row.blob(3)).ok()?.ranges()))
    };
    let found = rows.all(
        "SELECT scope.kind, scope.id, log.epoch, log.held FROM log \
         JOIN scope ON scope.key = log.scope_key WHERE log.site = ?1 AND log.held IS NOT NULL",
        params![&peer.0],
        log_of,
    )?;
    Ok(found.into_iter().flatten().filter(|log| !log.ranges.is_empty()).collect())
}
