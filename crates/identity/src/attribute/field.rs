//! Making fields of profiles, changing and removing them.

use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_kernel::{Failure, Outcome, Rows, Work};
use fieldpost_model::{FieldOption, FieldType, Id, ProfileField, Visibility};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

use super::change::{
    CLASS, Definition, FieldChanged, FieldMade, FieldRemoved, LONGEST_NAME, LONGEST_OPTION,
    MOST_OPTIONS,
};
use super::{Kept, MOST_FIELDS, all, find, live, no_field, scope, too_many};
use crate::target::denied;

/// A field to be made.
#[derive(Debug, Clone, Deserialize)]
pub struct NewField {
    /// What it is called.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What else is said of it.
    #[serde(default)]
    pub attrs: AttributesPatch,
}

/// What is to be changed of a field; what is not given stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct FieldPatch {
    /// What it is called.
    pub name: Option<String>,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Option<FieldType>,
    /// What else is said of it.
    pub attrs: Option<AttributesPatch>,
    /// Whose it would be: it is everybody's.
    pub target_id: Option<String>,
    /// What it would belong to: to nothing.
    pub target_type: Option<String>,
}

/// What is to be said of a field beside its name and type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AttributesPatch {
    /// When clients show it; empty for where the person has a value.
    #[serde(deserialize_with = "visibility")]
    pub visibility: Option<Visibility>,
    /// Where it stands among the others.
    pub sort_order: Option<i64>,
    /// Whether a text is an `email`, a `url` or a `phone` number.
    pub value_type: Option<String>,
    /// `admin` where only administrators set values.
    pub managed: Option<String>,
    /// The directory's attribute that values would come from.
    pub ldap: Option<String>,
    /// The sign-in service's attribute that values would come from.
    pub saml: Option<String>,
    /// What can be chosen.
    pub options: Option<Vec<OptionPatch>>,
}

/// Something that can be chosen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OptionPatch {
    /// Which, if it is there already.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// A colour for it.
    pub color: String,
}

fn visibility<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Visibility>, D::Error> {
    let name = Option::<String>::deserialize(from)?;
    match name.as_deref() {
        None => Ok(None),
        Some("") => Ok(Some(Visibility::default())),
        Some(name) => Visibility::deserialize(name.into_deserializer()).map(Some),
    }
}

/// Adds a field to everybody's profile.
pub fn create(work: &mut Work<'_>, caller: &Caller, new: &NewField) -> Outcome<ProfileField> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    let mut definition = Definition {
        name: new.name.trim().to_owned(),
        kind: new.kind,
        visibility: Visibility::default(),
        sort_order: 0,
        value_type: String::new(),
        managed: false,
        options: Vec::new(),
    };
    amend(work, &mut definition, &new.attrs)?;
    validate(work, &definition, Id::NONE)?;
    if all(work)?.len() >= MOST_FIELDS {
        return Err(too_many());
    }
    let id = work.emit(scope(), caller.user, &FieldMade { definition })?.derive(CLASS, 0);
    find(work, id)?.map(Kept::shown).ok_or_else(no_field)
}

/// Changes a field. What stood in it is gone if it holds something else from now on.
pub fn patch(
    work: &mut Work<'_>,
    caller: &Caller,
    id: Id,
    patch: &FieldPatch,
) -> Outcome<ProfileField> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    let targeted =
        [&patch.target_id, &patch.target_type].into_iter().flatten().any(|text| !text.is_empty());
    let nothing = patch.name.is_none() && patch.kind.is_none() && patch.attrs.is_none();
    if targeted || nothing {
        return Err(Failure::invalid(
            "api.custom_profile_attributes.invalid_field_patch",
            "Say a name, a type or attributes of the field. It is everybody's.",
        ));
    }
    let before = live(work, id)?.definition;
    let mut definition = before.clone();
    if let Some(name) = &patch.name {
        name.trim().clone_into(&mut definition.name);
    }
    definition.kind = patch.kind.unwrap_or(before.kind);
    if let Some(attributes) = &patch.attrs {
        amend(work, &mut definition, attributes)?;
    }
    let emptied = definition.kind != before.kind;
    normalize(&mut definition);
    validate(work, &definition, id)?;
    if definition != before {
        work.emit(scope(), caller.user, &FieldChanged { field: id, definition, emptied })?;
    }
    find(work, id)?.map(Kept::shown).ok_or_else(no_field)
}

