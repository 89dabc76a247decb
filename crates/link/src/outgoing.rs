//! What this side sends: which of its own changes a peer may have and lacks, newest first.
//!
//! [`Outgoing`] lives as long as a session and survives its end; what the peer is known to hold is
//! kept in the database too. What was sent and not answered is settled when the next session begins,
//! because the peer says which batch it kept last.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

use fieldpost_kernel::{Change, Failure, Features, Outcome, Rows, RowsExt, Work, params};
use fieldpost_log::{
    Digest, Head, LogName, Ranges, Scope, ScopeKind, SigningKey, SiteId, proof_of, sign_heads,
};
use fieldpost_model::Id;
use fieldpost_replica::{Entry, Frame, HeldLog, Hints, MOST_BYTES, Run};

use crate::logs::{self, Leaves, OwnLog, Sharing};

/// The most changes that are taken from one log before the next newest has its turn.
const CHUNK: u64 = 768;

/// Runs begin at multiples of this where there is a choice: the proof beside them is shorter.
const ALIGNED: u64 = 32;

/// Somebody who belongs to a team, with their profile, takes about so many bytes.
const PERSON: usize = 128;

/// Bytes of contents that one run may have, however little room there is.
const LEAST_RUN: usize = 64 << 10;

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
    /// The signature over the heads that it moves; empty if it moves none.
    pub signature: Vec<u8>,
    /// How many changes there are.
    pub changes: u64,
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

/// What a peer is to hold from now on, for the database.
#[derive(Debug, Clone, Default)]
pub struct Acknowledged {
    logs: Vec<(i64, Ranges)>,
    introduced: Vec<Id>,
    /// Whether this is all there is, and not only what is new.
    whole: bool,
}

/// What still has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Changes.
    pub changes: u64,
    /// Bytes of their contents, before they are compressed.
    pub bytes: u64,
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
}

/// A batch in the making.
struct Draft {
    room: usize,
    runs: Vec<Run>,
    hints: Vec<Hints>,
    heads: Vec<Head>,
    sent: Vec<Sent>,
    introduced: Vec<Id>,
    /// What the peer will hold once it has this.
    covered: HashMap<i64, Ranges>,
}

impl Draft {
    fn is_full(&self) -> bool {
        self.room == 0
    }

    /// How many changes of such a size there is room for; one at least.
    fn take(&self, size: usize) -> u64 {
        1 + (self.room / size) as u64
    }

    /// How many bytes the contents of one run may have. Most compress well; some are long, and a
    /// batch that is too large is never taken.
    fn most(&self) -> i64 {
        i64::try_from(self.room.saturating_mul(4).clamp(LEAST_RUN, MOST_BYTES / 4)).unwrap_or(0)
    }
}

/// As much of a range as has so many bytes, but one change at least: its end, or its beginning.
fn fitting(
    rows: &mut dyn Rows,
    log: &OwnLog,
    mut range: Range<u64>,
    newest: bool,
    most: i64,
) -> Outcome<Range<u64>> {
    while range.end - range.start > 1
        && logs::bytes(rows, log, &std::iter::once(range.clone()).collect())? > most
    {
        let middle = range.start + (range.end - range.start) / 2;
        range = if newest { middle..range.end } else { range.start..middle };
    }
    Ok(range)
}

