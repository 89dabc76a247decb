//! A site's certificate: the envelope in which TLS carries its key.

use fieldpost_log::{Suite, VerifyingKey};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::CarriageError;

/// What stands before the seed in the PKCS#8 form of an Ed25519 key (RFC 8410, section 7).
const SECRET: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What stands before the key in the SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, section 4).
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The secret key of a seed, as TLS takes it.
pub(crate) fn secret_key(seed: &[u8; 32]) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(pkcs8(seed))
}

fn pkcs8(seed: &[u8; 32]) -> PrivatePkcs8KeyDer<'static> {
    PrivatePkcs8KeyDer::from([SECRET.as_slice(), seed].concat())
}

/// The certificate of a seed: without a name, signed by its own key, always the same.
pub(crate) fn certificate(seed: &[u8; 32]) -> Result<CertificateDer<'static>, CarriageError> {
    let failed = |error: rcgen::Error| CarriageError::Setup(error.to_string());
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8(seed), &rcgen::PKCS_ED25519)
        .map_err(failed)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    params.distinguished_name = DistinguishedName::new();
    Ok(params.self_signed(&key).map_err(failed)?.der().clone())
}

/// The key in a certificate, or nothing if it is no certificate or its key is not of a known suite.
///
/// That whoever shows the certificate holds the key is proven by the handshake's own signature, so
/// the certificate's is not looked at.
pub(crate) fn key_of(certificate: &CertificateDer<'_>) -> Option<VerifyingKey> {
    let parsed = webpki::EndEntityCert::try_from(certificate).ok()?;
    key_of_info(&parsed.subject_public_key_info())
}

fn key_of_info(info: &[u8]) -> Option<VerifyingKey> {
    let key = info.strip_prefix(&PUBLIC)?;
    VerifyingKey::decode(&[&[Suite::One.byte()], key].concat()).ok()
}

#[cfg(test)]
mod tests {
    use fieldpost_log::SigningKey;
    use proptest::prelude::*;

    use super::*;

    fn public_key(seed: &[u8; 32]) -> VerifyingKey {
        SigningKey::from_seed(Suite::One, seed).verifying_key()
    }

    #[test]
    fn a_certificate_holds_the_key_of_its_seed() {
        let certificate = certificate(&[7; 32]).unwrap();
        assert_eq!(key_of(&certificate), Some(public_key(&[7; 32])));
    }

    #[test]
    fn a_key_of_another_algorithm_is_none() {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let params = CertificateParams::new(Vec::new()).unwrap();
        assert_eq!(key_of(params.self_signed(&key).unwrap().der()), None);
    }

    #[test]
    fn a_weak_key_is_none() {
        let mut neutral = PUBLIC.to_vec();
        neutral.push(1);
        neutral.resize(PUBLIC.len() + 32, 0);
        assert_eq!(key_of_info(&neutral), None);
    }

    proptest! {
        #[test]
        fn random_bytes_are_no_certificate(bytes: Vec<u8>) {
            prop_assert_eq!(key_of(&CertificateDer::from(bytes)), None);
        }

        #[test]
        fn a_spoilt_certificate_never_panics(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            let mut bytes = certificate(&[7; 32]).unwrap().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            key_of(&CertificateDer::from(bytes.as_slice()));
            bytes.truncate(cut.index(bytes.len()));
            prop_assert_eq!(key_of(&CertificateDer::from(bytes)), None);
        }

        #[test]
        fn random_key_infos_never_panic(tail: Vec<u8>) {
            key_of_info(&tail);
            let info = [PUBLIC.as_slice(), &tail].concat();
            prop_assert_eq!(key_of_info(&info).is_some() && tail.len() != 32, false);
        }
    }
}
