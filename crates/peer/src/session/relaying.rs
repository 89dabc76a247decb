//! Passing on what other sites wrote: who offers it, and who wants it from whom.
//!
//! Whoever has something of another site for the peer says so, once for each site in a conversation. The
//! peer answers whether it wants that from here, and what it holds of it; and says so again whenever that
//! changes, because a line to the site itself came or went, or something else is shared with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use fieldpost_kernel::{Dialect, Rows};
use fieldpost_link::audit::{Action, Note};
use fieldpost_link::incoming::{self, Wish};
use fieldpost_link::share;
use fieldpost_link::sites::{self, Introduction};
use fieldpost_log::{LogName, SiteId, VerifyingKey};
use fieldpost_model::Id;
use fieldpost_replica::{Frame, HeldLog};

use super::returned::Lost;
use super::{Ended, HOLDING, Session, Step, locked};
use crate::heard::{FRAME, MOST_CHANNELS, MOST_HELD};
use crate::refusals;

/// What was said in this conversation of other sites.
#[derive(Default)]
pub(super) struct Relays {
    /// Of what this side said that it can pass it on.
    told: BTreeSet<SiteId>,
    /// What the peer can pass on, and what it was answered.
    heard: BTreeMap<SiteId, Option<Answered>>,
    /// What the peer passes on of them is not good, and nothing of them is wanted from it.
    aside: BTreeSet<SiteId>,
    /// Of which sites the peer may ask what is held here, and how often.
    owed: BTreeMap<SiteId, u32>,
    /// Of which sites the peer was asked what it holds, without some channels and teams, and what it has
    /// told so far.
    asked: BTreeMap<SiteId, (BTreeSet<Id>, Vec<HeldLog>)>,
    /// Whether all that is held is being told in the midst of the conversation.
    amidst: Option<bool>,
    /// What this side wrote itself, has lost and asked the peer for.
    pub(super) lost: Option<Lost>,
}

/// What a peer was told of what is wanted from it.
#[derive(Clone, PartialEq, Eq)]
struct Answered {
    /// As of when: whether there was a line to the site itself, and what was shared with it and with the
    /// peer then.
    at: (bool, Option<[share::Version; 2]>),
    without: BTreeSet<Id>,
    is_nothing: bool,
}

impl Relays {
    /// Whether all that is held is told in the midst of the conversation, of which one more part came.
    pub(super) fn is_told_amidst(&mut self, was_in_step: bool, more: bool) -> bool {
        let is_amidst = *self.amidst.get_or_insert(was_in_step);
        if !more {
            self.amidst = None;
        }
        is_amidst
    }

    /// What these sites wrote may be taken from the peer again.
    pub(super) fn want_again(&mut self, sites: BTreeSet<SiteId>) {
        for site in sites {
            self.aside.remove(&site);
            self.heard.insert(site, None);
        }
    }

    /// What this side said it can pass on counts no more.
    pub(super) fn forget(&mut self) {
        self.told.clear();
        self.asked.clear();
    }
}

impl Session {
    /// What has to be said of other sites: what can be passed on of them that the peer may lack, and what
    /// this side wants; nothing while the link is paused.
    pub async fn relays(&self) -> Step<Vec<Frame>> {
        let mut frames = self.reconsider().await?;
        frames.extend(self.answers().await?);
        if !self.is_in_step() || self.is_held_back().await? {
            return Ok(frames);
        }
        let outgoing = Arc::clone(&self.outgoing);
        let sites = self.store.read(move |rows| locked(&outgoing).relayable(rows)).await?;
        for site in sites {
            if locked(&self.relays).told.contains(&site) {
                continue;
            }
            let known = self.store.read(move |rows| sites::known(rows, site)).await?;
            let Some(known) = known else { continue };
            locked(&self.relays).told.insert(site);
            let (key, name) = (known.key.encode(), known.name);
            frames.push(Frame::Relay { site, key, name });
        }
        Ok(frames)
    }