impl Outgoing {
    /// What a peer is known to hold, from the database.
    pub fn load(rows: &mut dyn Rows, own: SiteId, peer: SiteId) -> Outcome<Self> {
        let held = rows.all(
            "SELECT log_key, ranges FROM link_sent WHERE site = ?1",
            params![&peer.0],
            |row| (row.int(0), ranges_of(row.blob(1))),
        )?;
        let introduced = rows.all(
            "SELECT person FROM link_introduced WHERE site = ?1",
            params![&peer.0],
            |row| row.id(0),
        )?;
        Ok(Self {
            own,
            peer,
            held: held.into_iter().collect(),
            under_way: VecDeque::new(),
            introduced: introduced.into_iter().collect(),
            leaves: HashMap::new(),
            next_number: 1,
        })
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

    /// The digest of what the peer is known to hold, as the peer computes it too.
    pub fn digest(&self, rows: &mut dyn Rows) -> Outcome<[u8; 32]> {
        let names = names(rows, self.own)?;
        let logs = self.held.iter().filter_map(|(key, held)| {
            let name = names.get(key)?;
            Some(HeldLog::new(name.scope, name.epoch, held))
        });
        Ok(Frame::held_digest(&mut logs.collect()))
    }

    /// The peer has told all that it holds. Whatever was believed before is forgotten.
    pub fn recount(
        &mut self,
        rows: &mut dyn Rows,
        received: u64,
        logs: &[HeldLog],
    ) -> Outcome<Acknowledged> {
        let keys: HashMap<(Scope, u64), i64> = names(rows, self.own)?
            .into_iter()
            .map(|(key, name)| ((name.scope, name.epoch.0), key))
            .collect();
        self.held.clear();
        self.under_way.clear();
        self.introduced.clear();
        self.next_number = received.saturating_add(1);
        for log in logs {
            if let Some(key) = keys.get(&(log.scope, log.epoch.0)) {
                let held = self.held.entry(*key).or_default();
                log.held().iter().for_each(|range| held.insert(range));
            }
            if log.scope.kind == ScopeKind::Person {
                self.introduced.insert(log.scope.id);
            }
        }
        Ok(Acknowledged {
            logs: self.held.iter().map(|(key, held)| (*key, held.clone())).collect(),
            introduced: self.introduced.iter().copied().collect(),
            whole: true,
        })
    }

    /// What is held of a log, or will be once all that is under way has arrived.
    fn covered(&self, log: i64) -> Ranges {
        let mut covered = self.held.get(&log).cloned().unwrap_or_default();
        for sent in self.under_way.iter().flat_map(|batch| &batch.sent) {
            if sent.log == log {
                covered.insert(sent.range.clone());
            }
        }
        covered
    }

    fn missing(&self, log: &OwnLog) -> Ranges {
        lacking(log, &self.covered(log.key))
    }

    /// What is not yet known to be held.
    pub fn backlog(&self, rows: &mut dyn Rows) -> Outcome<Backlog> {
        let mut backlog = Backlog::default();
        for log in logs::shared(rows, self.own, self.peer, Sharing::Mine)? {
            let missing = lacking(&log, &self.held.get(&log.key).cloned().unwrap_or_default());
            if !missing.is_empty() {
                backlog.changes += missing.len();
                let bytes = logs::bytes(rows, &log, &missing)?;
                backlog.bytes += u64::try_from(bytes).unwrap_or(0);
            }
        }
        Ok(backlog)
    }

    /// The next batch, of about `room` bytes once it is compressed; none if the peer has it all.
    pub fn next(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        key: &SigningKey,
        room: usize,
    ) -> Outcome<Option<Parcel>> {
        let shared = logs::shared(rows, self.own, self.peer, Sharing::Mutual)?;
        let behind: Vec<OwnLog> =
            shared.into_iter().filter(|log| !self.missing(log).is_empty()).collect();
        if behind.is_empty() {
            return Ok(None);
        }
        let mut draft = Draft {
            // Compression takes more than half away; a batch too large is worse than one too small.
            room: (2 * room).min(MOST_BYTES / 2),
            runs: Vec::new(),
            hints: Vec::new(),
            heads: Vec::new(),
            sent: Vec::new(),
            introduced: Vec::new(),
            covered: HashMap::new(),
        };
        let (history, places): (Vec<_>, Vec<_>) = behind
            .into_iter()
            .partition(|log| matches!(log.name.scope.kind, ScopeKind::Channel | ScopeKind::Person));
        for log in &places {
            self.draft_whole(rows, features, log, &mut draft)?;
        }
        for log in &history {
            // The first change of a channel is its making, without which nothing in it can be read.
            let is_channel = log.name.scope.kind == ScopeKind::Channel;
            if is_channel && !draft.is_full() && self.covered(log.key).is_empty() {
                self.draft(rows, features, log, 0..1, &mut draft)?;
            }
        }
        self.draft_newest(rows, features, &history, &mut draft)?;
        Ok(Some(self.seal(draft, key)))
    }

    fn seal(&mut self, draft: Draft, key: &SigningKey) -> Parcel {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.introduced.extend(draft.introduced.iter().copied());
        let changes = draft.sent.iter().map(|sent| sent.range.end - sent.range.start).sum();
        let (sent, introduced) = (draft.sent, draft.introduced);
        self.under_way.push_back(UnderWay { number, sent, introduced });
        let signature = if draft.heads.is_empty() {
            Vec::new()
        } else {
            sign_heads(&draft.heads, key).as_bytes().to_vec()
        };
        Parcel { number, runs: draft.runs, hints: draft.hints, signature, changes }
    }

    fn draft_whole(
        &mut self,
        rows: &mut dyn Rows,
        features: &Features,
        log: &OwnLog,
        draft: &mut Draft,
    ) -> Outcome<()> {
        for range in self.missing(log).iter() {
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
        history: &[OwnLog],
        draft: &mut Draft,
    ) -> Outcome<()> {
        let mut left: Vec<(&OwnLog, Ranges)> = Vec::new();
        for log in history {
            let drafted = draft.covered.get(&log.key).cloned();
            left.push((log, lacking(log, &drafted.unwrap_or_else(|| self.covered(log.key)))));
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
        log: &OwnLog,
        range: Range<u64>,
        draft: &mut Draft,
    ) -> Outcome<()> {
        let changes = logs::changes(rows, log, &range)?;
        let mut hints = Vec::with_capacity(changes.len());
        let mut people = Vec::new();
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
            hints.push(Hints { text: shape.text, ids });
        }
        if log.name.scope.kind != ScopeKind::Person {
            self.introduce(rows, features, people, draft)?;
        }
        draft.room = draft.room.saturating_sub(size);
        let run = self.run(rows, log, range.clone(), changes, draft)?;
        draft.runs.push(run);
        draft.hints.extend(hints);
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
        people.sort_unstable();
        people.dedup();
        for person in people {
            let known = person.is_none()
                || self.introduced.contains(&person)
                || draft.introduced.contains(&person);
            if known {
                continue;
            }
            // The people of other sites are introduced by those.
            let profiles = logs::of_scope(rows, self.own, Scope::new(ScopeKind::Person, person))?;
            if profiles.is_empty() {
                continue;
            }
            draft.introduced.push(person);
            // The newest profile says it all; what it replaced comes with the history.
            let Some(log) = profiles.last() else { continue };
            if self.covered(log.key).is_empty() {
                self.draft(rows, features, log, log.size - 1..log.size, draft)?;
            }
        }
        Ok(())
    }

    fn run(
        &mut self,
        rows: &mut dyn Rows,
        log: &OwnLog,
        range: Range<u64>,
        changes: Vec<Change>,
        draft: &mut Draft,
    ) -> Outcome<Run> {
        let covered = draft.covered.remove(&log.key).unwrap_or_else(|| self.covered(log.key));
        let is_new = covered.is_empty();
        let size = covered.iter().next_back().map_or(0, |last| last.end);
        let withheld = proof_of(&covered, &range)
            .ok_or_else(|| Failure::internal("a run that is held already"))?;
        let leaves = self.leaves.entry(log.key).or_default();
        let mut proof = Vec::with_capacity(withheld.len());
        for at in withheld {
            leaves.reach(rows, log, at.start + (1 << at.height))?;
            let root = leaves.subtree(at.start, at.height);
            proof.push(root.ok_or_else(|| Failure::internal("a subtree that is not there"))?);
        }
        if range.start >= size {
            let root = head_root(rows, log, range.end, leaves)?;
            let LogName { site, epoch, scope } = log.name;
            draft.heads.push(Head { site, epoch, scope, size: range.end, root });
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
        Ok(Run { log: log.name, first: range.start, entries: entries.collect(), proof, salts })
    }
}

/// What somebody lacks of a log who holds that much of it.
///
/// Of a site that was put back from a backup, others may hold changes that it has lost. A gap that
/// reaches to them can be proved by nobody any more, and stays.
fn lacking(log: &OwnLog, held: &Ranges) -> Ranges {
    let beyond = held.iter().next_back().is_some_and(|last| last.end > log.size);
    let until = match held.iter().rfind(|range| range.start <= log.size) {
        Some(last) if beyond => last.end.min(log.size),
        None if beyond => 0,
        _ => log.size,
    };
    std::iter::once(0..until).collect::<Ranges>().minus(held)
}

/// The root of a log when it had a size.
fn head_root(rows: &mut dyn Rows, log: &OwnLog, size: u64, leaves: &mut Leaves) -> Outcome<Digest> {
    if let Some(root) = logs::root(rows, log, size)? {
        return Ok(root);
    }
    leaves.reach(rows, log, size)?;
    leaves.root(size).ok_or_else(|| Failure::internal("a log is shorter than it was"))
}

/// The names of this site's logs, by their keys.
fn names(rows: &mut dyn Rows, own: SiteId) -> Outcome<HashMap<i64, LogName>> {
    let found = rows.all(
        "SELECT log.key, log.epoch, scope.kind, scope.id FROM log \
         JOIN scope ON scope.key = log.scope_key WHERE log.site = ?1",
        params![&own.0],
        |row| {
            let kind = u8::try_from(row.int(2)).ok()?.try_into().ok()?;
            let epoch = fieldpost_log::Epoch(u64::from_be_bytes(row.int(1).to_be_bytes()));
            let scope = Scope { kind, id: row.id(3) };
            Some((row.int(0), LogName { site: own, epoch, scope }))
        },
    )?;
    Ok(found.into_iter().flatten().collect())
}

/// Keeps what a peer is known to hold.
pub fn keep(work: &mut Work<'_>, peer: SiteId, known: &Acknowledged) -> Outcome<()> {
    if known.whole {
        work.execute("DELETE FROM link_sent WHERE site = ?1", params![&peer.0])?;
        work.execute("DELETE FROM link_introduced WHERE site = ?1", params![&peer.0])?;
    }
    for (log, ranges) in &known.logs {
        work.execute(
            "INSERT INTO link_sent (site, log_key, ranges) VALUES (?1, ?2, ?3) \
             ON CONFLICT (site, log_key) DO UPDATE SET ranges = excluded.ranges",
            params![&peer.0, *log, &bytes_of(ranges)?],
        )?;
    }
    for person in &known.introduced {
        work.execute(
            "INSERT INTO link_introduced (site, person) VALUES (?1, ?2) \
             ON CONFLICT (site, person) DO NOTHING",
            params![&peer.0, person],
        )?;
    }
    Ok(())
}

impl Acknowledged {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty() && self.introduced.is_empty() && !self.whole
    }
}

fn bytes_of(ranges: &Ranges) -> Outcome<Vec<u8>> {
    let pairs: Vec<(u64, u64)> = ranges.iter().map(|range| (range.start, range.end)).collect();
    postcard::to_stdvec(&pairs).map_err(Failure::internal)
}

fn ranges_of(bytes: &[u8]) -> Ranges {
    let pairs: Vec<(u64, u64)> = postcard::from_bytes(bytes).unwrap_or_default();
    pairs.into_iter().map(|(start, end)| start..end).collect()
}
