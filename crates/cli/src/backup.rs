//! `fieldpost backup` and `fieldpost restore`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use fieldpost_server::backup::{self, Saved};

#[derive(Args)]
pub(crate) struct Backup {
    /// The file to write; it must not exist.
    file: PathBuf,
    /// Where the site's files are.
    #[arg(long, default_value = "./data", env = "FIELDPOST_DATA")]
    data: PathBuf,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// The file to read.
    file: PathBuf,
    /// Where to put the site; it must be empty or missing.
    #[arg(long, default_value = "./data", env = "FIELDPOST_DATA")]
    data: PathBuf,
}

impl Backup {
    pub(crate) fn run(self) -> Result<(), String> {
        let begun = Instant::now();
        let saved = backup::save(&self.data, &self.file).map_err(|f| f.message.into_owned())?;
        report("Saved", saved, begun, &self.file.display().to_string());
        Ok(())
    }
}

impl Restore {
    pub(crate) fn run(self) -> Result<(), String> {
        let begun = Instant::now();
        let saved = backup::restore(&self.file, &self.data).map_err(|f| f.message.into_owned())?;
        report("Restored and checked", saved, begun, &self.data.display().to_string());
        println!("Start it with: fieldpost serve --data {}", self.data.display());
        Ok(())
    }
}

fn report(done: &str, saved: Saved, begun: Instant, place: &str) {
    let Saved { changes, files } = saved;
    let seconds = begun.elapsed().as_secs_f32();
    println!("{done} {changes} changes and {files} files in {seconds:.1} s: {place}");
}
