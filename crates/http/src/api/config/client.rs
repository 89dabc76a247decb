//! The configuration as clients see it: a sheet of constants and what is computed beside it.

use std::collections::BTreeMap;

use fieldpost_model::Id;
use sha2::{Digest, Sha256};

use crate::app::{Settings, VERSION};

/// Key, value, and whether it is sent to those who are not signed in.
const SHEET: &str = include_str!("../../../client_config.tsv");

/// The longest message, in characters, as clients count them down.
const LONGEST_POST: usize = fieldpost_chat::post::create::LONGEST_MESSAGE;

/// A flat map of strings: numbers and booleans too.
type Values = BTreeMap<&'static str, String>;

/// The client configuration of one run of the server.
#[derive(Debug)]
pub(crate) struct ClientConfig {
    limited: Values,
    full: Values,
    version_id: String,
}

impl ClientConfig {
    /// The configuration of a site with these settings.
    pub(crate) fn new(settings: &Settings, site: Id) -> Self {
        let mut limited = Values::new();
        let mut full = Values::new();
        let mut add = |key, value: String, logged_out: bool| {
            if logged_out {
                limited.insert(key, value.clone());
            }
            full.insert(key, value);
        };
        for line in SHEET.lines().skip(1) {
            let mut cells = line.split('\t');
            if let (Some(key), Some(value), Some(sent)) = (cells.next(), cells.next(), cells.next())
            {
                add(key, value.to_owned(), sent == "yes");
            }
        }
        for (key, value, logged_out) in computed(settings, site) {
            add(key, value, logged_out);
        }
        let version_id = version_id(&full);
        Self { limited, full, version_id }
    }

    /// What somebody is told: all of it once signed in. Whether there are accounts and which terms
    /// are valid changes while the server runs, and so is no part of its version.
    pub(crate) fn told(&self, signed_in: bool, no_accounts: bool, terms: Option<Id>) -> Values {
        let mut values = if signed_in { self.full.clone() } else { self.limited.clone() };
        values.insert("NoAccounts", no_accounts.to_string());
        if let Some(terms) = terms {
            values.insert("CustomTermsOfServiceId", terms.to_string());
        }
        values
    }

    /// What every response says of the server's version and configuration: a client that sees it
    /// change asks for the configuration again.
    pub(crate) fn version_id(&self) -> &str {
        &self.version_id
    }
}

