//! Which addresses strangers may make the server ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of the older protocol that are not the public internet, after the registry of
/// special-purpose addresses, and the one public address at which a cloud speaks to its machines.
const CLOSED_V4: [(Ipv4Addr, u8); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),          // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),         // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),      // carriers' translation, and one cloud's metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),        // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32),   // one cloud's wire server
    (Ipv4Addr::new(169, 254, 0, 0), 16),     // link-local, and most clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),      // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),       // protocol assignments, and one cloud's metadata
    (Ipv4Addr::new(192, 0, 2, 0), 24),       // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),     // relays of 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),     // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),      // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),    // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),     // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),        // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),        // reserved
    (Ipv4Addr::new(255, 255, 255, 255), 32), // broadcast
];

/// Networks inside [`GLOBAL_V6`] that are not the public internet.
const CLOSED_V6: [(Ipv6Addr, u8); 3] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, tunnels among them
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// What of the newer protocol is handed out to be reached from anywhere. Everything else is
/// unspecified, loopback, private, link-local, multicast or nothing yet.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The prefix under which translators show the older protocol (RFC 6052).
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether an address is one of the public internet.
///
/// An address of the newer protocol that stands for one of the older is as public as that: mapped,
/// translated (NAT64) or tunnelled (6to4, ISATAP).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match inner(address) {
            Some(Inner::Stands(inner)) => is_public_v4(inner),
            Some(Inner::Within(inner)) => is_public_v4(inner) && is_public_v6(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !CLOSED_V4.iter().any(|&(network, bits)| within_v4(address, network, bits))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    within_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)
        && !CLOSED_V6.iter().any(|&(network, bits)| within_v6(address, network, bits))
}

/// An address of the older protocol inside one of the newer.
enum Inner {
    /// It is what the whole address means.
    Stands(Ipv4Addr),
    /// It is where a tunnel may lead, if there is one.
    Within(Ipv4Addr),
}

fn inner(address: Ipv6Addr) -> Option<Inner> {
    let [a, b, c, _, e, f, g, h] = address.segments();
    let low = Ipv4Addr::from_bits(u32::from(g) << 16 | u32::from(h));
    if address.to_ipv4_mapped().is_some() || within_v6(address, NAT64.0, NAT64.1) {
        return Some(Inner::Stands(low));
    }
    if a == 0x2002 {
        return Some(Inner::Within(Ipv4Addr::from_bits(u32::from(b) << 16 | u32::from(c))));
    }
    matches!((e, f), (0 | 0x200, 0x5efe)).then_some(Inner::Within(low))
}

fn within_v4(address: Ipv4Addr, network: Ipv4Addr, bits: u8) -> bool {
    let beyond = 32 - u32::from(bits.min(32));
    let differing = address.to_bits() ^ network.to_bits();
    differing.checked_shr(beyond).unwrap_or(0) == 0
}

fn within_v6(address: Ipv6Addr, network: Ipv6Addr, bits: u8) -> bool {
    let beyond = 128 - u32::from(bits.min(128));
    let differing = address.to_bits() ^ network.to_bits();
    differing.checked_shr(beyond).unwrap_or(0) == 0
}

/// What an administrator allows although it is not public: names, addresses and networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Internal {
    names: Vec<String>,
    networks: Vec<(IpAddr, u8)>,
}

impl Internal {
    /// Reads a list whose entries are divided by spaces or commas, such as
    /// `git.example.org 192.0.2.7 10.1.0.0/16`.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut allowed = Self::default();
        for entry in list.split([',', ' ', '\t', '\r', '\n']).filter(|entry| !entry.is_empty()) {
            match network(entry)? {
                Some(network) => allowed.networks.push(network),
                None => allowed.names.push(same_name(entry)),
            }
        }
        Ok(allowed)
    }

    /// Whether a host may be asked at this address.
    pub(crate) fn lets(&self, host: &str, address: IpAddr) -> bool {
        is_public(address) || self.names(host) || self.has(address)
    }

    fn names(&self, host: &str) -> bool {
        let host = same_name(host);
        self.names.contains(&host)
    }

    fn has(&self, address: IpAddr) -> bool {
        let stands = match address {
            IpAddr::V6(six) => match inner(six) {
                Some(Inner::Stands(four)) => Some(IpAddr::V4(four)),
                _ => None,
            },
            IpAddr::V4(_) => None,
        };
        [Some(address), stands].into_iter().flatten().any(|address| {
            self.networks.iter().any(|&(network, bits)| match (address, network) {
                (IpAddr::V4(address), IpAddr::V4(network)) => within_v4(address, network, bits),
                (IpAddr::V6(address), IpAddr::V6(network)) => within_v6(address, network, bits),
                _ => false,
            })
        })
    }
}

/// An entry as a network, if it is not a name.
fn network(entry: &str) -> Result<Option<(IpAddr, u8)>, String> {
    let bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let Some((address, bits)) = entry.split_once('/') else {
        return Ok(bare(entry)
            .ok()
            .map(|address| (address, if address.is_ipv4() { 32 } else { 128 })));
    };
    let wrong = || format!("{entry:?} is neither a name, nor an address, nor a network");
    let address = bare(address).map_err(|_| wrong())?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.parse::<u8>().ok().filter(|bits| *bits <= most).ok_or_else(wrong)?;
    Ok(Some((address, bits)))
}

/// A name as names are compared.
fn same_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
