//! One site, running.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use fieldpost_blobs::Blobs;
use fieldpost_chat::post::permalink;
use fieldpost_http::{
    App, Banner, LocalConnection, Mailing, OAuth, Pages, Settings, Terms, Webhooks,
};
use fieldpost_index::Index;
use fieldpost_kernel::{
    Clock, Entropy, Failure, FailureKind, Features, Outcome, SystemClock, SystemEntropy,
};
use fieldpost_link::share::Accept;
use fieldpost_metrics::Requests;
use fieldpost_outbound::Outbound;
use fieldpost_peer::{Diode, Folders, Links, Proxy, Thin};
use fieldpost_socket::Sockets;
use fieldpost_store::{Location, Medium, Ports, Store, Witness};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::backup::FILES;
use crate::door::Door;
use crate::doorway::Doorway;
use crate::due::{Due, forget_ended_uploads};
use crate::explain;
use crate::hooks;
use crate::import;
use crate::indexer::{self, Search};
use crate::linker::Linking;
use crate::local;
use crate::mailer::{self, Mailer};
use crate::metrics::{self, Gauges, Telling, counting};
use crate::previews;
use crate::serve;
use crate::settings::{self, Tls};
use crate::tls::{self, TlsListener};

/// The folder of the search index in the data directory. What is in it can be made anew.
const INDEX: &str = "search";

/// What came of one-way bundles, in the data directory.
const DIODE: &str = "diode";

/// How long open requests may take to finish when the site stops.
const DRAIN: Duration = Duration::from_secs(8);

/// How long closing the database may take after that.
const CLOSE: Duration = Duration::from_secs(1);

/// What a site is started with.
#[derive(Clone)]
pub struct Config {
    /// Where its files are; made if it is missing.
    pub data: PathBuf,
    /// The address to serve on.
    pub listen: String,
    /// The URL of a database server; the embedded engine without one.
    pub database: Option<String>,
    /// What the embedded engine's file lies on.
    pub medium: Medium,
    /// What people call the site; the name it had, or `site`, if empty.
    pub site_name: String,
    /// What the administrator decided.
    pub settings: Settings,
    /// How connections are encrypted.
    pub tls: settings::Server,
    /// How it is linked with other sites.
    pub link: settings::Link,
    /// How it sends e-mail; [`Settings::mail`] follows from it.
    pub mail: fieldpost_mail::Settings,
    /// What it asks of others on behalf of content.
    pub outbound: settings::Outbound,
    /// Which client people get in a browser.
    pub web: settings::Web,
    /// Where it says what it measures of itself.
    pub metrics: settings::Metrics,
    /// Says what time it is.
    pub clock: Arc<dyn Clock>,
    /// A source of random bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Who is told of every statement, if anybody is.
    pub witness: Option<Arc<dyn Witness>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            listen: "127.0.0.1:8065".to_owned(),
            database: None,
            medium: Medium::default(),
            site_name: String::new(),
            settings: Settings::default(),
            tls: settings::Server::default(),
            link: settings::Link::default(),
            mail: fieldpost_mail::Settings::default(),
            outbound: settings::Outbound::default(),
            web: settings::Web::default(),
            metrics: settings::Metrics::default(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            witness: None,
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
                enforce_mfa: settings.mfa.enforce,
                guest_accounts: settings.guests.enabled,
                terms: Terms { required: settings.terms.required, days: settings.terms.days },
                banner: Banner {
                    text: settings.banner.text.clone(),
                    color: settings.banner.color.clone(),
                    text_color: settings.banner.text_color.clone(),
                },
                default_locale: settings.locale.default.clone(),
                site_name: settings.site.title.clone(),
                site_url: settings.site.url.clone(),
                secure_cookies: settings.server.tls != Tls::Off,
                public_links: settings.files.public_links,
                largest_file: settings.files.largest,
                largest_image: settings.files.most_pixels,
                link_previews: settings.outbound.link_previews,
                persistent: settings.persistent.rule(),
                flash_per_hour: settings.link.flash_per_hour,
                webhooks: Webhooks {
                    incoming: settings.webhooks.incoming,
                    outgoing: settings.webhooks.outgoing,
                    usernames: settings.webhooks.usernames,
                    icons: settings.webhooks.icons,
                },
                oauth: OAuth {
                    provider: settings.oauth.provider,
                    registration: settings.oauth.registration,
                },
                ..Settings::default()
            },
            tls: settings.server.clone(),
            link: settings.link.clone(),
            mail: settings.mail.clone(),
            outbound: settings.outbound.clone(),
            web: settings.web.clone(),
            metrics: settings.metrics.clone(),
            ..Self::default()
        }
    }
}

