//! What links promise to many sites, in virtual time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed, and says where")]

mod forms;
mod histories;

/// A number that the environment may say, for whoever has more time.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
