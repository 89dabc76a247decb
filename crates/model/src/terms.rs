//! A site's terms of service.

use serde::Serialize;

use crate::{Id, Millis};

/// A text that people are to accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermsOfService {
    /// Which.
    pub id: Id,
    /// When it was written.
    pub create_at: Millis,
    /// Who wrote it.
    pub user_id: Id,
    /// What it says.
    pub text: String,
}

/// That somebody accepted terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TermsAcceptance {
    /// Who.
    pub user_id: Id,
    /// Which.
    pub terms_of_service_id: Id,
    /// When.
    pub create_at: Millis,
}
