//! What a peer may say, and how often: whoever says too much is hung up on.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use fieldpost_model::{Id, Millis};
use fieldpost_replica::{HeldLog, Offer};

use crate::session::Ended;

/// The most channels that two sites share.
pub(crate) const MOST_CHANNELS: usize = 20_000;

/// For how long what was said counts.
const HOUR: Millis = 60 * 60 * 1000;

/// What one frame costs that makes this site look something up.
pub(crate) const FRAME: usize = 10;

/// What one frame of states costs: there is one each five seconds, at most.
pub(crate) const STATES: usize = 40;

/// What a peer may say in an hour: every channel opened, ended, opened and ended again, and then
/// nothing; or more than two frames each second.
const ALLOWANCE: usize = 4 * MOST_CHANNELS;

/// Times that a peer may ask in one session for all that is held of it. It has reason to once.
const MOST_RECOUNTS: u32 = 3;

/// Logs and ranges of them that a peer may tell of: they are kept until all are told.
pub(crate) const MOST_HELD: usize = 2_000_000;

/// Answers to batches that a peer may owe.
const MOST_OWED: u32 = 8;

/// What a peer may still say in this hour. It outlives sessions: to call again costs nothing.
#[derive(Debug, Default)]
pub struct Allowance(Mutex<Hour>);

#[derive(Debug, Default)]
struct Hour {
    began: Millis,
    spent: usize,
}

impl Allowance {
    /// Takes what something costs out of the allowance.
    pub(crate) fn spend(&self, now: Millis, cost: usize) -> Result<(), Ended> {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now < hour.began || now - hour.began >= HOUR {
            *hour = Hour { began: now, spent: 0 };
        }
        hour.spent = hour.spent.saturating_add(cost);
        if hour.spent > ALLOWANCE {
            return Err(Ended::Offence("more than a site has to say in an hour".to_owned()));
        }
        Ok(())
    }
}

/// What was heard of a peer in one session.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    greeted: bool,
    recounts: u32,
    /// How often the peer may tell what it holds: it was asked, or has batches to answer.
    owed: u32,
    telling: Option<Telling>,
    /// What it said last.
    offers: Option<Offers>,
    states: BTreeSet<State>,
}

/// The state of a channel.
pub(crate) type State = (Id, [u8; 32]);

/// All that a peer holds, as far as it has told it.
#[derive(Debug)]
struct Telling {
    received: u64,
    logs: Vec<HeldLog>,
    parts: usize,
}

/// What a peer says of its shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offers {
    pub(crate) open: Vec<Offer>,
    pub(crate) closed: Vec<Id>,
    pub(crate) all: bool,
}

impl Heard {
    /// A greeting, which there is one of.
    pub(crate) fn hello(&mut self) -> Result<(), Ended> {
        if std::mem::replace(&mut self.greeted, true) {
            return Err(Ended::Offence("a second greeting".to_owned()));
        }
        Ok(())
    }

    /// A wish to be told all that is held.
    pub(crate) fn recount(&mut self) -> Result<(), Ended> {
        self.recounts += 1;
        if self.recounts > MOST_RECOUNTS {
            return Err(Ended::Offence("the same question again and again".to_owned()));
        }
        Ok(())
    }

    /// Something was said that the peer may answer with all that it holds.
    pub(crate) fn is_owed(&mut self) {
        self.owed = (self.owed + 1).min(MOST_OWED);
    }

    /// Such an answer, or a part of it. Gives the whole once it is there.
    pub(crate) fn told(
        &mut self,
        received: u64,
        logs: Vec<HeldLog>,
        more: bool,
    ) -> Result<Option<(u64, Vec<HeldLog>)>, Ended> {
        let offence = |why: &str| Err(Ended::Offence(why.to_owned()));
        let mut telling = match self.telling.take() {
            Some(telling) if telling.received == received => telling,
            Some(_) => return offence("two answers at once"),
            None if self.owed == 0 => return offence("an answer that nobody asked for"),
            None => {
                self.owed -= 1;
                Telling { received, logs: Vec::new(), parts: 0 }
            }
        };
        telling.parts += 1 + logs.iter().map(|log| 1 + log.ranges.len()).sum::<usize>();
        if telling.parts > MOST_HELD {
            return offence("more than there can be to hold");
        }
        telling.logs.extend(logs);
        if more {
            self.telling = Some(telling);
            return Ok(None);
        }
        Ok(Some((telling.received, telling.logs)))
    }

    /// Whether the peer said just this of its shares before.
    pub(crate) fn knows_offers(&self, offers: &Offers) -> bool {
        self.offers.as_ref() == Some(offers)
    }

    /// What the peer says of its shares was noted.
    pub(crate) fn noted_offers(&mut self, offers: Offers) {
        self.offers = Some(offers);
    }

    /// Those states of channels that the peer did not say before.
    pub(crate) fn new_states(&self, states: &BTreeSet<State>) -> Vec<State> {
        states.difference(&self.states).copied().collect()
    }

    /// What the peer says of the states of channels was noted.
    pub(crate) fn noted_states(&mut self, states: BTreeSet<State>) {
        self.states = states;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_forgotten_after_an_hour() {
        let allowance = Allowance::default();
        let begin = 1_767_225_600_000;
        assert_eq!(allowance.spend(begin, ALLOWANCE), Ok(()));
        assert!(allowance.spend(begin + HOUR - 1, 1).is_err());
        assert_eq!(allowance.spend(begin + HOUR, ALLOWANCE), Ok(()));
        assert!(allowance.spend(begin + HOUR + 1, 1).is_err());
        // Whose clock was put back need not wait until it is as late again.
        assert_eq!(allowance.spend(begin - HOUR, 1), Ok(()));
    }

    #[test]
    fn who_is_told_much_may_answer_and_no_more_than_that() {
        let mut heard = Heard::default();
        assert!(heard.told(1, Vec::new(), false).is_err());
        for _ in 0..100 {
            heard.is_owed();
        }
        let answers = (0..100).take_while(|_| heard.told(1, Vec::new(), false).is_ok()).count();
        assert_eq!(answers, MOST_OWED as usize);
    }
}
