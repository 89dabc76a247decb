//! What a document says, whatever its format: named fields, in an order that is fixed.
//!
//! Both formats are written from this, so both say the same. A text that XML cannot hold is no text
//! here: what is not allowed there is replaced when the text is made.

/// The character in place of one that XML 1.0 cannot hold.
const REPLACEMENT: char = '\u{fffd}';

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A text in which every character may stand in XML.
    Text(Text),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// Named parts, each at most once.
    Fields(Vec<(&'static str, Node)>),
    /// Parts of one kind, and what each of them is called where that is said.
    List(&'static str, Vec<Node>),
}

/// A text in which every character may stand in XML 1.0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text {
    text: String,
    replaced: i64,
}

impl Text {
    /// The text, with U+FFFD in place of each character that XML 1.0 cannot hold.
    pub(crate) fn of(text: &str) -> Self {
        let replaced = text.chars().filter(|c| !is_allowed(*c)).count();
        if replaced == 0 {
            return Self { text: text.to_owned(), replaced: 0 };
        }
        let text = text.chars().map(|c| if is_allowed(c) { c } else { REPLACEMENT }).collect();
        Self { text, replaced: i64::try_from(replaced).unwrap_or(i64::MAX) }
    }

    /// How many characters were replaced.
    pub(crate) fn replaced(&self) -> i64 {
        self.replaced
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// Whether a character may stand in XML: `Char` of <https://www.w3.org/TR/xml/#charsets>.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

impl From<Text> for Node {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(Text::of(text))
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<i64> for Node {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Fields that are added one after the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(&'static str, Node)>);

impl Fields {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Node>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// The same with a field that is left out where there is nothing to say.
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<Node>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The same with a list.
    pub(crate) fn with_list(self, name: &'static str, item: &'static str, list: Vec<Node>) -> Self {
        self.with(name, Node::List(item, list))
    }
}

impl From<Fields> for Node {
    fn from(fields: Fields) -> Self {
        Self::Fields(fields.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_counted() {
        let text = Text::of("a\0b\u{1}c\u{b}\u{1f}d\u{fffe}e\u{ffff}");
        assert_eq!(text.as_str(), "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}d\u{fffd}e\u{fffd}");
        assert_eq!(text.replaced(), 6);
    }

    #[test]
    fn everything_else_stays() {
        let kept = "\t\n\r ]]>&<\"' \u{7f}\u{85}\u{a0}\u{200f}\u{202e}\u{2028}\u{d7ff}\u{e000}\u{fffd}\u{1f6a2}\u{10ffff}";
        let text = Text::of(kept);
        assert_eq!((text.as_str(), text.replaced()), (kept, 0));
    }
}
