//! What a simulation found.

use std::fmt::Write as _;

use fieldpost_air::Profile;
use serde::Serialize;

use crate::line::Carriage;

/// What a simulation found. Times are seconds of virtual time, bytes those of whole IP packets that
/// were put on the air, lost ones included.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What each link is like.
    pub profile: Profile,
    /// What carried the lines.
    pub carriage: Carriage,
    /// In which form the sites are linked.
    pub topology: String,
    /// Where all chance came from.
    pub seed: u64,
    /// How many posts were written before there was a line, at all sites together.
    pub posts: usize,
    /// Whether all sites came to rest in the time that was given.
    pub is_at_rest: bool,
    /// When the last change arrived that any site lacked, since the lines were laid.
    pub agreed: f64,
    /// Bytes until then and until all was answered, over all links.
    pub bytes: u64,
    /// Bytes that the post which was written last was on its first hop.
    pub first_hop_bytes: Option<u64>,
    /// How that post came to each site.
    pub first: Vec<Arrival>,
    /// The sites, and what each holds in the end.
    pub sites: Vec<SiteReport>,
    /// What crossed each link in all that time.
    pub links: Vec<LinkReport>,
}

/// How one post came to a site.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arrival {
    /// Which.
    pub site: String,
    /// How many links lie between it and the writer.
    pub hops: u32,
    /// After how long it was there; never, without it.
    pub after: Option<f64>,
    /// How long its bytes are on the air and on their way over so many links, if nothing waits and
    /// nothing is lost.
    pub floor: f64,
}

/// A site in the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SiteReport {
    /// What it is called.
    pub name: String,
    /// The state of the shared channel there, as a number; equal numbers mean equal states.
    pub state: String,
}

/// What crossed a link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkReport {
    /// Its ends.
    pub between: [String; 2],
    /// Bytes from the first end to the second, and back.
    pub bytes: [u64; 2],
    /// What crossed it of each log, in batches.
    pub logs: Vec<Crossed>,
}

/// What crossed a link of one log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crossed {
    /// The site that wrote it.
    pub written_at: String,
    /// What it is a log of.
    pub scope: String,
    /// How many of its changes crossed.
    pub changes: u64,
    /// How many more times one of them did, in either direction.
    pub again: u64,
}

impl LinkReport {
    fn changes(&self) -> u64 {
        self.logs.iter().map(|log| log.changes).sum()
    }

    fn again(&self) -> u64 {
        self.logs.iter().map(|log| log.again).sum()
    }
}

impl Report {
    /// Whether all sites hold the same.
    pub fn is_equal(&self) -> bool {
        self.sites.windows(2).all(|two| two[0].state == two[1].state)
    }

    /// Whether all is as it should be: every site came to rest, holds the same, and saw the last post.
    pub fn is_good(&self) -> bool {
        self.is_at_rest && self.is_equal() && self.first.iter().all(|one| one.after.is_some())
    }

    /// Bytes for each post that was written before there was a line, over all links together; none if
    /// there was none.
    pub fn bytes_for_each_post(&self) -> Option<f64> {
        (self.posts > 0).then(|| self.bytes as f64 / self.posts as f64)
    }

    /// The same as a table for people.
    pub fn table(&self) -> String {
        let mut said = String::new();
        // Writing to a string cannot fail.
        let _ = self.say_catching_up(&mut said);
        let _ = self.say_first_post(&mut said);
        let _ = self.say_links(&mut said);
        said
    }

    fn say_catching_up(&self, said: &mut String) -> std::fmt::Result {
        let Self { topology, seed, posts, .. } = self;
        let (sites, name) = (self.sites.len(), self.profile.name);
        let over = match self.carriage {
            Carriage::Stream => "a model of a reliable stream",
            Carriage::Thin => "thin datagrams",
        };
        writeln!(said, "{sites} sites in a {topology} over {name}, by {over}, seed {seed}\n")?;
        if self.is_at_rest {
            writeln!(
                said,
                "All came to rest. The last of {posts} posts arrived after {:.2} s.",
                self.agreed
            )?;
        } else {
            writeln!(said, "They did not come to rest in the time that was given.")?;
        }
        if let Some(each) = self.bytes_for_each_post() {
            writeln!(said, "{} bytes at IP level by then, {each:.0} for each post.", self.bytes)?;
        }
        if self.is_equal() {
            let state = self.sites.first().map_or("", |site| site.state.as_str());
            writeln!(said, "The states are equal: {state}")
        } else {
            writeln!(said, "The states differ:")?;
            let mut sites = self.sites.iter();
            sites.try_for_each(|site| writeln!(said, "  {:<10} {}", site.name, site.state))
        }
    }

    fn say_first_post(&self, said: &mut String) -> std::fmt::Result {
        let Some(bytes) = self.first_hop_bytes else { return Ok(()) };
        writeln!(said, "\nOne post more, {bytes} bytes on its first hop:\n")?;
        writeln!(
            said,
            "  {:<10} {:>5} {:>10} {:>10} {:>7}",
            "site", "hops", "after", "floor", "times"
        )?;
        for Arrival { site, hops, after, floor } in &self.first {
            let Some(after) = after else {
                writeln!(said, "  {site:<10} {hops:>5} {:>10} {floor:>8.2} s", "never")?;
                continue;
            };
            let times =
                if *hops > 0 { format!("{:.2}", after / floor) } else { "wrote it".to_owned() };
            writeln!(said, "  {site:<10} {hops:>5} {after:>8.2} s {floor:>8.2} s {times:>7}")?;
        }
        Ok(())
    }

    fn say_links(&self, said: &mut String) -> std::fmt::Result {
        let [between, there, back] = ["between", "bytes there", "bytes back"];
        let [changes, each, again] = ["changes", "for each", "again"];
        writeln!(said, "\nWhat crossed each link:\n")?;
        writeln!(said, "  {between:<21} {there:>12} {back:>12} {changes:>9} {each:>9} {again:>7}")?;
        for link in &self.links {
            let (between, [there, back]) = (link.between.join(", "), link.bytes);
            let (changes, again) = (link.changes(), link.again());
            let each = match changes {
                0 => "-".to_owned(),
                changes => ((there + back) / changes).to_string(),
            };
            writeln!(
                said,
                "  {between:<21} {there:>12} {back:>12} {changes:>9} {each:>9} {again:>7}"
            )?;
        }
        Ok(())
    }
}
