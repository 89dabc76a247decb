//! The custom statuses that people had lately, which clients offer again. They are a setting of
//! theirs, which the server keeps for them.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, Outcome, Rows, Work};
use fieldpost_model::Id;
use serde_json::Value;

use super::{PreferencesWritten, Written, all, scope};
use crate::facts;

const CATEGORY: &str = "custom_status";
const NAME: &str = "recent_custom_statuses";

/// How many are kept.
const MOST: usize = 5;

/// Those of a person, the newest first.
fn kept(rows: &mut dyn Rows, person: Id) -> Outcome<Vec<Value>> {
    let settings = all(rows, person, Some(CATEGORY))?;
    let text = settings.into_iter().find(|setting| setting.name == NAME);
    Ok(text.and_then(|text| serde_json::from_str(&text.value).ok()).unwrap_or_default())
}

fn keep(work: &mut Work<'_>, author: Id, person: Id, statuses: &[Value]) -> Outcome<()> {
    let value = serde_json::to_string(statuses).map_err(Failure::internal)?;
    let (category, name) = (CATEGORY.to_owned(), NAME.to_owned());
    let written = vec![Written { category, name, value: Some(value) }];
    work.emit(scope(person), author, &PreferencesWritten { written, quiet: false })?;
    Ok(())
}

/// Puts a status in front of those that a person had, in the place of one with the same text.
pub fn note(work: &mut Work<'_>, author: Id, person: Id, status: &Value) -> Outcome<()> {
    let mut statuses = kept(work, person)?;
    statuses.retain(|other| other.get("text") != status.get("text"));
    statuses.insert(0, status.clone());
    statuses.truncate(MOST);
    keep(work, author, person, &statuses)
}

/// Takes a status out of those that a person had: one that is exactly like this.
pub fn forget(work: &mut Work<'_>, caller: &Caller, person: Id, status: &Value) -> Outcome<()> {
    facts::require_person(work, caller, person)?;
    let mut statuses = kept(work, person)?;
    let before = statuses.len();
    statuses.retain(|other| other != status);
    if statuses.len() == before {
        return Err(Failure::invalid(
            "api.custom_status.recent_custom_statuses.delete.app_error",
            "That is none of the recent statuses.",
        ));
    }
    keep(work, caller.user, person, &statuses)
}
