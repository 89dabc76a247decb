//! People and bots.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Id, Millis};

/// A flat map of strings, as the API uses for notification settings, time zones and properties.
pub type StringMap = BTreeMap<String, String>;

/// An account, as its owner or an administrator sees it; [`User::sanitized`] is what others see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct User {
    /// Who this is.
    pub id: Id,
    /// When the account was made.
    pub create_at: Millis,
    /// When this site last changed what it knows of the account.
    pub update_at: Millis,
    /// When the account was deactivated, or 0.
    pub delete_at: Millis,
    /// The unique name after the `@`; a remote user's ends in `:site`.
    pub username: String,
    /// Always empty on the wire; the credential lives elsewhere.
    #[serde(skip_serializing)]
    pub password: String,
    /// Data of an external sign-in service; empty for local accounts.
    pub auth_data: String,
    /// The external sign-in service, or empty for a password account.
    pub auth_service: String,
    /// Lower-case address, or empty where the viewer may not see it.
    pub email: String,
    /// Whether the address was proved.
    #[serde(skip_serializing_if = "is_false")]
    pub email_verified: bool,
    /// Display name chosen by the person.
    pub nickname: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Job title or post.
    pub position: String,
    /// System roles, separated by spaces.
    pub roles: String,
    /// Free properties, such as the custom status.
    pub props: StringMap,
    /// How the person wants to be notified; absent for other viewers.
    #[serde(skip_serializing_if = "StringMap::is_empty")]
    pub notify_props: StringMap,
    /// When the password last changed.
    #[serde(skip_serializing_if = "is_zero")]
    pub last_password_update: Millis,
    /// When the picture last changed; 0 for none yet, negative for a generated one.
    #[serde(skip_serializing_if = "is_zero")]
    pub last_picture_update: Millis,
    /// Wrong passwords since the last right one.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed_attempts: i64,
    /// The language tag of the person's interface.
    pub locale: String,
    /// `useAutomaticTimezone`, `automaticTimezone`, `manualTimezone`.
    pub timezone: StringMap,
    /// Whether a second factor is on.
    #[serde(skip_serializing_if = "is_false")]
    pub mfa_active: bool,
    /// The site the person belongs to, where that is not this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_id: Option<String>,
    /// Whether this is a bot account.
    #[serde(skip_serializing_if = "is_false")]
    pub is_bot: bool,
    /// What the bot is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bot_description: String,
    /// The latest terms of service accepted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub terms_of_service_id: String,
    /// When they were accepted.
    #[serde(skip_serializing_if = "is_zero")]
    pub terms_of_service_create_at: Millis,
    /// Always false: nothing is telemetered.
    pub disable_welcome_email: bool,
}

/// How much of an account a viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The account's owner.
    Own,
    /// An administrator looking at somebody else.
    Administrator,
    /// Anybody else; e-mail addresses and full names by the site's privacy settings.
    Other {
        /// `PrivacySettings.ShowEmailAddress`
        email: bool,
        /// `PrivacySettings.ShowFullName`
        full_name: bool,
    },
}

impl User {
    /// What a viewer may see of this account.
    #[must_use]
    pub fn sanitized(mut self, view: View) -> Self {
        if view == View::Own {
            return self;
        }
        self.email_verified = false;
        self.last_password_update = 0;
        if let View::Other { email, full_name } = view {
            self.terms_of_service_id.clear();
            self.terms_of_service_create_at = 0;
            self.notify_props.clear();
            self.failed_attempts = 0;
            self.auth_data.clear();
            self.auth_service.clear();
            if !email {
                self.email.clear();
            }
            if !full_name {
                self.first_name.clear();
                self.last_name.clear();
            }
        }
        self
    }
}

/// A bot account's own facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Bot {
    /// The account that posts.
    pub user_id: Id,
    /// When it was made.
    pub create_at: Millis,
    /// When it last changed.
    pub update_at: Millis,
    /// When it was disabled, or 0.
    pub delete_at: Millis,
    /// The account's username.
    pub username: String,
    /// Its display name.
    pub display_name: String,
    /// What it is for.
    pub description: String,
    /// Who owns it.
    pub owner_id: Id,
}

/// Presence, as clients poll it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Status {
    /// Whose.
    pub user_id: Id,
    /// `online`, `away`, `dnd`, `offline` or `ooo`.
    pub status: String,
    /// Whether the person set it by hand.
    pub manual: bool,
    /// When the person was last seen doing something.
    pub last_activity_at: Millis,
    /// When do-not-disturb ends, in **seconds** since 1970; 0 for never.
    #[serde(skip_serializing_if = "is_zero")]
    pub dnd_end_time: i64,
}

/// One setting of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// Whose.
    pub user_id: Id,
    /// The group of settings.
    pub category: String,
    /// The setting.
    #[serde(default)]
    pub name: String,
    /// Its value, always a string.
    #[serde(default)]
    pub value: String,
}

/// A signed-in device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Session {
    /// Names the session without granting anything.
    pub id: Id,
    /// The bearer secret; blank in every listing.
    pub token: String,
    /// When it began.
    pub create_at: Millis,
    /// When it ends.
    pub expires_at: Millis,
    /// When it was last used, to five minutes.
    pub last_activity_at: Millis,
    /// Whose.
    pub user_id: Id,
    /// The push address of a mobile device, or empty.
    pub device_id: String,
    /// The person's system roles.
    pub roles: String,
    /// Whether an OAuth application holds it.
    pub is_oauth: bool,
    /// `csrf`, `platform`, `os`, `browser`, `isMobile`, …
    pub props: StringMap,
    /// Always empty: memberships are read where they are needed.
    pub team_members: Vec<crate::TeamMember>,
    /// Always false.
    pub local: bool,
}

/// A personal access token; `token` is shown once, at creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct UserAccessToken {
    /// Names the token without granting anything.
    pub id: Id,
    /// The bearer secret, at creation only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token: String,
    /// Whose.
    pub user_id: Id,
    /// What it is for.
    pub description: String,
    /// Whether it is accepted.
    pub is_active: bool,
}

pub(crate) fn is_false(flag: &bool) -> bool {
    !*flag
}

pub(crate) fn is_zero(number: &i64) -> bool {
    *number == 0
}
