//! A self-signed certificate, as a fresh Enterprise Manager has one.

use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, KeyPair, PublicKeyData as _};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};

/// Which names a certificate is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// `127.0.0.1` and `localhost`.
    #[default]
    Loopback,
    /// None, as old installations have it: such a certificate can be trusted by its pin only.
    None,
}

/// A certificate with its key. Its `Debug` shows the pin only.
#[derive(Clone)]
pub struct Certificate {
    der: CertificateDer<'static>,
    pem: String,
    pin: String,
    key: Vec<u8>,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Certificate").field("pin", &self.pin).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Makes a certificate with a key of its own.
    ///
    /// # Errors
    /// Whatever keeps the system from making keys.
    ///
    /// # Example
    /// ```
    /// use em_sim::{Certificate, Names};
    ///
    /// let one = Certificate::generate(Names::Loopback)?;
    /// let other = Certificate::generate(Names::Loopback)?;
    /// assert!(one.pin().starts_with("sha256/"));
    /// assert_ne!(one.pin(), other.pin());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn generate(names: Names) -> io::Result<Self> {
        let names = match names {
            Names::Loopback => vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
            Names::None => Vec::new(),
        };
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut parameters = CertificateParams::new(names).map_err(io::Error::other)?;
        parameters.distinguished_name.push(DnType::CommonName, "Veeam EM simulator");
        let certificate = parameters.self_signed(&key).map_err(io::Error::other)?;
        let hash = Sha256::digest(key.subject_public_key_info());
        Ok(Self {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            pin: format!("sha256/{}", STANDARD.encode(hash)),
            key: key.serialize_der(),
        })
    }

    /// Returns the pin: `sha256/` and the hash of the public key in base64.
    pub fn pin(&self) -> &str {
        &self.pin
    }

    /// Returns the certificate in PEM, without its key.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the certificate in DER, without its key.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The ring provider is named here, so that none needs to be installed for the process.
    pub(super) fn server_config(&self) -> io::Result<Arc<ServerConfig>> {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.clone()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![self.der.clone()], key)
            .map_err(io::Error::other)?;
        Ok(Arc::new(config))
    }
}
