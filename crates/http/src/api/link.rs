//! Links between sites, for their administrators.
//!
//! This part of the API is ours: the clients that exist know of links only what a channel or a person
//! tells them.

mod audit;
mod budget;
mod bundles;
mod files;
mod history;
mod tunnel;
mod whereabouts;
mod withdraw;

use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::pin::Pin;

use axum::extract::{Path, Query, State};
use fieldpost_access::{Caller, Permission, require_system};
use fieldpost_chat::facts::denied;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_link::budget::Asked;
use fieldpost_link::share::Which;
use fieldpost_link::{Mode, files as policy};
use fieldpost_model::{Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::answer::{Answer, Created, Done, Json};
use crate::app::App;
use crate::auth::Session;
use crate::request::Body;
use crate::routes::Routes;

pub use budget::{LinkBudget, LinkWindow};
pub use bundles::{BundleAsked, BundleTaken, LinkBundle};
pub use files::{FileBody, LinkFiles};
pub use history::{LinkHistory, LinkPoint, LinkSpan};
pub use tunnel::Carrier;

/// An answer that takes its time.
pub type Later<T> = Pin<Box<dyn Future<Output = Outcome<T>> + Send>>;

/// Whoever holds the links, as the API needs them.
pub trait Linker: Send + Sync {
    /// How this site and its links are.
    fn status(&self) -> Later<LinkStatus>;
    /// How the link with a peer was before.
    fn history(&self, caller: Caller, peer: String, span: LinkSpan) -> Later<LinkHistory>;
    /// Makes an invitation that is reached at an address, and gives its code.
    fn invite(&self, caller: Caller, address: Option<String>) -> Later<String>;
    /// Accepts an invitation; gives the other site's id and name.
    fn accept(&self, caller: Caller, code: String) -> Later<(Id, String)>;
    /// Shares channels with a peer, or no longer does.
    fn share(&self, caller: Caller, peer: String, which: Which, open: bool) -> Later<()>;
    /// Accepts a channel that a peer offers, or declines it.
    fn decide(&self, caller: Caller, peer: String, channel: String, open: bool) -> Later<()>;
    /// Lets a site write in a channel, or only read it.
    fn set_writes(&self, caller: Caller, site: String, channel: String, writes: bool) -> Later<()>;
    /// Allows direct messages with a peer, or no longer does.
    fn set_direct(&self, caller: Caller, peer: String, on: bool) -> Later<()>;
    /// Writes a bundle for a peer, or the packets of one. If this fails, what was written is neither.
    fn export_bundle(
        &self,
        caller: Caller,
        peer: String,
        asked: BundleAsked,
        out: Box<dyn Write + Send>,
    ) -> Later<()>;
    /// Takes in a bundle that lies at a path, or enough of whose packets do.
    fn import_bundle(&self, caller: Caller, path: PathBuf) -> Later<BundleTaken>;
    /// Pauses a link, silences it, or takes it up again.
    fn set_mode(&self, caller: Caller, peer: String, mode: Mode) -> Later<()>;
    /// Sets what a link may use.
    fn set_budget(&self, caller: Caller, peer: String, asked: Asked) -> Later<()>;
    /// Sets which files come over a link by themselves.
    fn set_files(&self, caller: Caller, peer: String, asked: policy::Asked) -> Later<()>;
    /// Asks for files that are not here, by the hashes of their contents, or takes that back.
    fn ask_for(&self, contents: Vec<[u8; 32]>, on: bool) -> Later<()>;
    /// Where the contents of some hashes are, in their order.
    fn bodies(&self, contents: Vec<[u8; 32]>) -> Later<Vec<FileBody>>;
    /// Lets in somebody who comes through the web.
    fn tunnel(&self) -> Outcome<Carrier>;
    /// Ends a link.
    fn remove(&self, caller: Caller, peer: String) -> Later<()>;
    /// Forgets the key of a site that is not linked any more.
    fn forget(&self, caller: Caller, peer: String) -> Later<()>;
    /// How fresh a channel is from each site that shares it, for somebody who is in it.
    fn freshness(&self, channel: Id, person: Id) -> Later<Vec<Freshness>>;
}

/// How a site and its links are.
#[derive(Debug, Clone, Serialize)]
pub struct LinkStatus {
    /// What people call the site.
    pub site: String,
    /// Its id.
    pub id: Id,
    /// Where others may call; empty for nowhere.
    pub listening: String,
    /// The links, by name.
    pub peers: Vec<LinkPeer>,
}

/// How one link is.
#[derive(Debug, Clone, Serialize)]
pub struct LinkPeer {
    /// What the peer is called here.
    pub site: String,
    /// Its id.
    pub id: Id,
    /// `connected`, `down`, `paused`, `silent` or `closed`.
    pub state: &'static str,
    /// Why it is down, for people; empty otherwise.
    pub why_down: String,
    /// Where it is called; empty if it calls.
    pub address: String,
    /// `quic`, `web` or `thin`, what carries the conversation; nothing while there is none.
    pub carriage: Option<&'static str>,
    /// Bits a second that the carriage keeps to, as they were configured; nothing if it finds out.
    pub rate: Option<u32>,
    /// Bits a second that were sent over the last minute; nothing if there was no connection.
    pub rate_out: Option<u64>,
    /// Bits a second that were received over the last minute, likewise.
    pub rate_in: Option<u64>,
    /// Which share of the packets sent in the last five minutes was lost, from 0 to 1; nothing if
    /// there were few.
    pub loss: Option<f64>,
    /// What is still to be sent.
    pub backlog: LinkBacklog,
    /// About how many milliseconds it takes until nothing waits, once there is a connection; nothing
    /// if that is unknown. It is a guess.
    pub clears_in: Option<u64>,
    /// When it was heard last, in milliseconds since 1970; 0 for never.
    pub last_contact: Millis,
    /// Bytes sent so far, at IP level.
    pub sent_bytes: i64,
    /// Bytes received so far, at IP level.
    pub received_bytes: i64,
    /// How far its clock is ahead of this site's, in milliseconds; 0 if it is not wrong.
    pub clock_ahead: Millis,
    /// The time of a round trip in milliseconds, while connected.
    pub round_trip: Option<u64>,
    /// Whether all channels of teams are shared, also those to come.
    pub share_all: bool,
    /// What is shared.
    pub shared: Vec<LinkShared>,
    /// What it offers, and an administrator may accept or decline.
    pub offers: Vec<LinkOffer>,
    /// Whether direct messages are allowed between people of the two sites.
    pub direct: LinkDirect,
    /// The newest bundles of both directions, newest first.
    pub bundles: Vec<LinkBundle>,
    /// The sites whose messages it can pass on, by name, while it is connected.
    pub beyond: Vec<LinkBeyond>,
    /// Whether it may be used now.
    pub window: LinkWindow,
    /// What it may use.
    pub budget: LinkBudget,
    /// Which files come from it by themselves.
    pub files: LinkFiles,
}

/// A site with which this one talks over a linked one.
#[derive(Debug, Clone, Serialize)]
pub struct LinkBeyond {
    /// What it is called here.
    pub site: String,
    /// Its id.
    pub id: Id,
    /// Whether messages of it are had over this link, and not from the site itself.
    pub used: bool,
}

/// Whether people of two sites may write to each other. They can while both sites allow it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkDirect {
    /// Whether this side allows it.
    pub here: bool,
    /// Whether the other side does.
    pub there: bool,
    /// How many conversations have people of both.
    pub conversations: i64,
}

