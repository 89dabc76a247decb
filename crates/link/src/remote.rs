//! Links as clients of the API know them: remote clusters, and channels shared with them.

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, RemoteCluster, RemoteClusterInfo, SharedChannel, SharedChannelRemote};

/// Which links are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query {
    /// Only those that share a channel.
    pub in_channel: Id,
    /// Only those that do not share a channel.
    pub not_in_channel: Id,
}

/// Which shares of a link are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shares {
    /// Those, too, that only one side shares.
    pub unconfirmed: bool,
    /// None that both sides share.
    pub without_confirmed: bool,
    /// None of channels that were made here.
    pub without_home: bool,
    /// None of channels that were made elsewhere.
    pub without_remote: bool,
}

fn require_any(caller: &Caller) -> Outcome<()> {
    require_system(caller, Permission::ManageSecureConnections)
        .or_else(|denied| {
            require_system(caller, Permission::ManageSharedChannels).map_err(|_| denied)
        })
        .map_err(|denied| Failure::forbidden(denied.permission.name()))
}

/// There is no such link, as far as the caller may know.
pub fn no_remote() -> Failure {
    Failure::not_found("api.remote_cluster.get.not_found", "This site is not linked with that one.")
}

const COLUMNS: &str = "link_peer.site, link_peer.name, link_peer.address, link_peer.linked_at, \
    link_peer.last_contact";

fn cluster_of(row: &dyn Row) -> RemoteCluster {
    RemoteCluster {
        remote_id: row.id(0),
        name: row.text(1).to_owned(),
        display_name: row.text(1).to_owned(),
        site_url: row.text(2).to_owned(),
        create_at: row.int(3),
        last_ping_at: row.int(4),
        ..RemoteCluster::default()
    }
}

fn info_of(row: &dyn Row) -> RemoteClusterInfo {
    let RemoteCluster { remote_id, name, display_name, create_at, last_ping_at, .. } =
        cluster_of(row);
    RemoteClusterInfo { remote_id, name, display_name, create_at, delete_at: 0, last_ping_at }
}

/// The sites that this one is linked with, by name.
pub fn all(rows: &mut dyn Rows, caller: &Caller, query: Query) -> Outcome<Vec<RemoteCluster>> {
    require_any(caller)?;
    let sharing = "EXISTS (SELECT 1 FROM link_share s WHERE s.site = link_peer.site \
                   AND s.mine = 1 AND s.channel = ";
    let sql = format!(
        "SELECT {COLUMNS} FROM link_peer WHERE (?1 = CAST(?3 AS BLOB) OR {sharing} ?1)) \
         AND (?2 = CAST(?3 AS BLOB) OR NOT {sharing} ?2)) ORDER BY link_peer.name"
    );
    let values = params![&query.in_channel, &query.not_in_channel, &Id::NONE];
    rows.all(&sql, values, cluster_of)
}

/// A site that this one is linked with.
pub fn one(rows: &mut dyn Rows, caller: &Caller, remote: Id) -> Outcome<RemoteCluster> {
    require_any(caller)?;
    let sql = format!("SELECT {COLUMNS} FROM link_peer WHERE link_peer.site = ?1");
    rows.first(&sql, params![&remote], cluster_of)?.ok_or_else(no_remote)
}

/// What somebody may know of a site: whoever is in a channel that is shared with it, or with the one that
/// passes its changes on.
pub fn info(rows: &mut dyn Rows, caller: &Caller, remote: Id) -> Outcome<RemoteClusterInfo> {
    let sql = format!("SELECT {COLUMNS} FROM link_peer WHERE link_peer.site = ?1");
    let linked = rows.first(&sql, params![&remote], info_of)?.map(|info| (info, remote));
    let found = match linked {
        Some(linked) => Some(linked),
        None => introduced(rows, remote)?,
    };
    let (info, through) = found.ok_or_else(no_remote)?;
    if require_any(caller).is_err() {
        let shared = rows.count(
            "SELECT count(*) FROM link_share s JOIN channel ON channel.id = s.channel \
             JOIN channel_member m ON m.channel_key = channel.key AND m.left_at = 0 \
             JOIN account ON account.key = m.account_key \
             WHERE s.site = ?1 AND s.mine = 1 AND account.id = ?2",
            params![&through, &caller.user],
        )?;
        if shared == 0 {
            return Err(no_remote());
        }
    }
    Ok(info)
}

