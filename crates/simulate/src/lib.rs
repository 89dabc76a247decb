//! Sites over bad links in virtual time: how long it takes, and what passes.
//!
//! A line is two real [`Session`](fieldpost_peer::Session)s over the stores of two sites, with the model
//! of a link between them ([`fieldpost_air`]): [`StreamLine`] where a running site uses QUIC,
//! [`ThinLine`] where it speaks thin datagrams. Whoever has lines hands them the time.
//!
//! *Architecture invariant:* no socket and no clock. The same seed gives the same run, and what a run
//! takes in real time changes nothing.

mod clock;
mod end;
mod line;
mod net;
mod plan;
mod report;
mod site;
mod stream;
mod thin;
mod topology;
mod transport;
mod words;

pub use self::end::{Crossings, Place, Step};
pub use self::line::Carriage;
pub use self::net::{Net, Progress};
pub use self::plan::{LONGEST_POST, MOST_POSTS, MOST_SITES, Plan};
pub use self::report::{Arrival, Crossed, LinkReport, Report, SiteReport};
pub use self::site::{Site, administrator};
pub use self::stream::{StreamLine, coding, room};
pub use self::thin::ThinLine;
pub use self::topology::Topology;
