//! Triggers: that somebody did something just now, so that an integration may open a dialog for
//! them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fieldpost_kernel::{Entropy, Failure, Outcome};
use fieldpost_model::{Id, Millis};

/// How long a trigger is good. An integration that is asked over a slow link needs some of that to
/// answer.
const LIFETIME: Millis = 30_000;

/// Gives out triggers and knows them again. The key lives as long as the process: a trigger outlives
/// no restart.
pub(crate) struct Triggers {
    key: [u8; 32],
}

impl fmt::Debug for Triggers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Triggers").finish_non_exhaustive()
    }
}

impl Triggers {
    /// With a key of chance.
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Self { key }
    }

    /// A trigger for a person, of this id and time, in the form that the API has.
    pub(crate) fn give(&self, id: Id, person: Id, now: Millis) -> String {
        let says = format!("{id}:{person}:{now}");
        let signature = STANDARD.encode(self.sign(&says).as_bytes());
        STANDARD.encode(format!("{says}:{signature}"))
    }

    /// The person for whom a trigger was given, if it is ours and still good.
    pub(crate) fn person(&self, trigger: &str, now: Millis) -> Outcome<Id> {
        let decoded = STANDARD.decode(trigger).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(decoded) = decoded else {
            return refuse(
                "interactive_message.decode_trigger_id.base64_decode_failed",
                "That is no trigger.",
            );
        };
        let Some((says, signature)) = decoded.rsplit_once(':') else { return no_trigger() };
        let parts: Vec<&str> = says.split(':').collect();
        let [_, person, given] = parts.as_slice() else { return no_trigger() };
        let signed = STANDARD.decode(signature).ok().and_then(|bytes| bytes.try_into().ok());
        // Hashes compare in constant time.
        if signed.map(blake3::Hash::from_bytes) != Some(self.sign(says)) {
            return refuse(
                "interactive_message.decode_trigger_id.verify_signature_failed",
                "That trigger was not given out here.",
            );
        }
        let (Ok(person), Ok(given)) = (person.parse(), given.parse::<Millis>()) else {
            return no_trigger();
        };
        if now.abs_diff(given) > LIFETIME.unsigned_abs() {
            return refuse(
                "interactive_message.decode_trigger_id.expired",
                "That trigger is too old: it is good for 30 seconds.",
            );
        }
        Ok(person)
    }

    fn sign(&self, says: &str) -> blake3::Hash {
        blake3::keyed_hash(&self.key, says.as_bytes())
    }
}

fn no_trigger<T>() -> Outcome<T> {
    refuse("interactive_message.decode_trigger_id.missing_data", "That is no trigger.")
}

fn refuse<T>(id: &'static str, says: &'static str) -> Outcome<T> {
    Err(Failure::invalid(id, says))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: Id = Id::from_bytes([7; 16]);

    fn id_of(outcome: Outcome<Id>) -> String {
        outcome.unwrap_err().id.into_owned()
    }

    #[test]
    fn a_trigger_is_good_for_a_while() {
        let triggers = Triggers { key: [1; 32] };
        let given = triggers.give(Id::from_bytes([9; 16]), PERSON, 1_000_000);
        assert_eq!(triggers.person(&given, 1_000_000), Ok(PERSON));
        assert_eq!(triggers.person(&given, 1_030_000), Ok(PERSON));
        let late = id_of(triggers.person(&given, 1_030_001));
        assert_eq!(late, "interactive_message.decode_trigger_id.expired");
    }

    #[test]
    fn nobody_else_makes_one() {
        let triggers = Triggers { key: [1; 32] };
        let other = Triggers { key: [2; 32] };
        let given = other.give(Id::from_bytes([9; 16]), PERSON, 5);
        let failed = "interactive_message.decode_trigger_id.verify_signature_failed";
        assert_eq!(id_of(triggers.person(&given, 5)), failed);
        let own = triggers.give(Id::from_bytes([9; 16]), PERSON, 5);
        let spoilt =
            String::from_utf8(STANDARD.decode(own).unwrap()).unwrap().replace(":5:", ":6:");
        assert_eq!(id_of(triggers.person(&STANDARD.encode(spoilt), 6)), failed);
        let missing = "interactive_message.decode_trigger_id.missing_data";
        for text in ["", "a", "a:b", "a:b:c:d:e"] {
            assert_eq!(id_of(triggers.person(&STANDARD.encode(text), 5)), missing, "{text}");
        }
        let no_base64 = "interactive_message.decode_trigger_id.base64_decode_failed";
        assert_eq!(id_of(triggers.person("%%%", 5)), no_base64);
        assert_eq!(id_of(triggers.person(&STANDARD.encode([0xff, 0xfe]), 5)), no_base64);
    }
}
