//! What of a channel may change: its names and texts, who may find it, whether it is archived.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Features, Kind, Outcome, Rows, RowsExt,
    Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{Channel, ChannelType, Millis};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::change::canonical;
use crate::register::{Field, standing, wins};

/// Some properties of a channel were written. Each is decided by itself, so that two sites that
/// changed different ones while apart keep both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChannelPatched {
    /// Open or private.
    pub kind: Option<ChannelType>,
    /// The name in addresses.
    pub name: Option<String>,
    /// The name people read.
    pub display_name: Option<String>,
    /// The line under the title.
    pub header: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
}

impl Body for ChannelPatched {
    const KIND: Kind = Kind::new(0x0302);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];

    fn fits(&self) -> bool {
        let names = self.name.iter().chain(&self.display_name);
        names.into_iter().all(|name| at_most(name, 64))
            && self.header.iter().all(|text| at_most(text, 1024))
            && self.purpose.iter().all(|text| at_most(text, 250))
    }
}

impl ChannelPatched {
    /// The columns that are written, each with what is.
    fn columns(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("kind", self.kind.map(ChannelType::letter)),
            ("name", self.name.as_deref()),
            ("display_name", self.display_name.as_deref()),
            ("header", self.header.as_deref()),
            ("purpose", self.purpose.as_deref()),
        ];
        all.into_iter().filter_map(|(column, written)| Some((column, written?))).collect()
    }
}

/// A channel was archived, or brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelArchived {
    /// When; 0 for brought back.
    pub at: Millis,
}

impl Body for ChannelArchived {
    const KIND: Kind = Kind::new(0x0303);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
}

/// Somebody said who may find a channel, be it as before. The property itself was written just
/// before; this tells the team, after the notice in the channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelConverted {}

impl Body for ChannelConverted {
    const KIND: Kind = Kind::new(0x0304);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Channel, ScopeKind::Conversation];
}

pub(super) fn register(features: &mut Features) {
    features.replaces(|patch: &ChannelPatched, scope, rows| {
        let fields: Vec<&str> = patch.columns().into_iter().map(|(column, _)| column).collect();
        standing(rows, scope.id, &fields)
    });
    features.replaces(|_: &ChannelArchived, scope, rows| standing(rows, scope.id, &["delete_at"]));
    features.on(apply_patched);
    features.on(apply_archived);
    features.on(apply_converted);
    features.show(show_patched);
    features.show(show_archived);
    features.show(show_converted);
}

fn apply_patched(patch: &ChannelPatched, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let Some(before) = canonical(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    // A channel stays one. Of a conversation this, and what it is called in addresses, is said once it
    // became one.
    let own = super::scope_of(cx.rows, id)? == cx.change.name.scope;
    let kind = patch.kind.filter(|kind| own && kind.is_team());
    if (kind.is_some() || patch.name.is_some())
        && let Some(conversion) = super::convert::awaited(cx)?
    {
        return Ok(Applied::Waits(conversion));
    }
    for (column, written) in (ChannelPatched { kind, ..patch.clone() }).columns() {
        write(cx, column, written)?;
    }
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(Some(before), after);
    Ok(Applied::Done)
}

/// Writes one text column, if this is its newest write.
pub(super) fn write(cx: &mut Applying<'_>, column: &'static str, written: &str) -> Outcome<()> {
    let id = cx.change.name.scope.id;
    let sql = format!("SELECT {column} FROM channel WHERE id = ?1");
    let current =
        cx.rows.first(&sql, params![&id], |row| row.text(0).to_owned())?.unwrap_or_default();
    if wins(cx, &Field { entity: id, name: column, current: &current, written })? {
        let sql = format!("UPDATE channel SET {column} = ?2, update_at = ?3 WHERE id = ?1");
        cx.rows.execute(&sql, params![&id, written, cx.now])?;
    }
    Ok(())
}

fn apply_archived(archived: &ChannelArchived, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let Some(before) = canonical(cx.rows, id)? else { return Ok(Applied::Waits(id)) };
    if let Some(conversion) = super::convert::awaited(cx)? {
        return Ok(Applied::Waits(conversion));
    }
    let current = cx.rows.count("SELECT delete_at FROM channel WHERE id = ?1", params![&id])?;
    let field = Field {
        entity: id,
        name: "delete_at",
        current: &current.to_string(),
        written: &archived.at.to_string(),
    };
    if wins(cx, &field)? {
        cx.rows.execute(
            "UPDATE channel SET delete_at = ?2, update_at = ?3 WHERE id = ?1",
            params![&id, archived.at, cx.now],
        )?;
    }
    let after = canonical(cx.rows, id)?;
    cx.hash.replace(Some(before), after);
    Ok(Applied::Done)
}

fn apply_converted(_: &ChannelConverted, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = cx.change.name.scope.id;
    let known = cx.rows.count("SELECT count(*) FROM channel WHERE id = ?1", params![&id])?;
    Ok(if known == 0 { Applied::Waits(id) } else { Applied::Done })
}

fn show_patched(_: &ChannelPatched, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    super::shown(rows, change.name.scope.id)
}

/// An open channel is the whole team's business, any other its members'.
fn concerned(channel: &Channel) -> Audience {
    match channel.kind {
        ChannelType::Open => Audience::team(channel.team_id),
        _ => Audience::channel(channel.id),
    }
}

fn show_archived(
    archived: &ChannelArchived,
    change: &Change,
    rows: &mut dyn Rows,
) -> Outcome<Shown> {
    let id = change.name.scope.id;
    let Some(channel) = super::by_id(rows, id)? else { return Ok(Shown::default()) };
    let event = if archived.at == 0 {
        Event::new(events::CHANNEL_RESTORED, concerned(&channel), json!({ "channel_id": id }))
    } else {
        let data = json!({ "channel_id": id, "delete_at": archived.at });
        Event::new(events::CHANNEL_DELETED, concerned(&channel), data)
    };
    Ok(event.into())
}

fn show_converted(_: &ChannelConverted, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let id = change.name.scope.id;
    let Some(channel) = super::by_id(rows, id)? else { return Ok(Shown::default()) };
    let data = json!({ "channel_id": id });
    Ok(Event::new(events::CHANNEL_CONVERTED, Audience::team(channel.team_id), data).into())
}
