//! What stands in the fields of people's profiles.

use std::collections::BTreeMap;

use fieldpost_access::{Caller, Permission, require_system, require_user};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{FieldType, Id};
use serde_json::{Value, json};

use super::change::{Definition, MOST_OPTIONS, ValuesSet};
use super::{MOST_FIELDS, all, live};
use crate::account::site_scope;
use crate::target::{any_for, denied, facts_of};

/// The longest text, in characters.
const LONGEST_TEXT: usize = 64;

/// What stands in fields, by their ids.
pub type Values = BTreeMap<Id, Value>;

/// What stands in the fields of a person's profile. Options that were taken away are left out.
pub fn of_person(rows: &mut dyn Rows, person: Id) -> Outcome<Values> {
    let found = rows.all(
        "SELECT f.id, v.value FROM account JOIN profile_value v ON v.account_key = account.key \
         JOIN profile_field f ON f.key = v.field_key WHERE account.id = ?1 AND f.delete_at = 0",
        params![&person],
        |row| (row.id(0), row.text(1).to_owned()),
    )?;
    let mut found: BTreeMap<Id, String> = found.into_iter().collect();
    let mut values = Values::new();
    for field in all(rows)? {
        let Some(text) = found.remove(&field.id) else { continue };
        let mut value = serde_json::from_str(&text).map_err(Failure::internal)?;
        if field.definition.kind.has_options() {
            value = still_offered(&field.definition, value);
        }
        values.insert(field.id, value);
    }
    Ok(values)
}

fn still_offered(definition: &Definition, value: Value) -> Value {
    let offered = |id: &Value| id.as_str().is_some_and(|id| offers(definition, id));
    match value {
        Value::Array(chosen) => Value::Array(chosen.into_iter().filter(offered).collect()),
        chosen if offered(&chosen) => chosen,
        _ => json!(""),
    }
}

fn offers(definition: &Definition, id: &str) -> bool {
    definition.options.iter().any(|option| option.id.to_string() == id)
}

/// Puts something into fields of a person's profile, one's own or another's, and gives what stands
/// there then.
pub fn set(work: &mut Work<'_>, caller: &Caller, person: Id, values: &Values) -> Outcome<Values> {
    let user = any_for(work, caller, person)?;
    require_user(caller, &facts_of(&user)).map_err(denied)?;
    if values.len() > MOST_FIELDS {
        return Err(Failure::invalid_body("values"));
    }
    let mut clean = Values::new();
    for (id, value) in values {
        let field = live(work, *id)?.definition;
        if field.managed && require_system(caller, Permission::ManageSystem).is_err() {
            return Err(managed());
        }
        clean.insert(*id, cleaned(work, &field, value)?);
    }
    if !clean.is_empty() {
        let values = clean.iter().map(|(id, value)| (*id, value.to_string())).collect();
        work.emit(site_scope(person), caller.user, &ValuesSet { values })?;
    }
    Ok(clean)
}

fn managed() -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        "app.custom_profile_attributes.property_field_is_managed.app_error",
        "Only administrators say what stands in this field.",
    )
}

/// A value in the form in which it is kept, if it may stand in a field.
fn cleaned(rows: &mut dyn Rows, field: &Definition, value: &Value) -> Outcome<Value> {
    if field.kind.is_list() {
        let texts = match value {
            Value::Null => Vec::new(),
            Value::Array(list) => list.iter().map(text).collect::<Outcome<Vec<_>>>()?,
            _ => return Err(unfit()),
        };
        let mut kept: Vec<&str> = Vec::new();
        for text in texts {
            if !text.is_empty() && !kept.contains(&text) {
                require_fit(rows, field, text)?;
                kept.push(text);
            }
            if kept.len() > MOST_OPTIONS {
                return Err(unfit());
            }
        }
        return Ok(json!(kept));
    }
    let text = if value.is_null() { "" } else { text(value)? };
    if !text.is_empty() {
        require_fit(rows, field, text)?;
    }
    Ok(json!(text))
}

fn text(value: &Value) -> Outcome<&str> {
    value.as_str().map(str::trim).ok_or_else(unfit)
}

fn require_fit(rows: &mut dyn Rows, field: &Definition, text: &str) -> Outcome<()> {
    let fits = match field.kind {
        FieldType::Text | FieldType::Date => text.chars().count() <= LONGEST_TEXT,
        FieldType::Select | FieldType::Multiselect => offers(field, text),
        FieldType::User | FieldType::Multiuser => {
            let id: Id = text.parse().unwrap_or_default();
            rows.count("SELECT count(*) FROM account WHERE id = ?1", params![&id])? > 0
        }
    };
    if fits { Ok(()) } else { Err(unfit()) }
}

fn unfit() -> Failure {
    Failure::invalid(
        "app.custom_profile_attributes.sanitize_and_validate.app_error",
        "That cannot stand in this field.",
    )
}
