//! Some sites, and lines between some of them, in one virtual time.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use fieldpost_air::{Profile, Side};
use fieldpost_kernel::Failure;
use fieldpost_log::{Digest, LogName};
use fieldpost_model::{ChannelType, Id};
use fieldpost_peer::Ended;
use fieldpost_replica::{Readiness, readiness};
use tempfile::TempDir;

use crate::clock::VirtualClock;
use crate::end::Step;
use crate::line::Line;
use crate::site::Site;

/// So that not each conversation has to learn from the beginning.
static READY: LazyLock<Readiness> = LazyLock::new(readiness);

/// A cable, over which sites are linked before they are parted.
const CABLE: Profile = fieldpost_air::profile::LAN;

/// How far time goes on at least from one moment to the next while sites are linked: what comes over
/// many cables at nearly one time is then answered at once.
const GRAIN: Duration = Duration::from_millis(20);

/// What has not happened after so long over a cable never will.
const FOR_EVER: Duration = Duration::from_secs(24 * 3600);

/// Is told how far something is that takes its time, in words.
pub type Progress<'a> = dyn FnMut(&str) + Send + 'a;

/// A post on its way.
struct Watched {
    post: Id,
    /// When it came to each site.
    seen: Vec<Option<Duration>>,
    /// What each side of each line had put on the air when the watching began.
    aired: Vec<[u64; 2]>,
    /// Bytes that it was on its first hop, once it has passed that.
    bytes: Option<u64>,
}

/// Sites that share a channel, in which each has a person.
pub struct Net {
    /// The sites, of which the first made the channel.
    pub sites: Vec<Site>,
    /// The team of the channel.
    pub team: Id,
    /// The channel.
    pub channel: Id,
    links: Vec<[usize; 2]>,
    lines: Vec<([usize; 2], Line)>,
    clock: Arc<VirtualClock>,
    /// Time that has passed before the lines were laid.
    before: Duration,
    now: Duration,
    grain: Duration,
    watched: Option<Watched>,
    _folder: TempDir,
}

/// Bytes at IP level that each side of a line put on the air.
fn aired(line: &Line) -> [u64; 2] {
    Side::BOTH.map(|side| line.traffic(side).aired.bytes)
}

impl Net {
    /// Sites of these names with these links, of which the first has a channel of a kind that is shared
    /// over all of them. All hold the same, and there is no line.
    ///
    /// # Errors
    /// What the sites' databases say, and why a conversation ends that must not.
    pub async fn found(
        names: &[String],
        links: &[[usize; 2]],
        (kind, seed): (ChannelType, u64),
        progress: &mut Progress<'_>,
    ) -> Step<Self> {
        LazyLock::force(&READY);
        let folder = tempfile::Builder::new().prefix("fieldpost-simulate").tempdir();
        let folder = folder.map_err(Failure::internal)?;
        let clock = Arc::new(VirtualClock::default());
        let mut sites = Vec::new();
        for (number, name) in names.iter().enumerate() {
            sites.push(Site::found(folder.path(), name, (seed, number), &clock).await?);
        }
        let first = sites.first().ok_or_else(|| Ended::Offence("no sites".to_owned()))?;
        let (team, channel) = first.found_channel(kind).await?;
        let mut net = Self {
            sites,
            team,
            channel,
            links: links.to_vec(),
            lines: Vec::new(),
            clock,
            before: Duration::ZERO,
            now: Duration::ZERO,
            grain: GRAIN,
            watched: None,
            _folder: folder,
        };
        net.join(progress).await?;
        net.part();
        Ok(net)
    }

    /// Links all over cables, those first that are nearer to where the channel was made, and lets
    /// everybody enter.
    async fn join(&mut self, progress: &mut Progress<'_>) -> Step<()> {
        let mut reached = BTreeSet::from([0]);
        let mut open = self.links.clone();
        while !open.is_empty() {
            let is_near =
                |[one, other]: &[usize; 2]| reached.contains(one) || reached.contains(other);
            let (near, far): (Vec<_>, Vec<_>) = open.into_iter().partition(is_near);
            if near.is_empty() {
                return Err(Ended::Offence("a link to sites that no others reach".to_owned()));
            }
            for [one, other] in &near {
                let ends = if reached.contains(one) { [*one, *other] } else { [*other, *one] };
                let [from, to] = ends.map(|site| &self.sites[site]);
                from.pair(to).await?;
                from.shares(&to.name, true).await?;
                if reached.contains(&ends[1]) {
                    // Whoever has the channel already does not take it from anybody by itself.
                    to.shares(&from.name, true).await?;
                }
                self.lay([*one, *other], CABLE, 0).await?;
            }
            reached.extend(near.iter().flatten());
            progress(&format!("{} of {} sites are linked", reached.len(), self.sites.len()));
            self.settle_wholly().await?;
            open = far;
        }
        for site in &self.sites[1..] {
            site.enters(self.team, self.channel).await?;
        }
        progress("everybody enters the channel");
        self.settle_wholly().await
    }

    async fn settle_wholly(&mut self) -> Step<()> {
        match self.settle(FOR_EVER, &mut |_| {}).await? {
            true => Ok(()),
            false => Err(Ended::Offence("words without end".to_owned())),
        }
    }

    /// Lays a line between two linked sites.
    ///
    /// # Errors
    /// What the sites' databases say.
    pub async fn lay(&mut self, ends: [usize; 2], profile: Profile, seed: u64) -> Step<()> {
        let places = ends.map(|site| &self.sites[site].place);
        let line = Line::new(places, profile, seed, self.now).await?;
        self.lines.push((ends, line));
        Ok(())
    }

