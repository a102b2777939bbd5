//! Values that travel through a client and come back unchanged: signed with HMAC-SHA256 by `SECRET_KEY`, and bound to
//! what they are for.

use crate::error::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// Bytes of the signature that a value carries: 128 bits are beyond guessing.
const SIGNATURE_BYTES: usize = 16;

/// Seals a value. `purpose` is any text that names what it is for.
///
/// # Errors
/// When the value cannot be written as JSON.
pub fn seal(secret: &str, purpose: &str, value: &impl Serialize) -> Result<String, Error> {
    let mut bytes = serde_json::to_vec(value).map_err(Error::internal)?;
    let signature = sign(secret, purpose, &bytes)?;
    bytes.splice(0..0, signature);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Opens what was sealed with the same secret for the same purpose; none where it was not.
///
/// # Errors
/// When the secret cannot be used.
pub fn open<V: DeserializeOwned>(secret: &str, purpose: &str, text: &str) -> Result<Option<V>, Error> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else {
        return Ok(None);
    };
    let Some((signature, value)) = bytes.split_at_checked(SIGNATURE_BYTES) else {
        return Ok(None);
    };
    let expected = sign(secret, purpose, value)?;
    let is_ours = bool::from(subtle::ConstantTimeEq::ct_eq(expected.as_slice(), signature));
    Ok(is_ours.then(|| serde_json::from_slice(value).ok()).flatten())
}

fn sign(secret: &str, purpose: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(Error::internal)?;
    mac.update(&(purpose.len() as u64).to_be_bytes());
    mac.update(purpose.as_bytes());
    mac.update(value);
    Ok(mac.finalize().into_bytes()[..SIGNATURE_BYTES].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_opens_only_with_its_own_secret_and_purpose() {
        let sealed = seal("secret", "alerts?status=active", &(1, 2)).unwrap();
        let opened = |secret, purpose| open::<(i32, i32)>(secret, purpose, &sealed).unwrap();
        assert_eq!(opened("secret", "alerts?status=active"), Some((1, 2)));
        assert_eq!(opened("secret", "alerts?status=closed"), None);
        assert_eq!(opened("other", "alerts?status=active"), None);
        for text in ["AAAA", "", "?", &sealed[1..]] {
            assert_eq!(open::<(i32, i32)>("secret", "alerts?status=active", text).unwrap(), None, "{text}");
        }
    }
}
