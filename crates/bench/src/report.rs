//! What was measured, as a table for people and as JSON.

use std::path::Path;

use serde::Serialize;

use crate::Outcome;
use crate::sample::Sample;

/// A number with its unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Number {
    /// What it is of several, such as `p50`; empty where there is only one.
    label: &'static str,
    value: f64,
    unit: &'static str,
}

/// A figure beside its raw limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    figure: &'static str,
    what: String,
    measured: Vec<Number>,
    raw_what: String,
    raw: Vec<Number>,
    aim: Option<Aim>,
}

/// What one number of a row is meant to be, at most.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Aim {
    /// The number of the capability that it shows, as the proofs of links are numbered.
    proof: u8,
    what: &'static str,
    value: f64,
    unit: &'static str,
    most: f64,
}

/// All that was measured.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figure: &'static str,
    rows: Vec<Row>,
}

impl Number {
    /// One of several.
    pub(crate) const fn labelled(label: &'static str, value: f64, unit: &'static str) -> Self {
        Self { label, value, unit }
    }
}

/// One number.
pub(crate) fn number(value: f64, unit: &'static str) -> Vec<Number> {
    vec![Number { label: "", value, unit }]
}

/// How many times as much.
pub(crate) fn times(value: f64) -> Vec<Number> {
    number(value, "times")
}

/// Bytes of a message, by what is counted.
pub(crate) fn bytes_by(bytes: &[(&'static str, f64)]) -> Vec<Number> {
    bytes.iter().map(|&(label, value)| Number { label, value, unit: "B" }).collect()
}

/// The middle and the tail of some durations, in milliseconds.
pub(crate) fn latency(sample: &Sample) -> Vec<Number> {
    let of = |label, share| Number { label, value: sample.quantile(share) * 1e3, unit: "ms" };
    vec![of("p50", 0.5), of("p99", 0.99)]
}

impl Report {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What is added from here on belongs to this figure.
    pub(crate) fn begin(&mut self, figure: &'static str) {
        self.figure = figure;
    }

    /// Says what is going on meanwhile.
    pub(crate) fn note(&self, text: &str) {
        eprintln!("{:9} … {text}", self.figure);
    }

    /// Adds a figure and prints it. `raw` says what the raw limit is, and how much.
    pub(crate) fn add(
        &mut self,
        what: impl Into<String>,
        measured: Vec<Number>,
        (raw_what, raw): (impl Into<String>, Vec<Number>),
    ) {
        let (what, raw_what) = (what.into(), raw_what.into());
        let row = Row { figure: self.figure, what, measured, raw_what, raw, aim: None };
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// Says what a number of the figure that was added last is meant to be, at most.
    pub(crate) fn aim(
        &mut self,
        proof: u8,
        (what, value, unit): (&'static str, f64, &'static str),
        most: f64,
    ) {
        if let Some(row) = self.rows.last_mut() {
            row.aim = Some(Aim { proof, what, value, unit, most });
        }
    }

    /// The numbers that are meant to be something, by the capability that they show: a table.
    pub(crate) fn proofs(&self) -> String {
        let mut rows: Vec<(&Row, &Aim)> =
            self.rows.iter().filter_map(|row| Some((row, row.aim.as_ref()?))).collect();
        rows.sort_by_key(|(_, aim)| aim.proof);
        let mut table = "| Proof | What | Measured | Goal | |\n|---|---|---|---|---|\n".to_owned();
        for (Row { figure, what, .. }, Aim { proof, what: number, value, unit, most }) in rows {
            let met = if value <= most { "met" } else { "not met" };
            let (value, most) = (shown(*value), shown(*most));
            table.push_str(&format!(
                "| {proof} | {figure}: {what}: {number} | {value} {unit} | ≤ {most} {unit} | {met} |\n"
            ));
        }
        table
    }

    /// Writes what was measured into a file.
    pub(crate) fn write(&self, path: &Path) -> Outcome<()> {
        std::fs::write(path, serde_json::to_vec_pretty(&self.rows)?)?;
        Ok(())
    }
}

impl Row {
    fn line(&self) -> String {
        let (figure, what) = (self.figure, &self.what);
        let measured = words(&self.measured);
        let mut line = format!("{figure:9} {what:52} {measured}");
        if !self.raw_what.is_empty() {
            line.push_str(&format!("  —  raw: {} ({})", words(&self.raw), self.raw_what));
        }
        line
    }
}

fn words(numbers: &[Number]) -> String {
    let words = numbers.iter().map(|Number { label, value, unit }| {
        let gap = if label.is_empty() { "" } else { " " };
        format!("{label}{gap}{} {unit}", shown(*value))
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Three significant digits; whole numbers from a hundred on.
fn shown(value: f64) -> String {
    let digits = match value.abs() {
        small if small < 1.0 => 3,
        small if small < 10.0 => 2,
        small if small < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_is_beside_what_could_be() {
        let mut report = Report::new();
        report.begin("posts");
        report.add("64 clients", number(1234.5, "posts/s"), ("bare", number(7.251, "rows/s")));
        let line = report.rows[0].line();
        assert!(line.starts_with("posts     64 clients "), "{line}");
        assert!(line.ends_with("1234 posts/s  —  raw: 7.25 rows/s (bare)"), "{line}");
    }

    #[test]
    fn proofs_say_whether_a_goal_was_met() {
        let mut report = Report::new();
        report.begin("idle");
        report.add("at rest", number(120.0, "B/min"), ("nothing", number(0.0, "B/min")));
        report.aim(4, ("both sides", 120.0, "B/min"), 100.0);
        report.add("in silence", number(0.0, "B/min"), ("nothing", number(0.0, "B/min")));
        report.aim(1, ("both sides", 0.0, "B/min"), 0.0);
        report.add("not meant to be anything", number(1.0, "s"), ("", Vec::new()));
        let table = report.proofs();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| 1 | idle: in silence: both sides | 0.000 B/min | ≤ 0.000 B/min | met |",
                "| 4 | idle: at rest: both sides | 120 B/min | ≤ 100 B/min | not met |",
            ]
        );
    }

    #[test]
    fn numbers_have_three_digits() {
        let all = [0.1234, 1.234, 12.34, 123.4, 12340.0].map(shown);
        assert_eq!(all, ["0.123", "1.23", "12.3", "123", "12340"]);
    }
}
