//! Whoever is told of the statements that are run.

use std::sync::Arc;

use fieldpost_kernel::Value;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It runs use cases that change nothing.
    Reads,
    /// It runs use cases that change something.
    Writes,
}

/// Whoever is told of the statements that are run. A benchmark runs them again without anything
/// around them; tests ask how they are planned.
pub trait Witness: Send + Sync {
    /// A statement is about to be run by a connection.
    fn statement(&self, role: Role, sql: &str, params: &[Value<'_>]);
}

/// Tells the witness, if there is one, what a connection runs.
#[derive(Clone)]
pub(crate) struct Watch {
    witness: Option<Arc<dyn Witness>>,
    role: Role,
}

impl Watch {
    pub(crate) fn new(witness: Option<&Arc<dyn Witness>>, role: Role) -> Self {
        Self { witness: witness.cloned(), role }
    }

    pub(crate) fn tell(&self, sql: &str, params: &[Value<'_>]) {
        if let Some(witness) = &self.witness {
            witness.statement(self.role, sql, params);
        }
    }
}
