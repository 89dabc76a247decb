//! Reading exports for guards as a guard does: with validators, and without this project's code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fieldpost_blobs::Blobs;
use fieldpost_guard::{Asked, Exported, Format, Since, export, local_administrator};
use fieldpost_kernel::Failure;
use fieldpost_testkit::TestSite;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};
use tempfile::TempDir;

/// A directory into which exports are written.
pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The names of all that is in it.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The files of a format whose names have this in them, as values, in the order of their names.
    fn read(&self, format: Format, is_meant: impl Fn(&str) -> bool) -> Vec<Value> {
        let ending = format!(".{}", format.name());
        let names = self.names().into_iter();
        let meant = names.filter(|name| name.ends_with(&ending) && is_meant(name));
        meant.map(|name| read(format, &self.path().join(name))).collect()
    }

    /// All documents.
    pub(super) fn documents(&self, format: Format) -> Vec<Value> {
        self.read(format, |name| !name.contains("-manifest.") && !name.contains("-file-"))
    }

    /// All manifests.
    pub(super) fn manifests(&self, format: Format) -> Vec<Value> {
        self.read(format, |name| name.contains("-manifest."))
    }

    /// All entries, in their order: what kind each is, and what it says.
    pub(super) fn entries(&self, format: Format) -> Vec<(String, Value)> {
        let documents = self.documents(format).into_iter();
        let entries =
            documents.flat_map(|document| document["entries"].as_array().unwrap().clone());
        entries
            .map(|entry| entry.as_object().unwrap().clone().into_iter().next().unwrap())
            .collect()
    }
}

/// Exports what a site shares with `edge`.
pub(super) async fn exported(
    site: &TestSite,
    folder: &Path,
    format: Format,
    since: Since,
) -> Result<Exported, Failure> {
    with_files(site, folder, format, (since, Some(u64::MAX))).await
}

/// The same, with files up to some length.
pub(super) async fn with_files(
    site: &TestSite,
    folder: &Path,
    format: Format,
    (since, largest_file): (Since, Option<u64>),
) -> Result<Exported, Failure> {
    let (with, folder) = ("edge".to_owned(), folder.to_owned());
    run(site, Asked { with, folder, format, since, largest_file }).await
}

/// Exports what is asked for.
pub(super) async fn run(site: &TestSite, asked: Asked) -> Result<Exported, Failure> {
    let store = &site.running().store;
    // A database server shows no change while an older transaction is open, whosever it is.
    while store.newest().await.unwrap() < store.newest_committed().await.unwrap() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let blobs = Blobs::open(&site.data().join("files")).await.unwrap();
    export(store, &blobs, &local_administrator(), &asked).await
}

/// The same, in both formats and from the beginning; all of it is valid.
pub(super) async fn in_both(site: &TestSite) -> [Folder; 2] {
    let folders = [Folder::new(), Folder::new()];
    for (folder, format) in folders.iter().zip([Format::Xml, Format::Json]) {
        exported(site, folder.path(), format, Since::Beginning).await.unwrap();
    }
    folders
}

/// A file as a value whose numbers and flags are texts; it is valid.
fn read(format: Format, file: &Path) -> Value {
    let bytes = fs::read(file).unwrap();
    let wrong = complaints(format, file);
    assert_eq!(wrong, "", "{}", file.display());
    match format {
        Format::Xml => value_of_xml(std::str::from_utf8(&bytes).unwrap()),
        Format::Json => plain(serde_json::from_slice(&bytes).unwrap()),
    }
}

/// What a validator has against a file; nothing if it is valid.
pub(super) fn complaints(format: Format, file: &Path) -> String {
    match format {
        Format::Xml => by_xmllint(file),
        Format::Json => by_boon(&fs::read(file).unwrap()),
    }
}

fn by_xmllint(file: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let schema: PathBuf = folder.path().join("guard.xsd");
    fs::write(&schema, Format::Xml.schema()).unwrap();
    let mut xmllint = Command::new("xmllint");
    let checked = xmllint.args(["--nonet", "--noout", "--schema"]).arg(&schema).arg(file).output();
    // If this fails, `scripts/setup` was not run: it installs xmllint.
    let checked = checked.unwrap();
    match checked.status.success() {
        true => String::new(),
        false => String::from_utf8_lossy(&checked.stderr).into_owned(),
    }
}

fn by_boon(bytes: &[u8]) -> String {
    let schema: Value = serde_json::from_str(Format::Json.schema()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("urn:fieldpost:guard:1", schema).unwrap();
    let schema = compiler.compile("urn:fieldpost:guard:1", &mut schemas).unwrap();
    let value = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => value,
        Err(error) => return error.to_string(),
    };
    schemas.validate(&value, schema).err().map(|wrong| wrong.to_string()).unwrap_or_default()
}

/// A value with texts in place of numbers and flags, which XML has not.
fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        Value::Array(list) => list.into_iter().map(plain).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, plain(value))).collect()
        }
        other => other,
    }
}

/// Elements that hold others of one name.
const LISTS: [&str; 6] = ["channels", "people", "entries", "files", "documents", "objects"];

/// An element that is being read: its name, what stands in it, and its characters.
struct Open {
    name: String,
    fields: Map<String, Value>,
    list: Vec<Value>,
    text: String,
}

impl Open {
    fn value(self) -> (String, Value) {
        let value = match (LISTS.contains(&self.name.as_str()), self.fields.is_empty()) {
            (true, _) => Value::Array(self.list),
            (false, false) => Value::Object(self.fields),
            (false, true) => Value::String(self.text),
        };
        (self.name, value)
    }
}

fn value_of_xml(text: &str) -> Value {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(Open {
                name: start.name().0.to_owned(),
                fields: Map::new(),
                list: Vec::new(),
                text: String::new(),
            }),
            Event::Text(text) => {
                if let Some(open) = open.last_mut() {
                    open.text += &text;
                }
            }
            Event::GeneralRef(reference) => {
                let name: &str = &reference;
                let character = match name {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    number => {
                        let number = number.strip_prefix('#').unwrap().parse().unwrap();
                        char::from_u32(number).unwrap()
                    }
                };
                open.last_mut().unwrap().text.push(character);
            }
            Event::End(_) => {
                let (name, value) = open.pop().unwrap().value();
                let Some(outer) = open.last_mut() else { return value };
                if LISTS.contains(&outer.name.as_str()) {
                    outer.list.push(value);
                } else {
                    outer.fields.insert(name, value);
                }
            }
            other => assert!(matches!(other, Event::Decl(_)), "an export has no {other:?}"),
        }
    }
}
