//! A document as JSON.

use fieldpost_kernel::{Failure, Outcome};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::node::Node;

/// The bytes of a document.
pub(crate) fn write(node: &Node) -> Outcome<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(node).map_err(Failure::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text.as_str()),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::List(_, list) => serializer.collect_seq(list),
            Self::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}
