//! An authority made for one test, and servers' certificates of it.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, crypto::ring};
use std::path::PathBuf;
use std::sync::Arc;

/// An authority, and the file that says who it is. The file goes with this value.
#[derive(Debug)]
pub struct Authority {
    /// Its certificate, as `DATABASE_CA_FILE` wants it.
    pub file: PathBuf,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Makes one that nobody has heard of.
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("an authority's key");
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = authority.self_signed(&key).expect("an authority's certificate");
        let file = std::env::temp_dir().join(format!("telltale-{}.pem", uuid::Uuid::now_v7().simple()));
        std::fs::write(&file, certificate.pem()).expect("the authority's file");
        Self { file, certificate: certificate.der().clone(), issuer: Issuer::new(authority, key) }
    }

    /// What a server with a certificate for this name, or address, needs to speak TLS.
    pub fn server(&self, name: &str) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a server's key");
        let server = CertificateParams::new([name.to_owned()]).expect("a server's name");
        let certificate = server.signed_by(&key, &self.issuer).expect("a server's certificate");
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a server's key, as rustls wants it");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate with its key");
        Arc::new(config)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _removed = std::fs::remove_file(&self.file);
    }
}
