//! Who writes in a channel: everybody with whom it is shared, unless the site that made it has said
//! which sites do. The others read it.
//!
//! What that site says stands in the channel itself, so that every site that has the channel knows it,
//! by whichever way, and all judge alike: of a site that only reads nothing is taken there but who of its
//! own people come and go. Up to where its logs were written before, they count as they did.
//!
//! *Architecture invariant:* what may be taken of a log follows from what the channel's maker said and
//! from the change, and not from whoever passes it on.

mod said;

use std::collections::{BTreeMap, BTreeSet};

use fieldpost_access::Caller;
use fieldpost_kernel::{
    Change, Failure, FailureKind, Features, Outcome, Rows, RowsExt, Work, params,
};
use fieldpost_log::{Held, LogName, Ranges, Scope, ScopeKind, SiteId};
use fieldpost_model::Id;

use crate::audit::{Action, Note};
use crate::incoming::home;
use crate::logs::{self, Log};
use crate::peer;
use crate::share::{channel_named, no_channel, require_shares};
use crate::sites;
use said::{Until, WritersSet};

pub(crate) use said::register;

/// Why something is not taken, for the administrators.
const WHY: &str = "something in a channel that this site only reads";

/// What was said last of who writes in a channel.
pub(crate) struct Rules {
    /// The site that made the channel, and said it.
    maker: Id,
    said: WritersSet,
    /// When that was.
    stamp: i64,
}

/// What was said last of who writes in a channel, as far as is known: what is said later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Version(i64);

/// The version in a channel now.
pub fn version(rows: &mut dyn Rows, channel: Id) -> Outcome<Version> {
    Ok(standing(rows, channel)?.map(|rules| Version(rules.stamp)).unwrap_or_default())
}

/// What was judged by who writes where.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// The logs of which nothing is to be taken, since a site wrote something in them where it only
    /// reads.
    pub(crate) refused: BTreeSet<LogName>,
    /// What each channel was judged by.
    pub(crate) by: BTreeMap<Id, Version>,
}

impl Rules {
    fn may_write(&self, site: Id) -> bool {
        let writers = self.said.writers.as_ref();
        site == self.maker || writers.is_none_or(|writers| writers.contains(&site))
    }

    /// From which of its changes on a log is that of a reader; none if its site writes.
    fn reads_from(&self, log: &LogName) -> Option<u64> {
        let site = Id::from_bytes(log.site.0);
        let until = |until: &&Until| until.site == site && until.epoch == log.epoch.0;
        let known = self.said.until.iter().find(until);
        (!self.may_write(site)).then(|| known.map_or(0, |until| until.size))
    }
}

/// Who writes in a channel, if not everybody does.
pub(crate) fn rules(rows: &mut dyn Rows, channel: Id) -> Outcome<Option<Rules>> {
    Ok(standing(rows, channel)?.filter(|rules| rules.said.writers.is_some()))
}

/// What was said last of who writes in a channel, if anything was.
fn standing(rows: &mut dyn Rows, channel: Id) -> Outcome<Option<Rules>> {
    let sql = "SELECT maker, said, stamp FROM link_writers WHERE channel = ?1";
    let found = rows.first(sql, params![&channel], |row| {
        let (maker, stamp) = (row.id(0), row.int(2));
        postcard::from_bytes(row.blob(1)).map(|said| Rules { maker, said, stamp })
    })?;
    found.transpose().map_err(Failure::internal)
}

/// What some changes say of who writes that is newer than what is known: what comes with it is judged by
/// it.
fn newly_said(rows: &mut dyn Rows, changes: &[Change]) -> Outcome<BTreeMap<Id, Rules>> {
    let mut new: BTreeMap<Id, Rules> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.name.scope.kind == ScopeKind::Channel) {
        let Some(said) = change.body::<WritersSet>() else { continue };
        let (channel, maker) = (change.name.scope.id, Id::from_bytes(change.name.site.0));
        if maker_of(rows, channel)? != Some(maker) {
            continue;
        }
        let stamp = i64::from_be_bytes(change.stamp.0.to_be_bytes());
        let known = new.get(&channel).map(|rules| rules.stamp);
        let known = known.max(standing(rows, channel)?.map(|rules| rules.stamp));
        if known.is_none_or(|known| known < stamp) {
            new.insert(channel, Rules { maker, said, stamp });
        }
    }
    Ok(new)
}

