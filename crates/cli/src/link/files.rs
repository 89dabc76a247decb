//! `fieldpost link files`.

use clap::Args;
use serde_json::{Map, Value, json};

use super::limit::{Limit, limit};
use super::{Peer, list, size, word};

/// Which files come by themselves, and which the other site is given at all.
#[derive(Args)]
pub(crate) struct Files {
    /// The largest file that comes by itself, in bytes, or `none` for as large as files may be here.
    /// What is larger waits until somebody asks for it.
    #[arg(long, value_name = "BYTES|none", value_parser = limit)]
    largest: Option<Limit>,
    /// The same while all there is to the other site is a slow radio or a serial line: 20000 unless
    /// set. What is larger waits for a better line, or until somebody asks for it.
    #[arg(long, value_name = "BYTES|none", value_parser = limit)]
    largest_thin: Option<Limit>,
    /// A media type that comes by itself, as `application/pdf`, or many as `image/*`. May be given
    /// several times; what is of another type waits until somebody asks for it.
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Files of any type come by themselves.
    #[arg(long, conflicts_with = "types")]
    any_type: bool,
    /// The largest file that the other site is given, in bytes, or `none` for any. What is larger does
    /// not leave this site, whoever asks for it; what it looks like in small does.
    #[arg(long, value_name = "BYTES|none", value_parser = limit)]
    gives_largest: Option<Limit>,
    /// A media type that the other site is given, as `application/pdf`, or many as `image/*`. May be
    /// given several times; what is of another type does not leave this site.
    #[arg(long = "gives-type", value_name = "TYPE")]
    gives_types: Vec<String>,
    /// The other site is given files of any type.
    #[arg(long, conflicts_with = "gives_types")]
    gives_any_type: bool,
    #[command(flatten)]
    peer: Peer,
}

impl Files {
    /// Sets what was said, and prints what is set.
    pub(super) fn run(&self) -> Result<(), String> {
        let asked = self.asked();
        if !asked.is_empty() {
            self.peer.ask("files", &Value::Object(asked))?;
        }
        print!("{}", table(&self.peer.status()?));
        Ok(())
    }

    fn asked(&self) -> Map<String, Value> {
        let mut asked = Map::new();
        for (name, limit) in [
            ("largest", self.largest),
            ("largest_thin", self.largest_thin),
            ("gives_largest", self.gives_largest),
        ] {
            if let Some(Limit(limit)) = limit {
                asked.insert(name.to_owned(), json!(limit));
            }
        }
        if self.any_type || !self.types.is_empty() {
            asked.insert("types".to_owned(), json!(self.types));
        }
        if self.gives_any_type || !self.gives_types.is_empty() {
            asked.insert("gives_types".to_owned(), json!(self.gives_types));
        }
        asked
    }
}

/// Which files come over a link by themselves, as people read it.
fn table(peer: &Value) -> String {
    let files = &peer["files"];
    let most = |limit: &Value| match limit.as_i64() {
        Some(limit) => format!("up to {}", size(limit)),
        None => "of any size".to_owned(),
    };
    let mut said = format!(
        "{}: files {} come by themselves\n  over a thin line {}\n",
        word(peer, "site"),
        most(&files["largest"]),
        most(&files["largest_thin"])
    );
    for named in list(files, "types").iter().filter_map(Value::as_str) {
        said.push_str(&format!("  type {named}\n"));
    }
    let types: Vec<_> = list(files, "gives_types").iter().filter_map(Value::as_str).collect();
    if !files["gives_largest"].is_null() || !types.is_empty() {
        let kinds = if types.is_empty() { "any type".to_owned() } else { types.join(", ") };
        said.push_str(&format!("  gives files {}, {kinds}\n", most(&files["gives_largest"])));
    }
    if let Some(waiting) = waiting(peer) {
        said.push_str(&format!("  {waiting}\n"));
    }
    said
}

/// How many files wait to be asked for, if there are any.
pub(super) fn waiting(peer: &Value) -> Option<String> {
    let count = peer["files"]["waiting"].as_i64().filter(|count| *count > 0)?;
    let bytes = size(peer["files"]["waiting_bytes"].as_i64().unwrap_or_default());
    Some(match count {
        1 => format!("1 file, {bytes}, waits to be asked for"),
        _ => format!("{count} files, {bytes}, wait to be asked for"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shown_which_files_come() {
        let files = json!({
            "largest": null, "largest_thin": 20_000, "types": [], "waiting": 0, "waiting_bytes": 0
        });
        let unset = json!({ "site": "edge", "files": files });
        let said = "edge: files of any size come by themselves\n  over a thin line up to 20 kB\n";
        assert_eq!(table(&unset), said);
        assert_eq!(waiting(&unset), None);
        let files = json!({
            "largest": 5_000_000, "largest_thin": 0, "types": ["image/*", "text/plain"],
            "gives_largest": 9_000, "gives_types": ["text/plain", "image/*"],
            "waiting": 2, "waiting_bytes": 30_000_000
        });
        assert_eq!(
            table(&json!({ "site": "edge", "files": files })),
            "edge: files up to 5000 kB come by themselves\n  over a thin line up to 0 B\n  \
             type image/*\n  type text/plain\n  \
             gives files up to 9000 B, text/plain, image/*\n  2 files, 30 MB, wait to be asked for\n"
        );
    }
}
