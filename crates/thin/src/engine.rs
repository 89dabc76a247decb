//! One end of a thin link: when to send which datagram, and what one that arrives says.
//!
//! There is no clock, no randomness and no wire here. The time is handed in with every call, as a
//! duration since any moment that never runs backwards; so is the epoch, which must be random.

use std::collections::BTreeSet;
use std::time::Duration;

use fieldpost_log::suite::{CallKey, DatagramKey, Start};
use fieldpost_log::{Malformed, SigningKey, VerifyingKey};

use crate::conversation::Conversation;
use crate::datagram::{CALL_LENGTH, Call, Class};
use crate::inflow::Broken;
use crate::outflow::Tally;
use crate::ration::Ration;
use crate::settings::Settings;
use crate::turn::Turn;

/// While the other side is not heard, it is tried after pauses that grow to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// After so many tries in vain a call is sent, which is shorter than a segment and also tells a side
/// that has begun anew.
const TRIES: u32 = 3;

/// Calls are answered no more often than this many times the air that an answer takes, so that who
/// repeats what was overheard keeps no transmitter busy.
const ANSWERS: u32 = 10;

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Hand this datagram to the link, and ask again.
    Send(Vec<u8>),
    /// Ask again at this time, or when something has happened.
    At(Duration),
    /// Ask again when something has happened.
    Idle,
}

/// The keys of a link.
struct Keys {
    own: SigningKey,
    peer: VerifyingKey,
    calls: CallKey,
    called: CallKey,
}

impl Keys {
    fn conversation(&self, own: Start, peer: Start) -> Result<Conversation, Malformed> {
        let epochs = [own, peer];
        Ok(Conversation::new(
            peer,
            DatagramKey::sending(&self.own, &self.peer, epochs)?,
            DatagramKey::hearing(&self.own, &self.peer, epochs)?,
        ))
    }
}

/// One end of a thin link.
pub struct Engine {
    settings: Settings,
    keys: Keys,
    epoch: Start,
    /// Whether there is anybody to talk. Otherwise nothing is sent, whatever is heard.
    is_wanted: bool,
    /// Whether the other side is called, while there is no conversation.
    may_call: bool,
    conversation: Option<Conversation>,
    /// What begins if the other side shows that it knows our epoch.
    candidate: Option<Conversation>,
    /// The epochs of the other side with which a conversation has ended under our epoch. Its numbers
    /// are used up, so that another under the same keys must not begin: whoever recorded what was said
    /// in it could make it.
    ended: BTreeSet<Start>,
    /// How many conversations have begun.
    begun: u64,
    /// When to call, while there is no conversation.
    call_at: Duration,
    owes_answer: Option<Start>,
    answers_from: Duration,
    /// How often what was sent was answered by nothing, in a row.
    in_vain: u32,
    /// When what was sent is taken for lost.
    due: Option<Duration>,
    turn: Turn,
    /// When the last datagram will have left.
    busy_until: Duration,
    ration: Ration,
    dice: u64,
}

impl Engine {
    /// An end of a link between two sites, which is silent.
    ///
    /// # Errors
    /// [`Malformed`] for a key with which nothing secret can be agreed.
    pub fn new(settings: Settings, own: SigningKey, peer: VerifyingKey) -> Result<Self, Malformed> {
        let calls = CallKey::sending(&own, &peer)?;
        let called = CallKey::hearing(&own, &peer)?;
        Ok(Self {
            settings,
            keys: Keys { own, peer, calls, called },
            epoch: Start::default(),
            is_wanted: false,
            may_call: false,
            conversation: None,
            candidate: None,
            ended: BTreeSet::new(),
            begun: 0,
            call_at: Duration::ZERO,
            owes_answer: None,
            answers_from: Duration::ZERO,
            in_vain: 0,
            due: None,
            turn: Turn::default(),
            busy_until: Duration::ZERO,
            ration: Ration::default(),
            dice: 0,
        })
    }

    /// Begins to talk, if this side is silent: calls the other side, unless that one is heard first.
    /// The epoch is 8 random bytes that were never used before.
    pub fn begin(&mut self, now: Duration, epoch: Start) {
        let called = self.may_call;
        self.listen(epoch);
        self.may_call = true;
        if !called {
            // Two that begin together should not call at once.
            let is_second = self.keys.own.verifying_key().encode() > self.keys.peer.encode();
            let stagger = if is_second { self.settings.answer() } else { Duration::ZERO };
            self.call_at = self.call_at.max(now + stagger);
        }
    }

