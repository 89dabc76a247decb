//! Settings: what they are called, where they come from, which of several wins.
//!
//! A setting is `section.key`. Its default is overruled by the configuration file, that by the
//! environment (`FIELDPOST_SECTION__KEY`), and that by the command line.

mod banner;
mod link;
mod metrics;
mod thin;

use std::fs;
use std::path::{Path, PathBuf};

use fieldpost_chat::post::persistent::Rule;
use fieldpost_outbound::{Internal, Policy};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

pub use self::banner::Banner;
pub use self::link::{AcceptShares, Link};
pub use self::metrics::Metrics;
pub use self::thin::Thin;

/// What begins the name of every setting in the environment.
const PREFIX: &str = "FIELDPOST_";

/// What is shown instead of a secret.
const MASK: &str = "********";

/// Every setting of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What the site is.
    pub site: Site,
    /// How it is reached.
    pub server: Server,
    /// Where its rows are.
    pub database: Database,
    /// Who may make an account.
    pub signup: Signup,
    /// Who must have a second factor.
    pub mfa: Mfa,
    /// Whether there are guests.
    pub guests: Guests,
    /// Whether people are asked to accept terms of service.
    pub terms: Terms,
    /// The line above and below every screen.
    pub banner: Banner,
    /// What it says in which language.
    pub locale: Locale,
    /// What may be uploaded.
    pub files: Files,
    /// How it is linked with other sites.
    pub link: Link,
    /// How it sends e-mail.
    pub mail: fieldpost_mail::Settings,
    /// What it asks of others on behalf of content.
    pub outbound: Outbound,
    /// What programs may do by webhooks.
    pub webhooks: Webhooks,
    /// Whether people may let programs act in their name.
    pub oauth: OAuth,
    /// Which client people get in a browser.
    pub web: Web,
    /// How people are told again of urgent posts.
    pub persistent: Persistent,
    /// Where it says what it measures of itself.
    pub metrics: Metrics,
}

/// How people are told again of urgent posts that ask for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Persistent {
    /// Whether they are.
    pub enabled: bool,
    /// The minutes between.
    pub minutes: u32,
    /// At most so many times.
    pub times: u32,
}

impl Persistent {
    /// How people are told again, if they are.
    pub fn rule(&self) -> Option<Rule> {
        let rule = Rule { interval: i64::from(self.minutes) * 60_000, times: self.times.into() };
        self.enabled.then_some(rule)
    }
}

impl Default for Persistent {
    fn default() -> Self {
        Self { enabled: true, minutes: 5, times: 6 }
    }
}

/// Whether people may let programs act in their name, by OAuth 2.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OAuth {
    /// Whether they may.
    pub provider: bool,
    /// Whether programs may register themselves, without anybody being asked.
    pub registration: bool,
}

impl Default for OAuth {
    fn default() -> Self {
        Self { provider: true, registration: false }
    }
}

/// Which client people get in a browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Web {
    /// The folder of a built client; the site's own while it is empty.
    pub root: PathBuf,
}

/// What the site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Site {
    /// What people call this site; it is remembered, and stands behind its people's names elsewhere.
    pub name: String,
    /// What clients show as the server's name.
    pub title: String,
    /// The address people use, such as `https://chat.example.org`; any, while it is empty.
    pub url: String,
}

impl Default for Site {
    fn default() -> Self {
        Self { name: String::new(), title: "Fieldpost".to_owned(), url: String::new() }
    }
}

/// How the site is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address to serve on.
    pub listen: String,
    /// How connections are encrypted.
    pub tls: Tls,
    /// With `files`: the certificate and its chain, in PEM.
    pub certificate: PathBuf,
    /// With `files`: the certificate's private key, in PEM.
    pub key: PathBuf,
    /// With `local-ca`: the names and addresses by which people reach the site, beside the one it
    /// serves on.
    pub names: Vec<String>,
    /// Connections at once, of clients and of their sockets. No more than the system lets the
    /// process have open files, less some for everything else.
    pub connections: u64,
    /// Connections at once from one address, or from one network of IPv6; those of this machine are
    /// not counted. A proxy on another machine is one address.
    pub connections_per_address: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8065".to_owned(),
            tls: Tls::Off,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            names: Vec::new(),
            connections: 20_000,
            connections_per_address: 2_000,
        }
    }
}