fn maker_of(rows: &mut dyn Rows, channel: Id) -> Outcome<Option<Id>> {
    rows.first("SELECT home FROM channel WHERE id = ?1", params![&channel], |row| row.id(0))
}

/// Whether a site that only reads may say this: it speaks of nobody but people of that site.
fn is_by_reader(
    features: &Features,
    change: &Change,
    mut is_own: impl FnMut(Id) -> Outcome<bool>,
) -> Outcome<bool> {
    if !features.is_by_readers(change.kind) {
        return Ok(false);
    }
    let people = features.shape(change).people;
    for person in &people {
        if !is_own(*person)? {
            return Ok(false);
        }
    }
    // One that cannot be read speaks of nobody, and says nothing.
    Ok(!people.is_empty())
}

/// Refuses what this site may not write in a channel that it only reads.
fn guard(features: &Features, change: &Change, rows: &mut dyn Rows) -> Outcome<()> {
    let Scope { kind, id } = change.name.scope;
    if kind != ScopeKind::Channel {
        return Ok(());
    }
    let sql = "SELECT reads FROM link_writers WHERE channel = ?1";
    if rows.first(sql, params![&id], |row| row.flag(0))? != Some(true)
        || is_by_reader(features, change, |person| Ok(home(rows, person)? == Some(None)))?
    {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Forbidden,
        "api.fieldpost.channel.read_only",
        "This site only reads the channel: the site that made it has said who writes there.",
    ))
}

/// Judges changes by who writes in their channels.
pub(crate) fn judge(
    rows: &mut dyn Rows,
    features: &Features,
    changes: &[Change],
) -> Outcome<Judged> {
    let mut judged = Judged::default();
    let new = newly_said(rows, changes)?;
    let introduced: BTreeSet<(SiteId, Id)> = changes
        .iter()
        .filter(|change| change.name.scope.kind == ScopeKind::Person)
        .map(|change| (change.name.site, change.name.scope.id))
        .collect();
    for changes in changes.chunk_by(|one, other| one.name.log() == other.name.log()) {
        let Some(log) = changes.first().map(|change| change.name.log()) else { continue };
        if log.scope.kind != ScopeKind::Channel {
            continue;
        }
        let known = match new.contains_key(&log.scope.id) {
            true => None,
            false => standing(rows, log.scope.id)?,
        };
        let rules = new.get(&log.scope.id).or(known.as_ref());
        judged.by.insert(log.scope.id, rules.map(|rules| Version(rules.stamp)).unwrap_or_default());
        let Some(from) = rules.and_then(|rules| rules.reads_from(&log)) else { continue };
        for change in changes.iter().filter(|change| change.name.sequence >= from) {
            let is_own = |person| {
                let known = home(rows, person)?;
                let is_new = || introduced.contains(&(log.site, person));
                Ok(known.map_or_else(is_new, |home| home == Some(log.site)))
            };
            if !is_by_reader(features, change, is_own)? {
                judged.refused.insert(log);
                break;
            }
        }
    }
    Ok(judged)
}

/// Whether something newer was said in one of these channels than what was judged by.
pub(crate) fn is_overtaken(
    rows: &mut dyn Rows,
    by: &BTreeMap<Id, Version>,
    changes: &[Change],
) -> Outcome<bool> {
    let channels: BTreeSet<Id> = changes.iter().map(|change| change.name.scope.id).collect();
    for (channel, then) in by.iter().filter(|(channel, _)| channels.contains(channel)) {
        if version(rows, *channel)? > *then {
            return Ok(true);
        }
    }
    Ok(false)
}

/// From which of its changes on a log is that of a reader; none if it is not.
fn reads_from(rows: &mut dyn Rows, log: &LogName) -> Outcome<Option<u64>> {
    if log.scope.kind != ScopeKind::Channel {
        return Ok(None);
    }
    Ok(rules(rows, log.scope.id)?.and_then(|rules| rules.reads_from(log)))
}

