//! Whose picture a person may look at.

use fieldpost_access::{
    BotFacts, BotRefusal, Caller, VisibilityFacts, may_manage_bot, may_see_user, may_update_user,
};
use fieldpost_kernel::{Failure, Outcome, Rows, RowsExt, params};
use fieldpost_model::{Id, Millis};

use crate::facts::{denied, unseen};
use crate::team::member::user_facts;

/// What a person's picture is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    /// Whose.
    pub person: Id,
    /// The name whose first letter stands in for a picture.
    pub username: String,
    /// The hash of the picture they chose; none for the letter.
    pub content: Option<[u8; 32]>,
    /// When it last changed; negative where the letter was chosen.
    pub at: Millis,
}

/// A person's picture, if the caller may see that person at all. The deactivated keep theirs.
pub fn of(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<Portrait> {
    let found = rows.first(
        "SELECT username, picture, picture_at FROM account WHERE id = ?1",
        params![&person],
        |row| {
            let at = row.int(2);
            let content = row.blob(1).try_into().ok().filter(|_| at > 0);
            Portrait { person, username: row.text(0).to_owned(), content, at }
        },
    )?;
    let portrait = found.ok_or_else(|| unseen(caller, nobody()))?;
    let unconnected =
        VisibilityFacts { user: person, in_a_visible_team: false, shares_a_channel: false };
    if may_see_user(caller, &unconnected).is_err() {
        let facts = connection(rows, caller.user, person)?;
        may_see_user(caller, &facts).map_err(denied)?;
    }
    Ok(portrait)
}

fn nobody() -> Failure {
    Failure::not_found("app.user.missing_account.const", "Unable to find the user.")
}

/// Refuses who may not change a person's picture, before a byte of it is read.
pub fn authorise(rows: &mut dyn Rows, caller: &Caller, person: Id) -> Outcome<()> {
    let target = user_facts(rows, person).map_err(|failure| unseen(caller, failure))?;
    let owner = rows.first(
        "SELECT bot_owner FROM account WHERE id = ?1 AND is_bot = 1",
        params![&person],
        |row| row.id(0),
    )?;
    match owner {
        // A bot's own is its own, as a person's is.
        Some(owner) if person != caller.user => may_manage_bot(caller, &BotFacts { owner })
            .map_err(|refusal| match refusal {
                BotRefusal::Denied(refusal) => denied(refusal),
                BotRefusal::NotFound => nobody(),
            }),
        _ => may_update_user(caller, &target).map_err(denied),
    }
}

/// How two people are connected, for those who do not see everybody.
fn connection(rows: &mut dyn Rows, viewer: Id, user: Id) -> Outcome<VisibilityFacts> {
    let mut shared = |sql: &str| Ok::<_, Failure>(rows.count(sql, params![&viewer, &user])? > 0);
    let in_a_visible_team = shared(
        "SELECT count(*) FROM account one \
         JOIN team_member a ON a.account_key = one.key AND a.delete_at = 0 AND a.scheme_user = 1 \
         JOIN team_member b ON b.team_key = a.team_key AND b.delete_at = 0 \
         JOIN account two ON two.key = b.account_key WHERE one.id = ?1 AND two.id = ?2",
    )?;
    let shares_a_channel = shared(
        "SELECT count(*) FROM account one \
         JOIN channel_member a ON a.account_key = one.key AND a.left_at = 0 \
         JOIN channel_member b ON b.channel_key = a.channel_key AND b.left_at = 0 \
         JOIN account two ON two.key = b.account_key WHERE one.id = ?1 AND two.id = ?2",
    )?;
    Ok(VisibilityFacts { user, in_a_visible_team, shares_a_channel })
}
