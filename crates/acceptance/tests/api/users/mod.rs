mod change;
mod guests;
mod list;
mod mfa;
mod sessions;
mod sign;

pub(crate) use self::mfa::{code, set_up_mfa};

use serde_json::Value;

/// The usernames of a list of accounts.
fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}
