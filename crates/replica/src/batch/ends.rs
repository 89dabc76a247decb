//! The two ends of a conversation: who writes batches, and who reads them in the same order.

use std::fmt;
use std::io;

use fieldpost_log::Malformed;
use fieldpost_log::wire::Reader;
use fieldpost_terse::{Decoder, Encoder};

use super::state::{Primed, State};
use super::stream::Stream;
use super::{BLOCK, FRESH, Format, Hints, MOST_STREAM, Run, block};

/// How a batch is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// In as few bytes as can be: for links that are slower than this machine.
    Terse,
    /// Quickly.
    Quick,
}

/// A batch was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is not a batch.
    Malformed(Malformed),
    /// It goes on from another than the last that was read here. The writer has to begin anew.
    OutOfStep,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => write!(f, "{malformed}"),
            Self::OutOfStep => f.write_str("a batch that goes on from another"),
        }
    }
}

impl std::error::Error for Unread {}

impl From<Malformed> for Unread {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// The place of a stream that begins anew.
const ANEW: u8 = 1;

/// The place of the stream after one.
const fn after(place: u8) -> u8 {
    if place == 127 { 2 } else { place + 1 }
}

/// Writes batches, each from what passed before it.
#[derive(Default)]
pub struct BatchWriter {
    /// None before the first stream: the next begins anew.
    state: Option<Box<State>>,
    place: u8,
    /// The format of streams.
    format: Format,
}

impl fmt::Debug for BatchWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchWriter").field("place", &self.place).finish_non_exhaustive()
    }
}

impl BatchWriter {
    /// Begins anew with the next batch, for the reader has lost the thread.
    pub fn begin_anew(&mut self) {
        self.state = None;
    }

    /// Writes streams in another format, and begins anew with the next, if it is another.
    pub fn speak(&mut self, format: Format) {
        if format != self.format {
            self.format = format;
            self.begin_anew();
        }
    }

    /// Gives back most of the memory, because nothing is to be written for a while.
    pub fn rest(&mut self) {
        if let Some(state) = &mut self.state {
            state.rest();
        }
    }

    /// Writes runs of changes. `hints` speaks of each change of each run, in their order; a change
    /// beyond its end has none. What is too large for a stream becomes a block; what a format is good
    /// for becomes a stream, however quickly it should go.
    ///
    /// # Errors
    /// When the compressor refuses, which it does for want of memory only.
    pub fn write(&mut self, runs: &[Run], hints: &[Hints], coding: Coding) -> io::Result<Vec<u8>> {
        let contents = runs.iter().flat_map(|run| &run.entries).map(|entry| entry.payload.len());
        let is_stream = coding == Coding::Terse || self.format.is_good_for(runs);
        if is_stream && contents.sum::<usize>() <= MOST_STREAM {
            if let Some(bytes) = self.stream(runs, hints) {
                return Ok(bytes);
            }
            // Beyond the bounds of a stream: what it has made of the models is of no use.
            self.begin_anew();
        }
        block::encode(runs, hints, coding)
    }

    fn stream(&mut self, runs: &[Run], hints: &[Hints]) -> Option<Vec<u8>> {
        let state = self.state.take().filter(|state| !state.is_large());
        let is_fresh = state.as_ref().is_some_and(|state| !state.is_awake());
        self.place = if state.is_some() { after(self.place) } else { ANEW };
        let mut state = state.unwrap_or_else(|| Box::new(State::new(self.format)));
        let coding = self.place | if is_fresh { FRESH } else { 0 };
        let mut bits = Encoder::new(vec![self.format.number(), coding]);
        Stream::new(&mut bits, &mut state).runs(runs, hints).ok()?;
        self.state = Some(state);
        Some(bits.finish())
    }
}

/// Reads batches in the order in which they were written.
#[derive(Default)]
pub struct BatchReader {
    state: Option<Box<State>>,
    place: u8,
}

impl fmt::Debug for BatchReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReader").field("place", &self.place).finish_non_exhaustive()
    }
}

impl BatchReader {
    /// Gives back most of the memory, because nothing came for long. A writer that has not rested
    /// as long is out of step from then on.
    pub fn rest(&mut self) {
        if let Some(state) = &mut self.state {
            state.rest();
        }
    }

    /// Reads a batch. Whether what it says may be said, and is proved, is for others to judge.
    ///
    /// # Errors
    /// [`Unread::OutOfStep`] for one that goes on from another than the last; what was read so far
    /// still counts. [`Unread::Malformed`] for anything that [`BatchWriter::write`] does not give,
    /// and for more than [`MOST_ENTRIES`](super::MOST_ENTRIES) changes or
    /// [`MOST_BYTES`](super::MOST_BYTES) of contents; only a batch that begins anew is read after
    /// that.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Run>, Unread> {
        let mut outer = Reader::new(bytes);
        let format = Format::of(outer.byte()?)?;
        let coding = outer.byte()?;
        match (coding, format) {
            (BLOCK, Format::Three) => return Ok(block::decode(outer)?),
            (BLOCK, Format::Four) => return Err(Malformed::new("a block of no format").into()),
            _ => {}
        }
        let (place, is_fresh) = (coding & !FRESH, coding & FRESH != 0);
        let state = if place == ANEW {
            Some(Box::new(State::new(format)))
        } else if place == after(self.place) && self.goes_on(format, is_fresh) {
            self.state.take()
        } else {
            None
        };
        let mut state = state.ok_or(Unread::OutOfStep)?;
        if is_fresh {
            state.rest();
        }
        self.state = None;
        let mut bits = Decoder::new(&bytes[2..]);
        let runs = Stream::new(&mut bits, &mut state).runs(&[], &[])?;
        if !bits.is_whole() {
            return Err(Malformed::new("bytes after a stream").into());
        }
        self.state = Some(state);
        self.place = place;
        Ok(runs)
    }

    /// Whether there is what a batch goes on from.
    fn goes_on(&self, format: Format, is_fresh: bool) -> bool {
        let state = self.state.as_ref().filter(|state| state.format == format);
        state.is_some_and(|state| is_fresh || state.is_awake())
    }
}

/// Encodes one batch by itself, in as few bytes as can be, for whoever reads it one day.
///
/// # Errors
/// As for [`BatchWriter::write`].
pub fn encode(runs: &[Run], hints: &[Hints]) -> io::Result<Vec<u8>> {
    BatchWriter::default().write(runs, hints, Coding::Terse)
}

/// Decodes one batch by itself.
///
/// # Errors
/// As for [`BatchReader::read`], also if it goes on from another.
pub fn decode(bytes: &[u8]) -> Result<Vec<Run>, Unread> {
    BatchReader::default().read(bytes)
}

/// Keeps what a model of text has learnt before the first batch, for as long as it is held: whoever
/// makes many writers and readers one after the other holds it.
#[derive(Clone)]
pub struct Readiness(#[expect(dead_code, reason = "it is held, not read")] Primed);

/// Makes it ready, unless somebody holds it.
pub fn readiness() -> Readiness {
    Readiness(Primed::get())
}
