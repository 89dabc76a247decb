//! Previews of a peer: changes that come ahead of their proof. That the peer says them is proved by the
//! line that they come over; all else is judged as of a batch.
//!
//! What is short is short because it rests on what both sides know, and that may differ in honest ways:
//! the peer cannot know of everything that is here. A preview that says something else than its writer
//! meant is known by its check, and passed over: it comes again in a batch.

use fieldpost_kernel::{Features, Outcome, Rows, RowsExt, params};
use fieldpost_log::{Digest, Epoch, Held, LogName, SaltTree, Scope, ScopeKind, Stamp};
use fieldpost_replica::{Head, Known, Run, mark_of_epoch};

use super::{Taken, Verdict, changes_of, home, judged_changes, received, refused_log, was_ended};
use crate::names::{self, Space};
use crate::{Peer, logs, writers};

/// The check over the leaves of some changes.
pub(crate) fn check_of(leaves: &[Digest]) -> [u8; 4] {
    let mut check = [0; 4];
    for leaf in leaves {
        check.iter_mut().zip(leaf.as_bytes()).for_each(|(sum, byte)| *sum ^= byte);
    }
    check
}

/// Looks up what a preview of a peer's rests on. Instead of that a verdict, if the preview may not
/// be, or does not fit what is known here.
pub fn place(rows: &mut dyn Rows, peer: &Peer, head: &Head) -> Outcome<Result<Known, Verdict>> {
    let log = match log_of(rows, peer, head)?.as_slice() {
        [] => return Ok(Err(refuse("a preview of a log that is not held"))),
        [log] => *log,
        _ => return Ok(Err(Verdict::OutOfStep)),
    };
    if let Some(why) = refused_log(rows, peer, &log)? {
        let is_ended = was_ended(rows, peer, &log, true)?;
        return Ok(Err(if is_ended { Verdict::OutOfStep } else { refuse(why) }));
    }
    let held = received(rows, &log)?.held;
    let Some(base) = base_of(&held, head.base) else { return Ok(Err(Verdict::OutOfStep)) };
    let Some(stamp) = stamp(rows, &log, base)? else { return Ok(Err(Verdict::OutOfStep)) };
    let mut known = Known { logs: vec![log], people: Vec::new(), base, stamp };
    let all = logs::of_all(rows, log.scope)?;
    for mark in &head.logs {
        let mut named = all.iter().filter(|log| mark.names(&mark_of_epoch(log.epoch)));
        match (named.next(), named.next()) {
            (Some(log), None) => known.logs.push(*log),
            _ => return Ok(Err(Verdict::OutOfStep)),
        }
    }
    let own = head.own.iter().map(|mark| (Space::People(Some(peer.site)), mark));
    for (space, mark) in own.chain(head.others.iter().map(|mark| (Space::People(None), mark))) {
        match names::named(rows, space, mark)?.as_slice() {
            [person] => known.people.push(*person),
            _ => return Ok(Err(Verdict::OutOfStep)),
        }
    }
    Ok(Ok(known))
}

/// Judges the changes of a preview of a peer's.
pub fn judge_preview(
    rows: &mut dyn Rows,
    features: &Features,
    peer: &Peer,
    run: Run,
    check: [u8; 4],
) -> Outcome<Verdict> {
    let log = run.log;
    let salts = received(rows, &log)?.salts;
    let Ok(mut tree) = SaltTree::decode_secret(&salts) else { return Ok(Verdict::OutOfStep) };
    let changes = changes_of(log, run.first, run.entries);
    let leaves: Option<Vec<Digest>> = changes.iter().map(|one| one.leaf(&mut tree)).collect();
    if leaves.is_none_or(|leaves| check_of(&leaves) != check) {
        return Ok(Verdict::OutOfStep);
    }
    // It may have been ended since it was looked up.
    if let Some(why) = refused_log(rows, peer, &log)? {
        let is_ended = was_ended(rows, peer, &log, true)?;
        return Ok(if is_ended { Verdict::OutOfStep } else { refuse(why) });
    }
    // Nobody is introduced by what is not proved.
    for change in changes.iter().filter(|change| !change.author.is_none()) {
        if home(rows, change.author)? != Some(Some(peer.site)) {
            let author = change.author;
            let why = format!("a preview in the name of {author}, who is not of that site");
            return Ok(Verdict::Refuse(why));
        }
    }
    // It is noted when it comes in a batch.
    if !writers::judge(rows, features, &changes)?.refused.is_empty() {
        return Ok(Verdict::OutOfStep);
    }
    judged_changes(rows, features, (peer, None), Taken { changes, ..Taken::default() })
}

fn refuse(why: &str) -> Verdict {
    Verdict::Refuse(why.to_owned())
}

/// The logs of a peer that a preview may be of, as far as something is held of them.
fn log_of(rows: &mut dyn Rows, peer: &Peer, head: &Head) -> Outcome<Vec<LogName>> {
    let kind = if head.is_conversation { ScopeKind::Conversation } else { ScopeKind::Channel };
    let [from, to] = names::bounds(&head.scope);
    let found = rows.all(
        "SELECT scope.id, log.epoch FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id >= ?2 AND scope.id <= ?3 AND log.site = ?4 \
         AND log.held IS NOT NULL",
        params![i64::from(u8::from(kind)), &from, &to, &peer.site.0],
        |row| LogName {
            site: peer.site,
            epoch: Epoch(u64::from_be_bytes(row.int(1).to_be_bytes())),
            scope: Scope::new(kind, row.id(0)),
        },
    )?;
    let is_named = |log: &LogName| head.epoch.names(&mark_of_epoch(log.epoch));
    Ok(found.into_iter().filter(is_named).collect())
}

/// The newest change that is held of a log and whose sequence ends so.
fn base_of(held: &Held, lowest: u8) -> Option<u64> {
    let newest = held.frontier().size().checked_sub(1)?;
    let back = newest.to_le_bytes()[0].wrapping_sub(lowest);
    let base = newest.checked_sub(back.into())?;
    held.ranges().contains(base).then_some(base)
}

fn stamp(rows: &mut dyn Rows, log: &LogName, sequence: u64) -> Outcome<Option<Stamp>> {
    let of_scope = logs::of_scope(rows, log.site, log.scope)?;
    let Some(log) = of_scope.into_iter().find(|found| found.name == *log) else { return Ok(None) };
    let stamp = logs::stamp(rows, &log, sequence)?;
    Ok((stamp != Stamp(0)).then_some(stamp))
}
