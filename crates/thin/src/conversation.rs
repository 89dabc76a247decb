//! What goes on between two sites that know each other's epoch.

use std::ops::Add;
use std::time::Duration;

use fieldpost_log::Malformed;
use fieldpost_log::suite::{DATAGRAM_TAG, DatagramKey, Start};

use crate::datagram::{CLASSES, CLEAR, Class, Data, Segment};
use crate::inflow::{Broken, Inflow, Taken};
use crate::outflow::{Outflow, Tally};
use crate::replay::Replay;
use crate::settings::Settings;

/// Datagrams sent later that arrive before one is taken for lost.
const REORDERED: u64 = 3;

/// Segments that are answered together, at most, where both sides may speak at any time.
const TOGETHER: u32 = 8;

/// A conversation: both sides drew the epochs that its keys are made from.
pub(crate) struct Conversation {
    pub(crate) peer: Start,
    seal: DatagramKey,
    open: DatagramKey,
    /// The number of the next datagram.
    number: u64,
    replay: Replay,
    out: [Outflow; CLASSES],
    inn: [Inflow; CLASSES],
    /// Of which classes the other side should hear what has arrived.
    owes: [bool; CLASSES],
    /// What was answered in this turn, and is said again at its end.
    answered: [bool; CLASSES],
    unanswered: u32,
    /// When an answer is due, though nothing else is said.
    pub(crate) answer_at: Option<Duration>,
    /// The round trip and how much it varies, once measured.
    measured: Option<(Duration, Duration)>,
}

impl Conversation {
    pub(crate) fn new(peer: Start, seal: DatagramKey, open: DatagramKey) -> Self {
        Self {
            peer,
            seal,
            open,
            number: 0,
            replay: Replay::default(),
            out: Default::default(),
            inn: Class::ALL.map(Inflow::new),
            owes: [false; CLASSES],
            answered: [false; CLASSES],
            unanswered: 0,
            answer_at: None,
            measured: None,
        }
    }

    pub(crate) fn say(&mut self, class: Class, message: &[u8]) {
        self.out[class.number()].say(message);
    }

    pub(crate) fn waiting(&self, class: Class) -> usize {
        self.out[class.number()].waiting()
    }

    pub(crate) fn take(&mut self, class: Class) -> Result<Option<Vec<u8>>, Broken> {
        self.inn[class.number()].take()
    }

    /// Whether there is a segment to send.
    pub(crate) fn is_ready(&self) -> bool {
        self.out.iter().any(Outflow::is_ready)
    }

    /// Whether it is not known of something that was sent whether it arrived.
    pub(crate) fn is_under_way(&self) -> bool {
        self.out.iter().any(Outflow::is_under_way)
    }

    /// Takes everything for lost of which nothing was heard; says whether anything was.
    pub(crate) fn lose_all(&mut self) -> bool {
        self.lose_before(self.number)
    }

    fn lose_before(&mut self, transmission: u64) -> bool {
        self.out.iter_mut().fold(false, |any, out| out.lose_before(transmission) | any)
    }

    /// How many segments were sent so far.
    pub(crate) fn tally(&self) -> Tally {
        self.out.iter().map(Outflow::tally).fold(Tally::default(), Tally::add)
    }

