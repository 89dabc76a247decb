//! Statements and rows, without a dialect.
//!
//! SQL text is common to both engines, with `?1`-style parameters. Columns hold integers, text,
//! bytes or nothing; a boolean is 0 or 1; an id is its 16 bytes.

use fieldpost_model::Id;

use crate::Outcome;

/// Which engine runs the statements, for the few places where their SQL must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded engine.
    Sqlite,
    /// The database server.
    Postgres,
}

/// A parameter of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL `NULL`.
    Null,
    /// A 64-bit integer.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl From<i32> for Value<'_> {
    fn from(int: i32) -> Self {
        Self::Int(i64::from(int))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(i64::from(flag))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a> From<&'a Id> for Value<'a> {
    fn from(id: &'a Id) -> Self {
        Self::Blob(id.as_bytes())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer; columns count from 0. `NULL` reads as 0, "" or no bytes.
pub trait Row {
    /// An integer column.
    fn int(&self, column: usize) -> i64;
    /// A text column.
    fn text(&self, column: usize) -> &str;
    /// A column of bytes.
    fn blob(&self, column: usize) -> &[u8];
    /// Whether the column is `NULL`.
    fn is_null(&self, column: usize) -> bool;
    /// A boolean column.
    fn flag(&self, column: usize) -> bool {
        self.int(column) != 0
    }
    /// A column of an id; `NULL` reads as [`Id::NONE`].
    fn id(&self, column: usize) -> Id {
        Id::from_slice(self.blob(column))
    }
}

/// A transaction's view of the tables.
pub trait Rows {
    /// Runs a statement and says how many rows it touched.
    fn execute(&mut self, sql: &str, params: &[Value<'_>]) -> Outcome<u64>;

    /// Runs a query and hands each row over as it comes.
    fn query(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        each: &mut dyn FnMut(&dyn Row) -> Outcome<()>,
    ) -> Outcome<()>;

    /// Which engine this is.
    fn dialect(&self) -> Dialect;
}

/// The usual ways of asking.
pub trait RowsExt: Rows {
    /// Every row, mapped.
    fn all<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&dyn Row) -> T,
    ) -> Outcome<Vec<T>> {
        let mut found = Vec::new();
        self.query(sql, params, &mut |row| {
            found.push(map(row));
            Ok(())
        })?;
        Ok(found)
    }

    /// The first row, if there is one.
    fn first<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&dyn Row) -> T,
    ) -> Outcome<Option<T>> {
        let mut found = None;
        self.query(sql, params, &mut |row| {
            if found.is_none() {
                found = Some(map(row));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The integer of the first row's first column, or 0.
    fn count(&mut self, sql: &str, params: &[Value<'_>]) -> Outcome<i64> {
        Ok(self.first(sql, params, |row| row.int(0))?.unwrap_or(0))
    }

    /// Every row of a query whose text has `{in}` where a list of values belongs.
    ///
    /// The list's parameters come after `params`. Long lists are asked for in slices of 64, and
    /// short ones padded to a power of two, so that few different statements are ever prepared.
    fn all_in<T>(
        &mut self,
        sql: &str,
        params: &[Value<'_>],
        list: &[Value<'_>],
        mut map: impl FnMut(&dyn Row) -> T,
    ) -> Outcome<Vec<T>> {
        let mut found = Vec::new();
        for slice in list.chunks(64) {
            let Some(last) = slice.last() else { break };
            let width = slice.len().next_power_of_two();
            let marks: Vec<String> =
                (1..=width).map(|n| format!("?{}", params.len() + n)).collect();
            let mut all = params.to_vec();
            all.extend_from_slice(slice);
            all.resize(params.len() + width, *last);
            let text = sql.replace("{in}", &marks.join(","));
            self.query(&text, &all, &mut |row| {
                found.push(map(row));
                Ok(())
            })?;
        }
        Ok(found)
    }
}

impl<R: Rows + ?Sized> RowsExt for R {}