    /// Talks with the other side if that one calls, and does not call it: there is a better way.
    pub fn listen(&mut self, epoch: Start) {
        self.may_call = false;
        if !std::mem::replace(&mut self.is_wanted, true) {
            if self.epoch != epoch {
                self.ended.clear();
            }
            (self.epoch, self.dice) = (epoch, u64::from_le_bytes(epoch));
        }
    }

    /// Falls silent: nothing is sent any more, and what comes is not heard. What begins after it is
    /// another conversation.
    pub fn end(&mut self) {
        (self.is_wanted, self.may_call) = (false, false);
        self.ended.extend(self.conversation.take().map(|talk| talk.peer));
        (self.candidate, self.owes_answer) = (None, None);
        (self.due, self.in_vain, self.call_at) = (None, 0, Duration::ZERO);
    }

    /// How many conversations have begun, and whether one goes on. A new one takes nothing over from
    /// the last: what was said and not heard is lost.
    pub fn begun(&self) -> (u64, bool) {
        (self.begun, self.conversation.is_some())
    }

    /// Whether the other side was heard when it should have been.
    pub fn is_heard(&self) -> bool {
        self.conversation.is_some() && self.in_vain < TRIES
    }

    /// The round trip, with all waiting for turns; a guess until it was measured.
    pub fn round_trip(&self) -> Duration {
        let measured = self.conversation.as_ref().and_then(Conversation::round_trip);
        measured.unwrap_or(self.settings.answer() + self.settings.turnaround.unwrap_or_default())
    }

    /// How many segments were sent in the conversation that goes on.
    pub(crate) fn tally(&self) -> Tally {
        self.conversation.as_ref().map(Conversation::tally).unwrap_or_default()
    }

    /// What the link is like.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Says no more than so many bits a second from now on, or as much as the link carries. Answers to
    /// what is heard do not wait for it.
    pub fn limit(&mut self, rate: Option<u32>) {
        self.ration.set(rate);
    }

    /// Bits a second that this side says at most.
    pub fn rate(&self) -> u32 {
        self.ration.rate().unwrap_or(u32::MAX).min(self.settings.rate)
    }

    /// How much may be said beyond the limit, to be made up for afterwards: a turn that has begun is
    /// used, where each costs its turnaround.
    fn owed(&self) -> Duration {
        let turn = self.settings.turnaround.map(|_| self.settings.longest_turn);
        turn.filter(|_| self.turn.is_speaking()).unwrap_or_default()
    }

    /// Whether another message of a class should be said, or what waits should leave first.
    pub fn has_room(&self, class: Class) -> bool {
        let conversation = self.conversation.as_ref();
        conversation.is_some_and(|talk| talk.waiting(class) < self.settings.ahead())
    }

    /// Says a message. It arrives once and in its order among those of its class, unless the
    /// conversation ends before; without one it is lost.
    pub fn say(&mut self, class: Class, message: &[u8]) {
        if let Some(conversation) = &mut self.conversation {
            conversation.say(class, message);
        }
    }

    /// The next message of a class that was heard.
    ///
    /// # Errors
    /// [`Broken`] if the other side says a message of a length that cannot be.
    pub fn take(&mut self, class: Class) -> Result<Option<Vec<u8>>, Broken> {
        self.conversation.as_mut().map_or(Ok(None), |talk| talk.take(class))
    }

    /// Hears a datagram; says whether it was one of the other side's.
    pub fn hear(&mut self, now: Duration, datagram: &[u8]) -> bool {
        if !self.is_wanted {
            return false;
        }
        if Call::is(datagram) {
            return match Call::read(datagram, &self.keys.called) {
                Ok(call) => self.hear_call(now, call),
                Err(_) => false,
            };
        }
        self.hear_data(now, datagram)
    }

