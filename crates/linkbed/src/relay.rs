//! A link for UDP between processes on one machine, without namespaces and without root.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use fieldpost_air::Side;
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use crate::emulator::Emulator;

/// What a datagram carries beside its payload: the headers of IPv4 and UDP.
pub const DATAGRAM_OVERHEAD: usize = 28;

/// How many senders a door remembers. Datagrams of more are dropped.
const MOST_FLOWS: usize = 256;

/// A datagram that crosses a relay.
#[derive(Debug)]
pub struct Datagram {
    bytes: Vec<u8>,
    flow: Arc<Flow>,
}

/// Where one side sends to reach the other.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// Whose door it is: who sends to it stands on this side of the link.
    pub side: Side,
    /// Where it listens.
    pub listen: SocketAddr,
    /// To whom it leads, across the link.
    pub target: SocketAddr,
}

/// One sender at a door, seen by the target as an address of its own.
#[derive(Debug)]
struct Flow {
    side: Side,
    near: Arc<UdpSocket>,
    sender: SocketAddr,
    far: UdpSocket,
}

/// UDP forwarders over one link. They end when it is dropped.
#[derive(Debug)]
pub struct Relay {
    emulator: Arc<Emulator<Datagram>>,
    doors: Vec<SocketAddr>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// Opens doors over a link. The link adds [`DATAGRAM_OVERHEAD`] if bytes are to count as they
    /// do at IP level.
    pub async fn open(emulator: Emulator<Datagram>, doors: &[Door]) -> io::Result<Self> {
        let emulator = Arc::new(emulator);
        let mut tasks = JoinSet::new();
        let mut addresses = Vec::new();
        for door in doors {
            let socket = Arc::new(UdpSocket::bind(door.listen).await?);
            addresses.push(socket.local_addr()?);
            tasks.spawn(admit(emulator.clone(), *door, socket));
        }
        tasks.spawn(deliver(emulator.clone()));
        Ok(Self { emulator, doors: addresses, _tasks: tasks })
    }

    /// The link, to look at and to change.
    pub fn link(&self) -> &Arc<Emulator<Datagram>> {
        &self.emulator
    }

    /// Where the doors listen, in the order in which they were given.
    pub fn doors(&self) -> &[SocketAddr] {
        &self.doors
    }
}

/// Takes what comes to a door.
async fn admit(emulator: Arc<Emulator<Datagram>>, door: Door, near: Arc<UdpSocket>) {
    let mut flows: HashMap<SocketAddr, Arc<Flow>> = HashMap::new();
    let mut answers = JoinSet::new();
    let mut buffer = vec![0; 65_536];
    loop {
        // An error concerns an earlier datagram that found nobody; the next is no worse for it.
        let Ok((length, sender)) = near.recv_from(&mut buffer).await else { continue };
        let flow = match flows.get(&sender) {
            Some(flow) => flow.clone(),
            None if flows.len() == MOST_FLOWS => continue,
            None => {
                let Ok(flow) = Flow::open(door, near.clone(), sender).await else { continue };
                let flow = Arc::new(flow);
                flows.insert(sender, flow.clone());
                answers.spawn(answer(emulator.clone(), flow.clone()));
                flow
            }
        };
        emulator.send(door.side, Datagram { bytes: buffer[..length].to_vec(), flow }, length);
    }
}

/// Takes what the target answers.
async fn answer(emulator: Arc<Emulator<Datagram>>, flow: Arc<Flow>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let Ok(length) = flow.far.recv(&mut buffer).await else { continue };
        let datagram = Datagram { bytes: buffer[..length].to_vec(), flow: flow.clone() };
        emulator.send(flow.side.other(), datagram, length);
    }
}

/// Hands out what arrives. What finds nobody is lost, as on any network.
async fn deliver(emulator: Arc<Emulator<Datagram>>) {
    loop {
        let delivery = emulator.next().await;
        let Datagram { bytes, flow } = delivery.packet;
        if delivery.from == flow.side {
            drop(flow.far.send(&bytes).await);
        } else {
            drop(flow.near.send_to(&bytes, flow.sender).await);
        }
    }
}

impl Flow {
    async fn open(door: Door, near: Arc<UdpSocket>, sender: SocketAddr) -> io::Result<Self> {
        let any = match door.target {
            SocketAddr::V4(_) => SocketAddr::from(([0, 0, 0, 0], 0)),
            SocketAddr::V6(_) => SocketAddr::from(([0_u16; 8], 0)),
        };
        let far = UdpSocket::bind(any).await?;
        far.connect(door.target).await?;
        Ok(Self { side: door.side, near, sender, far })
    }
}
