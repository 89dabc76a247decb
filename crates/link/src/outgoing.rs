//! What this side sends: which of its own changes a peer may have and lacks, newest first.
//!
//! [`Outgoing`] lives as long as a session and survives its end; what the peer is known to hold is
//! kept in the database too. What was sent and not answered is settled when the next session begins,
//! because the peer says which batch it kept last.
//!
//! For a bundle one is made [apart](Outgoing::apart): it leaves out what the peer is known to hold, and
//! proves the rest from nothing, since nobody knows when it is read and what has come by then.
//!
//! What other sites have written goes along ([`relaying`]), as far as the peer wants it from this one.

mod backlog;
mod directory;
mod draft;
mod kept;
mod preview;
mod relaying;
mod taken_back;
mod told;
mod urgent;

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use fieldpost_kernel::{Change, Content, Failure, Features, Outcome, Rows, RowsExt, params};
use fieldpost_log::{
    Digest, Head, LogName, Ranges, Scope, ScopeKind, SigningKey, SiteId, proof_of, sign_heads,
};
use fieldpost_model::Id;
use fieldpost_replica::{Entry, Frame, HeldLog, Hints, MOST_BYTES, Run, Voucher};

pub use self::backlog::{Amount, Backlog};
pub(crate) use self::draft::Draft;
use self::draft::fitting;
pub use self::kept::{Acknowledged, keep};
pub(crate) use self::kept::{held_anywhere, held_by};
pub use self::preview::{Ahead, PreviewDraft};
use self::relaying::Relaying;
use self::urgent::Urgent;
use crate::logs::{self, Leaves, Log, Sharing};
use crate::passage::Passing;
use crate::{direct, relay, writers};

/// The most changes that are taken from one log before the next newest has its turn.
const CHUNK: u64 = 768;

/// Runs begin at multiples of this where there is a choice: the proof beside them is shorter.
const ALIGNED: u64 = 32;

/// Somebody who belongs to a team, with their profile, takes about so many bytes.
const PERSON: usize = 128;

/// A content costs this many bytes more than its text, when a batch's size is guessed.
const OVERHEAD: usize = 6;

/// A batch, before it is encoded.
#[derive(Debug)]
pub struct Parcel {
    /// Its number among those to this peer.
    pub number: u64,
    /// The changes.
    pub runs: Vec<Run>,
    /// What stands in them.
    pub hints: Vec<Hints>,
    /// The signature over the heads of this site's logs that it moves; empty if it moves none.
    pub signature: Vec<u8>,
    /// What other sites have signed of theirs.
    pub vouchers: Vec<Voucher>,
    /// How many changes there are.
    pub changes: u64,
    /// What they refer to and do not contain.
    pub contents: Vec<Content>,
    /// What leaves this site with it.
    pub passing: Passing,
    /// Whom it introduces.
    introduced: Vec<Id>,
}

/// A run that was sent.
#[derive(Debug, Clone)]
struct Sent {
    log: i64,
    range: Range<u64>,
}

#[derive(Debug)]
struct UnderWay {
    number: u64,
    sent: Vec<Sent>,
    introduced: Vec<Id>,
}

/// What a peer holds of this site's logs, and what is on its way there.
#[derive(Debug)]
pub struct Outgoing {
    own: SiteId,
    peer: SiteId,
    /// What the peer is known to hold.
    held: HashMap<i64, Ranges>,
    under_way: VecDeque<UnderWay>,
    introduced: HashSet<Id>,
    leaves: HashMap<i64, Leaves>,
    next_number: u64,
    /// What stands in the bundle so far, if this is for one.
    apart: Option<HashMap<i64, Ranges>>,
    urgent: Urgent,
    relaying: Relaying,
    /// What was sent ahead, as previews, of each log in this conversation.
    previewed: HashMap<i64, Ranges>,
    /// Up to which row it was looked whom the peer is to be introduced to ([`directory`]).
    looked_through: i64,
}

