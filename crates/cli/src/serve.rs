//! `fieldpost serve`.

use std::path::PathBuf;

use clap::Args;
use fieldpost_server::{Config, start};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[derive(Args)]
pub(crate) struct Serve {
    /// Where the site's files are; made if it is missing.
    #[arg(long, default_value = "./data", env = "FIELDPOST_DATA")]
    data: PathBuf,
    /// The address to serve on.
    #[arg(long, default_value = "127.0.0.1:8065", env = "FIELDPOST_SERVER__LISTEN")]
    listen: String,
    /// The URL of a PostgreSQL database; an embedded one in the data directory without it.
    #[arg(long, env = "FIELDPOST_DATABASE__URL", hide_env_values = true)]
    database: Option<String>,
    /// What people call this site; remembered.
    #[arg(long, default_value = "", env = "FIELDPOST_SITE__NAME")]
    site_name: String,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), String> {
        let filter = EnvFilter::try_from_env("FIELDPOST_LOG").unwrap_or_else(|_| "info".into());
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), String> {
        let config = Config {
            data: self.data,
            listen: self.listen,
            database: self.database,
            site_name: self.site_name,
            ..Config::default()
        };
        let running = start(config).await.map_err(|failure| failure.to_string())?;
        println!("Fieldpost serves at http://{}", running.address);
        let stopped = |kind| signal(kind).map_err(|error| error.to_string());
        let (mut terminated, mut interrupted) =
            (stopped(SignalKind::terminate())?, stopped(SignalKind::interrupt())?);
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        tracing::info!("stopping");
        running.stop().await;
        Ok(())
    }
}
