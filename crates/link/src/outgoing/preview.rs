//! What goes ahead of its proof over a link on which a signature takes seconds: a few short changes, as
//! previews. They come once more in a batch, which many of them share.

use std::ops::Range;

use fieldpost_kernel::{Change, Failure, Features, Outcome, Rows};
use fieldpost_log::{LogName, Ranges, SaltTree, ScopeKind};
use fieldpost_model::Id;
use fieldpost_replica::{
    Entry, Head, Hints, Known, MOST_PREVIEWED, Mark, Run, mark_of_epoch, mark_of_id,
};

use super::{Outgoing, lacking};
use crate::direct;
use crate::incoming::{check_of, home};
use crate::logs::{self, Log, Sharing};
use crate::names::{self, Space, Whole};
use crate::passage::Passing;
use crate::writers;

/// Bytes of contents in one preview, at most: what is longer gains little by going without a proof.
const SHORT: i64 = 256;

/// What waits to be previewed at once, at most, in runs: more of them are better off in one batch.
const FEW: usize = 3;

/// Changes that were previewed and stand in no batch yet, at most.
const MOST_AHEAD: u64 = 16;

/// What may go ahead of its proof.
#[derive(Debug)]
pub enum Ahead {
    /// Nothing: there is nothing to say.
    Nothing,
    /// Nothing: what there is to say goes in a batch.
    Batch,
    /// All that is new went ahead, and its batch may wait for more.
    All,
    /// These changes.
    This(Box<PreviewDraft>),
}

/// Changes that go ahead, before they are encoded.
#[derive(Debug)]
pub struct PreviewDraft {
    /// What they rest on, by short names.
    pub head: Head,
    /// What the short names stand for.
    pub known: Known,
    /// The changes.
    pub run: Run,
    /// What stands in them.
    pub hints: Vec<Hints>,
    /// What leaves this site with it.
    pub passing: Passing,
}

impl Outgoing {
    /// What goes ahead of its proof next. It counts as sent ahead from then on, for this conversation.
    ///
    /// It is to be asked only while it is known what the peer holds.
    pub fn ahead(&mut self, rows: &mut dyn Rows, features: &Features) -> Outcome<Ahead> {
        let (mut ahead, mut unsaid) = (0, Vec::new());
        let mut shared = logs::shared(rows, self.own, self.peer, Sharing::Mutual)?;
        writers::hold_back(rows, features, (self.own, &mut shared))?;
        for log in shared {
            let missing = self.missing(&log);
            if missing.is_empty() {
                self.previewed.remove(&log.key);
                continue;
            }
            if !self.may_preview(rows, &log)? {
                return Ok(Ahead::Batch);
            }
            let said = self.previewed.get(&log.key).cloned().unwrap_or_default();
            let new = missing.minus(&said);
            ahead += missing.len();
            unsaid.extend(new.iter().map(|range| (log.clone(), range)));
        }
        // What others wrote goes with its proof, which is theirs, and does not wait.
        if !self.relayed_wanted(rows)?.is_empty()
            || !self.lost(rows)?.is_empty()
            || ahead > MOST_AHEAD
            || unsaid.len() > FEW
            || !self.strangers(rows)?.is_empty()
        {
            return Ok(Ahead::Batch);
        }
        if ahead == 0 {
            return Ok(Ahead::Nothing);
        }
        let Some((log, range)) = unsaid.into_iter().next() else { return Ok(Ahead::All) };
        let Some(draft) = self.draft_ahead(rows, features, &log, range.clone())? else {
            return Ok(Ahead::Batch);
        };
        self.previewed.entry(log.key).or_default().insert(range);
        Ok(Ahead::This(Box::new(draft)))
    }

    /// A preview does not go after all: something in it was withdrawn before it left.
    pub fn keep_back(&mut self, passing: &Passing) {
        for (log, range) in passing.iter() {
            if let Some(said) = self.previewed.get_mut(&log) {
                *said = said.minus(&std::iter::once(range).collect());
            }
        }
    }

    /// Whether all that is missing of a log may be previewed: the peer is known to hold its beginning,
    /// and nothing before that is missing.
    fn may_preview(&mut self, rows: &mut dyn Rows, log: &Log) -> Outcome<bool> {
        let is_begun = |held: &&Ranges| held.contains(0) || log.withheld.contains(0);
        let Some(held) = self.held.get(&log.key).filter(is_begun) else { return Ok(false) };
        let opening = match log.name.scope.kind {
            ScopeKind::Channel => None,
            ScopeKind::Conversation => direct::opening(rows, log)?,
            _ => return Ok(false),
        };
        let opening: Ranges = opening.into_iter().collect();
        let is_behind = lacking(log, held).iter().any(|range| range.start < held.end());
        Ok(opening.minus(held).minus(&log.withheld).is_empty() && !is_behind)
    }

