//! What a person wrote and has not sent: drafts, and posts that are to be sent later.
//!
//! Both are the person's own, and go nowhere but to sites of the same person.

pub mod draft;
pub mod scheduled;

use fieldpost_access::{Caller, may_create_post};
use fieldpost_kernel::{Failure, Features, Outcome, Row, Rows, at_most};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{Draft, Id, PostPriority};
use serde::{Deserialize, Serialize};

use crate::facts::{self, denied};
use crate::file;
use crate::post::create::{LONGEST_MESSAGE, LONGEST_PROPS, MOST_FILES, client_props, to_json};
use crate::post::priority::Priority;

pub(crate) fn register(features: &mut Features) {
    draft::register(features);
    scheduled::register(features);
}

/// The scope of what a person keeps for themselves.
fn scope(person: Id) -> Scope {
    Scope::new(ScopeKind::Private, person)
}

/// What is to become a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Its text, in Markdown.
    pub message: String,
    /// The type of the post.
    pub kind: String,
    /// Free properties, as a JSON object; empty for none.
    pub props: String,
    /// Its files.
    pub files: Vec<Id>,
    /// How much it is to matter.
    pub priority: Option<Priority>,
}

/// The columns of a content, for [`describe`].
const COLUMNS: &str = "message, kind, props, file_ids, priority";

impl Content {
    fn of(draft: &Draft) -> Outcome<Self> {
        let props = client_props(&draft.props);
        Ok(Self {
            message: draft.message.clone(),
            kind: draft.kind.clone(),
            props: if props.is_empty() { String::new() } else { to_json(&props)? },
            files: draft.file_ids.clone(),
            priority: Priority::asked(draft.priority.as_ref()),
        })
    }

    fn fits(&self) -> bool {
        at_most(&self.message, LONGEST_MESSAGE)
            && at_most(&self.kind, 256)
            && at_most(&self.props, LONGEST_PROPS)
            && self.files.len() <= 100
            && self.priority.as_ref().is_none_or(Priority::fits)
    }

    /// The files, as their column holds them.
    fn file_column(&self) -> String {
        let files: Vec<String> = self.files.iter().map(ToString::to_string).collect();
        files.join(" ")
    }

    /// The priority, as its column holds it.
    fn priority_column(&self) -> Outcome<String> {
        let Some(priority) = &self.priority else { return Ok(String::new()) };
        serde_json::to_string(&priority.told()).map_err(Failure::internal)
    }
}

/// Gives a draft what [`COLUMNS`] say, from the first of them on.
fn describe(row: &dyn Row, first: usize, draft: &mut Draft) {
    row.text(first).clone_into(&mut draft.message);
    row.text(first + 1).clone_into(&mut draft.kind);
    draft.props = serde_json::from_str(row.text(first + 2)).unwrap_or_default();
    let files = row.text(first + 3).split_whitespace();
    draft.file_ids = files.filter_map(|id| id.parse().ok()).collect();
    let priority: Option<PostPriority> = serde_json::from_str(row.text(first + 4)).ok();
    draft.metadata.priority.clone_from(&priority);
    draft.priority = priority;
}

/// Tells of the files of drafts as far as they hang nowhere yet.
fn fill<'d>(rows: &mut dyn Rows, drafts: impl Iterator<Item = &'d mut Draft>) -> Outcome<()> {
    for draft in drafts {
        draft.metadata.files = file::unattached(rows, draft.user_id, &draft.file_ids)?;
    }
    Ok(())
}

/// The place for which something may be written, with its error for one that is archived.
fn place(
    rows: &mut dyn Rows,
    caller: &Caller,
    channel: Id,
    archived: &'static str,
) -> Outcome<facts::Channel> {
    let found = facts::channel(rows, caller, channel)?;
    may_create_post(caller, &found.facts).map_err(denied)?;
    if found.key == 0 {
        return Err(Failure::invalid_body("channel_id"));
    }
    if found.facts.require_live().is_err() {
        return Err(Failure::invalid(archived, "Can not write for a deleted channel."));
    }
    Ok(found)
}

/// Refuses what no draft may be.
fn validate(draft: &Draft) -> Outcome<()> {
    let refuse = |id: &'static str, says: &'static str| Err(Failure::invalid(id, says));
    if draft.message.chars().count() > LONGEST_MESSAGE {
        return refuse(
            "model.draft.is_valid.message_length.app_error",
            "The message is too long: it may have 16383 characters.",
        );
    }
    if draft.file_ids.len() > MOST_FILES {
        return refuse("model.draft.is_valid.file_ids.app_error", "A post may have 10 files.");
    }
    if !draft.props.is_empty() && to_json(&draft.props)?.chars().count() > LONGEST_PROPS {
        return refuse("model.draft.is_valid.props.app_error", "The properties are too long.");
    }
    if !Priority::asked(draft.priority.as_ref()).is_none_or(|priority| priority.fits()) {
        return refuse("model.draft.is_valid.priority.app_error", "There is no such priority.");
    }
    if draft.kind.starts_with("system_") || draft.kind.len() > 26 {
        return Err(Failure::invalid_body("type"));
    }
    Ok(())
}
