//! Changes: what happened, and the functions that say what it means.

use std::collections::{HashMap, HashSet};
use std::fmt;

use fieldpost_log::{
    ChangeName, Digest, Epoch, Header, SaltTree, Scope, ScopeKind, SiteId, Stamp, commitment, leaf,
};
use fieldpost_model::{Id, Millis};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::millis;
use crate::{Failure, Outcome, Rows, Shown, nul};

/// The kind of a change, and the version of its body's form.
///
/// Kinds are numbered by feature in the high byte, and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(u16);

impl Kind {
    /// The kind of a number.
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number on the wire and in the log.
    pub const fn number(self) -> u16 {
        self.0
    }
}

/// What a change's content speaks of, for whoever carries changes without knowing their kinds:
/// so that ids need not travel which the receiver can work out, and nothing it needs stays behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// The text that people wrote, as it stands in the content; empty for none.
    pub text: String,
    /// Posts that it speaks of.
    pub posts: Vec<Id>,
    /// People that it speaks of, beside its author.
    pub people: Vec<Id>,
    /// Those of them whom it lets into the channel or conversation that is its scope.
    pub members: Vec<Id>,
    /// What it refers to and does not contain: files, pictures.
    pub contents: Vec<Content>,
    /// Other scopes to which it adds something: whoever writes it must be let write there too.
    pub places: Vec<Scope>,
    /// How much what it speaks of matters.
    pub precedence: Precedence,
}

/// Which changes go before others where not all can go at once. Those of more precedence are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Precedence {
    /// In its turn.
    #[default]
    Routine,
    /// Before what is routine.
    Priority,
    /// Before all that.
    Immediate,
    /// Before everything else, at once.
    Flash,
}

/// Bytes that a change refers to and does not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Their hash.
    pub hash: [u8; 32],
    /// How many there are, if the change says so.
    pub size: Option<u64>,
    /// What they are of a file; nothing if they are shown wherever what they belong to is: a
    /// thumbnail, the picture of somebody or of a team.
    pub part: Option<Part>,
}

/// What some bytes are of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file's media type.
    pub mime: String,
    /// Whether they are its preview, and not the file itself.
    pub is_preview: bool,
}

impl From<[u8; 32]> for Content {
    fn from(hash: [u8; 32]) -> Self {
        Self { hash, size: None, part: None }
    }
}

/// The content of a change: what a use case emits.
pub trait Body: Serialize + DeserializeOwned {
    /// Which kind of change has this content.
    const KIND: Kind;

    /// In which scopes such a change means anything. In any other it is void: a peer that may write
    /// to one scope must not reach what belongs to another.
    const WITHIN: &[ScopeKind];

    /// Whether a site may say it of its own people, the only ones of whom it speaks, in a channel that
    /// it only reads: who of them is there, and who has taken note.
    const BY_READERS: bool = false;

    /// Whether it may say that what it speaks of goes before others ([`Shape::precedence`]).
    const PRECEDES: bool = false;

    /// What it speaks of.
    fn shape(&self) -> Shape {
        Shape::default()
    }

    /// Whether nothing in it is larger than such a thing may be. If something is, the change is void
    /// at every site, whoever wrote it: this must follow from the content alone, and never change.
    fn fits(&self) -> bool {
        true
    }
}

/// Whether a text has at most so many characters.
pub fn at_most(text: &str, characters: usize) -> bool {
    text.len() <= characters || text.chars().count() <= characters
}

/// Whether a change with this content means anything in a scope.
fn has_meaning<B: Body>(body: &B, scope: Scope) -> bool {
    B::WITHIN.contains(&scope.kind) && body.fits() && !nul::stands_in(body)
}

/// A place in a site's feed: the order in which followers read its changes.
///
/// On a database server row numbers are handed out before the commit, so the transaction comes
/// first; on the embedded engine, with its one writer, `transaction` is always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// The database server's number of the transaction.
    pub transaction: i64,
    /// The row number of the change.
    pub number: i64,
}

/// A change as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in this site's feed.
    pub position: Position,
    /// Its name, for ever and everywhere.
    pub name: ChangeName,
    /// When it was written, by its writer's hybrid clock.
    pub stamp: Stamp,
    /// On whose behalf; [`Id::NONE`] for the site itself.
    pub author: Id,
    /// What kind of change it is.
    pub kind: Kind,
    /// Its content, encoded.
    pub payload: Vec<u8>,
}

impl Change {
    /// The leaf that commits to it in its log: to its header openly, to its content under a salt.
    /// None if the salt was erased.
    pub fn leaf(&self, salts: &mut SaltTree) -> Option<Digest> {
        let header = Header {
            name: self.name,
            stamp: self.stamp,
            author: self.author,
            kind: self.kind.number(),
        };
        let salt = salts.salt(self.name.sequence)?;
        Some(leaf(&header.to_bytes(), commitment(&salt, &self.payload)))
    }

