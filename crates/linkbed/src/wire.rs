//! Messages between a bed and its helpers: some bytes, and at times an open file.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};

/// The longest message.
const LONGEST: usize = 4_096;

/// A message as it was received.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) file: Option<OwnedFd>,
}

/// Two ends of a wire that keeps messages apart.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

pub(crate) fn send(wire: impl AsFd, text: &str, file: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let files: Vec<BorrowedFd<'_>> = file.into_iter().collect();
    if !files.is_empty() {
        ancillary.push(SendAncillaryMessage::ScmRights(&files));
    }
    let text = &text.as_bytes()[..text.len().min(LONGEST)];
    sendmsg(wire, &[IoSlice::new(text)], &mut ancillary, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Waits for a message. None when the other end is gone.
pub(crate) fn receive(wire: impl AsFd) -> io::Result<Option<Message>> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut buffer = [0; LONGEST];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = recvmsg(wire, &mut [IoSliceMut::new(&mut buffer)], &mut ancillary, flags)?;
    if received.bytes == 0 {
        return Ok(None);
    }
    let mut file = None;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(mut files) = message {
            file = files.next();
        }
    }
    let text = String::from_utf8_lossy(&buffer[..received.bytes]).into_owned();
    Ok(Some(Message { text, file }))
}
