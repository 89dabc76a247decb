//! How much of a kind one person, one team or the site may have.
//!
//! What is listed whole has an end here, so that no list is longer than what can be answered, and
//! nobody fills the site with what only they see.

use fieldpost_kernel::{Failure, Outcome};

/// Drafts that one person may have.
pub const DRAFTS: i64 = 1000;

/// Posts that one person may have scheduled.
pub const SCHEDULED: i64 = 1000;

/// Reminders that one person may wait for.
pub const REMINDERS: i64 = 1000;

/// Settings that one person may have.
pub const PREFERENCES: i64 = 20_000;

/// Characters that one person's settings may have together.
pub const PREFERENCE_LETTERS: i64 = 4_000_000;

/// Emoji that one person may have made.
pub const EMOJI: i64 = 5000;

/// Groups of people that a site may have, those in the archive included.
pub const GROUPS: i64 = 10_000;

/// Incoming webhooks, outgoing webhooks, and commands, that a team may have of each.
pub const INTEGRATIONS: i64 = 500;

/// Teams that somebody may be in and still found another.
pub const TEAMS: i64 = 1000;

/// Refuses one more of what there is as much of as there may be.
pub(crate) fn require(found: i64, most: i64, what: &'static str) -> Outcome<()> {
    if found < most {
        return Ok(());
    }
    Err(Failure::invalid(
        "api.fieldpost.too_many_kept",
        format!("There are as many {what} as there may be ({most}). Remove some first."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_until_there_is_none() {
        assert_eq!(require(9, 10, "things"), Ok(()));
        let refused = require(10, 10, "things").unwrap_err();
        assert_eq!(refused.id, "api.fieldpost.too_many_kept");
        assert!(refused.message.contains("things") && refused.message.contains("10"));
    }
}
