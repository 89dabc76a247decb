//! Two sites and a bad link between them, with a page to play with it.
//!
//! The demo runs two real `fieldpost serve` processes, HQ and Edge, fills HQ with a conversation,
//! links the two through a `linkbed` relay, and serves a page on which people cut and throttle the
//! link and see what each side knows. Everything goes through what an operator has as well: the
//! command line and the REST API.

pub mod client;
pub mod content;
pub mod overview;
pub mod page;
pub mod pairing;
pub mod program;
