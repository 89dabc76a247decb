//! How the statements of a site are planned: none may read all of a table that grows.
//!
//! Every statement that a test makes a site run is planned by its engine when the test is over,
//! once for each text and process. So a statement without an index fails whichever test runs it
//! first. What may be read as a whole, and why, is declared in `whole.tsv`.

mod embedded;
mod exceptions;
mod server;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use fieldpost_kernel::Value;
use fieldpost_store::{Role, Witness};

use self::exceptions::Exceptions;

/// The texts that were looked at by any test of this process.
static KNOWN: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(Mutex::default);

/// The texts of the statements that a site ran.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<BTreeSet<String>>);

/// Something that is read from one end to the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Whole {
    /// The table.
    table: String,
    /// The index that is read instead of it, if one is.
    index: Option<String>,
    /// How the engine says it.
    said: String,
}

impl Witness for Heard {
    fn statement(&self, _: Role, sql: &str, _: &[Value<'_>]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !heard.contains(sql) && is_planned(sql) {
            heard.insert(sql.to_owned());
        }
    }
}

/// Whether an engine makes a plan for it.
fn is_planned(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default();
    ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].contains(&first)
}

impl Heard {
    /// What is wrong with the plans of statements that nobody has looked at before. This blocks.
    ///
    /// `database` is the URL of a database server; the embedded engine's file is used without one.
    pub(crate) fn faults(&self, file: &Path, database: Option<&str>) -> Vec<String> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<String> = heard.difference(&known).cloned().collect();
        heard.clear();
        let plans = match database {
            Some(url) => server::plans(url, &new),
            None => embedded::plans(file, &new),
        };
        let exceptions = Exceptions::declared();
        let judged = new.iter().zip(plans);
        let faults = judged.flat_map(|(sql, wholes)| exceptions.faults(sql, &wholes)).collect();
        known.extend(new);
        faults
    }
}
