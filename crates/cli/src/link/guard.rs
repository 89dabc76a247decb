//! `fieldpost link export-guard` and `guard-schema`.

use std::path::PathBuf;

use clap::Args;
use fieldpost_guard::{Asked, Exported, Format, Since, export, local_administrator};
use fieldpost_kernel::Failure;
use fieldpost_server::backup::DATABASE;
use fieldpost_server::{Config, open_blobs, open_store};

use super::size;
use crate::place::Place;

#[derive(Args)]
pub(crate) struct Export {
    /// The other site, by its name or its id.
    #[arg(long = "with", value_name = "SITE")]
    with: String,
    /// The directory to write into; made if it is missing. Nothing in it is overwritten.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The format: `xml` or `json`.
    #[arg(long, default_value = "xml", value_parser = format)]
    format: Format,
    /// From where to go on: the manifest of an export, or `last` for the newest of this link in the
    /// directory, and everything if there is none. Without it, everything.
    #[arg(long, value_name = "MANIFEST")]
    since: Option<PathBuf>,
    /// Writes the files of messages, too.
    #[arg(long)]
    files: bool,
    /// The largest of them that is written, in bytes.
    #[arg(long, value_name = "BYTES", requires = "files")]
    largest_file: Option<u64>,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub(crate) struct Schema {
    /// The format: `xml` for an XML Schema, `json` for a JSON Schema.
    #[arg(long, default_value = "xml", value_parser = format)]
    format: Format,
}

fn format(name: &str) -> Result<Format, String> {
    Format::named(name).ok_or_else(|| "it is neither xml nor json".to_owned())
}

impl Schema {
    pub(crate) fn run(self) -> Result<(), String> {
        print!("{}", self.format.schema());
        Ok(())
    }
}

impl Export {
    pub(crate) fn run(self) -> Result<(), String> {
        let settings = self.place.settings()?;
        let embedded = self.place.data.join(DATABASE);
        if settings.database.url.is_empty() && !embedded.exists() {
            return Err(format!("there is no embedded database in {}", self.place.data.display()));
        }
        let config = Config::of(self.place.data.clone(), &settings);
        let out = self.out.clone();
        let written = write(&config, &self.asked()).map_err(|failure| failure.to_string())?;
        report(&written, &out);
        Ok(())
    }

    fn asked(self) -> Asked {
        let since = match self.since {
            None => Since::Beginning,
            Some(last) if last.as_os_str() == "last" => Since::Last,
            Some(manifest) => Since::Manifest(manifest),
        };
        let largest_file = self.files.then_some(self.largest_file.unwrap_or(u64::MAX));
        Asked { with: self.with, folder: self.out, format: self.format, since, largest_file }
    }
}

fn write(config: &Config, asked: &Asked) -> Result<Exported, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::internal)?;
    runtime.block_on(async {
        let store = open_store(config).await?;
        let blobs = open_blobs(config).await?;
        export(&store, &blobs, &local_administrator(), asked).await
    })
}

fn report(written: &Exported, out: &std::path::Path) {
    let Exported { peer, manifest, upto, documents, entries, objects, left_out, bytes, .. } =
        written;
    if manifest.is_empty() {
        println!("There is nothing to tell {peer}");
        return;
    }
    println!(
        "Wrote {entries} entries in {documents} documents and {objects} files for {peer}, {}, up to \
         {upto}: {}",
        size(i64::try_from(*bytes).unwrap_or(i64::MAX)),
        out.join(manifest).display()
    );
    if *left_out > 0 {
        eprintln!("{left_out} files were left out: they are too large, or not at this site");
    }
    if !written.is_complete {
        eprintln!("There is more: go on with --since last");
    }
}
