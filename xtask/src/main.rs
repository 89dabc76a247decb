//! House rules no linter knows, and generated documents.
//!
//! `cargo run -p xtask -- tidy` checks; `cargo run -p xtask -- draw` redraws the crate graph in
//! `ARCHITECTURE.md`.

mod graph;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = root();
    let done = match std::env::args().nth(1).as_deref() {
        Some("tidy") => tidy::check(&root),
        Some("draw") => graph::Graph::read(&root).and_then(|graph| graph.draw_into(&root)),
        _ => Err(vec!["usage: xtask tidy | draw".to_owned()]),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaints) => {
            for complaint in complaints {
                eprintln!("{complaint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The workspace's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}