impl Outgoing {
    /// What a peer is known to hold, from the database.
    pub fn load(rows: &mut dyn Rows, own: SiteId, peer: SiteId) -> Outcome<Self> {
        let held = held_by(rows, peer)?;
        let introduced = rows.all(
            "SELECT person FROM link_introduced WHERE site = ?1",
            params![&peer.0],
            |row| row.id(0),
        )?;
        Ok(Self {
            own,
            peer,
            held,
            under_way: VecDeque::new(),
            introduced: introduced.into_iter().collect(),
            leaves: HashMap::new(),
            next_number: 1,
            apart: None,
            urgent: Urgent::default(),
            relaying: Relaying::default(),
            previewed: HashMap::new(),
            looked_through: 0,
        })
    }

    /// The same for a bundle: each batch rests on those before it in the bundle and on nothing else.
    pub fn apart(rows: &mut dyn Rows, own: SiteId, peer: SiteId) -> Outcome<Self> {
        let outgoing = Self::load(rows, own, peer)?;
        Ok(Self { apart: Some(HashMap::new()), ..outgoing })
    }

    /// How many batches are sent and not answered.
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// A new session begins, and the peer has said which batch it kept last: what was under way
    /// arrived or was lost. Gives what is now known to be held.
    pub fn settle(&mut self, received: u64) -> Acknowledged {
        let mut known = Acknowledged::default();
        while let Some(batch) = self.under_way.pop_front() {
            if batch.number <= received {
                self.acknowledge(batch, &mut known);
            } else {
                batch.introduced.iter().for_each(|person| {
                    self.introduced.remove(person);
                });
            }
        }
        self.next_number = received.saturating_add(1);
        self.looked_through = 0;
        self.forget_urgent();
        self.relaying = Relaying::default();
        self.previewed.clear();
        known
    }

    /// A batch was kept. Batches are answered in their order.
    pub fn kept(&mut self, number: u64) -> Acknowledged {
        let mut known = Acknowledged::default();
        while self.under_way.front().is_some_and(|batch| batch.number <= number) {
            if let Some(batch) = self.under_way.pop_front() {
                self.acknowledge(batch, &mut known);
            }
        }
        known
    }

    fn acknowledge(&mut self, batch: UnderWay, known: &mut Acknowledged) {
        for Sent { log, range } in batch.sent {
            let held = self.held.entry(log).or_default();
            held.insert(range);
            known.logs.retain(|(other, _)| *other != log);
            known.logs.push((log, held.clone()));
        }
        known.introduced.extend(batch.introduced);
    }

    /// The digest of what the peer is known to hold, as the peer computes it too; none if that is more
    /// than there is here any more, so that it must be told in full.
    pub fn digest(&self, rows: &mut dyn Rows) -> Outcome<Option<[u8; 32]>> {
        let names = logs::names(rows, self.own)?;
        let mut logs = Vec::new();
        for (key, held) in &self.held {
            let Some((name, here)) = names.get(key) else { continue };
            if !held.minus(here).is_empty() {
                return Ok(None);
            }
            logs.push(HeldLog::new(name.scope, name.epoch, held));
        }
        Ok(Some(Frame::held_digest(&mut logs)))
    }

    /// What is held of a log, or will be once all that is under way has arrived.
    fn covered(&self, log: i64) -> Ranges {
        let mut covered = self.held.get(&log).cloned().unwrap_or_default();
        if let Some(bundled) = self.apart.as_ref().and_then(|apart| apart.get(&log)) {
            covered.merge(bundled);
        }
        for sent in self.under_way.iter().flat_map(|batch| &batch.sent) {
            if sent.log == log {
                covered.insert(sent.range.clone());
            }
        }
        covered
    }

    /// The same with what is drafted.
    fn covered_with(&self, draft: &Draft, log: i64) -> Ranges {
        draft.covered.get(&log).cloned().unwrap_or_else(|| self.covered(log))
    }

    fn missing(&self, log: &Log) -> Ranges {
        lacking(log, &self.covered(log.key))
    }

