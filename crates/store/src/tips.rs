//! Where this site's logs end and what the states of scopes are, ahead of their rows.
//!
//! Every change moves the end of a log and the state hash of a scope: rows of some kilobytes, in
//! which only the last value counts. They are kept here while a transaction is open and written
//! once, before it is committed. A writer that is the only one remembers them afterwards too.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use fieldpost_kernel::{Change, Dialect, Failure, Outcome, Rows, RowsExt, params};
use fieldpost_log::{Digest, Frontier, SaltTree, StateHash};

/// Logs and scopes remembered from one transaction to the next at most; a few kilobytes each.
const MOST: usize = 128;

/// The end of a log of this site.
#[derive(Clone)]
struct Tip {
    /// How many changes it has.
    size: i64,
    /// What is committed to; none in a scope that never leaves the site, which is only counted.
    frontier: Option<Frontier>,
}

#[derive(Default)]
struct Layer {
    tips: HashMap<i64, Tip>,
    states: HashMap<i64, StateHash>,
}

/// The ends of logs and the states of scopes, by the keys of their rows.
#[derive(Default)]
pub(crate) struct Tips {
    /// As they were before the open use case.
    settled: Layer,
    /// What the open use case made of them.
    open: Layer,
    /// Whose rows are behind `settled`.
    late_tips: HashSet<i64>,
    late_states: HashSet<i64>,
    salts: HashMap<i64, SaltTree>,
}

impl Tips {
    /// Reads where a log ends, unless it is known; on a database server it is locked from here to
    /// the end of the transaction.
    pub(crate) fn reach(&mut self, rows: &mut dyn Rows, log: i64) -> Outcome<()> {
        if self.settled.tips.contains_key(&log) {
            return Ok(());
        }
        let sql = match rows.dialect() {
            Dialect::Sqlite => "SELECT size, frontier, salts FROM log WHERE key = ?1",
            Dialect::Postgres => "SELECT size, frontier, salts FROM log WHERE key = ?1 FOR UPDATE",
        };
        let row = rows.first(sql, params![log], |row| {
            (row.int(0), row.blob(1).to_vec(), row.blob(2).to_vec())
        })?;
        let (size, frontier, salts) = row.ok_or_else(|| Failure::internal("a log lost its row"))?;
        let frontier = if salts.is_empty() { None } else { Some(frontier_of(&frontier)?) };
        if frontier.is_some() && !self.salts.contains_key(&log) {
            self.salts.insert(log, salts_of(&salts)?);
        }
        self.settled.tips.insert(log, Tip { size, frontier });
        Ok(())
    }

    /// The number that the next change of a log gets.
    pub(crate) fn next(&mut self, rows: &mut dyn Rows, log: i64) -> Outcome<i64> {
        Ok(self.tip(rows, log)?.size)
    }

    /// Commits to a change under the next number of a log.
    pub(crate) fn append(&mut self, rows: &mut dyn Rows, log: i64, change: &Change) -> Outcome<()> {
        let mut tip = self.tip(rows, log)?.clone();
        tip.size += 1;
        if let (Some(frontier), Some(salts)) = (&mut tip.frontier, self.salts.get_mut(&log)) {
            let leaf = leaf_of(change, salts)?;
            frontier.append(leaf).map_err(|_| Failure::internal("a log is full"))?;
        }
        self.open.tips.insert(log, tip);
        Ok(())
    }

    fn tip(&mut self, rows: &mut dyn Rows, log: i64) -> Outcome<&Tip> {
        self.reach(rows, log)?;
        let known = self.open.tips.get(&log).or_else(|| self.settled.tips.get(&log));
        known.ok_or_else(|| Failure::internal("the end of a log is not known"))
    }

    /// Changes the state hash of a scope: what no longer stands, and what stands now.
    pub(crate) fn change_state(
        &mut self,
        rows: &mut dyn Rows,
        scope: i64,
        (removed, added): (&[Vec<u8>], &[Vec<u8>]),
    ) -> Outcome<()> {
        if removed.is_empty() && added.is_empty() {
            return Ok(());
        }
        self.reach_state(rows, scope)?;
        let known = self.open.states.get(&scope).or_else(|| self.settled.states.get(&scope));
        let mut state = known.cloned().unwrap_or_default();
        removed.iter().for_each(|entity| state.remove(entity));
        added.iter().for_each(|entity| state.add(entity));
        self.open.states.insert(scope, state);
        Ok(())
    }

