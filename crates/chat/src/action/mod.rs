//! Buttons and menus in posts: what they do, kept apart from what is shown of them.
//!
//! Whom a button tells that it was pressed, and what, is nobody's business but this site's. So it is
//! taken out of a post before the post is written: no client, no other site and no export ever
//! holds it.

mod change;
mod ephemeral;
mod press;

use fieldpost_kernel::{Features, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Id, Props};
use serde_json::{Map, Value};

pub use self::change::{ActionsKept, Kept};
pub use self::ephemeral::keep as keep_ephemeral;
pub use self::press::{Pressed, Update, pressed, update};

/// What the buttons of posts do; and what those do of posts that one person is shown and that are
/// kept nowhere, for as long as they work.
const TABLES: &str = "
CREATE TABLE post_action (
    post BLOB NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    context TEXT NOT NULL,
    PRIMARY KEY (post, action)
);
CREATE TABLE ephemeral_action (
    post BLOB NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    url TEXT NOT NULL,
    context TEXT NOT NULL,
    person BLOB NOT NULL,
    channel BLOB NOT NULL,
    root BLOB NOT NULL,
    author BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (post, action)
);
CREATE INDEX ephemeral_action_expires ON ephemeral_action (expires_at)";

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

fn kept_of(row: &dyn Row) -> Kept {
    let text = |column| row.text(column).to_owned();
    Kept { id: text(0), kind: text(1), source: text(2), url: text(3), context: text(4) }
}

const COLUMNS: &str = "action, kind, source, url, context";

/// What the buttons of a post do.
pub(crate) fn of_post(rows: &mut dyn Rows, post: Id) -> Outcome<Vec<Kept>> {
    let sql = format!("SELECT {COLUMNS} FROM post_action WHERE post = ?1 ORDER BY action");
    rows.all(&sql, params![&post], kept_of)
}

/// Keeps what the buttons of a post do, if that is anything else than before.
pub(crate) fn keep(
    work: &mut Work<'_>,
    (channel, author): (Id, Id),
    post: Id,
    mut actions: Vec<Kept>,
) -> Outcome<()> {
    actions.sort_by(|a, b| a.id.cmp(&b.id));
    actions.dedup_by(|a, b| a.id == b.id);
    if actions == of_post(work, post)? {
        return Ok(());
    }
    let scope = Scope::new(ScopeKind::Site, channel);
    work.emit(scope, author, &ActionsKept { post, actions })?;
    Ok(())
}

/// The actions of a post's attachments, one by one.
fn each_action(props: &mut Props, mut each: impl FnMut(&mut Map<String, Value>)) {
    let attachments = props.get_mut("attachments").and_then(Value::as_array_mut);
    for attachment in attachments.into_iter().flatten() {
        let actions = attachment.get_mut("actions").and_then(Value::as_array_mut);
        for action in actions.into_iter().flatten().filter_map(Value::as_object_mut) {
            each(action);
        }
    }
}

/// Takes what the buttons of a post do out of its properties, and gives each button an id that has
/// none.
///
/// A button that says nothing of what it does, does what the one of its id did before: clients send
/// back what they were shown.
pub fn separate(props: &mut Props, before: &[Kept], mut fresh: impl FnMut() -> Id) -> Vec<Kept> {
    let mut kept = Vec::new();
    each_action(props, |action| {
        let text = |action: &Map<String, Value>, key: &str| {
            action.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let integration = action.remove("integration");
        let mut id = text(action, "id");
        if id.is_empty() {
            id = fresh().to_string();
            action.insert("id".to_owned(), id.clone().into());
        }
        let kind = match text(action, "type").as_str() {
            "select" => "select",
            _ => "button",
        };
        let said = integration.as_ref().and_then(Value::as_object);
        if let Some(url) = said.and_then(|said| said.get("url")).and_then(Value::as_str) {
            let context = said.and_then(|said| said.get("context")).filter(|c| c.is_object());
            kept.push(Kept {
                id,
                kind: kind.to_owned(),
                source: text(action, "data_source"),
                url: url.to_owned(),
                context: context.map_or_else(String::new, Value::to_string),
            });
        } else {
            kept.extend(before.iter().find(|before| before.id == id).cloned());
        }
    });
    kept
}

/// Properties as JSON without what buttons do, for what is written as it was elsewhere.
pub(crate) fn without(props: &str) -> String {
    if !props.contains("\"integration\"") {
        return props.to_owned();
    }
    let Ok(mut parsed) = serde_json::from_str::<Props>(props) else { return props.to_owned() };
    each_action(&mut parsed, |action| drop(action.remove("integration")));
    Value::Object(parsed).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn props(actions: &Value) -> Props {
        let value = json!({ "attachments": [{ "text": "x", "actions": actions }, 5, null] });
        value.as_object().unwrap().clone()
    }

    #[test]
    fn what_buttons_do_is_taken_out() {
        let mut sent = props(&json!([
            { "id": "yes", "name": "Yes", "integration": { "url": "http://a/", "context": { "k": 1 } } },
            { "name": "Pick", "type": "select", "data_source": "users",
              "integration": { "url": "http://b/" } },
            { "id": "old", "name": "Old" },
            { "id": "dead", "integration": "nothing" },
            7,
        ]));
        let before = Kept { id: "old".into(), url: "http://c/".into(), ..Kept::default() };
        let kept = separate(&mut sent, std::slice::from_ref(&before), || Id::from_bytes([1; 16]));
        let fresh = Id::from_bytes([1; 16]).to_string();
        let shown = serde_json::to_string(&sent).unwrap();
        assert!(!shown.contains("integration") && !shown.contains("http"), "{shown}");
        assert_eq!(sent["attachments"][0]["actions"][1]["id"], fresh);
        let ids: Vec<&str> = kept.iter().map(|kept| kept.id.as_str()).collect();
        assert_eq!(ids, ["yes", fresh.as_str(), "old"]);
        assert_eq!((kept[0].kind.as_str(), kept[0].context.as_str()), ("button", "{\"k\":1}"));
        assert_eq!((kept[1].kind.as_str(), kept[1].source.as_str()), ("select", "users"));
        assert_eq!(kept[2], before);
    }

    #[test]
    fn properties_without_buttons_stay_as_they_are() {
        for text in ["", "{}", "{\"a\":1}", "not json with \"integration\""] {
            assert_eq!(without(text), text);
        }
        let with = Value::Object(props(&json!([{ "id": "x", "integration": { "url": "u" } }])));
        let kept: Value = serde_json::from_str(&without(&with.to_string())).unwrap();
        assert_eq!(kept["attachments"][0]["actions"], json!([{ "id": "x" }]));
    }
}
