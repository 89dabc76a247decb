//! One site, running.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fieldpost_http::{App, Settings};
use fieldpost_kernel::{Clock, Entropy, Failure, Features, Outcome, SystemClock, SystemEntropy};
use fieldpost_socket::Sockets;
use fieldpost_store::{Location, Ports, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::door::Door;

/// How long open requests may take to finish when the site stops.
const DRAIN: Duration = Duration::from_secs(8);

/// What a site is started with.
#[derive(Clone)]
pub struct Config {
    /// Where its files are; made if it is missing.
    pub data: PathBuf,
    /// The address to serve on.
    pub listen: String,
    /// The URL of a database server; the embedded engine without one.
    pub database: Option<String>,
    /// What people call the site; the name it had, or `site`, if empty.
    pub site_name: String,
    /// What the administrator decided.
    pub settings: Settings,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// A source of random bytes.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            listen: "127.0.0.1:8065".to_owned(),
            database: None,
            site_name: String::new(),
            settings: Settings::default(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

/// Every feature of this build.
pub fn features() -> Features {
    let mut features = Features::default();
    fieldpost_identity::register(&mut features);
    fieldpost_chat::register(&mut features);
    features
}

/// A site that serves.
pub struct Running {
    /// Where it serves.
    pub address: SocketAddr,
    /// Its database.
    pub store: Store,
    /// Its live connections.
    pub sockets: Sockets,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Stops taking requests, lets those under way finish, and returns.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(DRAIN, self.serving).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
    }
}

/// Starts a site; it serves when this returns.
pub async fn start(config: Config) -> Outcome<Running> {
    std::fs::create_dir_all(&config.data).map_err(|error| {
        Failure::internal(format!("the data directory {}: {error}", config.data.display()))
    })?;
    let location = match &config.database {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Sqlite(config.data.join("fieldpost.db")),
    };
    let features = Arc::new(features());
    let ports = Ports {
        clock: Arc::clone(&config.clock),
        entropy: Arc::clone(&config.entropy),
        features: Arc::clone(&features),
    };
    let site_name = config.site_name.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&location, &site_name, &ports))
        .await
        .map_err(Failure::internal)??;
    let listener = TcpListener::bind(&config.listen).await.map_err(|error| {
        Failure::internal(format!("cannot listen on {}: {error}", config.listen))
    })?;
    let address = listener.local_addr().map_err(Failure::internal)?;

    let app = App::new(
        store.clone(),
        Arc::clone(&config.clock),
        Arc::clone(&config.entropy),
        config.settings.clone(),
    );
    let sockets = Sockets::new(
        store.clone(),
        features,
        (config.clock, config.entropy),
        Arc::new(Door(app.clone())),
        (app.version_id().to_owned(), config.settings.site_url),
    );
    let service = fieldpost_http::service(&app, sockets.router());
    let (stop, mut stopping) = watch::channel(false);
    let followed = sockets.clone();
    let follower = tokio::spawn(async move {
        let followed =
            fieldpost_socket::follow(followed, move |person| app.forget_sessions(person));
        if let Err(failure) = followed.await {
            tracing::error!(%failure, "live events have stopped");
        }
    });
    let serving = tokio::spawn(async move {
        let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
        let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
            drop(stream.set_nodelay(true));
        });
        let served = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
        if let Err(error) = served {
            tracing::error!(%error, "serving has stopped");
        }
        follower.abort();
    });
    Ok(Running { address, store, sockets, stop, serving })
}
