//! What is measured, one module for each figure.

mod browser;
mod bytes;
mod converge;
mod directory;
mod fanout;
mod idle;
mod import;
mod memory;
mod mixed;
mod nodes;
mod oneway;
mod overtake;
mod packets;
mod posts;
mod profiles;
mod radio;
mod resume;
mod search;
mod start;
mod unread;
mod users;

use clap::ValueEnum;

use crate::Outcome;
use crate::bench::Bench;
use crate::report::Report;

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// From the start of the process to its first answer, and to a log-in.
    Start,
    /// Memory, idle and with a thousand sockets.
    Memory,
    /// Durable posts a second from 64 clients, on the embedded database.
    Posts,
    /// The same in one hot channel of two servers on one PostgreSQL.
    Nodes,
    /// From a post to the last of a thousand sockets.
    Fanout,
    /// The first unread window of a channel.
    Unread,
    /// Simulated people that are held at once.
    Users,
    /// Messages with what somebody typed, among a million.
    Search,
    /// Messages a second of a bulk import.
    Import,
    /// Bytes that a message takes between two sites.
    Bytes,
    /// Megabytes a second of bundles that become packets, and of packets that become bundles.
    Packets,
    /// The time until two sites are the same again over a bad link.
    Converge,
    /// The same on every kind of link that goes both ways, where both sides have something to say.
    Profiles,
    /// Bytes of pairing two sites, and of everybody at one of them.
    Directory,
    /// The time of an urgent message past a backlog.
    Overtake,
    /// Bytes that pass a link while nobody has anything to say.
    Idle,
    /// What of a large file passes twice when servers are killed again and again.
    Resume,
    /// A bundle through a link that goes one way and loses some of it.
    Oneway,
    /// Parts by link, by stick and through a diode, in any order and three times.
    Mixed,
    /// A post over the slowest radio, and the way to a better line.
    Radio,
    /// What a browser loads until a post is sent.
    Browser,
}

impl Figure {
    pub(crate) const ALL: [Self; 21] = [
        Self::Start,
        Self::Memory,
        Self::Posts,
        Self::Nodes,
        Self::Fanout,
        Self::Unread,
        Self::Users,
        Self::Search,
        Self::Import,
        Self::Bytes,
        Self::Packets,
        Self::Converge,
        Self::Profiles,
        Self::Directory,
        Self::Overtake,
        Self::Idle,
        Self::Resume,
        Self::Oneway,
        Self::Mixed,
        Self::Radio,
        Self::Browser,
    ];

    /// Those that show what links are meant to do.
    pub(crate) const PROOFS: [Self; 9] = [
        Self::Bytes,
        Self::Directory,
        Self::Profiles,
        Self::Overtake,
        Self::Idle,
        Self::Resume,
        Self::Oneway,
        Self::Mixed,
        Self::Radio,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Memory => "memory",
            Self::Posts => "posts",
            Self::Nodes => "nodes",
            Self::Fanout => "fanout",
            Self::Unread => "unread",
            Self::Users => "users",
            Self::Search => "search",
            Self::Import => "import",
            Self::Bytes => "bytes",
            Self::Packets => "packets",
            Self::Converge => "converge",
            Self::Profiles => "profiles",
            Self::Directory => "directory",
            Self::Overtake => "overtake",
            Self::Idle => "idle",
            Self::Resume => "resume",
            Self::Oneway => "oneway",
            Self::Mixed => "mixed",
            Self::Radio => "radio",
            Self::Browser => "browser",
        }
    }

    pub(crate) async fn measure(self, bench: &Bench, report: &mut Report) -> Outcome<()> {
        match self {
            Self::Start => start::measure(bench, report).await,
            Self::Memory => memory::measure(bench, report).await,
            Self::Posts => posts::measure(bench, report).await,
            Self::Nodes => nodes::measure(bench, report).await,
            Self::Fanout => fanout::measure(bench, report).await,
            Self::Unread => unread::measure(bench, report).await,
            Self::Users => users::measure(bench, report).await,
            Self::Search => search::measure(bench, report).await,
            Self::Import => import::measure(bench, report),
            Self::Bytes => bytes::measure(bench, report).await,
            Self::Packets => packets::measure(bench, report),
            Self::Converge => converge::measure(bench, report).await,
            Self::Profiles => profiles::measure(bench, report).await,
            Self::Directory => directory::measure(bench, report).await,
            Self::Overtake => overtake::measure(bench, report).await,
            Self::Idle => idle::measure(bench, report).await,
            Self::Resume => resume::measure(bench, report).await,
            Self::Oneway => oneway::measure(bench, report).await,
            Self::Mixed => mixed::measure(bench, report).await,
            Self::Radio => radio::measure(bench, report).await,
            Self::Browser => browser::measure(bench, report),
        }
    }
}
