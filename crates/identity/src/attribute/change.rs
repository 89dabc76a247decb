//! What can happen to the fields of profiles, what it means, and who is told.

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, EventName, Failure, Features, Kind, Outcome,
    Rows, RowsExt, Shown, at_most, events, params,
};
use fieldpost_log::ScopeKind;
use fieldpost_model::{FieldOption, FieldType, Id, Visibility};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{MOST_FIELDS, find};
use crate::show::subject;

/// The class of the ids that fields get from the changes that made them.
pub(super) const CLASS: &str = "profile field";

/// The longest name, in characters.
pub(super) const LONGEST_NAME: usize = 255;

/// Options that a field may have.
pub(super) const MOST_OPTIONS: usize = 200;

/// The longest name and colour of an option, in characters.
pub(super) const LONGEST_OPTION: usize = 128;

/// The longest value, in bytes of its JSON: as many ids as there may be options.
const LONGEST_VALUE: usize = MOST_OPTIONS * 32;

/// What a field is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// What it is called.
    pub name: String,
    /// What it holds.
    pub kind: FieldType,
    /// When clients show it.
    pub visibility: Visibility,
    /// Where it stands among the others.
    pub sort_order: i64,
    /// Whether a text is an `email`, a `url` or a `phone` number; otherwise empty.
    pub value_type: String,
    /// Whether only administrators set values.
    pub managed: bool,
    /// What can be chosen.
    pub options: Vec<FieldOption>,
}

impl Definition {
    fn fits(&self) -> bool {
        at_most(&self.name, LONGEST_NAME)
            && at_most(&self.value_type, 16)
            && self.options.len() <= MOST_OPTIONS
            && self.options.iter().all(|option| {
                at_most(&option.name, LONGEST_OPTION) && at_most(&option.color, LONGEST_OPTION)
            })
    }
}

/// Profiles have one field more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMade {
    /// What it is.
    pub definition: Definition,
}

impl Body for FieldMade {
    const KIND: Kind = Kind::new(0x0f01);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.definition.fits()
    }
}

/// A field is something else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChanged {
    /// Which.
    pub field: Id,
    /// What it is.
    pub definition: Definition,
    /// Whether what stood in it means nothing any more.
    pub emptied: bool,
}

impl Body for FieldChanged {
    const KIND: Kind = Kind::new(0x0f02);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.definition.fits()
    }
}

/// Profiles have a field no more, and nothing stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRemoved {
    /// Which.
    pub field: Id,
}

impl Body for FieldRemoved {
    const KIND: Kind = Kind::new(0x0f03);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];
}

/// Something else stands in fields of a person's profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValuesSet {
    /// For each field what stands there, as JSON: a text, or a list of texts.
    pub values: Vec<(Id, String)>,
}

impl Body for ValuesSet {
    const KIND: Kind = Kind::new(0x0f04);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Site];

    fn fits(&self) -> bool {
        self.values.len() <= MOST_FIELDS
            && self.values.iter().all(|(_, value)| value.len() <= LONGEST_VALUE)
    }
}

pub(super) fn register(features: &mut Features) {
    features.on(apply_made);
    features.on(apply_changed);
    features.on(apply_removed);
    features.on(apply_values);
    features.show(|_: &FieldMade, change, rows| {
        let id = fieldpost_log::derive_id(CLASS, &change.name, 0);
        told(rows, events::CUSTOM_PROFILE_ATTRIBUTES_FIELD_CREATED, id, json!({}))
    });
    features.show(|changed: &FieldChanged, _, rows| {
        let data = json!({ "delete_values": changed.emptied });
        told(rows, events::CUSTOM_PROFILE_ATTRIBUTES_FIELD_UPDATED, changed.field, data)
    });
    features.show(|removed: &FieldRemoved, _: &Change, _| {
        let data = json!({ "field_id": removed.field });
        let name = events::CUSTOM_PROFILE_ATTRIBUTES_FIELD_DELETED;
        Ok(Event::new(name, Audience::everybody(), data).into())
    });
    features.show(show_values);
}

