//! What a mail is about.

use fieldpost_model::Id;
use serde::{Deserialize, Serialize};

/// What a mail is about. It is made when something happens, and becomes a mail when it goes: what
/// it says is what is true by then, and nothing goes that has become pointless.
///
/// It never holds a secret: those are made when it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// Asks whoever reads an address to confirm that it is an account's.
    Verify {
        /// The account; none for whichever has the address by then, if one has.
        account: Id,
        /// The address.
        address: String,
    },
    /// Lets whoever reads an address choose a new password, if an account has the address.
    Reset {
        /// The address that somebody typed.
        address: String,
    },
    /// Tells somebody that their password was changed.
    PasswordChanged {
        /// Whose.
        account: Id,
    },
    /// Tells whoever reads the address an account had that it has another.
    AddressChanged {
        /// Whose.
        account: Id,
        /// The address it had.
        from: String,
    },
    /// Invites somebody into a team.
    Invitation {
        /// The team.
        team: Id,
        /// Who invites; none for the local administrator.
        by: Id,
        /// Who is invited.
        address: String,
        /// Channels that they are to join besides.
        channels: Vec<Id>,
        /// What the inviter adds.
        note: String,
        /// Whether they are to be a guest.
        #[serde(default)]
        guest: bool,
    },
    /// Tells somebody of posts that are meant for them.
    News {
        /// Whom.
        account: Id,
        /// Of which posts.
        posts: Vec<Id>,
    },
}

impl Letter {
    /// A word for the kind of letter, by which it is counted and cancelled.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Verify { account, .. } if account.is_none() => VERIFY_ASKED,
            Self::Verify { .. } => VERIFY,
            Self::Reset { .. } => RESET,
            Self::PasswordChanged { .. } => "password_changed",
            Self::AddressChanged { .. } => "address_changed",
            Self::Invitation { .. } => INVITATION,
            Self::News { .. } => "news",
        }
    }

    /// Whether anybody may have it sent, who need not say who they are.
    pub(crate) fn is_anonymous(&self) -> bool {
        [RESET, VERIFY_ASKED].contains(&self.kind())
    }

    /// Whether it warns somebody that their account may be another's by now.
    pub(crate) fn is_warning(&self) -> bool {
        matches!(self, Self::PasswordChanged { .. } | Self::AddressChanged { .. })
    }
}

/// The kind of those that let somebody choose a new password.
pub(crate) const RESET: &str = "reset";

/// The kind of those that ask for the confirmation of an address that anybody named.
pub(crate) const VERIFY_ASKED: &str = "verify_asked";

/// The kind of those that ask somebody to confirm an address.
pub(crate) const VERIFY: &str = "verify";

/// The kind of invitations.
pub(crate) const INVITATION: &str = "invitation";
