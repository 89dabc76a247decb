//! Previews: a few short changes without a proof, in as few bytes as can be.
//!
//! A preview is one fraction. It begins with what it rests on ([`Head`]), which the reader looks up,
//! and goes on as a [stream](super) does, in a state that is made from what was found ([`Known`]) and
//! forgotten afterwards. So previews may be lost, and come in any order.

use std::sync::{Arc, LazyLock};

use fieldpost_log::{Epoch, LogName, Malformed, Scope, ScopeKind, SiteId, Stamp};
use fieldpost_model::Id;
use fieldpost_terse::{Bits, Decoder, Encoder, Nowhere, Numbers, raw};

use super::form::{Form, Hole};
use super::state::State;
use super::stream::Stream;
use super::{Entry, Format, Hints, Run};

/// The most changes of a preview.
pub const MOST_PREVIEWED: usize = 16;

/// The most bytes that their contents may have.
const MOST_CONTENTS: usize = 4 << 10;

/// The longest preview, in bytes.
pub const LONGEST_PREVIEW: usize = 256;

/// The most logs that it may speak of beside its own, and the most people.
const MOST_NAMED: usize = 8;

/// The longest short name, in bytes.
pub const LONGEST_MARK: usize = 8;

/// How probable it is, in units of 1/65536, that a preview is of a conversation, that a short name has
/// another byte, and that another log follows, another person after the first of the sender's, or one
/// of the receiver's.
const SELDOM: u16 = 1 << 13;

/// How probable it is that somebody is named at all.
const MOSTLY: u16 = 61_440;

/// The first bytes of what names something: as many as single it out, 1 to 8.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mark(Vec<u8>);

impl Mark {
    /// The shortest that names something among others, or one that is `longer` by some bytes.
    pub fn among<'a>(
        own: &'a [u8; LONGEST_MARK],
        others: impl Iterator<Item = &'a [u8; LONGEST_MARK]>,
        longer: usize,
    ) -> Self {
        let shared = |other: &[u8; LONGEST_MARK]| {
            own.iter().zip(other).take_while(|(own, other)| own == other).count()
        };
        let shared = others.map(shared).max().unwrap_or(0);
        Self(own[..(shared + 1 + longer).min(LONGEST_MARK)].to_vec())
    }

    /// Whether it names this.
    pub fn names(&self, thing: &[u8; LONGEST_MARK]) -> bool {
        thing.starts_with(&self.0)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What names an epoch: its bytes, the lowest first.
pub const fn mark_of_epoch(epoch: Epoch) -> [u8; LONGEST_MARK] {
    epoch.0.to_le_bytes()
}

/// What names a person, or a scope: the first bytes of the id.
pub fn mark_of_id(id: Id) -> [u8; LONGEST_MARK] {
    let mut mark = [0; LONGEST_MARK];
    mark.copy_from_slice(&id.as_bytes()[..LONGEST_MARK]);
    mark
}

/// What a preview rests on, by short names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Whether its changes are of a conversation, and not of a channel.
    pub is_conversation: bool,
    /// Their scope, among those of that kind of which the sender has a log.
    pub scope: Mark,
    /// The epoch of their log, among the sender's of that scope.
    pub epoch: Mark,
    /// The lowest byte of the sequence of a change of that log which both have.
    pub base: u8,
    /// The exclusive or of the first 4 bytes of the leaves of its changes.
    pub check: [u8; 4],
    /// The epochs of other logs that it speaks of, among all logs of that scope.
    pub logs: Vec<Mark>,
    /// People at home at the sender of whom it speaks.
    pub own: Vec<Mark>,
    /// People at home at the receiver.
    pub others: Vec<Mark>,
}

/// What the short names of a preview stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its own log, and then the others.
    pub logs: Vec<LogName>,
    /// The sender's people, and then the receiver's.
    pub people: Vec<Id>,
    /// The sequence of the change that both have.
    pub base: u64,
    /// When that was written.
    pub stamp: Stamp,
}

/// A preview of which the head was read.
#[derive(Debug)]
pub struct Preview<'a> {
    head: Head,
    bits: Decoder<'a>,
}

