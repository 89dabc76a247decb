//! `fieldpost import`.

mod beside;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use fieldpost_bulk::import::{Progress, Rejected, Watch, import};
use fieldpost_kernel::{Entropy, SystemEntropy};
use fieldpost_server::{Config, open_store};
use flate2::bufread::MultiGzDecoder;

use crate::local::Local;
use crate::place::Place;

#[derive(Args)]
pub(crate) struct Import {
    /// The file to take over, plain or compressed with gzip; `-` for standard input.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
    /// Where to write each rejected line's number and reason, as JSON lines.
    #[arg(long)]
    report: Option<PathBuf>,
}

impl Import {
    pub(crate) fn run(self) -> Result<(), String> {
        let reader = open(&self.file).map_err(|e| format!("{}: {e}", self.file.display()))?;
        let report = self.report.as_deref().map(File::create).transpose();
        let report = report.map_err(|e| format!("the report: {e}"))?.map(BufWriter::new);
        let mut shown = Shown { begun: Instant::now(), last: Instant::now(), report };
        let progress = match Local::find(&self.place.data)? {
            Some(local) => {
                self.place.require_own_database()?;
                beside::import(&local, reader, &mut shown)?
            }
            None => self.alone(reader, &mut shown)?,
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
    fn alone(
        &self,
        reader: Box<dyn BufRead + Send>,
        shown: &mut Shown,
    ) -> Result<Progress, String> {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        let config = Config::of(self.place.data.clone(), &self.place.settings()?);
        let progress = runtime.block_on(async {
            let store = open_store(&config).await?;
            let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
            import(&store, &entropy, reader, shown).await
        });
        progress.map_err(|failure| failure.to_string())
    }
}

/// A reader of the file's text, whether it is compressed or not.
fn open(file: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut plain: Box<dyn BufRead + Send> = if file == Path::new("-") {
        Box::new(BufReader::with_capacity(1 << 20, io::stdin()))
    } else {
        Box::new(BufReader::with_capacity(1 << 20, File::open(file)?))
    };
    let is_gzip = plain.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    Ok(if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { plain })
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
             ({:.0} a second), {} reactions; {} were known, {} lines were rejected",
            progress.lines,
            progress.places,
            progress.people,
            progress.posts,
            progress.posts as f64 / seconds.max(0.001),
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
