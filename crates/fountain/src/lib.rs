//! Bundles as packets: any sufficient part of the packets gives the whole bundle back.
//!
//! A stick with damaged sectors and a line on which nothing comes back have this in common: what is
//! lost cannot be asked for. So an *object*, the bytes of a bundle, is cut into *blocks*, and each
//! block into *symbols* of [`SYMBOL`] bytes, to which RaptorQ (RFC 6330) adds as many *repair symbols*
//! as one likes. Of a block of `K` symbols any `K` of the symbols that were made give it back in 99 of
//! 100 cases, any `K + 1` in 9,999 of 10,000 and any `K + 2` in all but one of a million. Which of
//! them are lost does not matter.
//!
//! Each symbol travels in a [`Packet`] of [`PACKET`] bytes that says all that is needed to place it,
//! and is authenticated under a key of the two sites alone
//! ([`PacketKey`](fieldpost_log::suite::PacketKey)). What was altered, or comes from somebody else, is
//! passed over as if it had been lost, so it cannot spoil the decoding.
//!
//! [`write`] makes the packets of an object; [`find`] looks for packets in a file that may be damaged;
//! a [`Gathering`] collects those of one object, and decodes it block by block.
//!
//! *Architecture invariant:* it opens no file and no socket, and asks no clock. Whoever calls hands in
//! what is read and written.
//!
//! *Architecture invariant:* no packet counts before its authenticator was checked, and what a packet
//! says is within bounds before memory is taken for it: an object has [`MOST_LENGTH`] bytes at most,
//! and a block no more symbols in memory than [`MOST_SYMBOLS`] and a few.

mod find;
mod gather;
mod layout;
mod packet;
mod write;

pub use find::find;
pub use gather::{Gathering, Progress};
pub use layout::{Layout, MOST_LENGTH, MOST_REPAIR, MOST_SYMBOLS, Repair};
pub use packet::{MAGIC, Object, ObjectId, PACKET, Packet, Raw, SYMBOL};
pub use write::write;

#[cfg(test)]
mod tests;