    /// Some changes as a preview; nothing if they are too long, or speak of what has to come first.
    fn draft_ahead(
        &self,
        rows: &mut dyn Rows,
        features: &Features,
        log: &Log,
        range: Range<u64>,
    ) -> Outcome<Option<PreviewDraft>> {
        let wanted = std::iter::once(range.clone()).collect();
        let is_long = range.end - range.start > MOST_PREVIEWED as u64
            || logs::bytes(rows, log, &wanted)? > SHORT;
        let base = self.held.get(&log.key).map_or(0, Ranges::end).checked_sub(1);
        let Some(base) = base.filter(|base| !is_long && range.start > *base) else {
            return Ok(None);
        };
        let changes = logs::changes(rows, log, &range)?;
        let mut named = Named::default();
        let mut hints = Vec::with_capacity(changes.len());
        for change in &changes {
            let Some(hint) = self.look_at(rows, features, change, &mut named)? else {
                return Ok(None);
            };
            hints.push(hint);
        }
        let head = self.head(rows, log, (base, &range), &named)?;
        let stamp = logs::stamp(rows, log, base)?;
        let logs = std::iter::once(log.name).chain(named.logs).collect();
        let people = named.own.into_iter().chain(named.others).collect();
        let known = Known { logs, people, base, stamp };
        let entries = changes.into_iter().map(|change| Entry {
            stamp: change.stamp,
            author: change.author,
            kind: change.kind.number(),
            payload: change.payload,
        });
        let (entries, proof, salts) = (entries.collect(), Vec::new(), Vec::new());
        let run = Run { log: log.name, first: range.start, entries, proof, salts };
        let passing = Passing::of(std::iter::once((log.key, range)));
        Ok(Some(PreviewDraft { head, known, run, hints, passing }))
    }

    /// What stands in a change, if it speaks of nobody who must be introduced, and of no file.
    fn look_at(
        &self,
        rows: &mut dyn Rows,
        features: &Features,
        change: &Change,
        named: &mut Named,
    ) -> Outcome<Option<Hints>> {
        let shape = features.shape(change);
        if !shape.contents.is_empty() || !shape.places.is_empty() {
            return Ok(None);
        }
        for person in std::iter::once(change.author).chain(shape.people.iter().copied()) {
            if person.is_none() || named.own.contains(&person) || named.others.contains(&person) {
                continue;
            }
            match home(rows, person)? {
                Some(None) if self.introduced.contains(&person) => named.own.push(person),
                Some(Some(home)) if home == self.peer => named.others.push(person),
                Some(Some(_)) => {}
                _ => return Ok(None),
            }
        }
        let mut ids = Vec::new();
        for post in shape.posts {
            let maker = if post.is_none() { None } else { logs::maker(rows, post)? };
            let log = maker.map(|maker| maker.log).filter(|log| *log != change.name.log());
            if let Some(log) = log.filter(|log| log.scope == change.name.scope)
                && !named.logs.contains(&log)
            {
                named.logs.push(log);
            }
            ids.push((post, maker));
        }
        ids.extend(shape.people.into_iter().map(|person| (person, None)));
        Ok(Some(Hints { text: shape.text, ids }))
    }

    fn head(
        &self,
        rows: &mut dyn Rows,
        log: &Log,
        (base, range): (u64, &Range<u64>),
        named: &Named,
    ) -> Outcome<Head> {
        let mut tree = SaltTree::decode_secret(&logs::salts(rows, log)?)
            .map_err(|e| Failure::internal(format!("a log's salts are damaged: {e}")))?;
        let check = check_of(&logs::leaves(rows, log, range, &mut tree)?);
        let scope = log.name.scope;
        let epochs = |logs: &[LogName]| {
            logs.iter().map(|log| mark_of_epoch(log.epoch)).collect::<Vec<Whole>>()
        };
        let all = logs::of_all(rows, scope)?;
        let own: Vec<LogName> = all.iter().copied().filter(|log| log.site == self.own).collect();
        let beside = names::beside(rows, Space::Scopes(scope.kind), scope.id)?;
        Ok(Head {
            is_conversation: scope.kind == ScopeKind::Conversation,
            scope: names::mark(mark_of_id(scope.id), beside, 0),
            epoch: names::mark(mark_of_epoch(log.name.epoch), epochs(&own), 0),
            base: base.to_le_bytes()[0],
            check,
            // The peer may know of logs and people of its own that nobody here has heard of.
            logs: (named.logs.iter())
                .map(|log| names::mark(mark_of_epoch(log.epoch), epochs(&all), 1))
                .collect(),
            own: marks_of(rows, Space::People(None), &named.own, 0)?,
            others: marks_of(rows, Space::People(Some(self.peer)), &named.others, 1)?,
        })
    }
}

/// What some changes speak of.
#[derive(Debug, Default)]
struct Named {
    logs: Vec<LogName>,
    own: Vec<Id>,
    others: Vec<Id>,
}

/// Short names of people who are at home at one site.
fn marks_of(rows: &mut dyn Rows, space: Space, people: &[Id], longer: usize) -> Outcome<Vec<Mark>> {
    let mut marks = Vec::with_capacity(people.len());
    for person in people {
        let beside = names::beside(rows, space, *person)?;
        marks.push(names::mark(mark_of_id(*person), beside, longer));
    }
    Ok(marks)
}
