//! From a name to addresses.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// The addresses of a name, once they are known.
pub type Resolved<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Knows the addresses of names.
pub trait Resolver: Send + Sync {
    /// The addresses of a name. It is asked once for each request and each redirect.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolved<'a>;
}

/// Asks the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolved<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
