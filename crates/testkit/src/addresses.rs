//! Addresses for programs that are told where to listen before they run.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Ports below those that the system hands to connections of itself (32,768 and up on Linux),
/// and above those that programs are known by.
const PORTS: std::ops::Range<u16> = 20_000..32_768;

/// How many of them this process has looked at.
static LOOKED_AT: AtomicU32 = AtomicU32::new(0);

/// An address on loopback where nothing listens, for TCP and for UDP.
///
/// No connection of another test is given its port by chance, neither before a program takes it nor
/// while the program is restarted. A process is given each once, and processes at one time begin
/// at different ones.
pub fn free_address() -> SocketAddr {
    loop {
        let turn = LOOKED_AT.fetch_add(1, Ordering::Relaxed);
        // Processes that start one after the other have numbers that follow each other.
        let place = std::process::id().wrapping_mul(199).wrapping_add(turn);
        let offset = place % u32::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(offset).expect("it is below the number of ports");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_given_once_and_none_that_is_taken() {
        let first = free_address();
        let _taken: Vec<TcpListener> = (first.port() + 1..first.port() + 3)
            .filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .collect();
        let second = free_address();
        assert!(PORTS.contains(&first.port()) && PORTS.contains(&second.port()));
        assert!(second.port().wrapping_sub(first.port()) > 2, "{first} {second}");
    }
}
