//! `fieldpost link`.

mod audit;
mod budget;
mod bundle;
mod files;
mod guard;
mod limit;
mod measured;
mod media;
mod offers;
mod send;
mod simulate;
mod status;

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand, value_parser};
use serde_json::{Value, json};

use crate::local::{Local, Site, encoded, text};

/// A linked site.
#[derive(Args)]
pub(crate) struct Peer {
    /// The other site, by its name or its id.
    #[arg(long = "with", value_name = "SITE")]
    with: String,
    #[command(flatten)]
    site: Site,
}

/// What is shared.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// The channel, by the names in its address or by its id.
    #[arg(value_name = "TEAM:CHANNEL")]
    channel: Option<String>,
    /// Every channel, and those that are made later.
    #[arg(long)]
    all: bool,
}

/// One channel.
#[derive(Args)]
pub(crate) struct One {
    /// The channel, by the names in its address or by its id.
    #[arg(value_name = "TEAM:CHANNEL")]
    channel: String,
}

/// What is offered.
#[derive(Args)]
pub(crate) struct Offer {
    /// The channel, as `fieldpost link offers` lists it: by its names once they are known, before
    /// that by its id.
    #[arg(value_name = "CHANNEL")]
    channel: String,
}

#[derive(Subcommand)]
pub(crate) enum Link {
    /// Prints a code with which another site can be linked with this one.
    Invite {
        /// Where the other site reaches this one: host:8066, or https://host where only the web passes,
        /// or both with a comma between them; what the settings say without it.
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        #[command(flatten)]
        site: Site,
    },
    /// Links this site with the one whose code this is.
    Accept {
        /// The code that `fieldpost link invite` printed there.
        code: String,
        #[command(flatten)]
        site: Site,
    },
    /// Shares a channel with a linked site.
    Share {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        peer: Peer,
    },
    /// Shares a channel no longer.
    Unshare {
        #[command(flatten)]
        what: What,
        #[command(flatten)]
        peer: Peer,
    },
    /// Lets a site only read a channel that was made here: nothing that it writes there is taken, and
    /// its people cannot write there.
    ReadOnly {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        peer: Peer,
    },
    /// Lets a site write in a channel again that it only reads.
    ReadWrite {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        peer: Peer,
    },
    /// Lists the channels that linked sites offer, and that nobody here has accepted or declined.
    Offers {
        /// Of one site alone, by its name or its id.
        #[arg(long = "with", value_name = "SITE")]
        with: Option<String>,
        #[command(flatten)]
        site: Site,
    },
    /// Shares a channel that a linked site offers: it comes over the link.
    AcceptShare {
        #[command(flatten)]
        offer: Offer,
        #[command(flatten)]
        peer: Peer,
    },
    /// Declines a channel that a linked site offers. `fieldpost link share` still shares it.
    DeclineShare {
        #[command(flatten)]
        offer: Offer,
        #[command(flatten)]
        peer: Peer,
    },
    /// Lets people of this site and of a linked one write to each other directly, once the other side
    /// allows it too.
    AllowDirect(Peer),
    /// Lets people of the two sites write to each other no longer. What was said stays on both.
    EndDirect(Peer),
    /// Sets what the link with a site may use, and prints what is set.
    Budget(budget::Budget),
    /// Sets which files come from a site by themselves, and prints what is set. The others wait until
    /// somebody asks for them in the client.
    Files(files::Files),
    /// Keeps the link and sends nothing, until it is resumed.
    Pause(Peer),
    /// Goes on after a pause or a silence.
    Resume(Peer),
    /// Hangs up, calls no more and turns calls away, until it is resumed. A site that listens still
    /// answers a call with a refusal.
    Silence(Peer),
    /// Ends the link with a site. It may be linked again under the key that it has.
    Remove(Peer),
    /// Forgets the key of a site that is not linked any more, so that it may be linked again under
    /// another: when it was set up anew with the id that it had.
    Forget(Peer),
    /// Writes a bundle for a linked site: a file with all that it is not known to have, sealed for it
    /// alone. Carry it there on a memory stick, and have it taken in with `import-bundle`.
    ExportBundle {
        /// The file to write; it must not exist.
        file: PathBuf,
        /// The largest file of a message that goes in, in bytes; 0 leaves all of them out.
        #[arg(long, value_name = "BYTES")]
        largest_file: Option<u64>,
        /// Writes the bundle as packets, with so many percent more than it takes: what is lost of the
        /// file costs only the packets that it was in.
        #[arg(long, value_name = "PERCENT", value_parser = repair())]
        repair: Option<u32>,
        #[command(flatten)]
        peer: Peer,
    },
    /// Sends a bundle for a linked site one way, as UDP datagrams, to the address where it listens for
    /// them (`link.diode_listen`). No answer is read, and none is needed: a part of the datagrams may
    /// be lost. A link that is paused or silenced sends nothing.
    SendBundle {
        /// Where the other site takes them.
        #[arg(long, value_name = "HOST:PORT")]
        to: String,
        /// How fast, in bits a second, with the headers of UDP and IP.
        #[arg(long, value_name = "BITS_PER_SECOND", value_parser = value_parser!(u64).range(1000..))]
        rate: u64,
        /// How many percent more than it takes are sent.
        #[arg(long, value_name = "PERCENT", default_value = "15", value_parser = repair())]
        repair: u32,
        /// How many times all of it is sent.
        #[arg(long, value_name = "N", default_value = "1", value_parser = value_parser!(u32).range(1..=1000))]
        repeat: u32,
        /// The largest file of a message that goes in, in bytes; 0 leaves all of them out.
        #[arg(long, value_name = "BYTES")]
        largest_file: Option<u64>,
        #[command(flatten)]
        peer: Peer,
    },
    /// Takes in a bundle that a linked site wrote for this one, or enough of the packets of one. It
    /// does no harm to do so twice.
    ImportBundle {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        site: Site,
    },
    /// Writes what is shared over a link as small documents that a guard between two networks can read,
    /// into a directory. No server may run on the site's data directory meanwhile.
    ExportGuard(guard::Export),
    /// Prints the schema of what `export-guard` writes.
    GuardSchema(guard::Schema),
    /// Lists what was done to links and what was refused, the newest first.
    Audit {
        /// Prints JSON, one list.
        #[arg(long)]
        json: bool,
        /// Of one site alone, by its id or by what it was called then.
        #[arg(long = "with", value_name = "SITE")]
        with: Option<String>,
        /// How many, at most.
        #[arg(long, default_value_t = 200)]
        count: u16,
        #[command(flatten)]
        site: Site,
    },
    /// Finds out what would happen: lets made-up sites talk over made-up links in virtual time, and says
    /// when all had everything and what it cost. No site need run, and none is touched.
    Simulate(simulate::Simulate),
    /// Shows the links: what is shared, what waits, when there was contact.
    Status {
        /// Prints JSON, one object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        site: Site,
    },
}

