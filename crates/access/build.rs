//! Turns `permissions.tsv` into the `Permission` enum and the tables beside it.
//!
//! The sheet is the one place where a permission or a built-in role's set is written down. It is
//! sorted by name, so that a permission's number is its rank and looking a name up is a binary
//! search.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const SHEET: &str = "permissions.tsv";

/// Where the columns of the built-in roles begin; those before are read by position.
const FIRST_ROLE: usize = 5;

struct Row<'a> {
    name: &'a str,
    scope: &'a str,
    deprecated: bool,
    moderated_as: &'a str,
    brought_by: Vec<&'a str>,
    held: Vec<bool>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SHEET}");
    println!("cargo::rerun-if-changed=build.rs");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let text = fs::read_to_string(Path::new(&root).join(SHEET))?;
    let (roles, rows) = parse(&text)?;

    let mut code = String::new();
    write_permissions(&mut code, &rows)?;
    write_brings(&mut code, &rows)?;
    let permissions = Path::new(&env::var("OUT_DIR")?).join("permissions.rs");
    fs::write(permissions, code)?;

    let mut code = String::new();
    write_roles(&mut code, &roles, &rows)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("roles.rs"), code)?;
    Ok(())
}

/// The sheet: the names of its roles, and its rows.
type Sheet<'a> = (Vec<&'a str>, Vec<Row<'a>>);

fn parse(text: &str) -> Result<Sheet<'_>, Box<dyn Error>> {
    let mut lines = text.lines();
    let header = lines.next().ok_or("the sheet is empty")?;
    let roles: Vec<&str> = header.split('\t').skip(FIRST_ROLE).collect();
    let rows = lines.map(|line| parse_row(line, roles.len())).collect::<Result<Vec<_>, _>>()?;
    if !rows.is_sorted_by(|a, b| a.name < b.name) {
        return Err("the sheet is not sorted by permission, or names one twice".into());
    }
    Ok((roles, rows))
}

fn parse_row(line: &str, roles: usize) -> Result<Row<'_>, Box<dyn Error>> {
    let mut cells = line.split('\t');
    let mut next = || cells.next().ok_or_else(|| format!("too few columns: {line}"));
    let row = Row {
        name: next()?,
        scope: next()?,
        deprecated: flag(next()?)?,
        moderated_as: next()?,
        brought_by: next()?.split_whitespace().collect(),
        held: cells.map(flag).collect::<Result<_, _>>()?,
    };
    if row.held.len() != roles {
        return Err(format!("{} columns of roles, not {roles}: {line}", row.held.len()).into());
    }
    Ok(row)
}

fn flag(cell: &str) -> Result<bool, String> {
    match cell {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(format!("a flag is 0 or 1, not {cell:?}")),
    }
}

/// `manage_system` to `ManageSystem`.
fn camel(name: &str) -> String {
    name.split('_').fold(String::new(), |mut out, word| {
        let mut chars = word.chars();
        out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(chars.as_str());
        out
    })
}

fn write_permissions(code: &mut String, rows: &[Row<'_>]) -> Result<(), Box<dyn Error>> {
    writeln!(code, "/// A permission of the API, numbered by the rank of its name.")?;
    writeln!(code, "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]")?;
    writeln!(code, "#[repr(u16)]\npub enum Permission {{")?;
    for row in rows {
        let note = if row.deprecated { "; deprecated, and asked by nothing" } else { "" };
        writeln!(code, "    /// `{}`, of {} scope{note}.", row.name, row.scope)?;
        writeln!(code, "    {},", camel(row.name))?;
    }
    writeln!(code, "}}\n")?;

    writeln!(code, "static FACTS: [Facts; {}] = [", rows.len())?;
    for row in rows {
        let moderated = match row.moderated_as {
            "" => "None".to_owned(),
            name => format!("Some(Moderated::{})", camel(name)),
        };
        writeln!(
            code,
            "    Facts {{ permission: Permission::{}, name: {:?}, scope: Scope::{}, \
             deprecated: {}, moderated_as: {moderated} }},",
            camel(row.name),
            row.name,
            camel(row.scope),
            row.deprecated
        )?;
    }
    writeln!(code, "];\n")?;
    Ok(())
}

fn write_brings(code: &mut String, rows: &[Row<'_>]) -> Result<(), Box<dyn Error>> {
    let mut consoles: Vec<&str> = rows.iter().flat_map(|r| r.brought_by.iter().copied()).collect();
    consoles.sort_unstable();
    consoles.dedup();
    writeln!(code, "fn brought_by(permission: Permission) -> PermissionSet {{")?;
    writeln!(code, "    match permission {{")?;
    for console in consoles {
        if !rows.iter().any(|r| r.name == console) {
            return Err(format!("brought by an unknown permission: {console}").into());
        }
        let set = words(rows, |row| row.brought_by.contains(&console));
        writeln!(code, "        Permission::{} => {set},", camel(console))?;
    }
    writeln!(code, "        _ => PermissionSet::EMPTY,\n    }}\n}}")?;
    Ok(())
}

fn write_roles(code: &mut String, roles: &[&str], rows: &[Row<'_>]) -> Result<(), Box<dyn Error>> {
    writeln!(code, "static BUILT_IN: [Role; {}] = [", roles.len())?;
    for (column, name) in roles.iter().enumerate() {
        let set = words(rows, |row| row.held[column]);
        writeln!(
            code,
            "    Role {{ name: Cow::Borrowed({name:?}), \
             display_name: Cow::Borrowed({:?}), description: Cow::Borrowed({:?}), \
             permissions: {set}, scheme_managed: {}, built_in: {}, deleted: false }},",
            translation_id(name, "name"),
            translation_id(name, "description"),
            is_scheme_managed(name),
            *name != "custom_group_user",
        )?;
    }
    writeln!(code, "];")?;
    Ok(())
}

/// The bitset of the rows that `chosen` picks, as Rust.
fn words(rows: &[Row<'_>], chosen: impl Fn(&Row<'_>) -> bool) -> String {
    let mut words = vec![0u64; rows.len().div_ceil(64)];
    for (number, _) in rows.iter().enumerate().filter(|(_, row)| chosen(row)) {
        words[number / 64] |= 1 << (number % 64);
    }
    let list: Vec<String> = words.iter().map(|word| format!("{word:#x}")).collect();
    format!("PermissionSet::from_words([{}])", list.join(", "))
}

/// The clients' translation of a built-in role; three of them have names of their own.
fn translation_id(role: &str, what: &str) -> String {
    let middle = match role {
        "system_user" => "global_user",
        "system_admin" => "global_admin",
        "system_guest" => "global_guest",
        other => other,
    };
    format!("authentication.roles.{middle}.{what}")
}

/// Whether memberships stand for the role by a flag instead of naming it.
fn is_scheme_managed(role: &str) -> bool {
    let by_kind = ["team_", "channel_", "playbook_", "run_"].iter().any(|k| role.starts_with(k));
    let by_account = ["system_admin", "system_user", "system_guest"].contains(&role);
    by_account || by_kind && !role.contains("post_all")
}
