//! The house rules, as one list of complaints.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::graph::Graph;

/// A source file longer than this has more than one subject.
const LONGEST_FILE: usize = 600;

/// Words that are promises to do something later. They are written apart here, so that this file
/// keeps its own rule.
const PROMISES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

pub(crate) fn check(root: &Path) -> Result<(), Vec<String>> {
    let graph = Graph::read(root)?;
    let mut complaints = graph.complaints();
    if !graph.is_drawn_in(root) {
        complaints.push("ARCHITECTURE.md: the crate graph has changed; run `make fmt`".to_owned());
    }
    let mut kinds = BTreeMap::new();
    let mut untold = named_events(root);
    for path in rust_files(root) {
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        match fs::read_to_string(&path) {
            Ok(text) => {
                complaints.extend(complaints_of(&shown, &text));
                complaints.extend(repeated_kinds(&shown, &text, &mut kinds));
                untold.retain(|event| !tells(&shown, &text, event));
            }
            Err(error) => complaints.push(format!("{shown}: {error}")),
        }
    }
    complaints.extend(untold.iter().map(|event| {
        format!("{EVENTS}: {event} is told nowhere; tell it, or take it out of the list")
    }));
    complaints.extend(unlisted_tests(root));
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.join("crates"), root.join("xtask")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn complaints_of(shown: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let is_source = shown.contains("/src/") && !shown.contains("/tests");
    if is_source && !text.starts_with("//!") {
        complaints.push(format!("{shown}: does not begin by saying what it is about"));
    }
    let lines = text.lines().count();
    if is_source && lines > LONGEST_FILE {
        complaints.push(format!("{shown}: {lines} lines are more than one subject"));
    }
    for (number, line) in text.lines().enumerate() {
        if let Some(promise) = PROMISES.iter().find(|promise| line.contains(**promise)) {
            complaints.push(format!("{shown}:{}: {promise} is a promise, not code", number + 1));
        }
    }
    complaints
}

/// A number that names a kind of change is used once, for ever.
fn repeated_kinds(shown: &str, text: &str, kinds: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut complaints = Vec::new();
    for line in text.lines().filter(|line| line.contains("const KIND: Kind = Kind::new(")) {
        let Some((_, rest)) = line.split_once("Kind::new(") else { continue };
        let number = rest.trim_end_matches(");").to_owned();
        if let Some(other) = kinds.insert(number.clone(), shown.to_owned()) {
            complaints.push(format!("{shown}: the kind of change {number} is {other}'s"));
        }
    }
    complaints
}

/// The list of the events that are told.
const EVENTS: &str = "crates/kernel/src/events.rs";

/// The constants of the events that are told, by their names in the list.
fn named_events(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join(EVENTS)).unwrap_or_default();
    let list = text.split("told! {").nth(1).unwrap_or_default();
    let lines = list.lines().skip(1).take_while(|line| !line.starts_with('}'));
    lines.filter_map(|line| Some(line.split_once(" = ")?.0.trim().to_owned())).collect()
}

/// Whether a source file tells an event, outside its tests.
fn tells(shown: &str, text: &str, event: &str) -> bool {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let name = format!("events::{event}");
    let whole = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    shown.contains("/src/") && shown != EVENTS && code.split(&name).skip(1).any(whole)
}

/// A test file that no module lists is never run.
fn unlisted_tests(root: &Path) -> Vec<String> {
    let tests = root.join("crates/acceptance/tests");
    let mut complaints = Vec::new();
    let mut folders = vec![tests];
    while let Some(folder) = folders.pop() {
        let list = ["mod.rs", "main.rs"]
            .iter()
            .find_map(|name| fs::read_to_string(folder.join(name)).ok())
            .unwrap_or_default();
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if path.is_dir() {
                folders.push(path.clone());
            }
            let is_module = path.join("mod.rs").exists()
                || path.extension().is_some_and(|ending| ending == "rs");
            if !is_module {
                continue;
            }
            let module = format!("mod {name};");
            let listed = list.lines().any(|line| line.trim().ends_with(&module));
            if !matches!(name, "mod" | "main") && !listed {
                complaints.push(format!("{}: no module lists this test", path.display()));
            }
        }
    }
    complaints
}
