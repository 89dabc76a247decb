//! A document as XML: each field an element of its name, and no attributes but the namespace.

use std::io;

use fieldpost_kernel::{Failure, Outcome};
use quick_xml::Writer;
use quick_xml::escape::partial_escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::node::Node;

/// The namespace of all elements.
const NAMESPACE: &str = "urn:fieldpost:guard:1";

/// Spaces by which an element stands further in than the one around it.
const INDENT: usize = 2;

/// The bytes of a document whose outermost element has this name.
pub(crate) fn write(root: &'static str, node: &Node) -> Outcome<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', INDENT);
    let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
    let written = writer
        .write_event(Event::Decl(declaration))
        .and_then(|()| element(&mut writer, root, node, Some(NAMESPACE)));
    written.map_err(Failure::internal)?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

/// The bytes of an element that stands in none.
pub(crate) fn fragment(name: &'static str, node: &Node) -> Outcome<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', INDENT);
    element(&mut writer, name, node, None).map_err(Failure::internal)?;
    Ok(writer.into_inner())
}

fn element(
    writer: &mut Writer<Vec<u8>>,
    name: &'static str,
    node: &Node,
    namespace: Option<&str>,
) -> io::Result<()> {
    let mut start = BytesStart::new(name);
    if let Some(namespace) = namespace {
        start.push_attribute(("xmlns", namespace));
    }
    writer.write_event(Event::Start(start))?;
    match node {
        Node::Text(text) => characters(writer, text.as_str())?,
        Node::Number(number) => characters(writer, &number.to_string())?,
        Node::Flag(flag) => characters(writer, if *flag { "true" } else { "false" })?,
        Node::Fields(fields) => {
            for (name, value) in fields {
                element(writer, name, value, None)?;
            }
        }
        Node::List(item, list) => {
            for value in list {
                element(writer, item, value, None)?;
            }
        }
    }
    writer.write_event(Event::End(BytesEnd::new(name)))
}

/// Writes a text. A carriage return is written by its number, since whoever reads XML takes one for the
/// end of a line otherwise.
fn characters(writer: &mut Writer<Vec<u8>>, text: &str) -> io::Result<()> {
    let escaped = partial_escape(text).replace('\r', "&#13;");
    writer.write_event(Event::Text(BytesText::from_escaped(escaped)))
}
