//! What each operation takes and answers, in the words of `crates/http/described/`.
//!
//! Those files are the one source of the OpenAPI description, of `docs/compatibility.md`, and of
//! the check that every acceptance test makes of every answer. They are text in the program and are
//! read only when somebody asks. `crates/http/described/README.md` says how they are written.

mod document;
mod parse;
mod shape;

use std::collections::BTreeMap;

pub use self::document::document;
pub(crate) use self::shape::{Field, Shape};
use crate::operations::Operation;

/// What is said of one operation.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Described {
    /// In one sentence, what it does.
    pub summary: String,
    /// Whether it is open to those who are not signed in.
    pub public: bool,
    /// How it differs from what clients may have seen elsewhere, and why.
    pub differs: Vec<String>,
    pub(crate) path: Vec<Field>,
    pub(crate) query: Vec<Field>,
    pub(crate) body: Option<Content>,
    /// What it answers with when all is well, by status.
    pub(crate) answers: Vec<(u16, Option<Content>)>,
    /// The statuses it refuses with, beside those that go without saying.
    pub(crate) refuses: Vec<u16>,
}

/// Bytes of a kind, and their shape if they are JSON or a form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Content {
    pub(crate) media: String,
    pub(crate) shape: Option<Shape>,
}

impl Described {
    /// Every status it refuses with.
    pub(crate) fn refusals(&self) -> Vec<u16> {
        let mut statuses = self.refuses.clone();
        statuses.extend([414, 503]);
        if !self.public {
            // Whoever still has to set up a second factor may do nothing else.
            statuses.extend([401, 403]);
        }
        if self.body.is_some() {
            statuses.push(413);
        }
        if self.body.is_some() || !self.path.is_empty() || !self.query.is_empty() {
            statuses.push(400);
        }
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }
}

/// All that is said.
#[derive(Debug, Default)]
pub struct Description {
    /// By method and path.
    pub operations: BTreeMap<(String, String), Described>,
    pub(crate) shapes: BTreeMap<String, Shape>,
}

impl Description {
    /// What is said of an operation; of `HEAD` what is said of `GET`.
    pub fn of(&self, operation: &Operation) -> Option<&Described> {
        let path = || operation.path.to_owned();
        let find = |method: &str| self.operations.get(&(method.to_owned(), path()));
        find(operation.method).or_else(|| find("GET").filter(|_| operation.method == "HEAD"))
    }
}

/// A file of the description, by its name.
type File = (&'static str, &'static str);

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../described/", $name)))),*]
    };
}

/// The files of the description.
const FILES: &[File] = &files![
    "access_tokens.txt",
    "ai.txt",
    "bookmarks.txt",
    "bots.txt",
    "brand.txt",
    "categories.txt",
    "channels.txt",
    "commands.txt",
    "config.txt",
    "custom_profile_attributes.txt",
    "drafts.txt",
    "emoji.txt",
    "fieldpost.txt",
    "files.txt",
    "groups.txt",
    "integrations.txt",
    "license.txt",
    "notifications.txt",
    "oauth.txt",
    "plugins.txt",
    "posts.txt",
    "preferences.txt",
    "reactions.txt",
    "roles.txt",
    "scheduled_posts.txt",
    "shapes.txt",
    "shared_channels.txt",
    "status.txt",
    "system.txt",
    "teams.txt",
    "terms_of_service.txt",
    "threads.txt",
    "uploads.txt",
    "users.txt",
    "webhooks.txt",
    "websocket.txt",
];

/// Reads the description.
///
/// # Errors
/// If a line of it cannot be understood; a test reads all of them.
pub fn read() -> Result<Description, String> {
    let mut all = Description::default();
    for (name, text) in FILES {
        parse::into(&mut all, name, text)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;

    /// What to do about an operation that is not described.
    fn advice(area: &str) -> String {
        format!(
            "describe it in crates/http/described/{area}.txt; \
             crates/http/described/README.md says how"
        )
    }

    #[test]
    fn every_served_operation_is_described() {
        let (all, routes) = (read().unwrap(), crate::routes());
        for operation in operations::known().iter().filter(|o| routes.serves(o)) {
            let key = (operation.method.to_owned(), operation.path.to_owned());
            let is_described = all.operations.contains_key(&key) || operation.method == "HEAD";
            let (method, path) = (operation.method, operation.path);
            assert!(is_described, "{method} {path} is served: {}", advice(operation.area));
        }
    }

    #[test]
    fn every_described_operation_is_served() {
        let (all, routes) = (read().unwrap(), crate::routes());
        for (method, path) in all.operations.keys() {
            let known = operations::known().iter().find(|o| o.method == method && o.path == path);
            assert!(
                known.is_some_and(|o| routes.serves(o)),
                "{method} {path} is described in crates/http/described and not served"
            );
        }
    }

    #[test]
    fn every_operation_says_what_it_does_and_what_it_answers_with() {
        for ((method, path), described) in read().unwrap().operations {
            assert!(
                described.summary.ends_with('.'),
                "{method} {path}: say in a sentence what it does"
            );
            assert!(!described.answers.is_empty(), "{method} {path}: what does it answer with?");
            let named: Vec<_> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            let fields: Vec<_> = described.path.iter().map(|field| field.name.as_str()).collect();
            assert_eq!(named, fields, "{method} {path}: the parameters of the path");
        }
    }

    #[test]
    fn every_shape_that_is_named_is_described_and_every_one_described_is_named() {
        let all = read().unwrap();
        let mut named = Vec::new();
        for described in all.operations.values() {
            let contents = described.answers.iter().filter_map(|(_, content)| content.as_ref());
            let shapes =
                contents.chain(&described.body).filter_map(|content| content.shape.as_ref());
            let fields = described.path.iter().chain(&described.query).map(|field| &field.shape);
            shapes.chain(fields).for_each(|shape| shape.names(&mut named));
        }
        all.shapes.values().for_each(|shape| shape.names(&mut named));
        for name in &named {
            assert!(all.shapes.contains_key(name), "{name}: write it into described/shapes.txt");
        }
        for name in all.shapes.keys().filter(|name| *name != "Refusal") {
            assert!(named.contains(name), "{name} is in described/shapes.txt and nothing has it");
        }
    }
}
