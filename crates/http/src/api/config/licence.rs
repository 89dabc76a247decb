//! What clients are told in place of a licence.
//!
//! Clients show many features only to whom a licence allows them. Nothing here asks for one, so
//! what they are told allows everything that is built, and nothing that is not.

use std::collections::BTreeMap;

/// What everybody is told: `true` where clients would hide what is built.
const TOLD: [(&str, &str); 32] = [
    ("IsLicensed", "true"),
    // The one that clients hide nothing from.
    ("SkuShortName", "advanced"),
    ("Company", "Fieldpost"),
    // As many people as clients can count: there is no limit.
    ("Users", "2147483647"),
    ("Announcement", "true"),
    ("Cloud", "false"),
    ("Cluster", "false"),
    ("Compliance", "false"),
    ("CustomPermissionsSchemes", "false"),
    ("CustomTermsOfService", "true"),
    ("DataRetention", "false"),
    ("Elasticsearch", "false"),
    ("EmailNotificationContents", "true"),
    ("GoogleOAuth", "false"),
    ("GuestAccounts", "true"),
    ("GuestAccountsPermissions", "false"),
    ("IDLoadedPushNotifications", "false"),
    ("IsGovSku", "false"),
    ("IsTrial", "false"),
    ("LDAP", "false"),
    ("LDAPGroups", "false"),
    ("LockTeammateNameDisplay", "false"),
    ("MFA", "true"),
    ("MHPNS", "false"),
    ("MessageExport", "false"),
    ("Metrics", "false"),
    ("Office365OAuth", "false"),
    ("OpenId", "false"),
    ("OutgoingOAuthConnections", "false"),
    ("RemoteClusterService", "true"),
    ("SAML", "false"),
    ("SharedChannels", "true"),
];

/// What is told to those who look after the server besides. It began and never ends.
const TOLD_READERS: [(&str, &str); 7] = [
    ("Id", "fieldpost1111111111111111n"),
    ("SkuName", "Fieldpost: everything, for everybody"),
    ("Name", ""),
    ("Email", ""),
    ("IssuedAt", "0"),
    ("StartsAt", "0"),
    // The end of the year 9999, in milliseconds.
    ("ExpiresAt", "253402300799000"),
];

/// The object by which clients decide what they show.
pub(super) fn told(reader: bool) -> BTreeMap<&'static str, &'static str> {
    let more = if reader { &TOLD_READERS[..] } else { &[] };
    TOLD.iter().chain(more).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;

    /// What a licence allows, and an operation that clients ask for where it does.
    const ALLOWED: [(&str, &str, &str); 18] = [
        ("Cluster", "GET", "/api/v4/cluster/status"),
        ("Compliance", "GET", "/api/v4/compliance/reports"),
        ("CustomPermissionsSchemes", "GET", "/api/v4/schemes"),
        ("CustomTermsOfService", "GET", "/api/v4/terms_of_service"),
        ("DataRetention", "GET", "/api/v4/data_retention/policies"),
        ("Elasticsearch", "POST", "/api/v4/elasticsearch/test"),
        ("GoogleOAuth", "GET", "/oauth/{service}/login"),
        ("GuestAccounts", "POST", "/api/v4/teams/{team_id}/invite-guests/email"),
        ("GuestAccountsPermissions", "PUT", "/api/v4/roles/{role_id}/patch"),
        ("LDAP", "POST", "/api/v4/ldap/sync"),
        ("LDAPGroups", "GET", "/api/v4/ldap/groups"),
        ("MFA", "POST", "/api/v4/users/{user_id}/mfa/generate"),
        ("MessageExport", "POST", "/api/v4/jobs"),
        ("Office365OAuth", "GET", "/oauth/{service}/login"),
        ("OpenId", "GET", "/oauth/{service}/login"),
        ("OutgoingOAuthConnections", "GET", "/api/v4/oauth/outgoing_connections"),
        ("SAML", "GET", "/login/sso/saml"),
        ("SharedChannels", "GET", "/api/v4/sharedchannels/{team_id}"),
    ];

    #[test]
    fn it_allows_what_is_built_and_nothing_else() {
        let (told, routes) = (told(false), crate::routes());
        for (flag, method, path) in ALLOWED {
            let operation = operations::find(method, path).expect(path);
            assert_eq!(operation.path, path, "{flag}");
            assert_eq!(told[flag] == "true", routes.serves(operation), "{flag}");
        }
    }

    #[test]
    fn those_who_look_after_the_server_are_told_that_it_never_ends() {
        assert_eq!(told(false).get("ExpiresAt"), None);
        assert_eq!(told(true)["ExpiresAt"], "253402300799000");
        assert_eq!(told(true)["Id"].len(), 26);
    }
}
