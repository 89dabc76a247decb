//! What a peer sends: whether it proves what it says, whether it may say it, and taking it over.
//!
//! A batch is judged whole before anything of it is taken over, from a consistent view of the rows
//! ([`judge`]). Taking over is done in slices, so that people's own writes need not wait behind a
//! large batch; only the last one ([`finish`]) says that the batch is held. A crash in between costs
//! nothing but sending it again, because a change that is here already is not applied twice.
//!
//! What a peer passes on of other sites is proved by what those have signed, and otherwise judged in the
//! same way: what the peer shares, its other peers may write.
//!
//! The batches of a bundle are judged [apart](Apart): not by what is held here, but by what stands in
//! the bundle before them. What the bundle proves is taken together with what is held once all of it
//! was taken over ([`hold`]).
//!
//! What this site wrote itself and lost, because it was put back from a backup, peers give back
//! ([`returned`]).

mod holding;
mod preview;
mod returned;
mod signed;
mod taking;

use std::collections::{BTreeMap, BTreeSet, HashMap, btree_map};
use std::ops::Range;

use fieldpost_kernel::{
    Change, Content, Dialect, Failure, Features, Kind, Outcome, Position, Received, Rows, RowsExt,
    Work, params,
};
use fieldpost_log::{
    Digest, Frontier, Head, Held, LogName, NotProved, Ranges, SaltTree, Scope, ScopeKind, SiteId,
    Stamp,
};
use fieldpost_model::Id;
use fieldpost_replica::{Entry, Run, Voucher};

pub use self::holding::{Wish, holding, holding_of, holding_of_others, wish};
pub(crate) use self::preview::check_of;
pub use self::preview::{judge_preview, place};
pub use self::returned::{Own, lost};
pub use self::taking::{
    MOVED_ON, finish, finish_apart, hold, keep_signed, require_same_writers, take_slice,
};
use crate::relay::Statement;
use crate::{Peer, direct, sites, writers};

/// Changes that are taken over in one use case.
pub const SLICE: usize = 64;

/// What becomes of a batch.
#[derive(Debug)]
pub enum Verdict {
    /// It is taken over.
    Take(Taken),
    /// It does not fit what is held here: the peer must be told what that is.
    OutOfStep,
    /// It is not what it claims, or says what the peer may not say.
    Refuse(String),
    /// That holds of what it passes on of another site, which may be at fault itself: nothing more of
    /// that is wanted from this peer.
    SetAside(SiteId, String),
}

/// A batch that has come and was read.
#[derive(Debug, Clone, Default)]
pub struct Arrived {
    /// Its runs.
    pub runs: Vec<Run>,
    /// The peer's signature over the heads of its own logs.
    pub signature: Vec<u8>,
    /// What other sites have signed of theirs.
    pub vouchers: Vec<Voucher>,
    /// Sites of which nothing is taken, whatever is in it.
    pub without: BTreeSet<SiteId>,
    /// This site, if it has asked for what it wrote itself and lost.
    pub own: Option<Own>,
    /// Logs that the peer goes on sending though they were left out, and it was told so, each with what would
    /// be held of it: all of them is left out.
    pub unheeded: BTreeMap<LogName, Received>,
}

/// A batch that was judged, ready to be taken over.
#[derive(Debug, Default, Clone)]
pub struct Taken {
    /// Its changes, in order.
    pub changes: Vec<Change>,
    /// Those of them that the peer passed on, as runs of the logs of other sites.
    pub relayed: Vec<(LogName, Range<u64>)>,
    /// The logs in which somebody wrote who only reads, each with what would be held of it: nothing of them is
    /// taken.
    pub left_out: BTreeMap<LogName, Received>,
    /// Those of them that hold nothing of that sort, and rest on what was left out before.
    pub unfounded: BTreeSet<LogName>,
    /// By what each channel was judged of who writes there.
    pub writers: BTreeMap<Id, writers::Version>,
    /// What will be held of each log, and what was held of it before.
    logs: Vec<(LogName, Proved)>,
    /// What was signed, in one statement or several.
    statements: Vec<Statement>,
    /// Up to where each log was signed, and with which of the statements.
    signed: Signings,
    /// What the changes refer to and do not contain.
    contents: Vec<Content>,
    /// The latest time that the peer's clock showed.
    latest: Stamp,
}

