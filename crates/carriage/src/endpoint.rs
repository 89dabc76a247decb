//! One UDP port of a site: dials, and is dialled.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use fieldpost_log::VerifyingKey;
use quinn::{EndpointConfig, Incoming, VarInt};
use tokio::sync::{Mutex, mpsc};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::handshake::Identity;
use crate::reset::{Ids, ResetKey};
use crate::transport::{self, HANDSHAKE, Side};
use crate::{CarriageError, Connection, Guests, Purpose};

/// Handshakes that go on at the same time, at most.
const HANDSHAKES: usize = 64;

/// From here on, an address must show that it can hear us before a handshake costs us anything.
const BUSY: usize = 16;

/// Connections that were made and not yet accepted, at most.
const WAITING: usize = 16;

/// One UDP port of a site: dials, and is dialled. Dropping it closes its connections.
#[derive(Debug)]
pub struct Endpoint {
    quic: quinn::Endpoint,
    identity: Identity,
    arrivals: Mutex<mpsc::Receiver<Connection>>,
    doorman: Option<JoinHandle<()>>,
}

impl Endpoint {
    /// An endpoint of the site with this seed. It listens on an address; without one it can only
    /// dial, from a port that the system chooses.
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
        let server = listen.map(|_| server_config(&identity, guests)).transpose()?;
        let runtime = quinn::default_runtime()
            .ok_or_else(|| CarriageError::Setup("no runtime to run on".to_owned()))?;
        let socket = socket(listen).map_err(CarriageError::Bind)?;
        let quic = quinn::Endpoint::new(endpoint_config(seed), server, socket, runtime)
            .map_err(CarriageError::Bind)?;
        let (arrive, arrivals) = mpsc::channel(WAITING);
        let doorman = listen.map(|_| tokio::spawn(answer_the_door(quic.clone(), arrive)));
        Ok(Self { quic, identity, arrivals: Mutex::new(arrivals), doorman })
    }

    /// The address that the endpoint is bound to.
    ///
    /// # Errors
    /// [`CarriageError::Bind`] if the system does not say.
    pub fn local_addr(&self) -> Result<SocketAddr, CarriageError> {
        self.quic.local_addr().map_err(CarriageError::Bind)
    }

    /// Dials the holder of a key at `host:port`; each address of a name is tried in turn. Returns
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
        let crypto = Arc::new(self.identity.client(key, purpose)?);
        let mut config = quinn::ClientConfig::new(crypto);
        config.transport_config(transport::config(Side::Dials));
        let found = tokio::net::lookup_host(addr)
            .await
            .map_err(|error| CarriageError::Address(format!("{addr}: {error}")))?;
        let mut failure = CarriageError::Address(format!("{addr}: no address"));
        for address in found {
            match timeout(HANDSHAKE, self.dial_address(address, config.clone())).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) => failure = error,
                Err(_) => failure = CarriageError::TimedOut,
            }
        }
        Err(failure)
    }

    async fn dial_address(
        &self,
        address: SocketAddr,
        config: quinn::ClientConfig,
    ) -> Result<Connection, CarriageError> {
        // The name is sent to nobody and checked by nobody; the interface wants one.
        let connecting = self
            .quic
            .connect_with(config, address, "site")
            .map_err(|error| CarriageError::Address(format!("{address}: {error}")))?;
        let quic = connecting.await.map_err(CarriageError::of_handshake)?;
        Connection::dialled(quic).await
    }

    /// The next site that has dialled and was let in, or nothing once the endpoint is closed or if
    /// it does not listen.
    pub async fn accept(&self) -> Option<Connection> {
        self.arrivals.lock().await.recv().await
    }

    /// Closes all connections and waits until the other sides were told.
    pub async fn shutdown(&self, code: u32, reason: &str) {
        self.quic.close(VarInt::from_u32(code), reason.as_bytes());
        self.quic.wait_idle().await;
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.quic.close(VarInt::from_u32(0), b"");
        if let Some(doorman) = &self.doorman {
            doorman.abort();
        }
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
async fn answer_the_door(quic: quinn::Endpoint, arrive: mpsc::Sender<Connection>) {
    let mut handshakes = JoinSet::new();
    while let Some(incoming) = quic.accept().await {
        while handshakes.try_join_next().is_some() {}
        if handshakes.len() >= HANDSHAKES {
            incoming.refuse();
        } else if handshakes.len() >= BUSY && incoming.may_retry() {
            // Fails only for an address that has shown it already.
            let _ = incoming.retry();
        } else {
            handshakes.spawn(let_in(incoming, arrive.clone()));
        }
    }
}

async fn let_in(incoming: Incoming, arrive: mpsc::Sender<Connection>) {
    let from = incoming.remote_address();
    let handshake = async { Connection::accepted(incoming.await?).await };
    match timeout(HANDSHAKE, handshake).await {
        Ok(Ok(connection)) => {
            // Fails only if the endpoint is gone, and its connections with it.
            let _ = arrive.send(connection).await;
        }
        Ok(Err(error)) => tracing::debug!(%from, %error, "a handshake failed"),
        Err(_) => tracing::debug!(%from, "a handshake took too long"),
    }
}
