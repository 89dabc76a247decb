//! Why something was not done, in terms a client can act on.

use std::borrow::Cow;
use std::fmt;

/// What a use case answers.
pub type Outcome<T> = Result<T, Failure>;

/// The nature of a failure; the edge decides what it is called on its wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// What was asked makes no sense or breaks a rule.
    Invalid,
    /// Nobody is signed in, or the credential is void.
    Unauthenticated,
    /// The caller may not.
    Forbidden,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// It clashes with what is.
    Conflict,
    /// It would have been done before something happened that cannot be undone.
    TooLate,
    /// It makes sense, but there is no room for it.
    Unprocessable,
    /// Too many bytes.
    TooLarge,
    /// Too often.
    TooMany,
    /// It did not come in time.
    TooSlow,
    /// Not built, or switched off.
    NotBuilt,
    /// Our fault.
    Internal,
    /// Not now: the site is starting, stopping, or its disk is full.
    Unavailable,
}

/// Why something was not done.
///
/// The id and message go to the client; the detail is for the log and never leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// The API's error id, on which clients switch.
    pub id: Cow<'static, str>,
    /// A sentence for people.
    pub message: Cow<'static, str>,
    /// What the operator may want to know.
    pub detail: String,
}

impl Failure {
    /// A failure of a kind, with the API's id and a sentence for people.
    pub fn new(
        kind: FailureKind,
        id: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind, id: id.into(), message: message.into(), detail: String::new() }
    }

    /// A rule of the request is broken.
    pub fn invalid(id: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FailureKind::Invalid, id, message)
    }

    /// A named part of the body is missing or wrong.
    pub fn invalid_body(parameter: &str) -> Self {
        Self::new(
            FailureKind::Invalid,
            "api.context.invalid_body_param.app_error",
            format!("Invalid or missing {parameter} in request body."),
        )
    }

    /// A named part of the address is missing or wrong.
    pub fn invalid_url(parameter: &str) -> Self {
        Self::new(
            FailureKind::Invalid,
            "api.context.invalid_url_param.app_error",
            format!("Invalid or missing {parameter} parameter in request URL."),
        )
    }

    /// There is no such thing, as far as the caller may know.
    pub fn not_found(id: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FailureKind::NotFound, id, message)
    }

    /// The caller lacks a permission; its name stays in the log.
    pub fn forbidden(permission: &str) -> Self {
        Self::new(
            FailureKind::Forbidden,
            "api.context.permissions.app_error",
            "You do not have the appropriate permissions.",
        )
        .with_detail(permission)
    }

    /// Nobody is signed in, or the session has ended.
    pub fn unauthenticated() -> Self {
        Self::new(
            FailureKind::Unauthenticated,
            "api.context.session_expired.app_error",
            "Invalid or expired session, please login again.",
        )
    }

    /// Something of ours broke; the detail says what.
    pub fn internal(detail: impl fmt::Display) -> Self {
        Self::new(
            FailureKind::Internal,
            "api.fieldpost.internal",
            "Something went wrong on the server. It has been noted in the server's log.",
        )
        .with_detail(detail)
    }

    /// The same failure, with a note for the operator.
    #[must_use]
    pub fn with_detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.message)?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
