//! What two linked sites make of each other, whatever happens to what they say.

mod banners;
pub(crate) mod bed;
mod clocks;
mod converge;
mod files;
mod floods;
mod histories;
mod hostile;
mod invitation;
mod mail;
mod moderation;
mod moved;
mod offers;
mod people;
mod quic;
mod remotes;
mod share;
mod transport;
mod virtual_time;
mod void;
