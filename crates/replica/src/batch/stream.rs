//! Batches as streams: every number, id and letter predicted from those before it.
//!
//! One function codes each part in both directions. A writer hands it what is to be written; a reader
//! hands it nothing that counts, and is given what was read.

use std::sync::Arc;

use fieldpost_log::name::SEQUENCE_LIMIT;
use fieldpost_log::wire::put_varint;
use fieldpost_log::{
    Digest, Epoch, LogName, Malformed, Scope, ScopeKind, SiteId, Stamp, derive_id,
};
use fieldpost_model::Id;
use fieldpost_terse::{Bits, Column, END, raw};

use super::form::{Form, Hole, What, apart, unzigzag, zigzag};
use super::salts::Secret;
use super::state::State;
use super::{CLASS, Entry, Format, Hints, MOST_ENTRIES, MOST_STREAM, Run};

const fn column(number: u8, predicted: u8) -> Column {
    Column { number, predicted }
}

const RUNS: Column = column(0, 12);
const LOG: Column = column(1, 12);
const FIRST: Column = column(2, 4);
const ENTRIES: Column = column(3, 4);
const PROOF: Column = column(4, 12);
const SALTS: Column = column(5, 12);
const MILLIS: Column = column(6, 2);
const COUNTER: Column = column(7, 12);
const AUTHOR: Column = column(8, 12);
const FORM: Column = column(9, 12);
const SHAPE: Column = column(10, 12);
const REST: Column = column(11, 12);
const HOLE: Column = column(12, 12);
const ID: Column = column(13, 12);
const BACK: Column = column(14, 8);
const SEQUENCE: Column = column(15, 8);
const EARLIER: Column = column(16, 1);

/// Holes of one form, at most; what else is found in a content stays in the form's rest.
const MOST_HOLES: usize = 1 << 12;

/// One batch on its way into bits or out of them.
pub(super) struct Stream<'s, B> {
    pub(super) bits: B,
    pub(super) state: &'s mut State,
    /// Bytes of contents that may still come.
    left: usize,
    /// Changes that may still come.
    entries: usize,
}

/// What a run is before its changes.
struct Header {
    log: usize,
    first: u64,
    count: usize,
    proof: Vec<Digest>,
    salts: Vec<u8>,
}

impl<'s, B: Bits> Stream<'s, B> {
    pub(super) fn new(bits: B, state: &'s mut State) -> Self {
        Self::within(bits, state, MOST_STREAM, MOST_ENTRIES)
    }

    /// One that has at most so many bytes of contents, and so many changes.
    pub(super) fn within(bits: B, state: &'s mut State, left: usize, entries: usize) -> Self {
        Self { bits, state, left, entries }
    }

    /// Codes runs. Whoever reads hands in none.
    ///
    /// # Errors
    /// [`Malformed`] beyond the bounds of a stream, for a writer too.
    pub(super) fn runs(&mut self, runs: &[Run], hints: &[Hints]) -> Result<Vec<Run>, Malformed> {
        let count = self.number(RUNS, [0; 3], runs.len() as u64);
        if count > MOST_ENTRIES as u64 {
            return Err(Malformed::new("too many runs"));
        }
        let mut coded = Vec::new();
        let mut hints = hints.iter();
        for n in 0..count {
            let run = usize::try_from(n).ok().and_then(|n| runs.get(n));
            coded.push(self.run(run, &mut hints)?);
        }
        Ok(coded)
    }

    fn number(&mut self, column: Column, contexts: [u32; 3], number: u64) -> u64 {
        self.state.numbers.number(&mut self.bits, column, contexts, number)
    }

