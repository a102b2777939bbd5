//! Page cursors: opaque, signed, and bound to the filters they were made with.

use crate::error::{Error, FieldProblem};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Bytes of the signature that a cursor carries: 128 bits are beyond guessing.
const SIGNATURE_BYTES: usize = 16;

/// Seals a position for the next page. `filters` is any text that names the listing and its filters.
///
/// # Errors
/// When the position cannot be written as JSON.
pub fn seal(secret: &str, filters: &str, position: &impl Serialize) -> Result<String, Error> {
    let mut bytes = serde_json::to_vec(position).map_err(Error::internal)?;
    let signature = sign(secret, filters, &bytes)?;
    bytes.splice(0..0, signature);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Opens a cursor that was sealed with the same secret and filters.
///
/// # Errors
/// 422 at `?cursor` when it was not.
pub fn open<P: DeserializeOwned>(secret: &str, filters: &str, cursor: &str) -> Result<P, Error> {
    let refused = || {
        Error::validation(vec![FieldProblem {
            pointer: "?cursor".into(),
            message: "is not a cursor of this listing; leave it out to begin again".into(),
        }])
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
    let (signature, position) = bytes.split_at_checked(SIGNATURE_BYTES).ok_or_else(refused)?;
    let expected = sign(secret, filters, position)?;
    let is_ours = bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_slice(), signature));
    if !is_ours {
        return Err(refused());
    }
    serde_json::from_slice(position).map_err(|_| refused())
}

fn sign(secret: &str, filters: &str, position: &[u8]) -> Result<Vec<u8>, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(Error::internal)?;
    mac.update(&(filters.len() as u64).to_be_bytes());
    mac.update(filters.as_bytes());
    mac.update(position);
    Ok(mac.finalize().into_bytes()[..SIGNATURE_BYTES].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_only_with_its_own_secret_and_filters() {
        let cursor = seal("secret", "alerts?status=active", &(1, 2)).unwrap();
        assert_eq!(open::<(i32, i32)>("secret", "alerts?status=active", &cursor).unwrap(), (1, 2));
        assert!(open::<(i32, i32)>("secret", "alerts?status=closed", &cursor).is_err());
        assert!(open::<(i32, i32)>("other", "alerts?status=active", &cursor).is_err());
        assert!(open::<(i32, i32)>("secret", "alerts?status=active", "AAAA").is_err());
    }
}