impl Link {
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            Self::Invite { address, site } => invite(&site, address),
            Self::Accept { code, site } => accept(&site, &code),
            Self::Share { what, peer } => {
                peer.ask("share", &what.body())?;
                println!("{} shared with {}", what.is_now(), peer.with);
                Ok(())
            }
            Self::Unshare { what, peer } => {
                peer.ask("unshare", &what.body())?;
                println!("{} no longer shared with {}", what.is_now(), peer.with);
                Ok(())
            }
            Self::ReadOnly { one, peer } => {
                peer.ask("read_only", &json!({ "channel": one.channel }))?;
                println!("{} only reads {}", peer.with, one.channel);
                Ok(())
            }
            Self::ReadWrite { one, peer } => {
                peer.ask("read_write", &json!({ "channel": one.channel }))?;
                println!("{} writes in {}", peer.with, one.channel);
                Ok(())
            }
            Self::Offers { with, site } => offers::show(&site, with.as_deref()),
            Self::AcceptShare { offer, peer } => {
                peer.ask(&offer.path("accept"), &json!({}))?;
                println!("{} is shared with {}", offer.channel, peer.with);
                Ok(())
            }
            Self::DeclineShare { offer, peer } => {
                peer.ask(&offer.path("decline"), &json!({}))?;
                println!("Declined {} of {}", offer.channel, peer.with);
                Ok(())
            }
            Self::AllowDirect(peer) => {
                peer.tell("direct/allow", "Direct messages are allowed with")
            }
            Self::EndDirect(peer) => {
                peer.tell("direct/end", "Direct messages are no longer allowed with")
            }
            Self::Budget(budget) => budget.run(),
            Self::Files(files) => files.run(),
            Self::Pause(peer) => peer.tell("pause", "Paused the link with"),
            Self::Resume(peer) => peer.tell("resume", "Resumed the link with"),
            Self::Silence(peer) => peer.tell("silence", "Silenced the link with"),
            Self::Forget(peer) => peer.tell("forget", "Forgot the key of"),
            Self::Remove(peer) => {
                Local::running(&peer.site.data)?.delete(&peer.path(""))?;
                println!("Removed the link with {}", peer.with);
                Ok(())
            }
            Self::ExportBundle { file, largest_file, repair, peer } => {
                let asked = bundle::Asked { largest_file, repair, transmit: false };
                bundle::export(&peer.site, &peer.path("/bundle"), &file, asked)
            }
            Self::SendBundle { to, rate, repair, repeat, largest_file, peer } => {
                let asked = bundle::Asked { largest_file, repair: Some(repair), transmit: true };
                send::send(&peer, asked, &send::Way { to, rate, repeat })
            }
            Self::ImportBundle { file, site } => bundle::import(&site, &file),
            Self::ExportGuard(export) => export.run(),
            Self::GuardSchema(schema) => schema.run(),
            Self::Audit { json, with, count, site } => {
                audit::show(&site, with.as_deref(), count, json)
            }
            Self::Simulate(simulate) => simulate.run(),
            Self::Status { json, site } => status::show(&site, json),
        }
    }
}