    /// Lays all lines that the links can have, each with luck of its own.
    ///
    /// # Errors
    /// What the sites' databases say.
    pub async fn lay_all(&mut self, profile: Profile, seed: u64) -> Step<()> {
        for (number, ends) in self.links.clone().into_iter().enumerate() {
            self.lay(ends, profile, seed.wrapping_mul(1_000).wrapping_add(number as u64)).await?;
        }
        Ok(())
    }

    /// Takes all lines away. Time begins anew for those that are laid from then on.
    pub fn part(&mut self) {
        self.lines.clear();
        self.before += self.now;
        self.now = Duration::ZERO;
        self.grain = Duration::ZERO;
        self.tick();
    }

    /// Takes the line between two sites away.
    pub fn cut(&mut self, ends: [usize; 2]) {
        self.lines.retain(|(between, _)| *between != ends);
    }

    /// Whether there is a line between two sites.
    pub fn is_laid(&self, ends: [usize; 2]) -> bool {
        self.lines.iter().any(|(between, _)| *between == ends)
    }

    /// The links, whether or not there is a line over them.
    pub fn links(&self) -> &[[usize; 2]] {
        &self.links
    }

    fn tick(&self) {
        self.clock.set(self.before + self.now);
    }

    /// The time since the lines were laid.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// Lets time pass in which nothing is said.
    pub fn wait(&mut self, time: Duration) {
        self.now += time;
        self.tick();
    }

    /// Watches for a post that somebody has just written while all were at rest: when it comes to each
    /// site.
    pub fn watch(&mut self, post: Id) {
        let (seen, aired) = (vec![None; self.sites.len()], self.all_aired());
        self.watched = Some(Watched { post, seen, aired, bytes: None });
    }

    /// When the post that is watched came to each site, as far as it did.
    pub fn seen(&self) -> &[Option<Duration>] {
        self.watched.as_ref().map_or(&[], |watched| &watched.seen)
    }

    /// Bytes at IP level that the post that is watched was on its first hop, once it has passed that.
    pub fn first_hop(&self) -> Option<u64> {
        self.watched.as_ref()?.bytes
    }

    fn all_aired(&self) -> Vec<[u64; 2]> {
        self.lines.iter().map(|(_, line)| aired(line)).collect()
    }

    async fn look(&mut self) -> Step<()> {
        let now = self.all_aired();
        let Some(watched) = &mut self.watched else { return Ok(()) };
        let seen = watched.seen.iter_mut();
        for (site, seen) in self.sites.iter().zip(seen).filter(|(_, seen)| seen.is_none()) {
            if site.has(watched.post).await? {
                *seen = Some(self.now);
            }
        }
        if watched.bytes.is_none() && watched.seen.iter().flatten().count() > 1 {
            let both = now.iter().flatten().zip(watched.aired.iter().flatten());
            watched.bytes = both.map(|(now, before)| now - before).max();
        }
        Ok(())
    }

    /// Does all that is to be done now; gives whether there was anything.
    async fn moment(&mut self) -> Step<bool> {
        let mut any = false;
        loop {
            let mut goes_on = false;
            for (_, line) in &mut self.lines {
                goes_on |= line.step(self.now).await?;
            }
            any |= goes_on;
            if !goes_on {
                return Ok(any);
            }
        }
    }

    fn is_at_rest(&mut self) -> bool {
        let now = self.now;
        self.lines.iter_mut().all(|(_, line)| line.is_at_rest(now))
    }

    /// Goes on until nobody has anything to say, or so much time has passed; gives whether all are at
    /// rest.
    ///
    /// # Errors
    /// Why a conversation ends that must not, and what the sites' databases say.
    pub async fn settle(&mut self, within: Duration, progress: &mut Progress<'_>) -> Step<bool> {
        let until = self.now + within;
        loop {
            self.moment().await?;
            self.look().await?;
            if self.is_at_rest() {
                self.lines.iter_mut().for_each(|(_, line)| line.rouse());
                if !self.moment().await? && self.is_at_rest() {
                    return Ok(true);
                }
            }
            let now = self.now;
            let next = self.lines.iter_mut().filter_map(|(_, line)| line.next_event(now)).min();
            let Some(next) = next.filter(|next| *next <= until) else { return Ok(false) };
            self.now = next.max(self.now + self.grain);
            self.tick();
            progress(&format!("{:.1} s of virtual time", self.now.as_secs_f64()));
        }
    }

    /// When the last batch or preview arrived.
    pub fn converged(&self) -> Duration {
        self.lines.iter().map(|(_, line)| line.converged()).max().unwrap_or_default()
    }

    /// Bytes at IP level that each side of a link put on the air so far.
    pub fn aired(&self, ends: [usize; 2]) -> [u64; 2] {
        let line = self.lines.iter().find(|(between, _)| *between == ends);
        line.map_or([0; 2], |(_, line)| aired(line))
    }

    /// The changes that crossed a link in batches, each with how often it did, in both directions
    /// together.
    pub fn crossed(&self, ends: [usize; 2]) -> Vec<((LogName, u64), u32)> {
        let Some((_, line)) = self.lines.iter().find(|(between, _)| *between == ends) else {
            return Vec::new();
        };
        let [mut all, back] = Side::BOTH.map(|side| line.crossed(side));
        for (change, times) in back {
            *all.entry(change).or_default() += times;
        }
        all.into_iter().collect()
    }

    /// What the state of the channel is at each site.
    ///
    /// # Errors
    /// What the sites' databases say.
    pub async fn states(&self) -> Step<Vec<Digest>> {
        let mut states = Vec::new();
        for site in &self.sites {
            states.push(site.state(self.channel).await?);
        }
        Ok(states)
    }
}
