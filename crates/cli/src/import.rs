//! `fieldpost import`.

mod beside;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fieldpost_bulk::Source;
use fieldpost_bulk::import::{Limits, Progress, Rejected, Target, Watch, import};
use fieldpost_kernel::SystemEntropy;
use fieldpost_server::{Config, open_blobs, open_store};

use crate::local::Local;
use crate::place::Place;

#[derive(Args)]
pub(crate) struct Import {
    /// The file to take over: lines, plain or compressed with gzip, or a .zip that holds attachments
    /// too; `-` for lines from standard input.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Where to write each rejected line's number and reason, as JSON lines.
    #[arg(long)]
    report: Option<PathBuf>,
}

impl Import {
    pub(crate) fn run(self) -> Result<(), String> {
        let source = Source::open(&self.file);
        let source = source.map_err(|e| format!("{}: {e}", self.file.display()))?;
        let report = self.report.as_deref().map(File::create).transpose();
        let report = report.map_err(|e| format!("the report: {e}"))?.map(BufWriter::new);
        let mut shown = Shown { begun: Instant::now(), last: Instant::now(), report };
        let progress = match Local::find(&self.place.data)? {
            Some(local) => {
                self.place.require_own_database()?;
                let Source::Lines(reader) = source else {
                    return Err(
                        "an archive with attachments is taken over while no server runs on the \
                         site; stop it first"
                            .to_owned(),
                    );
                };
                beside::import(&local, reader, &mut shown)?
            }
            None => self.alone(source, &mut shown)?,
        };
        shown.end(&progress)?;
        if progress.rejected > 0 {
            return Err(format!("{} lines could not be taken over", progress.rejected));
        }
        Ok(())
    }
}

impl Import {
    /// Takes the file over where no server runs.
    fn alone(&self, source: Source, shown: &mut Shown) -> Result<Progress, String> {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        let config = Config::of(self.place.data.clone(), &self.place.settings()?);
        let progress = runtime.block_on(async {
            let store = open_store(&config).await?;
            let blobs = open_blobs(&config).await?;
            let limits = Limits {
                largest_file: config.settings.largest_file,
                most_pixels: config.settings.largest_image,
            };
            let target = Target::new(store, blobs, Arc::new(SystemEntropy), limits);
            import(&target, source, shown).await
        });
        progress.map_err(|failure| failure.to_string())
    }
}

struct Shown {
    begun: Instant,
    last: Instant,
    report: Option<BufWriter<File>>,
}

impl Shown {
    fn end(&mut self, progress: &Progress) -> Result<(), String> {
        if let Some(report) = &mut self.report {
            report.flush().map_err(|error| format!("the report: {error}"))?;
        }
        let seconds = self.begun.elapsed().as_secs_f64();
        println!(
            "{} lines in {seconds:.1} s: {} teams, channels and conversations, {} people, {} posts \
             ({:.0} a second), {} files, {} reactions; {} were known, {} lines were rejected",
            progress.lines,
            progress.places,
            progress.people,
            progress.posts,
            progress.posts as f64 / seconds.max(0.001),
            progress.files,
            progress.reactions,
            progress.known,
            progress.rejected,
        );
        Ok(())
    }
}

impl Watch for Shown {
    fn progress(&mut self, progress: &Progress) {
        if io::stderr().is_terminal() && self.last.elapsed() >= Duration::from_millis(200) {
            self.last = Instant::now();
            eprint!("\r{} lines, {} posts", progress.lines, progress.posts);
        }
    }

    fn rejected(&mut self, rejected: &Rejected) {
        eprintln!("line {}: {} ({})", rejected.line, rejected.why, rejected.id);
        if let Some(report) = &mut self.report {
            let line = serde_json::to_string(rejected).unwrap_or_default();
            // What cannot be written now is complained of at the end, when it is flushed.
            drop(writeln!(report, "{line}"));
        }
    }
}
