//! `fieldpost serve`.

use std::path::PathBuf;

use clap::Args;
use fieldpost_server::{Config, start};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::place::Place;

#[derive(Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// The address to serve on; 127.0.0.1:8065 if nothing says otherwise.
    #[arg(long)]
    listen: Option<String>,
    /// What people call this site; remembered.
    #[arg(long)]
    site_name: Option<String>,
    /// The address at which other sites may call, such as 0.0.0.0:8066; none without it.
    #[arg(long, value_name = "ADDR")]
    link_listen: Option<String>,
    /// The folder of a built web client, which people get instead of Fieldpost's own.
    #[arg(long, value_name = "DIR")]
    web_root: Option<PathBuf>,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), String> {
        let filter = EnvFilter::try_from_env("FIELDPOST_LOG").unwrap_or_else(|_| "info".into());
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        allow_open_files();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), String> {
        let mut settings = self.place.settings()?;
        if let Some(listen) = self.listen {
            settings.server.listen = listen;
        }
        if let Some(name) = self.site_name {
            settings.site.name = name;
        }
        if let Some(listen) = self.link_listen {
            settings.link.listen = listen;
        }
        if let Some(root) = self.web_root {
            settings.web.root = root;
        }
        let config = Config::of(self.place.data, &settings);
        // Whoever hears where it serves may ask it to stop in the same moment.
        let stopped = |kind| signal(kind).map_err(|error| error.to_string());
        let (mut terminated, mut interrupted) =
            (stopped(SignalKind::terminate())?, stopped(SignalKind::interrupt())?);
        let running = start(config).await.map_err(|failure| failure.to_string())?;
        crate::code::release();
        println!("Fieldpost serves at {}://{}", running.scheme, running.address);
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
        tracing::info!("stopping");
        running.stop().await;
        Ok(())
    }
}

/// Lets the process open as many files as the system would: each connection is one.
fn allow_open_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}
