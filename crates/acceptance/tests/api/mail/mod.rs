//! E-mail: what is sent, to whom, and what its links are good for.

mod address;
mod invitation;
mod news;
mod queue;
mod reset;
mod servers;

use fieldpost_testkit::{Mailbox, TestSite};

/// Where people reach the site, as it is told.
const URL: &str = "https://chat.example.org";

/// A site that sends its mail to a mailbox, set up a little differently.
pub(crate) async fn site_with(
    mailbox: &Mailbox,
    change: impl FnOnce(&mut fieldpost_server::mail::Settings),
) -> TestSite {
    let mut mail = mailbox.settings();
    change(&mut mail);
    TestSite::start_with(|config| {
        config.settings.site_url = URL.to_owned();
        config.mail = mail;
    })
    .await
}

/// A site that sends its mail to a mailbox.
pub(crate) async fn site(mailbox: &Mailbox) -> TestSite {
    site_with(mailbox, |_| {}).await
}

/// Returns once everything that was to be sent by now was sent or tried.
pub(crate) async fn sent(site: &TestSite) {
    // A database server gives a change to followers once no older transaction is open, of any test.
    site.settle().await;
    site.running().mailer.look().await.unwrap();
}
