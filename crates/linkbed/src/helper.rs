//! The process that holds a network namespace: it makes the interface, and hands out sockets.
//!
//! A bed starts one for each side, inside a namespace of its own, with a wire as its standard
//! input. The namespace has no name, so it ends with the last process in it: the helper ends when
//! the wire does, however the bed came to its end, and nothing is left to clean up.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Command;

use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};

use crate::{tun, wire};

/// The name of the interface towards the link.
const INTERFACE: &str = "link0";

/// What a helper says when it did what it was asked for. Everything else is a reason.
pub(crate) const DONE: &str = "done";

/// What a bed asks for: a socket of this kind.
pub(crate) const TCP: &str = "tcp";
/// What a bed asks for: a socket of this kind.
pub(crate) const UDP: &str = "udp";

/// Runs a helper until its bed is gone. `address` is `10.77.0.1/30` or the like.
pub fn run(address: &str, mtu: usize) -> io::Result<()> {
    let wire = io::stdin().as_fd().try_clone_to_owned()?;
    answer(&wire, interface(address, mtu))?;
    while let Some(request) = wire::receive(&wire)? {
        let kind = match request.text.as_str() {
            TCP => SocketType::STREAM,
            UDP => SocketType::DGRAM,
            other => {
                answer(&wire, Err(io::Error::other(format!("nobody knows {other}"))))?;
                continue;
            }
        };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::INET, kind, flags, None);
        answer(&wire, socket.map_err(io::Error::from))?;
    }
    Ok(())
}

fn answer(wire: &OwnedFd, outcome: io::Result<OwnedFd>) -> io::Result<()> {
    match outcome {
        Ok(file) => wire::send(wire, DONE, Some(file.as_fd())),
        Err(error) => wire::send(wire, &error.to_string(), None),
    }
}

/// Makes the interface, and a loopback that works.
fn interface(address: &str, mtu: usize) -> io::Result<OwnedFd> {
    let file = tun::create(INTERFACE)
        .map_err(|error| io::Error::other(format!("/dev/net/tun: {error}")))?;
    ip(&["link", "set", "lo", "up"])?;
    // Without an address of the kernel's own making, IPv6 stays silent and figures stay exact.
    ip(&["link", "set", INTERFACE, "addrgenmode", "none", "mtu", &mtu.to_string()])?;
    ip(&["addr", "add", address, "dev", INTERFACE])?;
    ip(&["link", "set", INTERFACE, "up"])?;
    Ok(file)
}

fn ip(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .map_err(|error| io::Error::other(format!("`ip`, of Debian's iproute2: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("ip {}: {}", arguments.join(" "), said.trim())))
}
