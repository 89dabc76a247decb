//! Which files come by themselves, and asking for those that do not.

use std::collections::BTreeSet;

use fieldpost_access::Caller;
use fieldpost_blobs::Hash;
use fieldpost_kernel::{Outcome, Work};
use fieldpost_link::files::{self, Waiting, Why, partial_name};
use fieldpost_link::peer;
use fieldpost_log::SiteId;

use crate::links::{Links, Shared};

/// Whether a file is here, as somebody who wants it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// It is.
    Here,
    /// It is to come from a site.
    Elsewhere {
        /// What the site is called here.
        site: String,
        /// Why it does not come by itself; nothing if it comes.
        why: Option<Why>,
        /// Whether somebody asked for it.
        is_asked: bool,
        /// Bytes of it that are here.
        received: u64,
    },
    /// It is not, and no site is asked for it.
    Nowhere,
}

impl Shared {
    /// Whether there is nothing but thin datagrams to a peer.
    pub(crate) fn is_thin(&self, peer: SiteId) -> bool {
        let line = self.line(peer);
        match line.connection() {
            Some(wire) => wire.carriage().is_thin(),
            None => line.has_thin(),
        }
    }
}

impl Links {
    /// Sets which files come from a peer by themselves.
    pub async fn set_files(
        &self,
        caller: Caller,
        name: String,
        asked: files::Asked,
    ) -> Outcome<()> {
        let set = move |work: &mut Work<'_>| files::set(work, &caller, &name, &asked);
        let peer = self.0.store.write(&[], set).await?;
        self.0.line(peer.site).fetch.notify_one();
        Ok(())
    }

    /// Asks for files that are not here, by the hashes of their contents, or takes the questions
    /// back. Who may ask is for whoever calls this.
    pub async fn ask_for(&self, contents: Vec<[u8; 32]>, on: bool) -> Outcome<()> {
        let ask = move |work: &mut Work<'_>| {
            let mut sites = BTreeSet::new();
            for content in &contents {
                sites.extend(files::ask(work, content, on)?);
            }
            Ok(sites)
        };
        for site in self.0.store.write(&[], ask).await? {
            self.0.line(site).fetch.notify_one();
        }
        Ok(())
    }

    /// Where the contents of some hashes are, in their order.
    pub async fn bodies(&self, contents: Vec<[u8; 32]>) -> Outcome<Vec<Body>> {
        let mut absent = Vec::new();
        for content in &contents {
            if !self.0.blobs.has(Hash(*content)).await? {
                absent.push(*content);
            }
        }
        let waiting =
            if absent.is_empty() { Vec::new() } else { self.waiting(absent.clone()).await? };
        let mut bodies = Vec::new();
        for content in contents {
            let wanted = waiting.iter().find(|waiting| waiting.content == content);
            bodies.push(match wanted {
                _ if !absent.contains(&content) => Body::Here,
                Some(Waiting { name, why, is_asked, .. }) => Body::Elsewhere {
                    site: name.clone(),
                    why: *why,
                    is_asked: *is_asked,
                    received: self.0.blobs.partial_length(partial_name(&content)).await?,
                },
                None => Body::Nowhere,
            });
        }
        Ok(bodies)
    }

    async fn waiting(&self, contents: Vec<[u8; 32]>) -> Outcome<Vec<Waiting>> {
        let peers = self.0.store.read(|rows| peer::all(rows)).await?;
        let sites = peers.into_iter().map(|peer| peer.site);
        let thin: Vec<SiteId> = sites.filter(|site| self.0.is_thin(*site)).collect();
        self.0.store.read(move |rows| files::waiting(rows, &contents, &thin)).await
    }
}