/// What is still to be sent over a link.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkBacklog {
    /// Changes.
    pub changes: u64,
    /// Bytes of their contents, before they are compressed.
    pub bytes: u64,
    /// The same by how much it matters.
    pub by: LinkPrecedences,
}

/// What is still to be sent over a link, by how much it matters. The parts are all of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkPrecedences {
    /// What makes posts that were written as FLASH.
    pub flash: LinkAmount,
    /// What makes urgent posts.
    pub immediate: LinkAmount,
    /// What makes important posts.
    pub priority: LinkAmount,
    /// All the rest.
    pub routine: LinkAmount,
}

/// Some of what is still to be sent over a link.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LinkAmount {
    /// Changes.
    pub changes: u64,
    /// Bytes of their contents, before they are compressed.
    pub bytes: u64,
}

/// A channel that is shared over a link.
#[derive(Debug, Clone, Serialize)]
pub struct LinkShared {
    /// Its name, as `team:channel`.
    pub channel: String,
    /// Its id.
    pub channel_id: Id,
    /// The digest of its state here, in hexadecimal.
    pub hash: String,
    /// The digest of its state there, as it was told last; empty if it was not.
    pub peer_hash: String,
    /// Whether the other side shares it too: it does not pass before.
    pub mutual: bool,
    /// Whether it was made here, where it is said who writes in it.
    pub made_here: bool,
    /// Whether this site only reads it.
    pub reads: bool,
    /// Whether the other side only reads it.
    pub peer_reads: bool,
}

