//! Webhooks: addresses at which programs post, and addresses that are told of posts.
//!
//! They are this site's own business and cross no link: the ids of the incoming ones grant access,
//! and a post goes out once, from the site where it was written.

pub mod change;
pub mod fire;
pub mod incoming;
pub mod outgoing;
pub mod payload;
pub mod post;

use fieldpost_access::{
    Caller, Integration, Permission, TeamFacts, may_lend_name, may_manage_integration,
    require_system,
};
use fieldpost_kernel::{Failure, Features, Outcome, Rows, Work};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::Id;

pub use self::change::{
    IncomingWebhookDeleted, IncomingWebhookSaved, OutgoingWebhookDeleted, OutgoingWebhookSaved,
};
pub use self::payload::Payload;
pub use self::post::Naming;
use crate::facts::{self, denied};

/// Lists of an outgoing webhook are kept as JSON. `hook_fired` remembers for a while which posts
/// were told of, so that of many servers on one database one tells.
const TABLES: &str = "
CREATE TABLE incoming_webhook (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    creator BLOB NOT NULL,
    team BLOB NOT NULL,
    channel BLOB NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    username TEXT NOT NULL,
    icon_url TEXT NOT NULL,
    locked INTEGER NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    stamp INTEGER NOT NULL
);
CREATE TABLE outgoing_webhook (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    token BLOB NOT NULL,
    creator BLOB NOT NULL,
    team BLOB NOT NULL,
    channel BLOB NOT NULL,
    trigger_words TEXT NOT NULL,
    starts_with INTEGER NOT NULL,
    callback_urls TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT NOT NULL,
    content_type TEXT NOT NULL,
    username TEXT NOT NULL,
    icon_url TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0,
    stamp INTEGER NOT NULL
);
CREATE INDEX outgoing_webhook_team ON outgoing_webhook (team) WHERE delete_at = 0;
CREATE TABLE hook_fired (post BLOB PRIMARY KEY, at INTEGER NOT NULL);
CREATE INDEX hook_fired_at ON hook_fired (at)";

/// The longest name, in characters.
pub(crate) const LONGEST_NAME: usize = 64;
/// The longest description, in characters.
pub(crate) const LONGEST_DESCRIPTION: usize = 500;
/// The longest address of a picture, in bytes.
pub(crate) const LONGEST_ICON: usize = 1024;
/// The longest list of words or addresses, in bytes.
pub(crate) const LONGEST_LIST: usize = 1024;

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// Where a site's webhooks are filed.
pub fn scope() -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(*b"webhooks of site"))
}

/// A channel is of another team now, and so are the webhooks that post into it or tell of it.
pub(crate) fn follow_channel(
    work: &mut Work<'_>,
    caller: &Caller,
    channel: Id,
    team: Id,
) -> Outcome<()> {
    incoming::follow_channel(work, caller, channel, team)?;
    outgoing::follow_channel(work, caller, channel, team)
}

/// Whose webhooks somebody may list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Own,
    All,
}

/// Whose webhooks the caller may list, in a team or everywhere.
fn listed(
    rows: &mut dyn Rows,
    caller: &Caller,
    team: Option<Id>,
    kind: Integration,
) -> Outcome<Listed> {
    let Some(team) = team else {
        let (own, others) = match kind {
            Integration::OutgoingWebhook => {
                (Permission::ManageOwnOutgoingWebhooks, Permission::ManageOthersOutgoingWebhooks)
            }
            _ => (Permission::ManageOwnIncomingWebhooks, Permission::ManageOthersIncomingWebhooks),
        };
        require_system(caller, own).map_err(denied)?;
        let all = require_system(caller, others).is_ok();
        return Ok(if all { Listed::All } else { Listed::Own });
    };
    let team = facts::team(rows, caller, team)?.facts;
    may_manage(caller, &team, kind, caller.user)?;
    let all = may_manage(caller, &team, kind, Id::NONE).is_ok();
    Ok(if all { Listed::All } else { Listed::Own })
}

fn may_manage(caller: &Caller, team: &TeamFacts, kind: Integration, of: Id) -> Outcome<()> {
    may_manage_integration(caller, team, kind, of).map_err(denied)
}

/// Whoever a webhook of a team posts for is somebody of this site. If that is not the caller, it is
/// somebody of the team, whose name the caller may lend. Gives them.
fn require_creator(
    rows: &mut dyn Rows,
    caller: &Caller,
    (creator, team): (Id, Id),
    named: &str,
) -> Outcome<Caller> {
    let maker = facts::acting(rows, creator)?.ok_or_else(|| Failure::invalid_body(named))?;
    if creator != caller.user {
        let team = facts::team(rows, &maker, team)?.facts;
        may_lend_name(caller, &maker, &team).map_err(denied)?;
    }
    Ok(maker)
}
