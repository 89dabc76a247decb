//! What waits to be sent on one connection: a queue with an end, which takes next to no memory while
//! nothing waits. There are many connections, and most of them are silent.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::frame::Frame;

/// Frames for which an empty queue keeps its room.
const KEEPS_ROOM_FOR: usize = 4;

/// Why there is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nothing {
    /// None waits.
    Yet,
    /// None waits, and none will come.
    More,
}

#[derive(Debug, Default)]
struct Mailbox {
    waiting: VecDeque<Frame>,
    reader: Option<Waker>,
    /// Whether either end is gone.
    closed: bool,
}

type Shared = Arc<Mutex<Mailbox>>;

fn open(shared: &Shared) -> MutexGuard<'_, Mailbox> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A queue of at most so many frames.
pub(crate) fn mailbox(most: usize) -> (Outbox, Inbox) {
    let shared = Shared::default();
    (Outbox { shared: Arc::clone(&shared), most }, Inbox { shared })
}

/// The end into which frames are put. Once it is gone, what waits is still taken, and then it is over.
#[derive(Debug)]
pub(crate) struct Outbox {
    shared: Shared,
    most: usize,
}

impl Outbox {
    /// Puts a frame behind the others, and says whether there was room and somebody to take it.
    pub(crate) fn put(&self, frame: Frame) -> bool {
        let mut mailbox = open(&self.shared);
        if mailbox.closed || mailbox.waiting.len() >= self.most {
            return false;
        }
        mailbox.waiting.push_back(frame);
        let reader = mailbox.reader.take();
        drop(mailbox);
        reader.into_iter().for_each(Waker::wake);
        true
    }

    /// How many frames wait.
    pub(crate) fn waiting(&self) -> usize {
        open(&self.shared).waiting.len()
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let mut mailbox = open(&self.shared);
        mailbox.closed = true;
        let reader = mailbox.reader.take();
        drop(mailbox);
        reader.into_iter().for_each(Waker::wake);
    }
}

/// The end from which frames are taken.
#[derive(Debug)]
pub struct Inbox {
    shared: Shared,
}

impl Inbox {
    /// The next frame, once there is one; none once it is over. Nothing is lost if it is not waited
    /// for to the end.
    pub async fn recv(&mut self) -> Option<Frame> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<Frame>> {
        let mut mailbox = open(&self.shared);
        match mailbox.take() {
            Ok(frame) => Poll::Ready(Some(frame)),
            Err(Nothing::More) => Poll::Ready(None),
            Err(Nothing::Yet) => {
                if !mailbox.reader.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
                    mailbox.reader = Some(cx.waker().clone());
                }
                Poll::Pending
            }
        }
    }

    /// The next frame, if it is there.
    ///
    /// # Errors
    /// Why it is not.
    pub fn try_recv(&mut self) -> Result<Frame, Nothing> {
        open(&self.shared).take()
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let mut mailbox = open(&self.shared);
        mailbox.closed = true;
        mailbox.waiting = VecDeque::new();
        mailbox.reader = None;
    }
}

impl Mailbox {
    fn take(&mut self) -> Result<Frame, Nothing> {
        let Some(frame) = self.waiting.pop_front() else {
            return Err(if self.closed { Nothing::More } else { Nothing::Yet });
        };
        if self.waiting.is_empty() && self.waiting.capacity() > KEEPS_ROOM_FOR {
            self.waiting = VecDeque::new();
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    fn frame(sequence: u64) -> Frame {
        Frame::new("x".into(), sequence)
    }

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn frames_come_in_their_order_and_no_more_wait_than_there_is_room_for() {
        let (outbox, mut inbox) = mailbox(2);
        assert!(outbox.put(frame(1)) && outbox.put(frame(2)));
        assert!(!outbox.put(frame(3)));
        assert_eq!(outbox.waiting(), 2);
        assert_eq!(inbox.try_recv(), Ok(frame(1)));
        assert!(outbox.put(frame(3)));
        assert_eq!(inbox.try_recv(), Ok(frame(2)));
        assert_eq!(inbox.try_recv(), Ok(frame(3)));
        assert_eq!(inbox.try_recv(), Err(Nothing::Yet));
    }

    #[test]
    fn what_waits_when_the_sender_goes_is_still_taken() {
        let (outbox, mut inbox) = mailbox(2);
        outbox.put(frame(1));
        drop(outbox);
        assert_eq!(inbox.try_recv(), Ok(frame(1)));
        assert_eq!(inbox.try_recv(), Err(Nothing::More));
        let (outbox, inbox) = mailbox(2);
        drop(inbox);
        assert!(!outbox.put(frame(1)));
    }

    #[test]
    fn whoever_waits_is_woken_by_a_frame_and_by_the_end() {
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(Arc::clone(&bell));
        let mut cx = Context::from_waker(&waker);
        let (outbox, mut inbox) = mailbox(2);
        {
            let mut waits = pin!(inbox.recv());
            assert!(waits.as_mut().poll(&mut cx).is_pending());
            // Whoever looks again without need waits all the same.
            assert!(waits.as_mut().poll(&mut cx).is_pending());
            outbox.put(frame(1));
            assert_eq!(bell.0.load(Ordering::SeqCst), 1);
            assert_eq!(waits.as_mut().poll(&mut cx), Poll::Ready(Some(frame(1))));
        }
        let mut waits = pin!(inbox.recv());
        assert!(waits.as_mut().poll(&mut cx).is_pending());
        drop(outbox);
        assert_eq!(bell.0.load(Ordering::SeqCst), 2);
        assert_eq!(waits.as_mut().poll(&mut cx), Poll::Ready(None));
    }

    #[test]
    fn an_empty_queue_gives_back_what_a_full_one_took() {
        let (outbox, mut inbox) = mailbox(256);
        (0..256).for_each(|n| assert!(outbox.put(frame(n))));
        (0..256).for_each(|n| assert_eq!(inbox.try_recv(), Ok(frame(n))));
        assert!(open(&inbox.shared).waiting.capacity() <= KEEPS_ROOM_FOR);
    }
}