/// Every feature of this build.
pub fn features() -> Features {
    let mut features = Features::default();
    fieldpost_identity::register(&mut features);
    fieldpost_chat::register(&mut features);
    fieldpost_mail::register(&mut features);
    fieldpost_link::register(&mut features, fieldpost_chat::channel::shown);
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
    /// Its links with other sites.
    pub links: Links,
    /// What it does when it is due.
    pub due: Due,
    /// How it sends mail.
    pub mailer: Mailer,
    /// Its search index.
    pub search: Search,
    /// Its client for what it asks of others.
    pub outbound: Outbound,
    telling: Option<Telling>,
    data: PathBuf,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    indexing: JoinHandle<()>,
    serving_locally: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it says what it measures of itself, if it does.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.telling.as_ref().map(|telling| telling.address)
    }

    /// Stops taking requests, lets those under way finish, and returns.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.links.stop().await;
        if self.serving_locally.is_some()
            && let Err(error) = local::remove(&self.data)
        {
            tracing::warn!(%error, "the site's own socket could not be removed");
        }
        let finished = async {
            drop(self.serving.await);
            drop(self.indexing.await);
            let telling = self.telling.map(|telling| telling.task);
            for task in self.serving_locally.into_iter().chain(telling) {
                drop(task.await);
            }
        };
        if tokio::time::timeout(DRAIN, finished).await.is_err() {
            tracing::warn!("some requests did not finish in time");
        }
        let closed = self.store.closed();
        drop((self.store, self.sockets, self.links, self.due, self.mailer, self.search));
        if tokio::time::timeout(CLOSE, closed).await.is_err() {
            tracing::debug!("somebody still has the database open");
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
    open_held(config, hold(&config.data)?).await
}

