//! Taking over what was judged.

use fieldpost_kernel::{
    Change, Content, Failure, FailureKind, Outcome, Received, Rows, Work, millis, params,
};
use fieldpost_log::clock::DEFAULT_BOUND_MS;
use fieldpost_log::{LogName, NotProved, SaltTree, SiteId};
use fieldpost_model::Millis;

use super::{Proved, Signed, Taken, received_alone};
use crate::{files, logs, peer, relay, writers};

/// What a batch was judged by is not what is held any more.
pub const MOVED_ON: &str = "api.fieldpost.link.moved_on";

/// Fails if something newer is known by now of who writes where these changes of a batch stand.
///
/// # Errors
/// [`MOVED_ON`].
pub fn require_same_writers(work: &mut Work<'_>, changes: &[Change], taken: &Taken) -> Outcome<()> {
    if writers::is_overtaken(work, &taken.writers, changes)? {
        return Err(moved_on("Somebody else writes in a channel by now."));
    }
    Ok(())
}

fn moved_on(why: &'static str) -> Failure {
    Failure::new(FailureKind::Conflict, MOVED_ON, why)
}

/// Takes over some changes of a batch; gives how many were not here.
pub fn take_slice(work: &mut Work<'_>, changes: &[Change]) -> Outcome<u64> {
    let mut new = 0;
    for change in changes {
        new += u64::from(work.receive(change)?);
    }
    Ok(new)
}

/// Takes over the last changes of a batch of a bundle; gives how many were not here.
pub fn finish_apart(
    work: &mut Work<'_>,
    peer: SiteId,
    changes: &[Change],
    taken: &Taken,
) -> Outcome<u64> {
    let new = take_slice(work, changes)?;
    writers::note_refused(work, peer, taken.left_out.keys())?;
    want(work, peer, &taken.contents)?;
    Ok(new)
}

/// Notes that what changes refer to is to be fetched.
fn want(work: &mut Work<'_>, peer: SiteId, contents: &[Content]) -> Outcome<()> {
    if contents.is_empty() {
        return Ok(());
    }
    let policy = peer::by_site(work, peer)?.map(|peer| peer.files).unwrap_or_default();
    contents.iter().try_for_each(|content| files::want(work, peer, &policy, content))
}

/// Takes what a bundle proved of a log, of which all was taken over, together with what is held.
pub fn hold(work: &mut Work<'_>, log: &LogName, bundled: &Proved) -> Outcome<()> {
    let here = received_alone(work, log)?;
    // What cannot be placed comes again over a link.
    absorb(work, log, here, &bundled.after).map(drop)
}

/// Keeps what a bundle holds of what was signed.
pub fn keep_signed(work: &mut Work<'_>, signed: &Signed) -> Outcome<()> {
    relay::keep(work, &signed.statements, &signed.signed)
}

/// Takes two accounts of one log together, if they can be; gives whether.
fn absorb(
    work: &mut Work<'_>,
    log: &LogName,
    mut here: Received,
    other: &Received,
) -> Outcome<bool> {
    if here.salts.is_empty() {
        here.salts.clone_from(&other.salts);
    }
    let mut tree = SaltTree::decode_secret(&here.salts)
        .map_err(|e| Failure::internal(format!("a log's salts are damaged: {e}")))?;
    let of_scope = logs::of_scope(work, log.site, log.scope)?;
    let own = of_scope.into_iter().find(|found| found.name == *log);
    let absorbed = here.held.absorb(&other.held, |range| match &own {
        Some(own) => logs::leaves(work, own, &range, &mut tree),
        None => Ok(Vec::new()),
    })?;
    match absorbed {
        Ok(()) => work.hold(log, &here).map(|()| true),
        Err(NotProved::OutOfStep) => Ok(false),
        Err(NotProved::False) => Err(Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.link.two_histories",
            "The bundle tells another history than the one that came before. The other site was \
             perhaps put back from a copy of its data, without `fieldpost restore`.",
        )),
    }
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
    writers::note_refused(work, peer, taken.left_out.keys())?;
    for (log, proved) in &taken.logs {
        let here = received_alone(work, log)?;
        // Another peer may have passed on some of the same log meanwhile.
        if here.held == proved.before.held {
            work.hold(log, &proved.after)?;
        } else if !absorb(work, log, here, &proved.after)? {
            return Err(moved_on("Another site has passed on more of the same meanwhile."));
        }
    }
    relay::keep(work, &taken.statements, &taken.signed)?;
    let filled = taken.logs.iter().map(|(name, _)| *name);
    let filled = filled.filter(|name| !taken.signed.contains_key(name));
    relay::note_moved(work, &filled.collect::<Vec<_>>())?;
    want(work, peer, &taken.contents)?;
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
