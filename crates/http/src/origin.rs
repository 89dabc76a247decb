//! Where a request comes from and what it asks, as it is noted of accounts.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use fieldpost_identity::audit::{self, Noted};
use fieldpost_identity::session::SignedIn;
use fieldpost_kernel::{Outcome, Work};
use fieldpost_model::Id;

use crate::limit::Peer;

/// Where a request comes from and what it asks.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    action: String,
    address: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let address = match Peer::from_request_parts(parts, state).await? {
            Peer::At(address) => address.to_canonical().to_string(),
            Peer::Local => String::new(),
        };
        Ok(Self { action: parts.uri.path().to_owned(), address })
    }
}

impl Origin {
    /// What somebody asks in a session.
    pub(crate) fn by(self, signed_in: &SignedIn) -> By {
        By { origin: self, author: signed_in.caller.user, session: signed_in.session.id }
    }

    /// What somebody asks who has no session.
    pub(crate) fn outside(self, author: Id) -> By {
        By { origin: self, author, session: Id::NONE }
    }
}

/// Who asks for something, from where.
#[derive(Debug, Clone)]
pub(crate) struct By {
    origin: Origin,
    author: Id,
    session: Id,
}

impl By {
    /// The same by whoever opened a session.
    pub(crate) fn opened(&self, author: Id, session: Id) -> Self {
        Self { origin: self.origin.clone(), author, session }
    }

    /// Notes what somebody did that concerns no account but their own.
    pub(crate) fn note_own(&self, work: &mut Work<'_>, outcome: &str) -> Outcome<()> {
        // The local administrator has none.
        if self.author.is_none() { Ok(()) } else { self.note(work, self.author, outcome) }
    }

    /// Notes what was done to an account, or tried.
    pub(crate) fn note(&self, work: &mut Work<'_>, account: Id, outcome: &str) -> Outcome<()> {
        let noted = Noted {
            action: self.origin.action.clone(),
            outcome: outcome.to_owned(),
            address: self.origin.address.clone(),
            session: self.session,
        };
        audit::note(work, account, self.author, &noted)
    }
}