/// A channel that a peer offers, and about which nothing was decided. An offer names ids alone.
#[derive(Debug, Clone, Serialize)]
pub struct LinkOffer {
    /// Its name, as `team:channel`; its id until its making has come.
    pub channel: String,
    /// Its id.
    pub channel_id: Id,
    /// The name of its team; empty if that is not known here.
    pub team: String,
    /// The id of its team.
    pub team_id: Id,
    /// Since when it is offered.
    pub offered_at: Millis,
}

/// How fresh a channel is from a site.
#[derive(Debug, Clone, Serialize)]
pub struct Freshness {
    /// What the site is called here.
    pub site: String,
    /// `connected`, `down`, `paused`, `silent` or `closed`.
    pub state: &'static str,
    /// When it was heard last; 0 for never.
    pub last_contact: Millis,
    /// Bits a second, if what there is to it now are thin datagrams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}

pub(super) fn add(routes: &mut Routes) {
    routes.on("GET", "/api/v4/fieldpost/link", status);
    routes.on("GET", "/api/v4/fieldpost/link/freshness", freshness);
    routes.on("POST", "/api/v4/fieldpost/link/invite", invite);
    routes.on("POST", "/api/v4/fieldpost/link/accept", accept);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/share", share);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/unshare", unshare);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/offers/{channel}/accept", accept_offer);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/offers/{channel}/decline", decline_offer);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/read_only", let_read);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/read_write", let_write);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/direct/allow", allow_direct);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/direct/end", end_direct);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/pause", pause);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/resume", resume);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/silence", silence);
    routes.on("POST", "/api/v4/fieldpost/link/{site}/forget", forget);
    routes.on("DELETE", "/api/v4/fieldpost/link/{site}", remove);
    audit::add(routes);
    budget::add(routes);
    bundles::add(routes);
    files::add(routes);
    history::add(routes);
    tunnel::add(routes);
    whereabouts::add(routes);
    withdraw::add(routes);
}

pub(super) fn linker(app: &App) -> Outcome<&dyn Linker> {
    app.linker().ok_or_else(|| {
        Failure::new(
            FailureKind::Unavailable,
            "api.fieldpost.link.none",
            "This server cannot link sites: its port for links could not be opened.",
        )
    })
}

async fn status(State(app): State<App>, session: Session) -> Answer<Json<LinkStatus>> {
    require_system(&session.caller(), Permission::ManageSecureConnections).map_err(denied)?;
    Ok(Json(linker(&app)?.status().await?))
}

#[derive(Deserialize)]
struct OfChannel {
    channel_id: Id,
}

async fn freshness(
    State(app): State<App>,
    session: Session,
    Query(of): Query<OfChannel>,
) -> Answer<Json<Vec<Freshness>>> {
    let person = session.caller().user;
    Ok(Json(linker(&app)?.freshness(of.channel_id, person).await?))
}

#[derive(Deserialize)]
struct Invitation {
    address: Option<String>,
}

