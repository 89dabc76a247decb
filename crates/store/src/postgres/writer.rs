//! A connection that writes, and commits many use cases together.

use fieldpost_kernel::{Failure, FailureKind, Outcome, Rows, Work};
use fieldpost_log::Scope;
use tokio::sync::mpsc;

use super::CHANNEL;
use super::connected::Connected;
use crate::Ports;
use crate::job::WriteJob;
use crate::journal::Journal;

/// Use cases committed together at most.
const BATCH: usize = 64;

/// How often a batch is tried again after a deadlock or a serialisation failure.
const TRIES: usize = 5;

pub(super) struct Writer {
    pub(super) statements: Connected,
    pub(super) journal: Journal,
    pub(super) ports: Ports,
}

impl Writer {
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<WriteJob>) {
        while let Some(first) = jobs.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH
                && let Ok(next) = jobs.try_recv()
            {
                batch.push(next);
            }
            self.commit(&mut batch);
        }
    }

    fn commit(&mut self, batch: &mut Vec<WriteJob>) {
        for attempt in 1.. {
            let outcomes = self.try_commit(batch);
            match outcomes {
                Ok(outcomes) => {
                    self.journal.committed();
                    for (job, outcome) in batch.drain(..).zip(outcomes) {
                        job.answer(outcome);
                    }
                    return;
                }
                Err(failed) => {
                    self.journal.rolled_back();
                    self.give_up();
                    if failed.kind != FailureKind::Unavailable || attempt >= TRIES {
                        for job in batch.drain(..) {
                            job.answer(Err(failed.clone()));
                        }
                        return;
                    }
                }
            }
        }
    }

    fn give_up(&mut self) {
        if let Ok(mut rows) = self.statements.rows() {
            drop(rows.execute("ROLLBACK", &[]));
        }
    }

    /// Runs a batch in one transaction; an error means that none of it stands.
    ///
    /// Statements without answers travel together where they can: on one hot channel, the time
    /// until the next post may be written is the time that all of these take.
    fn try_commit(&mut self, batch: &mut [WriteJob]) -> Outcome<Vec<Outcome<()>>> {
        // What failed in an earlier try says nothing of this one.
        drop(self.statements.take_failure());
        self.journal.begin_transaction();
        self.statements.alive()?.execute("BEGIN", &[])?;
        let mut scopes: Vec<Scope> = batch.iter().flat_map(|job| job.scopes().to_vec()).collect();
        scopes.sort_unstable();
        scopes.dedup();
        self.journal.lock(&mut self.statements.rows()?, &scopes)?;
        self.statements.rows()?.execute("SAVEPOINT use_case", &[])?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch.iter_mut() {
            outcomes.push(self.run_in_savepoint(job)?);
        }
        let mut rows = self.statements.rows()?;
        self.journal.meet(&mut rows)?;
        self.journal.finish(&mut rows)?;
        // Once the end was asked for, nobody knows whether a lost connection lost it too; running
        // the batch again might do it twice.
        rows.execute(&format!("NOTIFY {CHANNEL}; COMMIT"), &[]).map_err(|failed| {
            let lost = failed.kind == FailureKind::Unavailable && self.statements.is_lost();
            if lost { Failure::internal(format!("in doubt: {}", failed.detail)) } else { failed }
        })?;
        Ok(outcomes)
    }

    /// Runs a use case in the savepoint there is, and leaves one for the next.
    fn run_in_savepoint(&mut self, job: &mut WriteJob) -> Outcome<Outcome<()>> {
        let now = self.ports.clock.now();
        self.journal.begin(now);
        let mut rows = self.statements.rows()?;
        let mut work = Work::new(&mut rows, &mut self.journal, &*self.ports.entropy, now);
        let mut outcome = job.run(&mut work);
        if let Some(failed) = self.statements.take_failure() {
            outcome = Err(failed);
        }
        let mut rows = self.statements.rows()?;
        match &outcome {
            Ok(()) => {
                rows.execute("RELEASE SAVEPOINT use_case; SAVEPOINT use_case", &[])?;
                self.journal.settle();
            }
            // A deadlock or serialisation failure has already ended the whole transaction.
            Err(failed) if failed.kind == FailureKind::Unavailable => return Err(failed.clone()),
            Err(_) => {
                rows.execute("ROLLBACK TO SAVEPOINT use_case", &[])?;
                self.journal.undo();
            }
        }
        Ok(outcome)
    }
}
