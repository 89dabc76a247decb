//! Fields that a site adds to everybody's profile, and what stands in them.
//!
//! Both are the site's own and cross no link: another site has other fields, and what is noted of a
//! person here is not for everybody whom their profile reaches.

mod change;
mod field;
mod value;

use fieldpost_kernel::{Failure, FailureKind, Features, Outcome, Row, Rows, RowsExt, params};
use fieldpost_log::{Scope, ScopeKind};
use fieldpost_model::{FieldAttributes, Id, ProfileField};

pub use self::change::{Definition, FieldChanged, FieldMade, FieldRemoved, ValuesSet};
pub use self::field::{FieldPatch, NewField, OptionPatch, create, patch, remove};
pub use self::value::{Values, of_person, set};

/// `definition` and `value` are JSON. An empty value has no row.
const TABLES: &str = "
CREATE TABLE profile_field (
    key INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    definition TEXT NOT NULL,
    create_at INTEGER NOT NULL,
    update_at INTEGER NOT NULL,
    delete_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE profile_value (
    field_key INTEGER NOT NULL,
    account_key INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_key, field_key)
);
CREATE INDEX profile_value_field ON profile_value (field_key)";

/// Fields that a site may have at once.
pub const MOST_FIELDS: usize = 20;

pub(crate) fn register(features: &mut Features) {
    features.tables(TABLES);
    change::register(features);
}

/// Where a site's fields are filed, which is also what clients know the group of them by.
pub fn scope() -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(*b"fields of people"))
}

/// There is no such field.
pub fn no_field() -> Failure {
    Failure::not_found(
        "app.custom_profile_attributes.property_field_not_found.app_error",
        "There is no such field.",
    )
}

/// More fields than a site may have.
fn too_many() -> Failure {
    Failure::new(
        FailureKind::Unprocessable,
        "app.custom_profile_attributes.limit_reached.app_error",
        format!("A profile has at most {MOST_FIELDS} additional fields."),
    )
}

/// A field as it is kept.
struct Kept {
    id: Id,
    definition: Definition,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
}

impl Kept {
    fn shown(self) -> ProfileField {
        let Definition { name, kind, visibility, sort_order, value_type, managed, options } =
            self.definition;
        ProfileField {
            id: self.id,
            group_id: scope().id,
            name,
            kind,
            attrs: FieldAttributes {
                visibility,
                sort_order,
                value_type,
                managed: if managed { "admin" } else { "" },
                ldap: "",
                saml: "",
                options: kind.has_options().then_some(options),
            },
            target_id: "",
            target_type: "",
            create_at: self.create_at,
            update_at: self.update_at,
            delete_at: self.delete_at,
        }
    }
}

const COLUMNS: &str = "SELECT id, definition, create_at, update_at, delete_at FROM profile_field";

fn kept_of(row: &dyn Row) -> Outcome<Kept> {
    Ok(Kept {
        id: row.id(0),
        definition: serde_json::from_str(row.text(1)).map_err(Failure::internal)?,
        create_at: row.int(2),
        update_at: row.int(3),
        delete_at: row.int(4),
    })
}

/// A field, removed or not.
fn find(rows: &mut dyn Rows, id: Id) -> Outcome<Option<Kept>> {
    rows.first(&format!("{COLUMNS} WHERE id = ?1"), params![&id], kept_of)?.transpose()
}

/// A field that was not removed.
fn live(rows: &mut dyn Rows, id: Id) -> Outcome<Kept> {
    find(rows, id)?.filter(|field| field.delete_at == 0).ok_or_else(no_field)
}

/// The fields that were not removed, in their order.
fn all(rows: &mut dyn Rows) -> Outcome<Vec<Kept>> {
    let found = rows.all(&format!("{COLUMNS} WHERE delete_at = 0"), params![], kept_of)?;
    let mut found = found.into_iter().collect::<Outcome<Vec<Kept>>>()?;
    found.sort_by_key(|field| (field.definition.sort_order, field.create_at, field.id));
    Ok(found)
}

/// The fields of this site's profiles, in their order.
pub fn list(rows: &mut dyn Rows) -> Outcome<Vec<ProfileField>> {
    Ok(all(rows)?.into_iter().map(Kept::shown).collect())
}