fn json_of(definition: &Definition) -> Outcome<String> {
    serde_json::to_string(definition).map_err(Failure::internal)
}

fn apply_made(made: &FieldMade, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let id = fieldpost_log::derive_id(CLASS, &cx.change.name, 0);
    cx.rows.execute(
        "INSERT INTO profile_field (id, definition, create_at, update_at) \
         VALUES (?1, ?2, ?3, ?3) ON CONFLICT DO NOTHING",
        params![&id, &json_of(&made.definition)?, cx.written_at()],
    )?;
    cx.created.push(id);
    Ok(Applied::Done)
}

fn apply_changed(changed: &FieldChanged, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let known = cx.rows.execute(
        "UPDATE profile_field SET definition = ?2, update_at = ?3 WHERE id = ?1",
        params![&changed.field, &json_of(&changed.definition)?, cx.written_at()],
    )?;
    if known == 0 {
        return Ok(Applied::Waits(changed.field));
    }
    if changed.emptied {
        empty(cx.rows, changed.field)?;
    }
    Ok(Applied::Done)
}

fn apply_removed(removed: &FieldRemoved, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let known = cx.rows.execute(
        "UPDATE profile_field SET delete_at = ?2, update_at = ?2 WHERE id = ?1",
        params![&removed.field, cx.written_at()],
    )?;
    if known == 0 {
        return Ok(Applied::Waits(removed.field));
    }
    empty(cx.rows, removed.field)?;
    Ok(Applied::Done)
}

/// Takes out what stands in a field, with everybody.
fn empty(rows: &mut dyn Rows, field: Id) -> Outcome<()> {
    rows.execute(
        "DELETE FROM profile_value \
         WHERE field_key = (SELECT key FROM profile_field WHERE id = ?1)",
        params![&field],
    )?;
    Ok(())
}

fn apply_values(set: &ValuesSet, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let account = cx.change.name.scope.id;
    let sql = "SELECT count(*) FROM account WHERE id = ?1";
    if cx.rows.count(sql, params![&account])? == 0 {
        return Ok(Applied::Waits(account));
    }
    for (field, value) in &set.values {
        if matches!(value.as_str(), "\"\"" | "[]") {
            cx.rows.execute(
                "DELETE FROM profile_value \
                 WHERE field_key = (SELECT key FROM profile_field WHERE id = ?1) \
                 AND account_key = (SELECT key FROM account WHERE id = ?2)",
                params![field, &account],
            )?;
        } else {
            cx.rows.execute(
                "INSERT INTO profile_value (field_key, account_key, value) \
                 SELECT f.key, account.key, CAST(?3 AS TEXT) FROM profile_field f \
                 JOIN account ON account.id = ?2 WHERE f.id = ?1 AND f.delete_at = 0 \
                 ON CONFLICT (account_key, field_key) DO UPDATE SET value = excluded.value",
                params![field, &account, value],
            )?;
        }
    }
    Ok(Applied::Done)
}

/// Everybody has the same fields, and is told of them.
fn told(rows: &mut dyn Rows, event: EventName, field: Id, mut data: Value) -> Outcome<Shown> {
    let Some(field) = find(rows, field)? else { return Ok(Shown::default()) };
    data["field"] = serde_json::to_value(field.shown()).map_err(Failure::internal)?;
    Ok(Event::new(event, Audience::everybody(), data).into())
}

/// Each value is an event of its own, for those who see the person.
fn show_values(set: &ValuesSet, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
    let person = change.name.scope.id;
    let about = subject(rows, person)?;
    let mut shown = Shown::default();
    for (field, value) in &set.values {
        let value: Value = serde_json::from_str(value).map_err(Failure::internal)?;
        let values = Map::from_iter([(field.to_string(), value)]);
        let audience = Audience { about: about.clone(), ..Audience::everybody() };
        let data = json!({ "user_id": person, "values": values });
        shown.events.push(Event::new(
            events::CUSTOM_PROFILE_ATTRIBUTES_VALUES_UPDATED,
            audience,
            data,
        ));
    }
    Ok(shown)
}
