//! A number, or none for no limit.

/// A limit that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limit(pub(super) Option<u64>);

/// A limit as people write it.
pub(super) fn limit(text: &str) -> Result<Limit, String> {
    if text == "none" {
        return Ok(Limit(None));
    }
    let number = text.parse().map_err(|_| "it is a whole number, or none".to_owned());
    number.map(|number| Limit(Some(number)))
}