/// Removes a field, and what stood in it.
pub fn remove(work: &mut Work<'_>, caller: &Caller, id: Id) -> Outcome<()> {
    require_system(caller, Permission::ManageSystem).map_err(denied)?;
    live(work, id)?;
    work.emit(scope(), caller.user, &FieldRemoved { field: id })?;
    Ok(())
}

/// Puts what is said into a definition.
fn amend(work: &Work<'_>, definition: &mut Definition, said: &AttributesPatch) -> Outcome<()> {
    if [&said.ldap, &said.saml].into_iter().flatten().any(|name| !name.is_empty()) {
        return Err(Failure::invalid(
            "api.fieldpost.profile_field.synchronised",
            "No directory and no sign-in service is connected from which values could come.",
        ));
    }
    definition.visibility = said.visibility.unwrap_or(definition.visibility);
    definition.sort_order = said.sort_order.unwrap_or(definition.sort_order);
    if let Some(value_type) = &said.value_type {
        definition.value_type.clone_from(value_type);
    }
    if let Some(managed) = &said.managed {
        definition.managed = match managed.as_str() {
            "" => false,
            "admin" => true,
            _ => return Err(Failure::invalid_body("managed")),
        };
    }
    if let Some(options) = &said.options {
        definition.options = options.iter().map(|option| option_of(work, option)).collect();
    }
    normalize(definition);
    Ok(())
}

/// An option that was there keeps its id, so that values go on meaning it.
fn option_of(work: &Work<'_>, said: &OptionPatch) -> FieldOption {
    FieldOption {
        id: said.id.parse().ok().and_then(Id::some).unwrap_or_else(|| work.random_id()),
        name: said.name.trim().to_owned(),
        color: said.color.trim().to_owned(),
    }
}

/// Leaves out what means nothing for a field's type.
fn normalize(definition: &mut Definition) {
    if !definition.kind.has_options() {
        definition.options.clear();
    }
    if definition.kind != FieldType::Text {
        definition.value_type.clear();
    }
}

fn validate(rows: &mut dyn Rows, definition: &Definition, but: Id) -> Outcome<()> {
    let long = |text: &str, most: usize| text.chars().count() > most;
    if definition.name.is_empty() || long(&definition.name, LONGEST_NAME) {
        return Err(Failure::invalid_body("name"));
    }
    if !matches!(definition.value_type.as_str(), "" | "email" | "url" | "phone") {
        return Err(Failure::invalid_body("value_type"));
    }
    let options = &definition.options;
    let unfit = |option: &FieldOption| {
        option.name.is_empty()
            || long(&option.name, LONGEST_OPTION)
            || long(&option.color, LONGEST_OPTION)
    };
    let mut names: Vec<&str> = options.iter().map(|option| option.name.as_str()).collect();
    let mut ids: Vec<Id> = options.iter().map(|option| option.id).collect();
    names.sort_unstable();
    names.dedup();
    ids.sort_unstable();
    ids.dedup();
    let repeated = names.len() < options.len() || ids.len() < options.len();
    if options.len() > MOST_OPTIONS || options.iter().any(unfit) || repeated {
        return Err(Failure::invalid_body("options"));
    }
    let taken = |field: &Kept| field.id != but && field.definition.name == definition.name;
    if all(rows)?.iter().any(taken) {
        return Err(Failure::invalid(
            "api.fieldpost.profile_field.name_taken",
            "Another field has that name.",
        ));
    }
    Ok(())
}