    /// Looks through everything for what can be passed on, the next time. Where several servers write to
    /// one database, a change may become visible after a newer one; elsewhere nothing is missed.
    pub async fn look_anew(&self) -> Step<()> {
        let outgoing = Arc::clone(&self.outgoing);
        let look = move |rows: &mut dyn Rows| {
            if rows.dialect() == Dialect::Postgres {
                locked(&outgoing).look_anew();
            }
            Ok(())
        };
        Ok(self.store.read(look).await?)
    }

    /// What the peer was not told yet of what this side wants from it.
    pub(super) async fn answers(&self) -> Step<Vec<Frame>> {
        let heard = locked(&self.relays).heard.clone();
        let mut frames = Vec::new();
        for (site, answered) in heard {
            let at = self.standing(site).await?;
            if answered.as_ref().is_some_and(|answered| answered.at == at) {
                continue;
            }
            let (peer, is_linked) = (self.peer, at.0);
            let wish = self.store.read(move |rows| incoming::wish(rows, peer, site, is_linked));
            let Wish { without, is_nothing, held } = wish.await?;
            let said = answered.map(|answered| (answered.without, answered.is_nothing));
            let is_new = said != Some((without.clone(), is_nothing));
            let mut relays = locked(&self.relays);
            // Somebody else may have answered meanwhile, or it was said again.
            let now = relays
                .heard
                .get(&site)
                .map(|now| now.as_ref().map(|one| (one.without.clone(), one.is_nothing)));
            if now != Some(said) {
                continue;
            }
            let answer = Answered { at, without: without.clone(), is_nothing };
            relays.heard.insert(site, Some(answer));
            if is_new && is_nothing {
                frames.push(Frame::Unwanted { site });
            } else if is_new {
                *relays.owed.entry(site).or_default() += 1;
                let without = without.into_iter().collect();
                frames.push(Frame::Wanted { site, without, held });
            }
        }
        Ok(frames)
    }

    /// What an answer rests on.
    async fn standing(&self, site: SiteId) -> Step<(bool, Option<[share::Version; 2]>)> {
        if !self.joined.routes().is_linked(site) {
            return Ok((false, None));
        }
        let peer = self.peer;
        let versions = move |rows: &mut dyn Rows| {
            Ok([share::version(rows, site)?, share::version(rows, peer)?])
        };
        Ok((true, Some(self.store.read(versions).await?)))
    }

