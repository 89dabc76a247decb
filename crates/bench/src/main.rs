//! `fieldpost-bench`: measures a release build, each figure beside the machine's raw limit.
//!
//! The server under test is a process of its own. The raw limit of a figure is the least that the
//! machine needs for the same work without the server, measured right before or after it: a figure
//! without it says more about the machine than about the program.

mod again;
mod air;
mod bare;
mod bench;
mod crowd;
mod figures;
mod million;
mod pair;
mod report;
mod rows;
mod sample;
mod server;
mod sites;
mod text;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
pub(crate) use fieldpost_crowd::{Outcome, client, listener, postgres};

use crate::bench::Bench;
use crate::figures::Figure;
use crate::report::Report;

/// Measures a release build, each figure beside the machine's raw limit of the same minute.
#[derive(Parser)]
struct Arguments {
    /// Which figures; all without any.
    figures: Vec<Figure>,
    /// Less of everything: shows that it works, and rough figures.
    #[arg(long)]
    quick: bool,
    /// The figures of links, without any; with their goals in a table at the end.
    #[arg(long)]
    proofs: bool,
    /// The server under test.
    #[arg(long, default_value = "target/release/fieldpost")]
    server: PathBuf,
    /// What is kept from one run to the next.
    #[arg(long, default_value = "target/bench-data")]
    data: PathBuf,
    /// Where the results go, as JSON.
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// Serves as what is measured against, which is a process of its own too.
    #[arg(long, hide = true)]
    bare: Option<bare::Kind>,
}

fn main() -> ExitCode {
    if let Some(outcome) = hold_namespace() {
        return outcome;
    }
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fieldpost-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Holds a network namespace, if that is what the process was started for by its own kind: the bed
/// of a bad link starts its program so.
fn hold_namespace() -> Option<ExitCode> {
    let mut words = std::env::args().skip(1);
    if words.next()? != "helper" {
        return None;
    }
    let (address, mtu) = (words.next()?, words.next()?.parse().ok()?);
    match fieldpost_linkbed::helper::run(&address, mtu) {
        Ok(()) => Some(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("{error}");
            Some(ExitCode::FAILURE)
        }
    }
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some(kind) = arguments.bare {
        return runtime.block_on(bare::serve(kind));
    }
    let bench = Bench::new(&arguments.server, &arguments.data, arguments.quick)?;
    let chosen = match (arguments.figures.as_slice(), arguments.proofs) {
        ([], false) => &Figure::ALL[..],
        ([], true) => &Figure::PROOFS[..],
        (named, _) => named,
    };
    let mut report = Report::new();
    let mut failed = Vec::new();
    for figure in chosen {
        report.begin(figure.name());
        // The others are worth knowing all the same.
        if let Err(error) = runtime.block_on(figure.measure(&bench, &mut report)) {
            eprintln!("{}: {error}", figure.name());
            failed.push(figure.name());
        }
    }
    report.write(&arguments.json)?;
    if arguments.proofs {
        println!("\n{}", report.proofs());
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("not measured: {}", failed.join(", ")).into())
    }
}
