//! Places in teams: who belongs, as what, as the changes leave it.
//!
//! Belonging and roles are decided apart, each by its newest write: a promotion never brings back
//! somebody who left meanwhile at another site.

use fieldpost_kernel::{Applied, Applying, Features, Outcome, Rows, RowsExt, params, stamp_of};
use fieldpost_log::Stamp;
use fieldpost_model::{Id, Millis};
use sha1::{Digest, Sha1};

use super::{TeamMemberLeft, TeamMemberRoles, TeamMemberSet};
use crate::grant::may_grant;

/// A membership that ended keeps its row, with `delete_at`, so that an older change cannot bring
/// it back.
const TABLES: &str = "
CREATE TABLE team_member (
    team_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    scheme_guest INTEGER NOT NULL,
    scheme_user INTEGER NOT NULL,
    scheme_admin INTEGER NOT NULL,
    explicit_roles TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    role_stamp INTEGER NOT NULL,
    role_site BLOB NOT NULL,
    PRIMARY KEY (team_key, account_key)
);
CREATE INDEX team_member_account ON team_member (account_key)";

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|joined: &TeamMemberSet, scope, rows| {
        let (belonging, roles) = standing(rows, scope.id, joined.person)?;
        Ok(belonging.max(roles))
    });
    features.replaces(|left: &TeamMemberLeft, scope, rows| {
        Ok(standing(rows, scope.id, left.person)?.0)
    });
    features.replaces(|roles: &TeamMemberRoles, scope, rows| {
        Ok(standing(rows, scope.id, roles.person)?.1)
    });
    features.on(apply_set);
    features.on(apply_left);
    features.on(apply_roles);
}

/// Names a person's place in a team, for changes that wait until it exists.
fn place_id(team: Id, person: Id) -> Id {
    let mut digest = Sha1::new();
    digest.update(b"team place");
    digest.update(team.as_bytes());
    digest.update(person.as_bytes());
    Id::from_slice(&digest.finalize()[..16])
}

/// A change's place in the order of writes.
fn version(cx: &Applying<'_>) -> (i64, [u8; 16]) {
    (i64::from_be_bytes(cx.change.stamp.0.to_be_bytes()), cx.change.name.site.0)
}

fn apply_set(set: &TeamMemberSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let team = cx.change.name.scope.id;
    if let Some(missing) = missing(cx.rows, team, set.person)? {
        return Ok(Applied::Waits(missing));
    }
    let before = canonical(cx.rows, team, set.person)?;
    set_belonging(cx, set.person, 0)?;
    let roles = TeamMemberRoles {
        person: set.person,
        guest: set.guest,
        admin: set.admin,
        explicit_roles: set.explicit_roles.clone(),
    };
    set_roles(cx, &roles)?;
    let after = canonical(cx.rows, team, set.person)?;
    cx.hash.replace(before, after);
    cx.created.push(place_id(team, set.person));
    Ok(Applied::Done)
}

fn apply_left(left: &TeamMemberLeft, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let team = cx.change.name.scope.id;
    if let Some(missing) = missing(cx.rows, team, left.person)? {
        return Ok(Applied::Waits(missing));
    }
    let before = canonical(cx.rows, team, left.person)?;
    set_belonging(cx, left.person, cx.written_at())?;
    let after = canonical(cx.rows, team, left.person)?;
    cx.hash.replace(before, after);
    cx.created.push(place_id(team, left.person));
    Ok(Applied::Done)
}

