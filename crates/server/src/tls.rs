//! Encrypted connections, with a certificate from files or from an authority of the site's own.

use std::fs;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use fieldpost_kernel::{Failure, Outcome};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::doorway::{Doorway, Held};
use crate::settings::{Server, Tls};

/// How long a client may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Connections that agreed on keys and were not yet taken, at most.
const WAITING: usize = 256;

/// The root certificate of the site's own authority, in its folder.
const ROOT: &str = "tls/root.pem";
const ROOT_KEY: &str = "tls/root.key";

/// The means to encrypt, if the settings ask for it.
pub(crate) fn acceptor(
    server: &Server,
    data: &Path,
    address: SocketAddr,
) -> Outcome<Option<TlsAcceptor>> {
    let (certificates, key) = match server.tls {
        Tls::Off => return Ok(None),
        Tls::Files => from_files(&server.certificate, &server.key)?,
        Tls::LocalCa => from_own_authority(server, data, address)?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Failure::internal)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|error| Failure::internal(format!("the certificate and key: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn from_files(certificate: &Path, key: &Path) -> Outcome<Identity> {
    let named = |path: &Path, error: &dyn std::fmt::Display| {
        Failure::internal(format!("{}: {error}", path.display()))
    };
    let certificates = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| named(certificate, &error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key, &error))?;
    Ok((certificates, key))
}

/// A certificate for today's names, signed by the authority that the site keeps.
///
/// The authority is founded once: devices that trust it go on trusting it.
fn from_own_authority(server: &Server, data: &Path, address: SocketAddr) -> Outcome<Identity> {
    let root_pem = found_authority(data)?;
    let key_text = fs::read_to_string(data.join(ROOT_KEY)).map_err(Failure::internal)?;
    let root_key = KeyPair::from_pem(&key_text).map_err(Failure::internal)?;
    let issuer = Issuer::new(authority()?, root_key);
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.extend(own_names(address.ip()));
    names.extend(server.names.iter().cloned());
    let mut params = CertificateParams::new(names).map_err(Failure::internal)?;
    params.distinguished_name = named("Fieldpost");
    let key = KeyPair::generate().map_err(Failure::internal)?;
    let certificate = params.signed_by(&key, &issuer).map_err(Failure::internal)?;
    let root = CertificateDer::from_pem_slice(root_pem.as_bytes()).map_err(Failure::internal)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(Failure::internal)?;
    Ok((vec![certificate.der().clone(), root], key))
}

/// The addresses by which the site can be reached, as far as it knows them.
fn own_names(listens_on: IpAddr) -> Vec<String> {
    let mut names = Vec::new();
    if !listens_on.is_unspecified() {
        names.push(listens_on.to_string());
    }
    if let Ok(host) = fs::read_to_string("/proc/sys/kernel/hostname") {
        names.push(host.trim().to_owned());
    }
    names
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// What the authority says of itself; with its key, all that is needed to sign in its name.
fn authority() -> Outcome<CertificateParams> {
    let mut params = CertificateParams::new(Vec::<String>::new()).map_err(Failure::internal)?;
    params.distinguished_name = named("Fieldpost local authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// The root certificate, in PEM; founded with its key if there is none.
fn found_authority(data: &Path) -> Outcome<String> {
    let path = data.join(ROOT);
    if let Ok(known) = fs::read_to_string(&path) {
        return Ok(known);
    }
    let key = KeyPair::generate().map_err(Failure::internal)?;
    let root = authority()?.self_signed(&key).map_err(Failure::internal)?;
    fs::create_dir_all(data.join("tls")).map_err(Failure::internal)?;
    write_secret(&data.join(ROOT_KEY), &key.serialize_pem())?;
    fs::write(&path, root.pem()).map_err(Failure::internal)?;
    Ok(root.pem())
}

/// Writes a file that nobody else on the machine may read.
fn write_secret(path: &Path, text: &str) -> Outcome<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(Failure::internal)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Failure::internal)
}

/// Hands out connections that have agreed on keys; one that dawdles holds up nobody else.
pub(crate) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<Held<TcpStream>>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    pub(crate) fn new(listener: Doorway, acceptor: TlsAcceptor) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING);
        tokio::spawn(accept_all(listener, acceptor, sender));
        Ok(Self { ready, address })
    }
}

async fn accept_all(
    mut listener: Doorway,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<Held<TcpStream>>, SocketAddr)>,
) {
    while !ready.is_closed() {
        let (stream, from) = Listener::accept(&mut listener).await;
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            match timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => drop(ready.send((stream, from)).await),
                Ok(Err(error)) => tracing::debug!(%error, %from, "no keys were agreed on"),
                Err(_) => tracing::debug!(%from, "a client took too long to agree on keys"),
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<Held<TcpStream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task ends only with this listener.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.address)
    }
}
