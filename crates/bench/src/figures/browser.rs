//! What a browser loads until a post is sent.

use std::process::Command;

use crate::Outcome;
use crate::bench::Bench;
use crate::report::{Report, number};

pub(super) fn measure(bench: &Bench, report: &mut Report) -> Outcome<()> {
    let mut npm = Command::new("npm");
    npm.args(["run", "--silent", "size"]).current_dir("web").env("FIELDPOST_BINARY", &bench.server);
    let output = npm.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let [raw, compressed] =
        sizes(&said).ok_or_else(|| format!("{said}{}", String::from_utf8_lossy(&output.stderr)))?;
    report.add(
        "first load until a post is sent, JS and CSS, gzip",
        number(compressed, "kB"),
        ("the same before compression", number(raw, "kB")),
    );
    Ok(())
}

/// The sizes that the line of the sum names first: as they are, and compressed.
fn sizes(said: &str) -> Option<[f64; 2]> {
    let (_, sum) = said.lines().find_map(|line| line.split_once("JS+CSS: "))?;
    let mut kilobytes = sum.split(", ").map_while(|part| part.split(' ').next()?.parse().ok());
    Some([kilobytes.next()?, kilobytes.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_read() {
        let said = "+ /a.js 1 raw\nfirst load, JS+CSS: 129.9 kB raw, 44.7 kB gzip, 39.0 kB brotli";
        assert_eq!(sizes(said), Some([129.9, 44.7]));
        assert_eq!(sizes("nothing"), None);
    }
}
