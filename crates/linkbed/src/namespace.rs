//! A network namespace, from outside.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};

use crate::{helper, wire};

/// How a namespace can be had: as root at once, as anybody else inside a user namespace in which
/// one is root.
const WAYS: [&[&str]; 2] = [&["--net"], &["--user", "--map-root-user", "--net"]];

/// How many may wait at a listener.
const BACKLOG: u32 = 128;

/// A network namespace with an interface towards the link and a loopback of its own. It ends with
/// this value, and with the process that holds it.
#[derive(Debug)]
pub struct Namespace {
    helper: Child,
    wire: Mutex<OwnedFd>,
    in_user_namespace: bool,
}

impl Namespace {
    /// Makes one, and the file whose packets are those of its interface. `program` is the
    /// `linkbed` binary.
    pub(crate) fn create(program: &Path, address: &str, mtu: usize) -> io::Result<(Self, OwnedFd)> {
        let mut reasons = Vec::new();
        for way in WAYS {
            match Self::try_create(program, way, address, mtu) {
                Ok(created) => return Ok(created),
                Err(error) => reasons.push(format!("unshare {}: {error}", way.join(" "))),
            }
        }
        let reasons = reasons.join("; ");
        Err(io::Error::other(format!("no network namespace can be made here: {reasons}")))
    }

    fn try_create(
        program: &Path,
        way: &[&str],
        address: &str,
        mtu: usize,
    ) -> io::Result<(Self, OwnedFd)> {
        let (near, far) = wire::pair()?;
        let helper = Command::new("unshare")
            .args(way)
            .arg("--")
            .arg(program)
            .args(["helper", address, &mtu.to_string()])
            .stdin(far)
            .stderr(Stdio::piped())
            .spawn()?;
        let in_user_namespace = way.contains(&"--user");
        let mut created = Self { helper, wire: Mutex::new(near), in_user_namespace };
        match created.answer() {
            Ok(interface) => Ok((created, interface)),
            Err(error) => Err(created.complaint().unwrap_or(error)),
        }
    }

    /// The process that holds it.
    pub fn pid(&self) -> u32 {
        self.helper.id()
    }

    /// Whether programs in it think that they are root without being so.
    pub fn is_in_user_namespace(&self) -> bool {
        self.in_user_namespace
    }

    /// Connects to an address as it is seen in there.
    pub async fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        self.tcp_socket()?.connect(to).await
    }

    /// Listens at an address in there.
    pub fn listen(&self, at: SocketAddr) -> io::Result<TcpListener> {
        let socket = self.tcp_socket()?;
        socket.bind(at)?;
        socket.listen(BACKLOG)
    }

    /// A UDP socket at an address in there.
    pub fn udp(&self, at: SocketAddr) -> io::Result<UdpSocket> {
        let socket = self.ask(helper::UDP)?;
        rustix::net::bind(&socket, &at)?;
        UdpSocket::from_std(socket.into())
    }

    fn tcp_socket(&self) -> io::Result<TcpSocket> {
        Ok(TcpSocket::from_std_stream(self.ask(helper::TCP)?.into()))
    }

    /// Sockets belong to the namespace in which they were made, whoever uses them then.
    fn ask(&self, for_what: &str) -> io::Result<OwnedFd> {
        let wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        wire::send(&*wire, for_what, None)?;
        received(&wire)
    }

    /// Why the helper ended before it could say so itself.
    fn complaint(&mut self) -> Option<io::Error> {
        let mut said = String::new();
        self.helper.kill().ok()?;
        self.helper.stderr.take()?.read_to_string(&mut said).ok()?;
        let said = said.trim();
        (!said.is_empty()).then(|| io::Error::other(said.to_owned()))
    }

    fn answer(&self) -> io::Result<OwnedFd> {
        received(&self.wire.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn received(wire: &OwnedFd) -> io::Result<OwnedFd> {
    let gone = || io::Error::other("the helper ended at once");
    let message = wire::receive(wire)?.ok_or_else(gone)?;
    message.file.ok_or_else(|| io::Error::other(message.text))
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It ends by itself when the wire does; this only waits less.
        drop(self.helper.kill());
        drop(self.helper.wait());
    }
}

/// The command that runs a program in the namespace that a process holds.
pub fn command_in(pid: u32, in_user_namespace: bool, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/proc/{pid}/ns/net"));
    if in_user_namespace {
        command.arg(format!("--user=/proc/{pid}/ns/user")).arg("--preserve-credentials");
    }
    command.arg("--").arg(program);
    command
}
