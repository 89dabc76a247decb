//! A mail, and how it looks on its way.

use std::time::{Duration, UNIX_EPOCH};

use fieldpost_kernel::{Failure, Outcome};
use fieldpost_model::{Id, Millis};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use crate::page::Page;

/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;

/// A mail to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its own id: the same in each try, so that a server which gets it twice may tell.
    pub id: Id,
    /// The address it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub page: Page,
    /// What it belongs to: mails about one thing stand together at the reader.
    pub thread: Option<Id>,
}

/// Who mails are from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) from: Mailbox,
    pub(crate) reply_to: Option<Mailbox>,
}

/// Says that no person wrote the mail, so that no machine answers it (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mail {
    /// The mail as it travels.
    pub(crate) fn message(&self, origin: &Origin, now: Millis) -> Outcome<Message> {
        let to: Address = self
            .to
            .parse()
            .map_err(|error| Failure::internal(format!("an address for a mail: {error}")))?;
        let domain = origin.from.email.domain();
        let since = Duration::from_millis(u64::try_from(now).unwrap_or_default());
        let mut builder = Message::builder()
            .from(origin.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.subject))
            .date(UNIX_EPOCH + since)
            .message_id(Some(format!("<{}@{domain}>", self.id)))
            .header(AutoSubmitted);
        if let Some(thread) = self.thread {
            let thread = format!("<{thread}@{domain}>");
            builder = builder.in_reply_to(thread.clone()).references(thread);
        }
        if let Some(reply_to) = &origin.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        builder
            .multipart(MultiPart::alternative_plain_html(self.page.text(), self.page.html()))
            .map_err(Failure::internal)
    }
}

/// A text as one line of a header: whatever could end the line is a space.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_SUBJECT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin {
            from: "Fieldpost <post@example.org>".parse().unwrap(),
            reply_to: Some("help@example.org".parse().unwrap()),
        }
    }

    fn formatted(to: &str, subject: &str) -> Outcome<String> {
        let mail = Mail {
            id: Id::from_bytes([1; 16]),
            to: to.to_owned(),
            subject: subject.to_owned(),
            page: Page::new("Title"),
            thread: Some(Id::from_bytes([2; 16])),
        };
        let message = mail.message(&origin(), 1_000_000_000_000)?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn it_says_who_when_and_what_it_belongs_to() {
        let text = formatted("anna@example.org", "Hello").unwrap();
        for line in [
            "From: Fieldpost <post@example.org>\r\n",
            "To: anna@example.org\r\n",
            "Reply-To: help@example.org\r\n",
            "Subject: Hello\r\n",
            "Date: Sun, 09 Sep 2001 01:46:40 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        let one = Id::from_bytes([1; 16]);
        assert!(text.contains(&format!("Message-ID: <{one}@example.org>\r\n")), "{text}");
        let two = Id::from_bytes([2; 16]);
        assert!(text.contains(&format!("In-Reply-To: <{two}@example.org>\r\n")), "{text}");
    }

    #[test]
    fn nobody_writes_a_header_of_their_own() {
        for attempt in ["Hi\r\nBcc: eve@example.org", "Hi\nBcc: eve@example.org", "Hi\u{85}\u{0}x"]
        {
            let text = formatted("anna@example.org", attempt).unwrap();
            let head = text.split("\r\n\r\n").next().unwrap();
            assert!(!head.contains("\nBcc"), "{head}");
        }
        for address in
            ["a@example.org\r\nBcc: eve@example.org", "a@example.org, b@example.org", "", "<a@b>"]
        {
            assert!(formatted(address, "Hi").is_err(), "{address:?}");
        }
    }

    #[test]
    fn a_subject_of_any_script_and_length_is_one_line_of_ascii() {
        let text = formatted("anna@example.org", &"Привіт ".repeat(200)).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(head.is_ascii(), "{head}");
        assert!(head.lines().all(|line| line.len() < 998));
    }
}
