//! Where messages are: which of the sites that share a channel are known to have what was written here.

use std::collections::HashMap;

use fieldpost_kernel::{Outcome, Rows, RowsExt, params};
use fieldpost_log::{Ranges, SiteId};
use fieldpost_model::Id;

use crate::outgoing::held_by;
use crate::{peer, status};

/// Where a message is that was written at this site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whereabouts {
    /// Which.
    pub post: Id,
    /// Each site that shares its channel, by what it is called here and in that order, and whether
    /// it is known to have the message.
    pub sites: Vec<(String, bool)>,
}

/// Where those of some posts of a channel are that were written at this site, for somebody who is in
/// the channel. A site that shares the channel and has not said so yet is known to have nothing.
///
/// # Errors
/// If whoever asks is not in the channel.
pub fn whereabouts(
    rows: &mut dyn Rows,
    own: SiteId,
    (channel, person): (Id, Id),
    posts: &[Id],
) -> Outcome<Vec<Whereabouts>> {
    let sharing = status::sharing(rows, channel, person)?;
    if sharing.is_empty() {
        return Ok(Vec::new());
    }
    let mut peers = peer::all(rows)?;
    peers.retain(|peer| sharing.contains(&peer.site));
    let mut held = Vec::new();
    for peer in peers {
        held.push((peer.name, held_by(rows, peer.site)?));
    }
    let places = places(rows, own, channel, posts)?;
    Ok(places.into_iter().map(|place| at(&held, place)).collect())
}

fn at(
    held: &[(String, HashMap<i64, Ranges>)],
    (post, log, sequence): (Id, i64, u64),
) -> Whereabouts {
    let has = |logs: &HashMap<i64, Ranges>| {
        logs.get(&log).is_some_and(|ranges| ranges.contains(sequence))
    };
    Whereabouts { post, sites: held.iter().map(|(name, logs)| (name.clone(), has(logs))).collect() }
}

/// In which log of this site, and where in it, some posts of a channel were made.
fn places(
    rows: &mut dyn Rows,
    own: SiteId,
    channel: Id,
    posts: &[Id],
) -> Outcome<Vec<(Id, i64, u64)>> {
    let list: Vec<_> = posts.iter().map(Into::into).collect();
    rows.all_in(
        "SELECT post.id, change.log_key, change.sequence FROM post \
         JOIN channel ON channel.key = post.channel_key \
         JOIN change ON change.position = post.position JOIN log ON log.key = change.log_key \
         WHERE channel.id = ?1 AND log.site = ?2 AND post.id IN ({in})",
        params![&channel, &own.0],
        &list,
        |row| (row.id(0), row.int(1), row.int(2).unsigned_abs()),
    )
}
