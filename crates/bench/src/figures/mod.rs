//! What is measured, one module for each figure.

mod browser;
mod bytes;
mod converge;
mod fanout;
mod import;
mod memory;
mod nodes;
mod posts;
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
    /// The time until two sites are the same again over a bad link.
    Converge,
    /// What a browser loads until a post is sent.
    Browser,
}

impl Figure {
    pub(crate) const ALL: [Self; 12] = [
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
        Self::Converge,
        Self::Browser,
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
            Self::Converge => "converge",
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
            Self::Converge => converge::measure(bench, report).await,
            Self::Browser => browser::measure(bench, report),
        }
    }
}
