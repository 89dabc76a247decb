//! Lends the links to the API.

use fieldpost_access::Caller;
use fieldpost_http::{
    Freshness, Later, LinkBacklog, LinkOffer, LinkPeer, LinkShared, LinkStatus, Linker,
};
use fieldpost_link::Mode;
use fieldpost_link::share::Which;
use fieldpost_model::Id;
use fieldpost_peer::{Links, PeerStatus, SharedStatus, Waiting};

pub(crate) struct Linking(pub(crate) Links);

impl Linker for Linking {
    fn status(&self) -> Later<LinkStatus> {
        let links = self.0.clone();
        Box::pin(async move {
            let status = links.status().await?;
            Ok(LinkStatus {
                site: status.site,
                id: Id::from_bytes(status.id.0),
                listening: status.listening,
                peers: status.peers.into_iter().map(peer).collect(),
            })
        })
    }

    fn invite(&self, caller: Caller, address: Option<String>) -> Later<String> {
        let links = self.0.clone();
        Box::pin(async move { links.invite(caller, address).await })
    }

    fn accept(&self, caller: Caller, code: String) -> Later<(Id, String)> {
        let links = self.0.clone();
        Box::pin(async move {
            let (site, name) = links.accept(caller, &code).await?;
            Ok((Id::from_bytes(site.0), name))
        })
    }

    fn share(&self, caller: Caller, peer: String, which: Which, open: bool) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.share(caller, peer, which, open).await })
    }

    fn decide(&self, caller: Caller, peer: String, channel: String, open: bool) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.decide(caller, peer, channel, open).await })
    }

    fn set_mode(&self, caller: Caller, peer: String, mode: Mode) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.set_mode(caller, peer, mode).await })
    }

    fn remove(&self, caller: Caller, peer: String) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.remove(caller, peer).await })
    }

    fn forget(&self, caller: Caller, peer: String) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.forget(caller, peer).await })
    }

    fn freshness(&self, channel: Id, person: Id) -> Later<Vec<Freshness>> {
        let links = self.0.clone();
        Box::pin(async move {
            let fresh = links.freshness(channel, person).await?.into_iter();
            let fresh = fresh.map(|(site, state, last_contact)| Freshness {
                site,
                state: state.name(),
                last_contact,
            });
            Ok(fresh.collect())
        })
    }
}

fn peer(status: PeerStatus) -> LinkPeer {
    let PeerStatus { peer, state, why_down, backlog, .. } = status;
    LinkPeer {
        site: peer.name,
        id: Id::from_bytes(peer.site.0),
        state: state.name(),
        why_down,
        address: peer.address,
        backlog: LinkBacklog { changes: backlog.changes, bytes: backlog.bytes },
        last_contact: status.last_contact,
        sent_bytes: status.sent_bytes,
        received_bytes: status.received_bytes,
        clock_ahead: peer.clock_ahead,
        round_trip: status.rtt,
        share_all: peer.share_all,
        shared: status.shared.into_iter().map(shared).collect(),
        offers: status.offers.into_iter().map(offer).collect(),
    }
}

fn offer(waiting: Waiting) -> LinkOffer {
    LinkOffer {
        channel: waiting.name,
        channel_id: waiting.offer.channel,
        team: waiting.team,
        team_id: waiting.offer.team,
        offered_at: waiting.since,
    }
}

fn shared(shared: SharedStatus) -> LinkShared {
    LinkShared {
        channel: shared.name,
        channel_id: shared.channel,
        hash: hex(&shared.state),
        peer_hash: shared.peer_state.map(|state| hex(&state)).unwrap_or_default(),
        mutual: shared.mutual,
    }
}

fn hex(digest: &[u8; 32]) -> String {
    fieldpost_log::Digest::from_bytes(*digest).to_string()
}
