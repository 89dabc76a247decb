//! Who is connected, where they belong, and what each was told: the protocol without a socket.
//!
//! A connection outlives its socket for a while: whoever comes back in time with the number of the
//! next event gets the ones missed and loses nothing.

mod connection;
mod going;
mod places;
mod session;

use std::collections::{HashMap, HashSet, VecDeque};

use fieldpost_kernel::{Audience, Event, Membership, Position, Shown};
use fieldpost_model::{Id, Millis};

use self::connection::Connection;
pub use self::places::Places;
pub use self::session::Admission;
use crate::frame::{Frame, head};
use crate::mailbox::{Inbox, mailbox};

/// Events waiting for a slow connection at most; beyond it the connection is closed.
pub(crate) const QUEUE: usize = 256;

/// Connections of one person, those that may be taken up again included: each holds what it may have
/// to send once more, and where its person belongs.
const MOST_OF_ONE: usize = 100;

/// How long a connection may be taken up again.
const RESUMABLE: Millis = 5 * 60 * 1000;

/// How often others are told that somebody writes. Clients show it for some seconds.
const TYPING_EVERY: Millis = 1000;

/// Where a person belongs, when they connect.
#[derive(Debug, Clone, Default)]
pub struct Belonging {
    /// Who.
    pub person: Id,
    /// Whether they administer the system.
    pub administrator: bool,
    /// The session by which they came.
    pub admission: Option<Admission>,
    /// Their channels and conversations.
    pub channels: Places,
    /// Their teams.
    pub teams: Places,
}

/// What a client says to take a connection up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// The connection it had.
    pub connection: Id,
    /// The number of the next event it expects.
    pub next: u64,
}

/// A socket's end of a connection.
#[derive(Debug)]
pub struct Connected {
    /// The connection.
    pub id: Id,
    /// The how many-th socket it is of all.
    pub number: u64,
    /// What it is to be sent; closed when it has to go.
    pub frames: Inbox,
    /// Whether it was taken up again, and so is not greeted.
    pub resumed: bool,
}

/// Everybody who is connected.
#[derive(Debug, Default)]
pub struct Hub {
    /// Each apart: the table has room for twice as many as are in it.
    connections: HashMap<Id, Box<Connection>>,
    /// Sockets there have been.
    opened: u64,
    by_person: HashMap<Id, Places>,
    by_channel: HashMap<Id, HashSet<Id>>,
    by_team: HashMap<Id, HashSet<Id>>,
    /// The newest change told of by which somebody came or went.
    moved: Position,
}

impl Hub {
    /// Whether anybody came or went by a change after a position that all were told of: then who
    /// belongs where, read as of that position, is too old to connect somebody with.
    pub fn moved_after(&self, position: Position) -> bool {
        self.moved > position
    }

    /// Connects a person, under a new id or the one they come back with.
    pub fn connect(
        &mut self,
        belonging: Belonging,
        resume: Option<Resume>,
        new_id: Id,
    ) -> Connected {
        self.opened += 1;
        if let Some(resumed) = resume.and_then(|resume| self.resume(&belonging, resume)) {
            return resumed;
        }
        self.make_room(belonging.person);
        let (outbox, frames) = mailbox(QUEUE);
        self.index(new_id, &belonging);
        let connection = Connection {
            belonging,
            next: 0,
            kept: VecDeque::new(),
            outbox: Some(outbox),
            number: self.opened,
            left_at: 0,
            looking_at: Id::NONE,
            typed_at: Millis::MIN,
            ended: false,
        };
        self.connections.insert(new_id, Box::new(connection));
        Connected { id: new_id, number: self.opened, frames, resumed: false }
    }

    fn resume(&mut self, belonging: &Belonging, resume: Resume) -> Option<Connected> {
        let known = self.connections.get_mut(&resume.connection)?;
        let oldest = known.kept.front().map_or(known.next, Frame::sequence);
        let held = (oldest..=known.next).contains(&resume.next);
        if known.belonging.person != belonging.person || !held || known.ended {
            return None;
        }
        let (outbox, frames) = mailbox(QUEUE);
        let missed = known.kept.iter().filter(|frame| frame.sequence() >= resume.next);
        for frame in missed.cloned() {
            outbox.put(frame).then_some(())?;
        }
        known.outbox = Some(outbox);
        known.number = self.opened;
        known.left_at = 0;
        known.belonging.admission = belonging.admission;
        known.belonging.administrator = belonging.administrator;
        Some(Connected { id: resume.connection, number: self.opened, frames, resumed: true })
    }

