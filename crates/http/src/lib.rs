//! The REST API: from a request to a use case and back.
//!
//! A handler reads the request, asks one use case and presents its answer. It decides nothing:
//! who may do what is `access`'s business, what happens is the features'. This is the only crate
//! that knows status codes, cookies and headers.

mod answer;
mod api;
mod app;
mod auth;
mod headers;
pub mod operations;
mod request;
mod routes;

pub use app::{App, Settings, VERSION};
pub use auth::{authenticate, bearer};
pub use routes::Routes;

use axum::Router;

/// Every route of the API, and which of the known operations they serve.
pub fn routes() -> Routes {
    let mut routes = Routes::default();
    api::add(&mut routes);
    routes
}

/// The API as a service. `outside` serves what is not the API: the socket and the web client.
pub fn service(app: &App, outside: Router<App>) -> Router {
    let known = routes().into_router();
    headers::around(known.merge(outside), app).with_state(app.clone())
}