/// What a batch, or a bundle, proves of a log.
#[derive(Debug, Clone, Default)]
pub struct Proved {
    before: Received,
    after: Received,
}

/// Up to where each log was signed, and with which of the statements.
pub(crate) type Signings = BTreeMap<LogName, (u64, usize)>;

/// A head to which a run leads, with the run's place in the batch.
type Moved = (u32, Head);

/// The verdict on what is wrong with something that a site wrote and the peer sent.
fn refusal(peer: &Peer, site: SiteId, why: impl Into<String>) -> Verdict {
    if site == peer.site {
        Verdict::Refuse(why.into())
    } else {
        Verdict::SetAside(site, why.into())
    }
}

/// Logs as they will be once the runs looked at so far are taken over.
#[derive(Default, Clone)]
struct Logs {
    logs: BTreeMap<LogName, (Proved, Option<SaltTree>)>,
    moved: Vec<Moved>,
    /// The heads to which runs lead that came another way already, by the runs' places in the batch.
    known: BTreeMap<u32, Head>,
    /// Whether they rest on nothing but the runs themselves.
    apart: bool,
    statements: Vec<Statement>,
    signed: Signings,
    /// Logs of which nothing is taken over, though they are proved.
    left_out: BTreeSet<LogName>,
    /// What would be held of those that are sent again and again.
    unheeded: BTreeMap<LogName, Received>,
}

/// What the batches of one bundle prove, by itself.
pub struct Apart(Logs);

impl Default for Apart {
    fn default() -> Self {
        Self(Logs { apart: true, ..Logs::default() })
    }
}

impl Apart {
    /// The logs of which something was proved, and what of them.
    pub fn logs(self) -> (Vec<(LogName, Proved)>, Signed) {
        let Logs { logs, statements, mut signed, left_out, .. } = self.0;
        let logs = logs.into_iter().filter(|(name, _)| !left_out.contains(name));
        signed.retain(|name, _| !left_out.contains(name));
        (logs.map(|(name, (proved, _))| (name, proved)).collect(), Signed { statements, signed })
    }
}

/// What a bundle holds of what was signed.
pub struct Signed {
    statements: Vec<Statement>,
    signed: Signings,
}

/// Judges a batch of a peer.
pub fn judge(
    rows: &mut dyn Rows,
    features: &Features,
    peer: &Peer,
    batch: Arrived,
) -> Outcome<Verdict> {
    let mut logs = Logs::default();
    let mut verdict = judged(rows, features, peer, &mut logs, batch)?;
    if let Verdict::Take(taken) = &mut verdict {
        let (proved, signed) = Apart(logs).logs();
        (taken.statements, taken.signed) = (signed.statements, signed.signed);
        taken.logs = proved;
    }
    Ok(verdict)
}

/// Judges the next batch of a bundle of a peer's. Changes of what an administrator of this side has
/// ended since are left out. If what another site wrote is not good, the batch is to be judged again
/// without that site.
pub fn judge_apart(
    rows: &mut dyn Rows,
    features: &Features,
    peer: &Peer,
    apart: &mut Apart,
    batch: Arrived,
) -> Outcome<Verdict> {
    let is_relayed = batch.runs.iter().any(|run| run.log.site != peer.site);
    let before = is_relayed.then(|| apart.0.clone());
    let verdict = judged(rows, features, peer, &mut apart.0, batch)?;
    if let (Verdict::SetAside(..), Some(before)) = (&verdict, before) {
        apart.0 = before;
    }
    Ok(verdict)
}