    /// Reads the state of a scope, unless it is known; on a database server it is locked from here
    /// to the end of the transaction.
    pub(crate) fn reach_state(&mut self, rows: &mut dyn Rows, scope: i64) -> Outcome<()> {
        if let Entry::Vacant(unknown) = self.settled.states.entry(scope) {
            unknown.insert(stored_state(rows, scope)?);
        }
        Ok(())
    }

    /// What the open use case did stands.
    pub(crate) fn settle(&mut self) {
        self.late_tips.extend(self.open.tips.keys());
        self.late_states.extend(self.open.states.keys());
        self.settled.tips.extend(self.open.tips.drain());
        self.settled.states.extend(self.open.states.drain());
    }

    /// What the open use case did does not stand. Unless this writer is alone, the locks that it
    /// took are gone with it, and what was read under them counts no more.
    pub(crate) fn undo(&mut self, alone: bool) {
        self.open = Layer::default();
        if !alone {
            self.settled.tips.retain(|log, _| self.late_tips.contains(log));
            self.settled.states.retain(|scope, _| self.late_states.contains(scope));
        }
    }

    /// Brings the rows up to date.
    pub(crate) fn write(&mut self, rows: &mut dyn Rows) -> Outcome<()> {
        for log in &self.late_tips {
            let Some(tip) = self.settled.tips.get(log) else { continue };
            match &tip.frontier {
                Some(frontier) => rows.execute(
                    "UPDATE log SET size = ?2, frontier = ?3 WHERE key = ?1",
                    params![*log, tip.size, &frontier.encode()],
                )?,
                None => rows
                    .execute("UPDATE log SET size = ?2 WHERE key = ?1", params![*log, tip.size])?,
            };
        }
        for scope in &self.late_states {
            let Some(state) = self.settled.states.get(scope) else { continue };
            rows.execute(
                "UPDATE scope SET state_hash = ?2 WHERE key = ?1",
                params![*scope, &state.encode()],
            )?;
        }
        Ok(())
    }

    /// The transaction is committed. `alone` says that nobody else writes these rows, so that what
    /// they hold stays known.
    pub(crate) fn committed(&mut self, alone: bool) {
        let many = self.settled.tips.len().max(self.settled.states.len()) > MOST;
        if !alone || many {
            return self.forget();
        }
        self.late_tips.clear();
        self.late_states.clear();
    }

    /// Nothing of the transaction stands.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The state hash of a scope's row, locked where others may write to it.
fn stored_state(rows: &mut dyn Rows, scope: i64) -> Outcome<StateHash> {
    let sql = match rows.dialect() {
        Dialect::Sqlite => "SELECT state_hash FROM scope WHERE key = ?1",
        Dialect::Postgres => "SELECT state_hash FROM scope WHERE key = ?1 FOR UPDATE",
    };
    let stored = rows.first(sql, params![scope], |row| row.blob(0).to_vec())?.unwrap_or_default();
    if stored.is_empty() {
        return Ok(StateHash::new());
    }
    StateHash::decode(&stored)
        .map_err(|e| Failure::internal(format!("the state of a scope is damaged: {e}")))
}

fn frontier_of(bytes: &[u8]) -> Outcome<Frontier> {
    Frontier::decode(bytes)
        .map_err(|e| Failure::internal(format!("a log's commitments are damaged: {e}")))
}

/// The salts of a log, from the secret form in its row.
pub(crate) fn salts_of(bytes: &[u8]) -> Outcome<SaltTree> {
    SaltTree::decode_secret(bytes)
        .map_err(|e| Failure::internal(format!("a log's salts are damaged: {e}")))
}

/// The leaf that commits to a change.
pub(crate) fn leaf_of(change: &Change, salts: &mut SaltTree) -> Outcome<Digest> {
    change.leaf(salts).ok_or_else(|| Failure::internal("the salt of a change was erased"))
}
