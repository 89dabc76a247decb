//! Where a site is, as every command that touches one asks for it.

use std::path::PathBuf;

use clap::Args;
use fieldpost_server::settings::Settings;

#[derive(Args)]
pub(crate) struct Place {
    /// Where the site's files are; made if it is missing.
    #[arg(long, default_value = "./data", env = "FIELDPOST_DATA")]
    pub(crate) data: PathBuf,
    /// The configuration file; `fieldpost.toml` in the data directory, if there is one.
    #[arg(long, env = "FIELDPOST_CONFIG")]
    config: Option<PathBuf>,
    /// The URL of a PostgreSQL database; an embedded one in the data directory without it.
    #[arg(long)]
    database: Option<String>,
}

impl Place {
    /// The site's settings: defaults, file, environment and command line, the later the stronger.
    pub(crate) fn settings(&self) -> Result<Settings, String> {
        let usual = self.data.join("fieldpost.toml");
        let file = match &self.config {
            Some(named) => Some(named.as_path()),
            None => usual.exists().then_some(usual.as_path()),
        };
        let mut settings = Settings::read(file, std::env::vars())?;
        if let Some(url) = &self.database {
            settings.database.url.clone_from(url);
        }
        Ok(settings)
    }

    /// Refuses a database of the command line's where a server runs, which has its own.
    pub(crate) fn require_own_database(&self) -> Result<(), String> {
        if self.database.is_none() {
            return Ok(());
        }
        let data = self.data.display();
        Err(format!("a fieldpost is running on {data} with its own database; omit --database"))
    }
}