fn judged(
    rows: &mut dyn Rows,
    features: &Features,
    peer: &Peer,
    logs: &mut Logs,
    Arrived { runs, signature, vouchers, without, own, unheeded }: Arrived,
) -> Outcome<Verdict> {
    let mut taken = Taken::default();
    logs.unheeded = unheeded;
    logs.moved.clear();
    logs.known.clear();
    for (place, run) in runs.into_iter().enumerate() {
        let (name, range) = (run.log, run.first..run.first + run.entries.len() as u64);
        if without.contains(&name.site) {
            continue;
        }
        let mut is_ended = false;
        let refused = match own.as_ref().filter(|own| own.site == name.site) {
            Some(own) => own.refused(&name),
            None => refused_log(rows, peer, &name)?,
        };
        if let Some(why) = refused {
            is_ended = was_ended(rows, peer, &name, logs.apart)?;
            match is_ended {
                true if logs.apart => {}
                true => return Ok(Verdict::OutOfStep),
                false => return Ok(refusal(peer, name.site, why)),
            }
        }
        match logs.take(rows, (place, run), name.site != peer.site)? {
            Ok(_) if is_ended => {
                logs.left_out.insert(name);
            }
            Ok(changes) => {
                if name.site != peer.site {
                    taken.relayed.push((name, range));
                }
                taken.changes.extend(changes);
            }
            Err(NotProved::OutOfStep) if logs.apart => {
                return Ok(refusal(peer, name.site, "changes without a proof of their own"));
            }
            Err(NotProved::OutOfStep) => return Ok(Verdict::OutOfStep),
            Err(NotProved::False) => {
                return Ok(refusal(peer, name.site, NotProved::False.to_string()));
            }
        }
    }
    let signed = (&*signature, &*vouchers);
    if let Some(verdict) = logs.unsigned(rows, peer, signed, (&without, own.as_ref()))? {
        return Ok(verdict);
    }
    if !taken.relayed.is_empty() {
        // Of another site's log the end comes first, which alone was signed.
        in_their_order(&mut taken.changes);
    }
    let own = own.map(|own| own.site);
    let mut judged = writers::judge(rows, features, &taken.changes)?;
    // What this site wrote itself stands here already for others.
    judged.refused.retain(|log| Some(log.site) != own);
    let again = logs.logs.keys().filter(|log| logs.unheeded.contains_key(log));
    taken.unfounded = again.filter(|log| !judged.refused.contains(log)).copied().collect();
    let refused = judged.refused.union(&taken.unfounded).copied().collect::<BTreeSet<LogName>>();
    taken.writers = judged.by;
    taken.changes.retain(|change| !refused.contains(&change.name.log()));
    for log in refused {
        if let Some((proved, _)) = logs.logs.get(&log) {
            taken.left_out.insert(log, proved.after.clone());
        }
        logs.left_out.insert(log);
    }
    judged_changes(rows, features, (peer, own), taken)
}

/// Judges what changes say, whose logs and proofs were judged; `own` is this site, if they may be its own.
fn judged_changes(
    rows: &mut dyn Rows,
    features: &Features,
    (peer, own): (&Peer, Option<SiteId>),
    mut taken: Taken,
) -> Outcome<Verdict> {
    if let Some((site, why)) = refused_authors(rows, &taken.changes, own)? {
        return Ok(refusal(peer, site, why));
    }
    if let Some(why) = direct::refused(rows, features, peer, &taken.changes)? {
        return Ok(Verdict::Refuse(why.to_owned()));
    }
    for change in &taken.changes {
        if change.stamp > Stamp::LATEST {
            return Ok(refusal(peer, change.name.site, "a time that no clock shows"));
        }
        if change.name.site == peer.site && features.keeps_time(change.kind) {
            taken.latest = taken.latest.max(change.stamp);
        }
        let shape = features.shape(change);
        let places = if own == Some(change.name.site) { Vec::new() } else { shape.places };
        for place in places {
            if let Some(why) = refused_scope(rows, peer, (change.name.site, place))? {
                return Ok(refusal(peer, change.name.site, why));
            }
        }
        taken.contents.extend(shape.contents);
    }
    Ok(Verdict::Take(taken))
}

/// Puts the changes of each log in their order, and leaves the logs in the order in which they began.
fn in_their_order(changes: &mut [Change]) {
    let mut began: HashMap<LogName, usize> = HashMap::new();
    for change in &*changes {
        let next = began.len();
        began.entry(change.name.log()).or_insert(next);
    }
    changes.sort_by_key(|change| (began.get(&change.name.log()).copied(), change.name.sequence));
}

