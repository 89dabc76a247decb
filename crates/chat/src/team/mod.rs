//! Teams: the outermost places people share.

mod change;
pub mod create;
pub mod find;
pub mod invite;
pub mod member;
mod place;
mod property;
pub mod role;
pub mod update;

use fieldpost_kernel::{Features, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Team, TeamMember};

pub use self::change::{TeamFounded, TeamInvite, TeamMemberLeft, TeamMemberRoles, TeamMemberSet};
pub use self::property::{TeamArchived, TeamPatched};

/// `invite_id` grants access: it is random and never leaves this site. `slug` is the name that the
/// team was founded with; `name`, by which it is reached here, differs where another team had that
/// name already.
const TABLES: &str = "
CREATE TABLE team (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    slug TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    open_invite INTEGER NOT NULL,
    allowed_domains TEXT NOT NULL,
    company_name TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL,
    invite_id TEXT NOT NULL DEFAULT '',
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    icon_at INTEGER NOT NULL DEFAULT 0,
    home BLOB NOT NULL
);
CREATE INDEX team_invite ON team (invite_id) WHERE invite_id <> ''";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    place::register(features);
    change::register(features);
    property::register(features);
}

/// The scope of a team's public properties.
pub fn scope(team: Id) -> Scope {
    Scope::new(ScopeKind::Team, team)
}

/// The scope of who belongs to a team.
pub fn members_scope(team: Id) -> Scope {
    Scope::new(ScopeKind::TeamMembers, team)
}

/// The columns of a team, for [`team_of`].
const COLUMNS: &str = "team.id, team.name, team.display_name, team.description, team.kind, \
    team.open_invite, team.allowed_domains, team.email, team.invite_id, team.create_at, \
    team.update_at, team.delete_at, team.icon_at, team.company_name";

fn team_of(row: &dyn Row) -> Team {
    Team {
        id: row.id(0),
        name: row.text(1).to_owned(),
        display_name: row.text(2).to_owned(),
        description: row.text(3).to_owned(),
        kind: row.text(4).to_owned(),
        allow_open_invite: row.flag(5),
        allowed_domains: row.text(6).to_owned(),
        email: row.text(7).to_owned(),
        invite_id: row.text(8).to_owned(),
        create_at: row.int(9),
        update_at: row.int(10),
        delete_at: row.int(11),
        last_team_icon_update: row.int(12),
        company_name: row.text(13).to_owned(),
        ..Team::default()
    }
}

/// A team, whole; what a viewer may see of it is for the caller to decide.
pub fn by_id(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Team>> {
    rows.first(&format!("SELECT {COLUMNS} FROM team WHERE id = ?1"), params![&id], team_of)
}

/// The team of a name.
pub fn by_name(rows: &mut dyn Rows, name: &str) -> Outcome<Option<Team>> {
    rows.first(
        &format!("SELECT {COLUMNS} FROM team WHERE name = ?1"),
        params![&name.to_lowercase()],
        team_of,
    )
}

/// The live teams a person belongs to, by name.
pub fn of_person(rows: &mut dyn Rows, person: Id) -> Outcome<Vec<Team>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM team_member m JOIN team ON team.key = m.team_key \
         JOIN account ON account.key = m.account_key \
         WHERE account.id = ?1 AND m.delete_at = 0 AND team.delete_at = 0 ORDER BY LOWER(team.display_name)"
    );
    rows.all(&sql, params![&person], team_of)
}

/// The team as people see it who may neither manage it nor invite to it.
#[must_use]
pub fn sanitized(mut team: Team, may_manage: bool, may_invite: bool) -> Team {
    if !may_manage {
        team.email.clear();
    }
    if !may_invite {
        team.invite_id.clear();
    }
    team
}

/// The columns of a membership, for [`member_of`].
const MEMBER: &str = "team.id, account.id, m.explicit_roles, m.scheme_guest, m.scheme_user, \
    m.scheme_admin, m.delete_at";

const MEMBER_FROM: &str = "FROM team_member m JOIN team ON team.key = m.team_key \
    JOIN account ON account.key = m.account_key";

fn member_of(row: &dyn Row) -> TeamMember {
    let roles = crate::facts::membership(row, 2);
    let left = row.int(6);
    TeamMember {
        team_id: row.id(0),
        user_id: row.id(1),
        roles: if left == 0 {
            roles.names(&fieldpost_access::SchemeRoles::TEAM)
        } else {
            String::new()
        },
        delete_at: left,
        scheme_guest: roles.scheme_guest && left == 0,
        scheme_user: roles.scheme_user && left == 0,
        scheme_admin: roles.scheme_admin && left == 0,
        explicit_roles: if left == 0 { roles.explicit.to_owned() } else { String::new() },
    }
}

/// A person's membership of a team, ended ones included.
pub fn member(rows: &mut dyn Rows, team: Id, person: Id) -> Outcome<Option<TeamMember>> {
    let sql = format!("SELECT {MEMBER} {MEMBER_FROM} WHERE team.id = ?1 AND account.id = ?2");
    rows.first(&sql, params![&team, &person], member_of)
}

/// A person's live memberships.
pub fn memberships(rows: &mut dyn Rows, person: Id) -> Outcome<Vec<TeamMember>> {
    let sql = format!(
        "SELECT {MEMBER} {MEMBER_FROM} \
         WHERE account.id = ?1 AND m.delete_at = 0 AND team.delete_at = 0 ORDER BY team.key"
    );
    rows.all(&sql, params![&person], member_of)
}

/// How many people of this site have an account that is not deactivated; bots are not people.
pub fn active_people(rows: &mut dyn Rows) -> Outcome<i64> {
    rows.count(
        "SELECT count(*) FROM account WHERE delete_at = 0 AND is_bot = 0 AND home IS NULL",
        &[],
    )
}

/// A page of a team's members.
pub fn members(rows: &mut dyn Rows, team: Id, offset: i64, limit: i64) -> Outcome<Vec<TeamMember>> {
    let sql = format!(
        "SELECT {MEMBER} {MEMBER_FROM} WHERE team.id = ?1 AND m.delete_at = 0 \
         ORDER BY account.username LIMIT ?2 OFFSET ?3"
    );
    rows.all(&sql, params![&team, limit, offset], member_of)
}
