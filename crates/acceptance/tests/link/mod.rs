//! What two linked sites make of each other, whatever happens to what they say.

mod bed;
mod converge;
mod hostile;
mod quic;
mod share;
