//! Taking back a message before it has left: no other site ever hears of it.

use std::collections::{BTreeSet, HashMap};

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Change, Failure, FailureKind, Features, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::{Ranges, Scope, ScopeKind, SiteId};
use fieldpost_model::Id;

use crate::logs::{self, Log};
use crate::outgoing::held_anywhere;
use crate::passage::{self, ChangesWithheld, Passage, pairs_of};

/// Changes that are looked at in one go.
const SLICE: u64 = 1024;

/// A message, and all that went with it when it was deleted.
struct Gathered {
    scope: Scope,
    /// It, and the replies to it.
    posts: BTreeSet<Id>,
    /// Where they and their files were made: in a log of this site's, or elsewhere.
    made: Vec<(i64, u64)>,
    is_ours: bool,
}

/// Deletes a message of this site that waits for a link, and withholds every change that speaks of
/// it, its files and the replies to it: none of them is ever sent. `delete` does the deleting, and
/// refuses whoever may not.
///
/// # Errors
/// What `delete` says, and if the channel is shared with nobody, or anything of all this was put on
/// its way already.
pub fn withdraw(
    work: &mut Work<'_>,
    features: &Features,
    (own, caller): (SiteId, &Caller),
    post: Id,
    delete: impl FnOnce(&mut Work<'_>) -> Outcome<()>,
) -> Outcome<()> {
    delete(work)?;
    let gathered = gather(work, own, post)?.filter(|gathered| gathered.is_ours);
    let Some(gathered) = gathered else { return Err(sent_already()) };
    let logs = logs::as_written(work, own, gathered.scope)?;
    // What is elsewhere, as a file that was first in another channel, leaves by itself.
    if gathered.made.iter().any(|(key, _)| !logs.iter().any(|log| log.key == *key)) {
        return Err(sent_already());
    }
    let mut left = HashMap::new();
    for log in &logs {
        left.insert(log.key, left_of(work, log.key)?);
    }
    // Before all that was said since is looked through.
    if gathered.made.iter().any(|(key, at)| left.get(key).is_some_and(|gone| gone.contains(*at))) {
        return Err(sent_already());
    }
    if !is_shared(work, gathered.scope)? {
        return Err(Failure::invalid(
            "api.fieldpost.link.not_queued",
            "This message waits for no link. Delete it instead.",
        ));
    }
    let mut withheld = Vec::new();
    for log in logs {
        let gone = left.remove(&log.key).unwrap_or_default();
        let found = speaking(work, features, &log, &gathered)?;
        if found.minus(&gone) != found {
            return Err(sent_already());
        }
        if !found.is_empty() {
            withheld.push((log, found));
        }
    }
    for (log, found) in withheld {
        let of = log.name.scope;
        let body = ChangesWithheld { of, epoch: log.name.epoch.0, changes: pairs_of(&found) };
        work.emit(Scope::new(ScopeKind::Site, of.id), caller.user, &body)?;
    }
    Ok(())
}

/// What has left of a log: what was noted to, and what another site is known to hold, of which a site
/// that was put back from a backup has no note.
fn left_of(work: &mut Work<'_>, log: i64) -> Outcome<Ranges> {
    let Passage { mut gone, .. } = passage::hold(work, log)?;
    held_anywhere(work, log)?.iter().for_each(|held| gone.merge(held));
    Ok(gone)
}

fn sent_already() -> Failure {
    Failure::new(
        FailureKind::TooLate,
        "api.fieldpost.link.sent_already",
        "It is on its way already; delete it instead.",
    )
}

/// Whether what is said in a channel or conversation is for another site, too.
fn is_shared(rows: &mut dyn Rows, scope: Scope) -> Outcome<bool> {
    let sharing = rows.count(
        "SELECT (SELECT count(*) FROM link_share s WHERE s.channel = ?1 AND s.mine = 1) + \
         (SELECT count(*) FROM channel c WHERE c.id = ?1 AND c.across IS NOT NULL)",
        params![&scope.id],
    )?;
    Ok(sharing > 0)
}

fn gather(rows: &mut dyn Rows, own: SiteId, post: Id) -> Outcome<Option<Gathered>> {
    let Some(maker) = logs::maker(rows, post)? else { return Ok(None) };
    let ids = rows.all(
        "SELECT reply.id FROM post reply JOIN post root ON reply.root_key = root.key \
         WHERE root.id = ?1 AND reply.root_key > 0",
        params![&post],
        |row| row.id(0),
    )?;
    let posts: BTreeSet<Id> = ids.into_iter().chain([post]).collect();
    let list: Vec<_> = posts.iter().map(Into::into).collect();
    let place = |row: &dyn fieldpost_kernel::Row| {
        let is_ours = row.blob(2) == own.0;
        (row.int(0), row.int(1).unsigned_abs(), is_ours)
    };
    let mut made = rows.all_in(
        "SELECT change.log_key, change.sequence, log.site FROM post \
         JOIN change ON change.position = post.position JOIN log ON log.key = change.log_key \
         WHERE post.id IN ({in})",
        &[],
        &list,
        place,
    )?;
    // A file that a message outside of all this has, too, goes with that.
    let files = rows.all_in(
        "SELECT change.log_key, change.sequence, log.site FROM post \
         JOIN attachment ON attachment.post_key = post.key \
         JOIN file ON file.id = attachment.file AND file.account_key = post.account_key \
         JOIN change ON change.position = file.position JOIN log ON log.key = change.log_key \
         WHERE post.id IN ({in}) AND NOT EXISTS (SELECT 1 FROM attachment other \
           JOIN post living ON living.key = other.post_key \
           WHERE other.file = attachment.file AND living.delete_at = 0)",
        &[],
        &list,
        place,
    )?;
    made.extend(files);
    let is_ours = made.iter().all(|(_, _, is_ours)| *is_ours);
    let made = made.into_iter().map(|(log, sequence, _)| (log, sequence)).collect();
    Ok(Some(Gathered { scope: maker.log.scope, posts, made, is_ours }))
}

/// Which changes of a log speak of what was gathered, or made it.
fn speaking(
    rows: &mut dyn Rows,
    features: &Features,
    log: &Log,
    gathered: &Gathered,
) -> Outcome<Ranges> {
    let mut found = Ranges::default();
    let here = gathered.made.iter().filter(|(key, _)| *key == log.key);
    here.for_each(|(_, sequence)| found.insert(*sequence..sequence + 1));
    // Whatever speaks of a post stands behind its making, in its log or in a later one.
    let firsts: HashMap<i64, u64> = gathered.firsts();
    let Some(oldest) = firsts.keys().min() else { return Ok(found) };
    if log.key < *oldest {
        return Ok(found);
    }
    let mut next = firsts.get(&log.key).copied().unwrap_or(0);
    while next < log.size {
        let until = log.size.min(next + SLICE);
        for change in logs::changes(rows, log, &(next..until))? {
            if gathered.is_meant(features, &change) {
                found.insert(change.name.sequence..change.name.sequence + 1);
            }
        }
        next = until;
    }
    Ok(found)
}

impl Gathered {
    /// The first change of each log that made something.
    fn firsts(&self) -> HashMap<i64, u64> {
        let mut firsts = HashMap::new();
        for (log, sequence) in &self.made {
            let first = firsts.entry(*log).or_insert(*sequence);
            *first = (*first).min(*sequence);
        }
        firsts
    }

    fn is_meant(&self, features: &Features, change: &Change) -> bool {
        features.shape(change).posts.iter().any(|post| self.posts.contains(post))
    }
}
