//! How a link is: what is shared over it, and whether both sides have the same.

use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{SiteId, StateHash};
use fieldpost_model::Id;

use crate::writers;

/// A channel that passes a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Which.
    pub channel: Id,
    /// Its name, as `team:channel`; its id until its making has come.
    pub name: String,
    /// The digest of its state here.
    pub state: [u8; 32],
    /// The digest of its state there, as it was told last.
    pub peer_state: Option<[u8; 32]>,
    /// Whether the other side shares it too; it does not pass before.
    pub mutual: bool,
    /// The site that made it; none until its making has come.
    pub maker: Option<SiteId>,
    /// Whether this site only reads it ([`writers`]).
    pub reads: bool,
    /// Whether the other side only reads it.
    pub peer_reads: bool,
}

/// The channels that this side shares with a peer, by name.
pub fn shared(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Vec<Shared>> {
    let mut found = rows.all(
        "SELECT s.channel, team.name, channel.name, scope.state_hash, s.state, s.theirs, \
         EXISTS (SELECT 1 FROM link_writers w WHERE w.channel = s.channel AND w.reads = 1), \
         channel.home \
         FROM link_share s LEFT JOIN channel ON channel.id = s.channel \
         LEFT JOIN team ON team.key = channel.team_key \
         LEFT JOIN scope ON scope.kind = 1 AND scope.id = s.channel \
         WHERE s.site = ?1 AND s.mine = 1",
        params![&peer.0],
        shared_of,
    )?;
    for shared in &mut found {
        shared.peer_reads = writers::only_reads(rows, shared.channel, peer)?;
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn shared_of(row: &dyn Row) -> Shared {
    let name = if row.is_null(2) {
        row.id(0).to_string()
    } else {
        format!("{}:{}", row.text(1), row.text(2))
    };
    let state = StateHash::decode(row.blob(3)).unwrap_or_default();
    Shared {
        channel: row.id(0),
        name,
        state: *state.digest().as_bytes(),
        peer_state: row.blob(4).try_into().ok(),
        mutual: row.flag(5),
        maker: row.blob(7).try_into().ok().map(SiteId),
        reads: row.flag(6),
        peer_reads: false,
    }
}

/// The states of the channels that pass a link, to be told to the peer.
pub fn states(rows: &mut dyn Rows, peer: SiteId) -> Outcome<Vec<(Id, [u8; 32])>> {
    let shared = shared(rows, peer)?;
    Ok(shared.into_iter().filter(|s| s.mutual).map(|s| (s.channel, s.state)).collect())
}

/// Notes what the peer said of the states of channels there.
pub fn note_states(work: &mut Work<'_>, peer: SiteId, states: &[(Id, [u8; 32])]) -> Outcome<()> {
    for (channel, state) in states {
        work.execute(
            "UPDATE link_share SET state = ?3 WHERE site = ?1 AND channel = ?2",
            params![&peer.0, channel, state],
        )?;
    }
    Ok(())
}

/// The peers that share a channel with this site, if somebody is in the channel who asks.
pub fn sharing(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<Vec<SiteId>> {
    let member = rows.count(
        "SELECT count(*) FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         JOIN account ON account.key = m.account_key \
         WHERE channel.id = ?1 AND account.id = ?2 AND m.left_at = 0",
        params![&channel, &person],
    )?;
    if member == 0 {
        return Err(Failure::forbidden("read_channel"));
    }
    let found = rows.all(
        "SELECT site FROM link_share WHERE channel = ?1 AND mine = 1 AND theirs = 1",
        params![&channel],
        |row| row.blob(0).try_into().ok().map(SiteId),
    )?;
    let across = crate::direct::across(rows, channel)?;
    Ok(found.into_iter().flatten().chain(across).collect())
}
