//! The binary as an operator meets it.
#![expect(missing_docs, reason = "tests are not an interface")]

mod commands;
mod kill;
mod process;
