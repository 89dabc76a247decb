//! `fieldpost link audit`.

use fieldpost_kernel::{Clock, SystemClock};
use serde_json::Value;

use super::{ago, word};
use crate::local::{Local, Site, encoded};

/// Prints the newest entries, of one site or of all.
pub(super) fn show(site: &Site, with: Option<&str>, count: u16, json: bool) -> Result<(), String> {
    let local = Local::running(&site.data)?;
    let of = with.map(|with| format!("&site={}", encoded(with))).unwrap_or_default();
    let mut entries = Vec::new();
    for page in 0.. {
        let path = format!("/fieldpost/link/audit?page={page}&per_page={PAGE}{of}");
        let Value::Array(found) = local.get(&path)? else { break };
        let is_last = found.len() < PAGE;
        entries.extend(found);
        if is_last || entries.len() >= usize::from(count) {
            break;
        }
    }
    entries.truncate(usize::from(count));
    if json {
        println!("{}", Value::Array(entries));
    } else {
        print!("{}", table(&entries, SystemClock.now()));
    }
    Ok(())
}

/// Entries that are asked for at once.
const PAGE: usize = 200;

/// Entries as people read them, one a line.
fn table(entries: &[Value], now: i64) -> String {
    if entries.is_empty() {
        return "Nothing was done or refused.\n".to_owned();
    }
    entries.iter().map(|entry| line(entry, now)).collect()
}

fn line(entry: &Value, now: i64) -> String {
    let number = |name: &str| entry[name].as_i64().unwrap_or_default();
    let either = |name: &str, id: &str| match word(entry, name) {
        name if name.is_empty() => word(entry, id),
        name => name,
    };
    let mut said = format!(
        "{:14} {:16} {}",
        ago(now, number("last_at")),
        word(entry, "action").replace('_', " "),
        either("site", "site_id"),
    );
    let who = match (word(entry, "by").as_str(), either("username", "user_id")) {
        ("account", name) => format!("by {name}"),
        ("command_line", _) => "by the command line".to_owned(),
        ("this_site", _) => "by this site".to_owned(),
        _ => String::new(),
    };
    let (source, count) = (word(entry, "source"), number("count"));
    let more = [
        either("channel", "channel_id"),
        who,
        if source.is_empty() { source } else { format!("from {source}") },
        word(entry, "detail"),
        match count {
            ..2 => String::new(),
            _ => format!("{count} times, first {}", ago(now, number("first_at"))),
        },
    ];
    for part in more.into_iter().filter(|part| !part.is_empty()) {
        said.push_str(if said.ends_with(' ') { "" } else { "; " });
        said.push_str(&part);
    }
    said.push('\n');
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries_are_shown_with_who_did_what_and_how_often() {
        let shared = json!({
            "action": "shared", "by": "account", "username": "ada", "site": "edge",
            "channel": "alpha:ops", "count": 1, "first_at": 1000, "last_at": 1000,
        });
        let invited = json!({
            "action": "invited", "by": "command_line", "detail": "hq:1", "count": 1,
            "first_at": 1000, "last_at": 1000,
        });
        let refused = json!({
            "action": "stranger_refused", "by": "other", "source": "10.0.0.9",
            "detail": "That invitation was used, has expired, or never was.", "count": 3,
            "first_at": 1000, "last_at": 60_000,
        });
        assert_eq!(
            table(&[refused, shared, invited], 121_000),
            "61 s ago       stranger refused from 10.0.0.9; That invitation was used, has expired, \
             or never was.; 3 times, first 2 min ago\n\
             2 min ago      shared           edge; alpha:ops; by ada\n\
             2 min ago      invited          by the command line; hq:1\n"
        );
        assert_eq!(table(&[], 0), "Nothing was done or refused.\n");
    }
}
