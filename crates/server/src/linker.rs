//! Lends the links to the API.

use std::io::Write;
use std::path::PathBuf;

use fieldpost_access::Caller;
use fieldpost_http::{
    BundleAsked, BundleTaken, Carrier, FileBody, Freshness, Later, LinkAmount, LinkBacklog,
    LinkBeyond, LinkBudget, LinkBundle, LinkDirect, LinkFiles, LinkHistory, LinkOffer, LinkPeer,
    LinkPoint, LinkPrecedences, LinkShared, LinkSpan, LinkStatus, LinkWindow, Linker,
};
use fieldpost_kernel::{Failure, Outcome};
use fieldpost_link::budget::Asked;
use fieldpost_link::bundles::Bundle;
use fieldpost_link::files::{self, Why};
use fieldpost_link::share::Which;
use fieldpost_link::{Amount, Backlog, Direct, Mode};
use fieldpost_log::SiteId;
use fieldpost_model::{Id, Millis};
use fieldpost_peer::{
    Beyond, Body, Carriage, History, Imported, Links, Packing, PeerStatus, Point, Repair,
    SharedStatus, Span, Waiting,
};

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
                peers: status.peers.into_iter().map(|one| peer(one, status.id)).collect(),
            })
        })
    }

    fn history(&self, caller: Caller, peer: String, asked: LinkSpan) -> Later<LinkHistory> {
        let links = self.0.clone();
        let span = match asked {
            LinkSpan::Hour => Span::Hour,
            LinkSpan::Day => Span::Day,
        };
        Box::pin(async move { Ok(history(links.history(caller, peer, span).await?)) })
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

    fn set_writes(&self, caller: Caller, site: String, channel: String, writes: bool) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.set_writes(caller, site, channel, writes).await })
    }

    fn set_direct(&self, caller: Caller, peer: String, on: bool) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.set_direct(caller, peer, on).await })
    }

    fn export_bundle(
        &self,
        caller: Caller,
        peer: String,
        asked: BundleAsked,
        out: Box<dyn Write + Send>,
    ) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move {
            let packing = packing(asked)?;
            links.export_bundle(caller, peer, packing, out).await.map(drop)
        })
    }

    fn import_bundle(&self, caller: Caller, path: PathBuf) -> Later<BundleTaken> {
        let links = self.0.clone();
        Box::pin(async move {
            let Imported { peer, written_at, changes, new_changes, files, again } =
                links.import_bundle(caller, &path).await?;
            let (site, id) = (peer.name, Id::from_bytes(peer.site.0));
            Ok(BundleTaken { site, id, written_at, changes, new_changes, files, again })
        })
    }

    fn set_mode(&self, caller: Caller, peer: String, mode: Mode) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.set_mode(caller, peer, mode).await })
    }

    fn set_budget(&self, caller: Caller, peer: String, asked: Asked) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.set_budget(caller, peer, asked).await })
    }

    fn set_files(&self, caller: Caller, peer: String, asked: files::Asked) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.set_files(caller, peer, asked).await })
    }

    fn ask_for(&self, contents: Vec<[u8; 32]>, on: bool) -> Later<()> {
        let links = self.0.clone();
        Box::pin(async move { links.ask_for(contents, on).await })
    }

    fn bodies(&self, contents: Vec<[u8; 32]>) -> Later<Vec<FileBody>> {
        let links = self.0.clone();
        Box::pin(
            async move { Ok(links.bodies(contents).await?.into_iter().map(file_body).collect()) },
        )
    }

    fn tunnel(&self) -> Outcome<Carrier> {
        let tunnel = self.0.tunnel()?;
        Ok(Box::new(|out, inn| Box::pin(tunnel.carry(out, inn))))
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
            let fresh = fresh.map(|fresh| Freshness {
                site: fresh.site,
                state: fresh.state.name(),
                last_contact: fresh.last_contact,
                rate: fresh.rate,
            });
            Ok(fresh.collect())
        })
    }
}

fn packing(asked: BundleAsked) -> Outcome<Packing> {
    let repair = |percent| Repair::percent(percent).ok_or(Failure::invalid_body("repair"));
    Ok(Packing {
        largest_file: asked.largest_file.unwrap_or(u64::MAX),
        repair: asked.repair.map(repair).transpose()?,
        is_transmitted: asked.transmit,
    })
}

