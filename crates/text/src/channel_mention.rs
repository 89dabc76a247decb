//! Channels referred to as `~name`.

use std::collections::HashSet;

/// Returns the channel names written as `~name` in `texts`, without the tilde and in lower
/// case, each once, in order of appearance.
///
/// A tilde inside a word does not start a name. Whether a channel of that name exists is for
/// the caller to find out.
pub fn names<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts
        .into_iter()
        .flat_map(names_in)
        .map(str::to_ascii_lowercase)
        .filter(|name| seen.insert(name.clone()))
        .collect()
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('~').filter_map(|(tilde, _)| {
        if text[..tilde].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            return None;
        }
        let rest = &text[tilde + 1..];
        let end = rest.bytes().position(|byte| !is_name_byte(byte)).unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], expected: &[&str]) {
        assert_eq!(names(texts.iter().copied()), expected, "{texts:?}");
    }

    #[test]
    fn names_after_a_tilde() {
        check(&["see ~town-square."], &["town-square"]);
        check(&["~a_b,~c2"], &["a_b", "c2"]);
        check(&["(~dev)"], &["dev"]);
        check(&["~~struck~~"], &["struck"]);
        check(&["див. ~новини ~dev"], &["dev"]);
        check(&["会议：~dev。"], &["dev"]);
    }

    #[test]
    fn case_is_ignored() {
        check(&["~Town-Square ~town-square"], &["town-square"]);
    }

    #[test]
    fn all_texts_in_order() {
        check(&["~b", "", "~a ~b"], &["b", "a"]);
    }

    #[test]
    fn what_is_not_a_name() {
        check(&["~", "~ dev", "home~dev", "їжа~dev", "_~dev", "~.dev"], &[]);
    }

    #[test]
    fn a_million_tildes() {
        check(&[&"~".repeat(1_000_000)], &[]);
        check(&[&"~a".repeat(500_000)], &["a"]);
    }
}
