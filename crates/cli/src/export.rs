//! `fieldpost export`.

use std::fs;
use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use fieldpost_bulk::export::{Options, Output, Progress, export};
use fieldpost_kernel::Failure;
use fieldpost_server::backup::DATABASE;
use fieldpost_server::{Config, open_blobs, open_store};

use crate::place::Place;

#[derive(Args)]
pub(crate) struct Export {
    /// The file to write, which must not exist: `.jsonl`, `.gz`, or `.zip` with attachments; `-`
    /// for lines on standard output.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Only this team, without direct and group conversations; may be given more than once.
    #[arg(long = "team", value_name = "NAME")]
    teams: Vec<String>,
    /// Leaves out attachments.
    #[arg(long)]
    no_attachments: bool,
}

impl Export {
    pub(crate) fn run(self) -> Result<(), String> {
        let settings = self.place.settings()?;
        let embedded = self.place.data.join(DATABASE);
        if settings.database.url.is_empty() && !embedded.exists() {
            return Err(format!("there is no embedded database in {}", self.place.data.display()));
        }
        let is_file = self.file != Path::new("-");
        let output = if is_file {
            Output::create(&self.file).map_err(|e| format!("{}: {e}", self.file.display()))?
        } else {
            Output::Lines(Box::new(BufWriter::new(io::stdout())))
        };
        let config = Config::of(self.place.data, &settings);
        let options = Options { teams: self.teams, no_attachments: self.no_attachments };
        let begun = Instant::now();
        let written = write(&config, &options, output);
        if written.is_err() && is_file {
            // Half an export is none. That it cannot be removed is the lesser trouble.
            drop(fs::remove_file(&self.file));
        }
        let progress = written.map_err(|failure| failure.to_string())?;
        report(&progress, begun, is_file);
        Ok(())
    }
}

fn write(config: &Config, options: &Options, output: Output) -> Result<Progress, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::internal)?;
    let mut last = Instant::now();
    let is_watched = io::stderr().is_terminal();
    let mut show = move |progress: &Progress| {
        if is_watched && last.elapsed() >= Duration::from_millis(200) {
            last = Instant::now();
            eprint!("\r{} lines, {} attachments", progress.lines, progress.files);
        }
    };
    runtime.block_on(async {
        let store = open_store(config).await?;
        let blobs = open_blobs(config).await?;
        export(&store, &blobs, options, output, &mut show).await
    })
}

/// Says what was done: where the lines are not, if they are on standard output.
fn report(progress: &Progress, begun: Instant, is_file: bool) {
    let Progress { lines, places, people, posts, reactions, files, left_out } = progress;
    let seconds = begun.elapsed().as_secs_f64();
    let says = format!(
        "{lines} lines in {seconds:.1} s: {places} teams, channels and conversations, {people} \
         people, {posts} posts, {reactions} reactions, {files} attachments"
    );
    if is_file {
        println!("{says}");
    } else {
        eprintln!("{says}");
    }
    if *left_out > 0 {
        eprintln!(
            "{left_out} attachments were left out: only a .zip holds them, and only those whose \
             bytes are at this site"
        );
    }
}
