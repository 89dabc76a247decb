//! One UDP port of a site, and tunnels beside it: dials, and is dialled.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use fieldpost_log::VerifyingKey;
use quinn::{EndpointConfig, Incoming, VarInt};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::handshake::Identity;
use crate::reset::{Ids, ResetKey};
use crate::silence::{Silence, quiet};
use crate::transport::{self, HANDSHAKE, KEEP_ALIVE, Side};
use crate::tunnel::{Tunnel, TunnelSocket, Tunnels};
use crate::{CarriageError, Connection, Guests, Purpose};

/// Handshakes that go on at the same time, at most.
const HANDSHAKES: usize = 64;

/// From here on, an address must show that it can hear us before a handshake costs us anything.
const BUSY: usize = 16;

/// Connections that were made and not yet accepted, at most.
const WAITING: usize = 16;

/// How long an address has for itself before the next of the same name is tried beside it
/// (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// How long goodbyes may take before nothing leaves any more.
const GOODBYES: Duration = Duration::from_secs(1);

/// Addresses of a name that are tried, at most.
const ADDRESSES: usize = 8;

/// How often whoever dialled through a tunnel asks at least whether the other is there: proxies
/// give up what is silent for a minute.
const KEEP_TUNNEL_ALIVE: Duration = Duration::from_secs(45);

/// One UDP port of a site, and tunnels beside it: dials, and is dialled. Dropping it closes its
/// connections.
#[derive(Debug)]
pub struct Endpoint {
    udp: quinn::Endpoint,
    /// What goes through tunnels.
    through: quinn::Endpoint,
    tunnels: Tunnels,
    identity: Identity,
    arrivals: Mutex<mpsc::Receiver<Connection>>,
    doormen: Vec<JoinHandle<()>>,
    silence: Silence,
    keep_alive: Duration,
}

impl Endpoint {
    /// An endpoint of the site with this seed. It listens on an address; without one it is dialled
    /// through tunnels alone, and dials from a port that the system chooses.
    ///
    /// # Errors
    /// [`CarriageError::Bind`] if the address cannot be used, and [`CarriageError::Setup`] for a
    /// seed that makes no certificate or outside a runtime.
    pub fn bind(
        listen: Option<SocketAddr>,
        seed: &[u8; 32],
        guests: Arc<dyn Guests>,
    ) -> Result<Self, CarriageError> {
        let identity = Identity::of_seed(seed)?;
        let server = server_config(&identity, guests)?;
        let runtime = quinn::default_runtime()
            .ok_or_else(|| CarriageError::Setup("no runtime to run on".to_owned()))?;
        let socket = socket(listen).map_err(CarriageError::Bind)?;
        let silence = Silence::default();
        let socket = quiet(&*runtime, socket, silence.clone()).map_err(CarriageError::Bind)?;
        let tunnels = Tunnels::default();
        let over = |socket, server| {
            let config = endpoint_config(seed);
            quinn::Endpoint::new_with_abstract_socket(config, server, socket, runtime.clone())
                .map_err(CarriageError::Bind)
        };
        let udp = over(socket, listen.map(|_| server.clone()))?;
        let through = over(Arc::new(TunnelSocket(tunnels.clone())), Some(server))?;
        let (arrive, arrivals) = mpsc::channel(WAITING);
        let doors = listen.map(|_| &udp).into_iter().chain([&through]);
        let doormen = doors
            .map(|quic| answer_the_door(quic.clone(), tunnels.clone(), arrive.clone()))
            .map(tokio::spawn)
            .collect();
        let arrivals = Mutex::new(arrivals);
        let keep_alive = KEEP_ALIVE;
        Ok(Self { udp, through, tunnels, identity, arrivals, doormen, silence, keep_alive })
    }

    /// Asks a silent peer that it has dialled so often whether it is there: 80 seconds unless set. The
    /// longest that does any good is two minutes, since a connection without a word ends after two and
    /// a half.
    #[must_use]
    pub fn keeping_alive_every(mut self, time: Duration) -> Self {
        self.keep_alive = time;
        self
    }