/// Notes that a peer sent what somebody wrote where they only read: it, or a site that it passes on.
pub(crate) fn note_refused<'a>(
    work: &mut Work<'_>,
    site: SiteId,
    logs: impl Iterator<Item = &'a LogName>,
) -> Outcome<()> {
    let written: BTreeSet<(SiteId, Id)> = logs.map(|log| (log.site, log.scope.id)).collect();
    for (writer, channel) in written {
        let Some(peer) = peer::by_site(work, site)? else { return Ok(()) };
        let note = Note::of(Action::WriteRefused).in_channel(channel);
        if writer == peer.site {
            note.about(&peer).saying(WHY).refused(work, None, 1)?;
        } else {
            let known = sites::known(work, writer)?;
            let name =
                known.map_or_else(|| Id::from_bytes(writer.0).to_string(), |known| known.name);
            let why = format!("{WHY}, passed on by {}", peer.name);
            note.about_site(writer, &name).saying(&why).refused(work, None, 1)?;
        }
    }
    Ok(())
}

/// Holds back from logs that are to be sent what others do not take: what their sites wrote where they
/// only read, before they knew. It goes once they write again.
pub(crate) fn hold_back(
    rows: &mut dyn Rows,
    features: &Features,
    (own, logs): (SiteId, &mut [Log]),
) -> Outcome<()> {
    let sql = "SELECT channel FROM link_writers WHERE named = 1";
    let named: BTreeSet<Id> = rows.all(sql, &[], |row| row.id(0))?.into_iter().collect();
    for log in logs.iter_mut().filter(|log| named.contains(&log.name.scope.id)) {
        if let Some(from) = reads_from(rows, &log.name)? {
            let back = held_back(rows, features, (log, own), from)?;
            log.withheld.merge(&back);
        }
    }
    Ok(())
}

fn held_back(
    rows: &mut dyn Rows,
    features: &Features,
    (log, own): (&Log, SiteId),
    from: u64,
) -> Outcome<Ranges> {
    let mut here: Ranges = std::iter::once(from..log.size.max(from)).collect();
    let at_home = Some(log.name.site).filter(|site| *site != own);
    if let Some(held) = &log.held {
        here = logs::both(&here, &held.ranges());
    }
    let mut back = Ranges::new();
    for range in here.iter() {
        for change in logs::changes(rows, log, &range)? {
            let is_own = |person| Ok(home(rows, person)? == Some(at_home));
            if !is_by_reader(features, &change, is_own)? {
                back.insert(change.name.sequence..change.name.sequence + 1);
            }
        }
    }
    Ok(back)
}

/// A site only reads a channel from now on. It and the channel may be named before the channel is
/// shared with it. Every site that is not known by now reads only, too, until it is let write.
pub fn let_read(
    work: &mut Work<'_>,
    caller: &Caller,
    own: SiteId,
    (site, channel): (&str, &str),
) -> Outcome<()> {
    set(work, caller, own, (site, channel, false))
}

/// A site writes in a channel from now on. Once every known site does, so does whoever comes.
pub fn let_write(
    work: &mut Work<'_>,
    caller: &Caller,
    own: SiteId,
    (site, channel): (&str, &str),
) -> Outcome<()> {
    set(work, caller, own, (site, channel, true))
}

fn set(
    work: &mut Work<'_>,
    caller: &Caller,
    own: SiteId,
    (name, channel, writes): (&str, &str, bool),
) -> Outcome<()> {
    require_shares(caller)?;
    let sites = sites(work)?;
    let site = meant(work, &sites, name)?;
    let channel = channel_named(work, channel)?.ok_or_else(|| no_channel(channel))?.channel;
    if maker_of(work, channel)? != Some(Id::from_bytes(own.0)) {
        return Err(Failure::invalid(
            "api.fieldpost.link.not_maker",
            "Another site made this channel, and that site says who writes in it.",
        ));
    }
    let before = rules(work, channel)?;
    let all = || sites.iter().map(|site| site.id).collect::<BTreeSet<Id>>();
    let named = before.as_ref().and_then(|rules| rules.said.writers.clone());
    let wrote: BTreeSet<Id> = named.map_or_else(all, |writers| writers.into_iter().collect());
    let mut writers = wrote.clone();
    // Whoever is behind it goes along: it must not write through another what it may not write.
    for one in sites.iter().filter(|one| one.id == site.id || one.behind == Some(site.id)) {
        if writes {
            writers.insert(one.id)
        } else {
            writers.remove(&one.id)
        };
    }
    if writers == wrote {
        return Ok(());
    }
    let said = match all().is_subset(&writers) {
        true => WritersSet { writers: None, until: Vec::new() },
        false => {
            let reading = before.map(|rules| rules.said.until).unwrap_or_default();
            let until = until(work, channel, reading, (&wrote, &writers))?;
            WritersSet { writers: Some(writers.into_iter().collect()), until }
        }
    };
    work.emit(Scope::new(ScopeKind::Channel, channel), caller.user, &said)?;
    let action = if writes { Action::LetWrite } else { Action::LetRead };
    let note = Note::of(action).about_site(SiteId(*site.id.as_bytes()), &site.name);
    note.in_channel(channel).by(work, caller)
}

