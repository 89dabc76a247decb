//! Where text is gathered.

/// The most bytes of text that are kept of a file. The rest is not searched.
const MOST: usize = 1 << 20;

/// The text of a file, as far as it has been read.
#[derive(Debug, Default)]
pub(crate) struct Sink(String);

impl Sink {
    /// Adds text, until there is enough.
    pub(crate) fn push(&mut self, text: &str) {
        for letter in text.chars() {
            if self.is_full() {
                break;
            }
            self.0.push(letter);
        }
    }

    /// Ends a word.
    pub(crate) fn space(&mut self) {
        if !self.is_full() && !self.0.is_empty() && !self.0.ends_with([' ', '\n']) {
            self.0.push(' ');
        }
    }

    /// Whether nothing more is kept.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }

    /// All of it.
    pub(crate) fn text(self) -> String {
        self.0
    }
}
