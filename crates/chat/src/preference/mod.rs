//! Preferences: small settings of a person, which clients name and read.

pub mod recent;
pub mod update;

use fieldpost_kernel::{
    Applied, Applying, Audience, Body, Change, Event, Failure, Features, Kind, Outcome, Row, Rows,
    RowsExt, Shown, events, params,
};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Preference};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A setting that was taken back keeps its row, without a value, so that an older change cannot
/// bring it back.
const TABLES: &str = "
CREATE TABLE preference (
    account_key INTEGER NOT NULL,
    category TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    stamp INTEGER NOT NULL,
    site BLOB NOT NULL,
    PRIMARY KEY (account_key, category, name)
)";

/// One setting, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The group of settings.
    pub category: String,
    /// The setting.
    pub name: String,
    /// Its value; none for taken back.
    pub value: Option<String>,
}

/// A person wrote some of their settings. Each is decided by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferencesWritten {
    /// The settings.
    pub written: Vec<Written>,
    /// Whether clients are not told, because they were told of what these follow from.
    pub quiet: bool,
}

impl Body for PreferencesWritten {
    const KIND: Kind = Kind::new(0x0701);
    const WITHIN: &[ScopeKind] = &[ScopeKind::Private];
}

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    features.on(apply_written);
    features.show(show_written);
}

fn scope(person: Id) -> Scope {
    Scope::new(ScopeKind::Private, person)
}

fn apply_written(written: &PreferencesWritten, cx: &mut Applying<'_>) -> Outcome<Applied> {
    let person = cx.change.name.scope.id;
    let account =
        cx.rows.first("SELECT key FROM account WHERE id = ?1", params![&person], |r| r.int(0))?;
    let Some(account) = account else { return Ok(Applied::Waits(person)) };
    let stamp = i64::from_be_bytes(cx.change.stamp.0.to_be_bytes());
    let site = cx.change.name.site.0;
    for setting in &written.written {
        cx.rows.execute(
            "INSERT INTO preference (account_key, category, name, value, stamp, site) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (account_key, category, name) \
             DO UPDATE SET value = excluded.value, stamp = excluded.stamp, site = excluded.site \
             WHERE (preference.stamp, preference.site) < (excluded.stamp, excluded.site)",
            params![
                account,
                &setting.category,
                &setting.name,
                setting.value.as_ref(),
                stamp,
                &site
            ],
        )?;
    }
    Ok(Applied::Done)
}

fn show_written(written: &PreferencesWritten, change: &Change, _: &mut dyn Rows) -> Outcome<Shown> {
    if written.quiet {
        return Ok(Shown::default());
    }
    let person = change.name.scope.id;
    let own = || Audience::user(person);
    let mut events = vec![Event::new(events::SIDEBAR_CATEGORY_UPDATED, own(), json!({}))];
    for (name, kept) in [(events::PREFERENCES_CHANGED, true), (events::PREFERENCES_DELETED, false)]
    {
        let told: Vec<Preference> = written
            .written
            .iter()
            .filter(|setting| setting.value.is_some() == kept)
            .map(|setting| Preference {
                user_id: person,
                category: setting.category.clone(),
                name: setting.name.clone(),
                value: setting.value.clone().unwrap_or_default(),
            })
            .collect();
        if !told.is_empty() {
            let told = serde_json::to_string(&told).map_err(Failure::internal)?;
            events.push(Event::new(name, own(), json!({ "preferences": Value::from(told) })));
        }
    }
    Ok(Shown { events, ..Shown::default() })
}

/// What everybody has until they write otherwise. It is never written: two sites of one person
/// would otherwise each begin with writes of their own.
fn defaults(person: Id) -> [Preference; 3] {
    let setting = |category: &str, name: String, value: &str| Preference {
        user_id: person,
        category: category.to_owned(),
        name,
        value: value.to_owned(),
    };
    [
        setting("recommended_next_steps", "hide".to_owned(), "false"),
        setting("tutorial_step", person.to_string(), "0"),
        setting("system_notice", "GMasDM".to_owned(), "true"),
    ]
}

/// The preferences of a person, by category and name: all of them, or of one category.
pub fn all(rows: &mut dyn Rows, person: Id, category: Option<&str>) -> Outcome<Vec<Preference>> {
    let within = if category.is_some() { "AND p.category = ?2" } else { "" };
    let sql = format!(
        "SELECT p.category, p.name, p.value FROM account \
         JOIN preference p ON p.account_key = account.key WHERE account.id = ?1 {within} \
         ORDER BY p.category, p.name"
    );
    let setting = |row: &dyn Row| {
        let preference = Preference {
            user_id: person,
            category: row.text(0).to_owned(),
            name: row.text(1).to_owned(),
            value: row.text(2).to_owned(),
        };
        (preference, row.is_null(2))
    };
    let stored = match category {
        Some(category) => rows.all(&sql, params![&person, category], setting)?,
        None => rows.all(&sql, params![&person], setting)?,
    };
    let unwritten = |default: &Preference| {
        category.is_none_or(|category| category == default.category)
            && stored
                .iter()
                .all(|(p, _)| (&p.category, &p.name) != (&default.category, &default.name))
    };
    let mut found: Vec<Preference> = defaults(person).into_iter().filter(unwritten).collect();
    found.extend(stored.into_iter().filter(|(_, gone)| !gone).map(|(preference, _)| preference));
    Ok(found)
}
