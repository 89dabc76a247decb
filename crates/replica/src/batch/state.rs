//! What both ends of a stream know from what has passed.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use fieldpost_log::{Epoch, LogName, Malformed, SaltTree, Scope, ScopeKind, SiteId, Stamp};
use fieldpost_model::Id;
use fieldpost_terse::{END, Nowhere, Numbers, Text};

use super::form::Form;
use super::form::post_id;
use super::stream::Stream;
use super::{DerivedPost, Entry, Format, Hints, Run};

/// Text like that of messages in many languages, one a line; made by `scripts/build-dictionary`. Its
/// bytes are part of the format.
static PRIME_2: &str = include_str!("../../dictionary/prime-2.txt");

/// Things that a table holds, at most: then a writer begins anew, and a reader has been lied to.
const MOST: usize = 1 << 17;

/// A writer begins anew when a table has so many things, so that it is never full within a batch.
const MANY: usize = 1 << 14;

/// Bytes that things in a table take together, at most, beside their own size.
const MOST_BYTES: usize = 4 << 20;

/// Things that are named by their place in the order in which they were first met.
#[derive(Debug)]
pub(super) struct Table<T> {
    places: HashMap<T, usize>,
    things: Vec<T>,
    bytes: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), things: Vec::new(), bytes: 0 }
    }
}

impl<T: Clone + Eq + Hash> Table<T> {
    /// Where a thing stands, if it was met.
    pub(super) fn place<Q: Eq + Hash + ?Sized>(&self, thing: &Q) -> Option<usize>
    where
        T: Borrow<Q>,
    {
        self.places.get(thing).copied()
    }

    /// The thing at a place.
    pub(super) fn get(&self, place: usize) -> Option<T> {
        self.things.get(place).cloned()
    }

    /// Adds a thing that takes some bytes beside its own size, and gives its place. What is there
    /// already is found at its first place.
    pub(super) fn add(&mut self, thing: T, bytes: usize) -> Result<usize, Malformed> {
        self.bytes += bytes;
        if self.things.len() == MOST || self.bytes > MOST_BYTES {
            return Err(Malformed::new("more than a table holds"));
        }
        let place = self.things.len();
        self.places.entry(thing.clone()).or_insert(place);
        self.things.push(thing);
        Ok(place)
    }

    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    fn is_large(&self) -> bool {
        self.things.len() > MANY || self.bytes > MOST_BYTES / 4
    }
}

/// Models and tables.
pub(super) struct State {
    pub(super) format: Format,
    /// None while the link rests: it begins with the primed one again.
    text: Option<Arc<Text>>,
    pub(super) numbers: Numbers,
    pub(super) ids: Table<Id>,
    pub(super) logs: Table<LogName>,
    /// Since format 4.
    pub(super) epochs: Table<Epoch>,
    pub(super) forms: Table<Arc<Form>>,
    /// For each log, the sequence after the last that was spoken of.
    pub(super) expected: Vec<u64>,
    /// Places, each 1 more, of what came last and before that; 0 for nothing.
    pub(super) authors: [u32; 2],
    pub(super) last_forms: [u32; 2],
    pub(super) last_holes: [u32; 2],
    pub(super) last_log: u32,
    pub(super) last_epoch: u32,
    /// What came last in a hole of an id.
    pub(super) last_named: u32,
    pub(super) last_back: u32,
    pub(super) last_millis: i64,
}

/// What a model has learnt before the first batch.
#[derive(Clone)]
pub(super) struct Primed {
    text: Arc<Text>,
}

static PRIMED: Mutex<Weak<Text>> = Mutex::new(Weak::new());

/// What has learnt columns of numbers from a few changes that nobody made.
static NUMBERS: LazyLock<Numbers> = LazyLock::new(|| practised(Format::Three));

/// The same for format 4.
static NUMBERS_4: LazyLock<Numbers> = LazyLock::new(|| practised(Format::Four));

impl Primed {
    /// The primed model, made unless somebody has it.
    pub(super) fn get() -> Self {
        let mut shared = PRIMED.lock().unwrap_or_else(PoisonError::into_inner);
        let text = shared.upgrade().unwrap_or_else(|| {
            let mut text = Text::new();
            for line in PRIME_2.lines() {
                text.learn(line.as_bytes());
                text.learn(&[END]);
            }
            Arc::new(text)
        });
        *shared = Arc::downgrade(&text);
        Self { text }
    }
}

