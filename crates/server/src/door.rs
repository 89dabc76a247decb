//! Lends the API's knowledge of sessions to the socket.

use axum::http::{HeaderMap, Method};
use fieldpost_http::{App, authenticate};
use fieldpost_identity::session::{SignedIn, Token};
use fieldpost_socket::{Doorkeeper, Later};

pub(crate) struct Door(pub(crate) App);

impl Doorkeeper for Door {
    fn by_request(&self, method: Method, headers: HeaderMap) -> Later<Option<SignedIn>> {
        let app = self.0.clone();
        Box::pin(async move { authenticate(&app, &method, &headers).await })
    }

    fn by_token(&self, token: Token) -> Later<Option<SignedIn>> {
        let app = self.0.clone();
        Box::pin(async move { app.session(&token).await })
    }
}
