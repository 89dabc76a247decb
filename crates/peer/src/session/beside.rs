//! What a session shares with others, and who listens to it.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use fieldpost_log::LogName;
use fieldpost_replica::{Format, Request, Run};

use super::{Session, Step};
use crate::heard::{Allowance, FRAME};
use crate::routes::Routes;

/// Is told of each run of changes that a batch brings, whatever becomes of it: of which log, and which.
pub type Ear = Arc<dyn Fn(&LogName, Range<u64>) + Send + Sync>;

impl Session {
    /// The session with what earlier ones have left of the peer's allowance.
    #[must_use]
    pub fn with_allowance(self, allowance: Arc<Allowance>) -> Self {
        Self { allowance, ..self }
    }

    /// The session of a site that talks to other peers as well. Over a line that is not good, what the peer
    /// wrote may as well come another way.
    #[must_use]
    pub fn with_routes(self, routes: &Arc<Routes>, is_good: bool) -> Self {
        Self { joined: routes.join(self.peer, is_good), ..self }
    }

    /// The session of which somebody wants to know what crosses it.
    #[must_use]
    pub fn with_ear(self, ear: Ear) -> Self {
        Self { ear: Some(ear), ..self }
    }

    /// What is asked of the peer when a session begins: to write batches in what is read here. One that
    /// does not know what is asked passes over it.
    pub fn asks_first() -> Request {
        Request::Formats(Format::NEWEST.number())
    }

    /// The peer reads all formats of batches up to this one: from now on it is sent the newest of them
    /// that are known here.
    pub fn hear_formats(&self, newest: u8) -> Step<()> {
        self.spend(FRAME)?;
        self.formats.store(newest, Ordering::SeqCst);
        Ok(())
    }

    /// The format of the next batch.
    pub(super) fn format(&self) -> Format {
        Format::up_to(self.formats.load(Ordering::SeqCst))
    }

    /// A batch brought these.
    pub(super) fn tell(&self, runs: &[Run]) {
        let Some(ear) = &self.ear else { return };
        for run in runs {
            ear(&run.log, run.first..run.first + run.entries.len() as u64);
        }
    }
}
