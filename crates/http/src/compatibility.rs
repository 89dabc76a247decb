//! `docs/compatibility.md`: what is served of what clients know, and how it differs.

use fieldpost_kernel::events;

use crate::described::{Described, Description};
use crate::operations::{self, Operation};
use crate::routes::Routes;

/// The parts of the API: what they are called, and why some of them is missing.
const AREAS: &str = include_str!("../described/areas.tsv");

/// What is true of all operations.
const DIFFERENCES: &str = include_str!("../described/differences.md");

const HEAD: &str = "\
# What is served

This page is written by `fieldpost routes --markdown` from the server's own route table, its list of \
events and what [its sources](../crates/http/described/README.md) say of each; a test compares. A \
running server tells the same as OpenAPI 3.1 at `/api/v4/openapi.json`. Tier 1 is what people use \
every day, 2 is administration and platform, 3 is what no self-hosted site has.

";

/// A part of the API.
struct Area {
    name: &'static str,
    title: &'static str,
    why_missing: &'static str,
}

fn areas() -> impl Iterator<Item = Area> {
    AREAS.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        let (name, title) = (fields.next()?, fields.next()?);
        Some(Area { name, title, why_missing: fields.next()? })
    })
}

/// The page.
pub fn page(routes: &Routes, all: &Description) -> String {
    let mut page = HEAD.to_owned();
    summary(&mut page, routes);
    page.push_str(DIFFERENCES);
    page.push_str("\n## Operations\n\n");
    for area in areas() {
        operations_of(&mut page, &area, routes, all);
    }
    events_told(&mut page);
    page
}

fn summary(page: &mut String, routes: &Routes) {
    let told: Vec<(u8, bool)> = events::known().iter().map(|e| (e.tier, e.is_told())).collect();
    let served: Vec<(u8, bool)> =
        operations::known().iter().map(|o| (o.tier, routes.serves(o))).collect();
    let count = |of: &[(u8, bool)], tier: u8| {
        let within: Vec<bool> =
            of.iter().filter(|(t, _)| tier == 0 || *t == tier).map(|(_, yes)| *yes).collect();
        format!("{} of {}", within.iter().filter(|yes| **yes).count(), within.len())
    };
    page.push_str("| | Tier 1 | Tier 2 | Tier 3 | All |\n|---|---|---|---|---|\n");
    for (what, of) in [("Operations", &served), ("Events", &told)] {
        let counts = [1, 2, 3, 0].map(|tier| count(of, tier)).join(" | ");
        page.push_str(&format!("| {what} | {counts} |\n"));
    }
    page.push('\n');
}

fn operations_of(page: &mut String, area: &Area, routes: &Routes, all: &Description) {
    let of: Vec<&Operation> =
        operations::known().iter().filter(|operation| operation.area == area.name).collect();
    let served = of.iter().filter(|operation| routes.serves(operation)).count();
    page.push_str(&format!("### {}\n\n{served} of {} are served.", area.title, of.len()));
    if served < of.len() && !area.why_missing.is_empty() {
        page.push_str(&format!(" {}", area.why_missing));
    }
    page.push_str(
        "\n\n| | Tier | Operation | What it does, and how it differs |\n|---|---|---|---|\n",
    );
    for operation in of {
        let (mark, says) = match all.of(operation) {
            Some(described) if routes.serves(operation) => ("served", words(described)),
            _ => ("missing", String::new()),
        };
        let Operation { method, path, tier, .. } = operation;
        let path = path.replace("/api/v4", "");
        page.push_str(&format!("| {mark} | {tier} | `{method} {path}` | {says} |\n"));
    }
    page.push('\n');
}

fn words(described: &Described) -> String {
    let differs = described.differs.iter().map(|differs| format!(" *{differs}*"));
    described.summary.clone() + &differs.collect::<String>()
}

fn events_told(page: &mut String) {
    page.push_str("## Events\n\nThese are told on the socket.\n\n");
    page.push_str("| | Tier | Event | Part | How it differs |\n|---|---|---|---|---|\n");
    for event in events::known() {
        let mark = if event.is_told() { "told" } else { "missing" };
        let title = areas().find(|area| area.name == event.area).map_or("", |area| area.title);
        let (name, tier, note) = (event.name, event.tier, event.note);
        page.push_str(&format!("| {mark} | {tier} | `{name}` | {title} | {note} |\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_api_has_a_title() {
        let named: Vec<_> = areas().map(|area| area.name).collect();
        assert!(named.is_sorted());
        for operation in operations::known() {
            let area = operation.area;
            assert!(named.contains(&area), "{area}: write a line into described/areas.tsv");
        }
        for area in named {
            let is_used = operations::known().iter().any(|operation| operation.area == area);
            assert!(is_used, "{area} is in described/areas.tsv and nothing belongs to it");
        }
    }

    #[test]
    fn every_event_belongs_to_a_part_of_the_api() {
        for event in events::known() {
            let is_known = areas().any(|area| area.name == event.area);
            assert!(is_known, "{} is of {}, which is no part", event.name, event.area);
        }
    }
}