    /// Lets nothing leave from now on, whoever calls or still talks, but for the goodbyes of
    /// connections that were closed just before: they have a second.
    pub fn fall_silent(&self) {
        self.silence.announce();
        let (udp, through) = (self.udp.clone(), self.through.clone());
        let (silence, tunnels) = (self.silence.clone(), self.tunnels.clone());
        if udp.open_connections() + through.open_connections() == 0 {
            silence.begin();
            tunnels.follow(&silence);
            return;
        }
        tokio::spawn(async move {
            let goodbyes = async { tokio::join!(udp.wait_idle(), through.wait_idle()) };
            drop(timeout(GOODBYES, goodbyes).await);
            silence.begin();
            tunnels.follow(&silence);
        });
    }

    /// Ends a silence.
    pub fn speak(&self) {
        self.silence.end();
        self.tunnels.follow(&self.silence);
    }

    /// A way for packets beside UDP, through which this endpoint can dial or be dialled; none while
    /// it is silent.
    pub fn tunnel(&self) -> Option<Tunnel> {
        self.tunnels.begin()
    }

    /// Dials the holder of a key at the other end of a tunnel of this endpoint, which somebody has to
    /// carry meanwhile. Returns once the other side has let this one in.
    ///
    /// # Errors
    /// As for [`dial`](Self::dial).
    pub fn dial_through(
        &self,
        tunnel: &Tunnel,
        key: &VerifyingKey,
        purpose: Purpose,
    ) -> impl Future<Output = Result<Connection, CarriageError>> + use<> {
        let keep_alive = self.keep_alive.min(KEEP_TUNNEL_ALIVE);
        let config = self.client_config(key, purpose, keep_alive);
        let (quic, tunnels, at) = (self.through.clone(), self.tunnels.clone(), tunnel.address());
        async move {
            let dialled = timeout(HANDSHAKE, dial_address(&quic, at, config?)).await;
            let connection = dialled.unwrap_or(Err(CarriageError::TimedOut))?;
            Ok(connection.holding(tunnels.hold(at)))
        }
    }

    fn client_config(
        &self,
        key: &VerifyingKey,
        purpose: Purpose,
        keep_alive: Duration,
    ) -> Result<quinn::ClientConfig, CarriageError> {
        let crypto = Arc::new(self.identity.client(key, purpose)?);
        let mut config = quinn::ClientConfig::new(crypto);
        config.transport_config(transport::config(Side::Dials { keep_alive }));
        Ok(config)
    }

    /// The address that the endpoint is bound to.
    ///
    /// # Errors
    /// [`CarriageError::Bind`] if the system does not say.
    pub fn local_addr(&self) -> Result<SocketAddr, CarriageError> {
        self.udp.local_addr().map_err(CarriageError::Bind)
    }

    /// Dials the holder of a key at `host:port`; each address of a name is tried, one a
    /// moment after the other. Returns
    /// once the other side has let this one in.
    ///
    /// # Errors
    /// [`CarriageError::Address`] if the name is not known or cannot be reached from here,
    /// [`CarriageError::WrongKey`] if somebody else is there, [`CarriageError::Refused`] if this
    /// site is not let in, [`CarriageError::TimedOut`] if nobody answers.
    pub async fn dial(
        &self,
        addr: &str,
        key: &VerifyingKey,
        purpose: Purpose,
    ) -> Result<Connection, CarriageError> {
        let config = self.client_config(key, purpose, self.keep_alive)?;
        let found = tokio::net::lookup_host(addr)
            .await
            .map_err(|error| CarriageError::Address(format!("{addr}: {error}")))?;
        let mut dialling = JoinSet::new();
        for (n, address) in (0..).zip(found.take(ADDRESSES)) {
            let (quic, config) = (self.udp.clone(), config.clone());
            dialling.spawn(async move {
                // One that answers at once has been reached before the next is tried.
                sleep(n * STAGGER).await;
                timeout(HANDSHAKE, dial_address(&quic, address, config)).await
            });
        }
        let mut failure = CarriageError::Address(format!("{addr}: no address"));
        while let Some(dialled) = dialling.join_next().await {
            match dialled {
                Ok(Ok(Ok(connection))) => return Ok(connection),
                Ok(Ok(Err(error))) => failure = error,
                Ok(Err(_)) => failure = CarriageError::TimedOut,
                Err(error) => failure = CarriageError::Setup(error.to_string()),
            }
        }
        Err(failure)
    }

