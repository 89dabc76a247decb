//! Values on their way to the database server, and rows on their way back.

use std::error::Error;

use fieldpost_kernel::{Row, Value};
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(int) if *ty == Type::INT4 => i32::try_from(int)?.to_sql(ty, out),
            Value::Int(int) => int.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

pub(super) struct PostgresRow<'r>(pub(super) &'r postgres::Row);

impl Row for PostgresRow<'_> {
    fn int(&self, column: usize) -> i64 {
        if let Ok(int) = self.0.try_get::<_, Option<i64>>(column) {
            return int.unwrap_or(0);
        }
        if let Ok(int) = self.0.try_get::<_, Option<i32>>(column) {
            return i64::from(int.unwrap_or(0));
        }
        i64::from(self.0.try_get::<_, Option<bool>>(column).ok().flatten().unwrap_or(false))
    }

    fn text(&self, column: usize) -> &str {
        self.0.try_get::<_, Option<&str>>(column).ok().flatten().unwrap_or("")
    }

    fn blob(&self, column: usize) -> &[u8] {
        self.0.try_get::<_, Option<&[u8]>>(column).ok().flatten().unwrap_or(&[])
    }

    fn is_null(&self, column: usize) -> bool {
        struct Anything;
        impl<'a> postgres::types::FromSql<'a> for Anything {
            fn from_sql(_: &Type, _: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                Ok(Self)
            }
            fn accepts(_: &Type) -> bool {
                true
            }
        }
        self.0.try_get::<_, Option<Anything>>(column).ok().flatten().is_none()
    }
}
