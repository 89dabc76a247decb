//! A use case on its way to an engine's thread, and its answer on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fieldpost_kernel::{Failure, Outcome, Rows, Work};
use fieldpost_log::Scope;
use tokio::sync::oneshot;

/// A reading use case whose answer has a type only its sender knows.
pub(crate) type ReadJob = Box<dyn Read + Send>;

/// A writing use case whose answer has a type only its sender knows.
pub(crate) type WriteJob = Box<dyn Write + Send>;

pub(crate) trait Read {
    /// Runs it and answers.
    fn run(self: Box<Self>, rows: &mut dyn Rows);
    /// Answers that it could not be run.
    fn refuse(self: Box<Self>, failure: Failure);
}

pub(crate) trait Write {
    /// The scopes it said it will write to.
    fn scopes(&self) -> &[Scope];
    /// Runs it and keeps its answer; whether what it did should stand.
    fn run(&mut self, work: &mut Work<'_>) -> Outcome<()>;
    /// Gives the kept answer, or the reason for which nothing stands.
    fn answer(self: Box<Self>, committed: Outcome<()>);
}

struct Reading<T, F> {
    use_case: F,
    answer: oneshot::Sender<Outcome<T>>,
}

impl<T, F> Read for Reading<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Rows) -> Outcome<T> + Send + 'static,
{
    fn run(self: Box<Self>, rows: &mut dyn Rows) {
        let Self { use_case, answer } = *self;
        let outcome = guarded(|| use_case(rows));
        // Nobody waits any more: nothing is lost, it was a question.
        drop(answer.send(outcome));
    }

    fn refuse(self: Box<Self>, failure: Failure) {
        drop(self.answer.send(Err(failure)));
    }
}

struct Writing<T, F> {
    scopes: Vec<Scope>,
    use_case: F,
    outcome: Option<T>,
    answer: oneshot::Sender<Outcome<T>>,
}

impl<T, F> Write for Writing<T, F>
where
    T: Send + 'static,
    F: Fn(&mut Work<'_>) -> Outcome<T> + Send + 'static,
{
    fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    fn run(&mut self, work: &mut Work<'_>) -> Outcome<()> {
        self.outcome = Some(guarded(|| (self.use_case)(work))?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Outcome<()>) {
        let Self { outcome, answer, .. } = *self;
        let outcome = committed.and_then(|()| {
            outcome.ok_or_else(|| Failure::internal("a committed use case has no answer"))
        });
        // The caller may have gone; what was committed stands.
        drop(answer.send(outcome));
    }
}

/// A panic in a use case is that use case's failure, never the thread's.
fn guarded<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a message");
        Err(Failure::internal(format!("a use case panicked: {said}")))
    })
}

/// A reading use case as a job, and where its answer will come.
pub(crate) fn reading<T, F>(use_case: F) -> (ReadJob, oneshot::Receiver<Outcome<T>>)
where
    T: Send + 'static,
    F: FnOnce(&mut dyn Rows) -> Outcome<T> + Send + 'static,
{
    let (answer, receiver) = oneshot::channel();
    (Box::new(Reading { use_case, answer }), receiver)
}

/// A writing use case as a job, and where its answer will come.
pub(crate) fn writing<T, F>(
    scopes: &[Scope],
    use_case: F,
) -> (WriteJob, oneshot::Receiver<Outcome<T>>)
where
    T: Send + 'static,
    F: Fn(&mut Work<'_>) -> Outcome<T> + Send + 'static,
{
    let (answer, receiver) = oneshot::channel();
    let job = Writing { scopes: scopes.to_vec(), use_case, outcome: None, answer };
    (Box::new(job), receiver)
}
