//! What is measured of a link: how much passes, what is lost, and how long what waits will take.

use serde_json::Value;

use super::span;

/// How much passes over a link and is lost, as far as that is known.
pub(super) fn rates(peer: &Value) -> Option<String> {
    let rate = |name: &str| peer[name].as_u64().map(bits);
    let mut said = Vec::new();
    if let (Some(out), Some(inn)) = (rate("rate_out"), rate("rate_in")) {
        said.push(format!("{out} out, {inn} in"));
    }
    if let Some(loss) = peer["loss"].as_f64() {
        said.push(format!("{} % of packets lost", percent(loss)));
    }
    if said.is_empty() { None } else { Some(said.join(", ")) }
}

/// What waits for a link by how much it matters, and about how long it will take, if anything does.
pub(super) fn waiting(peer: &Value) -> Option<String> {
    let by = &peer["backlog"]["by"];
    let kinds = [
        ("flash", "FLASH"),
        ("immediate", "urgent"),
        ("priority", "important"),
        ("routine", "routine"),
    ];
    let waits = kinds.iter().filter_map(|(name, word)| {
        let changes = by[name]["changes"].as_u64().filter(|changes| *changes > 0)?;
        Some(format!("{changes} {word}"))
    });
    let waits: Vec<String> = waits.collect();
    if waits.is_empty() {
        return None;
    }
    let time = peer["clears_in"].as_i64().map(|time| span(time.max(1000)));
    let would = if peer["state"] == "connected" { "" } else { "would take " };
    let time = time.map(|time| format!("; {would}about {time}")).unwrap_or_default();
    Some(format!("of these {}{time}", waits.join(", ")))
}

/// Bits a second, in one unit.
fn bits(rate: u64) -> String {
    match rate {
        0..=9_999 => format!("{rate} bit/s"),
        10_000..=9_999_999 => format!("{} kbit/s", rate / 1000),
        _ => format!("{} Mbit/s", rate / 1_000_000),
    }
}

/// A share in percent, with one digit after the point where that is something.
fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none < 0.05 => "0".to_owned(),
        few if few < 9.95 => format!("{few:.1}"),
        many => format!("{many:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_passes_and_is_lost_is_shown_as_far_as_it_is_known() {
        let shown = |out: Value, loss: Value| {
            rates(&json!({ "rate_out": out, "rate_in": 9_999, "loss": loss }))
        };
        let all = shown(json!(12_345), json!(0.0213)).unwrap();
        assert_eq!(all, "12 kbit/s out, 9999 bit/s in, 2.1 % of packets lost");
        let rates = shown(json!(20_000_000), Value::Null).unwrap();
        assert_eq!(rates, "20 Mbit/s out, 9999 bit/s in");
        assert_eq!(shown(Value::Null, json!(0.0)).unwrap(), "0 % of packets lost");
        assert_eq!(shown(Value::Null, json!(0.5)).unwrap(), "50 % of packets lost");
        assert_eq!(shown(Value::Null, Value::Null), None);
    }

    #[test]
    fn what_waits_is_shown_by_how_much_it_matters() {
        let by = json!({
            "flash": { "changes": 3, "bytes": 9 }, "immediate": { "changes": 0, "bytes": 0 },
            "priority": { "changes": 2, "bytes": 9 }, "routine": { "changes": 30, "bytes": 9 },
        });
        let shown = |state: &str, time: Value| {
            let backlog = json!({ "changes": 35, "by": by });
            waiting(&json!({ "state": state, "backlog": backlog, "clears_in": time })).unwrap()
        };
        let counts = "of these 3 FLASH, 2 important, 30 routine";
        assert_eq!(shown("connected", json!(240_000)), format!("{counts}; about 4 min"));
        assert_eq!(shown("down", json!(3)), format!("{counts}; would take about 1 s"));
        assert_eq!(shown("connected", Value::Null), counts);
        let nothing = json!({ "routine": { "changes": 0, "bytes": 0 } });
        assert_eq!(waiting(&json!({ "backlog": { "by": nothing }, "clears_in": 0 })), None);
    }
}
