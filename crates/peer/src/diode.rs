//! Bundles that come one way: packets are taken from a port, and a bundle is taken in once there are
//! enough of its packets. Nothing is ever sent from here.

mod kept;

use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldpost_fountain::{PACKET, Raw};
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::interval;

use self::kept::{Kept, Whole};
use crate::bundles::take_in;
use crate::links::Shared;

/// Where packets come, and where they are kept until there are enough.
#[derive(Debug, Clone)]
pub struct Diode {
    /// The address and port.
    pub listen: SocketAddr,
    /// A folder for nothing else; it is made if it is missing.
    pub folder: PathBuf,
}

/// Packets that wait while others are decoded: 10 MB, a second at 80 Mbit/s.
const AHEAD: usize = 8192;

/// Bytes that the system is asked to hold for the port. It may give less.
const BUFFER: usize = 4 << 20;

/// How often it is looked for what was kept for too long.
const LOOK: Duration = Duration::from_secs(60);

/// What the one who gathers is told.
enum Told {
    Packet(Box<Raw>),
    Look,
}

/// Begins to listen. What was kept when the site stopped counts.
pub(crate) fn listen(shared: &Shared, diode: &Diode) -> Outcome<AbortHandle> {
    let socket = bound(diode.listen).map_err(|error| {
        Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.link.diode_port",
            format!("This site cannot listen for one-way bundles at {}: {error}", diode.listen),
        )
    })?;
    let kept = Kept::open(&diode.folder)
        .map_err(|error| Failure::internal(format!("{}: {error}", diode.folder.display())))?;
    let kept = Arc::new(Mutex::new(kept));
    let (told, packets) = mpsc::channel(AHEAD);
    let (whole, bundles) = mpsc::unbounded_channel();
    let gathering = (shared.clone(), Arc::clone(&kept));
    tokio::task::spawn_blocking(move || gather(&gathering.0, &gathering.1, packets, &whole));
    tokio::spawn(import(shared.clone(), kept, bundles));
    Ok(tokio::spawn(hear(socket, told)).abort_handle())
}

fn bound(at: SocketAddr) -> std::io::Result<tokio::net::UdpSocket> {
    let socket = UdpSocket::bind(at)?;
    socket.set_nonblocking(true)?;
    if let Err(error) = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, BUFFER) {
        tracing::debug!(%error, "the port for one-way bundles has a small buffer");
    }
    tokio::net::UdpSocket::from_std(socket)
}

/// Hands on what comes, and loses what nobody has time for, as the line would.
async fn hear(socket: tokio::net::UdpSocket, told: mpsc::Sender<Told>) {
    let mut look = interval(LOOK);
    let mut buffer = [0; PACKET + 1];
    let mut lost = 0_u64;
    loop {
        tokio::select! {
            heard = socket.recv(&mut buffer) => {
                // Whatever the system says of a datagram, the next may come.
                let Ok(PACKET) = heard else { continue };
                let Some(raw) = buffer.first_chunk::<PACKET>() else { continue };
                if told.try_send(Told::Packet(Box::new(*raw))).is_err() {
                    lost += 1;
                }
            }
            _ = look.tick() => {
                if lost > 0 {
                    tracing::warn!(packets = lost, "one-way packets came faster than they are taken");
                    lost = 0;
                }
                if told.send(Told::Look).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Gathers packets until nobody hears any more.
fn gather(
    shared: &Shared,
    kept: &Mutex<Kept>,
    mut told: mpsc::Receiver<Told>,
    whole: &mpsc::UnboundedSender<Whole>,
) {
    // Whoever takes bundles in is gone only when the site stops.
    let hand_on = |bundle| drop(whole.send(bundle));
    let now = || shared.clock.now();
    lock(kept).load(&shared.senders(), now()).into_iter().for_each(hand_on);
    while let Some(told) = told.blocking_recv() {
        let senders = shared.senders();
        match told {
            Told::Look => lock(kept).forget_old(&senders, now()),
            Told::Packet(raw) => match lock(kept).take(&raw, &senders, now()) {
                Ok(bundle) => bundle.into_iter().for_each(hand_on),
                Err(error) => tracing::warn!(%error, "a one-way packet could not be kept"),
            },
        }
    }
}

/// Takes bundles in, one after the other.
async fn import(
    shared: Shared,
    kept: Arc<Mutex<Kept>>,
    mut bundles: mpsc::UnboundedReceiver<Whole>,
) {
    while let Some(bundle) = bundles.recv().await {
        let taken = take_in(&shared, None, bundle.path()).await;
        bundle.remove();
        match taken {
            Ok(taken) => tracing::info!(
                peer = %taken.peer.name,
                changes = taken.changes,
                new = taken.new_changes,
                files = taken.files,
                "took in a one-way bundle"
            ),
            Err(failure) => {
                tracing::warn!(%failure, "a one-way bundle was not taken in");
                lock(&kept).again(&bundle);
            }
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