    /// The round trip, if one was measured.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.measured.map(|(mean, _)| mean)
    }

    /// For how long nothing may be heard before something is sent again.
    pub(crate) fn patience(&self, settings: &Settings) -> Duration {
        let measured = self.measured.map(|(mean, varies)| mean + 4 * varies);
        let longest = 2 * settings.air(settings.largest());
        measured.unwrap_or(settings.answer()) + delay(settings) + longest
    }

    fn measure(&mut self, sample: Duration) {
        self.measured = Some(match self.measured {
            None => (sample, sample / 2),
            Some((mean, varies)) => {
                ((mean * 7 + sample) / 8, (varies * 3 + mean.abs_diff(sample)) / 4)
            }
        });
    }

    /// The next datagram: what has arrived, and a segment if there is one and it may go. `is_last`
    /// says, of whether more could follow, whether it should be the last for now.
    pub(crate) fn next(
        &mut self,
        settings: &Settings,
        now: Duration,
        may_say: bool,
        is_last: impl FnOnce(bool) -> bool,
    ) -> Result<(Vec<u8>, bool), Malformed> {
        let mut data = Data::default();
        for class in 0..CLASSES {
            if self.owes[class] {
                data.arrived[class] = Some(self.inn[class].arrived());
            }
        }
        let around = settings.overhead + CLEAR + DATAGRAM_TAG;
        // Whatever was said in this turn may be said once more; room for it is left.
        let said = data.content().len() + CLASSES * 3 + 2;
        let most = settings.largest().saturating_sub(around + said).max(16);
        for class in Class::ALL.into_iter().filter(|_| may_say) {
            let next = self.out[class.number()].next(most, self.number, now);
            if let Some((number, bytes)) = next {
                data.segment = Some(Segment { class, number, bytes });
                break;
            }
        }
        data.is_over = is_last(may_say && self.is_ready());
        if data.is_over {
            self.say_again(&mut data);
        }
        for class in 0..CLASSES {
            self.answered[class] =
                !data.is_over && (self.answered[class] || data.arrived[class].is_some());
        }
        (self.owes, self.unanswered, self.answer_at) = ([false; CLASSES], 0, None);
        let is_over = data.is_over;
        self.seal(&data).map(|sealed| (sealed, is_over))
    }

    /// An answer that is lost costs a whole turn, and saying it twice some bytes.
    fn say_again(&self, data: &mut Data) {
        for class in 0..CLASSES {
            if self.answered[class] && data.arrived[class].is_none() {
                let arrived = self.inn[class].arrived();
                if arrived.beyond.is_empty() {
                    data.arrived[class] = Some(arrived);
                }
            }
        }
    }

    fn seal(&mut self, data: &Data) -> Result<Vec<u8>, Malformed> {
        let flags = data.flags();
        let [.., high, low] = self.number.to_be_bytes();
        let mut sealed = data.content();
        self.seal.seal(self.number, &[flags], &mut sealed)?;
        self.number += 1;
        let mut out = vec![flags, high, low];
        out.append(&mut sealed);
        Ok(out)
    }

    /// Hears a datagram of the conversation, and says whether the other side falls silent; an error is one that is none, or was heard before.
    pub(crate) fn hear(
        &mut self,
        datagram: &[u8],
        settings: &Settings,
        now: Duration,
    ) -> Result<bool, Malformed> {
        let Some((&[flags, high, low], sealed)) = datagram.split_first_chunk() else {
            return Err(Malformed::new("a datagram that breaks off"));
        };
        let number = self.replay.number(u16::from_be_bytes([high, low]));
        if self.replay.is_known(number) {
            return Err(Malformed::new("a datagram that was heard before"));
        }
        let mut content = sealed.to_vec();
        self.open.open(number, &[flags], &mut content)?;
        self.replay.hear(number);
        let data = Data::read(flags, &content)?;
        self.hear_arrived(&data, settings, now);
        if let Some(segment) = data.segment {
            self.hear_segment(segment, settings, now);
        }
        Ok(data.is_over)
    }

    fn hear_arrived(&mut self, data: &Data, settings: &Settings, now: Duration) {
        let (mut newest, mut sent_at) = (None, None);
        for (out, arrived) in self.out.iter_mut().zip(&data.arrived) {
            let Some(arrived) = arrived else { continue };
            let heard = out.hear(arrived);
            newest = newest.max(heard.newest);
            sent_at = sent_at.max(heard.sent_at);
        }
        if let Some(sent_at) = sent_at {
            self.measure(now.saturating_sub(sent_at));
        }
        let Some(newest) = newest else { return };
        // Where one side speaks at a time, it answers all that it heard in the other's turn.
        let reordered = if settings.turnaround.is_some() { 0 } else { REORDERED - 1 };
        self.lose_before(newest.saturating_sub(reordered));
    }

    fn hear_segment(&mut self, segment: Segment, settings: &Settings, now: Duration) {
        let class = segment.class.number();
        let taken = self.inn[class].hear(segment.number, segment.bytes);
        self.owes[class] = true;
        self.unanswered += 1;
        let waits = taken == Taken::InOrder && self.unanswered < TOGETHER;
        let due = now + if waits { delay(settings) } else { Duration::ZERO };
        self.answer_at = Some(self.answer_at.map_or(due, |at| at.min(due)));
    }
}

/// How long an answer waits for something else that is said.
fn delay(settings: &Settings) -> Duration {
    match settings.turnaround {
        Some(_) => Duration::ZERO,
        None => settings.air(settings.largest()).max(Duration::from_millis(200)),
    }
}
