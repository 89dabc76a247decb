//! Bots: accounts that programs use, and people own.

use fieldpost_access::{
    Caller, Permission, may_assign_bot, may_create_bot, may_manage_bot, may_read_bot,
    require_system,
};
use fieldpost_kernel::{Failure, FailureKind, Outcome, Row, Rows, RowsExt, Work, params};
use fieldpost_model::{Bot, Id, StringMap, User};
use serde::Deserialize;

use crate::account::{self, Profile, profile_scope};
use crate::target::{bot_denied, bot_facts, denied, no_bot};
use crate::{roles, signup};

/// The longest description, in characters.
const LONGEST_DESCRIPTION: usize = 1024;

/// What the bot of the server itself is called, or else, where people have that name.
const SYSTEM_BOT: [&str; 3] = ["system-bot", "system-bot-1", "system-bot-2"];

/// What is to be changed of a bot, or what a new one is made of.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct BotPatch {
    /// The name after the `@`.
    pub username: Option<String>,
    /// The name people read.
    pub display_name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

const COLUMNS: &str = "SELECT id, create_at, update_at, delete_at, username, first_name, \
    bot_description, bot_owner FROM account WHERE is_bot = 1 AND home IS NULL";

fn bot_of(row: &dyn Row) -> Bot {
    Bot {
        user_id: row.id(0),
        create_at: row.int(1),
        update_at: row.int(2),
        delete_at: row.int(3),
        username: row.text(4).to_owned(),
        display_name: row.text(5).to_owned(),
        description: row.text(6).to_owned(),
        owner_id: row.id(7),
    }
}

fn find(rows: &mut dyn Rows, id: Id) -> Outcome<Bot> {
    rows.first(&format!("{COLUMNS} AND id = ?1"), params![&id], bot_of)?.ok_or_else(no_bot)
}

/// A bot, if the caller may know of it; a disabled one only if asked for.
pub fn one(rows: &mut dyn Rows, caller: &Caller, id: Id, disabled_too: bool) -> Outcome<Bot> {
    let bot = find(rows, id)?;
    may_read_bot(caller, &bot_facts(rows, id)?).map_err(bot_denied)?;
    if bot.delete_at != 0 && !disabled_too { Err(no_bot()) } else { Ok(bot) }
}

/// Which bots are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Listing {
    /// Disabled ones too.
    pub disabled_too: bool,
    /// Only those whose owner was deactivated.
    pub only_orphaned: bool,
    /// How many come before the page.
    pub offset: i64,
    /// How many are on it.
    pub limit: i64,
}

/// A page of the bots that the caller may know of: everybody's, or their own.
pub fn list(rows: &mut dyn Rows, caller: &Caller, listing: &Listing) -> Outcome<Vec<Bot>> {
    let everybodys = require_system(caller, Permission::ReadOthersBots).is_ok();
    if !everybodys {
        require_system(caller, Permission::ReadBots).map_err(denied)?;
    }
    let mut sql = COLUMNS.to_owned();
    if !everybodys {
        sql.push_str(" AND bot_owner = ?3");
    }
    if !listing.disabled_too {
        sql.push_str(" AND delete_at = 0");
    }
    if listing.only_orphaned {
        sql.push_str(
            " AND EXISTS (SELECT 1 FROM account o WHERE o.id = account.bot_owner \
             AND o.delete_at <> 0)",
        );
    }
    sql.push_str(" ORDER BY create_at, username LIMIT ?1 OFFSET ?2");
    let (limit, offset) = (listing.limit, listing.offset);
    if everybodys {
        rows.all(&sql, params![limit, offset], bot_of)
    } else {
        rows.all(&sql, params![limit, offset, &caller.user], bot_of)
    }
}

/// Makes a bot that the caller owns.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &BotPatch) -> Outcome<Bot> {
    may_create_bot(caller).map_err(denied)?;
    let id = make(work, caller.user, new)?;
    find(work, id)
}

