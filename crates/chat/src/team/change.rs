//! What can happen to a team, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Membership, Outcome,
    Rows, RowsExt, Shape, Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
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
    const WITHIN: &[ScopeKind] = &[ScopeKind::Team];

    fn fits(&self) -> bool {
        at_most(&self.name, 64)
            && at_most(&self.display_name, 64)
            && self.description.len() <= 255
            && self.allowed_domains.len() <= 500
    }
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
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
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
    const WITHIN: &[ScopeKind] = &[ScopeKind::TeamMembers];

    fn shape(&self) -> Shape {
        Shape { people: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.explicit_roles, 1024)
    }
}

/// A person no longer belongs to a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberLeft {
    /// Who.
    pub person: Id,
}

impl Body for TeamMemberLeft {
    const KIND: Kind = Kind::new(0x0204);
    const WITHIN: &[ScopeKind] = &[ScopeKind::TeamMembers];

    fn shape(&self) -> Shape {
        Shape { people: vec![self.person], ..Shape::default() }
    }
}

/// A member of a team has these roles. It makes nobody a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMemberRoles {
    /// Who.
    pub person: Id,
    /// Whether a guest; an ordinary member otherwise.
    pub guest: bool,
    /// Whether an administrator of the team.
    pub admin: bool,
    /// Roles given by name.
    pub explicit_roles: String,
}

impl Body for TeamMemberRoles {
    const KIND: Kind = Kind::new(0x0205);
    const WITHIN: &[ScopeKind] = &[ScopeKind::TeamMembers];

    fn shape(&self) -> Shape {
        Shape { people: vec![self.person], ..Shape::default() }
    }

    fn fits(&self) -> bool {
        at_most(&self.explicit_roles, 1024)
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_founded);
    features.on(apply_invite);
    features.show(show_member_set);
    features.show(show_member_left);
    features.show(show_member_roles);
}

fn apply_founded(team: &TeamFounded, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let home = cx.change.name.site.0;
    let before = canonical(cx.rows, id)?;
    let name = free_name(cx, &team.name)?;
    cx.rows.execute(
        "INSERT INTO team (id, name, slug, display_name, description, kind, open_invite, \
         allowed_domains, email, create_at, update_at, home) \
         VALUES (?1, ?2, ?11, ?3, ?4, ?5, ?6, ?7, '', ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING",
        params![
            &id,
            &name,
            &team.display_name,
            &team.description,
            if team.open { "O" } else { "I" },
            team.open_invite,
            &team.allowed_domains,
            team.create_at,
            cx.now,
            &home,
            &team.name,
        ],
    )?;
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(before, after);
    cx.created.push(id);
    Ok(Applied::Done)
}

/// The name by which a team is reached here: its own, unless another team has that one; two sites
/// may have given one name to two teams. Local, so it is no part of what is hashed.
fn free_name(cx: &mut Applying<'_>, slug: &str) -> Outcome<String> {
    let id = cx.change.name.scope.id;
    let taken = cx
        .rows
        .count("SELECT count(*) FROM team WHERE name = ?1 AND id <> ?2", params![slug, &id])?;
    let beginning: String = id.to_string().chars().take(NAME_CHARS).collect();
    Ok(if taken == 0 { slug.to_owned() } else { format!("{slug}-{beginning}") })
}

/// How many characters of a team's id stand behind a name that another team has.
const NAME_CHARS: usize = 8;

/// The replicated fields of a team, in the form that is hashed.
pub(super) fn canonical(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first(
        "SELECT slug, display_name, description, kind, open_invite, allowed_domains, create_at, \
         delete_at, company_name FROM team WHERE id = ?1",
        params![&id],
        |row| {
            let texts =
                [row.text(0), row.text(1), row.text(2), row.text(3), row.text(5), row.text(8)];
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

fn show_member_set(set: &TeamMemberSet, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    let team = change.name.scope.id;
    let data = json!({ "team_id": team, "user_id": set.person });
    Ok(Shown {
        joined: vec![Membership::JoinedTeam(team, set.person)],
        events: vec![Event::new(events::ADDED_TO_TEAM, Audience::user(set.person), data)],
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
            Event::new(events::LEAVE_TEAM, others, data.clone()),
            Event::new(events::LEAVE_TEAM, Audience::user(left.person), data),
        ],
        left: vec![Membership::LeftTeam(team, left.person)],
    })
}

fn show_member_roles(
    roles: &TeamMemberRoles,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let found = super::member(rows, change.name.scope.id, roles.person)?;
    let Some(member) = found.filter(|member| member.delete_at == 0) else {
        return Ok(Shown::default());
    };
    let member = serde_json::to_string(&member).map_err(Failure::internal)?;
    let own = Audience::user(roles.person);
    Ok(Event::new(events::MEMBERROLE_UPDATED, own, json!({ "member": member })).into())
}
