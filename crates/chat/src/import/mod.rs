//! Taking over teams, channels, memberships and posts that were made elsewhere.
//!
//! Things are known again by their names, posts by the id they carry or by their channel, author,
//! time and text: taking the same thing over twice changes nothing.

mod bookmark;
mod noted;
mod place;
mod post;

use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, params};
use fieldpost_model::Id;

pub use self::bookmark::{ImportedBookmark, bookmark, bookmark_known};
pub use self::noted::{acknowledgement, priority};
pub use self::place::{
    ImportedChannel, ImportedConversation, ImportedTeam, Place, channel, conversation,
    everything_read, place, team,
};
use self::place::{conversation_of, conversation_with};
pub use self::post::{
    ImportedFile, ImportedPost, ImportedReaction, PostVersion, Where, known, post, reaction,
};

/// The id of an account, by its name.
fn person(rows: &mut dyn Rows, username: &str) -> Outcome<Id> {
    rows.first(
        "SELECT id FROM account WHERE username = ?1",
        params![&username.to_lowercase()],
        |row| row.id(0),
    )?
    .ok_or_else(|| {
        Failure::not_found(
            "app.import.user_not_found.error",
            format!("no user is called {username}"),
        )
    })
}

/// The id of a team, by its name.
fn team_named(rows: &mut dyn Rows, name: &str) -> Outcome<Id> {
    rows.first("SELECT id FROM team WHERE name = ?1", params![name], |row| row.id(0))?.ok_or_else(
        || {
            Failure::not_found(
                "app.import.team_not_found.error",
                format!("no team is called {name}"),
            )
        },
    )
}

/// The id of a channel, by the names of its team and its own.
fn channel_named(rows: &mut dyn Rows, team: Id, name: &str) -> Outcome<Id> {
    rows.first(
        "SELECT channel.id FROM channel JOIN team ON team.key = channel.team_key \
         WHERE team.id = ?1 AND channel.name = ?2",
        params![&team, name],
        |row| row.id(0),
    )?
    .ok_or_else(|| {
        Failure::not_found(
            "app.import.channel_not_found.error",
            format!("the team has no channel called {name}"),
        )
    })
}
