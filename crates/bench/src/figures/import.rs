//! Messages a second of a bulk import.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::bench::Bench;
use crate::million::{self, Filling};
use crate::report::{Report, number};
use crate::server::Place;

/// Where a field log is, if it is not beside the project.
const FIELD_LOG: &str = "FIELDPOST_FIELD_LOG";

pub(super) fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let posts = bench.times(100_000, 5_000);
    let scratch = bench.scratch()?;
    let place = Place::embedded(&scratch.path().join("generated"));
    let filling = million::fill(bench, &place, posts)?;
    add(report, "generated posts into an empty site", filling, million::bare(bench, &place)?);
    match field_log() {
        Some(file) => {
            let place = Place::embedded(&scratch.path().join("field"));
            let filling = million::take(bench, &place, &file)?;
            add(report, "the field log into an empty site", filling, million::bare(bench, &place)?);
        }
        None => report.note(&format!("no field log; {FIELD_LOG} may name one")),
    }
    Ok(())
}

fn add(report: &mut Report, what: &str, filling: Filling, bare: f64) {
    report.add(
        format!("{what} ({})", filling.posts),
        number(filling.rate(), "posts/s"),
        ("the same rows in bare SQLite, 256 posts a sync", number(bare, "posts/s")),
    );
}

/// Real text in the bulk format, if there is any.
pub(super) fn field_log() -> Option<PathBuf> {
    let named = std::env::var_os(FIELD_LOG).map(PathBuf::from);
    let file = named.unwrap_or_else(|| Path::new("../shared/data/field-log.jsonl.gz").to_owned());
    file.exists().then_some(file)
}