impl<'a> Preview<'a> {
    /// Reads what a preview rests on.
    ///
    /// # Errors
    /// [`Malformed`] if that is cut short or names too much, or the whole is too long.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() > LONGEST_PREVIEW {
            return Err(Malformed::new("a long preview"));
        }
        let mut bits = Decoder::new(bytes);
        let head = coded(&mut bits, &Head::default())?;
        Ok(Self { head, bits })
    }

    /// What it rests on.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Its changes.
    ///
    /// # Errors
    /// [`Malformed`] if it is cut short, if something follows it, or if it says more than a preview
    /// may. That is to be expected if something else is known here than where it was written.
    pub fn read(mut self, known: &Known) -> Result<Run, Malformed> {
        let mut state = state(known)?;
        let mut runs = stream(&mut self.bits, &mut state).runs(&[], &[])?;
        if !self.bits.is_whole() {
            return Err(Malformed::new("bytes after a preview"));
        }
        match (runs.pop(), runs.is_empty()) {
            (Some(run), true) if is_in_bounds(&run, known) => Ok(run),
            _ => Err(Malformed::new("what no preview says")),
        }
    }
}

/// Writes a preview of some changes; nothing if it would be too long, or would not be read.
pub fn write_preview(head: &Head, known: &Known, run: &Run, hints: &[Hints]) -> Option<Vec<u8>> {
    if !is_in_bounds(run, known) {
        return None;
    }
    let mut bits = Encoder::default();
    coded(&mut bits, head).ok()?;
    let mut state = state(known).ok()?;
    stream(&mut bits, &mut state).runs(std::slice::from_ref(run), hints).ok()?;
    let bytes = bits.finish();
    (bytes.len() <= LONGEST_PREVIEW).then_some(bytes)
}

fn stream<B: Bits>(bits: B, state: &mut State) -> Stream<'_, B> {
    Stream::within(bits, state, MOST_CONTENTS, MOST_PREVIEWED)
}

/// Whether a run may be previewed: it goes on from the change that both have, soon after it.
fn is_in_bounds(run: &Run, known: &Known) -> bool {
    let is_near = |first: u64| first > known.base && first - known.base <= 256;
    known.logs.first() == Some(&run.log)
        && !run.entries.is_empty()
        && run.proof.is_empty()
        && run.salts.is_empty()
        && is_near(run.first)
}

/// Codes a head in either direction. Whoever reads hands in an empty one.
fn coded(bits: &mut impl Bits, head: &Head) -> Result<Head, Malformed> {
    let is_conversation = bits.bit(head.is_conversation, SELDOM);
    let [scope, epoch] = [&head.scope, &head.epoch].map(|given| mark(bits, Some(given)));
    let [mut base, mut check] = [vec![head.base], head.check.to_vec()];
    raw(bits, &mut base);
    raw(bits, &mut check);
    let logs = marks(bits, &head.logs, SELDOM)?;
    let own = marks(bits, &head.own, MOSTLY)?;
    let others = marks(bits, &head.others, SELDOM)?;
    if bits.is_spent() {
        return Err(Malformed::new("a preview that ends too soon"));
    }
    let check = check.try_into().unwrap_or_default();
    let base = base[0];
    Ok(Head { is_conversation, scope, epoch, base, check, logs, own, others })
}

fn marks(bits: &mut impl Bits, marks: &[Mark], mut p: u16) -> Result<Vec<Mark>, Malformed> {
    let mut coded = Vec::new();
    while bits.bit(coded.len() < marks.len(), p) {
        if coded.len() == MOST_NAMED {
            return Err(Malformed::new("a preview of too much"));
        }
        coded.push(mark(bits, marks.get(coded.len())));
        p = SELDOM;
    }
    Ok(coded)
}

fn mark(bits: &mut impl Bits, mark: Option<&Mark>) -> Mark {
    let given: &[u8] = mark.map_or(&[], |mark| &mark.0);
    let mut coded = Vec::new();
    loop {
        let mut byte = [given.get(coded.len()).copied().unwrap_or(0)];
        raw(bits, &mut byte);
        coded.extend(byte);
        if coded.len() == LONGEST_MARK || !bits.bit(coded.len() < given.len(), SELDOM) {
            return Mark(coded);
        }
    }
}

/// The forms that a preview begins with: what somebody says, without and with somebody mentioned.
fn forms() -> [Form; 2] {
    let (root, text) = (Hole { at: 0, id: true }, Hole { at: 1, id: false });
    let form = |holes: &[Hole], rest: &[u8]| Form {
        kind: 0x0401,
        holes: holes.to_vec(),
        rest: rest.to_vec(),
    };
    [
        form(&[root, text], &[0, 0, 0, 0, 0]),
        form(&[root, text, Hole { at: 4, id: true }], &[0, 0, 0, 1, 0]),
    ]
}

/// The state that a preview is coded in.
fn state(known: &Known) -> Result<State, Malformed> {
    static NUMBERS: LazyLock<Numbers> = LazyLock::new(practised);
    let mut state = State::with(Format::Three, NUMBERS.clone());
    prepare(&mut state, known)?;
    Ok(state)
}