/// Percent of repair, as many as a server makes.
fn repair() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(0..=500)
}

impl What {
    fn body(&self) -> Value {
        match &self.channel {
            Some(channel) => json!({ "channel": channel }),
            None => json!({ "all": self.all }),
        }
    }

    fn is_now(&self) -> String {
        match &self.channel {
            Some(channel) => format!("{channel} is"),
            None => "All channels are".to_owned(),
        }
    }
}

impl Offer {
    fn path(&self, what: &str) -> String {
        format!("offers/{}/{what}", encoded(&self.channel))
    }
}

impl Peer {
    fn path(&self, rest: &str) -> String {
        format!("/fieldpost/link/{}{rest}", encoded(&self.with))
    }

    fn ask(&self, what: &str, body: &Value) -> Result<Value, String> {
        Local::running(&self.site.data)?.post(&self.path(&format!("/{what}")), body)
    }

    /// How the link is.
    fn status(&self) -> Result<Value, String> {
        let mut status = Local::running(&self.site.data)?.get("/fieldpost/link")?;
        let is_meant = |of: &&mut Value| of["site"] == *self.with || of["id"] == *self.with;
        let mut peers = status["peers"].as_array_mut().into_iter().flatten();
        let found = peers.find(is_meant).map(Value::take);
        found.ok_or_else(|| format!("this site is not linked with {:?}", self.with))
    }

    fn tell(&self, what: &str, done: &str) -> Result<(), String> {
        self.ask(what, &json!({}))?;
        println!("{done} {}", self.with);
        Ok(())
    }
}

fn invite(site: &Site, address: Option<String>) -> Result<(), String> {
    let body = address.map_or_else(|| json!({}), |address| json!({ "address": address }));
    let made = Local::running(&site.data)?.post("/fieldpost/link/invite", &body)?;
    println!("{}", text(&made, "code")?);
    Ok(())
}

fn accept(site: &Site, code: &str) -> Result<(), String> {
    let code = json!({ "code": code });
    let linked = Local::running(&site.data)?.post("/fieldpost/link/accept", &code)?;
    println!("Linked with {}", text(&linked, "site")?);
    Ok(())
}

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// How long ago something was, in one unit.
fn ago(now: i64, at: i64) -> String {
    if at <= 0 {
        return "never".to_owned();
    }
    match (now - at).max(0) {
        0..1000 => "now".to_owned(),
        passed => format!("{} ago", span(passed)),
    }
}

/// A time in milliseconds, in one unit.
fn span(millis: i64) -> String {
    let seconds = millis / 1000;
    match seconds {
        ..120 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A number of bytes, in one unit.
fn size(bytes: i64) -> String {
    let bytes = bytes.max(0);
    match bytes {
        0..=9_999 => format!("{bytes} B"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1000),
        10_000_000..=9_999_999_999 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_said_in_one_unit() {
        let now = 1_000_000_000;
        assert_eq!(ago(now, 0), "never");
        assert_eq!(ago(now, now + 5000), "now");
        assert_eq!(ago(now, now - 90_000), "90 s ago");
        assert_eq!(ago(now, now - 7_000_000), "116 min ago");
        assert_eq!(ago(now, now - 3 * 86_400_000), "3 days ago");
        assert_eq!((size(9999), size(10_000)), ("9999 B".to_owned(), "10 kB".to_owned()));
    }
}
