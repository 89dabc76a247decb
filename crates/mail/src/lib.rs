//! E-mail: what waits to be sent, how it looks, and the way to a mail server.
//!
//! A [`Letter`] says what a mail is about and holds no secret; it waits in the site's database, in
//! the transaction of whatever it tells of. When its turn comes, whoever knows the site turns it
//! into a [`Mail`], and a [`Sender`] hands that to the mail server. So a link that grants something
//! exists nowhere but in the mail itself.

mod letter;
mod message;
pub mod notice;
mod page;
pub mod queue;
pub mod retry;
mod secret;
mod sender;
mod settings;

use fieldpost_kernel::Features;

pub use self::letter::Letter;
pub use self::message::Mail;
pub use self::page::{Block, Page};
pub use self::secret::Secret;
pub use self::sender::{Sender, Undelivered};
pub use self::settings::{Contents, Security, Settings};

/// Adds the tables of what waits.
pub fn register(features: &mut Features) {
    features.tables(queue::TABLES);
    features.tables(notice::TABLES);
}
