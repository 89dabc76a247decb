//! Links between sites: pairing, shares, what is sent and what is taken over.
//!
//! A link joins this site and one other, its *peer*. Each side pins the other's key when they are
//! paired, and an administrator says which channels are shared. From then on each side sends what it
//! wrote itself and the other lacks ([`Outgoing`]), and takes over what it may ([`incoming`]).
//!
//! *Architecture invariant:* nothing here does I/O. How bytes pass, and when, is for a carriage;
//! this is asked what to send next, and told what came.
//!
//! *Architecture invariant:* what a peer may have is decided before anything is sent, and what it
//! may say before anything is taken over, from facts that do not depend on the order of arrival.
//!
//! *Architecture invariant:* of what other features do, only their tables are read, and only to find
//! who and what a change hangs on. No kind of change of theirs is named here.

mod address;
pub mod audit;
pub mod budget;
pub mod bundles;
mod change;
pub mod direct;
pub mod files;
pub mod handing;
pub mod incoming;
pub mod invite;
mod logs;
mod names;
pub mod offers;
mod outgoing;
mod passage;
pub mod peer;
mod relay;
pub mod remote;
pub mod share;
pub mod sites;
pub mod status;
mod whereabouts;
pub mod windows;
mod withdraw;
pub mod writers;

use fieldpost_kernel::{Features, Outcome, Rows, Shown};
use fieldpost_log::{Scope, ScopeKind, SiteId};
use fieldpost_model::Id;

pub use address::Addresses;
pub use change::Mode;
pub use direct::Direct;
pub use outgoing::{Acknowledged, Ahead, Amount, Backlog, Outgoing, Parcel, PreviewDraft, keep};
pub use passage::{Passing, let_out};
pub use peer::Peer;
pub use whereabouts::{Whereabouts, whereabouts};
pub use withdraw::withdraw;

