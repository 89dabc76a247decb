//! Finding packets in a file that may be damaged.

use std::io::{self, Read};

use crate::packet::{MAGIC, PACKET, Raw};

/// Bytes that are looked at once.
const WINDOW: usize = 256 * PACKET;

/// Calls `take` with each place in `input` at which a packet may begin, and the bytes of it; `take`
/// says whether it is one. Behind a packet the next is looked for at its end, and behind anything else
/// at the next byte: what was altered costs the packets that it is in, and what was lost or put in
/// costs no more.
///
/// # Errors
/// When something cannot be read, and whatever `take` fails with.
pub fn find(
    mut input: impl Read,
    mut take: impl FnMut(u64, &Raw) -> io::Result<bool>,
) -> io::Result<()> {
    let mut window: Vec<u8> = Vec::with_capacity(2 * WINDOW);
    let mut begins = 0;
    loop {
        let read = (&mut input).take(WINDOW as u64).read_to_end(&mut window)?;
        let mut at = 0;
        while let Some(raw) = window.get(at..).and_then(<[u8]>::first_chunk::<PACKET>) {
            if raw.starts_with(MAGIC) && take(begins + at as u64, raw)? {
                at += PACKET;
            } else {
                at += 1 + next(&window[at + 1..]);
            }
        }
        let passed = at.min(window.len());
        window.drain(..passed);
        begins += passed as u64;
        if read == 0 {
            return Ok(());
        }
    }
}

/// How many bytes stand before the next that a packet can begin with.
fn next(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == MAGIC[0]).unwrap_or(bytes.len())
}
