//! Who may do what: pure decisions over facts, in one place.
//!
//! Whoever serves a request, an event, a search result or an export loads the facts once
//! ([`Caller`], [`TeamFacts`], [`ChannelFacts`], …) and asks a function of this crate. Nothing here
//! reads a database, a clock or a configuration: the same facts always give the same answer.
//!
//! Deny by default: a fact that was not loaded is a permission that is not held, and an account
//! that does not act here (deactivated, or at home on another site) is refused whatever its roles
//! say. What a request may not do for another reason than a missing permission, such as a licence,
//! a time limit or an archived channel ([`ChannelFacts::require_live`]), has errors of its own and
//! is asked apart.

mod channel;
mod console;
mod decide;
mod facts;
mod group;
mod integration;
mod membership;
mod moderation;
mod permission;
mod post;
mod role;
mod set;
mod team;
mod user;

#[cfg(test)]
mod tests;

pub use channel::*;
pub use console::*;
pub use decide::*;
pub use facts::{
    Actor, Archived, BotFacts, Caller, CategoryFacts, ChannelFacts, Denied, GroupFacts, Policy,
    TeamFacts, UserFacts, VisibilityFacts,
};
pub use group::*;
pub use integration::*;
pub use membership::{MembershipRoles, SchemeRoles, permissions_of};
pub use moderation::{Moderated, Restricted, Restrictions, restricted_roles, unrestricted};
pub use permission::{Permission, Scope};
pub use post::*;
pub use role::{Role, builtin, builtin_roles};
pub use set::PermissionSet;
pub use team::*;
pub use user::*;