/// Opens the database of a site whose directory is held already.
async fn open_held(config: &Config, held: File) -> Outcome<Store> {
    let location = match &config.database {
        Some(url) => Location::Postgres(url.clone()),
        None => {
            Location::SqliteOn(config.data.join(crate::backup::DATABASE), config.medium.clone())
        }
    };
    let ports = Ports {
        clock: Arc::clone(&config.clock),
        entropy: Arc::clone(&config.entropy),
        features: Arc::new(features()),
        witness: config.witness.clone(),
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
    let pages = pages(&config.web)?;
    // Both wait for the disk: beside each other they wait once.
    let held = hold(&config.data)?;
    let (store, blobs) = tokio::try_join!(open_held(&config, held), open_blobs(&config))?;
    let features = Arc::clone(store.features());
    let (listener, address) = listen(&config.listen).await?;
    forget_ended_uploads(&store, &blobs).await?;
    note_address(&store, &config.settings.site_url).await?;
    let index = Index::new(config.data.join(INDEX), store.site().id.0);
    let policy = config.outbound.policy();
    let outbound =
        Outbound::new(policy.map_err(|e| Failure::invalid("api.fieldpost.outbound", e))?);
    let app = App::new(
        store.clone(),
        blobs.clone(),
        index.clone(),
        (Arc::clone(&config.clock), Arc::clone(&config.entropy)),
        Settings { mail: mailing(&config.mail), ..config.settings.clone() },
        outbound.clone(),
    );
    let sockets = Sockets::new(
        store.clone(),
        features,
        (Arc::clone(&config.clock), Arc::clone(&config.entropy)),
        Arc::new(Door(app.clone())),
        Arc::clone(app.presence()),
        (app.version_id().to_owned(), config.settings.site_url.clone()),
    );
    let links = link(&config, &store, &blobs).await?;
    app.tell_by(sockets.voice());
    app.link_by(Arc::new(Linking(links.clone())));
    let mailer = Mailer::new(&config, &store, &app)?;
    let requests = Requests::default();
    let service = fieldpost_http::service(&app, sockets.router(), Arc::clone(&pages));
    let service = counting(service, &requests);
    let (stop, stopping) = watch::channel(false);
    let gauges = Gauges::new(requests, &sockets, &links, config.clock.now());
    let telling = metrics::start(&config.metrics, gauges, until(stopping.clone())).await?;
    let (search, indexing) = indexer::start(&store, &blobs, &index, stopping.clone());
    let beside = beside(&sockets, &search, &mailer);
    let beside = beside.merge(explain::router(&config, &store, app.presence()));
    let own = fieldpost_http::service(&app, beside, pages);
    let serving_locally = serve_locally(&config.data, own, stopping.clone());
    let presence = Arc::clone(app.presence());
    let follower = follow(&sockets, app);
    let after_posts = look_after_posts(&config.settings, &sockets, (&store, &outbound), &stopping);
    let due = Due::new(&config, &store, &blobs, presence);
    let looking = keep_looking(&due, &mailer);
    let acceptor = tls::acceptor(&config.tls, &config.data, address)?;
    let stopped = until(stopping);
    let doorway = doorway(listener, &config.tls);
    let serving = tokio::spawn(async move {
        let served = serve(doorway, acceptor, service, stopped).await;
        if let Err(error) = served {
            tracing::error!(%error, "serving has stopped");
        }
        follower.abort();
        after_posts.iter().for_each(JoinHandle::abort);
        looking.abort();
    });
    let scheme = if config.tls.tls == Tls::Off { "http" } else { "https" };
    let data = config.data;
    Ok(Running {
        scheme,
        address,
        store,
        sockets,
        links,
        due,
        mailer,
        search,
        outbound,
        telling,
        data,
        stop,
        serving,
        indexing,
        serving_locally,
    })
}

/// What is answered on the site's own socket beside the API.
fn beside(sockets: &Sockets, search: &Search, mailer: &Mailer) -> Router<App> {
    let routers =
        [import::router(), indexer::router(search.clone()), mailer::router(mailer.clone())];
    routers.into_iter().fold(sockets.router(), Router::merge)
}

/// Begins to tell clients of what happens, until aborted.
fn follow(sockets: &Sockets, app: App) -> JoinHandle<()> {
    let sockets = sockets.clone();
    tokio::spawn(async move {
        fieldpost_socket::follow(sockets, move |person| app.forget_sessions(person)).await;
    })
}

/// What people get in a browser: the site's own client, or the one of a folder.
fn pages(web: &settings::Web) -> Outcome<Pages> {
    if web.root.as_os_str().is_empty() {
        return Ok(Arc::new(fieldpost_pages::page));
    }
    let folder = fieldpost_pages::Folder::open(&web.root)
        .map_err(|why| Failure::invalid("api.fieldpost.web_root", why))?;
    Ok(Arc::new(move |uri: &_, headers: &_| folder.page(uri, headers)))
}

/// Where people come in, and its address.
async fn listen(address: &str) -> Outcome<(TcpListener, SocketAddr)> {
    let cannot = |error| Failure::internal(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let found = listener.local_addr().map_err(Failure::internal)?;
    Ok((listener, found))
}

/// The way in, for as many as the settings say.
fn doorway(listener: TcpListener, server: &settings::Server) -> Doorway {
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Doorway::new(listener, count(server.connections), count(server.connections_per_address))
}

/// Which mail is sent, as the API needs to know it.
fn mailing(mail: &fieldpost_mail::Settings) -> Mailing {
    Mailing {
        on: mail.is_on(),
        notifications: mail.notifications,
        generic: mail.contents == fieldpost_mail::Contents::Generic,
        invitations: mail.invitations,
        verify: mail.verify,
    }
}

/// Looks after what is due and what is to be sent, until aborted.
fn keep_looking(due: &Due, mailer: &Mailer) -> JoinHandle<()> {
    let (due, mailer) = (due.clone(), mailer.clone());
    tokio::spawn(async move {
        tokio::join!(due.keep_looking(), mailer.keep_looking());
    })
}

/// Begins to do what follows from posts and asks somebody outside, as far as it may.
fn look_after_posts(
    settings: &Settings,
    sockets: &Sockets,
    (store, outbound): (&Store, &Outbound),
    stopping: &watch::Receiver<bool>,
) -> Vec<JoinHandle<()>> {
    let mut begun = Vec::new();
    if settings.webhooks.outgoing {
        begun.push(hooks::start(store, outbound, settings.naming(), stopping.clone()));
    }
    if settings.link_previews {
        let own = &settings.site_url;
        begun.push(previews::start(sockets, (store, outbound), own, stopping.clone()));
    }
    begun
}

/// Answers on a listener until told to stop.
async fn serve(
    doorway: Doorway,
    acceptor: Option<TlsAcceptor>,
    service: Router,
    stopped: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    match acceptor {
        Some(acceptor) => {
            serve::serve(TlsListener::new(doorway, acceptor)?, service, stopped).await;
        }
        None => serve::serve(doorway, service, stopped).await,
    }
    Ok(())
}

/// Begins to hold the links with other sites.
async fn link(config: &Config, store: &Store, blobs: &Blobs) -> Outcome<Links> {
    let listen = listening("listen", &config.link.listen)?;
    let diode = listening("diode_listen", &config.link.diode_listen)?;
    let links = fieldpost_peer::Config {
        listen,
        address: config.link.address.clone(),
        keep_alive: Duration::from_secs(config.link.keep_alive),
        accept: match config.link.accept_shares {
            settings::AcceptShares::Auto => Accept::Auto,
            settings::AcceptShares::Ask => Accept::Ask,
        },
        largest_file: config.settings.largest_file,
        diode: diode.map(|listen| Diode { listen, folder: config.data.join(DIODE) }),
        folders: Folders {
            incoming: folder(&config.link.bundles_in),
            outgoing: folder(&config.link.bundles_out),
            every: Duration::from_secs(config.link.bundles_every),
        },
        thin: thin(config)?,
        proxy: Arc::new(proxy(&config.link.proxy)?),
    };
    Links::start(store.clone(), blobs.clone(), Arc::clone(&config.clock), links).await
}

/// How peers are reached over thin datagrams.
fn thin(config: &Config) -> Outcome<BTreeMap<String, Thin>> {
    let peers = config.link.thin.iter().map(|(name, thin)| {
        let reached = thin.of_peer(name);
        let reached = reached.map_err(|e| Failure::invalid("api.fieldpost.link.thin", e))?;
        Ok((name.clone(), reached))
    });
    peers.collect()
}

/// Through which proxy others are reached.
fn proxy(setting: &str) -> Outcome<Proxy> {
    let says = |error| Failure::invalid("api.fieldpost.link.proxy", format!("link.proxy: {error}"));
    Proxy::parse(setting).map_err(says)
}

/// The folder that a setting names; none if it is empty.
fn folder(path: &Path) -> Option<PathBuf> {
    Some(path.to_owned()).filter(|path| !path.as_os_str().is_empty())
}

/// The address that a setting of links names; none if it is empty.
fn listening(setting: &str, address: &str) -> Outcome<Option<SocketAddr>> {
    if address.is_empty() {
        return Ok(None);
    }
    address.parse().map(Some).map_err(|error| {
        let says = format!("link.{setting} = {address:?}: {error}");
        Failure::invalid("api.fieldpost.link.listen", says)
    })
}

/// Returns once the site is told to stop.
async fn until(mut stopping: watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}

/// Serves on the site's own socket, if there can be one: some file systems have none.
fn serve_locally(
    data: &Path,
    service: Router,
    stopping: watch::Receiver<bool>,
) -> Option<JoinHandle<()>> {
    let listener = match local::listen(data) {
        Ok(listener) => listener,
        Err(error) => {
            let socket = data.join(local::SOCKET);
            let socket = socket.display();
            tracing::warn!(%error, %socket, "commands cannot reach this server: it has no socket");
            return None;
        }
    };
    let service = service.into_make_service_with_connect_info::<LocalConnection>();
    Some(tokio::spawn(async move {
        let served = axum::serve(listener, service).with_graceful_shutdown(until(stopping)).await;
        if let Err(error) = served {
            tracing::error!(%error, "serving on the site's own socket has stopped");
        }
    }))
}

/// The database is told where people use the site, if it did not know.
async fn note_address(store: &Store, address: &str) -> Outcome<()> {
    let address = address.to_owned();
    let known = address.clone();
    if store.read(move |rows| permalink::is_address(rows, &known)).await? {
        return Ok(());
    }
    store.write(&[], move |work| permalink::note_address(work, &address)).await
}
