//! One site, running.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fieldpost_blobs::Blobs;
use fieldpost_http::{App, Settings};
use fieldpost_kernel::{
    Clock, Entropy, Failure, FailureKind, Features, Outcome, SystemClock, SystemEntropy,
};
use fieldpost_socket::Sockets;
use fieldpost_store::{Location, Ports, Store};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::backup::FILES;
use crate::door::Door;
use crate::settings::{self, Tls};
use crate::tls::{self, TlsListener};

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
    /// How connections are encrypted.
    pub tls: settings::Server,
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
            tls: settings::Server::default(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

impl Config {
    /// What a data directory and its settings say.
    pub fn of(data: PathBuf, settings: &settings::Settings) -> Self {
        Self {
            data,
            listen: settings.server.listen.clone(),
            database: Some(settings.database.url.clone()).filter(|url| !url.is_empty()),
            site_name: settings.site.name.clone(),
            settings: Settings {
                open_signup: settings.signup.open,
                default_locale: settings.locale.default.clone(),
                site_name: settings.site.title.clone(),
                site_url: settings.site.url.clone(),
                secure_cookies: settings.server.tls != Tls::Off,
                largest_file: settings.files.largest,
                largest_image: settings.files.most_pixels,
                ..Settings::default()
            },
            tls: settings.server.clone(),
            ..Self::default()
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
    /// `http` or `https`.
    pub scheme: &'static str,
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

/// Holds a data directory for this process, for as long as the file is open.
fn hold(data: &Path) -> Outcome<File> {
    let unusable =
        |error| Failure::internal(format!("the data directory {}: {error}", data.display()));
    std::fs::create_dir_all(data).map_err(unusable)?;
    let file = File::create(data.join("lock")).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            FailureKind::Conflict,
            "api.fieldpost.in_use",
            format!("{} is in use by another fieldpost; stop it first", data.display()),
        )),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// Opens a site's database without serving it.
pub async fn open_store(config: &Config) -> Outcome<Store> {
    let held = hold(&config.data)?;
    let location = match &config.database {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Sqlite(config.data.join(crate::backup::DATABASE)),
    };
    let ports = Ports {
        clock: Arc::clone(&config.clock),
        entropy: Arc::clone(&config.entropy),
        features: Arc::new(features()),
    };
    let site_name = config.site_name.clone();
    let opened = tokio::task::spawn_blocking(move || Store::open(&location, &site_name, &ports));
    let mut store = opened.await.map_err(Failure::internal)??;
    store.keep(held);
    Ok(store)
}

/// Opens a site's files. Whoever does holds the site's directory already, by its database.
pub async fn open_blobs(config: &Config) -> Outcome<Blobs> {
    Blobs::open(&config.data.join(FILES)).await
}

/// Starts a site; it serves when this returns.
pub async fn start(config: Config) -> Outcome<Running> {
    let store = open_store(&config).await?;
    let features = Arc::clone(store.features());
    let listener = TcpListener::bind(&config.listen).await.map_err(|error| {
        Failure::internal(format!("cannot listen on {}: {error}", config.listen))
    })?;
    let address = listener.local_addr().map_err(Failure::internal)?;

    let blobs = open_blobs(&config).await?;
    forget_ended_uploads(&store, &blobs).await?;
    let app = App::new(
        store.clone(),
        blobs,
        Arc::clone(&config.clock),
        Arc::clone(&config.entropy),
        config.settings.clone(),
    );
    let sockets = Sockets::new(
        store.clone(),
        features,
        (Arc::clone(&config.clock), Arc::clone(&config.entropy)),
        Arc::new(Door(app.clone())),
        Arc::clone(app.presence()),
        (app.version_id().to_owned(), config.settings.site_url.clone()),
    );
    let service = fieldpost_http::service(&app, sockets.router(), fieldpost_pages::page)
        .into_make_service_with_connect_info::<SocketAddr>();
    let (stop, mut stopping) = watch::channel(false);
    let followed = sockets.clone();
    let follower = tokio::spawn(async move {
        fieldpost_socket::follow(followed, move |person| app.forget_sessions(person)).await;
    });
    let acceptor = tls::acceptor(&config.tls, &config.data, address)?;
    let stopped = async move { drop(stopping.wait_for(|stop| *stop).await) };
    let serving = tokio::spawn(async move {
        let served = match acceptor {
            Some(acceptor) => match TlsListener::new(listener, acceptor) {
                Ok(listener) => {
                    // Nothing to do: it makes the address known to who asks.
                    let listener = axum::serve::ListenerExt::tap_io(listener, |_| {});
                    axum::serve(listener, service).with_graceful_shutdown(stopped).await
                }
                Err(error) => Err(error),
            },
            None => {
                let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
                    // Without it a small frame waits for the answer to the one before.
                    drop(stream.set_nodelay(true));
                });
                axum::serve(listener, service).with_graceful_shutdown(stopped).await
            }
        };
        if let Err(error) = served {
            tracing::error!(%error, "serving has stopped");
        }
        follower.abort();
    });
    let scheme = if config.tls.tls == Tls::Off { "http" } else { "https" };
    Ok(Running { scheme, address, store, sockets, stop, serving })
}

/// A crash may leave the bytes of an upload that has come to its end.
async fn forget_ended_uploads(store: &Store, blobs: &Blobs) -> Outcome<()> {
    let here = blobs.partials().await?;
    let ended = store.read(move |rows| fieldpost_chat::file::session::ended(rows, &here)).await?;
    for id in ended {
        blobs.forget_partial(id).await?;
    }
    Ok(())
}
