//! Posts the server makes in people's names: who came, who went, what was changed.

use fieldpost_kernel::{Outcome, Rows, RowsExt, Work, params};
use fieldpost_model::Id;
use serde_json::{Value, json};

use super::PostWritten;
use crate::channel;
use crate::people::spokesman;

/// What a system post says.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its type.
    kind: &'static str,
    /// In whose name.
    author: Id,
    /// A plain sentence; clients write their own from the properties.
    message: String,
    /// What clients write it from.
    props: Value,
    /// Who is mentioned.
    mentions: Vec<Id>,
}

impl Notice {
    /// A notice that mentions nobody.
    pub(crate) fn new(kind: &'static str, author: Id, message: String, props: Value) -> Self {
        Self { kind, author, message, props, mentions: Vec::new() }
    }

    /// The same notice, mentioning one person.
    pub(crate) fn mentioning(self, person: Id) -> Self {
        Self { mentions: vec![person], ..self }
    }
}

/// The types of join and leave posts: they do not count as messages.
pub(super) const UNCOUNTED: [&str; 10] = [
    "system_join_channel",
    "system_leave_channel",
    "system_add_to_channel",
    "system_remove_from_channel",
    "system_join_team",
    "system_leave_team",
    "system_add_to_team",
    "system_remove_from_team",
    "system_join_leave",
    "system_add_remove",
];

/// Whether posts of a type do not count as messages.
pub(crate) fn is_uncounted(kind: &str) -> bool {
    UNCOUNTED.contains(&kind)
}

fn name(rows: &mut dyn Rows, person: Id) -> Outcome<String> {
    Ok(rows
        .first("SELECT username FROM account WHERE id = ?1", params![&person], |row| {
            row.text(0).to_owned()
        })?
        .unwrap_or_default())
}

/// A notice about one person by themselves, whose sentence ends with `says`.
fn own(rows: &mut dyn Rows, kind: &'static str, person: Id, says: &str) -> Outcome<Notice> {
    let username = name(rows, person)?;
    Ok(Notice {
        kind,
        author: spokesman(rows, person, Id::NONE)?,
        message: format!("{username} {says}"),
        props: json!({ "username": username }),
        mentions: Vec::new(),
    })
}

/// A notice that somebody was added by somebody else.
fn added(
    rows: &mut dyn Rows,
    kind: &'static str,
    by: Id,
    person: Id,
    place: &str,
) -> Outcome<Notice> {
    let (adder, added) = (name(rows, by)?, name(rows, person)?);
    Ok(Notice {
        kind,
        author: by,
        message: format!("{added} was added to the {place} by {adder}."),
        props: json!({
            "userId": by, "username": adder, "addedUserId": person, "addedUsername": added,
        }),
        mentions: if place == "channel" { vec![person] } else { Vec::new() },
    })
}

/// Somebody joined the channel by themselves.
pub(crate) fn joined_channel(rows: &mut dyn Rows, person: Id) -> Outcome<Notice> {
    own(rows, "system_join_channel", person, "joined the channel.")
}

/// Somebody left the channel by themselves.
pub(crate) fn left_channel(rows: &mut dyn Rows, person: Id) -> Outcome<Notice> {
    own(rows, "system_leave_channel", person, "left the channel.")
}

/// Somebody was added to the channel.
pub(crate) fn added_to_channel(rows: &mut dyn Rows, by: Id, person: Id) -> Outcome<Notice> {
    added(rows, "system_add_to_channel", by, person, "channel")
}

/// Somebody was removed from the channel.
pub(crate) fn removed_from_channel(rows: &mut dyn Rows, by: Id, person: Id) -> Outcome<Notice> {
    let removed = name(rows, person)?;
    Ok(Notice {
        kind: "system_remove_from_channel",
        author: if by.is_none() { spokesman(rows, person, by)? } else { by },
        message: format!("@{removed} was removed from the channel."),
        props: json!({ "removedUserId": person, "removedUsername": removed }),
        mentions: Vec::new(),
    })
}

/// Somebody joined the team by themselves.
pub(crate) fn joined_team(rows: &mut dyn Rows, person: Id) -> Outcome<Notice> {
    own(rows, "system_join_team", person, "joined the team.")
}

/// Somebody left the team by themselves.
pub(crate) fn left_team(rows: &mut dyn Rows, person: Id) -> Outcome<Notice> {
    own(rows, "system_leave_team", person, "left the team.")
}

/// Somebody was added to the team.
pub(crate) fn added_to_team(rows: &mut dyn Rows, by: Id, person: Id) -> Outcome<Notice> {
    added(rows, "system_add_to_team", by, person, "team")
}

/// Somebody was removed from the team.
pub(crate) fn removed_from_team(rows: &mut dyn Rows, by: Id, person: Id) -> Outcome<Notice> {
    let notice = own(rows, "system_remove_from_team", person, "was removed from the team.")?;
    Ok(Notice { author: spokesman(rows, person, by)?, ..notice })
}

/// Posts a notice in a channel. What the local administrator does is not said there, unless it can
/// be in the name of whom it happened to: they have no account.
pub(crate) fn post(work: &mut Work<'_>, channel: Id, notice: &Notice) -> Outcome<()> {
    if notice.author.is_none() {
        return Ok(());
    }
    // Nor is anything said where this site only reads.
    if channel::is_read_only(work, channel)? {
        return Ok(());
    }
    let scope = channel::scope_of(work, channel)?;
    let written = PostWritten {
        root: Id::NONE,
        kind: notice.kind.to_owned(),
        message: notice.message.clone(),
        props: notice.props.to_string(),
        files: Vec::new(),
        mentions: notice.mentions.clone(),
        imported: None,
    };
    work.emit(scope, notice.author, &written)?;
    Ok(())
}
