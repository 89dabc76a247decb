//! `seeds` lists the targets; `seeds TARGET FOLDER` writes a target's examples for a fuzzer.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        for target in fieldpost_hostile::TARGETS {
            println!("{}", target.name);
        }
        return ExitCode::SUCCESS;
    };
    let Some(target) = fieldpost_hostile::find(name) else {
        eprintln!("there is no target {name}");
        return ExitCode::FAILURE;
    };
    for (number, seed) in (target.seeds)().into_iter().enumerate() {
        if let Err(error) = std::fs::write(Path::new(folder).join(format!("seed-{number}")), seed) {
            eprintln!("{folder}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
