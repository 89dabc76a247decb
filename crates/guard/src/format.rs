//! The formats in which a document can be written, and their schemas.

use fieldpost_kernel::{Failure, Outcome};

use crate::node::Node;
use crate::{json, xml};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// XML 1.0, described by an XML Schema 1.0.
    Xml,
    /// JSON, described by a JSON Schema of draft 2020-12.
    Json,
}

/// Spaces by which a line of an entry stands further in than where the entry is written by itself.
const DEPTH: usize = 4;

impl Format {
    /// The format of a name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Xml, Self::Json].into_iter().find(|format| format.name() == name)
    }

    /// Its name, with which its files end, too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xml => "xml",
            Self::Json => "json",
        }
    }

    /// The schema of documents and manifests.
    pub const fn schema(self) -> &'static str {
        match self {
            Self::Xml => include_str!("../schema/guard-1.xsd"),
            Self::Json => include_str!("../schema/guard-1.schema.json"),
        }
    }

    /// The bytes of a document; `root` is what its outermost element is called in XML.
    pub(crate) fn write(self, root: &'static str, node: &Node) -> Outcome<Vec<u8>> {
        match self {
            Self::Xml => xml::write(root, node),
            Self::Json => json::write(node),
        }
    }

    /// How many bytes an item of a list adds to a document, at most.
    pub(crate) fn weight(self, item: &'static str, node: &Node) -> Outcome<usize> {
        let bytes = match self {
            Self::Xml => xml::fragment(item, node)?,
            Self::Json => serde_json::to_vec_pretty(node).map_err(Failure::internal)?,
        };
        let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
        Ok(bytes.len() + lines * DEPTH + ",\n".len())
    }
}