/// A site with which this one is not linked, and the one that has introduced it.
fn introduced(rows: &mut dyn Rows, remote: Id) -> Outcome<Option<(RemoteClusterInfo, Id)>> {
    let sql = "SELECT name, via FROM link_known WHERE site = ?1 AND via IS NOT NULL";
    rows.first(sql, params![&remote], |row| {
        let (name, display_name) = (row.text(0).to_owned(), row.text(0).to_owned());
        let (create_at, delete_at, last_ping_at) = (0, 0, 0);
        let info = RemoteClusterInfo {
            remote_id: remote,
            name,
            display_name,
            create_at,
            delete_at,
            last_ping_at,
        };
        (info, row.id(1))
    })
}

/// The sites with which a channel is shared. Whether somebody may know is decided by the caller.
pub fn of_channel(rows: &mut dyn Rows, channel: Id) -> Outcome<Vec<RemoteClusterInfo>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM link_share s JOIN link_peer ON link_peer.site = s.site \
         WHERE s.channel = ?1 AND s.mine = 1 ORDER BY link_peer.name"
    );
    let mut found = rows.all(&sql, params![&channel], info_of)?;
    if let Some(site) = crate::direct::across(rows, channel)? {
        let sql = format!("SELECT {COLUMNS} FROM link_peer WHERE link_peer.site = ?1");
        found.extend(rows.first(&sql, params![&site.0], info_of)?);
    }
    Ok(found)
}

/// A page of a team's channels that are shared with some site, by display name.
pub fn channels_of_team(
    rows: &mut dyn Rows,
    own: SiteId,
    team: Id,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<SharedChannel>> {
    rows.all(
        "SELECT channel.id, team.id, channel.home, channel.name, channel.display_name, \
         channel.purpose, channel.header, channel.creator, channel.create_at, channel.update_at, \
         EXISTS (SELECT 1 FROM link_writers w WHERE w.channel = channel.id AND w.reads = 1) \
         FROM channel JOIN team ON team.key = channel.team_key \
         WHERE team.id = ?1 AND channel.delete_at = 0 AND EXISTS (SELECT 1 FROM link_share s \
         WHERE s.channel = channel.id AND s.mine = 1) \
         ORDER BY LOWER(channel.display_name), channel.key LIMIT ?2 OFFSET ?3",
        params![&team, limit, offset],
        |row| {
            let home = row.blob(2) == own.0;
            SharedChannel {
                id: row.id(0),
                team_id: row.id(1),
                home,
                readonly: row.flag(10),
                name: row.text(3).to_owned(),
                display_name: row.text(4).to_owned(),
                purpose: row.text(5).to_owned(),
                header: row.text(6).to_owned(),
                creator_id: row.id(7),
                create_at: row.int(8),
                update_at: row.int(9),
                remote_id: if home { Id::NONE } else { row.id(2) },
            }
        },
    )
}

/// The id of the share of a channel with a site: the same whenever it is asked for.
fn name_of(remote: Id, channel: Id) -> Id {
    let mut bytes = *remote.as_bytes();
    bytes.iter_mut().zip(channel.as_bytes()).for_each(|(byte, other)| *byte ^= other);
    Id::from_bytes(bytes)
}

/// A page of what is shared with a site.
pub fn shares(
    rows: &mut dyn Rows,
    caller: &Caller,
    (own, remote): (SiteId, Id),
    which: Shares,
    (offset, limit): (i64, i64),
) -> Outcome<Vec<SharedChannelRemote>> {
    one(rows, caller, remote)?;
    rows.all(
        "SELECT s.channel, s.offered_at, s.theirs FROM link_share s \
         LEFT JOIN channel ON channel.id = s.channel WHERE s.site = ?1 AND s.mine = 1 \
         AND (?2 = 1 OR s.theirs = 1) AND (?3 = 0 OR s.theirs = 0) \
         AND (?4 = 0 OR channel.home IS NULL OR channel.home <> ?6) \
         AND (?5 = 0 OR channel.home = ?6) ORDER BY s.channel LIMIT ?7 OFFSET ?8",
        params![
            &remote,
            which.unconfirmed || which.without_confirmed,
            which.without_confirmed,
            which.without_home,
            which.without_remote,
            &own.0,
            limit,
            offset,
        ],
        |row| SharedChannelRemote {
            id: name_of(remote, row.id(0)),
            channel_id: row.id(0),
            create_at: row.int(1),
            update_at: row.int(1),
            is_invite_accepted: row.flag(2),
            is_invite_confirmed: row.flag(2),
            remote_id: remote,
            ..SharedChannelRemote::default()
        },
    )
}