impl Logs {
    fn take(
        &mut self,
        rows: &mut dyn Rows,
        (place, run): (usize, Run),
        is_relayed: bool,
    ) -> Outcome<Result<Vec<Change>, NotProved>> {
        let (proved, tree) = match self.logs.entry(run.log) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(new) if self.apart => new.insert((Proved::default(), None)),
            btree_map::Entry::Vacant(new) => {
                let before = received(rows, &run.log)?;
                let after = self.unheeded.get(&run.log).unwrap_or(&before).clone();
                new.insert((Proved { before, after }, None))
            }
        };
        let received = &mut proved.after;
        if received.salts.is_empty() {
            received.salts.clone_from(&run.salts);
        }
        if tree.is_none() {
            *tree = SaltTree::decode_secret(&received.salts).ok();
        }
        let Some(tree) = tree else { return Ok(Err(NotProved::OutOfStep)) };
        // Salts of a part would prove this run and no other, and who passes it on knows them.
        if is_relayed && !tree.is_whole() {
            return Ok(Err(NotProved::False));
        }
        let here: Ranges = received.held.ranges();
        let wanted: Ranges =
            std::iter::once(run.first..run.first + run.entries.len() as u64).collect();
        if is_relayed && wanted.minus(&here).is_empty() {
            // It came another way already. That it is the same is seen when it is taken over. Its writer
            // may have signed it together with what is new.
            let frontier = received.held.frontier();
            if frontier.size() == run.first + run.entries.len() as u64 {
                self.known.insert(place_of(place)?, head_of(run.log, frontier));
            }
            return Ok(Ok(changes_of(run.log, run.first, run.entries)));
        }
        let is_tip = run.first >= received.held.frontier().size();
        let changes = changes_of(run.log, run.first, run.entries);
        let leaves: Option<Vec<Digest>> = changes.iter().map(|change| change.leaf(tree)).collect();
        let Some(leaves) = leaves else { return Ok(Err(NotProved::False)) };
        if let Err(not_proved) = received.held.fill(run.first, &leaves, &run.proof) {
            return Ok(Err(not_proved));
        }
        if is_tip {
            self.moved.push((place_of(place)?, head_of(run.log, received.held.frontier())));
        }
        Ok(Ok(changes))
    }
}

fn place_of(place: usize) -> Outcome<u32> {
    u32::try_from(place).map_err(Failure::internal)
}

/// Where a log ends.
fn head_of(LogName { site, epoch, scope }: LogName, frontier: &Frontier) -> Head {
    Head { site, epoch, scope, size: frontier.size(), root: frontier.root() }
}

/// Entries of a run as changes.
fn changes_of(log: LogName, first: u64, entries: Vec<Entry>) -> Vec<Change> {
    let changes = entries.into_iter().zip(first..).map(|(entry, sequence)| Change {
        position: Position::default(),
        name: log.change(sequence),
        stamp: entry.stamp,
        author: entry.author,
        kind: Kind::new(entry.kind),
        payload: entry.payload,
    });
    changes.collect()
}

/// Why a peer may not send a log, if it may not: only of what is shared with it, its own logs, and those
/// of sites that were introduced. What is between the people of two sites, no third passes on.
fn refused_log(rows: &mut dyn Rows, peer: &Peer, log: &LogName) -> Outcome<Option<&'static str>> {
    if log.site != peer.site {
        if log.scope.kind == ScopeKind::Conversation {
            return Ok(Some("a conversation of another site"));
        }
        if sites::known(rows, log.site)?.is_none() {
            return Ok(Some("a log of a site that was not introduced"));
        }
    }
    refused_scope(rows, peer, (log.site, log.scope))
}

/// Why a site may not write to a scope, as a peer passes it on or writes there itself, if it may not.
fn refused_scope(
    rows: &mut dyn Rows,
    peer: &Peer,
    (writer, scope): (SiteId, Scope),
) -> Outcome<Option<&'static str>> {
    let site = &peer.site.0;
    let id = &scope.id;
    let shared = |rows: &mut dyn Rows, column: &str| {
        let sql = format!(
            "SELECT count(*) FROM link_share WHERE site = ?1 AND {column} = ?2 \
             AND mine = 1 AND theirs = 1"
        );
        Ok::<bool, Failure>(rows.count(&sql, params![site, id])? > 0)
    };
    let allowed = match scope.kind {
        ScopeKind::Channel => shared(rows, "channel")?,
        ScopeKind::Team => shared(rows, "team")?,
        ScopeKind::TeamMembers => peer.theirs_all && shared(rows, "team")?,
        // Whoever is not known here yet may be the writer's; whoever is, must be.
        ScopeKind::Person => home(rows, scope.id)?.is_none_or(|home| home == Some(writer)),
        // In which of them, the changes show ([`direct::refused`]).
        ScopeKind::Conversation => peer.is_direct(),
        ScopeKind::Private | ScopeKind::Site => false,
    };
    Ok((!allowed).then_some("a scope that is not shared"))
}