    fn hear_call(&mut self, now: Duration, call: Call) -> bool {
        if self.ended.contains(&call.own) {
            return false;
        }
        let is_known = self.conversation.as_ref().is_some_and(|talk| talk.peer == call.own);
        if call.is_answer {
            if call.peer != self.epoch {
                return false;
            }
            if is_known {
                self.heard(now, true);
            } else if self.conversation.is_none() || self.in_vain >= TRIES {
                match self.keys.conversation(self.epoch, call.own) {
                    Ok(conversation) => self.start(conversation, now),
                    Err(_) => return false,
                }
            }
        } else {
            if now >= self.answers_from {
                self.owes_answer = Some(call.own);
            }
            let expected = self.candidate.as_ref().is_some_and(|talk| talk.peer == call.own);
            if !is_known && !expected {
                self.candidate = self.keys.conversation(self.epoch, call.own).ok();
            }
        }
        self.turn.heard(now, true, &self.settings);
        true
    }

    fn hear_data(&mut self, now: Duration, datagram: &[u8]) -> bool {
        let settings = self.settings;
        let current = self.conversation.as_mut();
        if let Some(is_over) = current.and_then(|talk| talk.hear(datagram, &settings, now).ok()) {
            self.turn.heard(now, is_over, &settings);
            self.heard(now, is_over);
            return true;
        }
        // Whoever seals for our epoch has heard it: it is no repetition of what was said before.
        let Some(mut talk) = self.candidate.take() else { return false };
        match talk.hear(datagram, &settings, now) {
            Ok(is_over) => {
                self.turn.heard(now, is_over, &settings);
                self.start(talk, now);
                true
            }
            Err(_) => {
                self.candidate = Some(talk);
                false
            }
        }
    }

    fn start(&mut self, conversation: Conversation, now: Duration) {
        let before = self.conversation.replace(conversation);
        self.ended.extend(before.map(|talk| talk.peer));
        (self.candidate, self.owes_answer) = (None, None);
        self.begun += 1;
        self.heard(now, true);
    }

    /// The other side is there.
    fn heard(&mut self, now: Duration, is_over: bool) {
        let was_lost = self.in_vain > 0;
        self.in_vain = 0;
        let Some(talk) = &mut self.conversation else { return };
        let is_half = self.settings.turnaround.is_some();
        // Where one side speaks at a time, it answers before it falls silent.
        if was_lost || (is_half && is_over) {
            talk.lose_all();
        }
        let waits =
            if is_half { self.turn.quiet_until() } else { now + talk.patience(&self.settings) };
        self.due = talk.is_under_way().then_some(waits);
    }

    /// What to do at this time.
    pub fn next(&mut self, now: Duration) -> Next {
        if !self.is_wanted {
            return Next::Idle;
        }
        if self.due.is_some_and(|due| now >= due) {
            self.give_up_waiting();
        }
        let Some(wish) = self.wish(now) else { return self.later(now) };
        let wait = if self.settings.turnaround.is_some() { self.turn.wait(now) } else { None };
        let ready = self.busy_until.max(wait.unwrap_or_default());
        if now < ready {
            return Next::At(ready);
        }
        let sent = match wish {
            Wish::Answer(peer) => Some(self.call(now, peer, true)),
            Wish::Call => Some(self.call(now, self.known_peer(), false)),
            Wish::Data => self.data(now),
        };
        sent.map_or(Next::Idle, Next::Send)
    }

    /// What there is to send.
    fn wish(&self, now: Duration) -> Option<Wish> {
        if let Some(peer) = self.owes_answer {
            return Some(Wish::Answer(peer));
        }
        let Some(talk) = &self.conversation else {
            return (self.may_call && now >= self.call_at).then_some(Wish::Call);
        };
        let answers = talk.answer_at.is_some_and(|at| now >= at);
        // What was sent in vain is tried one at a time.
        let speaks = talk.is_ready() && (self.in_vain == 0 || self.due.is_none());
        let speaks = speaks && self.ration.opens(self.owed()) <= now;
        match (speaks, answers) {
            (true, false) if self.in_vain >= TRIES => Some(Wish::Call),
            (false, false) => None,
            _ => Some(Wish::Data),
        }
    }

