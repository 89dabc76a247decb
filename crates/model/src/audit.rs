//! What was done to accounts.

use serde::Serialize;

use crate::{Id, Millis};

/// Something that was done to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Names it.
    pub id: Id,
    /// When.
    pub create_at: Millis,
    /// To whose account.
    pub user_id: Id,
    /// The operation, as its address.
    pub action: String,
    /// What came of it, and who did it where that was not the account's owner.
    pub extra_info: String,
    /// From which address of the network.
    pub ip_address: String,
    /// In which session.
    pub session_id: Id,
}
