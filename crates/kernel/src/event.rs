//! What clients are told, live, of a change.

use fieldpost_model::Id;
use serde_json::{Map, Value};

use crate::events::EventName;

/// Who is told. The narrowest that is set decides: user, then channel, then team, then everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audience {
    /// This person's connections only.
    pub user: Id,
    /// The members of this channel.
    pub channel: Id,
    /// The members of this team.
    pub team: Id,
    /// People who are not told although they belong.
    pub omit: Vec<Id>,
    /// The connection that is not told, because what there is to tell came from it.
    pub omit_connection: Id,
    /// Whether only administrators are told, or everybody but them.
    pub administrators: Option<bool>,
    /// Whom it speaks of: those who do not see everybody are told only if they see that person.
    pub about: Option<Subject>,
}

/// A person, and where others see them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// Who.
    pub person: Id,
    /// Their channels and conversations.
    pub channels: Vec<Id>,
}

impl Audience {
    /// Everybody who is signed in.
    pub fn everybody() -> Self {
        Self::default()
    }

    /// One person.
    pub fn user(user: Id) -> Self {
        Self { user, ..Self::default() }
    }

    /// The members of a channel.
    pub fn channel(channel: Id) -> Self {
        Self { channel, ..Self::default() }
    }

    /// The members of a team.
    pub fn team(team: Id) -> Self {
        Self { team, ..Self::default() }
    }

    /// The same people without some.
    #[must_use]
    pub fn except(mut self, omit: &[Id]) -> Self {
        self.omit.extend_from_slice(omit);
        self
    }
}

/// A live event of the API, before it is numbered for a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The API's name of it.
    pub name: EventName,
    /// What it says to everybody.
    pub data: Map<String, Value>,
    /// What it says besides to single people.
    pub personal: Vec<(Id, Map<String, Value>)>,
    /// Who is told.
    pub audience: Audience,
}

impl Event {
    /// An event that says the same to everybody.
    pub fn new(name: EventName, audience: Audience, data: Value) -> Self {
        let data = if let Value::Object(data) = data { data } else { Map::new() };
        Self { name, data, personal: Vec::new(), audience }
    }
}

/// A change of who belongs where, for whoever keeps an index of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// A person now belongs to a channel.
    JoinedChannel(Id, Id),
    /// A person no longer belongs to a channel.
    LeftChannel(Id, Id),
    /// A person now belongs to a team.
    JoinedTeam(Id, Id),
    /// A person no longer belongs to a team.
    LeftTeam(Id, Id),
    /// What a person may do changed, or their sessions ended: what is known of them is stale.
    Stale(Id),
}

/// What a change means to those who watch.
#[derive(Debug, Default)]
pub struct Shown {
    /// Who now belongs where, before the events.
    pub joined: Vec<Membership>,
    /// What clients are told.
    pub events: Vec<Event>,
    /// Who no longer belongs where, after the events.
    pub left: Vec<Membership>,
}

impl From<Event> for Shown {
    fn from(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }
}