    /// The content, if it is of this kind and well formed.
    pub fn body<B: Body>(&self) -> Option<B> {
        (self.kind == B::KIND).then(|| postcard::from_bytes(&self.payload).ok()).flatten()
    }

    /// The content, if it is of this kind and means something where it stands: a change that is void
    /// at every site has none.
    pub fn meant<B: Body>(&self) -> Option<B> {
        self.body::<B>().filter(|body| has_meaning(body, self.name.scope))
    }
}

/// The change of the state hash of a scope that one application makes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct HashDelta {
    /// Canonical forms that no longer stand.
    pub removed: Vec<Vec<u8>>,
    /// Canonical forms that stand now.
    pub added: Vec<Vec<u8>>,
    /// What it changes in the states of other scopes.
    pub elsewhere: Vec<(Scope, Self)>,
}

impl HashDelta {
    /// Replaces what stood, if anything did, by what stands now, if anything does.
    pub fn replace(&mut self, before: Option<Vec<u8>>, after: Option<Vec<u8>>) {
        if before != after {
            self.removed.extend(before);
            self.added.extend(after);
        }
    }
}

/// Whether a change could be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// Its meaning is in the rows.
    Done,
    /// It speaks of something that has not arrived; it is applied once that has.
    Waits(Id),
}

/// What an application of a change may see and touch.
pub struct Applying<'a> {
    /// The rows.
    pub rows: &'a mut dyn Rows,
    /// The change.
    pub change: &'a Change,
    /// This site.
    pub site: SiteId,
    /// The epoch in which it writes.
    pub epoch: Epoch,
    /// The local time of applying; never part of the replicated state.
    pub now: Millis,
    /// What the change does to the scope's state hash.
    pub hash: &'a mut HashDelta,
    /// Things that now exist, for which other changes may have waited.
    pub created: &'a mut Vec<Id>,
}

impl Applying<'_> {
    /// Whether the change was written at this site.
    pub fn is_local(&self) -> bool {
        self.change.name.site == self.site
    }

    /// Whether the change is being written here, or was since this site began its epoch: nothing that is
    /// here can have been written after it elsewhere.
    pub fn is_of_this_epoch(&self) -> bool {
        self.is_local() && self.change.name.epoch == self.epoch
    }

    /// When the change was written, by its writer's clock.
    pub fn written_at(&self) -> Millis {
        millis(self.change.stamp)
    }

    /// What the change does to the state hash of a scope, its own or another.
    pub fn hash_of(&mut self, scope: Scope) -> &mut HashDelta {
        if scope == self.change.name.scope {
            return self.hash;
        }
        let known = self.hash.elsewhere.iter().position(|(other, _)| *other == scope);
        let at = known.unwrap_or(self.hash.elsewhere.len());
        if known.is_none() {
            self.hash.elsewhere.push((scope, HashDelta::default()));
        }
        &mut self.hash.elsewhere[at].1
    }
}

type ApplyFn = Box<dyn Fn(&mut Applying<'_>) -> Outcome<Applied> + Send + Sync>;

type ReplacedFn = Box<dyn Fn(Scope, &[u8], &mut dyn Rows) -> Outcome<Stamp> + Send + Sync>;

type ShapeFn = fn(&Change) -> Option<Shape>;

/// Refuses a change that this site may not write, before it is written.
pub type Guard = fn(&Features, &Change, &mut dyn Rows) -> Outcome<()>;

type ShowFn = Box<dyn Fn(&Change, &mut dyn Rows) -> Outcome<Shown> + Send + Sync>;

/// Every kind of change this build knows, and what it means.
#[derive(Default)]
pub struct Features {
    applies: HashMap<Kind, ApplyFn>,
    replaced: HashMap<Kind, ReplacedFn>,
    shapes: HashMap<Kind, ShapeFn>,
    shows: HashMap<Kind, ShowFn>,
    by_readers: HashSet<Kind>,
    preceding: Vec<Kind>,
    guards: Vec<Guard>,
    tables: Vec<&'static str>,
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.applies.keys()).finish()
    }
}

impl Features {
    /// Adds a feature's tables: statements in the common dialect, separated by `;`.
    pub fn tables(&mut self, sql: &'static str) {
        self.tables.push(sql);
    }

    /// The statements that make every feature's tables.
    pub fn all_tables(&self) -> &[&'static str] {
        &self.tables
    }

