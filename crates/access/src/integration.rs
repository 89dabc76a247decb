//! Bots, hooks, commands, OAuth apps and custom emoji.

use fieldpost_model::{ChannelType, Id};

use crate::decide::{require, require_channel, require_system, require_team};
use crate::facts::{BotFacts, Caller, ChannelFacts, Denied, TeamFacts};
use crate::permission::Permission;
use crate::user::TokenAction;

/// Why a caller may not do something to a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BotRefusal {
    /// They may not even know of it: the answer is that there is no such bot.
    NotFound,
    /// They may see it, and no more.
    Denied(Denied),
}

/// Whether the caller may make bots. They become the owner.
pub fn may_create_bot(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::CreateBot)
}

/// Whether the caller may see a bot's settings.
pub fn may_read_bot(caller: &Caller, bot: &BotFacts) -> Result<(), BotRefusal> {
    let needed =
        if caller.is(bot.owner) { Permission::ReadBots } else { Permission::ReadOthersBots };
    require_system(caller, needed).map_err(|_| BotRefusal::NotFound)
}

/// Whether the caller may change, disable and enable a bot.
pub fn may_manage_bot(caller: &Caller, bot: &BotFacts) -> Result<(), BotRefusal> {
    let needed =
        if caller.is(bot.owner) { Permission::ManageBots } else { Permission::ManageOthersBots };
    require_system(caller, needed).or_else(|denied| {
        may_read_bot(caller, bot)?;
        Err(BotRefusal::Denied(denied))
    })
}

/// Whether the caller may give a bot to another owner.
pub fn may_assign_bot(caller: &Caller, bot: &BotFacts) -> Result<(), BotRefusal> {
    may_manage_bot(caller, bot)?;
    require_system(caller, Permission::AssignBot).map_err(BotRefusal::Denied)
}

/// Whether the caller may do this to the access tokens of a bot.
pub fn may_use_bot_tokens(
    caller: &Caller,
    action: TokenAction,
    bot: &BotFacts,
) -> Result<(), BotRefusal> {
    require_system(caller, action.permission()).map_err(BotRefusal::Denied)?;
    may_manage_bot(caller, bot)
}

/// An integration that belongs to a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integration {
    /// Posts come in by it.
    IncomingWebhook,
    /// Posts go out by it.
    OutgoingWebhook,
    /// A slash command answered elsewhere.
    Command,
}

/// Whether the caller may see, make, change or delete an integration made by this user.
pub fn may_manage_integration(
    caller: &Caller,
    team: &TeamFacts,
    integration: Integration,
    creator: Id,
) -> Result<(), Denied> {
    use Permission as P;
    let (own, others) = match integration {
        Integration::IncomingWebhook => {
            (P::ManageOwnIncomingWebhooks, P::ManageOthersIncomingWebhooks)
        }
        Integration::OutgoingWebhook => {
            (P::ManageOwnOutgoingWebhooks, P::ManageOthersOutgoingWebhooks)
        }
        Integration::Command => (P::ManageOwnSlashCommands, P::ManageOthersSlashCommands),
    };
    require_team(caller, team, own)?;
    if caller.is(creator) { Ok(()) } else { require_team(caller, team, others) }
}

/// Whether the caller may run commands in a channel, and use what integrations offer there: its
/// members that may write may.
pub fn may_run_command(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    require_channel(caller, channel, Permission::CreatePost)
}

/// Whether the caller may let an incoming webhook post into a channel. Guests may only where they
/// are members.
pub fn may_target_webhook(caller: &Caller, channel: &ChannelFacts) -> Result<(), Denied> {
    let inside = !caller.guest || caller.belongs(channel.member.as_ref());
    require(inside, Permission::ReadChannelContent)?;
    if channel.kind == ChannelType::Open {
        return require(caller.may_act() && !channel.id.is_none(), Permission::ReadChannelContent);
    }
    require_channel(caller, channel, Permission::ReadChannelContent)
}

/// Whether the caller may have a webhook post in the name of somebody else, who must belong to the
/// team themselves. Only system administrators lend out the name of one.
pub fn may_lend_name(caller: &Caller, maker: &Caller, of_maker: &TeamFacts) -> Result<(), Denied> {
    let belongs = !of_maker.id.is_none() && maker.belongs(of_maker.member.as_ref());
    require(belongs, Permission::ViewTeam)?;
    let administers = maker.holds(Permission::ManageSystem);
    require(!administers || caller.holds(Permission::ManageSystem), Permission::ManageSystem)
}

/// Whether the caller may see an incoming webhook of this user that chooses its channel with each
/// post. Whoever sees it can write in that user's name wherever they may.
pub fn may_see_unlocked_webhook(caller: &Caller, creator: Id) -> Result<(), Denied> {
    if caller.is(creator) { Ok(()) } else { require_system(caller, Permission::ManageSystem) }
}

/// Whether the caller may let an incoming webhook choose its channel with each post.
pub fn may_unlock_webhook(caller: &Caller, team: &TeamFacts) -> Result<(), Denied> {
    require_team(caller, team, Permission::BypassIncomingWebhookChannelLock)
}

/// Whether the caller may see, change or delete an OAuth app made by this user.
pub fn may_manage_oauth_app(caller: &Caller, creator: Id) -> Result<(), Denied> {
    require_system(caller, Permission::ManageOauth)?;
    if caller.is(creator) {
        return Ok(());
    }
    require_system(caller, Permission::ManageSystemWideOauth)
}

/// Whether the caller may mark an OAuth app as trusted, so that people are not asked.
pub fn may_trust_oauth_app(caller: &Caller) -> Result<(), Denied> {
    require_system(caller, Permission::ManageSystem)
}

/// Whether the caller may add custom emoji: everywhere, or in any of their teams.
pub fn may_create_emoji(caller: &Caller, teams: &[TeamFacts]) -> Result<(), Denied> {
    in_any_team(caller, teams, Permission::CreateEmojis)
}

/// Whether the caller may delete a custom emoji made by this user.
pub fn may_delete_emoji(caller: &Caller, teams: &[TeamFacts], creator: Id) -> Result<(), Denied> {
    in_any_team(caller, teams, Permission::DeleteEmojis)?;
    if caller.is(creator) {
        return Ok(());
    }
    in_any_team(caller, teams, Permission::DeleteOthersEmojis)
}

/// Emoji belong to the whole site, so a right in one team counts everywhere.
fn in_any_team(caller: &Caller, teams: &[TeamFacts], permission: Permission) -> Result<(), Denied> {
    let in_one = || teams.iter().any(|team| require_team(caller, team, permission).is_ok());
    require(caller.holds(permission) || in_one(), permission)
}
