//! The one guarded HTTP client.
//!
//! Whatever the server asks of others on behalf of content goes through [`Outbound`]: previews of
//! links, pictures of elsewhere, webhooks, commands, actions. Whoever may write a post or register
//! a webhook thereby chooses an address and a moment, so the client trusts neither the address nor
//! what answers there:
//!
//! - The scheme is `http` or `https`, and the URL carries no name and no password.
//! - A name is resolved once, every address it has is judged by [`Internal`] and the table of
//!   [`is_public`], and the connection goes to an address that was judged, not to the name.
//! - A redirect is a new URL and is judged like the first; there are five at most.
//! - One deadline covers names, connections, redirects and the body. Heads are bounded, bodies are
//!   counted as they come and again as they are decompressed.
//! - Nothing is remembered between requests: no cookies, no connections, no credentials. No proxy
//!   of the environment is asked.
//! - What readers wait for ([`Ask::for_reader`]) has few turns, and takes none from the rest.
//! - [`Outbound::silence`] switches all of it off.
//!
//! It holds no memory worth mentioning until the first request, and reads the machine's root
//! certificates with the first that is encrypted.

mod address;
mod ask;
mod body;
mod client;
mod refused;
mod resolver;
#[cfg(test)]
mod tests;
mod tls;

pub use address::{Internal, is_public};
pub use ask::{Answer, Ask, Limits, Overlong};
pub use bytes::Bytes;
pub use client::{Outbound, Policy};
pub use hyper::{HeaderMap, Method, StatusCode, header};
pub use refused::Refused;
pub use resolver::{Resolved, Resolver, SystemResolver};
pub use tls::Roots;
pub use url::{Url, form_urlencoded};
