//! Places in channels: who belongs, as what, as the changes leave it.
//!
//! Belonging and roles are decided apart, each by its newest write: a promotion never brings back
//! somebody who left meanwhile at another site.

use fieldpost_kernel::{Applied, Applying, Features, Outcome, Rows, RowsExt, params, stamp_of};
use fieldpost_log::Stamp;
use fieldpost_model::{Id, Millis};
use sha1::{Digest, Sha1};

use super::{MemberJoined, MemberLeft, MemberRoles, convert};
use crate::grant::may_grant;

/// `read_key` is the newest post, in order of arrival here, that the person has seen: a post that
/// arrives late from another site is unread although it is old. A membership that ended keeps its
/// row, with `left_at`, so that an older change cannot bring it back. `follows_threads` says whether
/// every thread of the channel is followed, as `notify_props` do, so that the few who chose that are
/// found without reading everybody's.
const TABLES: &str = "
CREATE TABLE channel_member (
    channel_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    scheme_guest INTEGER NOT NULL,
    scheme_user INTEGER NOT NULL,
    scheme_admin INTEGER NOT NULL,
    explicit_roles TEXT NOT NULL,
    read_key INTEGER NOT NULL DEFAULT 0,
    last_viewed_at INTEGER NOT NULL DEFAULT 0,
    msg_count INTEGER NOT NULL DEFAULT 0,
    msg_count_root INTEGER NOT NULL DEFAULT 0,
    mention_count INTEGER NOT NULL DEFAULT 0,
    mention_count_root INTEGER NOT NULL DEFAULT 0,
    urgent_mention_count INTEGER NOT NULL DEFAULT 0,
    notify_props TEXT NOT NULL DEFAULT '',
    follows_threads INTEGER NOT NULL DEFAULT 0,
    last_update_at INTEGER NOT NULL,
    left_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    role_stamp INTEGER NOT NULL,
    role_site BLOB NOT NULL,
    PRIMARY KEY (channel_key, account_key)
);
CREATE INDEX channel_member_account ON channel_member (account_key);
CREATE INDEX channel_member_follows ON channel_member (channel_key) WHERE follows_threads = 1";

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|joined: &MemberJoined, scope, rows| {
        let (belonging, roles) = standing(rows, scope.id, joined.person)?;
        Ok(belonging.max(roles))
    });
    features
        .replaces(|left: &MemberLeft, scope, rows| Ok(standing(rows, scope.id, left.person)?.0));
    features
        .replaces(|roles: &MemberRoles, scope, rows| Ok(standing(rows, scope.id, roles.person)?.1));
    features.on(apply_joined);
    features.on(apply_left);
    features.on(apply_roles);
}

/// Names a person's place in a channel, for changes that wait until it exists.
pub(super) fn place_id(channel: Id, person: Id) -> Id {
    let mut digest = Sha1::new();
    digest.update(b"place");
    digest.update(channel.as_bytes());
    digest.update(person.as_bytes());
    Id::from_slice(&digest.finalize()[..16])
}

/// A change's place in the order of writes.
fn version(cx: &Applying<'_>) -> (i64, [u8; 16]) {
    (i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()), cx.change.name.site.0)
}

fn apply_joined(joined: &MemberJoined, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let channel = cx.change.name.scope.id;
    if let Some(missing) = missing(cx.rows, channel, joined.person)? {
        return Ok(Applied::Waits(missing));
    }
    let before = canonical(cx.rows, channel, joined.person)?;
    set_belonging(cx, joined.person, 0)?;
    let roles = MemberRoles {
        person: joined.person,
        guest: joined.guest,
        admin: joined.admin,
        explicit_roles: joined.explicit_roles.clone(),
    };
    set_roles(cx, &roles)?;
    let after = canonical(cx.rows, channel, joined.person)?;
    cx.hash.replace(before, after);
    super::across::settle(cx)?;
    cx.created.push(place_id(channel, joined.person));
    Ok(Applied::Done)
}

fn apply_left(left: &MemberLeft, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let channel = cx.change.name.scope.id;
    if let Some(missing) = missing(cx.rows, channel, left.person)? {
        return Ok(Applied::Waits(missing));
    }
    // Nobody leaves a conversation before it became a channel.
    if let Some(conversion) = convert::awaited(cx)? {
        return Ok(Applied::Waits(conversion));
    }
    let before = canonical(cx.rows, channel, left.person)?;
    set_belonging(cx, left.person, cx.written_at())?;
    crate::thread::member::forget(cx.rows, channel, left.person)?;
    let after = canonical(cx.rows, channel, left.person)?;
    cx.hash.replace(before, after);
    cx.created.push(place_id(channel, left.person));
    Ok(Applied::Done)
}