/// Fills empty tables with what is known.
fn prepare(state: &mut State, known: &Known) -> Result<(), Malformed> {
    for log in &known.logs {
        state.logs.add(*log, 0)?;
        state.expected.push(0);
    }
    *state.expected.first_mut().ok_or(Malformed::new("no log"))? = known.base + 1;
    for person in &known.people {
        state.ids.add(*person, 0)?;
    }
    for form in forms() {
        state.forms.add(Arc::new(form), 0)?;
    }
    state.last_millis = i64::try_from(known.stamp.ms()).map_err(|_| Malformed::new("a time"))?;
    Ok(())
}

/// Previews that are practised on.
const PRACTICE: u32 = 64;

/// A model of numbers that has seen a few previews of what one person says, minutes or hours after the
/// last change; one in eight is an answer to a post before it, and one in eight mentions somebody.
fn practised() -> Numbers {
    let mut state = State::unread(Format::Three, State::new(Format::Three).numbers);
    let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([1; 16]));
    let log = LogName { site: SiteId([2; 16]), epoch: Epoch(1), scope };
    let people = vec![Id::from_bytes([10; 16]), Id::from_bytes([11; 16])];
    let mut chance = 1u32;
    for _ in 0..PRACTICE {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let known =
            Known { logs: vec![log], people: people.clone(), base: 1000, stamp: Stamp::new(0, 0) };
        // From a quarter of a minute to five hours.
        let ms = 1 << (14 + (chance >> 24) % 11);
        let back = (chance >> 21 & 7 == 0).then_some(u64::from(chance >> 17 & 7));
        let root = back.map(|back| super::DerivedPost { log, sequence: 1000 - back });
        let id = root.as_ref().map_or(Id::NONE, super::form::post_id);
        let mentions = chance >> 13 & 7 == 0;
        let mut payload = [id.as_bytes().as_slice(), &[0, 1, b'k', 0, 0]].concat();
        let mut ids = vec![(id, root)];
        payload.push(u8::from(mentions));
        if mentions {
            payload.extend_from_slice(people[1].as_bytes());
            ids.push((people[1], None));
        }
        payload.push(0);
        let entry = Entry { stamp: Stamp::new(ms, 0), author: people[0], kind: 0x0401, payload };
        let run =
            Run { log, first: 1001, entries: vec![entry], proof: Vec::new(), salts: Vec::new() };
        let hints = [Hints { text: "k".to_owned(), ids }];
        state = state.emptied();
        if prepare(&mut state, &known).is_err() {
            break;
        }
        drop(stream(Nowhere, &mut state).runs(&[run], &hints));
    }
    state.numbers
}

#[cfg(test)]
mod tests {
    use fieldpost_log::wire::put_varint;

    use super::*;
    use crate::batch::form::apart;
    use crate::batch::{DerivedPost, Readiness, readiness};

    static READY: LazyLock<Readiness> = LazyLock::new(readiness);

