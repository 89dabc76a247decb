//! The line that stands above and below every screen.

use serde::{Deserialize, Serialize};

/// The longest text, in characters.
const LONGEST: usize = 1_024;

/// The line that says how what is shown is to be handled, such as a classification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Banner {
    /// What it says; there is none while it is empty.
    pub text: String,
    /// Its colour, as `#rgb` or `#rrggbb`.
    pub color: String,
    /// The colour of its letters.
    pub text_color: String,
}

impl Default for Banner {
    fn default() -> Self {
        Self { text: String::new(), color: "#f2a93b".to_owned(), text_color: "#333333".to_owned() }
    }
}

impl Banner {
    pub(super) fn validate(&self) -> Result<(), String> {
        if self.text.chars().count() > LONGEST || self.text.chars().any(char::is_control) {
            return Err(format!("banner.text must be one line of at most {LONGEST} characters"));
        }
        for (key, colour) in [("color", &self.color), ("text_color", &self.text_color)] {
            if !is_colour(colour) {
                return Err(format!("banner.{key} must be like #f2a93b, not {colour:?}"));
            }
        }
        Ok(())
    }
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 6) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, color: &str) -> Result<(), String> {
        let text = text.to_owned();
        Banner { text, color: color.to_owned(), ..Banner::default() }.validate()
    }

    #[test]
    fn a_line_in_a_colour_is_taken() {
        assert_eq!(Banner::default().validate(), Ok(()));
        assert_eq!(checked("EXERCISE — RESTRICTED", "#c8102e"), Ok(()));
        assert_eq!(checked("NATO UNCLASSIFIED", "#0A0"), Ok(()));
    }

    #[test]
    fn what_is_no_line_or_no_colour_is_named() {
        assert!(checked("one\ntwo", "#c8102e").unwrap_err().contains("banner.text"));
        assert!(checked(&"x".repeat(1_025), "#c8102e").unwrap_err().contains("banner.text"));
        for colour in ["red", "#c8102", "#c8102g", "c8102e", "#ab\u{e9}"] {
            assert!(checked("x", colour).unwrap_err().contains("banner.color"), "{colour}");
        }
    }
}
