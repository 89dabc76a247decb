//! What a message is on the air, in thin datagrams.

use std::time::Duration;

use fieldpost_log::{SigningKey, Suite};
use fieldpost_thin::{Class, Engine, Next, Settings};

use crate::Outcome;

/// The headers of UDP and IPv4.
const HEADERS: usize = 28;

/// How long two ends have been silent before something is said.
const SILENCE: Duration = Duration::from_secs(3600);

/// Two ends that have a conversation, over a line on which nothing is lost.
pub(crate) struct Air {
    ends: [Engine; 2],
    now: Duration,
}

impl Air {
    /// Both ends have called and been answered.
    pub(crate) fn new() -> Outcome<Self> {
        let key = |side| SigningKey::from_seed(Suite::One, &[side; 32]);
        let settings = Settings { overhead: HEADERS, ..Settings::of_rate(2_400) };
        let mut ends = [
            Engine::new(settings, key(1), key(2).verifying_key())?,
            Engine::new(settings, key(2), key(1).verifying_key())?,
        ];
        for (draw, end) in (1..).zip(&mut ends) {
            end.begin(Duration::ZERO, [draw; 8]);
        }
        ends[0].say(Class::Frame, b"hello");
        let mut air = Self { ends, now: Duration::ZERO };
        air.settle();
        Ok(air)
    }

    /// Bytes of the datagrams in which something urgent goes, with the headers of IP, and of all that
    /// is sent in both directions until it is known to have arrived.
    pub(crate) fn urgent(&mut self, message: &[u8]) -> (usize, usize) {
        self.now += SILENCE;
        self.ends[0].say(Class::Urgent, message);
        let [there, back] = self.settle();
        (there, there + back)
    }

    /// Lets both say what they have to say; gives how many bytes each sent.
    fn settle(&mut self) -> [usize; 2] {
        let mut sent = [0; 2];
        loop {
            let mut next: Option<Duration> = None;
            for side in [0, 1] {
                match self.ends[side].next(self.now) {
                    Next::Send(datagram) => {
                        sent[side] += datagram.len() + HEADERS;
                        self.ends[1 - side].hear(self.now, &datagram);
                        next = Some(self.now);
                    }
                    Next::At(at) => next = Some(next.map_or(at, |next| next.min(at))),
                    Next::Idle => {}
                }
            }
            match next {
                Some(at) => self.now = self.now.max(at),
                None => return sent,
            }
        }
    }
}