    fn log(site: u8) -> LogName {
        let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([0x31; 16]));
        LogName { site: SiteId([site; 16]), epoch: Epoch(0x0102_0304_0506_0708), scope }
    }

    fn person(n: u8) -> Id {
        Id::from_bytes([n; 16])
    }

    fn known() -> Known {
        Known {
            logs: vec![log(7), log(8)],
            people: vec![person(0x41), person(0x52)],
            base: 300,
            stamp: Stamp::new(1_767_225_600_000, 0),
        }
    }

    fn head() -> Head {
        Head {
            is_conversation: false,
            scope: Mark(vec![0x31]),
            epoch: Mark(vec![8]),
            base: 44,
            check: [1, 2, 3, 4],
            logs: vec![Mark(vec![8, 7])],
            own: vec![Mark(vec![0x41])],
            others: vec![Mark(vec![0x52, 0x52])],
        }
    }

    /// What somebody says, in the form in which a post's content is written.
    fn said(text: &str, root: Option<DerivedPost>, mentioned: Option<Id>) -> (Entry, Hints) {
        let id = root.as_ref().map_or(Id::NONE, crate::batch::form::post_id);
        let mut payload = id.as_bytes().to_vec();
        payload.push(0);
        put_varint(&mut payload, text.len() as u64);
        payload.extend_from_slice(text.as_bytes());
        payload.extend_from_slice(&[0, 0, u8::from(mentioned.is_some())]);
        mentioned.iter().for_each(|id| payload.extend_from_slice(id.as_bytes()));
        payload.push(0);
        let ids = [(id, root)].into_iter().chain(mentioned.map(|id| (id, None))).collect();
        let stamp = Stamp::new(1_767_225_600_000 + 3_600_000, 0);
        let entry = Entry { stamp, author: person(0x41), kind: 0x0401, payload };
        (entry, Hints { text: text.to_owned(), ids })
    }

    fn run(entries: Vec<Entry>) -> Run {
        Run { log: log(7), first: 301, entries, proof: Vec::new(), salts: Vec::new() }
    }

    fn passed(head: &Head, run: &Run, hints: &[Hints]) -> Vec<u8> {
        LazyLock::force(&READY);
        let bytes = write_preview(head, &known(), run, hints).unwrap();
        let preview = Preview::open(&bytes).unwrap();
        assert_eq!(preview.head(), head);
        assert_eq!(preview.read(&known()).as_ref(), Ok(run));
        bytes
    }

    fn alone() -> Head {
        Head { logs: Vec::new(), others: Vec::new(), ..head() }
    }

    #[test]
    fn previews_are_what_they_always_were() {
        let (entry, hints) = said("Hello", None, None);
        let plain = passed(&alone(), &run(vec![entry]), &[hints]);
        let there = DerivedPost { log: log(8), sequence: 17 };
        let (entry, hints) = said("Yes", Some(there), Some(person(0x52)));
        let answer = passed(&head(), &run(vec![entry]), &[hints]);
        assert_eq!(hex(&plain), PLAIN);
        assert_eq!(hex(&answer), ANSWER);
    }

    const PLAIN: &str = "d519c2855326faa4973a73bfab6406";
    const ANSWER: &str = "d519c2855326fa3b31aa9ecddae996f3bb0cb7ba3265449c4b19da";

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_forms_at_first_are_those_of_what_people_say() {
        for (form, mentioned) in forms().into_iter().zip([None, Some(person(3))]) {
            let (entry, hints) = said("Hello", None, mentioned);
            assert_eq!(apart(&entry, &hints, 9).0, form);
        }
    }

    #[test]
    fn a_short_post_costs_little_more_than_its_text() {
        let text = "We are on our way and will be there at six";
        let (entry, hints) = said(text, None, None);
        let bytes = passed(&alone(), &run(vec![entry]), &[hints]).len();
        assert!(bytes <= 33, "{bytes}");
    }

    #[test]
    fn what_is_known_otherwise_gives_something_else_or_nothing() {
        let (entry, hints) = said("Hello", None, None);
        let run = run(vec![entry]);
        let bytes = passed(&alone(), &run, &[hints]);
        let mut other = known();
        other.stamp = Stamp::new(1_767_225_600_001, 0);
        assert_ne!(Preview::open(&bytes).unwrap().read(&other).as_ref(), Ok(&run));
        other.people.clear();
        assert_ne!(Preview::open(&bytes).unwrap().read(&other).as_ref(), Ok(&run));
    }

    #[test]
    fn bounds_hold_in_both_directions() {
        let many: (Vec<_>, Vec<_>) = (0..=MOST_PREVIEWED).map(|_| said("a", None, None)).unzip();
        assert!(write_preview(&alone(), &known(), &run(many.0), &many.1).is_none());
        let letter = |n: u32| char::from(b'!' + (n.wrapping_mul(0x9e37_79b1) >> 26) as u8);
        let long: String = (0..4000u32).map(|n| letter(n * n)).collect();
        let (entry, hints) = said(&long, None, None);
        assert!(write_preview(&alone(), &known(), &run(vec![entry]), &[hints]).is_none());
        let (entry, hints) = said("a", None, None);
        for first in [0, 300, 557] {
            let far = Run { first, ..run(vec![entry.clone()]) };
            assert!(
                write_preview(&alone(), &known(), &far, std::slice::from_ref(&hints)).is_none()
            );
        }
        assert!(Preview::open(&[7; LONGEST_PREVIEW + 1]).is_err());
        assert!(Preview::open(&[]).is_err());
    }

    #[test]
    fn a_mark_is_as_long_as_it_must_be() {
        let own = [1, 2, 3, 4, 5, 6, 7, 8];
        let others = [[9; 8], [1, 2, 0, 0, 0, 0, 0, 0]];
        assert_eq!(Mark::among(&own, others.iter(), 0).bytes(), [1, 2, 3]);
        assert_eq!(Mark::among(&own, others[..1].iter(), 0).bytes(), [1]);
        assert_eq!(Mark::among(&own, others[..1].iter(), 1).bytes(), [1, 2]);
        assert_eq!(Mark::among(&own, [own].iter(), 0).bytes(), own);
        assert!(Mark(vec![1, 2]).names(&own) && !Mark(vec![2]).names(&own));
    }
}