    /// Nothing is read beyond the end, however much is promised.
    fn check(&self) -> Result<(), Malformed> {
        if self.bits.is_spent() {
            Err(Malformed::new("a stream that ends too soon"))
        } else {
            Ok(())
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.left = self.left.checked_sub(bytes).ok_or(Malformed::new("a stream too large"))?;
        self.check()
    }

    fn raw(&mut self, mut bytes: Vec<u8>) -> Result<Vec<u8>, Malformed> {
        raw(&mut self.bits, &mut bytes);
        self.check().map(|()| bytes)
    }

    fn array<const N: usize>(&mut self, mut bytes: [u8; N]) -> Result<[u8; N], Malformed> {
        raw(&mut self.bits, &mut bytes);
        self.check().map(|()| bytes)
    }

    fn run(
        &mut self,
        run: Option<&Run>,
        hints: &mut std::slice::Iter<'_, Hints>,
    ) -> Result<Run, Malformed> {
        let Header { log: place, first, count, proof, salts } = self.header(run)?;
        let log = self.state.logs.get(place).ok_or(Malformed::new("no such log"))?;
        let mut entries = Vec::new();
        let nothing = Hints::default();
        for (n, sequence) in (0..count).zip(first..) {
            let entry = run.and_then(|run| run.entries.get(n));
            let hints = if entry.is_some() { hints.next().unwrap_or(&nothing) } else { &nothing };
            entries.push(self.entry(entry, hints, (place, sequence))?);
        }
        Ok(Run { log, first, entries, proof, salts })
    }

    fn header(&mut self, run: Option<&Run>) -> Result<Header, Malformed> {
        let log = self.log(run.map(|run| run.log))?;
        let expected = self.state.expected.get(log).copied().unwrap_or(0);
        let first = run.map_or(0, |run| run.first);
        let first =
            self.number(FIRST, [0; 3], zigzag((first as i64).wrapping_sub(expected as i64)));
        let first = (expected as i64).wrapping_add(unzigzag(first));
        let counts = run
            .map_or([0; 2], |run| [run.entries.len(), run.proof.len()].map(|count| count as u64));
        let count = self.number(ENTRIES, [0; 3], counts[0]);
        let proofs = self.number(PROOF, [0; 3], counts[1]);
        let format = self.state.format;
        let (secret, salts) = Secret::apart(format, run.map_or(&[], |run| &run.salts));
        let is_new = u32::from(expected == 0);
        let secret = Secret::of(format, self.number(SALTS, [is_new, 0, 0], secret.number(format)));
        self.check()?;
        let first = u64::try_from(first).map_err(|_| Malformed::new("a sequence"))?;
        let fits = count <= self.entries as u64
            && secret.bytes() <= MOST_STREAM as u64
            && first.checked_add(count).is_some_and(|end| end <= SEQUENCE_LIMIT);
        if !fits {
            return Err(Malformed::new("a run out of bounds"));
        }
        self.entries -= count as usize;
        self.state.expected.resize(self.state.logs.len(), 0);
        self.state.expected[log] = first + count;
        let mut proof = Vec::new();
        for n in 0..proofs {
            let hash = run.and_then(|run| run.proof.get(n as usize));
            let hash = hash.map_or([0; 32], |hash| *hash.as_bytes());
            proof.push(Digest::from_bytes(self.array(hash)?));
        }
        let mut read = Vec::new();
        for n in 0..secret.bytes() as usize {
            read.extend(self.raw(vec![salts.get(n).copied().unwrap_or(0)])?);
        }
        let salts = secret.whole(read);
        Ok(Header { log, first, count: count as usize, proof, salts })
    }

    /// The place of a log among those that were spoken of.
    fn log(&mut self, log: Option<LogName>) -> Result<usize, Malformed> {
        let known = log.and_then(|log| self.state.logs.place(&log)).map_or(0, |place| place + 1);
        let last = self.state.last_log;
        let number = self.number(LOG, [last, 0, 0], known as u64);
        let place = if let Some(place) = number.checked_sub(1) {
            usize::try_from(place).map_err(|_| Malformed::new("no such log"))?
        } else {
            let log = log.unwrap_or(NO_LOG);
            let kind: u8 = log.scope.kind.into();
            let kind = self.number(SHAPE, [1, 0, 0], kind.into());
            let kind = u8::try_from(kind).map_err(|_| Malformed::new("a kind of scope"))?;
            let scope = Scope::new(ScopeKind::try_from(kind)?, self.id(log.scope.id, 1, None)?);
            let site = SiteId(*self.id(Id::from_bytes(log.site.0), 2, None)?.as_bytes());
            let epoch = self.epoch(log.epoch)?;
            self.state.logs.add(LogName { site, epoch, scope }, 0)?
        };
        if place >= self.state.logs.len() {
            return Err(Malformed::new("no such log"));
        }
        self.state.last_log = place as u32 + 1;
        Ok(place)
    }

    /// An epoch. Many logs are of one.
    fn epoch(&mut self, epoch: Epoch) -> Result<Epoch, Malformed> {
        if self.state.format == Format::Three {
            return Ok(Epoch(u64::from_be_bytes(self.array(epoch.0.to_be_bytes())?)));
        }
        let known = self.state.epochs.place(&epoch).map_or(0, |place| place + 1);
        let last = self.state.last_epoch;
        let number = self.number(SHAPE, [7, last, 0], known as u64);
        let place = match number.checked_sub(1) {
            Some(place) => usize::try_from(place).map_err(|_| Malformed::new("no such epoch"))?,
            None => {
                let epoch = Epoch(u64::from_be_bytes(self.array(epoch.0.to_be_bytes())?));
                self.state.epochs.add(epoch, 0)?
            }
        };
        let epoch = self.state.epochs.get(place).ok_or(Malformed::new("no such epoch"))?;
        self.state.last_epoch = place as u32 + 1;
        Ok(epoch)
    }

    fn id(&mut self, id: Id, context: u32, expected: Option<usize>) -> Result<Id, Malformed> {
        let code = self.code_of(id, expected);
        let code = self.number(ID, [context, 0, 0], code);
        self.named(code, id, expected)
    }

    /// The code of an id: 0 for none, 1 for one that is new, and then one for each place. Since format 4,
    /// 2 is for the place that is expected, if one is.
    fn code_of(&self, id: Id, expected: Option<usize>) -> u64 {
        let expected = expected.filter(|_| self.state.format == Format::Four);
        let code = match self.state.ids.place(&id) {
            _ if id.is_none() => 0,
            None => 1,
            Some(place) if expected == Some(place) => 2,
            Some(place) => place + self.first_code(),
        };
        code as u64
    }

    /// The code of the first place.
    fn first_code(&self) -> usize {
        match self.state.format {
            Format::Three => 2,
            Format::Four => 3,
        }
    }

    /// The id of a code.
    fn named(&mut self, code: u64, id: Id, expected: Option<usize>) -> Result<Id, Malformed> {
        let code = usize::try_from(code).map_err(|_| Malformed::new("no such id"))?;
        let place = match code {
            0 => return Ok(Id::NONE),
            1 => {
                let id = Id::from_bytes(self.array(*id.as_bytes())?);
                self.state.ids.add(id, 0)?;
                return Ok(id);
            }
            code => code.checked_sub(self.first_code()).or(expected),
        };
        place.and_then(|place| self.state.ids.get(place)).ok_or(Malformed::new("no such id"))
    }

    fn entry(
        &mut self,
        entry: Option<&Entry>,
        hints: &Hints,
        at: (usize, u64),
    ) -> Result<Entry, Malformed> {
        self.check()?;
        let (form, found) =
            entry.map_or_else(Default::default, |entry| apart(entry, hints, MOST_HOLES));
        let author = self.author(entry.map_or(Id::NONE, |entry| entry.author))?;
        let stamp = self.stamp(entry.map_or(Stamp(0), |entry| entry.stamp))?;
        let place = self.form(&form)?;
        let form = self.state.forms.get(place).ok_or(Malformed::new("no such form"))?;
        let mut payload = Vec::new();
        let mut from = 0;
        self.spend(form.rest.len())?;
        for (n, hole) in form.holes.iter().enumerate() {
            payload.extend_from_slice(&form.rest[from..hole.at]);
            from = hole.at;
            if hole.id {
                let (id, post) = match found.get(n) {
                    Some(What::Id(id, post)) => (*id, *post),
                    _ => (Id::NONE, None),
                };
                self.spend(16)?;
                let id =
                    self.hole(id, post.map(|post| (post.log, post.sequence)), at, (place, n))?;
                payload.extend_from_slice(id.as_bytes());
            } else {
                let text = if let Some(What::Text(text)) = found.get(n) { *text } else { "" };
                let text = self.text(text.as_bytes())?;
                put_varint(&mut payload, text.len() as u64);
                payload.extend_from_slice(&text);
            }
        }
        payload.extend_from_slice(&form.rest[from..]);
        Ok(Entry { stamp, author, kind: form.kind, payload })
    }

    fn author(&mut self, author: Id) -> Result<Id, Malformed> {
        let [last, second] = self.state.authors;
        let log = self.state.last_log;
        let whose = (log as usize).checked_sub(1).and_then(|place| self.state.logs.get(place));
        let whose = whose.and_then(|log| self.state.ids.place(&log.scope.id));
        let code = self.code_of(author, whose);
        let code = self.number(AUTHOR, [last, last << 16 ^ second, log], code);
        let author = self.named(code, author, whose)?;
        let place = self.state.ids.place(&author).map_or(0, |place| place as u32 + 1);
        self.state.authors = [place, last];
        Ok(author)
    }

    fn stamp(&mut self, stamp: Stamp) -> Result<Stamp, Malformed> {
        let last = self.state.last_millis;
        let moved = stamp.ms() as i64 - last;
        // Apart from the rest, which is as good as chance: times hardly ever go back.
        let is_earlier = self.number(EARLIER, [0; 3], u64::from(moved < 0)) != 0;
        let moved = self.number(MILLIS, [0; 3], (if moved < 0 { !moved } else { moved }) as u64);
        let by = i64::try_from(moved).map_err(|_| Malformed::new("a time"))?;
        let ms = last.checked_add(if is_earlier { !by } else { by });
        let ms = ms.filter(|ms| (0..1 << 48).contains(ms));
        let ms = ms.ok_or(Malformed::new("a time"))?;
        self.state.last_millis = ms;
        let same = u32::from(moved == 0 && !is_earlier);
        let counter = self.number(COUNTER, [same, 0, 0], stamp.counter().into());
        let counter = u16::try_from(counter).map_err(|_| Malformed::new("a counter"))?;
        Ok(Stamp::new(ms.unsigned_abs(), counter))
    }

    /// The place of a form among those that were spoken of.
    fn form(&mut self, form: &Form) -> Result<usize, Malformed> {
        let known = self.state.forms.place(form).map_or(0, |place| place + 1);
        let [last, second] = self.state.last_forms;
        let author = self.state.authors[0];
        let number = self.number(FORM, [last, last << 16 ^ second, author], known as u64);
        let place = match number.checked_sub(1) {
            Some(place) => usize::try_from(place).map_err(|_| Malformed::new("no such form"))?,
            None => {
                let form = self.new_form(form)?;
                let bytes = form.rest.len() + 32 * form.holes.len();
                self.state.forms.add(Arc::new(form), bytes)?
            }
        };
        if place >= self.state.forms.len() {
            return Err(Malformed::new("no such form"));
        }
        self.state.last_forms = [place as u32 + 1, last];
        Ok(place)
    }

    fn new_form(&mut self, form: &Form) -> Result<Form, Malformed> {
        let shape = |n: u32| [n, 0, 0];
        let kind = self.number(SHAPE, shape(2), form.kind.into());
        let kind = u16::try_from(kind).map_err(|_| Malformed::new("a kind"))?;
        let count = self.number(SHAPE, shape(3), form.holes.len() as u64);
        if count > MOST_HOLES as u64 {
            return Err(Malformed::new("too many holes"));
        }
        let (mut holes, mut at) = (Vec::new(), 0usize);
        for n in 0..count as usize {
            let hole = form.holes.get(n).copied().unwrap_or(Hole { at, id: false });
            let on = self.number(SHAPE, shape(4), hole.at.wrapping_sub(at) as u64);
            let id = self.number(SHAPE, shape(5), hole.id.into()) == 1;
            at = usize::try_from(on).ok().and_then(|on| at.checked_add(on)).unwrap_or(usize::MAX);
            holes.push(Hole { at, id });
            self.check()?;
        }
        let length = self.number(SHAPE, shape(6), form.rest.len() as u64);
        if length > MOST_STREAM as u64 || at as u64 > length {
            return Err(Malformed::new("a form out of bounds"));
        }
        let (mut rest, mut last) = (Vec::new(), 0);
        for n in 0..length as usize {
            let byte = form.rest.get(n).copied().unwrap_or(0);
            let near_end = (length as u32 - n as u32).min(8);
            let byte = self.number(REST, [last, n as u32, near_end], byte.into());
            rest.push(u8::try_from(byte).map_err(|_| Malformed::new("a byte"))?);
            last = byte as u32 + 1;
            self.check()?;
        }
        Ok(Form { kind, holes, rest })
    }

    /// The id in a hole of a change: none, one that was spoken of, or that of a post.
    fn hole(
        &mut self,
        id: Id,
        post: Option<(LogName, u64)>,
        (own, sequence): (usize, u64),
        (form, hole): (usize, usize),
    ) -> Result<Id, Malformed> {
        let near = post.is_some_and(|(log, _)| self.state.logs.get(own) == Some(log));
        let code = match post {
            _ if id.is_none() => 0,
            None => 1,
            Some(_) if near => 2,
            Some(_) => 3,
        };
        let context = (form as u32) << 8 ^ hole as u32;
        let [last, second] = self.state.last_holes;
        let code = self.number(HOLE, [context, context ^ last << 20, second << 20 ^ last], code);
        if code > 3 {
            return Err(Malformed::new("a hole of no kind"));
        }
        self.state.last_holes = [code as u32 + 1, last];
        let named = post.map_or(0, |(_, sequence)| sequence);
        let (log, made) = match code {
            0 => return Ok(Id::NONE),
            1 => return self.id_in_hole(id, context + 3),
            2 => {
                let back = zigzag((sequence as i64).wrapping_sub(named as i64));
                let back = self.number(BACK, [self.state.last_back, 0, 0], back);
                let made = (sequence as i64).checked_sub(unzigzag(back));
                (own, made.and_then(|made| u64::try_from(made).ok()))
            }
            _ => {
                let last = self.state.last_log;
                let log = self.log(post.map(|(log, _)| log))?;
                self.state.last_log = last;
                (log, Some(self.number(SEQUENCE, [log as u32, 0, 0], named)))
            }
        };
        let made = made.filter(|&n| n < SEQUENCE_LIMIT).ok_or(Malformed::new("a sequence"))?;
        if log == own {
            // The next change that speaks of the same post is one further from it.
            self.state.last_back = (sequence.wrapping_sub(made) as u32).wrapping_add(1);
        }
        let log = self.state.logs.get(log).ok_or(Malformed::new("no such log"))?;
        Ok(derive_id(CLASS, &log.change(made), 0))
    }

    /// An id in a hole. Often they are those of people who were introduced one after the other.
    fn id_in_hole(&mut self, id: Id, context: u32) -> Result<Id, Malformed> {
        let expected = self.state.last_named as usize;
        let id = self.id(id, context, Some(expected))?;
        self.state.last_named = self.state.ids.place(&id).map_or(0, |place| place as u32 + 1);
        Ok(id)
    }

    fn text(&mut self, text: &[u8]) -> Result<Vec<u8>, Malformed> {
        let mut coded = Vec::with_capacity(text.len());
        loop {
            let byte = text.get(coded.len()).copied().unwrap_or(END);
            let byte = self.state.text().byte(&mut self.bits, byte);
            self.spend(1)?;
            if byte == END {
                return Ok(coded);
            }
            coded.push(byte);
        }
    }
}

/// What a reader hands in for the log that it is about to be told.
const NO_LOG: LogName = LogName {
    site: SiteId([0; 16]),
    epoch: Epoch(0),
    scope: Scope { kind: ScopeKind::Channel, id: Id::NONE },
};

#[cfg(test)]
mod tests {
    use fieldpost_terse::{Decoder, Encoder};

    use super::*;

    #[test]
    fn a_hole_of_no_kind_is_refused() {
        for kind in [4, u64::from(u32::MAX), u64::MAX] {
            let mut bits = Encoder::new(Vec::new());
            Stream::new(&mut bits, &mut State::new(Format::Three)).number(HOLE, [0; 3], kind);
            let bytes = bits.finish();
            let mut state = State::new(Format::Three);
            let mut stream = Stream::new(Decoder::new(&bytes), &mut state);
            assert!(stream.hole(Id::NONE, None, (0, 0), (0, 0)).is_err(), "{kind}");
            assert_eq!(stream.state.last_holes, State::new(Format::Three).last_holes);
        }
    }
}