/// How connections are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Not at all: for this machine alone, or behind a proxy that does it.
    #[default]
    Off,
    /// With a certificate from files.
    Files,
    /// With a certificate of an authority that the site founds itself: no internet needed.
    LocalCa,
}

/// Where the site's rows are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The URL of a PostgreSQL database; an embedded one in the data directory while it is empty.
    pub url: String,
}

/// Who may make an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signup {
    /// Whether anybody may; the first account of an empty site may always be made.
    pub open: bool,
}

impl Default for Signup {
    fn default() -> Self {
        Self { open: true }
    }
}

/// Who must have a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Mfa {
    /// Whether everybody but guests and bots must; whoever has none can only set one up.
    pub enforce: bool,
}

/// Whether there are guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Guests {
    /// Whether guests may come in, and members be made guests.
    pub enabled: bool,
}

/// Whether people are asked to accept terms of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// Whether clients ask them to; the text is an administrator's.
    pub required: bool,
    /// After how many days they ask again.
    pub days: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { required: false, days: 365 }
    }
}

/// What the site says in which language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Locale {
    /// The language of those who did not choose one.
    pub default: String,
}

impl Default for Locale {
    fn default() -> Self {
        Self { default: "en".to_owned() }
    }
}

/// What may be uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// The largest file, in bytes.
    pub largest: u64,
    /// The most pixels an image may have.
    pub most_pixels: u64,
    /// Whether people may make links by which anybody fetches a file without signing in.
    pub public_links: bool,
}

impl Default for Files {
    fn default() -> Self {
        Self { largest: 100 * 1024 * 1024, most_pixels: 7680 * 4320, public_links: false }
    }
}

/// What the site asks of others on behalf of content: previews of links, pictures, webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Whether it asks anybody anything.
    pub enabled: bool,
    /// Whether it is looked where addresses in posts lead, to show a preview.
    pub link_previews: bool,
    /// Names, addresses and networks that may be asked although they are not of the public
    /// internet.
    pub allowed_internal: Vec<String>,
}

impl Default for Outbound {
    fn default() -> Self {
        Self { enabled: true, link_previews: true, allowed_internal: Vec::new() }
    }
}

/// What programs may do by webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Webhooks {
    /// Whether they may post.
    pub incoming: bool,
    /// Whether they may be told of posts.
    pub outgoing: bool,
    /// Whether their posts may be shown with names of their own.
    pub usernames: bool,
    /// Whether their posts may be shown with pictures of their own.
    pub icons: bool,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { incoming: true, outgoing: true, usernames: true, icons: true }
    }
}

impl Outbound {
    /// What the client is told of it.
    pub(crate) fn policy(&self) -> Result<Policy, String> {
        let internal = Internal::parse(&self.allowed_internal.join(" "))
            .map_err(|error| format!("outbound.allowed_internal: {error}"))?;
        Ok(Policy { enabled: self.enabled, internal, ..Policy::default() })
    }
}

impl Settings {
    /// The settings of a file, if there is one, and an environment.
    pub fn read(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, String> {
        let mut table = match file {
            Some(file) => {
                let text = fs::read_to_string(file)
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                text.parse::<Table>().map_err(|error| format!("{}: {error}", file.display()))?
            }
            None => Table::new(),
        };
        let known = Table::try_from(Self::default()).map_err(|error| error.to_string())?;
        for (name, text) in environment {
            overlay(&mut table, &known, &name, &text)?;
        }
        let settings: Self =
            Value::Table(table).try_into().map_err(|e| format!("settings: {e}"))?;
        settings.validate()?;
        Ok(settings)
    }

    fn validate(&self) -> Result<(), String> {
        let missing = self.server.certificate.as_os_str().is_empty()
            || self.server.key.as_os_str().is_empty();
        if self.server.tls == Tls::Files && missing {
            return Err("server.tls = \"files\" needs server.certificate and server.key".to_owned());
        }
        let url = &self.site.url;
        if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(format!("site.url must begin with http:// or https://, not {url:?}"));
        }
        if self.site.name.contains([':', ' ']) {
            return Err("site.name must have neither spaces nor colons".to_owned());
        }
        if self.persistent.enabled && (self.persistent.minutes == 0 || self.persistent.times == 0) {
            return Err("persistent.minutes and persistent.times begin at 1".to_owned());
        }
        self.link.validate()?;
        self.banner.validate()?;
        self.mail.validate()?;
        self.metrics.address()?;
        if self.mail.is_on() && url.is_empty() {
            return Err("mail.server needs site.url, to which the links in mails lead".to_owned());
        }
        self.outbound.policy().map(drop)
    }

