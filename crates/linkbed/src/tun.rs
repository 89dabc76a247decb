//! TUN interfaces: network cards whose wire is a file.
//!
//! The one module that needs `unsafe`, twice: an interface is made by an `ioctl`, which takes a
//! structure of the kernel's by its address; and the runtime waits for a file by its number, which
//! it cannot see to stay the same file.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// `TUNSETIFF`, `_IOW('T', 202, int)` in `linux/if_tun.h`.
const SET_INTERFACE: Opcode = opcode::write::<i32>(b'T', 202);

/// `IFF_TUN | IFF_NO_PI` in `linux/if_tun.h`: IP packets without a header before them.
const IP_PACKETS: u16 = 0x0001 | 0x1000;

/// The longest name of an interface, with the zero that ends it.
const NAME_SIZE: usize = 16;

/// `struct ifreq` of `linux/if.h`, as `TUNSETIFF` reads it.
#[repr(C)]
struct Request {
    name: [u8; NAME_SIZE],
    flags: u16,
    /// The rest of a union of 24 bytes.
    unused: [u8; 22],
}

/// Makes an interface in the network namespace of the caller. It exists as long as the file is
/// open, which reads and writes whole IP packets and does not block.
pub(crate) fn create(name: &str) -> io::Result<OwnedFd> {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let file =
        OpenOptions::new().read(true).write(true).custom_flags(nonblocking).open("/dev/net/tun")?;
    let mut request = Request { name: [0; NAME_SIZE], flags: IP_PACKETS, unused: [0; 22] };
    let room = request.name.iter_mut().take(NAME_SIZE - 1);
    for (place, byte) in room.zip(name.bytes()) {
        *place = byte;
    }
    #[expect(unsafe_code, reason = "the kernel offers no other way to make an interface")]
    // SAFETY: TUNSETIFF reads a `struct ifreq`, which `Request` lays out in full, and writes the
    // interface's name back into it. It keeps no reference to it after the call.
    unsafe {
        ioctl(&file, Updater::<SET_INTERFACE, Request>::new(&mut request))?;
    }
    Ok(file.into())
}

/// An interface, from the side of its wire.
#[derive(Debug)]
pub(crate) struct Card(AsyncFd<OwnedFd>);

impl Card {
    /// The interface of a file that [`create`] made, in whichever process.
    pub(crate) fn new(file: OwnedFd) -> io::Result<Self> {
        #[expect(unsafe_code, reason = "the runtime waits for a file by its number")]
        // SAFETY: an `OwnedFd` always gives the same number, and keeps that file open until it is
        // dropped; `AsyncFd` owns it and deregisters it before that.
        let file = unsafe { AsyncFd::register_with_interest(file, Interest::READABLE)? };
        Ok(Self(file))
    }

    /// Waits for the next packet that the kernel sends, and returns its size.
    pub(crate) async fn take(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut take = |file: &OwnedFd| Ok(rustix::io::read(file, &mut *buffer)?);
        self.0.async_io(Interest::READABLE, |file| take(file)).await
    }

    /// Hands the kernel a packet, which it may refuse.
    pub(crate) fn give(&self, packet: &[u8]) -> io::Result<()> {
        rustix::io::write(self.0.get_ref(), packet)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_laid_out_as_the_kernel_reads_it() {
        assert_eq!(size_of::<Request>(), 40);
        assert_eq!(std::mem::offset_of!(Request, flags), 16);
        assert_eq!(SET_INTERFACE, 0x4004_54ca);
    }
}