/// Whether a log is of what this side shared until an administrator ended it, of which the peer has
/// not heard: what it had sent by then is no offence.
fn was_ended(rows: &mut dyn Rows, peer: &Peer, log: &LogName, apart: bool) -> Outcome<bool> {
    if log.scope.kind == ScopeKind::Conversation {
        return Ok(log.site == peer.site && direct::was_ended(peer, apart));
    }
    let sql = "SELECT count(*) FROM link_share WHERE site = ?1 AND (channel = ?2 OR team = ?2) \
               AND theirs = 1 AND refused = 1";
    Ok(rows.count(sql, params![&peer.site.0, &log.scope.id])? > 0)
}

/// Where a person is at home, if they are known: at another site, or here.
pub(crate) fn home(rows: &mut dyn Rows, person: Id) -> Outcome<Option<Option<SiteId>>> {
    let sql = "SELECT home FROM account WHERE id = ?1";
    rows.first(sql, params![&person], |row| row.blob(0).try_into().ok().map(SiteId))
}

/// Why some change is not in its author's own name, if one is not: each author is at home where the
/// change was written, known as such or introduced by the batch itself.
fn refused_authors(
    rows: &mut dyn Rows,
    changes: &[Change],
    own: Option<SiteId>,
) -> Outcome<Option<(SiteId, String)>> {
    let introduced: BTreeSet<(SiteId, Id)> = changes
        .iter()
        .filter(|change| change.name.scope.kind == ScopeKind::Person)
        .map(|change| (change.name.site, change.name.scope.id))
        .collect();
    let authors: BTreeSet<(SiteId, Id)> =
        changes.iter().map(|change| (change.name.site, change.author)).collect();
    for (site, author) in authors.into_iter().filter(|(_, author)| !author.is_none()) {
        let is_theirs = match home(rows, author)? {
            Some(home) => home.or(own) == Some(site),
            None => introduced.contains(&(site, author)),
        };
        if !is_theirs {
            let why = format!("a change in the name of {author}, who is not of that site");
            return Ok(Some((site, why)));
        }
    }
    Ok(None)
}

/// What is held of a log: of one that this site wrote here, all of it.
fn received(rows: &mut dyn Rows, log: &LogName) -> Outcome<Received> {
    stored(rows, log, "")
}

/// The same, for whoever is about to say what is held: another server of this site waits until that is
/// said, and does not overwrite it.
fn received_alone(work: &mut Work<'_>, log: &LogName) -> Outcome<Received> {
    let alone = match work.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE OF log",
    };
    stored(work, log, alone)
}

fn stored(rows: &mut dyn Rows, log: &LogName, alone: &str) -> Outcome<Received> {
    let kind = i64::from(u8::from(log.scope.kind));
    let epoch = i64::from_be_bytes(log.epoch.0.to_be_bytes());
    let sql = format!(
        "SELECT log.held, log.salts, log.frontier FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = ?1 AND scope.id = ?2 AND log.site = ?3 AND log.epoch = ?4{alone}"
    );
    let found = rows.first(&sql, params![kind, &log.scope.id, &log.site.0, epoch], |row| {
        (row.blob(0).to_vec(), row.blob(1).to_vec(), row.blob(2).to_vec())
    })?;
    // The salts of others come with what is held of them.
    let Some((held, salts, frontier)) = found.filter(|(_, salts, _)| !salts.is_empty()) else {
        return Ok(Received::default());
    };
    let held = match held.is_empty() {
        true => Frontier::decode(&frontier).map(Held::whole),
        false => Held::decode(&held),
    };
    let held =
        held.map_err(|e| Failure::internal(format!("what is held of a log is damaged: {e}")))?;
    Ok(Received { held, salts })
}
