//! What administrators decide about what passes a link.

use fieldpost_access::Caller;
use fieldpost_kernel::Outcome;
use fieldpost_link::share::{self, Which};
use fieldpost_link::{direct, offers, writers};

use crate::Links;

impl Links {
    /// Shares channels with a peer, or no longer does.
    pub async fn share(
        &self,
        caller: Caller,
        name: String,
        which: Which,
        open: bool,
    ) -> Outcome<()> {
        let decide = if open { share::share } else { share::unshare };
        self.0.store.write(&[], move |work| decide(work, &caller, &name, &which)).await?;
        Ok(())
    }

    /// Accepts a channel that a peer offers, or declines it.
    pub async fn decide(
        &self,
        caller: Caller,
        name: String,
        channel: String,
        open: bool,
    ) -> Outcome<()> {
        let decide = if open { offers::accept } else { offers::decline };
        self.0.store.write(&[], move |work| decide(work, &caller, &name, &channel)).await?;
        Ok(())
    }

    /// Lets a site write in a channel, or only read it.
    pub async fn set_writes(
        &self,
        caller: Caller,
        site: String,
        channel: String,
        writes: bool,
    ) -> Outcome<()> {
        let own = self.0.store.site().id;
        let decide = if writes { writers::let_write } else { writers::let_read };
        self.0.store.write(&[], move |work| decide(work, &caller, own, (&site, &channel))).await?;
        Ok(())
    }

    /// Allows direct messages with a peer, or no longer does.
    pub async fn set_direct(&self, caller: Caller, name: String, on: bool) -> Outcome<()> {
        let decide = if on { direct::allow } else { direct::end };
        self.0.store.write(&[], move |work| decide(work, &caller, &name)).await?;
        Ok(())
    }
}