    /// The next batch, of about `room` bytes once it is compressed; none if the peer has it all.
    pub fn next(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        key: &SigningKey,
        room: usize,
    ) -> Outcome<Option<Parcel>> {
        let mut behind = logs::shared(rows, self.own, self.peer, Sharing::Mutual)?;
        behind.extend(self.relayed_wanted(rows)?);
        writers::hold_back(rows, features, (self.own, &mut behind))?;
        behind.retain(|log| !self.missing(log).is_empty());
        behind.extend(self.lost(rows)?);
        let strangers = self.strangers(rows)?;
        if behind.is_empty() && strangers.is_empty() {
            return Ok(None);
        }
        // Compression takes more than half away; a batch too large is worse than one too small.
        let mut draft = Draft::of((2 * room).min(MOST_BYTES / 2));
        // Whom the peer has lost itself, it must know before what they said.
        let (people, behind): (Vec<_>, Vec<_>) = behind.into_iter().partition(|log| {
            log.name.site == self.peer && log.name.scope.kind == ScopeKind::Person
        });
        let (history, places): (Vec<_>, Vec<_>) = behind.into_iter().partition(|log| {
            !matches!(log.name.scope.kind, ScopeKind::Team | ScopeKind::TeamMembers)
        });
        let places: Vec<_> = people.into_iter().chain(places).collect();
        for log in &places {
            self.draft_end(rows, features, log, &mut draft)?;
            self.draft_whole(rows, features, log, &mut draft)?;
        }
        for log in &history {
            // The first change of a channel is its making, without which nothing in it can be read. Of a
            // conversation it must be shown who takes part in it.
            let first = match log.name.scope.kind {
                ScopeKind::Channel => Some(0..1),
                ScopeKind::Conversation => direct::opening(rows, log)?,
                _ => None,
            };
            let first: Ranges = first.into_iter().collect();
            if !logs::both(&first, &self.missing(log)).is_empty() && !draft.is_full() {
                self.draft_end(rows, features, log, &mut draft)?;
            }
            let missing = lacking(log, &self.covered_with(&draft, log.key));
            for range in logs::both(&first, &missing).iter() {
                if draft.is_full() {
                    break;
                }
                self.draft(rows, features, log, range, &mut draft)?;
            }
        }
        self.draft_newest(rows, features, &history, &mut draft)?;
        self.draft_strangers(rows, features, strangers, &mut draft)?;
        if draft.runs.is_empty() {
            return Ok(None);
        }
        self.seal(rows, draft, key).map(Some)
    }

    fn seal(&mut self, rows: &mut dyn Rows, draft: Draft, key: &SigningKey) -> Outcome<Parcel> {
        let vouchers = relay::vouchers(rows, &draft.runs, &draft.relayed)?;
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.introduced.extend(draft.introduced.iter().copied());
        let changes = draft.sent.iter().map(|sent| sent.range.end - sent.range.start).sum();
        let (sent, introduced) = (draft.sent.clone(), draft.introduced.clone());
        let passing = Passing::of(sent.iter().map(|one| (one.log, one.range.clone())));
        if let Some(bundled) = &mut self.apart {
            for Sent { log, range } in sent {
                bundled.entry(log).or_default().insert(range);
            }
        } else {
            self.under_way.push_back(UnderWay { number, sent, introduced: draft.introduced });
        }
        let signature = if draft.heads.is_empty() {
            Vec::new()
        } else {
            sign_heads(&draft.heads, key).as_bytes().to_vec()
        };
        let Draft { runs, hints, contents, .. } = draft;
        Ok(Parcel {
            number,
            runs,
            hints,
            signature,
            vouchers,
            changes,
            contents,
            passing,
            introduced,
        })
    }

    fn draft_whole(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        log: &Log,
        draft: &mut Draft,
    ) -> Outcome<()> {
        for range in lacking(log, &self.covered_with(draft, log.key)).iter() {
            let mut start = range.start;
            while start < range.end && !draft.is_full() {
                let end = range.end.min(start + CHUNK.min(draft.take(PERSON)));
                let part = fitting(rows, log, start..end, false, draft.most())?;
                start = part.end;
                self.draft(rows, features, log, part, draft)?;
            }
        }
        Ok(())
    }

