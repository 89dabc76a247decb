//! Teams, channels, memberships, posts, followed threads, reactions, emoji, files, read state.
//!
//! Writes the tables of what people say and where. Of people it reads who they are; how they
//! prove it is none of its business.

pub mod action;
pub mod bookmark;
pub mod channel;
pub mod command;
pub mod emoji;
pub mod export;
pub mod facts;
pub mod file;
mod grant;
pub mod group;
pub mod guest;
pub mod hook;
pub mod import;
pub mod notify;
pub mod people;
pub mod post;
pub mod preference;
pub mod reaction;
pub mod register;
pub mod reminder;
pub mod room;
pub mod search;
pub mod sidebar;
pub mod team;
pub mod thread;
pub mod unsent;

use fieldpost_kernel::Features;

/// Adds this feature's tables and kinds of change.
pub fn register(features: &mut Features) {
    register::register(features);
    team::register(features);
    channel::register(features);
    post::register(features);
    thread::register(features);
    reaction::register(features);
    preference::register(features);
    sidebar::register(features);
    file::register(features);
    emoji::register(features);
    group::register(features);
    hook::register(features);
    bookmark::register(features);
    unsent::register(features);
    reminder::register(features);
    command::register(features);
    action::register(features);
}
