//! What every engine must keep: run once for each.
#![expect(missing_docs, reason = "tests are not an interface")]

mod conformance;
mod ledger;
