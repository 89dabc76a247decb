//! Who is here, as far as their sockets tell: kept in memory, and gone with it.
//!
//! What a person says of their own presence outlives a restart and is in [`status`](crate::status).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use fieldpost_model::{Id, Millis};

/// How long somebody does nothing before they are away.
pub const AWAY_AFTER: Millis = 5 * 60 * 1000;

/// What somebody's sockets tell of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Live {
    /// Here, and doing something.
    Online,
    /// Here, and doing nothing for a while.
    Away,
    /// Not here.
    #[default]
    Offline,
}

impl Live {
    /// The API's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Offline => "offline",
        }
    }
}

#[derive(Debug, Default)]
struct Person {
    sockets: Vec<Id>,
    live: Live,
    last_activity_at: Millis,
}

impl Person {
    /// Notes what is seen of the person; gives it if it is something else than before.
    fn becomes(&mut self, live: Live) -> Option<Live> {
        let changed = self.live != live;
        self.live = live;
        changed.then_some(live)
    }
}

/// Everybody of whom a socket was seen since the site started.
#[derive(Debug, Default)]
pub struct Presence(Mutex<HashMap<Id, Person>>);

impl Presence {
    fn people(&self) -> MutexGuard<'_, HashMap<Id, Person>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A socket opened. Gives what the person becomes by it, if that is news to the others.
    pub fn opened(&self, person: Id, socket: Id, now: Millis) -> Option<Live> {
        let mut people = self.people();
        let known = people.entry(person).or_default();
        let others = !known.sockets.is_empty();
        known.sockets.push(socket);
        known.last_activity_at = now;
        known.becomes(Live::Online).filter(|_| others)
    }

    /// A socket closed; with the last of them the person is gone.
    pub fn closed(&self, person: Id, socket: Id) {
        if let Some(known) = self.people().get_mut(&person) {
            known.sockets.retain(|other| *other != socket);
            if known.sockets.is_empty() {
                known.live = Live::Offline;
            }
        }
    }

    /// The person did something. Like the next it gives what they become by it, if that is new.
    pub fn active(&self, person: Id, now: Millis) -> Option<Live> {
        let mut people = self.people();
        let known = people.entry(person).or_default();
        known.last_activity_at = now;
        known.becomes(Live::Online)
    }

    /// The person's client says that they do nothing.
    pub fn inactive(&self, person: Id, now: Millis) -> Option<Live> {
        let mut people = self.people();
        let known = people.get_mut(&person)?;
        let idle = known.live == Live::Online && known.last_activity_at + AWAY_AFTER <= now;
        if idle { known.becomes(Live::Away) } else { None }
    }

    /// The people who are away from now on, having done nothing for so long.
    pub fn idle(&self, now: Millis) -> Vec<Id> {
        let mut people = self.people();
        let idle = people.iter_mut().filter(|(_, known)| {
            known.live == Live::Online && known.last_activity_at + AWAY_AFTER <= now
        });
        idle.filter_map(|(person, known)| known.becomes(Live::Away).map(|_| *person)).collect()
    }

    /// Forgets what was seen of a person: they were deactivated.
    pub fn forget(&self, person: Id) {
        self.people().remove(&person);
    }

    /// What is seen of a person, and when they last did something.
    pub fn of(&self, person: Id) -> (Live, Millis) {
        let people = self.people();
        people.get(&person).map_or((Live::Offline, 0), |known| (known.live, known.last_activity_at))
    }

    /// Everybody who is here.
    pub fn here(&self) -> Vec<Id> {
        let people = self.people();
        let here = people.iter().filter(|(_, known)| known.live != Live::Offline);
        here.map(|(person, _)| *person).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Id {
        Id::from_bytes([n; 16])
    }

    #[test]
    fn somebody_is_here_until_the_last_socket_closes() {
        let presence = Presence::default();
        assert_eq!(presence.opened(id(1), id(11), 1_000), None);
        assert_eq!(presence.opened(id(1), id(12), 2_000), None);
        presence.closed(id(1), id(11));
        assert_eq!(presence.of(id(1)), (Live::Online, 2_000));
        presence.closed(id(1), id(12));
        assert_eq!(presence.of(id(1)), (Live::Offline, 2_000));
    }

    #[test]
    fn whoever_does_nothing_for_five_minutes_is_away() {
        let presence = Presence::default();
        presence.opened(id(1), id(11), 0);
        assert_eq!(presence.inactive(id(1), AWAY_AFTER - 1), None);
        assert_eq!(presence.idle(AWAY_AFTER - 1), []);
        assert_eq!(presence.idle(AWAY_AFTER), [id(1)]);
        assert_eq!(presence.idle(AWAY_AFTER), []);
        assert_eq!(presence.active(id(1), AWAY_AFTER + 1), Some(Live::Online));
        assert_eq!(presence.inactive(id(1), AWAY_AFTER + 2), None);
        assert_eq!(presence.inactive(id(1), 2 * AWAY_AFTER + 1), Some(Live::Away));
        assert_eq!(presence.opened(id(1), id(12), 2 * AWAY_AFTER + 2), Some(Live::Online));
    }
}
