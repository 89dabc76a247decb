//! Settings: which mail server, in whose name, and what mails are sent.

use std::path::PathBuf;

use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// Which mail server takes the site's mail, in whose name it is sent, and what is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The mail server, as `host:port`. No mail is sent while it is empty.
    pub server: String,
    /// How the connection to it is encrypted.
    pub security: Security,
    /// The name to sign in with; empty for no sign-in.
    pub username: String,
    /// The password to sign in with.
    pub password: Secret,
    /// The file of an authority's certificate, in PEM, that vouches for the server beside those that
    /// the system trusts.
    pub trust: PathBuf,
    /// How many seconds the server may take for one mail.
    pub timeout: u64,
    /// Who mails are from: an address, or `Name <address>`.
    pub from: String,
    /// Where answers go; nowhere special, while it is empty.
    pub reply_to: String,
    /// Whether people are told by mail what was written to them while they were away.
    pub notifications: bool,
    /// How much of a message such a mail holds.
    pub contents: Contents,
    /// Whether members of teams may invite others by mail.
    pub invitations: bool,
    /// Whether an account is of use only once its address is confirmed.
    pub verify: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server: String::new(),
            security: Security::default(),
            username: String::new(),
            password: Secret::default(),
            trust: PathBuf::new(),
            timeout: 20,
            from: String::new(),
            reply_to: String::new(),
            notifications: true,
            contents: Contents::default(),
            invitations: true,
            verify: false,
        }
    }
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// Not at all: for a server on this machine or in this network.
    None,
    /// From a command on (port 587, usually). A server that does not offer it gets no mail.
    #[default]
    Starttls,
    /// From the first byte (port 465, usually).
    Tls,
}

/// How much of a message a mail holds that tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Contents {
    /// Who wrote, where, and what.
    #[default]
    Full,
    /// That somebody wrote: mail passes places that must not read it.
    Generic,
}

impl Settings {
    /// Whether mail is sent at all.
    pub fn is_on(&self) -> bool {
        !self.server.is_empty()
    }

    /// Says what makes no sense in them.
    pub fn validate(&self) -> Result<(), String> {
        if !self.is_on() {
            return if self.verify {
                Err("mail.verify needs mail.server: nobody could confirm an address".to_owned())
            } else {
                Ok(())
            };
        }
        self.place()?;
        mailbox("mail.from", &self.from)?;
        if !self.reply_to.is_empty() {
            mailbox("mail.reply_to", &self.reply_to)?;
        }
        if self.username.is_empty() != self.password.reveal().is_empty() {
            return Err("mail.username and mail.password belong together".to_owned());
        }
        if self.timeout == 0 || self.timeout > 600 {
            return Err("mail.timeout must be 1 to 600 seconds".to_owned());
        }
        Ok(())
    }

    /// The server's name and port.
    pub(crate) fn place(&self) -> Result<(&str, u16), String> {
        let wrong = || format!("mail.server must be host:port, not {:?}", self.server);
        let (host, port) = self.server.rsplit_once(':').ok_or_else(wrong)?;
        let port: u16 = port.parse().map_err(|_| wrong())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.contains(char::is_whitespace) {
            Err(wrong())
        } else {
            Ok((host, port))
        }
    }
}

/// A name and address among the settings.
pub(crate) fn mailbox(setting: &str, text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| format!("{setting} = {text:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> Result<(), String> {
        toml::from_str::<Settings>(text).unwrap().validate()
    }

    #[test]
    fn no_mail_is_sent_until_a_server_is_named() {
        assert!(!Settings::default().is_on());
        assert_eq!(Settings::default().validate(), Ok(()));
        let whole = "server = \"mail.example.org:587\"\nfrom = \"Fieldpost <post@example.org>\"";
        assert_eq!(complaint(whole), Ok(()));
    }

    #[test]
    fn mistakes_are_named() {
        let with = |more: &str| format!("server = \"mail:25\"\nfrom = \"a@example.org\"\n{more}");
        for (text, names) in [
            ("verify = true".to_owned(), "mail.server"),
            ("server = \"mail\"\nfrom = \"a@example.org\"".to_owned(), "host:port"),
            ("server = \":25\"\nfrom = \"a@example.org\"".to_owned(), "host:port"),
            ("server = \"mail:25\"".to_owned(), "mail.from"),
            (with("reply_to = \"nobody\""), "mail.reply_to"),
            (with("username = \"me\""), "mail.password"),
            (with("timeout = 0"), "mail.timeout"),
        ] {
            let complaint = complaint(&text).unwrap_err();
            assert!(complaint.contains(names), "{text}: {complaint}");
        }
    }

    #[test]
    fn a_server_may_be_an_address_of_the_newer_protocol() {
        let settings = Settings { server: "[::1]:2525".to_owned(), ..Settings::default() };
        assert_eq!(settings.place(), Ok(("::1", 2525)));
    }
}
