//! One connection: who is at its other end, what they are told, and what is kept for them.

use std::collections::VecDeque;
use std::sync::Arc;

use fieldpost_access::Permission;
use fieldpost_kernel::{Event, EventName, Subject, events};
use fieldpost_model::{Id, Millis};

use super::{Belonging, QUEUE};
use crate::frame::Frame;
use crate::mailbox::Outbox;

/// Events kept of each connection for whoever comes back: what may be in flight, and some more.
pub(super) const KEPT: usize = QUEUE + 128;

/// Events a crowded connection is not told: they are stale by the time they arrive.
const EXPENDABLE: [EventName; 3] =
    [events::TYPING, events::STATUS_CHANGE, events::MULTIPLE_CHANNELS_VIEWED];

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) belonging: Belonging,
    /// The number of the next event.
    pub(super) next: u64,
    pub(super) kept: VecDeque<Frame>,
    pub(super) outbox: Option<Outbox>,
    /// Of its newest socket.
    pub(super) number: u64,
    pub(super) left_at: Millis,
    /// The channel the client says it looks at, if it says so.
    pub(super) looking_at: Id,
    /// When it was last told that its person writes.
    pub(super) typed_at: Millis,
    /// Whether its session is over.
    pub(super) ended: bool,
}

impl Connection {
    pub(super) fn is_told(&self, event: &Event) -> bool {
        let person = self.belonging.person;
        let wanted =
            event.audience.administrators.is_none_or(|a| a == self.belonging.administrator);
        let elsewhere = event.name == events::TYPING
            && !self.looking_at.is_none()
            && self.looking_at != event.audience.channel;
        !self.ended
            && wanted
            && !event.audience.omit.contains(&person)
            && !elsewhere
            && event.audience.about.as_ref().is_none_or(|about| self.sees(about))
    }

    /// Whether its person sees another: everybody, or those of their own channels.
    fn sees(&self, other: &Subject) -> bool {
        let caller = self.belonging.admission.map(|admission| admission.caller);
        caller.is_none_or(|caller| caller.roles.contains(Permission::ViewMembers))
            || other.person == self.belonging.person
            || other.channels.iter().any(|channel| self.belonging.channels.contains(*channel))
    }

    /// Numbers an event and queues it. A connection that cannot keep up loses its socket; the
    /// events stay for when it comes back.
    pub(super) fn tell(&mut self, head: &Arc<str>, name: EventName) {
        let crowded = || self.outbox.as_ref().is_some_and(|outbox| outbox.waiting() > QUEUE / 2);
        if EXPENDABLE.contains(&name) && crowded() {
            return;
        }
        let frame = Frame::new(Arc::clone(head), self.next);
        self.next += 1;
        self.kept.push_back(frame.clone());
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        if self.outbox.as_ref().is_some_and(|outbox| !outbox.put(frame)) {
            self.outbox = None;
        }
    }
}