    /// When there may be something to send, though nothing happens.
    fn later(&self, now: Duration) -> Next {
        let times = match &self.conversation {
            Some(talk) => {
                let opens = self.ration.opens(self.owed());
                [talk.answer_at, self.due, (talk.is_ready() && opens > now).then_some(opens)]
            }
            None => [self.may_call.then_some(self.call_at), None, None],
        };
        let next = times.into_iter().flatten().min();
        next.map_or(Next::Idle, |at| Next::At(at.max(now)))
    }

    fn known_peer(&self) -> Start {
        self.conversation.as_ref().map(|talk| talk.peer).unwrap_or_default()
    }

    fn call(&mut self, now: Duration, peer: Start, is_answer: bool) -> Vec<u8> {
        let call = Call { is_answer, own: self.epoch, peer }.write(&self.keys.calls);
        self.aired(now, call.len());
        let air = self.settings.air(CALL_LENGTH + self.settings.overhead);
        if is_answer {
            self.owes_answer = None;
            self.answers_from = now + air * ANSWERS;
        } else {
            self.in_vain += 1;
        }
        let wait = self.pause();
        // Whoever was answered may begin, and need not be called.
        self.call_at = self.busy_until + wait + if is_answer { wait } else { Duration::ZERO };
        if self.conversation.is_some() && !is_answer {
            self.due = Some(self.busy_until + wait);
        }
        self.turn.yields(self.busy_until, self.turn.patience(&self.settings), !is_answer);
        call
    }

    fn data(&mut self, now: Duration) -> Option<Vec<u8>> {
        let settings = self.settings;
        let tries = self.in_vain > 0;
        let may_say = self.ration.opens(self.owed()) <= now;
        let is_late = self.turn.speak(now, &settings);
        let goes_on = self.ration.goes_on(now, settings.largest(), self.owed());
        let talk = self.conversation.as_mut()?;
        let is_half = settings.turnaround.is_some();
        let is_last = |more: bool| is_half && (!more || !goes_on || is_late || tries);
        let (datagram, is_over) = talk.next(&settings, now, may_say, is_last).ok()?;
        let asks = talk.is_under_way();
        self.aired(now, datagram.len());
        if is_over {
            self.fall_silent(asks);
        } else if !is_half && asks && (self.due.is_none() || tries) {
            self.due = Some(self.busy_until + self.pause());
        }
        Some(datagram)
    }

    /// Yields the turn; what asks for an answer is said again if none comes.
    fn fall_silent(&mut self, asks: bool) {
        let settings = &self.settings;
        if asks {
            let wait = self.pause();
            self.due = Some(self.busy_until + wait);
            self.turn.yields(self.busy_until, wait, true);
        } else {
            let begins = settings.turnaround.unwrap_or_default()
                + settings.round_trip / 2
                + settings.air(settings.overhead + CALL_LENGTH);
            self.turn.yields(self.busy_until, begins, false);
        }
    }

    /// How long to wait for the other side, which is longer the more often it was in vain.
    fn pause(&mut self) -> Duration {
        let settings = &self.settings;
        let patience = match &self.conversation {
            _ if settings.turnaround.is_some() => self.turn.patience(settings),
            Some(talk) => talk.patience(settings),
            None => settings.answer(),
        };
        let longest = LONGEST_PAUSE.max(patience);
        let pause = patience.saturating_mul(1 << self.in_vain.min(16)).min(longest);
        match self.in_vain {
            0 => pause,
            // Two that were not heard because both spoke should not try again together.
            _ => pause.mul_f64(1.0 + self.share()),
        }
    }

    /// Nothing was heard of what was sent.
    fn give_up_waiting(&mut self) {
        self.due = None;
        if let Some(talk) = &mut self.conversation {
            let was_under_way = talk.lose_all();
            if was_under_way {
                self.in_vain = self.in_vain.saturating_add(1);
            }
        }
    }

    fn aired(&mut self, now: Duration, bytes: usize) {
        self.busy_until = now + self.settings.air(bytes + self.settings.overhead);
        self.ration.spend(now, bytes + self.settings.overhead);
    }

    /// A number from 0 to 1, the next of a row that the epoch begins (Steele et al., *SplitMix*).
    fn share(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.dice;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What there is to send.
#[derive(Debug, Clone, Copy)]
enum Wish {
    /// The answer to a call from this epoch.
    Answer(Start),
    Call,
    Data,
}
