//! The declared table: which operations there are, how each is asked for, and who gets what.
//!
//! Whoever is not named is refused: with 401 without a session, with 403 otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::role::{Role, UNSIGNED};

/// Where the table is: read when the tests run, so that a line is tried without compiling.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix/policy");

const SETS: &str = "sets.txt";
const UNDECLARED: &str = "undeclared.txt";

/// The files that are no part of the table of operations.
const OTHERS: [&str; 4] = [SETS, UNDECLARED, "events.txt", "finds.txt"];

/// The text of a file of the table.
pub(super) fn read(file: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/{file}"))
        .unwrap_or_else(|error| panic!("policy/{file}: {error}"))
}

/// Operations that are served and have no line yet.
pub(super) fn undeclared() -> BTreeSet<String> {
    let text = read(UNDECLARED);
    let lines = text.lines().map(without_comment).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// The files of the table, one for each part of the API, by name.
fn areas() -> Vec<String> {
    let files = std::fs::read_dir(FOLDER).expect("the table is there");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| is_area(name)).collect();
    names.sort();
    names
}

fn is_area(name: &str) -> bool {
    name.ends_with(".txt") && !OTHERS.contains(&name)
}

/// What somebody is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// They get what they ask for.
    Served,
    /// This status.
    Status(u16),
    /// The case cannot be: they cannot have such an object.
    Never,
}

impl Expect {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "ok" => Ok(Self::Served),
            "-" => Ok(Self::Never),
            status => status.parse().map(Self::Status).map_err(|_| format!("no status: {status}")),
        }
    }

    /// Whether an answer of this status is what was declared.
    pub(super) fn is_met_by(self, status: u16) -> bool {
        match self {
            Self::Served => (200..300).contains(&status),
            Self::Status(declared) => declared == status,
            Self::Never => true,
        }
    }
}

/// One state of the object, and what each role is answered.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Where the object is, and what it is like: words joined by `+`.
    pub(super) state: String,
    /// What each role is answered.
    pub(super) expected: BTreeMap<Role, Expect>,
}

/// One operation: how it is asked for, and its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Operation {
    /// In upper case.
    pub(super) method: String,
    /// With its parameters in braces.
    pub(super) path: String,
    /// Which of several ways to ask for it this is, if there are several.
    pub(super) case: String,
    /// What comes after the path, with the question mark, if anything.
    pub(super) query: String,
    /// The body, where it is JSON or a text.
    pub(super) body: String,
    /// The kind of form that is sent instead.
    pub(super) form: String,
    /// What a parameter of the path means, where its name does not say so.
    pub(super) with: BTreeMap<String, String>,
    /// Places that are made again once somebody was served.
    pub(super) fresh: BTreeSet<String>,
    /// Whether it ends the session of whoever is served.
    pub(super) again: bool,
    /// Whether a refusal is kept, too: tries are counted.
    pub(super) noted: bool,
    /// The states of its object.
    pub(super) rows: Vec<Row>,
}

impl Operation {
    /// As messages name it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether being served may change something.
    pub(super) fn writes(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }
}

/// The whole table.
pub(super) fn table() -> Vec<Operation> {
    let sets = sets();
    let mut table = Vec::new();
    for area in areas() {
        for (number, line) in read(&area).lines().enumerate() {
            let read = read_line(&mut table, &sets, line);
            read.unwrap_or_else(|error| panic!("policy/{area}:{}: {error}", number + 1));
        }
    }
    table
}

pub(super) type Sets = BTreeMap<String, BTreeSet<Role>>;

pub(super) fn sets() -> Sets {
    let mut sets = Sets::new();
    for line in read(SETS).lines().map(without_comment).filter(|line| !line.trim().is_empty()) {
        let (name, words) = line.split_once('=').expect("a set has a name");
        let mut roles = BTreeSet::new();
        for word in words.split_whitespace() {
            roles.extend(named(&sets, word).unwrap_or_else(|error| panic!("sets.txt: {error}")).0);
        }
        sets.insert(name.trim().to_owned(), roles);
    }
    sets
}

pub(super) fn without_comment(line: &str) -> &str {
    line.split(" #").next().filter(|line| !line.starts_with('#')).unwrap_or_default()
}

