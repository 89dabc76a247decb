//! Encrypted connections, and whose certificates are believed.

use std::sync::{Arc, OnceLock};

use rustls::crypto::ring::default_provider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::refused::Refused;

/// Whose certificates are believed.
#[derive(Debug, Clone, Default)]
pub enum Roots {
    /// Those of the authorities that this machine knows.
    #[default]
    System,
    /// Those of these authorities.
    Given(Vec<CertificateDer<'static>>),
}

/// Makes connections encrypted; reads whom to believe when it is first needed.
pub(crate) struct Encryption {
    roots: Roots,
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Encryption {
    pub(crate) fn new(roots: Roots) -> Self {
        Self { roots, config: OnceLock::new() }
    }

    /// A connection to whoever proves to be `host`.
    pub(crate) async fn over(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> Result<TlsStream<TcpStream>, Refused> {
        let config = self.config.get_or_init(|| config(&self.roots)).clone();
        let connector = TlsConnector::from(config.map_err(Refused::Broken)?);
        let bare = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let name = ServerName::try_from(bare.to_owned())
            .map_err(|_| Refused::Url("the host is no name that a certificate can have"))?;
        let connected = connector.connect(name, stream).await;
        connected.map_err(|error| Refused::Broken(format!("{host}: {error}")))
    }
}

fn config(roots: &Roots) -> Result<Arc<ClientConfig>, String> {
    let mut store = RootCertStore::empty();
    match roots {
        // What cannot be read is left out: whoever it stands for is not believed.
        Roots::System => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)
        }
        Roots::Given(given) => store.add_parsable_certificates(given.iter().cloned()),
    };
    if store.is_empty() {
        return Err("this machine knows no certificate authorities".to_owned());
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Tickets would be remembered between requests.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}
