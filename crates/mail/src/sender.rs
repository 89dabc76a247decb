//! The way to a mail server.

use std::fmt;
use std::time::Duration;

use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::Millis;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::message::{Mail, Origin};
use crate::settings::{Security, Settings, mailbox};

/// Hands mails to a mail server. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    origin: Origin,
    timeout: Duration,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("from", &self.origin.from).finish_non_exhaustive()
    }
}

/// Why a mail was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Whether trying again would be pointless: the server said so of this mail.
    pub for_good: bool,
    /// What happened, for the administrator.
    pub why: String,
}

impl Sender {
    /// The way that settings describe; none if they name no server.
    pub fn new(settings: &Settings) -> Outcome<Option<Self>> {
        if !settings.is_on() {
            return Ok(None);
        }
        let wrong = |why: String| Failure::invalid("api.fieldpost.mail.settings", why);
        settings.validate().map_err(wrong)?;
        let (host, port) = settings.place().map_err(wrong)?;
        let timeout = Duration::from_secs(settings.timeout);
        let from = mailbox("mail.from", &settings.from).map_err(wrong)?;
        let hello = ClientId::Domain(from.email.domain().to_owned());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .timeout(Some(timeout))
            .hello_name(hello)
            .tls(encryption(settings, host).map_err(wrong)?);
        if !settings.username.is_empty() {
            let (name, password) = (settings.username.clone(), settings.password.reveal());
            builder = builder.credentials(Credentials::new(name, password.to_owned()));
        }
        let reply_to = Some(&settings.reply_to).filter(|text| !text.is_empty());
        let reply_to =
            reply_to.map(|text| mailbox("mail.reply_to", text)).transpose().map_err(wrong)?;
        let origin = Origin { from, reply_to };
        Ok(Some(Self { transport: builder.build(), origin, timeout }))
    }

    /// Hands a mail over; once this returns without a complaint, it is the server's.
    pub async fn send(&self, mail: &Mail, now: Millis) -> Result<(), Undelivered> {
        let message = mail
            .message(&self.origin, now)
            .map_err(|failure| Undelivered { for_good: true, why: failure.to_string() })?;
        let sent = tokio::time::timeout(self.timeout, self.transport.send(message)).await;
        match sent {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                Err(Undelivered { for_good: is_about_the_mail(&error), why: said(&error) })
            }
            Err(_) => {
                let why = format!("the mail server took more than {} s", self.timeout.as_secs());
                Err(Undelivered { for_good: false, why })
            }
        }
    }
}

/// Whether the server refuses this mail for ever. That it does not let us in is somebody's mistake
/// in the settings, and put right without losing what waits.
fn is_about_the_mail(error: &lettre::transport::smtp::Error) -> bool {
    let code = error.status().map_or(0, u16::from);
    error.is_permanent() && !matches!(code, 530 | 534 | 535 | 538)
}

/// An error and what is behind it, in one line.
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        let more = behind.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = behind.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

fn encryption(settings: &Settings, host: &str) -> Result<Tls, String> {
    if settings.security == Security::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(host.to_owned());
    let trust = &settings.trust;
    if !trust.as_os_str().is_empty() {
        let wrong = |error: &dyn fmt::Display| {
            format!("mail.trust = {:?}: {error}", trust.display().to_string())
        };
        let pem = std::fs::read(trust).map_err(|error| wrong(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| wrong(&error))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build_rustls().map_err(|error| error.to_string())?;
    Ok(match settings.security {
        Security::Tls => Tls::Wrapper(parameters),
        // Never silently in the clear: whoever sits between could take the offer away.
        _ => Tls::Required(parameters),
    })
}
