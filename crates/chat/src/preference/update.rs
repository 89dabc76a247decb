//! Writing preferences and taking them back.

use fieldpost_access::Caller;
use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::{Id, Preference};
use serde_json::{Map, Value};

use super::{PreferencesWritten, Written, all, scope};
use crate::{facts, room, sidebar};

/// Settings written by one request at most.
pub const MOST_WRITTEN: usize = 100;

/// The longest value, in characters.
const LONGEST_VALUE: usize = 20_000;

/// The category whose settings mirror the favourites of the sidebar.
pub(crate) const FAVORITE: &str = "favorite_channel";

/// Writes some settings of a person.
pub fn write(work: &mut Work<'_>, caller: &Caller, person: Id, sent: &[Preference]) -> Outcome<()> {
    require_own(work, caller, person, sent)?;
    let mut written = Vec::with_capacity(sent.len());
    for preference in sent {
        written.push(Written {
            category: preference.category.clone(),
            name: preference.name.clone(),
            value: Some(valid(work, caller, preference)?),
        });
    }
    emit(work, caller, person, written)?;
    require_room(work, person)
}

/// Refuses what makes more of a person's settings than one may have. All of them are answered at
/// once.
fn require_room(rows: &mut dyn Rows, person: Id) -> Outcome<()> {
    let kept = rows.first(
        "SELECT count(value), CAST(COALESCE(SUM(LENGTH(value)), 0) AS BIGINT) FROM preference \
         WHERE account_key = (SELECT key FROM account WHERE id = ?1)",
        params![&person],
        |row| (row.int(0), row.int(1)),
    )?;
    let (count, letters) = kept.unwrap_or_default();
    room::require(count - 1, room::PREFERENCES, "settings")?;
    room::require(letters - 1, room::PREFERENCE_LETTERS, "characters in settings")
}

/// Takes some settings of a person back.
pub fn delete(
    work: &mut Work<'_>,
    caller: &Caller,
    person: Id,
    sent: &[Preference],
) -> Outcome<()> {
    require_own(work, caller, person, sent)?;
    let written = sent.iter().map(|preference| Written {
        category: preference.category.clone(),
        name: preference.name.clone(),
        value: None,
    });
    emit(work, caller, person, written.collect())
}

fn emit(work: &mut Work<'_>, caller: &Caller, person: Id, written: Vec<Written>) -> Outcome<()> {
    for favorite in written.iter().filter(|setting| setting.category == FAVORITE) {
        if let Ok(channel) = favorite.name.parse() {
            let is = favorite.value.as_deref() == Some("true");
            sidebar::update::favor(work, caller.user, person, channel, is)?;
        }
    }
    work.emit(scope(person), caller.user, &PreferencesWritten { written, quiet: false })?;
    Ok(())
}

/// Takes every setting of a category back, without a word: what they were about is gone.
pub(crate) fn forget(work: &mut Work<'_>, author: Id, person: Id, category: &str) -> Outcome<()> {
    let written = all(work, person, Some(category))?
        .into_iter()
        .map(|p| Written { category: p.category, name: p.name, value: None })
        .collect();
    write_quietly(work, author, person, written)
}

/// Writes settings that follow from something clients are told of anyway.
pub(crate) fn write_quietly(
    work: &mut Work<'_>,
    author: Id,
    person: Id,
    written: Vec<Written>,
) -> Outcome<()> {
    if !written.is_empty() {
        work.emit(scope(person), author, &PreferencesWritten { written, quiet: true })?;
    }
    Ok(())
}

fn require_own(
    rows: &mut dyn Rows,
    caller: &Caller,
    person: Id,
    sent: &[Preference],
) -> Outcome<()> {
    facts::require_person(rows, caller, person)?;
    if sent.is_empty() || sent.len() > MOST_WRITTEN {
        return Err(Failure::invalid_body("preferences"));
    }
    if sent.iter().any(|preference| preference.user_id != person) {
        return Err(Failure::new(
            FailureKind::Forbidden,
            "api.preference.update_preferences.set.app_error",
            "Unable to set the preferences of another person.",
        ));
    }
    Ok(())
}

/// The value to be kept of a preference, if it is one.
fn valid(rows: &mut dyn Rows, caller: &Caller, preference: &Preference) -> Outcome<String> {
    let refuse = |id, says: &'static str| Err(Failure::invalid(id, says));
    if !(1..=32).contains(&preference.category.len()) {
        return refuse(
            "model.preference.is_valid.category.app_error",
            "A category has 1 to 32 bytes.",
        );
    }
    if preference.name.len() > 32 {
        return refuse("model.preference.is_valid.name.app_error", "A name has at most 32 bytes.");
    }
    if preference.value.chars().count() > LONGEST_VALUE {
        return refuse("model.preference.is_valid.value.app_error", "The value is too long.");
    }
    match (preference.category.as_str(), preference.name.as_str()) {
        ("theme", _) => return theme(&preference.value),
        ("sidebar_settings", "limit_visible_dms_gms") => {
            let limit = preference.value.parse::<u8>().ok();
            if !limit.is_some_and(|limit| (1..=40).contains(&limit)) {
                return refuse(
                    "model.preference.is_valid.limit_visible_dms_gms.app_error",
                    "Between 1 and 40 conversations can be shown.",
                );
            }
        }
        ("flagged_post", name) => require_post(rows, caller, name)?,
        _ => {}
    }
    Ok(preference.value.clone())
}

/// A post can be saved by whoever can read it.
fn require_post(rows: &mut dyn Rows, caller: &Caller, name: &str) -> Outcome<()> {
    let unknown = || Failure::invalid_body("preference.name");
    let post = name.parse().map_err(|_| unknown())?;
    crate::post::list::one(rows, caller, post, false)
        .map(|_| ())
        .map_err(|failure| if failure.kind == FailureKind::NotFound { unknown() } else { failure })
}

/// A theme with white where it has no colour.
fn theme(value: &str) -> Outcome<String> {
    let bad = || {
        Failure::invalid(
            "model.preference.is_valid.theme.app_error",
            "A theme is a flat JSON object of strings.",
        )
    };
    let mut theme: Map<String, Value> = serde_json::from_str(value).map_err(|_| bad())?;
    for (key, value) in &mut theme {
        let text = value.as_str().ok_or_else(bad)?;
        let free = matches!(key.as_str(), "image" | "type" | "codeTheme");
        if !free && !is_colour(text) {
            *value = Value::from("#ffffff");
        }
    }
    serde_json::to_string(&theme).map_err(Failure::internal)
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    })
}