fn peer(status: PeerStatus, own: SiteId) -> LinkPeer {
    let PeerStatus { peer, state, why_down, measured, .. } = status;
    LinkPeer {
        site: peer.name,
        id: Id::from_bytes(peer.site.0),
        state: state.name(),
        why_down,
        address: peer.address,
        rate_out: measured.rates.map(|(out, _)| out),
        rate_in: measured.rates.map(|(_, inn)| inn),
        loss: measured.loss,
        backlog: backlog(status.backlog),
        clears_in: measured.clears_in.and_then(|time| u64::try_from(time.as_millis()).ok()),
        carriage: status.carriage.map(Carriage::name),
        rate: status.carriage.and_then(Carriage::rate),
        last_contact: status.last_contact,
        sent_bytes: status.sent_bytes,
        received_bytes: status.received_bytes,
        clock_ahead: peer.clock_ahead,
        round_trip: status.rtt,
        share_all: peer.share_all,
        shared: status.shared.into_iter().map(|one| shared(one, own)).collect(),
        offers: status.offers.into_iter().map(offer).collect(),
        direct: LinkDirect {
            here: peer.direct == Direct::Allowed,
            there: peer.theirs_direct,
            conversations: status.conversations,
        },
        bundles: status.bundles.into_iter().map(bundle).collect(),
        beyond: status.beyond.into_iter().map(beyond).collect(),
        window: LinkWindow {
            open: status.opening.is_open,
            next: status.opening.until.unwrap_or_default(),
        },
        budget: LinkBudget {
            windows: peer.windows.texts(),
            rate: peer.rate,
            bytes_per_day: peer.daily,
            used_today: status.spent_today,
        },
        files: LinkFiles {
            largest: peer.files.largest,
            largest_thin: peer.files.largest_thin,
            gives_largest: peer.gives.largest,
            gives_types: peer.gives.types,
            types: peer.files.types,
            waiting: status.files_waiting.0,
            waiting_bytes: status.files_waiting.1,
        },
    }
}

fn backlog(backlog: Backlog) -> LinkBacklog {
    let amount = |Amount { changes, bytes }| LinkAmount { changes, bytes };
    LinkBacklog {
        changes: backlog.changes,
        bytes: backlog.bytes,
        by: LinkPrecedences {
            flash: amount(backlog.flash),
            immediate: amount(backlog.immediate),
            priority: amount(backlog.priority),
            routine: amount(backlog.routine),
        },
    }
}

fn history(History { step, points }: History) -> LinkHistory {
    let point = |(at, point): (Millis, Point)| LinkPoint {
        at,
        sent_bytes: point.sent,
        received_bytes: point.received,
        loss: point.loss,
        waiting: point.waiting,
        connected: point.is_connected,
    };
    let step = Millis::try_from(step.as_millis()).unwrap_or(Millis::MAX);
    LinkHistory { step, points: points.into_iter().map(point).collect() }
}

fn file_body(body: Body) -> FileBody {
    let told = |state| FileBody { state, why: "", asked: false, site: String::new(), received: 0 };
    match body {
        Body::Here => told("here"),
        Body::Nowhere => told("missing"),
        Body::Elsewhere { site, why, is_asked, received } => FileBody {
            state: if why.is_none() { "comes" } else { "waits" },
            why: why.map_or("", Why::name),
            asked: is_asked,
            site,
            received,
        },
    }
}

fn beyond(beyond: Beyond) -> LinkBeyond {
    let Beyond { site, name, is_wanted } = beyond;
    LinkBeyond { site: name, id: Id::from_bytes(site.0), used: is_wanted }
}

fn bundle(bundle: Bundle) -> LinkBundle {
    let Bundle { is_ours, written_at, taken_at, changes, files, bytes } = bundle;
    let direction = if is_ours { "sent" } else { "received" };
    LinkBundle { direction, written_at, taken_at, changes, files, bytes }
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

fn shared(shared: SharedStatus, own: SiteId) -> LinkShared {
    LinkShared {
        channel: shared.name,
        channel_id: shared.channel,
        hash: hex(&shared.state),
        peer_hash: shared.peer_state.map(|state| hex(&state)).unwrap_or_default(),
        mutual: shared.mutual,
        made_here: shared.maker == Some(own),
        reads: shared.reads,
        peer_reads: shared.peer_reads,
    }
}

fn hex(digest: &[u8; 32]) -> String {
    fieldpost_log::Digest::from_bytes(*digest).to_string()
}
