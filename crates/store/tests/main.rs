//! What every engine must keep: run once for each.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod conformance;
mod failed;
mod full;
mod ledger;
mod power;
mod trial;
mod waiting;