    /// Says what a kind of change means.
    ///
    /// The function must give the same rows however often, however late and in whatever order
    /// its changes come.
    pub fn on<B: Body>(
        &mut self,
        apply: impl Fn(&B, &mut Applying<'_>) -> Outcome<Applied> + Send + Sync + 'static,
    ) {
        let decoded = move |cx: &mut Applying<'_>| {
            let body: B = match postcard::from_bytes(&cx.change.payload) {
                Ok(body) => body,
                // Another site wrote what no build can read: that is void, and stops nothing.
                Err(_) if !cx.is_local() => return Ok(Applied::Done),
                Err(e) => {
                    return Err(Failure::internal(format!("kind {:#06x}: {e}", B::KIND.number())));
                }
            };
            let stands = has_meaning(&body, cx.change.name.scope);
            if stands { apply(&body, cx) } else { Ok(Applied::Done) }
        };
        self.applies.insert(B::KIND, Box::new(decoded));
        if B::BY_READERS {
            self.by_readers.insert(B::KIND);
        }
        if B::PRECEDES {
            self.preceding.push(B::KIND);
        }
        self.shapes.insert(B::KIND, |change| change.meant::<B>().map(|body| body.shape()));
    }

    /// Applies a change; one of an unknown kind is kept for a later build and does nothing now.
    pub fn apply(&self, cx: &mut Applying<'_>) -> Outcome<Applied> {
        match self.applies.get(&cx.change.kind) {
            Some(apply) => apply(cx),
            None => Ok(Applied::Done),
        }
    }

    /// Says which write a change of a kind replaces: it gives the stamp of what stands, where the
    /// newest write does.
    ///
    /// A change that is written here gets a later stamp than that, so that whoever changes what
    /// they see wins over it, even where the clock was wrong that wrote it.
    pub fn replaces<B: Body>(
        &mut self,
        standing: impl Fn(&B, Scope, &mut dyn Rows) -> Outcome<Stamp> + Send + Sync + 'static,
    ) {
        let decoded = move |scope: Scope, payload: &[u8], rows: &mut dyn Rows| {
            let body: B = postcard::from_bytes(payload).map_err(Failure::internal)?;
            standing(&body, scope, rows)
        };
        self.replaced.insert(B::KIND, Box::new(decoded));
    }

    /// The stamp of what a change replaces that is about to be written; the first of all for one
    /// that replaces nothing.
    pub fn replaced(
        &self,
        kind: Kind,
        scope: Scope,
        payload: &[u8],
        rows: &mut dyn Rows,
    ) -> Outcome<Stamp> {
        let replaced = self.replaced.get(&kind);
        replaced.map_or(Ok(Stamp::default()), |replaced| replaced(scope, payload, rows))
    }

    /// Whether the stamps of this kind say what time it was at their writer: they never run ahead
    /// of the writer's clock to win over another's.
    pub fn keeps_time(&self, kind: Kind) -> bool {
        self.knows(kind) && !self.replaced.contains_key(&kind)
    }

    /// Says which changes this site may not write, whichever feature would write them.
    pub fn guard(&mut self, guard: Guard) {
        self.guards.push(guard);
    }

    /// Refuses a change that is about to be written here and may not be.
    pub fn may_write(&self, change: &Change, rows: &mut dyn Rows) -> Outcome<()> {
        self.guards.iter().try_for_each(|guard| guard(self, change, rows))
    }

    /// Whether a change of this kind may be said by a site that only reads the channel, as long as it
    /// speaks of that site's own people ([`Body::BY_READERS`]).
    pub fn is_by_readers(&self, kind: Kind) -> bool {
        self.by_readers.contains(&kind)
    }

    /// The kinds of change that may say that something goes before others ([`Body::PRECEDES`]): whoever
    /// looks for what does need look at no other.
    pub fn preceding(&self) -> &[Kind] {
        &self.preceding
    }

    /// Says what clients are told of a kind of change, from the rows as they are by then.
    pub fn show<B: Body>(
        &mut self,
        show: impl Fn(&B, &Change, &mut dyn Rows) -> Outcome<Shown> + Send + Sync + 'static,
    ) {
        let decoded = move |change: &Change, rows: &mut dyn Rows| match change.meant::<B>() {
            Some(body) => show(&body, change, rows),
            None => Ok(Shown::default()),
        };
        self.shows.insert(B::KIND, Box::new(decoded));
    }

    /// What clients are told of a change; nothing, for most kinds.
    pub fn shown(&self, change: &Change, rows: &mut dyn Rows) -> Outcome<Shown> {
        self.shows.get(&change.kind).map_or_else(|| Ok(Shown::default()), |show| show(change, rows))
    }

    /// What a change speaks of; nothing, if it is void or its kind is unknown here.
    pub fn shape(&self, change: &Change) -> Shape {
        self.shapes.get(&change.kind).and_then(|shape| shape(change)).unwrap_or_default()
    }

    /// Every kind this build knows, in order.
    pub fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.applies.keys().copied().collect();
        kinds.sort_unstable();
        kinds
    }

    /// Whether this build knows the kind.
    pub fn knows(&self, kind: Kind) -> bool {
        self.applies.contains_key(&kind)
    }
}