    /// Fills what room is left with the newest changes, whichever channel they are of.
    fn draft_newest(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        history: &[Log],
        draft: &mut Draft,
    ) -> Outcome<()> {
        let mut left: Vec<(&Log, Ranges)> = Vec::new();
        for log in history {
            left.push((log, lacking(log, &self.covered_with(draft, log.key))));
        }
        while !draft.is_full() {
            let mut newest = None;
            for (n, (log, missing)) in left.iter().enumerate() {
                let Some(last) = missing.iter().next_back() else { continue };
                let stamp = logs::stamp(rows, log, last.end - 1)?;
                if newest.as_ref().is_none_or(|(other, _, _)| stamp > *other) {
                    newest = Some((stamp, n, last));
                }
            }
            let Some((_, n, last)) = newest else { return Ok(()) };
            let (log, missing) = &mut left[n];
            let take = CHUNK.min(draft.take(OVERHEAD + 16));
            let start = last.end.saturating_sub(take);
            let start = if take > ALIGNED { start - start % ALIGNED } else { start };
            let range = start.max(last.start)..last.end;
            let range = fitting(rows, log, range, true, draft.most())?;
            *missing = missing.minus(&std::iter::once(range.clone()).collect());
            self.draft(rows, features, log, range, draft)?;
        }
        Ok(())
    }

    /// Adds a run to a batch, and before it the people whom it speaks of and the peer does not know.
    fn draft(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        log: &Log,
        range: Range<u64>,
        draft: &mut Draft,
    ) -> Outcome<()> {
        let changes = logs::changes(rows, log, &range)?;
        let mut hints = Vec::with_capacity(changes.len());
        let (mut people, mut contents) = (Vec::new(), Vec::new());
        let mut size = 0;
        for change in &changes {
            let shape = features.shape(change);
            let mut ids = Vec::with_capacity(shape.posts.len() + shape.people.len());
            for post in shape.posts {
                let maker = if post.is_none() { None } else { logs::maker(rows, post)? };
                ids.push((post, maker));
            }
            people.push(change.author);
            people.extend(&shape.people);
            ids.extend(shape.people.into_iter().map(|person| (person, None)));
            size += OVERHEAD + shape.text.len().max(change.payload.len() / 4);
            contents.extend(shape.contents);
            hints.push(Hints { text: shape.text, ids });
        }
        if log.name.scope.kind != ScopeKind::Person {
            self.introduce(rows, features, people, draft)?;
        }
        let Some(run) = self.run(rows, log, range.clone(), changes, draft)? else { return Ok(()) };
        draft.room = draft.room.saturating_sub(size);
        draft.runs.push(run);
        draft.hints.extend(hints);
        draft.contents.extend(contents);
        draft.sent.push(Sent { log: log.key, range });
        Ok(())
    }

    fn introduce(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        mut people: Vec<Id>,
        draft: &mut Draft,
    ) -> Outcome<()> {
        // In the order in which they are spoken of: so each is named as the one after the last.
        let mut met = HashSet::new();
        people.retain(|person| met.insert(*person));
        for person in people {
            let known = person.is_none()
                || self.introduced.contains(&person)
                || draft.introduced.contains(&person);
            if known {
                continue;
            }
            let profiles = logs::of_scope(rows, self.own, Scope::new(ScopeKind::Person, person))?;
            let theirs = match profiles.is_empty() {
                true => self.profile_elsewhere(rows, person)?,
                false => None,
            };
            // The newest profile says it all; what it replaced comes with the history.
            let Some(log) = newest(rows, &profiles)?.or(theirs.as_ref()) else { continue };
            draft.introduced.push(person);
            if self.covered(log.key).is_empty() {
                self.draft(rows, features, log, log.size - 1..log.size, draft)?;
            }
        }
        Ok(())
    }

