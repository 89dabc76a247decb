//! The handshake: who is let in, and who is believed to be whom.

use std::fmt;
use std::sync::{Arc, OnceLock};

use fieldpost_log::{Signature, Suite, VerifyingKey};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::crypto::{self, Keys, Session, UnsupportedVersion};
use quinn_proto::transport_parameters::TransportParameters;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, DistinguishedName,
    PeerIncompatible, ServerConfig, SignatureScheme, WantsVerifier,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::certificate::{certificate, key_of, secret_key};
use crate::{CarriageError, Guests, Purpose};

/// What a site shows in a handshake: its certificate, and the key to prove that it is its own.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    shown: Arc<CertifiedKey>,
    provider: Arc<CryptoProvider>,
}

impl Identity {
    pub(crate) fn of_seed(seed: &[u8; 32]) -> Result<Self, CarriageError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let shown = CertifiedKey::from_der(vec![certificate(seed)?], secret_key(seed), &provider)
            .map_err(failed)?;
        Ok(Self { shown: Arc::new(shown), provider })
    }

    /// How to dial the holder of a key.
    pub(crate) fn client(
        &self,
        key: &VerifyingKey,
        purpose: Purpose,
    ) -> Result<QuicClientConfig, CarriageError> {
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Expected(key.clone())))
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(self.shown.clone())));
        config.alpn_protocols = vec![purpose.protocol().to_vec()];
        config.resumption = Resumption::disabled();
        // Sites have no names, and whoever listens on the wire need not know that they would.
        config.enable_sni = false;
        QuicClientConfig::try_from(config).map_err(failed)
    }

    /// How to be dialled.
    pub(crate) fn server(&self, guests: Arc<dyn Guests>) -> Result<Doorway, CarriageError> {
        let builder = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(failed)?;
        let shut =
            Door { shown: self.shown.clone(), guests: guests.clone(), offer: OnceLock::new() };
        let shut = QuicServerConfig::try_from(server_config(builder.clone(), Arc::new(shut)))
            .map_err(failed)?;
        Ok(Doorway { shown: self.shown.clone(), guests, builder, shut: Arc::new(shut) })
    }
}

fn failed(error: impl fmt::Display) -> CarriageError {
    CarriageError::Setup(error.to_string())
}

fn server_config(
    builder: ConfigBuilder<ServerConfig, WantsVerifier>,
    door: Arc<Door>,
) -> ServerConfig {
    let mut config = builder.with_client_cert_verifier(door.clone()).with_cert_resolver(door);
    config.alpn_protocols =
        [Purpose::Link, Purpose::Pair].map(|purpose| purpose.protocol().to_vec()).to_vec();
    // Each connection proves both keys: nothing is resumed.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config
}

/// Makes a [`Door`] for each handshake.
///
/// Whether a key is let in depends on what it comes for, and TLS asks about the key without saying
/// for which protocol. So each handshake gets a configuration of its own, which remembers that.
pub(crate) struct Doorway {
    shown: Arc<CertifiedKey>,
    guests: Arc<dyn Guests>,
    builder: ConfigBuilder<ServerConfig, WantsVerifier>,
    /// For what depends on no handshake, and if a configuration should be refused.
    shut: Arc<QuicServerConfig>,
}

impl crypto::ServerConfig for Doorway {
    fn initial_keys(
        &self,
        version: u32,
        dst_cid: &quinn::ConnectionId,
    ) -> Result<Keys, UnsupportedVersion> {
        self.shut.initial_keys(version, dst_cid)
    }

    fn retry_tag(&self, version: u32, orig: &quinn::ConnectionId, packet: &[u8]) -> [u8; 16] {
        self.shut.retry_tag(version, orig, packet)
    }

    fn start_session(
        self: Arc<Self>,
        version: u32,
        params: &TransportParameters,
    ) -> Box<dyn Session> {
        let door =
            Door { shown: self.shown.clone(), guests: self.guests.clone(), offer: OnceLock::new() };
        let config = server_config(self.builder.clone(), Arc::new(door));
        let config = QuicServerConfig::try_from(config).map_or(self.shut.clone(), Arc::new);
        config.start_session(version, params)
    }
}

/// Decides one handshake, as the listener.
struct Door {
    shown: Arc<CertifiedKey>,
    guests: Arc<dyn Guests>,
    /// What the client comes for, once it has said so.
    offer: OnceLock<Purpose>,
}

impl Door {
    fn lets_in(&self, key: &VerifyingKey) -> bool {
        match self.offer.get() {
            Some(Purpose::Link) => self.guests.knows(key),
            Some(Purpose::Pair) => self.guests.knows(key) || self.guests.expects_strangers(),
            None => false,
        }
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("offer", &self.offer).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Door {
    /// The certificate for a client that comes for exactly one thing, and the same each time it is
    /// asked.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut names = hello.alpn()?;
        let offer = Purpose::of_protocol(names.next()?)?;
        let only = names.next().is_none() && *self.offer.get_or_init(|| offer) == offer;
        only.then(|| self.shown.clone())
    }
}

impl ClientCertVerifier for Door {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let key = readable_key(end_entity)?;
        if self.lets_in(&key) {
            return Ok(ClientCertVerified::assertion());
        }
        self.guests.turned_away(&key);
        Err(not_this_key())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

/// Believes the holder of one key, as the dialler.
#[derive(Debug)]
struct Expected(VerifyingKey);

impl ServerCertVerifier for Expected {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let expected = readable_key(end_entity)? == self.0;
        if expected { Ok(ServerCertVerified::assertion()) } else { Err(not_this_key()) }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }
}

fn readable_key(certificate: &CertificateDer<'_>) -> Result<VerifyingKey, rustls::Error> {
    key_of(certificate).ok_or(CertificateError::BadEncoding.into())
}

/// Becomes the TLS alert `access_denied`.
fn not_this_key() -> rustls::Error {
    CertificateError::ApplicationVerificationFailure.into()
}

/// Checks that whoever shows a certificate holds its key.
fn verify_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    proof: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    if proof.scheme != SignatureScheme::ED25519 {
        return Err(PeerIncompatible::NoSignatureSchemesInCommon.into());
    }
    let key = readable_key(certificate)?;
    Signature::decode(Suite::One, proof.signature())
        .ok()
        .and_then(|signature| key.verify(message, &signature).ok())
        .map(|()| HandshakeSignatureValid::assertion())
        .ok_or(CertificateError::BadSignature.into())
}
