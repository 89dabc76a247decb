//! The local administrator: whoever may open the socket in the site's data directory.
//!
//! A connection is known by the listener that took it, and by nothing that a client sends: only a
//! listener on a Unix socket can make a [`LocalConnection`].

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use fieldpost_access::{Actor, Caller, Permission, builtin, require_system};
use fieldpost_identity::session::SignedIn;
use fieldpost_kernel::{Failure, FailureKind, Outcome};
use fieldpost_model::{Id, Session as WireSession};
use tokio::net::UnixListener;

use crate::answer::Refusal;
use crate::app::App;
use crate::auth::Session;
use crate::operations;

/// A connection to the site's own socket.
#[derive(Debug, Clone, Copy)]
pub struct LocalConnection(());

impl Connected<IncomingStream<'_, UnixListener>> for LocalConnection {
    fn connect_info(_: IncomingStream<'_, UnixListener>) -> Self {
        Self(())
    }
}

/// Whether a request came over the site's own socket.
pub(crate) fn is_local(extensions: &Extensions) -> bool {
    extensions.get::<ConnectInfo<LocalConnection>>().is_some()
}

/// What only somebody with an account can do: it is done in their name, to what is theirs, or it
/// ends their session.
const NEEDS_AN_ACCOUNT: [(&str, &str); 35] = [
    ("POST", "/api/v4/actions/dialogs/lookup"),
    ("POST", "/api/v4/actions/dialogs/submit"),
    ("POST", "/api/v4/bots"),
    ("POST", "/api/v4/channels/direct"),
    ("POST", "/api/v4/channels/group"),
    ("POST", "/api/v4/channels/{channel_id}/bookmarks"),
    ("PATCH", "/api/v4/channels/{channel_id}/bookmarks/{bookmark_id}"),
    ("POST", "/api/v4/commands"),
    ("POST", "/api/v4/commands/execute"),
    ("PATCH", "/api/v4/custom_profile_attributes/values"),
    ("POST", "/api/v4/drafts"),
    ("POST", "/api/v4/email/test"),
    ("POST", "/api/v4/emoji"),
    ("POST", "/api/v4/files"),
    ("POST", "/api/v4/notifications/test"),
    ("POST", "/api/v4/oauth/apps"),
    ("POST", "/api/v4/posts"),
    ("POST", "/api/v4/posts/ephemeral"),
    ("POST", "/api/v4/posts/schedule"),
    ("POST", "/api/v4/posts/{post_id}/actions/{action_id}"),
    ("DELETE", "/api/v4/posts/schedule/{scheduled_post_id}"),
    ("PUT", "/api/v4/posts/schedule/{scheduled_post_id}"),
    ("GET", "/api/v4/posts/scheduled/team/{team_id}"),
    ("PUT", "/api/v4/posts/{post_id}"),
    ("PUT", "/api/v4/posts/{post_id}/patch"),
    ("POST", "/api/v4/posts/{post_id}/move"),
    ("POST", "/api/v4/reactions"),
    ("POST", "/api/v4/teams/members/invite"),
    ("POST", "/api/v4/uploads"),
    ("POST", "/api/v4/uploads/{upload_id}"),
    ("POST", "/api/v4/users/logout"),
    ("PUT", "/api/v4/users/sessions/device"),
    ("POST", "/api/v4/users/{user_id}/terms_of_service"),
    ("POST", "/oauth/authorize"),
    ("POST", "/oauth/deauthorize"),
];

/// The local administrator, unless the request asks for what is only an account's.
pub(crate) async fn administrator(parts: &mut Parts, app: &App) -> Outcome<SignedIn> {
    let parameters = RawPathParams::from_request_parts(parts, app).await.ok();
    let values = parameters.iter().flatten().map(|(_, value)| value);
    if needs_an_account(&parts.method, parts.uri.path(), values) {
        return Err(Failure::invalid(
            "api.fieldpost.local.no_account",
            "The local administrator has no account. Sign in as somebody to do this.",
        ));
    }
    Ok(SignedIn {
        caller: Caller {
            user: Id::NONE,
            actor: Actor::AdminSocket,
            guest: false,
            roles: builtin("system_admin").map(|role| role.granted()).unwrap_or_default(),
        },
        session: WireSession::default(),
        username: String::new(),
        is_bot: false,
        mfa_active: true,
    })
}

/// Whether only somebody with an account can ask for this; the values are those of the path's
/// parameters, in order.
fn needs_an_account<'v>(
    method: &Method,
    path: &str,
    mut values: impl Iterator<Item = &'v str>,
) -> bool {
    let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
    let Some(found) = operations::find(method.as_str(), path) else { return false };
    let mut parameters = found.path.split('/').filter(|part| part.starts_with('{'));
    NEEDS_AN_ACCOUNT.contains(&(found.method, found.path))
        || parameters.any(|name| values.next() == Some("me") && name == "{user_id}")
}

/// Somebody who administers the site, over its own socket. A router that is served there alone
/// asks for it.
#[derive(Debug, Clone, Copy)]
pub struct LocalAdministrator(());

impl FromRequestParts<App> for LocalAdministrator {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        if !is_local(&parts.extensions) {
            return Err(refusal(Failure::new(
                FailureKind::Forbidden,
                "api.fieldpost.local.only",
                "This is answered on the site's own socket alone.",
            )));
        }
        let session =
            Session::from_request_parts(parts, app).await.map_err(Refusal::into_response)?;
        require_system(&session.caller(), Permission::ManageSystem)
            .map_err(|denied| refusal(Failure::forbidden(denied.permission.name())))?;
        Ok(Self(()))
    }
}

/// A failure as this API answers it, for routers beside its own.
pub fn refusal(failure: Failure) -> Response {
    Refusal(failure).into_response()
}