    /// The run of some changes; none if what is here of the log does not suffice to prove it.
    fn run(
        &mut self,
        rows: &mut dyn Rows,
        log: &Log,
        range: Range<u64>,
        changes: Vec<Change>,
        draft: &mut Draft,
    ) -> Outcome<Option<Run>> {
        let covered = self.covered_with(draft, log.key);
        // What a proof may rest on: in a bundle, that alone which stands in it.
        let mut proved = covered.clone();
        if let Some(held) = self.apart.as_ref().and_then(|_| self.held.get(&log.key)) {
            proved = proved.minus(held);
        }
        let is_new = proved.is_empty();
        let is_end = range.start >= proved.end();
        let withheld = proof_of(&proved, &range)
            .ok_or_else(|| Failure::internal("a run that is held already"))?;
        let leaves = self.leaves.entry(log.key).or_default();
        let mut proof = Vec::with_capacity(withheld.len());
        for at in withheld {
            leaves.reach(rows, log, at.start + (1 << at.height))?;
            let Some(root) = leaves.subtree(at.start, at.height) else { return Ok(None) };
            proof.push(root);
        }
        if is_end {
            let Some(root) = head_root(rows, log, range.end, leaves)? else { return Ok(None) };
            let LogName { site, epoch, scope } = log.name;
            if site == self.own {
                draft.heads.push(Head { site, epoch, scope, size: range.end, root });
            } else if range.end == log.size && relay::vouch(rows, log.key, draft)? {
                draft.relayed.push((draft.runs.len(), log.key, root));
            } else {
                // Its writer has signed where it ends, and nothing before.
                return Ok(None);
            }
        }
        let salts = if is_new { logs::salts(rows, log)? } else { Vec::new() };
        let mut covered = covered;
        covered.insert(range.clone());
        draft.covered.insert(log.key, covered);
        let entries = changes.into_iter().map(|change| Entry {
            stamp: change.stamp,
            author: change.author,
            kind: change.kind.number(),
            payload: change.payload,
        });
        let entries = entries.collect();
        Ok(Some(Run { log: log.name, first: range.start, entries, proof, salts }))
    }
}

/// What somebody lacks of a log who holds that much of it. What was withdrawn nobody lacks.
///
/// Of a site that was put back from a backup, others may hold changes that it has lost. A gap that
/// reaches to them can be proved by nobody any more, and stays.
fn lacking(log: &Log, held: &Ranges) -> Ranges {
    let beyond = held.iter().next_back().is_some_and(|last| last.end > log.size);
    let until = match held.iter().rfind(|range| range.start <= log.size) {
        Some(last) if beyond => last.end.min(log.size),
        None if beyond => 0,
        _ => log.size,
    };
    let missing = std::iter::once(0..until).collect::<Ranges>().minus(held).minus(&log.withheld);
    match &log.held {
        Some(here) => logs::both(&missing, &here.ranges()),
        None => missing,
    }
}

/// The log whose end was written last.
fn newest<'a>(rows: &mut dyn Rows, logs: &'a [Log]) -> Outcome<Option<&'a Log>> {
    let mut newest = None;
    for log in logs {
        newest = newest.max(Some((logs::stamp(rows, log, log.size.saturating_sub(1))?, log.key)));
    }
    Ok(newest.and_then(|(_, key)| logs.iter().find(|log| log.key == key)))
}

/// The root of a log when it had a size; none if too little of it is here.
fn head_root(
    rows: &mut dyn Rows,
    log: &Log,
    size: u64,
    leaves: &mut Leaves,
) -> Outcome<Option<Digest>> {
    if let Some(held) = log.held.as_ref().filter(|held| held.frontier().size() == size) {
        return Ok(Some(held.frontier().root()));
    }
    if let Some(root) = logs::root(rows, log, size)? {
        return Ok(Some(root));
    }
    leaves.reach(rows, log, size)?;
    Ok(leaves.root(size))
}