    /// Whoever opens ever more connections loses old ones: those without a socket first.
    fn make_room(&mut self, person: Id) {
        let Some(own) = self.by_person.get(&person).filter(|own| own.iter().len() >= MOST_OF_ONE)
        else {
            return;
        };
        let age = |id: &Id| {
            let connection = self.connections.get(id);
            connection.map(|c| (c.outbox.is_some(), c.left_at, c.number))
        };
        if let Some(oldest) = own.iter().min_by_key(age) {
            self.remove(oldest);
        }
    }

    /// Greets a new connection: its first event, number 0.
    pub fn greet(&mut self, connection: Id, event: &Event) {
        let head = head(event, None);
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.tell(&head, event.name);
        }
    }

    /// A socket of a connection is gone; if it was the newest one, the connection may be taken up
    /// again for a while.
    pub fn detach(&mut self, connection: Id, number: u64, now: Millis) {
        let known = self.connections.get_mut(&connection);
        if let Some(connection) = known.filter(|known| known.number == number) {
            connection.outbox = None;
            connection.left_at = now;
        }
    }

    /// Forgets the connections that nobody took up again.
    pub fn forget_lost(&mut self, now: Millis) {
        self.end_expired(now);
        let lost = |c: &Connection| c.outbox.is_none() && c.left_at + RESUMABLE < now;
        let lost: Vec<Id> =
            self.connections.iter().filter(|(_, c)| lost(c)).map(|(id, _)| *id).collect();
        for id in lost {
            self.remove(id);
        }
    }

    /// Ends all connections of a person.
    pub fn expel(&mut self, person: Id) {
        for id in self.by_person.get(&person).cloned().unwrap_or_default().iter() {
            self.remove(id);
        }
    }

    /// How many connections have a socket.
    pub fn attached(&self) -> usize {
        self.connections.values().filter(|c| c.outbox.is_some()).count()
    }

    /// Notes which channel a client looks at; [`Id::NONE`] means everything.
    pub fn looks_at(&mut self, connection: Id, channel: Id) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.looking_at = channel;
        }
    }

    /// Whether others are to be told now that somebody writes: clients say so at every letter.
    pub fn types(&mut self, connection: Id, now: Millis) -> bool {
        let Some(connection) = self.connections.get_mut(&connection) else { return false };
        let due = now.saturating_sub(connection.typed_at) >= TYPING_EVERY;
        if due {
            connection.typed_at = now;
        }
        due
    }

    /// Takes note of who came by the change at a position of the feed, before anybody is told of it.
    pub(crate) fn arrive(&mut self, position: Position, shown: &Shown) {
        let moves = |note: &Membership| !matches!(note, Membership::Stale(_));
        if shown.joined.iter().chain(&shown.left).any(moves) {
            self.moved = position;
        }
        shown.joined.iter().for_each(|joined| self.note(*joined));
    }

    /// Takes note of who left, once everybody was told.
    pub(crate) fn depart(&mut self, shown: &Shown) {
        shown.left.iter().for_each(|left| self.note(*left));
    }

    /// Tells everybody concerned of an event, at once.
    pub fn tell(&mut self, event: &Event) {
        let mut going = self.begin(event);
        self.go_on(&mut going, usize::MAX);
    }

    fn audience(&self, audience: &Audience) -> Vec<Id> {
        let of = |index: &HashMap<Id, HashSet<Id>>, key: Id| {
            index.get(&key).map(|found| found.iter().copied().collect()).unwrap_or_default()
        };
        if let Some(person) = audience.user.some() {
            self.by_person.get(&person).map(|own| own.iter().collect()).unwrap_or_default()
        } else if let Some(channel) = audience.channel.some() {
            of(&self.by_channel, channel)
        } else if let Some(team) = audience.team.some() {
            of(&self.by_team, team)
        } else {
            self.connections.keys().copied().collect()
        }
    }

    fn note(&mut self, membership: Membership) {
        let (person, place, joins, is_channel) = match membership {
            Membership::JoinedChannel(channel, person) => (person, channel, true, true),
            Membership::LeftChannel(channel, person) => (person, channel, false, true),
            Membership::JoinedTeam(team, person) => (person, team, true, false),
            Membership::LeftTeam(team, person) => (person, team, false, false),
            Membership::Stale(_) => return,
        };
        let index = if is_channel { &mut self.by_channel } else { &mut self.by_team };
        for id in self.by_person.get(&person).into_iter().flat_map(Places::iter) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            let belonging = &mut connection.belonging;
            let own = if is_channel { &mut belonging.channels } else { &mut belonging.teams };
            if joins {
                own.insert(place);
                index.entry(place).or_default().insert(id);
            } else {
                own.remove(place);
                take_out(index, place, id);
            }
        }
    }

    fn index(&mut self, id: Id, belonging: &Belonging) {
        self.by_person.entry(belonging.person).or_default().insert(id);
        for channel in belonging.channels.iter() {
            self.by_channel.entry(channel).or_default().insert(id);
        }
        for team in belonging.teams.iter() {
            self.by_team.entry(team).or_default().insert(id);
        }
    }

    fn remove(&mut self, id: Id) {
        let Some(connection) = self.connections.remove(&id) else { return };
        let belonging = connection.belonging;
        if let Some(own) = self.by_person.get_mut(&belonging.person) {
            own.remove(id);
            if own.iter().len() == 0 {
                self.by_person.remove(&belonging.person);
            }
        }
        belonging.channels.iter().for_each(|c| take_out(&mut self.by_channel, c, id));
        belonging.teams.iter().for_each(|t| take_out(&mut self.by_team, t, id));
    }
}

