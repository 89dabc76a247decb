//! Accounts, credentials, sessions, access tokens, bots, presence.
//!
//! Writes the tables of people and of how they prove who they are. It knows nothing of teams,
//! channels or posts.

pub mod account;
pub mod address;
pub mod attribute;
pub mod audit;
pub mod bot;
pub mod credential;
pub mod export;
pub mod import;
pub mod mfa;
pub mod oauth;
pub mod presence;
pub mod proof;
mod remote;
pub mod roles;
pub mod session;
mod show;
pub mod signup;
pub mod status;
pub mod target;
pub mod terms;
pub mod token;
pub mod update;

use fieldpost_kernel::Features;

/// Adds this feature's tables and kinds of change.
pub fn register(features: &mut Features) {
    account::register(features);
    credential::register(features);
    session::register(features);
    token::register(features);
    oauth::register(features);
    mfa::register(features);
    proof::register(features);
    status::register(features);
    roles::register(features);
    attribute::register(features);
    terms::register(features);
    audit::register(features);
    show::register(features);
}
