//! Accounts, credentials, sessions, access tokens, bots, presence.
//!
//! Writes the tables of people and of how they prove who they are. It knows nothing of teams,
//! channels or posts.

pub mod account;
pub mod credential;
pub mod import;
pub mod session;
pub mod signup;

use fieldpost_kernel::Features;

/// Adds this feature's tables and kinds of change.
pub fn register(features: &mut Features) {
    account::register(features);
    credential::register(features);
    session::register(features);
}