fn take_out(index: &mut HashMap<Id, HashSet<Id>>, key: Id, id: Id) {
    if let Some(found) = index.get_mut(&key) {
        found.remove(&id);
        if found.is_empty() {
            index.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::connection::KEPT;
    use super::*;
    use crate::mailbox::Nothing;
    use fieldpost_access::{Actor, Caller, builtin, permissions_of};
    use fieldpost_kernel::{Subject, events};
    use serde_json::json;

    fn id(n: u8) -> Id {
        Id::from_bytes([n; 16])
    }

    fn person(n: u8, channels: &[u8]) -> Belonging {
        let channels = channels.iter().map(|n| id(*n)).collect();
        Belonging { person: id(n), channels, ..Belonging::default() }
    }

    fn post(channel: u8) -> Shown {
        Event::new(events::POSTED, Audience::channel(id(channel)), json!({ "post": "x" })).into()
    }

    /// As the follower tells of a change of the feed.
    fn tell_of(hub: &mut Hub, number: i64, shown: &Shown) {
        hub.arrive(Position { transaction: 0, number }, shown);
        shown.events.iter().for_each(|event| hub.tell(event));
        hub.depart(shown);
    }

    fn numbers(connected: &mut Connected) -> Vec<u64> {
        let mut numbers = Vec::new();
        while let Ok(frame) = connected.frames.try_recv() {
            numbers.push(frame.sequence());
        }
        numbers
    }

    /// Somebody who may do what these roles say.
    fn with_roles(roles: &str, belonging: Belonging) -> Belonging {
        let caller = Caller {
            user: belonging.person,
            actor: Actor::Session,
            guest: false,
            roles: permissions_of(roles, builtin),
        };
        let admission = Admission { session: id(99), caller, expires_at: i64::MAX };
        Belonging { admission: Some(admission), ..belonging }
    }

    #[test]
    fn guests_are_told_of_the_people_of_their_own_channels() {
        let mut hub = Hub::default();
        let mut member = hub.connect(with_roles("system_user", person(1, &[])), None, id(101));
        let mut near = hub.connect(with_roles("system_guest", person(2, &[7])), None, id(102));
        let mut far = hub.connect(with_roles("system_guest", person(3, &[8])), None, id(103));
        let mut own = hub.connect(with_roles("system_guest", person(4, &[])), None, id(104));
        let about = Some(Subject { person: id(4), channels: vec![id(6), id(7)] });
        let audience = Audience { about, ..Audience::everybody() };
        hub.tell(&Event::new(events::USER_UPDATED, audience, json!({})));
        assert_eq!(numbers(&mut member), [0]);
        assert_eq!(numbers(&mut near), [0]);
        assert_eq!(numbers(&mut far), [0; 0]);
        assert_eq!(numbers(&mut own), [0]);
    }

    #[test]
    fn members_of_a_channel_are_told_and_nobody_else() {
        let mut hub = Hub::default();
        let mut member = hub.connect(person(1, &[7]), None, id(101));
        let mut stranger = hub.connect(person(2, &[8]), None, id(102));
        tell_of(&mut hub, 1, &post(7));
        assert_eq!(numbers(&mut member), [0]);
        assert_eq!(numbers(&mut stranger), [0; 0]);
    }

    #[test]
    fn whoever_comes_back_in_time_gets_what_they_missed() {
        let mut hub = Hub::default();
        let mut first = hub.connect(person(1, &[7]), None, id(101));
        tell_of(&mut hub, 1, &post(7));
        assert_eq!(numbers(&mut first), [0]);
        hub.detach(id(101), first.number, 1_000);
        tell_of(&mut hub, 1, &post(7));
        tell_of(&mut hub, 1, &post(7));
        let resume = Resume { connection: id(101), next: 1 };
        let mut again = hub.connect(person(1, &[7]), Some(resume), id(103));
        assert!(again.resumed);
        assert_eq!(again.id, id(101));
        assert_eq!(numbers(&mut again), [1, 2]);
    }

    #[test]
    fn the_end_of_an_old_socket_leaves_the_one_that_took_up_its_connection() {
        let mut hub = Hub::default();
        let mut first = hub.connect(person(1, &[7]), None, id(101));
        let resume = Resume { connection: id(101), next: 0 };
        let mut again = hub.connect(person(1, &[7]), Some(resume), id(103));
        assert_eq!(first.frames.try_recv(), Err(Nothing::More));
        hub.detach(id(101), first.number, 1_000);
        tell_of(&mut hub, 1, &post(7));
        assert_eq!(numbers(&mut again), [0]);
        assert_eq!(hub.attached(), 1);
    }

    #[test]
    fn whoever_lost_too_much_starts_again() {
        let mut hub = Hub::default();
        let lost = hub.connect(person(1, &[7]), None, id(101)).number;
        hub.detach(id(101), lost, 1_000);
        for _ in 0..=KEPT {
            tell_of(&mut hub, 1, &post(7));
        }
        let resume = Resume { connection: id(101), next: 0 };
        let again = hub.connect(person(1, &[7]), Some(resume), id(103));
        assert!(!again.resumed);
        assert_eq!(again.id, id(103));
    }

    #[test]
    fn others_are_told_of_writing_once_a_second() {
        let mut hub = Hub::default();
        let _writer = hub.connect(person(1, &[7]), None, id(101));
        assert!(hub.types(id(101), 5_000));
        assert!(!hub.types(id(101), 5_999));
        assert!(hub.types(id(101), 6_000));
        assert!(!hub.types(id(102), 9_000), "there is no such connection");
    }

    #[test]
    fn whoever_opens_ever_more_connections_loses_old_ones() {
        let mut hub = Hub::default();
        let number = |n: usize| Id::from_bytes((n as u128 + 1000).to_be_bytes());
        let mut first = hub.connect(person(1, &[7]), None, number(0));
        let mut second = hub.connect(person(1, &[7]), None, number(1));
        for n in 2..MOST_OF_ONE {
            let more = hub.connect(person(1, &[7]), None, number(n));
            if n == 9 {
                hub.detach(number(9), more.number, 1_000);
            }
        }
        let _others = hub.connect(person(2, &[7]), None, id(102));
        // The one without a socket goes first, then the oldest.
        let _last = hub.connect(person(1, &[7]), None, number(MOST_OF_ONE));
        assert!(!hub.connections.contains_key(&number(9)));
        assert_eq!(first.frames.try_recv(), Err(Nothing::Yet));
        let _last = hub.connect(person(1, &[7]), None, number(MOST_OF_ONE + 1));
        assert_eq!(first.frames.try_recv(), Err(Nothing::More));
        assert_eq!(second.frames.try_recv(), Err(Nothing::Yet));
        assert_eq!(hub.by_person[&id(1)].iter().len(), MOST_OF_ONE);
        assert_eq!(hub.by_person[&id(2)].iter().len(), 1);
    }

    #[test]
    fn nobody_takes_up_somebody_elses_connection() {
        let mut hub = Hub::default();
        drop(hub.connect(person(1, &[7]), None, id(101)));
        let resume = Resume { connection: id(101), next: 0 };
        assert!(!hub.connect(person(2, &[]), Some(resume), id(103)).resumed);
    }

    #[test]
    fn a_lost_connection_is_forgotten_after_five_minutes() {
        let mut hub = Hub::default();
        let lost = hub.connect(person(1, &[7]), None, id(101)).number;
        hub.detach(id(101), lost, 1_000);
        hub.forget_lost(1_000 + RESUMABLE);
        let resume = Resume { connection: id(101), next: 0 };
        let again = hub.connect(person(1, &[7]), Some(resume), id(103));
        assert!(again.resumed);
        hub.detach(id(101), again.number, 1_000);
        hub.forget_lost(1_001 + RESUMABLE);
        assert!(!hub.connect(person(1, &[7]), Some(resume), id(104)).resumed);
    }

    #[test]
    fn joining_and_leaving_changes_what_is_told() {
        let mut hub = Hub::default();
        let mut connected = hub.connect(person(1, &[]), None, id(101));
        let mut joins = post(7);
        joins.joined.push(Membership::JoinedChannel(id(7), id(1)));
        tell_of(&mut hub, 1, &joins);
        let mut leaves = post(7);
        leaves.left.push(Membership::LeftChannel(id(7), id(1)));
        tell_of(&mut hub, 2, &leaves);
        tell_of(&mut hub, 1, &post(7));
        assert_eq!(numbers(&mut connected), [0, 1]);
    }

    #[test]
    fn where_somebody_belongs_is_too_old_once_somebody_came_or_went() {
        let at = |number| Position { transaction: 0, number };
        let mut hub = Hub::default();
        tell_of(&mut hub, 4, &post(7));
        assert!(!hub.moved_after(at(3)));
        let mut leaves = post(7);
        leaves.left.push(Membership::LeftChannel(id(7), id(1)));
        tell_of(&mut hub, 5, &leaves);
        tell_of(&mut hub, 6, &post(7));
        assert!(hub.moved_after(at(4)));
        assert!(!hub.moved_after(at(5)));
    }

    #[test]
    fn a_connection_that_cannot_keep_up_is_closed_and_can_come_back() {
        let mut hub = Hub::default();
        let mut slow = hub.connect(person(1, &[7]), None, id(101));
        for _ in 0..=QUEUE {
            tell_of(&mut hub, 1, &post(7));
        }
        assert_eq!(hub.attached(), 0);
        assert_eq!(numbers(&mut slow).len(), QUEUE);
        let resume = Resume { connection: id(101), next: QUEUE as u64 };
        let mut again = hub.connect(person(1, &[7]), Some(resume), id(102));
        assert_eq!(numbers(&mut again), [QUEUE as u64]);
    }

    #[test]
    fn the_connection_from_which_something_came_is_not_told() {
        let mut hub = Hub::default();
        let mut one = hub.connect(person(1, &[7]), None, id(101));
        let mut other = hub.connect(person(1, &[7]), None, id(102));
        let audience = Audience { omit_connection: id(101), ..Audience::user(id(1)) };
        hub.tell(&Event::new(events::DRAFT_CREATED, audience, json!({})));
        assert_eq!(numbers(&mut one), [0; 0]);
        assert!(other.frames.try_recv().unwrap().text().contains(&id(101).to_string()));
    }

    #[test]
    fn what_one_person_is_told_besides_is_told_to_them_only() {
        let mut hub = Hub::default();
        let mut one = hub.connect(person(1, &[7]), None, id(101));
        let mut other = hub.connect(person(2, &[7]), None, id(102));
        let mut shown = post(7);
        let personal = [("mentions".to_owned(), json!("me"))].into_iter().collect();
        shown.events[0].personal.push((id(1), personal));
        tell_of(&mut hub, 1, &shown);
        assert!(one.frames.try_recv().unwrap().text().contains("mentions"));
        assert!(!other.frames.try_recv().unwrap().text().contains("mentions"));
    }
}