fn read_line(table: &mut Vec<Operation>, sets: &Sets, line: &str) -> Result<(), String> {
    let line = without_comment(line).trim_end();
    if line.trim().is_empty() {
        return Ok(());
    }
    if !line.starts_with(' ') {
        table.push(header(line)?);
        return Ok(());
    }
    let operation = table.last_mut().ok_or("a line before the first operation")?;
    let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    match word {
        "body" => rest.clone_into(&mut operation.body),
        "again" => operation.again = true,
        "noted" => operation.noted = true,
        "form" => rest.clone_into(&mut operation.form),
        "fresh" => operation.fresh = rest.split_whitespace().map(str::to_owned).collect(),
        "with" => {
            for pair in rest.split_whitespace() {
                let (name, value) = pair.split_once('=').ok_or("with name=value")?;
                operation.with.insert(name.to_owned(), value.to_owned());
            }
        }
        state => operation.rows.push(row(sets, state, rest)?),
    }
    Ok(())
}

pub(super) fn header(line: &str) -> Result<Operation, String> {
    let (method, address) = line.split_once(' ').ok_or("a method and a path")?;
    let (address, case) = match address.trim().split_once(" (") {
        Some((address, case)) => (address, case.trim_end_matches(')').to_owned()),
        None => (address.trim(), String::new()),
    };
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (address, String::new()),
    };
    let (method, path) = (method.to_owned(), path.to_owned());
    Ok(Operation { method, path, case, query, ..Operation::default() })
}

fn row(sets: &Sets, state: &str, text: &str) -> Result<Row, String> {
    let refused = |role: Role| {
        let status = if UNSIGNED.contains(&role) { 401 } else { 403 };
        (role, (0, Expect::Status(status)))
    };
    let mut said: BTreeMap<Role, (u8, Expect)> = Role::all().map(refused).collect();
    for part in text.split('|') {
        let mut words = part.split_whitespace();
        let expect = Expect::parse(words.next().ok_or("an empty part")?)?;
        let words: Vec<&str> = words.collect();
        let everybody: Vec<Role> = Role::all().filter(|role| !UNSIGNED.contains(role)).collect();
        if words.is_empty() {
            everybody.into_iter().try_for_each(|role| say(&mut said, role, (1, expect)))?;
        }
        for word in words {
            let (roles, weight) = named(sets, word)?;
            roles.into_iter().try_for_each(|role| say(&mut said, role, (weight, expect)))?;
        }
    }
    let expected = said.into_iter().map(|(role, (_, expect))| (role, expect)).collect();
    Ok(Row { state: state.to_owned(), expected })
}

/// Whoever is named alone is meant before whoever is in a set, and that before all the rest.
fn say(
    said: &mut BTreeMap<Role, (u8, Expect)>,
    role: Role,
    new: (u8, Expect),
) -> Result<(), String> {
    match said.get(&role) {
        Some(old) if old.0 == new.0 => Err(format!("{role} is named twice")),
        Some(old) if old.0 > new.0 => Ok(()),
        _ => {
            said.insert(role, new);
            Ok(())
        }
    }
}

/// The roles of a word, and how much it weighs.
pub(super) fn named(sets: &Sets, word: &str) -> Result<(BTreeSet<Role>, u8), String> {
    match word.strip_prefix('@') {
        Some(set) => sets.get(set).cloned().map(|roles| (roles, 2)),
        None => Role::parse(word).map(|role| (BTreeSet::from([role]), 3)),
    }
    .ok_or_else(|| format!("nobody is called {word}"))
}

#[test]
fn whoever_is_not_named_is_refused() {
    let read = row(&sets(), "public", "ok @members | 404 guest | - outsider").unwrap();
    let of = |name: &str| read.expected[&Role::parse(name).unwrap()];
    assert_eq!((of("member"), of("guest")), (Expect::Served, Expect::Status(404)));
    assert_eq!((of("teammate"), of("anonymous")), (Expect::Status(403), Expect::Status(401)));
    assert_eq!(of("outsider"), Expect::Never);
    row(&sets(), "public", "ok member | 404 member").unwrap_err();
    row(&sets(), "public", "ok membre").unwrap_err();
}
