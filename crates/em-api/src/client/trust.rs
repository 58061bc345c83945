//! How a server proves that it is the right one. The only certificate check of our own is here.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};
use rustls_platform_verifier::BuilderVerifierExt;
use sha2::{Digest, Sha256};

use super::ConfigError;

/// Whom to believe.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The certificate authorities of this machine.
    System,
    /// The certificate authorities in this PEM text, and no others.
    Ca(Vec<u8>),
    /// Servers with one of these public keys, and no others; two make a change of key possible.
    /// Names and dates of the certificate do not count. For EM's own self-signed certificate,
    /// which names no host and so passes no other check.
    Pins(Vec<Pin>),
}

/// The SHA-256 of a certificate's public key (the DER of its `SubjectPublicKeyInfo`).
///
/// By hand:
/// `openssl x509 -pubkey -noout -in em.pem | openssl pkey -pubin -outform der |
/// openssl dgst -sha256 -binary | base64`
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pin([u8; 32]);

impl Pin {
    /// Reads `sha256/` and 44 characters of base64.
    ///
    /// ```
    /// use em_api::client::Pin;
    ///
    /// let text = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    /// assert_eq!(Pin::parse(text)?.to_string(), text);
    /// # Ok::<(), em_api::client::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::Pin`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let hash = text.trim().strip_prefix("sha256/").and_then(|hash| STANDARD.decode(hash).ok());
        hash.and_then(|hash| hash.try_into().ok()).map(Self).ok_or_else(|| ConfigError::Pin {
            reason: "`sha256/` and 32 bytes in base64 are expected".to_owned(),
        })
    }

    /// Computes the pin of a certificate in DER.
    ///
    /// # Errors
    /// [`ConfigError::Pin`] for what is no X.509 v3 certificate.
    pub fn of_certificate(der: &[u8]) -> Result<Self, ConfigError> {
        Self::of(&CertificateDer::from(der))
            .map_err(|error| ConfigError::Pin { reason: error.to_string() })
    }

    fn of(certificate: &CertificateDer<'_>) -> Result<Self, rustls::Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        Ok(Self(Sha256::digest(key.as_ref()).into()))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "sha256/{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Pin({self})")
    }
}

/// Makes the TLS configuration: TLS 1.2 or newer, with ring.
pub(super) fn tls(trust: &Trust) -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // The provider is passed along: no process-wide one has to be installed.
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::Build { reason: error.to_string() })?;
    let builder = match trust {
        Trust::System => builder
            .with_platform_verifier()
            .map_err(|error| ConfigError::System { reason: error.to_string() })?,
        Trust::Ca(pem) => builder.with_root_certificates(roots(pem)?),
        Trust::Pins(pins) if pins.is_empty() => {
            return Err(ConfigError::Pin { reason: "there is none".to_owned() });
        }
        Trust::Pins(pins) => {
            let verifier = PinVerifier { wanted: pins.clone(), provider };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    Ok(builder.with_no_client_auth())
}

/// Makes a TLS configuration that takes no server for trusted.
pub(super) fn nobody() -> Result<ClientConfig, ConfigError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConfigError::Build { reason: error.to_string() })?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn roots(pem: &[u8]) -> Result<RootCertStore, ConfigError> {
    let refused = |reason: String| ConfigError::Ca { reason };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| refused(error.to_string()))?;
        store.add(certificate).map_err(|error| refused(error.to_string()))?;
    }
    if store.is_empty() {
        return Err(refused("there is no `BEGIN CERTIFICATE` in the text".to_owned()));
    }
    Ok(store)
}

/// The certificate has none of the pins.
#[derive(Debug, thiserror::Error)]
#[error("the certificate has the pin {seen}")]
pub(super) struct WrongPin {
    pub(super) seen: Pin,
    pub(super) wanted: Vec<Pin>,
}

/// Takes a certificate for its public key. That the server has the private key is still proven
/// by its signature over the handshake, and that signature is checked as for any certificate.
#[derive(Debug)]
struct PinVerifier {
    wanted: Vec<Pin>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let seen = Pin::of(certificate)?;
        if self.wanted.contains(&seen) {
            return Ok(ServerCertVerified::assertion());
        }
        let wrong = WrongPin { seen, wanted: self.wanted.clone() };
        Err(CertificateError::Other(OtherError(Arc::new(wrong))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by openssl, as EM makes its own: self-signed, and naming no host.
    const CERTIFICATE: &[u8] = include_bytes!("testdata/self-signed.pem");
    /// Computed by the command in the documentation of [`Pin`].
    const PIN: &str = "sha256/Y/YZ9c7D8c+7Jy+xBxSBtEX6RfPTP3ER1UB6ZO2nYmQ=";

    fn der() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate")
    }

    #[test]
    fn the_pin_is_the_one_openssl_computes() {
        let pin = Pin::of_certificate(&der()).expect("a pin");
        assert_eq!(pin.to_string(), PIN);
        assert_eq!(Pin::parse(PIN), Ok(pin));
        assert!(Pin::of_certificate(b"no certificate").is_err());
    }

    #[test]
    fn what_is_no_pin_is_refused() {
        let short = "sha256/AAAA";
        for text in
            ["", "sha256/", "sha256/!", short, "sha1/AAAA", PIN.trim_start_matches("sha256/")]
        {
            assert!(Pin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_pinned_certificate_is_taken() {
        let other = Pin([7; 32]);
        let pinned = Pin::parse(PIN).expect("a pin");
        for (wanted, taken) in
            [(vec![pinned], true), (vec![other, pinned], true), (vec![other], false)]
        {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let verifier = PinVerifier { wanted, provider };
            let name = ServerName::try_from("em").expect("a name");
            let result = verifier.verify_server_cert(&der(), &[], &name, &[], UnixTime::now());
            assert_eq!(result.is_ok(), taken, "{result:?}");
        }
    }

    #[test]
    fn trust_in_nobody_is_refused() {
        assert!(matches!(tls(&Trust::Pins(vec![])), Err(ConfigError::Pin { .. })));
        for pem in
            [&b""[..], b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
        {
            assert!(matches!(tls(&Trust::Ca(pem.to_vec())), Err(ConfigError::Ca { .. })));
        }
        assert!(tls(&Trust::Ca(CERTIFICATE.to_vec())).is_ok());
    }
}
