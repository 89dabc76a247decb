//! Every operation of the API that some client knows, served here or not.

use std::sync::LazyLock;

/// One operation of the API.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// In upper case.
    pub method: &'static str,
    /// With its parameters in braces.
    pub path: &'static str,
    /// The part of the API it belongs to.
    pub area: &'static str,
    /// 1 for daily use, 2 for administration and platform, 3 for what no self-hosted site has.
    pub tier: u8,
}

static KNOWN: LazyLock<Vec<Operation>> =
    LazyLock::new(|| include_str!("../operations.tsv").lines().filter_map(parse).collect());

fn parse(line: &'static str) -> Option<Operation> {
    let mut fields = line.split('\t');
    Some(Operation {
        method: fields.next()?,
        path: fields.next()?,
        area: fields.next()?,
        tier: fields.next()?.parse().ok()?,
    })
}

/// All of them, by path and method.
pub fn known() -> &'static [Operation] {
    &KNOWN
}

/// The operation that a request's method and path mean.
pub fn find(method: &str, path: &str) -> Option<&'static Operation> {
    let path = path.strip_suffix('/').unwrap_or(path);
    KNOWN.iter().filter(|o| o.method == method && matches(o.path, path)).min_by_key(|o| {
        // Where a fixed word and a parameter both fit, the fixed word is meant.
        o.path.matches('{').count()
    })
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(word), Some(part)) if word == part => {}
            (Some(word), Some(part)) if word.starts_with('{') && !part.is_empty() => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(known().len(), include_str!("../operations.tsv").lines().count());
        assert!(known().iter().all(|o| (1..=3).contains(&o.tier)));
    }

    #[test]
    fn a_fixed_word_is_meant_before_a_parameter() {
        assert_eq!(find("GET", "/api/v4/users/known").unwrap().path, "/api/v4/users/known");
        let id = "ybndrfg8ejkmcpqxot1uwiszyy";
        let path = format!("/api/v4/users/{id}");
        assert_eq!(find("GET", &path).unwrap().path, "/api/v4/users/{user_id}");
        assert_eq!(find("GET", "/api/v4/no/such/thing"), None);
    }
}
