//! Whom a verified connection trusts: Amazon's authorities for RDS and RDS Proxy, and those of
//! `DATABASE_CA_FILE`. The public web's are not among them: a database has no certificate of theirs.
//!
//! The name is always verified. SCRAM binds itself to the channel where the server offers it.

use super::error::DbError;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Written by `local/certificates`; see `shared/certificates/README.md`.
const AMAZON: &[u8] = include_bytes!("../../certificates/amazon.pem");

/// What makes TLS of a socket.
///
/// # Errors
/// When the file cannot be read, holds no certificate, or one that is none.
pub(super) fn verified_tls(authority_file: Option<&Path>) -> Result<MakeRustlsConnect, DbError> {
    let mut roots = RootCertStore::empty();
    add(&mut roots, AMAZON).map_err(|why| DbError::Unusable(format!("Amazon's roots: {why}")))?;
    if let Some(path) = authority_file {
        let problem = |why: String| DbError::Unusable(format!("DATABASE_CA_FILE, {}: {why}", path.display()));
        let text = std::fs::read(path).map_err(|error| problem(error.to_string()))?;
        add(&mut roots, &text).map_err(problem)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| DbError::Unusable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Adds every certificate of a PEM text; one that cannot be used spoils all, so that none is missed unseen.
fn add(roots: &mut RootCertStore, text: &[u8]) -> Result<(), String> {
    let n_before = roots.len();
    for (index, certificate) in CertificateDer::pem_slice_iter(text).enumerate() {
        let number = index + 1;
        let certificate =
            certificate.map_err(|error| format!("certificate {number} cannot be read: {error}"))?;
        roots.add(certificate).map_err(|error| format!("certificate {number} cannot be used: {error}"))?;
    }
    if roots.len() == n_before {
        return Err(
            "there is no certificate in it; it should hold lines of -----BEGIN CERTIFICATE-----".into()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