fn make(work: &mut Work<'_>, owner: Id, new: &BotPatch) -> Outcome<Id> {
    let username = new.username.as_deref().unwrap_or_default().trim().to_lowercase();
    let profile = Profile {
        username,
        nickname: String::new(),
        first_name: new.display_name.clone().unwrap_or_default(),
        last_name: String::new(),
        position: String::new(),
        locale: String::new(),
        timezone: signup::automatic_timezone(),
        props: StringMap::new(),
        create_at: work.now(),
        delete_at: 0,
        bot: Some((owner, new.description.clone().unwrap_or_default())),
        picture: None,
    };
    validate(&profile)?;
    signup::require_free(work, "username", &profile.username)?;
    let id = work.random_id();
    work.emit(profile_scope(id), owner, &profile)?;
    Ok(id)
}

/// The bot in whose name the server itself speaks to people. It is made when it is first needed,
/// and the first administrator owns it. Somebody who has its name keeps it.
pub fn system(work: &mut Work<'_>) -> Outcome<Id> {
    for username in SYSTEM_BOT {
        let taken =
            work.first("SELECT id FROM account WHERE username = ?1", params![username], |row| {
                row.id(0)
            })?;
        let Some(taken) = taken else { return make_system(work, username) };
        if find(work, taken).is_ok() {
            return Ok(taken);
        }
    }
    Err(Failure::internal("people have all the names of the system's bot"))
}

fn make_system(work: &mut Work<'_>, username: &str) -> Outcome<Id> {
    let owner = work.first(
        "SELECT id FROM account WHERE ' ' || roles || ' ' LIKE '% system_admin %' \
         AND is_bot = 0 AND delete_at = 0 AND home IS NULL ORDER BY create_at, key LIMIT 1",
        &[],
        |row| row.id(0),
    )?;
    let Some(owner) = owner else {
        return Err(Failure::new(
            FailureKind::Internal,
            "app.bot.get_system_bot.empty_admin_list.app_error",
            "There is no administrator who could own the system's bot.",
        ));
    };
    let new = BotPatch {
        username: Some(username.to_owned()),
        display_name: Some("System".to_owned()),
        description: None,
    };
    make(work, owner, &new)
}

fn validate(profile: &Profile) -> Outcome<()> {
    let names = User { first_name: profile.first_name.clone(), ..User::default() };
    signup::validate(&profile.username, "bot@example.com", &names)?;
    let description = profile.bot.as_ref().map_or(0, |(_, text)| text.chars().count());
    if description > LONGEST_DESCRIPTION {
        return Err(Failure::invalid(
            "model.bot.is_valid.description.app_error",
            "The description is too long.",
        ));
    }
    Ok(())
}

/// Changes a bot.
pub fn update(work: &mut Work<'_>, caller: &Caller, id: Id, patch: &BotPatch) -> Outcome<Bot> {
    let bot = find(work, id)?;
    may_manage_bot(caller, &bot_facts(work, id)?).map_err(bot_denied)?;
    let mut profile = account::profile(work, id)?.ok_or_else(no_bot)?;
    if let Some(username) = &patch.username {
        profile.username = username.trim().to_lowercase();
    }
    if let Some(name) = &patch.display_name {
        profile.first_name.clone_from(name);
    }
    if let Some(description) = &patch.description {
        profile.bot = Some((bot.owner_id, description.clone()));
    }
    validate(&profile)?;
    if profile.username != bot.username {
        signup::require_free(work, "username", &profile.username)?;
    }
    work.emit(profile_scope(id), caller.user, &profile)?;
    find(work, id)
}

/// Lets a bot act, or not.
pub fn enable(work: &mut Work<'_>, caller: &Caller, id: Id, enabled: bool) -> Outcome<Bot> {
    let bot = find(work, id)?;
    may_manage_bot(caller, &bot_facts(work, id)?).map_err(bot_denied)?;
    if (bot.delete_at == 0) != enabled {
        roles::set_active(work, caller.user, id, enabled)?;
    }
    find(work, id)
}

/// Gives a bot to another owner.
pub fn assign(work: &mut Work<'_>, caller: &Caller, id: Id, owner: Id) -> Outcome<Bot> {
    find(work, id)?;
    may_assign_bot(caller, &bot_facts(work, id)?).map_err(bot_denied)?;
    let known =
        account::by_id(work, owner)?.is_some_and(|user| !user.is_bot && user.delete_at == 0);
    if !known {
        return Err(account::no_account());
    }
    account::describe(work, id, caller.user, |profile| {
        if let Some((old, _)) = &mut profile.bot {
            *old = owner;
        }
    })?;
    find(work, id)
}
