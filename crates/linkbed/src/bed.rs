//! Two network namespaces with a bad link between them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use fieldpost_air::{Link, Side};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::emulator::Emulator;
use crate::namespace::{Namespace, command_in};
use crate::tun::Card;

/// The address of the left side.
pub const LEFT: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
/// The address of the right side.
pub const RIGHT: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);

/// IP has none larger.
const LARGEST_PACKET: usize = 65_535;

/// Two network namespaces whose only connection is an emulated link. They end with it.
#[derive(Debug)]
pub struct Bed {
    link: Arc<Emulator<Vec<u8>>>,
    left: Arc<Namespace>,
    right: Arc<Namespace>,
    _tasks: JoinSet<()>,
}

impl Bed {
    /// Makes both and starts the link. `program` is the `linkbed` binary, which holds the
    /// namespaces. Needs root, or leave to make user namespaces.
    pub fn up(program: &Path, link: Link<Vec<u8>>) -> io::Result<Self> {
        let mtu = link.profile().mtu;
        let side = |address: Ipv4Addr| Namespace::create(program, &format!("{address}/30"), mtu);
        let (left, left_card) = side(LEFT)?;
        let (right, right_card) = side(RIGHT)?;
        let link = Arc::new(Emulator::start(link));
        let left_card = Arc::new(Card::new(left_card)?);
        let right_card = Arc::new(Card::new(right_card)?);
        let mut tasks = JoinSet::new();
        tasks.spawn(take(link.clone(), Side::Left, left_card.clone()));
        tasks.spawn(take(link.clone(), Side::Right, right_card.clone()));
        tasks.spawn(give(link.clone(), left_card, right_card));
        Ok(Self { link, left: Arc::new(left), right: Arc::new(right), _tasks: tasks })
    }

    /// The link, to look at and to change.
    pub fn link(&self) -> &Emulator<Vec<u8>> {
        &self.link
    }

    /// One side's namespace.
    pub fn side(&self, side: Side) -> &Arc<Namespace> {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    /// The command that runs a program on one side.
    pub fn command(&self, side: Side, program: &str) -> Command {
        let namespace = self.side(side);
        command_in(namespace.pid(), namespace.is_in_user_namespace(), program)
    }

    /// Makes an address inside reachable at a listener outside, beside the link, for as long as
    /// the returned tasks are kept.
    pub fn forward(&self, side: Side, outside: TcpListener, inside: SocketAddr) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        tasks.spawn(forward(self.side(side).clone(), outside, inside));
        tasks
    }
}

/// Puts what a side sends on the link. Ends when the interface is gone.
async fn take(link: Arc<Emulator<Vec<u8>>>, from: Side, card: Arc<Card>) {
    let mut buffer = vec![0; LARGEST_PACKET];
    while let Ok(length) = card.take(&mut buffer).await {
        link.send(from, buffer[..length].to_vec(), length);
    }
}

/// Hands out what arrives. A packet that the other side's kernel refuses is lost.
async fn give(link: Arc<Emulator<Vec<u8>>>, left: Arc<Card>, right: Arc<Card>) {
    loop {
        let delivery = link.next().await;
        let card = match delivery.from {
            Side::Left => &right,
            Side::Right => &left,
        };
        drop(card.give(&delivery.packet));
    }
}

async fn forward(namespace: Arc<Namespace>, outside: TcpListener, inside: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((near, _)) = outside.accept().await else { continue };
        connections.spawn(join(namespace.clone(), near, inside));
        // Those that have ended.
        while connections.try_join_next().is_some() {}
    }
}

/// Moves bytes both ways until either side has enough.
async fn join(namespace: Arc<Namespace>, mut near: TcpStream, inside: SocketAddr) {
    if let Ok(mut far) = namespace.connect(inside).await {
        drop(copy_bidirectional(&mut near, &mut far).await);
    }
}
