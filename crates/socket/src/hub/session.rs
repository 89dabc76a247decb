//! Connections whose session ends while they are open, or whose person may do other things now.

use std::collections::HashMap;

use fieldpost_access::{Caller, Permission};
use fieldpost_identity::session::SignedIn;
use fieldpost_model::{Id, Millis};

use super::{Connection, Hub, Places};

/// The session by which a connection was opened.
#[derive(Debug, Clone, Copy)]
pub struct Admission {
    /// The session.
    pub session: Id,
    /// What its person may do.
    pub caller: Caller,
    /// When it ends by itself.
    pub expires_at: Millis,
}

impl From<&SignedIn> for Admission {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            session: signed_in.session.id,
            caller: signed_in.caller,
            expires_at: signed_in.session.expires_at,
        }
    }
}

impl Hub {
    /// Whether a person has any connection.
    pub fn knows(&self, person: Id) -> bool {
        self.by_person.contains_key(&person)
    }

    /// Takes note of the sessions a person has now. A connection whose session is not among them
    /// is told nothing any more, and may ask nothing.
    pub fn admit(&mut self, person: Id, live: &[Admission]) {
        let live: HashMap<Id, Admission> = live.iter().map(|a| (a.session, *a)).collect();
        for id in self.by_person.get(&person).into_iter().flat_map(Places::iter) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            let Some(admission) = &mut connection.belonging.admission else { continue };
            match live.get(&admission.session) {
                Some(now) => {
                    *admission = *now;
                    connection.belonging.administrator =
                        now.caller.roles.contains(Permission::ManageSystem);
                }
                None => connection.ended = true,
            }
        }
    }

    /// Ends the connections whose session ended by itself.
    pub(super) fn end_expired(&mut self, now: Millis) {
        for connection in self.connections.values_mut() {
            connection.ended |= connection.is_expired(now);
        }
    }

    /// What a connection's person may do; nothing, if its session is over.
    pub fn caller(&self, connection: Id, now: Millis) -> Option<Caller> {
        let connection = self.connections.get(&connection)?;
        let over = connection.ended || connection.is_expired(now);
        connection.belonging.admission.filter(|_| !over).map(|admission| admission.caller)
    }
}

impl Connection {
    fn is_expired(&self, now: Millis) -> bool {
        self.belonging.admission.is_some_and(|admission| admission.expires_at <= now)
    }
}