/// Up to where the logs of those who only read count as those of writers: as far as they are here when
/// their sites begin to read, whether all before is here or not. What came ahead of its proof is shown.
fn until(
    rows: &mut dyn Rows,
    channel: Id,
    reading: Vec<Until>,
    (wrote, writers): (&BTreeSet<Id>, &BTreeSet<Id>),
) -> Outcome<Vec<Until>> {
    let mut until = reading;
    until.retain(|one| !writers.contains(&one.site));
    let known: BTreeSet<(Id, u64)> = until.iter().map(|one| (one.site, one.epoch)).collect();
    let found = rows.all(
        "SELECT log.site, log.epoch, log.held, COALESCE((SELECT max(change.sequence) + 1 \
         FROM change WHERE change.log_key = log.key), 0) \
         FROM scope JOIN log ON log.scope_key = scope.key \
         WHERE scope.kind = 1 AND scope.id = ?1 AND log.held IS NOT NULL \
         ORDER BY log.site, log.epoch",
        params![&channel],
        |row| {
            let held = Held::decode(row.blob(2)).ok()?.frontier().size();
            Some(Until {
                site: row.id(0),
                epoch: u64::from_be_bytes(row.int(1).to_be_bytes()),
                size: held.max(u64::try_from(row.int(3)).ok()?),
            })
        },
    )?;
    let new = found.into_iter().flatten().filter(|one| {
        let is_news = wrote.contains(&one.site) && !writers.contains(&one.site);
        is_news && !known.contains(&(one.site, one.epoch))
    });
    until.extend(new);
    Ok(until)
}

/// A site that is known here, and the one behind which it is.
struct Known {
    id: Id,
    name: String,
    behind: Option<Id>,
}

/// The sites that are known here, whether linked or not.
fn sites(rows: &mut dyn Rows) -> Outcome<Vec<Known>> {
    rows.all("SELECT site, name, via FROM link_known ORDER BY site", &[], |row| Known {
        id: row.id(0),
        name: row.text(1).to_owned(),
        behind: (!row.is_null(2)).then(|| row.id(2)),
    })
}

/// The site that somebody means: a linked one, or one behind it.
fn meant<'a>(rows: &mut dyn Rows, sites: &'a [Known], name: &str) -> Outcome<&'a Known> {
    let linked = peer::named(rows, name);
    let id = match &linked {
        Ok(peer) => Some(Id::from_bytes(peer.site.0)),
        Err(_) => name.parse::<Id>().ok(),
    };
    let found = sites.iter().find(|site| match id {
        Some(id) => site.id == id,
        None => site.name == name,
    });
    match (found, linked) {
        (Some(site), _) => Ok(site),
        (None, Err(none)) => Err(none),
        (None, Ok(_)) => Err(Failure::internal("a linked site that is not known")),
    }
}

/// Whether a site only reads a channel, as far as is known here.
pub(crate) fn only_reads(rows: &mut dyn Rows, channel: Id, site: SiteId) -> Outcome<bool> {
    Ok(rules(rows, channel)?.is_some_and(|rules| !rules.may_write(Id::from_bytes(site.0))))
}

pub(crate) fn guarded(features: &mut Features) {
    features.guard(guard);
}
