//! Statements on a connection that is made when it is first needed and again when it breaks.

use fieldpost_kernel::{Dialect, Failure, Outcome, Row, Rows, Value};
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;

use super::values::{Bound, PostgresRow};
use super::{connect, failure};
use crate::dialect;
use crate::witness::Watch;

/// A connection that is made when it is first needed, and again when it breaks.
pub(super) struct Connected {
    url: String,
    client: Option<Client>,
    prepared: Prepared,
    failed: Option<Failure>,
    watch: Watch,
}

type Prepared = std::collections::HashMap<String, postgres::Statement>;

impl Connected {
    pub(super) fn new(url: &str, watch: Watch) -> Self {
        let prepared = Prepared::new();
        Self { url: url.to_owned(), client: None, prepared, failed: None, watch }
    }

    /// Statements on the connection, which is made anew if there is none.
    pub(super) fn alive(&mut self) -> Outcome<Statements<'_>> {
        if self.is_lost() {
            self.client = Some(connect(&self.url)?);
            self.prepared.clear();
        }
        self.rows()
    }

    /// Statements on the connection, which is as it is: what was begun on it may be lost.
    pub(super) fn rows(&mut self) -> Outcome<Statements<'_>> {
        let client = self.client.as_mut();
        Ok(Statements {
            client: client.ok_or_else(|| Failure::internal("the database is not connected"))?,
            prepared: Kept::Borrowed(&mut self.prepared, &mut self.failed),
            watch: &self.watch,
        })
    }

    pub(super) fn is_lost(&self) -> bool {
        self.client.as_ref().is_none_or(Client::is_closed)
    }

    /// The first failure since it was last asked for: nothing of what was begun stands then.
    pub(super) fn take_failure(&mut self) -> Option<Failure> {
        self.failed.take()
    }
}

enum Kept<'c> {
    Owned(Prepared),
    Borrowed(&'c mut Prepared, &'c mut Option<Failure>),
}

/// Statements on one connection, prepared once each.
pub(super) struct Statements<'c> {
    client: &'c mut Client,
    prepared: Kept<'c>,
    watch: &'c Watch,
}

impl<'c> Statements<'c> {
    pub(super) fn new(client: &'c mut Client, watch: &'c Watch) -> Self {
        Self { client, prepared: Kept::Owned(Prepared::new()), watch }
    }

    /// Remembers that a statement failed: nothing of the use case stands then, whatever it says.
    fn fail(&mut self, error: &postgres::Error, sql: &str) -> Failure {
        let mut failed = failure(error);
        failed.detail = format!("{} in {sql}", failed.detail);
        if let Kept::Borrowed(_, first) = &mut self.prepared {
            first.get_or_insert_with(|| failed.clone());
        }
        failed
    }

    fn prepare(&mut self, sql: &str) -> Outcome<postgres::Statement> {
        let prepared = match &mut self.prepared {
            Kept::Owned(prepared) => prepared,
            Kept::Borrowed(prepared, _) => prepared,
        };
        if let Some(statement) = prepared.get(sql) {
            return Ok(statement.clone());
        }
        match self.client.prepare(&dialect::postgres_parameters(sql)) {
            Ok(statement) => {
                prepared.insert(sql.to_owned(), statement.clone());
                Ok(statement)
            }
            Err(error) => Err(self.fail(&error, sql)),
        }
    }
}

impl Rows for Statements<'_> {
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Outcome<u64> {
        self.watch.tell(sql, params);
        if params.is_empty() {
            return self.client.batch_execute(sql).map(|()| 0).map_err(|e| self.fail(&e, sql));
        }
        dialect::require_storable(params)?;
        let statement = self.prepare(sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|v| Bound(*v)).collect();
        let params: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|b| b as _).collect();
        self.client.execute(&statement, &params).map_err(|e| self.fail(&e, sql))
    }

    fn query(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Outcome<()>,
    ) -> Outcome<()> {
        self.watch.tell(sql, params);
        dialect::require_storable(params)?;
        let statement = self.prepare(sql)?;
        let bound: Vec<Bound<'_>> = params.iter().map(|v| Bound(*v)).collect();
        let params = bound.iter().map(|b| b as &(dyn ToSql + Sync));
        let ask = || -> Result<Outcome<()>, postgres::Error> {
            let mut rows = self.client.query_raw(&statement, params)?;
            while let Some(row) = rows.next()? {
                if let Err(failed) = each(&PostgresRow(&row)) {
                    return Ok(Err(failed));
                }
            }
            Ok(Ok(()))
        };
        let asked = ask();
        asked.unwrap_or_else(|e| Err(self.fail(&e, sql)))
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
}
