//! What of a team may change: its texts, who may join it, whether it is archived.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, Features, Kind, Outcome,
    Rows, RowsExt, Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::Millis;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::change::canonical;
use crate::register::{Field, standing, wins};

/// Some properties of a team were written. Each is decided by itself, so that two sites that
/// changed different ones while apart keep both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TeamPatched {
    /// The name people read.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether of type `O`.
    pub open: Option<bool>,
    /// Whether anybody may join.
    pub open_invite: Option<bool>,
    /// Mail domains of those who may join.
    pub allowed_domains: Option<String>,
    /// An unused text, kept for its readers.
    pub company_name: Option<String>,
}

impl Body for TeamPatched {
    const KIND: Kind = Kind::new(0x0206);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Team];

    fn fits(&self) -> bool {
        self.display_name.iter().all(|name| at_most(name, 64))
            && self.description.iter().all(|text| text.len() <= 255)
            && self.allowed_domains.iter().all(|text| text.len() <= 500)
            && self.company_name.iter().all(|text| text.len() <= 64)
    }
}

impl TeamPatched {
    /// The columns of texts that are written, each with what is.
    fn texts(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("display_name", self.display_name.as_deref()),
            ("description", self.description.as_deref()),
            ("kind", self.open.map(|open| if open { "O" } else { "I" })),
            ("allowed_domains", self.allowed_domains.as_deref()),
            ("company_name", self.company_name.as_deref()),
        ];
        all.into_iter().filter_map(|(column, written)| Some((column, written?))).collect()
    }
}

/// A team was archived, or brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamArchived {
    /// When; 0 for brought back.
    pub at: Millis,
}

impl Body for TeamArchived {
    const KIND: Kind = Kind::new(0x0207);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Team];
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|patch: &TeamPatched, scope, rows| {
        let mut fields: Vec<&str> = patch.texts().into_iter().map(|(column, _)| column).collect();
        fields.extend(patch.open_invite.map(|_| "open_invite"));
        standing(rows, scope.id, &fields)
    });
    features.replaces(|_: &TeamArchived, scope, rows| standing(rows, scope.id, &["delete_at"]));
    features.on(apply_patched);
    features.on(apply_archived);
    features.show(show_patched);
    features.show(show_archived);
}

fn apply_patched(patch: &TeamPatched, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let Some(before) = canonical(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    for (column, written) in patch.texts() {
        let sql = format!("SELECT {column} FROM team WHERE id = ?1");
        let current =
            cx.rows.first(&sql, params![&id], |row| row.text(0).to_owned())?.unwrap_or_default();
        if wins(cx, &Field { entity: id, name: column, current: &current, written })? {
            let sql = format!("UPDATE team SET {column} = ?2 WHERE id = ?1");
            cx.rows.execute(&sql, params![&id, written])?;
        }
    }
    if let Some(written) = patch.open_invite {
        write_number(cx, "open_invite", i64::from(written))?;
    }
    settle(cx, before)
}

fn apply_archived(archived: &TeamArchived, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let Some(before) = canonical(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    write_number(cx, "delete_at", archived.at)?;
    settle(cx, before)
}

/// Writes one column of a number, if this is its newest write.
fn write_number(cx: &mut Applying<'_>, column: &'static str, written: i64) -> Outcome<()> {
    let id = cx.change.name.scope.id;
    let sql = format!("SELECT {column} FROM team WHERE id = ?1");
    let current = cx.rows.count(&sql, params![&id])?.to_string();
    let field =
        Field { entity: id, name: column, current: &current, written: &written.to_string() };
    if wins(cx, &field)? {
        let sql = format!("UPDATE team SET {column} = ?2 WHERE id = ?1");
        cx.rows.execute(&sql, params![&id, written])?;
    }
    Ok(())
}

fn settle(cx: &mut Applying<'_>, before: Vec<u8>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    cx.rows.execute("UPDATE team SET update_at = ?2 WHERE id = ?1", params![&id, cx.now])?;
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(Some(before), after);
    Ok(Applied::Done)
}

/// Members are told of the team as those see it who neither manage it nor invite to it.
fn told(name: EventName, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let id = change.name.scope.id;
    let Some(team) = super::by_id(rows, id)? else { return Ok(Shown::default()) };
    let team = super::sanitized(team, false, false);
    let team = serde_json::to_string(&team).map_err(Failure::internal)?;
    Ok(Event::new(name, Audience::team(id), json!({ "team": team })).into())
}

fn show_patched(_: &TeamPatched, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    told(events::UPDATE_TEAM, change, rows)
}

fn show_archived(archived: &TeamArchived, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    told(if archived.at == 0 { events::RESTORE_TEAM } else { events::DELETE_TEAM }, change, rows)
}
