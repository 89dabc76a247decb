//! What a writing use case is given.

use fieldpost_log::{ChangeName, Held, LogName, Scope, Stamp};
use fieldpost_model::{Id, Millis};

use crate::change::Body;
use crate::{Change, Dialect, Entropy, Failure, Kind, Outcome, Row, Rows, Value, nul};

/// Where an emitted change went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emitted {
    /// Its name.
    pub name: ChangeName,
    /// When it was written.
    pub stamp: Stamp,
}

impl Emitted {
    /// The id of the `ordinal`th thing of a class that this change creates.
    pub fn derive(&self, class: &'static str, ordinal: u32) -> Id {
        fieldpost_log::derive_id(class, &self.name, ordinal)
    }
}

/// What is kept of another site's log beside its changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// What has come of it, and is proved.
    pub held: Held,
    /// The secret from which the salts of its changes come; empty until it was disclosed.
    pub salts: Vec<u8>,
}

/// The log, as a use case writes to it.
pub trait Append {
    /// Appends a change and applies it, in the use case's transaction.
    fn append(
        &mut self,
        rows: &mut dyn Rows,
        scope: Scope,
        author: Id,
        kind: Kind,
        payload: Vec<u8>,
    ) -> Outcome<Emitted>;

    /// Takes over a change that was written elsewhere, under the name it has, and applies it in
    /// the use case's transaction. Gives whether it was new here.
    fn receive(&mut self, rows: &mut dyn Rows, change: &Change) -> Outcome<bool>;

    /// Keeps how far another site's log is held.
    fn hold(&mut self, rows: &mut dyn Rows, log: &LogName, received: &Received) -> Outcome<()>;
}

/// One use case's transaction: rows to read, a log to write.
///
/// It may be run again from the start, when the database asks for it; so a use case keeps nothing
/// but what it returns.
pub struct Work<'a> {
    rows: &'a mut dyn Rows,
    log: &'a mut dyn Append,
    entropy: &'a dyn Entropy,
    now: Millis,
}

impl<'a> Work<'a> {
    /// A use case's transaction over these ports.
    pub fn new(
        rows: &'a mut dyn Rows,
        log: &'a mut dyn Append,
        entropy: &'a dyn Entropy,
        now: Millis,
    ) -> Self {
        Self { rows, log, entropy, now }
    }

    /// The site's time when this use case began.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// An id nobody can guess: for what grants access, and for what founds a scope.
    pub fn random_id(&self) -> Id {
        self.entropy.id()
    }

    /// Says that something happened: appends the change and applies it to the rows.
    pub fn emit<B: Body>(&mut self, scope: Scope, author: Id, body: &B) -> Outcome<Emitted> {
        if !B::WITHIN.contains(&scope.kind) {
            return Err(Failure::internal(format!("{:?} is void in {scope:?}", B::KIND)));
        }
        if !body.fits() {
            return Err(Failure::invalid(
                "api.fieldpost.too_large",
                "That is longer, or there is more of it, than can be kept.",
            ));
        }
        if nul::stands_in(body) {
            return Err(nul::refused_nul());
        }
        let payload = postcard::to_stdvec(body).map_err(Failure::internal)?;
        self.log.append(self.rows, scope, author, B::KIND, payload)
    }

    /// Takes over a change that was written elsewhere; gives whether it was new here.
    ///
    /// Whoever calls this has already decided that the change may come: that its writer may write
    /// it, and that this site may have it.
    pub fn receive(&mut self, change: &Change) -> Outcome<bool> {
        if !change.name.scope.is_replicated() {
            return Err(Failure::internal("a change of another site's own scope"));
        }
        self.log.receive(self.rows, change)
    }

    /// Keeps how far another site's log is held here and proved, once all of it was received.
    pub fn hold(&mut self, log: &LogName, received: &Received) -> Outcome<()> {
        self.log.hold(self.rows, log, received)
    }

    /// Takes over a change of this site's own log, to make its rows again from it.
    pub fn replay(&mut self, change: &Change) -> Outcome<bool> {
        self.log.receive(self.rows, change)
    }
}

impl Rows for Work<'_> {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Outcome<u64> {
        self.rows.execute(sql, params)
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Outcome<()>,
    ) -> Outcome<()> {
        self.rows.query(sql, params, each)
    }

    fn dialect(&self) -> Dialect {
        self.rows.dialect()
    }
}
