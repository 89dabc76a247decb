//! The REST API: from a request to a use case and back.
//!
//! A handler reads the request, asks one use case and presents its answer. It decides nothing:
//! who may do what is `access`'s business, what happens is the features'. This is the only crate
//! that knows status codes, cookies and headers.

mod answer;
mod api;
mod app;
mod auth;
pub mod compatibility;
pub mod described;
mod headers;
mod integration;
mod limit;
mod local;
pub mod operations;
mod origin;
mod packed;
mod patience;
mod request;
mod routes;
mod tag;
mod trigger;
mod unread;

pub use api::link::{
    BundleAsked, BundleTaken, Carrier, FileBody, Freshness, Later, LinkAmount, LinkBacklog,
    LinkBeyond, LinkBudget, LinkBundle, LinkDirect, LinkFiles, LinkHistory, LinkOffer, LinkPeer,
    LinkPoint, LinkPrecedences, LinkShared, LinkSpan, LinkStatus, LinkWindow, Linker,
};
pub use api::mail::send_test;
pub use app::{App, Banner, Mailing, OAuth, Settings, Terms, VERSION, Voice, Webhooks};
pub use auth::{authenticate, bearer, lacks_mfa};
pub use local::{LocalAdministrator, LocalConnection, refusal};
pub use routes::Routes;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

/// Every route of the API, and which of the known operations they serve.
pub fn routes() -> Routes {
    let mut routes = Routes::default();
    api::add(&mut routes);
    routes
}

/// What is at an address that is not the API's: the web client's files and places. It may wait for
/// the disk.
pub type Pages = Arc<dyn Fn(&Uri, &HeaderMap) -> Response + Send + Sync>;

/// The API as a service, with other routes (the socket's) beside it and the web client's pages
/// behind it.
pub fn service(app: &App, beside: Router<App>, pages: Pages) -> Router {
    app.page_by(Arc::clone(&pages));
    let known = routes().into_router(pages);
    packed::around(headers::around(known.merge(beside), app).with_state(app.clone()))
}
