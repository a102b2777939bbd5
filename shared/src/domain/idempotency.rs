//! A client's `Idempotency-Key`: which request it stands for.

use super::Invalid;

/// Characters of a key.
const MAX_LENGTH: usize = 255;

/// A key, whose it is, and the request it came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyClaim {
    /// SHA-256 of what the caller showed: nobody is given another's answer.
    pub scope: [u8; 32],
    /// The client's word.
    pub key: IdempotencyKey,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
}

/// The client's word: 1 to 255 visible characters of ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header's value, quoted or not.
    ///
    /// # Errors
    /// When it is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let is_visible = bare.bytes().all(|byte| byte.is_ascii_graphic());
        if bare.is_empty() || bare.len() > MAX_LENGTH || !is_visible {
            return Err(Invalid(format!(
                "must be 1 to {MAX_LENGTH} visible characters of ASCII, such as a UUID"
            )));
        }
        Ok(Self(bare.to_owned()))
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_quoted_or_not() {
        assert_eq!(IdempotencyKey::parse("\"8e03\"").unwrap(), IdempotencyKey::parse("8e03").unwrap());
        for text in ["", "\"\"", "a b", "ä", &"k".repeat(256)] {
            assert!(IdempotencyKey::parse(text).is_err(), "{text} was taken");
        }
    }
}
