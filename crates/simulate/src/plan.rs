//! One simulation: sites write apart, are joined over the air, and say one thing more.

use std::collections::BTreeMap;
use std::time::Duration;

use fieldpost_air::profile::Duplex;
use fieldpost_air::{Chance, Profile};
use fieldpost_log::{LogName, SiteId};
use fieldpost_model::ChannelType;

use crate::end::Step;
use crate::line::Carriage;
use crate::net::{Net, Progress};
use crate::report::{Arrival, Crossed, LinkReport, Report, SiteReport};
use crate::topology::{Topology, hops};
use crate::words::sentence;

/// The most sites of a simulation.
pub const MOST_SITES: usize = 64;

/// The most posts that each site writes before there is a line.
pub const MOST_POSTS: usize = 10_000;

/// The longest posts, in letters.
pub const LONGEST_POST: usize = 10_000;

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// What each link is like.
    pub profile: Profile,
    /// Which sites are linked.
    pub topology: Topology,
    /// How many sites there are, from 2 to [`MOST_SITES`].
    pub sites: usize,
    /// Where all chance comes from.
    pub seed: u64,
    /// How many posts each site writes before there is a line.
    pub posts: usize,
    /// About how many letters a post has.
    pub letters: usize,
    /// After so much virtual time it is given up.
    pub within: Duration,
}

impl Plan {
    /// # Errors
    /// A sentence for the operator, if this cannot be simulated.
    pub fn check(&self) -> Result<(), String> {
        if self.profile.duplex == Duplex::OneWay {
            let name = self.profile.name;
            return Err(format!("nothing comes back over {name}: sites that talk need both ways"));
        }
        for (what, value, range) in [
            ("sites", self.sites, 2..=MOST_SITES),
            ("posts", self.posts, 0..=MOST_POSTS),
            ("letters", self.letters, 1..=LONGEST_POST),
        ] {
            if !range.contains(&value) {
                let (least, most) = (range.start(), range.end());
                return Err(format!("there can be {least} to {most} {what}, not {value}"));
            }
        }
        Ok(())
    }

    fn names(&self) -> Vec<String> {
        let number = |site: usize| format!("site-{site}");
        let mut names: Vec<String> = (1..=self.sites).map(number).collect();
        if self.topology == Topology::Star {
            names = std::iter::once("hub".to_owned()).chain((1..self.sites).map(number)).collect();
        }
        names
    }

    /// Runs it.
    ///
    /// # Errors
    /// Why a conversation ends that must not, and what the sites' databases say.
    pub async fn run(&self, progress: &mut Progress<'_>) -> Step<Report> {
        let (names, links) = (self.names(), self.topology.links(self.sites));
        let mut net = Net::found(&names, &links, (ChannelType::Open, self.seed), progress).await?;
        let mut chance = Chance::new(self.seed);
        for _ in 0..self.posts {
            for site in &net.sites {
                site.says(net.channel, &sentence(self.letters, &mut chance)).await?;
            }
        }
        net.lay_all(self.profile, self.seed).await?;
        let at_rest = net.settle(self.within, progress).await?;
        let (agreed, caught_up) = (net.converged(), aired(&net));
        let mut first = Vec::new();
        if at_rest {
            first = self.first_post(&mut net, &mut chance, progress).await?;
        }
        Ok(Report {
            profile: self.profile,
            carriage: Carriage::of(&self.profile),
            topology: self.topology.to_string(),
            sites: sites(&net).await?,
            seed: self.seed,
            posts: self.posts * self.sites,
            is_at_rest: at_rest,
            agreed: agreed.as_secs_f64(),
            bytes: caught_up,
            first_hop_bytes: net.first_hop(),
            first,
            links: links.iter().map(|link| self.link(&net, *link)).collect(),
        })
    }

    /// All are at rest, and one says something.
    async fn first_post(
        &self,
        net: &mut Net,
        chance: &mut Chance,
        progress: &mut Progress<'_>,
    ) -> Step<Vec<Arrival>> {
        let (writer, begun) = (self.topology.writer(), net.now());
        let post = net.sites[writer].says(net.channel, &sentence(self.letters, chance)).await?;
        net.watch(post);
        net.settle(self.within, progress).await?;
        let hops = hops(writer, self.sites, net.links());
        let bytes = usize::try_from(net.first_hop().unwrap_or_default()).unwrap_or(usize::MAX);
        let hop = self.profile.delay + self.profile.air_time(bytes);
        let seen = net.sites.iter().zip(net.seen()).zip(hops);
        let arrival =
            |((site, seen), hops): ((&crate::site::Site, &Option<Duration>), Option<u32>)| {
                let hops = hops.unwrap_or_default();
                Arrival {
                    site: site.name.clone(),
                    hops,
                    after: seen.map(|seen| (seen - begun).as_secs_f64()),
                    floor: (hop * hops).as_secs_f64(),
                }
            };
        Ok(seen.map(arrival).collect())
    }

    fn link(&self, net: &Net, ends: [usize; 2]) -> LinkReport {
        let named: BTreeMap<SiteId, &str> =
            net.sites.iter().map(|site| (site.place.store.site().id, site.name.as_str())).collect();
        let mut logs: BTreeMap<LogName, (u64, u64)> = BTreeMap::new();
        for ((log, _), times) in net.crossed(ends) {
            let (changes, again) = logs.entry(log).or_default();
            *changes += 1;
            *again += u64::from(times - 1);
        }
        let logs = logs.into_iter().map(|(log, (changes, again))| Crossed {
            written_at: named.get(&log.site).copied().unwrap_or_default().to_owned(),
            scope: format!("{:?}", log.scope.kind).to_lowercase(),
            changes,
            again,
        });
        LinkReport {
            between: ends.map(|site| net.sites[site].name.clone()),
            bytes: net.aired(ends),
            logs: logs.collect(),
        }
    }
}

/// Bytes at IP level that were put on the air of all links.
fn aired(net: &Net) -> u64 {
    net.links().iter().flat_map(|link| net.aired(*link)).sum()
}

async fn sites(net: &Net) -> Step<Vec<SiteReport>> {
    let states = net.states().await?;
    let sites = net.sites.iter().zip(states);
    Ok(sites
        .map(|(site, state)| SiteReport { name: site.name.clone(), state: state.to_string() })
        .collect())
}