fn computed(settings: &Settings, site: Id) -> [(&'static str, String, bool); 34] {
    let text = str::to_owned;
    let minutes = settings.persistent.map_or(5, |rule| rule.interval / 60_000);
    let times = settings.persistent.map_or(6, |rule| rule.times);
    [
        ("Version", text(VERSION), true),
        ("BuildNumber", text(VERSION), true),
        ("BuildDate", String::new(), true),
        ("BuildHash", String::new(), true),
        ("BuildHashEnterprise", String::new(), true),
        ("BuildEnterpriseReady", text("false"), true),
        // The mobile client tells servers apart by it.
        ("DiagnosticId", site.to_string(), true),
        ("TelemetryId", site.to_string(), true),
        ("SiteName", settings.site_name.clone(), true),
        ("SiteURL", settings.site_url.clone(), true),
        ("EnableOpenServer", settings.open_signup.to_string(), true),
        ("EnforceMultifactorAuthentication", settings.enforce_mfa.to_string(), true),
        ("EnableGuestAccounts", settings.guest_accounts.to_string(), true),
        ("EnableCustomTermsOfService", settings.terms.required.to_string(), true),
        ("CustomTermsOfServiceReAcceptancePeriod", settings.terms.days.to_string(), true),
        ("DefaultClientLocale", settings.default_locale.clone(), true),
        ("EnablePublicLink", settings.public_links.to_string(), false),
        ("SendEmailNotifications", settings.mail.notifies().to_string(), false),
        ("EnableEmailBatching", settings.mail.notifies().to_string(), false),
        ("EnableEmailInvitations", settings.mail.invites().to_string(), false),
        ("RequireEmailVerification", settings.mail.verifies().to_string(), false),
        (
            "EmailNotificationContentsType",
            text(if settings.mail.generic { "generic" } else { "full" }),
            false,
        ),
        ("EnableIncomingWebhooks", settings.webhooks.incoming.to_string(), false),
        ("EnableOutgoingWebhooks", settings.webhooks.outgoing.to_string(), false),
        ("EnableOAuthServiceProvider", settings.oauth.provider.to_string(), false),
        ("EnablePostUsernameOverride", settings.webhooks.usernames.to_string(), false),
        ("EnablePostIconOverride", settings.webhooks.icons.to_string(), false),
        ("EnableLinkPreviews", settings.link_previews.to_string(), false),
        ("AllowPersistentNotifications", settings.persistent.is_some().to_string(), false),
        ("PersistentNotificationIntervalMinutes", minutes.to_string(), false),
        ("PersistentNotificationMaxCount", times.to_string(), false),
        ("EnableDeveloper", settings.developer.to_string(), false),
        ("MaxFileSize", settings.largest_file.to_string(), false),
        ("MaxPostSize", LONGEST_POST.to_string(), false),
    ]
}

fn version_id(full: &Values) -> String {
    let mut hasher = Sha256::new();
    for (key, value) in full {
        // Lengths first, so that no two configurations run together into the same bytes.
        hasher.update(key.len().to_be_bytes());
        hasher.update(key.as_bytes());
        hasher.update(value.len().to_be_bytes());
        hasher.update(value.as_bytes());
    }
    let hash: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{VERSION}.{VERSION}.{hash}.false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;

    /// Settings by which clients begin to use what not every site has, and what they ask for then.
    const ANNOUNCED: [(&str, &str, &str); 15] = [
        ("ContentFlaggingEnabled", "GET", "/api/v4/content_flagging/flag/config"),
        ("DataRetentionEnableFileDeletion", "GET", "/api/v4/data_retention/policy"),
        ("DataRetentionEnableMessageDeletion", "GET", "/api/v4/data_retention/policy"),
        ("EnableAttributeBasedAccessControl", "POST", "/api/v4/access_control_policies/search"),
        ("EnableBurnOnRead", "GET", "/api/v4/posts/{post_id}/reveal"),
        ("EnableCluster", "GET", "/api/v4/cluster/status"),
        ("EnableLdap", "POST", "/api/v4/ldap/sync"),
        ("EnableMarketplace", "GET", "/api/v4/plugins/marketplace"),
        ("EnableOutgoingOAuthConnections", "GET", "/api/v4/oauth/outgoing_connections"),
        ("EnableSaml", "GET", "/login/sso/saml"),
        ("EnableSignUpWithGitLab", "GET", "/oauth/{service}/login"),
        ("EnableSignUpWithGoogle", "GET", "/oauth/{service}/login"),
        ("EnableSignUpWithOffice365", "GET", "/oauth/{service}/login"),
        ("EnableSignUpWithOpenId", "GET", "/oauth/{service}/login"),
        ("PluginsEnabled", "GET", "/api/v4/plugins"),
    ];

    #[test]
    fn what_is_not_served_is_not_announced() {
        let config = ClientConfig::new(&Settings::default(), Id::from_bytes([1; 16]));
        let routes = crate::routes();
        for (setting, method, path) in ANNOUNCED {
            let operation = operations::find(method, path).expect(path);
            let told = config.full[setting] == "true";
            assert!(!told || routes.serves(operation), "{setting} without {method} {path}");
            assert_eq!(operation.path, path, "{setting}");
        }
    }

    #[test]
    fn every_line_of_the_sheet_has_three_cells() {
        for line in SHEET.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(matches!(cells[..], [_, _, "yes" | "no"]), "{line}");
        }
    }

    #[test]
    fn another_setting_is_another_version() {
        let site = Id::from_bytes([1; 16]);
        let one = ClientConfig::new(&Settings::default(), site);
        let other = Settings { open_signup: false, ..Settings::default() };
        assert_ne!(one.version_id(), ClientConfig::new(&other, site).version_id());
        assert_eq!(one.version_id(), ClientConfig::new(&Settings::default(), site).version_id());
    }
}