/// `received` is the number of the newest batch of the peer's that was kept here; `theirs_all`
/// whether the peer shares all of its channels. Bytes are counted at IP level, as far as a carriage
/// knows them. `clock_ahead` is by how many milliseconds its clock was wrong when that was last seen.
///
/// `direct` says whether this side allows direct messages: 0 if it never did, 1 if it does, 2 if it no
/// longer does; `theirs_direct` whether the peer does. `windows` holds when the link may be used, with
/// `;` between windows ([`windows`]); `rate` how many bits a second are sent to it at most, 0 for no limit,
/// and `daily` how many bytes in a day; `files_largest` and the next two which files come from it by
/// themselves ([`files`]), with -1 for no limit; `gives_largest` and the next which are given to it;
/// `spent` how many were on the day `spent_day` since 1970.
///
/// `link_known` holds the key of every site that this one was ever linked with, until an
/// administrator has it forgotten: nobody else comes under its id. A site with which it never was is
/// there too once a peer has introduced it, which is `via` then.
///
/// `link_voucher` says up to where a site has signed a log that is held here, with which signature, and
/// as the how-manieth of all logs it was moved last; `link_statement` holds every head that a
/// signature is over ([`relay`]).
///
/// `link_share` holds who shares a channel: it is shared while both do. `refused` says that an
/// administrator of this side ended or declined it, which no offer undoes; `offered_at` since when
/// the peer shares it. `link_sent` holds which
/// changes of a log of ours the peer is known to hold, `link_introduced` whose profiles were given
/// to it, `link_wanted` which files are still to be fetched from it: how many bytes they have, 0 if
/// that was not said; what they are of a file of which media type, over which lines they come and
/// whether somebody asked for them ([`files`]); whether a part of them may be here; how often they
/// could not be had, whether the peer does not give them, and when they are asked for again. `link_bundle` holds the bundles that were written for it and of it, by
/// the time at which that was ([`bundles`]).
const TABLES: &str = "
CREATE TABLE link_peer (
    site BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    peer_key BLOB NOT NULL,
    address TEXT NOT NULL,
    mode INTEGER NOT NULL DEFAULT 0,
    share_all INTEGER NOT NULL DEFAULT 0,
    theirs_all INTEGER NOT NULL DEFAULT 0,
    received INTEGER NOT NULL DEFAULT 0,
    last_contact INTEGER NOT NULL DEFAULT 0,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    received_bytes INTEGER NOT NULL DEFAULT 0,
    clock_ahead INTEGER NOT NULL DEFAULT 0,
    linked_at INTEGER NOT NULL DEFAULT 0,
    direct INTEGER NOT NULL DEFAULT 0,
    theirs_direct INTEGER NOT NULL DEFAULT 0,
    windows TEXT NOT NULL DEFAULT '',
    rate INTEGER NOT NULL DEFAULT 0,
    daily INTEGER NOT NULL DEFAULT 0,
    files_largest INTEGER NOT NULL DEFAULT -1,
    files_thin INTEGER NOT NULL DEFAULT 20000,
    files_types TEXT NOT NULL DEFAULT '',
    gives_largest INTEGER NOT NULL DEFAULT -1,
    gives_types TEXT NOT NULL DEFAULT '',
    spent_day INTEGER NOT NULL DEFAULT 0,
    spent INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE link_known (
    site BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    peer_key BLOB NOT NULL,
    via BLOB
);
CREATE TABLE link_voucher (
    log_key INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    signature BLOB NOT NULL,
    moved INTEGER NOT NULL
);
CREATE INDEX link_voucher_moved ON link_voucher (moved);
CREATE INDEX link_voucher_signature ON link_voucher (signature);
CREATE TABLE link_statement (
    signature BLOB PRIMARY KEY,
    heads BLOB NOT NULL
);
CREATE TABLE link_share (
    site BLOB NOT NULL,
    channel BLOB NOT NULL,
    team BLOB NOT NULL,
    mine INTEGER NOT NULL DEFAULT 0,
    theirs INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    offered_at INTEGER NOT NULL DEFAULT 0,
    state BLOB,
    PRIMARY KEY (site, channel)
);
CREATE INDEX link_share_channel ON link_share (channel);
CREATE TABLE link_sent (
    site BLOB NOT NULL,
    log_key INTEGER NOT NULL,
    ranges BLOB NOT NULL,
    PRIMARY KEY (site, log_key)
);
CREATE TABLE link_introduced (
    site BLOB NOT NULL,
    person BLOB NOT NULL,
    PRIMARY KEY (site, person)
);
CREATE TABLE link_wanted (
    site BLOB NOT NULL,
    content BLOB NOT NULL,
    size INTEGER NOT NULL,
    mime TEXT NOT NULL DEFAULT '',
    part INTEGER NOT NULL DEFAULT 0,
    comes INTEGER NOT NULL DEFAULT 0,
    asked INTEGER NOT NULL DEFAULT 0,
    begun INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    again_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, content)
);
CREATE INDEX link_wanted_due ON link_wanted (site, comes, again_at);
CREATE INDEX link_wanted_content ON link_wanted (content);
CREATE TABLE link_bundle (
    site BLOB NOT NULL,
    ours INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    taken_at INTEGER NOT NULL DEFAULT 0,
    changes INTEGER NOT NULL DEFAULT 0,
    files INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, ours, written_at)
);
CREATE TABLE link_invitation (
    secret BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
)";

/// What clients are told of a channel that looks different now, as the feature knows whose channels
/// they are.
pub type ShowChannel = fn(&mut dyn Rows, Id) -> Outcome<Shown>;

/// Adds this feature's tables and kinds of change. Clients are told of a channel when it begins or
/// ends to be shared.
pub fn register(features: &mut Features, show_channel: ShowChannel) {
    features.tables(TABLES);
    change::register(features, show_channel);
    audit::register(features);
    budget::register(features);
    files::register(features);
    passage::register(features);
    writers::register(features, show_channel);
}

/// The scope of what this site decided about a peer; it never leaves this site.
fn scope(peer: SiteId) -> Scope {
    Scope::new(ScopeKind::Site, Id::from_bytes(peer.0))
}
