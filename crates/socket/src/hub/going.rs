//! An event on its way to those whom it concerns, who may be many.

use std::collections::HashMap;
use std::sync::Arc;

use fieldpost_kernel::Event;
use fieldpost_model::Id;

use super::Hub;
use crate::frame::head;

/// An event that some have not been told of yet.
pub(crate) struct Going<'a> {
    event: &'a Event,
    common: Arc<str>,
    personal: HashMap<Id, Arc<str>>,
    left: Vec<Id>,
}

impl Hub {
    /// Finds whom an event concerns; nobody is told yet.
    pub(crate) fn begin<'a>(&self, event: &'a Event) -> Going<'a> {
        Going {
            event,
            common: head(event, None),
            personal: event
                .personal
                .iter()
                .map(|(who, say)| (*who, head(event, Some(say))))
                .collect(),
            left: self.audience(&event.audience),
        }
    }

    /// Tells the next few of an event, and says whether there are more.
    pub(crate) fn go_on(&mut self, going: &mut Going<'_>, most: usize) -> bool {
        let rest = going.left.len().saturating_sub(most);
        for id in going.left.drain(rest..) {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            if id == going.event.audience.omit_connection || !connection.is_told(going.event) {
                continue;
            }
            let person = connection.belonging.person;
            let head = going.personal.get(&person).unwrap_or(&going.common);
            connection.tell(head, going.event.name);
        }
        rest > 0
    }
}

#[cfg(test)]
mod tests {
    use fieldpost_kernel::{Audience, events};
    use serde_json::json;

    use super::super::{Belonging, Connected};
    use super::*;

    fn id(n: u8) -> Id {
        Id::from_bytes([n; 16])
    }

    fn told(connected: &mut [Connected]) -> usize {
        connected.iter_mut().map(|c| usize::from(c.frames.try_recv().is_ok())).sum()
    }

    #[test]
    fn many_are_told_a_few_at_a_time_and_each_once() {
        let mut hub = Hub::default();
        let mut connected: Vec<Connected> = (1..=5)
            .map(|n| {
                let channels = std::iter::once(id(9)).collect();
                let person = Belonging { person: id(n), channels, ..Belonging::default() };
                hub.connect(person, None, id(100 + n))
            })
            .collect();
        let event = Event::new(events::POSTED, Audience::channel(id(9)), json!({}));
        let mut going = hub.begin(&event);
        assert_eq!(told(&mut connected), 0);
        for (more, count) in [(true, 2), (true, 2), (false, 1), (false, 0)] {
            assert_eq!(hub.go_on(&mut going, 2), more);
            assert_eq!(told(&mut connected), count);
        }
    }
}
