//! An event on its way out: written once, numbered for each connection.

use std::sync::Arc;

use fieldpost_kernel::{Audience, Event};
use fieldpost_model::Id;
use serde_json::{Map, Value, json};

/// An event for one connection.
///
/// Everything before the number is shared between all who get the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    head: Arc<str>,
    sequence: u64,
}

impl Frame {
    pub(crate) fn new(head: Arc<str>, sequence: u64) -> Self {
        Self { head, sequence }
    }

    /// The number of the event on its connection.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The text of the frame.
    pub fn text(&self) -> String {
        format!("{},\"seq\":{}}}", self.head, self.sequence)
    }
}

/// The text of an event up to its number. `personal` is said besides to one person.
pub(crate) fn head(event: &Event, personal: Option<&Map<String, Value>>) -> Arc<str> {
    let mut data = event.data.clone();
    data.extend(personal.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    let name = Value::from(event.name.as_str());
    let data = Value::Object(data);
    let broadcast = broadcast(&event.audience);
    format!("{{\"event\":{name},\"data\":{data},\"broadcast\":{broadcast}").into()
}

/// Clients read who was told from here, so every field is there.
fn broadcast(audience: &Audience) -> Value {
    let omit: Option<Map<String, Value>> = (!audience.omit.is_empty()).then(|| {
        audience.omit.iter().map(|person: &Id| (person.to_string(), Value::Bool(true))).collect()
    });
    json!({
        "omit_users": omit,
        "user_id": audience.user,
        "channel_id": audience.channel,
        "team_id": audience.team,
        "connection_id": "",
        "omit_connection_id": audience.omit_connection,
    })
}