async fn invite(
    State(app): State<App>,
    session: Session,
    Body(asked): Body<Invitation>,
) -> Answer<Created<Value>> {
    // Whoever may not invite is not told whether the site could.
    require_system(&session.caller(), Permission::ManageSecureConnections).map_err(denied)?;
    let address = asked.address.filter(|address| !address.trim().is_empty());
    let code = linker(&app)?.invite(session.caller(), address).await?;
    Ok(Created(json!({ "code": code })))
}

#[derive(Deserialize)]
struct Accepted {
    code: String,
}

async fn accept(
    State(app): State<App>,
    session: Session,
    Body(accepted): Body<Accepted>,
) -> Answer<Created<Value>> {
    let (id, site) = linker(&app)?.accept(session.caller(), accepted.code).await?;
    Ok(Created(json!({ "site": site, "id": id })))
}

#[derive(Deserialize)]
struct Chosen {
    channel: Option<String>,
    #[serde(default)]
    all: bool,
}

impl Chosen {
    fn which(self) -> Outcome<Which> {
        match (self.all, self.channel) {
            (true, None) => Ok(Which::All),
            (false, Some(channel)) => Ok(Which::One(channel)),
            _ => Err(Failure::invalid_body("channel")),
        }
    }
}

async fn share(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
    Body(chosen): Body<Chosen>,
) -> Answer<Done> {
    linker(&app)?.share(session.caller(), peer, chosen.which()?, true).await?;
    Ok(Done)
}

async fn unshare(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
    Body(chosen): Body<Chosen>,
) -> Answer<Done> {
    linker(&app)?.share(session.caller(), peer, chosen.which()?, false).await?;
    Ok(Done)
}

async fn accept_offer(
    State(app): State<App>,
    session: Session,
    Path((peer, channel)): Path<(String, String)>,
) -> Answer<Done> {
    linker(&app)?.decide(session.caller(), peer, channel, true).await?;
    Ok(Done)
}

async fn decline_offer(
    State(app): State<App>,
    session: Session,
    Path((peer, channel)): Path<(String, String)>,
) -> Answer<Done> {
    linker(&app)?.decide(session.caller(), peer, channel, false).await?;
    Ok(Done)
}

#[derive(Deserialize)]
struct OneChannel {
    channel: String,
}

async fn let_read(
    State(app): State<App>,
    session: Session,
    Path(site): Path<String>,
    Body(one): Body<OneChannel>,
) -> Answer<Done> {
    linker(&app)?.set_writes(session.caller(), site, one.channel, false).await?;
    Ok(Done)
}

async fn let_write(
    State(app): State<App>,
    session: Session,
    Path(site): Path<String>,
    Body(one): Body<OneChannel>,
) -> Answer<Done> {
    linker(&app)?.set_writes(session.caller(), site, one.channel, true).await?;
    Ok(Done)
}

async fn allow_direct(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
) -> Answer<Done> {
    linker(&app)?.set_direct(session.caller(), peer, true).await?;
    Ok(Done)
}

async fn end_direct(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
) -> Answer<Done> {
    linker(&app)?.set_direct(session.caller(), peer, false).await?;
    Ok(Done)
}

async fn set_mode(app: &App, session: &Session, peer: String, mode: Mode) -> Answer<Done> {
    linker(app)?.set_mode(session.caller(), peer, mode).await?;
    Ok(Done)
}

async fn pause(State(app): State<App>, session: Session, Path(peer): Path<String>) -> Answer<Done> {
    set_mode(&app, &session, peer, Mode::Paused).await
}

async fn resume(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
) -> Answer<Done> {
    set_mode(&app, &session, peer, Mode::Active).await
}

async fn silence(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
) -> Answer<Done> {
    set_mode(&app, &session, peer, Mode::Silent).await
}

async fn remove(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
) -> Answer<Done> {
    linker(&app)?.remove(session.caller(), peer).await?;
    Ok(Done)
}

async fn forget(
    State(app): State<App>,
    session: Session,
    Path(peer): Path<String>,
) -> Answer<Done> {
    linker(&app)?.forget(session.caller(), peer).await?;
    Ok(Done)
}
