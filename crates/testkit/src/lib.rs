//! A site in the test's own process: actors, fake clock, seeded ids, real databases.
//!
//! Tests say what a client does and what it sees. `FIELDPOST_TEST_ENGINE=postgres` runs them
//! against a real database server, which the first test of a process starts.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed, and says where"
)]

mod actor;
mod addresses;
mod database;
mod described;
mod dice;
mod mailbox;
mod plans;
mod ports;
mod site;
mod socket;

/// How long a test waits for what must come before it has failed: how soon it comes depends on what
/// else the machine does.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

pub use self::actor::{Actor, Reply};
pub use self::addresses::free_address;
pub use self::database::fresh as fresh_database;
pub use self::dice::Dice;
pub use self::mailbox::{Mailbox, Manner, Received};
pub use self::ports::{SeededEntropy, TestClock};
pub use self::site::TestSite;
pub use self::socket::TestSocket;
