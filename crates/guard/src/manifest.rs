//! Manifests: what belongs to an export, and from where the next goes on.

use std::collections::BTreeMap;

use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::Id;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use crate::head::Head;
use crate::mark::Mark;
use crate::node::{Fields, Node};

/// A file of an export, as its manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) bytes: i64,
    /// In hexadecimal.
    pub(crate) sha256: String,
}

impl Listed {
    fn fields(&self) -> Fields {
        Fields::default()
            .with("name", self.name.as_str())
            .with("bytes", self.bytes)
            .with("sha256", self.sha256.as_str())
    }
}

/// What an export holds.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The documents, with how many entries each has.
    pub(crate) documents: Vec<(Listed, i64)>,
    /// The files of messages, each with its type.
    pub(crate) objects: Vec<(Listed, String)>,
}

/// Up to where everything was told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The number of the export.
    pub(crate) export: i64,
    /// Up to where the export goes.
    pub(crate) upto: Mark,
    /// Up to where each channel was told.
    pub(crate) channels: BTreeMap<Id, Mark>,
}

/// A manifest. `is_complete` says whether there was no more to tell.
pub(crate) fn node(head: &Head, reached: &Reached, is_complete: bool, contents: &Contents) -> Node {
    let document = |(file, entries): &(Listed, i64)| file.fields().with("entries", *entries).into();
    let object =
        |(file, kind): &(Listed, String)| file.fields().with("media_type", kind.as_str()).into();
    let channel = |(id, mark): (&Id, &Mark)| {
        Fields::default().with("channel_id", id.to_string()).with("upto", mark.text()).into()
    };
    head.fields(FORMAT)
        .with("upto", reached.upto.text())
        .with("complete", Node::Flag(is_complete))
        .with_list("channels", "channel", reached.channels.iter().map(channel).collect())
        .with_list("documents", "document", contents.documents.iter().map(document).collect())
        .with_list("objects", "object", contents.objects.iter().map(object).collect())
        .into()
}

/// What a manifest says that it is.
const FORMAT: &str = "fieldpost-guard-manifest";

/// A manifest that was read: between which sites its export is, and what it has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) site: Id,
    pub(crate) peer: Id,
    pub(crate) reached: Reached,
}

/// Reads a manifest, of either format.
///
/// # Errors
/// When it is none.
pub(crate) fn read(bytes: &[u8]) -> Outcome<Found> {
    let text = std::str::from_utf8(bytes).map_err(|_| no_manifest())?;
    let value = match text.trim_start().starts_with('<') {
        true => value_of_xml(text),
        false => serde_json::from_str(text).ok(),
    };
    value.as_ref().and_then(found).ok_or_else(no_manifest)
}

fn no_manifest() -> Failure {
    Failure::invalid("api.fieldpost.guard.no_manifest", "it is no manifest of a guard export")
}

fn found(value: &Value) -> Option<Found> {
    let id = |value: &Value| value.as_str()?.parse::<Id>().ok();
    let mark = |value: &Value| Mark::parse(value.as_str()?);
    if value["format"] != FORMAT {
        return None;
    }
    let export = match &value["export"] {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let channels = value["channels"].as_array()?.iter();
    let channels = channels.map(|one| Some((id(&one["channel_id"])?, mark(&one["upto"])?)));
    let reached = Reached {
        export: export?,
        upto: mark(&value["upto"])?,
        channels: channels.collect::<Option<_>>()?,
    };
    Some(Found { site: id(&value["site_id"])?, peer: id(&value["peer_id"])?, reached })
}

/// The elements whose content is a list.
const LISTS: [&str; 3] = ["channels", "documents", "objects"];

/// The fields of a document in XML, all of them texts; none if it is none of ours.
fn value_of_xml(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    // The elements around: the name of each, and what stands in it so far.
    let mut around: Vec<(String, Value)> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.name().0.to_owned();
                let is_list = LISTS.contains(&name.as_str());
                around.push((name, if is_list { Value::Array(Vec::new()) } else { Value::Null }));
            }
            Event::Text(text) => {
                if let Some((_, value @ Value::Null)) = around.last_mut() {
                    *value = Value::String((*text).to_owned());
                }
            }
            Event::End(_) => {
                let (name, value) = around.pop()?;
                let Some((_, outer)) = around.last_mut() else { return Some(value) };
                put(outer, name, value);
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Puts the content of an element into that of the one around it.
fn put(outer: &mut Value, name: String, value: Value) {
    match outer {
        Value::Array(list) => list.push(value),
        Value::Object(fields) => drop(fields.insert(name, value)),
        other => *other = Value::Object(Map::from_iter([(name, value)])),
    }
}