    /// The next site that has dialled and was let in, or nothing once the endpoint is closed.
    pub async fn accept(&self) -> Option<Connection> {
        self.arrivals.lock().await.recv().await
    }

    /// Closes all connections and waits until the other sides were told.
    pub async fn shutdown(&self, code: u32, reason: &str) {
        for quic in [&self.udp, &self.through] {
            quic.close(VarInt::from_u32(code), reason.as_bytes());
        }
        tokio::join!(self.udp.wait_idle(), self.through.wait_idle());
    }
}

async fn dial_address(
    quic: &quinn::Endpoint,
    address: SocketAddr,
    config: quinn::ClientConfig,
) -> Result<Connection, CarriageError> {
    // The name is sent to nobody and checked by nobody; the interface wants one.
    let connecting = quic
        .connect_with(config, address, "site")
        .map_err(|error| CarriageError::Address(format!("{address}: {error}")))?;
    let quic = connecting.await.map_err(CarriageError::of_handshake)?;
    Connection::dialled(quic).await
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        for quic in [&self.udp, &self.through] {
            quic.close(VarInt::from_u32(0), b"");
        }
        self.doormen.iter().for_each(JoinHandle::abort);
    }
}

fn endpoint_config(seed: &[u8; 32]) -> EndpointConfig {
    let mut config = EndpointConfig::new(Arc::new(ResetKey::of_seed(seed)));
    let seed = *seed;
    config.cid_generator(move || Box::new(Ids::of_seed(&seed)));
    config
}

fn server_config(
    identity: &Identity,
    guests: Arc<dyn Guests>,
) -> Result<quinn::ServerConfig, CarriageError> {
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(identity.server(guests)?));
    config.transport_config(transport::config(Side::Listens));
    Ok(config)
}

/// The socket; one that only dials reaches both kinds of addresses if the machine has both.
fn socket(listen: Option<SocketAddr>) -> io::Result<UdpSocket> {
    match listen {
        Some(address) => UdpSocket::bind(address),
        None => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))
            .or_else(|_| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))),
    }
}

/// Goes through all handshakes at once, so that a slow one holds up nobody.
async fn answer_the_door(
    quic: quinn::Endpoint,
    tunnels: Tunnels,
    arrive: mpsc::Sender<Connection>,
) {
    let mut handshakes = JoinSet::new();
    while let Some(incoming) = quic.accept().await {
        while handshakes.try_join_next().is_some() {}
        if handshakes.len() >= HANDSHAKES {
            incoming.refuse();
        } else if handshakes.len() >= BUSY && incoming.may_retry() {
            // Fails only for an address that has shown it already.
            let _ = incoming.retry();
        } else {
            handshakes.spawn(let_in(incoming, tunnels.clone(), arrive.clone()));
        }
    }
}

async fn let_in(incoming: Incoming, tunnels: Tunnels, arrive: mpsc::Sender<Connection>) {
    let from = incoming.remote_address();
    let handshake = async {
        let quic = incoming.await?;
        let hold = tunnels.hold(from);
        Connection::accepted(quic).await.map(|connection| connection.holding(hold))
    };
    match timeout(HANDSHAKE, handshake).await {
        Ok(Ok(connection)) => {
            // Fails only if the endpoint is gone, and its connections with it.
            let _ = arrive.send(connection).await;
        }
        Ok(Err(error)) => tracing::debug!(%from, %error, "a handshake failed"),
        Err(_) => tracing::debug!(%from, "a handshake took too long"),
    }
}
