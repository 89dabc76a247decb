//! Lends the API's knowledge of sessions to the socket.

use axum::http::{HeaderMap, Method};
use fieldpost_http::{App, authenticate, lacks_mfa};
use fieldpost_identity::session::{SignedIn, Token};
use fieldpost_socket::{Doorkeeper, Later};

pub(crate) struct Door(pub(crate) App);

impl Doorkeeper for Door {
    fn by_request(&self, method: Method, headers: HeaderMap) -> Later<Option<SignedIn>> {
        let app = self.0.clone();
        Box::pin(async move {
            let signed_in = authenticate(&app, &method, &headers).await?;
            Ok(signed_in.filter(|signed_in| !lacks_mfa(&app, signed_in)))
        })
    }

    fn by_token(&self, token: Token) -> Later<Option<SignedIn>> {
        let app = self.0.clone();
        Box::pin(async move {
            let signed_in = app.session(&token).await?;
            Ok(signed_in.filter(|signed_in| !lacks_mfa(&app, signed_in)))
        })
    }
}