impl State {
    /// What somebody knows who has learnt these numbers, and no text beside what all have.
    pub(super) fn with(format: Format, numbers: Numbers) -> Self {
        Self {
            format,
            text: None,
            numbers,
            ids: Table::default(),
            logs: Table::default(),
            epochs: Table::default(),
            forms: Table::default(),
            expected: Vec::new(),
            authors: [0; 2],
            last_forms: [0; 2],
            last_holes: [0; 2],
            last_log: 0,
            last_epoch: 0,
            last_named: 0,
            last_back: 0,
            last_millis: 0,
        }
    }

    /// The same, with a model of text that knows nothing: where texts do not count.
    pub(super) fn unread(format: Format, numbers: Numbers) -> Self {
        Self { text: Some(Arc::new(Text::new())), ..Self::with(format, numbers) }
    }

    /// What was learnt, without what passed.
    pub(super) fn emptied(self) -> Self {
        Self { text: self.text, ..Self::with(self.format, self.numbers) }
    }

    /// What both know who have said nothing yet.
    pub(super) fn new(format: Format) -> Self {
        let numbers = match format {
            Format::Three => &NUMBERS,
            Format::Four => &NUMBERS_4,
        };
        Self::with(format, LazyLock::force(numbers).clone())
    }

    /// The model of text.
    pub(super) fn text(&mut self) -> &mut Text {
        Arc::make_mut(self.text.get_or_insert_with(|| Primed::get().text))
    }

    /// Whether the model of text has learnt from what passed, or is at hand for it.
    pub(super) fn is_awake(&self) -> bool {
        self.text.is_some()
    }

    /// Gives back the memory of the model of text, which then knows no more than at first.
    pub(super) fn rest(&mut self) {
        self.text = None;
    }

    /// Whether it has grown so much that it is time to begin anew.
    pub(super) fn is_large(&self) -> bool {
        self.ids.is_large() || self.logs.is_large() || self.forms.is_large()
    }
}

/// Batches that are practised on, and the changes of the first of them.
const PRACTICE: (u64, u64) = (24, 32);

/// A model of numbers that has seen a few changes like those that people make: of eight people, some
/// seconds or minutes apart, three in ten in answer to another. The first batch is long, and the
/// others are of one change each.
fn practised(format: Format) -> Numbers {
    let mut state = State::unread(format, Numbers::new());
    let scope = Scope::new(ScopeKind::Channel, Id::from_bytes([1; 16]));
    let log = LogName { site: SiteId([2; 16]), epoch: Epoch(1), scope };
    let (mut sequence, mut millis, mut chance) = (1000, 1_767_225_600_000, 1u32);
    for batch in 0..PRACTICE.0 {
        let first = sequence;
        let (mut entries, mut hints) = (Vec::new(), Vec::new());
        for _ in 0..if batch == 0 { PRACTICE.1 } else { 1 } {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            millis += u64::from(chance >> 8) % if chance >> 30 == 0 { 1_000_000 } else { 30_000 };
            let answers = (chance >> 24) % 10 < 3;
            let post = DerivedPost { log, sequence: sequence - 1 - u64::from(chance >> 20 & 15) };
            let root = if answers { post_id(&post) } else { Id::NONE };
            let author = Id::from_bytes([10 + (chance >> 16 & 7) as u8; 16]);
            let payload = [root.as_bytes().as_slice(), &[0, 1, b'k', 0, 0, 0, 0]].concat();
            entries.push(Entry { stamp: Stamp::new(millis, 0), author, kind: 0x0401, payload });
            hints.push(Hints { text: "k".to_owned(), ids: vec![(root, answers.then_some(post))] });
            sequence += 1;
        }
        let salts = match format {
            _ if batch > 0 => Vec::new(),
            Format::Three => vec![0; 36],
            Format::Four => SaltTree::secret_of_seed(&[0; 32]).to_vec(),
        };
        let run = Run { log, first, entries, proof: Vec::new(), salts };
        drop(Stream::new(Nowhere, &mut state).runs(&[run], &hints));
    }
    state.numbers
}