    /// The settings as a file would hold them, with secrets masked.
    pub fn shown(&self) -> String {
        let mut masked = self.clone();
        for url in [&mut masked.database.url, &mut masked.link.proxy] {
            mask_password(url);
        }
        toml::to_string_pretty(&masked).unwrap_or_default()
    }
}

/// Hides the password that may stand before the host of a URL.
fn mask_password(url: &mut String) {
    let scheme = url.find("://").map_or(0, |at| at + 3);
    if let Some((user, host)) = url[scheme..].rsplit_once('@')
        && let Some((name, _)) = user.split_once(':')
    {
        *url = format!("{}{name}:{MASK}@{host}", &url[..scheme]);
    }
}

/// Puts a variable of the environment where its name says, as the kind of value its default has.
/// Variables whose section is not ours are somebody else's; an unknown key of ours is a mistake.
fn overlay(table: &mut Table, known: &Table, name: &str, text: &str) -> Result<(), String> {
    let Some((section, key)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once("__"))
    else {
        return Ok(());
    };
    let (section, key) = (section.to_lowercase(), key.to_lowercase());
    let Some(Value::Table(keys)) = known.get(&section) else { return Ok(()) };
    let default = keys.get(&key).ok_or_else(|| format!("{name}: there is no such setting"))?;
    let value = match default {
        Value::Boolean(_) => Value::Boolean(
            text.parse().map_err(|_| format!("{name} must be true or false, not {text:?}"))?,
        ),
        Value::Integer(_) => Value::Integer(
            text.parse().map_err(|_| format!("{name} must be a whole number, not {text:?}"))?,
        ),
        Value::Array(_) => Value::Array(
            text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(Value::from).collect(),
        ),
        _ => Value::from(text),
    };
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(key, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fieldpost.toml");
        fs::write(&file, text).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Settings::read(Some(&file), environment)
    }

    #[test]
    fn the_environment_overrules_the_file_and_the_file_the_defaults() {
        let settings = read(
            "[server]\nlisten = \"0.0.0.0:1\"\ntls = \"local-ca\"\n[signup]\nopen = true",
            &[("FIELDPOST_SERVER__LISTEN", "0.0.0.0:2"), ("FIELDPOST_SIGNUP__OPEN", "false")],
        )
        .unwrap();
        assert_eq!(settings.server.listen, "0.0.0.0:2");
        assert_eq!(settings.server.tls, Tls::LocalCa);
        assert!(!settings.signup.open);
        assert_eq!(settings.site.title, "Fieldpost");
    }

    #[test]
    fn a_site_calls_and_is_not_called_until_it_is_told_where() {
        assert_eq!(Settings::default().link, Link::default());
        let settings = read(
            "[link]\naccept_shares = \"ask\"",
            &[
                ("FIELDPOST_LINK__LISTEN", "0.0.0.0:8066"),
                ("FIELDPOST_LINK__ADDRESS", "hq:1"),
                ("FIELDPOST_LINK__DIODE_LISTEN", "0.0.0.0:8067"),
                ("FIELDPOST_LINK__BUNDLES_IN", "/srv/in"),
                ("FIELDPOST_LINK__BUNDLES_OUT", "/srv/out"),
                ("FIELDPOST_LINK__BUNDLES_EVERY", "60"),
                ("FIELDPOST_LINK__KEEP_ALIVE", "25"),
            ],
        );
        let link = Link {
            listen: "0.0.0.0:8066".to_owned(),
            address: "hq:1".to_owned(),
            accept_shares: AcceptShares::Ask,
            diode_listen: "0.0.0.0:8067".to_owned(),
            bundles_in: "/srv/in".into(),
            bundles_out: "/srv/out".into(),
            bundles_every: 60,
            keep_alive: 25,
            ..Link::default()
        };
        assert_eq!(settings.unwrap().link, link);
        let complaint = read("[link]\naccept_shares = \"never\"", &[]).unwrap_err();
        assert!(complaint.contains("never"), "{complaint}");
        for (key, value) in [("bundles_every", 0), ("keep_alive", 4), ("keep_alive", 121)] {
            let complaint = read(&format!("[link]\n{key} = {value}"), &[]).unwrap_err();
            assert!(complaint.contains(&format!("link.{key} must be")), "{complaint}");
        }
        for (key, value) in [("address", "hq"), ("proxy", "socks5://ship:s3cret@proxy:1080")] {
            let complaint = read(&format!("[link]\n{key} = {value:?}"), &[]).unwrap_err();
            assert!(complaint.contains(&format!("link.{key}: ")), "{complaint}");
            assert!(!complaint.contains("s3cret"), "{complaint}");
        }
    }

    #[test]
    fn a_peer_is_reached_over_thin_datagrams() {
        let text = "[link.thin.edge]\nover = \"serial /dev/ttyS0 9600\"\nrate = 2400";
        let thin = read(text, &[]).unwrap().link.thin["edge"].clone();
        assert_eq!((thin.rate, thin.turnaround, thin.only), (2400, 0, false));
        for (wrong, says) in [
            ("over = \"pigeon\"\nrate = 75", "link.thin.edge: over = \"pigeon\" is none of"),
            ("over = \"exec modem\"\nrate = 5", "link.thin.edge: rate must be 50"),
            ("over = \"exec modem\"", "rate"),
            ("over = \"exec modem\"\nrate = 75\nturnround = 4", "turnround"),
        ] {
            let complaint = read(&format!("[link.thin.edge]\n{wrong}"), &[]).unwrap_err();
            assert!(complaint.contains(says), "{complaint}");
        }
    }

    #[test]
    fn who_may_be_asked_is_a_list() {
        let settings = read(
            "",
            &[
                ("FIELDPOST_OUTBOUND__ALLOWED_INTERNAL", "git.example.org, 10.0.0.0/8"),
                ("FIELDPOST_OUTBOUND__ENABLED", "false"),
            ],
        )
        .unwrap();
        let policy = settings.outbound.policy().unwrap();
        assert!(!policy.enabled);
        assert_eq!(policy.internal, Internal::parse("git.example.org 10.0.0.0/8").unwrap());
        let complaint = read("[outbound]\nallowed_internal = [\"10.0.0.0/99\"]", &[]).unwrap_err();
        assert!(complaint.contains("allowed_internal"), "{complaint}");
    }

    #[test]
    fn mistakes_are_named() {
        let complaint = |text, environment: &[_]| read(text, environment).unwrap_err();
        assert!(complaint("[server]\nlissten = 1", &[]).contains("lissten"));
        assert!(complaint("[server]\nlisten = 1", &[]).contains("string"));
        assert!(complaint("", &[("FIELDPOST_SERVER__PORT", "1")]).contains("SERVER__PORT"));
        assert!(complaint("", &[("FIELDPOST_SIGNUP__OPEN", "yes")]).contains("true or false"));
        assert!(complaint("[server]\ntls = \"files\"", &[]).contains("certificate"));
    }

    #[test]
    fn mail_needs_to_know_where_its_links_lead_and_its_password_is_not_shown() {
        let mail = "[mail]\nserver = \"mail:587\"\nfrom = \"post@example.org\"";
        assert!(read(mail, &[]).unwrap_err().contains("site.url"));
        let environment = [
            ("FIELDPOST_SITE__URL", "https://chat.example.org"),
            ("FIELDPOST_MAIL__USERNAME", "me"),
            ("FIELDPOST_MAIL__PASSWORD", "s3cret"),
            ("FIELDPOST_MAIL__TIMEOUT", "7"),
        ];
        let settings = read(mail, &environment).unwrap();
        assert_eq!(settings.mail.password.reveal(), "s3cret");
        assert_eq!(settings.mail.timeout, 7);
        assert!(!settings.shown().contains("s3cret"), "{}", settings.shown());
        assert!(read("[mail]\nverify = true", &[]).unwrap_err().contains("mail.server"));
    }

    #[test]
    fn other_variables_are_left_alone() {
        let environment =
            [("FIELDPOST_LOG", "debug"), ("FIELDPOST_OTHER__KEY", "1"), ("HOME", "/")];
        assert_eq!(read("", &environment), Ok(Settings::default()));
    }

    #[test]
    fn passwords_are_not_shown() {
        let mut settings = Settings::default();
        settings.database.url = "postgresql://me:s3cret@host/db".to_owned();
        let shown = settings.shown();
        assert!(shown.contains("postgresql://me:********@host/db"), "{shown}");
        settings.link.proxy = "http://ship:s3cret@10.0.0.1:3128".to_owned();
        let shown = settings.shown();
        assert!(shown.contains("http://ship:********@10.0.0.1:3128"), "{shown}");
        assert!(!shown.contains("s3cret"));
    }
}
