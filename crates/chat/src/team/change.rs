//! What can happen to a team, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Features, Kind, Membership, Outcome, Rows,
    RowsExt, Shown, params,
};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A team was made. Its id is its scope's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamFounded {
    /// The name in addresses.
    pub name: String,
    /// The name people read.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Whether of type `O`.
    pub open: bool,
    /// Whether anybody may join.
    pub open_invite: bool,
    /// Mail domains of those who may join.
    pub allowed_domains: String,
    /// When it was made.
    pub create_at: Millis,
}

impl Body for TeamFounded {
    const KIND: Kind = Kind::new(0x0201);
}

/// What only this site knows of a team: its founder's address and the secret of its invitation
/// link. Filed in the site's own scope under the team's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamInvite {
    /// The founder's address.
    pub email: String,
    /// The secret.
    pub invite_id: String,
}

impl Body for TeamInvite {
    const KIND: Kind = Kind::new(0x0202);
}

/// A person belongs to a team, with these roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberSet {
    /// Who.
    pub person: Id,
    /// Whether a guest; an ordinary member otherwise.
    pub guest: bool,
    /// Whether an administrator of the team.
    pub admin: bool,
    /// Roles given by name.
    pub explicit_roles: String,
}

impl Body for TeamMemberSet {
    const KIND: Kind = Kind::new(0x0203);
}

/// A person no longer belongs to a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberLeft {
    /// Who.
    pub person: Id,
}

impl Body for TeamMemberLeft {
    const KIND: Kind = Kind::new(0x0204);
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_founded);
    features.on(apply_invite);
    features.on(apply_member_set);
    features.on(apply_member_left);
    features.show(show_member_set);
    features.show(show_member_left);
}

fn apply_founded(team: &TeamFounded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let home = cx.change.name.site.0;
    let before = canonical(cx.rows, id)?;
    cx.rows.execute(
        "INSERT INTO team (id, name, display_name, description, kind, open_invite, \
         allowed_domains, email, create_at, update_at, home) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING",
        params![
            &id,
            &team.name,
            &team.display_name,
            &team.description,
            if team.open { "O" } else { "I" },
            team.open_invite,
            &team.allowed_domains,
            team.create_at,
            cx.now,
            &home,
        ],
    )?;
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(before, after);
    cx.created.push(id);
    Ok(Applied::Done)
}

/// The replicated fields of a team, in the form that is hashed.
fn canonical(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT name, display_name, description, kind, open_invite, allowed_domains, create_at, \
         delete_at FROM team WHERE id = ?1",
        params![&id],
        |row| {
            let texts = [row.text(0), row.text(1), row.text(2), row.text(3), row.text(5)];
            postcard::to_stdvec(&("team", id, texts, row.flag(4), row.int(6), row.int(7)))
                .unwrap_or_default()
        },
    )
}

fn apply_invite(invite: &TeamInvite, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let team = cx.change.name.scope.id;
    let touched = cx.rows.execute(
        "UPDATE team SET email = ?2, invite_id = ?3 WHERE id = ?1",
        params![&team, &invite.email, &invite.invite_id],
    )?;
    Ok(if touched == 0 { Applied::Waits(team) } else { Applied::Done })
}

/// What a membership change writes, whichever of the two it is.
struct Place<'a> {
    person: Id,
    guest: bool,
    admin: bool,
    explicit_roles: &'a str,
    left_at: Millis,
}

fn apply_member_set(set: &TeamMemberSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let place = Place {
        person: set.person,
        guest: set.guest,
        admin: set.admin,
        explicit_roles: &set.explicit_roles,
        left_at: 0,
    };
    apply_place(&place, cx)
}

fn apply_member_left(left: &TeamMemberLeft, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let left_at = cx.written_at();
    let place =
        Place { person: left.person, guest: false, admin: false, explicit_roles: "", left_at };
    apply_place(&place, cx)
}

/// The newest write stands; on the same stamp an end of membership does.
fn apply_place(place: &Place<'_>, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let team = cx.change.name.scope.id;
    for (table, id) in [("team", team), ("account", place.person)] {
        let sql = format!("SELECT count(*) FROM {table} WHERE id = ?1");
        if cx.rows.count(&sql, params![&id])? == 0 {
            return Ok(Applied::Waits(id));
        }
    }
    let before = canonical_place(cx.rows, team, place.person)?;
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let site = cx.change.name.site.0;
    cx.rows.execute(
        "INSERT INTO team_member (team_key, account_key, scheme_guest, scheme_user, \
         scheme_admin, explicit_roles, create_at, delete_at, stamp, site) \
         SELECT team.key, account.key, CAST(?3 AS BIGINT), 1 - CAST(?3 AS BIGINT), ?4, CAST(?5 AS TEXT), ?6, ?7, ?8, CAST(?9 AS BLOB) \
         FROM team, account WHERE team.id = ?1 AND account.id = ?2 \
         ON CONFLICT (team_key, account_key) DO UPDATE SET scheme_guest = excluded.scheme_guest, \
         scheme_user = excluded.scheme_user, scheme_admin = excluded.scheme_admin, \
         explicit_roles = excluded.explicit_roles, delete_at = excluded.delete_at, \
         stamp = excluded.stamp, site = excluded.site \
         WHERE (team_member.stamp, team_member.site) < (excluded.stamp, excluded.site)",
        params![
            &team,
            &place.person,
            place.guest,
            place.admin,
            place.explicit_roles,
            cx.written_at(),
            place.left_at,
            stamp,
            &site,
        ],
    )?;
    let after = canonical_place(cx.rows, team, place.person)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

fn canonical_place(rows: &mut dyn Rows, team: Id, person: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT m.scheme_guest, m.scheme_admin, m.explicit_roles, m.delete_at FROM team_member m \
         JOIN team ON team.key = m.team_key JOIN account ON account.key = m.account_key \
         WHERE team.id = ?1 AND account.id = ?2",
        params![&team, &person],
        |row| {
            let roles = (row.flag(0), row.flag(1), row.text(2));
            postcard::to_stdvec(&("team member", team, person, roles, row.int(3)))
                .unwrap_or_default()
        },
    )
}

fn show_member_set(set: &TeamMemberSet, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    let team = change.name.scope.id;
    let data = json!({ "team_id": team, "user_id": set.person });
    Ok(Shown {
        joined: vec![Membership::JoinedTeam(team, set.person)],
        events: vec![Event::new("added_to_team", Audience::user(set.person), data)],
        left: Vec::new(),
    })
}

fn show_member_left(left: &TeamMemberLeft, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    let team = change.name.scope.id;
    let data = json!({ "team_id": team, "user_id": left.person });
    let others = Audience::team(team).except(&[left.person]);
    Ok(Shown {
        joined: Vec::new(),
        events: vec![
            Event::new("leave_team", others, data.clone()),
            Event::new("leave_team", Audience::user(left.person), data),
        ],
        left: vec![Membership::LeftTeam(team, left.person)],
    })
}