    /// The peer can pass on the changes of another site.
    pub(super) async fn hear_relay(
        &self,
        site: SiteId,
        key: &[u8],
        name: &str,
    ) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        let own = self.store.site().id;
        if site == own || site == self.peer {
            return Err(Ended::Offence("that it passes on what is of one of the two".to_owned()));
        }
        let Ok(key) = VerifyingKey::decode(key) else {
            return Err(Ended::Offence("a site without a key".to_owned()));
        };
        match self.introduce(site, key, name.to_owned()).await? {
            Introduction::Known => {}
            Introduction::OtherKey => {
                let other = Note::of(Action::SiteRefused).about(&self.known_peer().await?);
                refusals::note(&self.store, other.saying(name), None, 1).await;
                return Ok(vec![Frame::Unwanted { site }]);
            }
            Introduction::TooMany => return Ok(vec![Frame::Unwanted { site }]),
        }
        if locked(&self.relays).aside.contains(&site) {
            return Ok(vec![Frame::Unwanted { site }]);
        }
        self.joined.routes().heard(self.peer, site);
        locked(&self.relays).heard.insert(site, None);
        self.answers().await
    }

    async fn introduce(&self, site: SiteId, key: VerifyingKey, name: String) -> Step<Introduction> {
        let known = self.store.read(move |rows| sites::known(rows, site)).await?;
        if known.is_some_and(|known| known.key == key) {
            return Ok(Introduction::Known);
        }
        self.spend(FRAME)?;
        let peer = self.known_peer().await?;
        let noted =
            self.store.write(&[], move |work| sites::introduce(work, &peer, site, &key, &name));
        Ok(noted.await?)
    }

    pub(super) async fn hear_wanted(
        &self,
        site: SiteId,
        without: Vec<Id>,
        held: [u8; 32],
    ) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        if without.len() > 2 * MOST_CHANNELS {
            return Err(Ended::Offence("more than there can be to share".to_owned()));
        }
        if site == self.peer {
            locked(&self.relays).asked.insert(site, (BTreeSet::new(), Vec::new()));
            return Ok(vec![Frame::RecountOf { site }]);
        }
        if !locked(&self.relays).told.contains(&site) {
            // Said before it heard that all it holds is to be told anew.
            return Ok(Vec::new());
        }
        let without: BTreeSet<Id> = without.into_iter().collect();
        let (outgoing, but) = (Arc::clone(&self.outgoing), without.clone());
        let agreed = self.store.read(move |rows| locked(&outgoing).wanted(rows, site, but, &held));
        if agreed.await? {
            return Ok(Vec::new());
        }
        locked(&self.relays).asked.insert(site, (without, Vec::new()));
        Ok(vec![Frame::RecountOf { site }])
    }

    pub(super) async fn hear_unwanted(&self, site: SiteId) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        self.with_outgoing(move |outgoing| outgoing.unwanted(site)).await?;
        Ok(Vec::new())
    }

    pub(super) async fn hear_recount_of(&self, site: SiteId) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        if site == self.store.site().id {
            return self.tell_lost();
        }
        match locked(&self.relays).owed.get_mut(&site) {
            Some(owed) if *owed > 0 => *owed -= 1,
            _ => return Err(Ended::Offence("a question that nothing gave rise to".to_owned())),
        }
        let peer = self.peer;
        let held = self.store.read(move |rows| incoming::holding_of(rows, peer, site)).await?;
        Ok(Frame::holding_of(site, held, HOLDING))
    }

    pub(super) async fn hear_holding_of(
        &self,
        site: SiteId,
        logs: Vec<HeldLog>,
        more: bool,
    ) -> Step<Vec<Frame>> {
        self.spend(FRAME)?;
        let told = {
            let mut relays = locked(&self.relays);
            let Some((_, told)) = relays.asked.get_mut(&site) else {
                // It was asked before what it holds was told anew.
                return Ok(Vec::new());
            };
            told.extend(logs);
            let told = relays.asked.values().flat_map(|(_, told)| told);
            let parts: usize = told.map(|log| 1 + log.ranges.len()).sum();
            if parts > MOST_HELD {
                return Err(Ended::Offence("more than there can be to hold".to_owned()));
            }
            if more { None } else { relays.asked.remove(&site) }
        };
        let Some((without, told)) = told else { return Ok(Vec::new()) };
        let (outgoing, is_own) = (Arc::clone(&self.outgoing), site == self.peer);
        let known = self.store.read(move |rows| match is_own {
            true => locked(&outgoing).give_back(rows, &told),
            false => locked(&outgoing).recount_of(rows, site, without, &told),
        });
        self.keep(known.await?).await?;
        Ok(Vec::new())
    }

    /// What the peer passes on of some sites is not good, which may be those sites' fault: it is noted,
    /// and nothing more of them is wanted from it in this conversation. What it says itself goes on.
    pub(super) async fn set_aside(&self, sites: BTreeSet<SiteId>, why: &str) -> Step<Vec<Frame>> {
        let note = Note::of(Action::BatchRefused).about(&self.known_peer().await?);
        refusals::note(&self.store, note.saying(why), None, 1).await;
        let mut frames = Vec::new();
        for site in sites {
            let mut relays = locked(&self.relays);
            relays.heard.remove(&site);
            relays.aside.insert(site);
            frames.push(Frame::Unwanted { site });
        }
        frames.extend(self.out_of_step().await?);
        Ok(frames)
    }

    /// The peer passed on some changes of other sites, and so holds them.
    pub(super) async fn learn(&self, runs: Vec<(LogName, Range<u64>)>) -> Step<()> {
        if runs.is_empty() {
            return Ok(());
        }
        let outgoing = Arc::clone(&self.outgoing);
        let known = self.store.read(move |rows| locked(&outgoing).learn(rows, &runs)).await?;
        self.keep(known).await
    }
}