fn apply_roles(roles: &MemberRoles, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let channel = cx.change.name.scope.id;
    if !is_known(cx.rows, channel, roles.person)? {
        return Ok(Applied::Waits(place_id(channel, roles.person)));
    }
    let before = canonical(cx.rows, channel, roles.person)?;
    set_roles(cx, roles)?;
    let after = canonical(cx.rows, channel, roles.person)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

/// What a place hangs on and has not arrived, if anything.
fn missing(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<Option<Id>> {
    for (table, id) in [("channel", channel), ("account", person)] {
        let sql = format!("SELECT count(*) FROM {table} WHERE id = ?1");
        if rows.count(&sql, params![&id])? == 0 {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The newest write stands. Whoever comes back after leaving starts from scratch: nothing read,
/// nothing counted.
fn set_belonging(cx: &mut Applying<'_>, person: Id, left_at: Millis) -> Outcome<()> {
    let (stamp, site) = version(cx);
    let channel = cx.change.name.scope.id;
    cx.rows.execute(
        "INSERT INTO channel_member (channel_key, account_key, scheme_guest, scheme_user, \
         scheme_admin, explicit_roles, last_update_at, left_at, stamp, site, role_stamp, role_site) \
         SELECT channel.key, account.key, 0, 1, 0, '', CAST(?3 AS BIGINT), CAST(?4 AS BIGINT), \
         CAST(?5 AS BIGINT), CAST(?6 AS BLOB), 0, CAST(?7 AS BLOB) \
         FROM channel, account WHERE channel.id = ?1 AND account.id = ?2 \
         ON CONFLICT (channel_key, account_key) DO UPDATE SET \
         read_key = CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.read_key END, \
         last_viewed_at = \
           CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.last_viewed_at END, \
         msg_count = CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.msg_count END, \
         msg_count_root = \
           CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.msg_count_root END, \
         mention_count = \
           CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.mention_count END, \
         mention_count_root = \
           CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.mention_count_root END, \
         urgent_mention_count = \
           CASE WHEN excluded.left_at > 0 THEN 0 ELSE channel_member.urgent_mention_count END, \
         last_update_at = excluded.last_update_at, left_at = excluded.left_at, \
         stamp = excluded.stamp, site = excluded.site \
         WHERE (channel_member.stamp, channel_member.site) < (excluded.stamp, excluded.site)",
        params![&channel, &person, cx.now, left_at, stamp, &site, &[0u8; 16]],
    )?;
    Ok(())
}

fn set_roles(cx: &mut Applying<'_>, roles: &MemberRoles) -> Outcome<()> {
    if !may_grant(cx, "channel", roles.person)? {
        return Ok(());
    }
    let (stamp, site) = version(cx);
    let channel = cx.change.name.scope.id;
    cx.rows.execute(
        "UPDATE channel_member SET scheme_guest = ?3, scheme_user = ?4, scheme_admin = ?5, \
         explicit_roles = ?6, role_stamp = ?7, role_site = ?8, last_update_at = ?9 \
         WHERE channel_key = (SELECT key FROM channel WHERE id = ?1) \
         AND account_key = (SELECT key FROM account WHERE id = ?2) \
         AND (role_stamp, role_site) < (?7, ?8)",
        params![
            &channel,
            &roles.person,
            roles.guest,
            !roles.guest,
            roles.admin,
            &roles.explicit_roles,
            stamp,
            &site,
            cx.now,
        ],
    )?;
    Ok(())
}

/// The stamps by which a person's belonging and their roles were written last.
fn standing(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<(Stamp, Stamp)> {
    let found = rows.first(
        "SELECT m.stamp, m.role_stamp FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         JOIN account ON account.key = m.account_key WHERE channel.id = ?1 AND account.id = ?2",
        params![&channel, &person],
        |row| (stamp_of(row.int(0)), stamp_of(row.int(1))),
    )?;
    Ok(found.unwrap_or_default())
}

/// Whether there is a place, be it one that somebody left.
fn is_known(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<bool> {
    let found = rows.count(
        "SELECT count(*) FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         JOIN account ON account.key = m.account_key WHERE channel.id = ?1 AND account.id = ?2",
        params![&channel, &person],
    )?;
    Ok(found > 0)
}

/// The replicated fields of a place, in the form that is hashed. One that somebody left is none.
fn canonical(rows: &mut dyn Rows, channel: Id, person: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT m.scheme_guest, m.scheme_admin, m.explicit_roles \
         FROM channel_member m JOIN channel ON channel.key = m.channel_key \
         JOIN account ON account.key = m.account_key WHERE channel.id = ?1 AND account.id = ?2 \
         AND m.left_at = 0",
        params![&channel, &person],
        |row| {
            let roles = (row.flag(0), row.flag(1), row.text(2));
            postcard::to_stdvec(&("channel member", channel, person, roles)).unwrap_or_default()
        },
    )
}
