//! The icons of teams.

use fieldpost_access::{Caller, may_update_team, may_view_team};
use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, FailureKind, Features, Kind,
    Outcome, Rows, RowsExt, Shape, Shown, Work, events, params, stamp_of,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::facts::{self, denied};
use crate::team;

/// The newest word on each team's icon; `content` is `NULL` where it was taken away.
const TABLES: &str = "
CREATE TABLE team_icon (
    team BLOB PRIMARY KEY,
    content BLOB,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL
)";

/// A team's icon was set or taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamIconSet {
    /// The hash of the picture; none for no icon.
    pub content: Option<[u8; 32]>,
}

impl Body for TeamIconSet {
    const KIND: Kind = Kind::new(0x0602);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Team];

    fn shape(&self) -> Shape {
        Shape { contents: self.content.map(Into::into).into_iter().collect(), ..Shape::default() }
    }
}

pub(super) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.replaces(|_: &TeamIconSet, scope, rows| {
        let sql = "SELECT stamp FROM team_icon WHERE team = ?1";
        let standing = rows.first(sql, params![&scope.id], |row| stamp_of(row.int(0)))?;
        Ok(standing.unwrap_or_default())
    });
    features.on(apply_set);
    features.show(show_set);
}

fn apply_set(icon: &TeamIconSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let team = cx.change.name.scope.id;
    if cx.rows.count("SELECT count(*) FROM team WHERE id = ?1", params![&team])? == 0 {
        return Ok(Applied::Waits(team));
    }
    let before = canonical(cx.rows, team)?;
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let newest = cx.rows.execute(
        "INSERT INTO team_icon (team, content, stamp, site) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (team) DO UPDATE SET content = excluded.content, stamp = excluded.stamp, \
         site = excluded.site \
         WHERE (team_icon.stamp, team_icon.site) < (excluded.stamp, excluded.site)",
        params![&team, icon.content.as_ref(), stamp, &cx.change.name.site.0],
    )?;
    if newest > 0 {
        let at = if icon.content.is_some() { cx.written_at() } else { 0 };
        cx.rows.execute(
            "UPDATE team SET icon_at = ?2, update_at = ?3 WHERE id = ?1",
            params![&team, at, cx.now],
        )?;
    }
    let after = canonical(cx.rows, team)?;
    cx.hash.replace(before, after);
    Ok(Applied::Done)
}

fn canonical(rows: &mut dyn Rows, team: Id) -> Outcome<Option<Vec<u8>>> {
    rows.first("SELECT content, stamp FROM team_icon WHERE team = ?1", params![&team], |row| {
        postcard::to_stdvec(&("team icon", team, row.blob(0), row.int(1))).unwrap_or_default()
    })
}

fn show_set(_: &TeamIconSet, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let id = change.name.scope.id;
    let Some(team) = team::by_id(rows, id)? else { return Ok(Shown::default()) };
    let team = serde_json::to_string(&team::sanitized(team, false, false));
    let data = json!({ "team": team.map_err(Failure::internal)? });
    Ok(Event::new(events::UPDATE_TEAM, Audience::team(id), data).into())
}

/// A team's icon and when it was set, if the caller may look at the team.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<([u8; 32], Millis)> {
    let found = facts::team(rows, caller, id)?;
    if found.key == 0 {
        return Err(team::create::no_team());
    }
    // The icons of teams that anybody may join are for everybody who is signed in.
    if !(found.facts.open && found.facts.open_invite) {
        may_view_team(caller, &found.facts).map_err(denied)?;
    }
    let icon = rows.first(
        "SELECT team_icon.content, team.icon_at FROM team_icon \
         JOIN team ON team.id = team_icon.team WHERE team.id = ?1 AND content IS NOT NULL",
        params![&id],
        |row| (row.blob(0).try_into().unwrap_or_default(), row.int(1)),
    )?;
    icon.ok_or_else(no_icon)
}

/// There is no icon.
pub fn no_icon() -> Failure {
    Failure::new(
        FailureKind::NotFound,
        "api.team.get_team_icon.read_file.app_error",
        "Unable to read the team icon.",
    )
}

/// Refuses who may not change a team's icon, before a byte of it is read.
pub fn authorise(rows: &mut dyn Rows, caller: &Caller, id: Id) -> Outcome<()> {
    let found = facts::team(rows, caller, id)?;
    if found.key == 0 {
        return Err(team::create::no_team());
    }
    may_update_team(caller, &found.facts).map_err(denied)
}

/// Sets a team's icon, whose bytes are on disk already, or takes it away.
pub fn set(work: &mut Work<'_>, caller: &Caller, id: Id, content: Option<[u8; 32]>) -> Outcome<()> {
    authorise(work, caller, id)?;
    work.emit(team::scope(id), caller.user, &TeamIconSet { content })?;
    Ok(())
}