fn apply_roles(roles: &TeamMemberRoles, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let team = cx.change.name.scope.id;
    if !is_known(cx.rows, team, roles.person)? {
        return Ok(Applied::Waits(place_id(team, roles.person)));
    }
    let before = canonical(cx.rows, team, roles.person)?;
    set_roles(cx, roles)?;
    let after = canonical(cx.rows, team, roles.person)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

/// What a place hangs on and has not arrived, if anything.
fn missing(rows: &mut dyn Rows, team: Id, person: Id) -> Outcome<Option<Id>> {
    for (table, id) in [("team", team), ("account", person)] {
        let sql = format!("SELECT count(*) FROM {table} WHERE id = ?1");
        if rows.count(&sql, params![&id])? == 0 {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The newest write stands.
fn set_belonging(cx: &mut Applying<'_>, person: Id, left_at: Millis) -> Outcome<()> {
    let (stamp, site) = version(cx);
    let team = cx.change.name.scope.id;
    cx.rows.execute(
        "INSERT INTO team_member (team_key, account_key, scheme_guest, scheme_user, \
         scheme_admin, explicit_roles, create_at, delete_at, stamp, site, role_stamp, role_site) \
         SELECT team.key, account.key, 0, 1, 0, '', CAST(?3 AS BIGINT), CAST(?4 AS BIGINT), \
         CAST(?5 AS BIGINT), CAST(?6 AS BLOB), 0, CAST(?7 AS BLOB) \
         FROM team, account WHERE team.id = ?1 AND account.id = ?2 \
         ON CONFLICT (team_key, account_key) DO UPDATE SET delete_at = excluded.delete_at, \
         stamp = excluded.stamp, site = excluded.site \
         WHERE (team_member.stamp, team_member.site) < (excluded.stamp, excluded.site)",
        params![&team, &person, cx.written_at(), left_at, stamp, &site, &[0u8; 16]],
    )?;
    Ok(())
}

fn set_roles(cx: &mut Applying<'_>, roles: &TeamMemberRoles) -> Outcome<()> {
    if !may_grant(cx, "team", roles.person)? {
        return Ok(());
    }
    let (stamp, site) = version(cx);
    let team = cx.change.name.scope.id;
    cx.rows.execute(
        "UPDATE team_member SET scheme_guest = ?3, scheme_user = ?4, scheme_admin = ?5, \
         explicit_roles = ?6, role_stamp = ?7, role_site = ?8 \
         WHERE team_key = (SELECT key FROM team WHERE id = ?1) \
         AND account_key = (SELECT key FROM account WHERE id = ?2) \
         AND (role_stamp, role_site) < (?7, ?8)",
        params![
            &team,
            &roles.person,
            roles.guest,
            !roles.guest,
            roles.admin,
            &roles.explicit_roles,
            stamp,
            &site,
        ],
    )?;
    Ok(())
}

/// The stamps by which a person's belonging and their roles were written last.
fn standing(rows: &mut dyn Rows, team: Id, person: Id) -> Outcome<(Stamp, Stamp)> {
    let found = rows.first(
        "SELECT m.stamp, m.role_stamp FROM team_member m JOIN team ON team.key = m.team_key \
         JOIN account ON account.key = m.account_key WHERE team.id = ?1 AND account.id = ?2",
        params![&team, &person],
        |row| (stamp_of(row.int(0)), stamp_of(row.int(1))),
    )?;
    Ok(found.unwrap_or_default())
}

/// Whether there is a place, be it one that somebody left.
fn is_known(rows: &mut dyn Rows, team: Id, person: Id) -> Outcome<bool> {
    let found = rows.count(
        "SELECT count(*) FROM team_member m JOIN team ON team.key = m.team_key \
         JOIN account ON account.key = m.account_key WHERE team.id = ?1 AND account.id = ?2",
        params![&team, &person],
    )?;
    Ok(found > 0)
}

/// The replicated fields of a place, in the form that is hashed. One that somebody left is none.
fn canonical(rows: &mut dyn Rows, team: Id, person: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT m.scheme_guest, m.scheme_admin, m.explicit_roles FROM team_member m \
         JOIN team ON team.key = m.team_key JOIN account ON account.key = m.account_key \
         WHERE team.id = ?1 AND account.id = ?2 \
         AND m.delete_at = 0",
        params![&team, &person],
        |row| {
            let roles = (row.flag(0), row.flag(1), row.text(2));
            postcard::to_stdvec(&("team member", team, person, roles)).unwrap_or_default()
        },
    )
}
