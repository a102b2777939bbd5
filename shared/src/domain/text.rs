//! Bounded text: what a name may be before it reaches storage.
//!
//! PostgreSQL refuses U+0000 only at the insert; here it and every other control character is refused at
//! the door, so that no name can break a log line, a CSV cell or a terminal.

use super::Invalid;
use std::fmt;

/// Text of 1 to `MAX` characters without control characters or surrounding white space.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// Takes the text as it is; nothing is trimmed or folded.
    ///
    /// # Errors
    /// When empty, too long, padded with white space, or holding a control character.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        if text.chars().count() > MAX {
            return Err(Invalid(format!("must have at most {MAX} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(Invalid::new("must not hold control characters"));
        }
        if text.trim() != text {
            return Err(Invalid::new("must not begin or end with white space"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A feed of transactions; scopes `external_id`.
pub type Source = Text<64>;
/// The feed's own id of a transaction.
pub type ExternalId = Text<128>;
/// The party monitored.
pub type AccountId = Text<128>;
/// The other side: merchant, terminal, payee.
pub type CounterpartyId = Text<128>;
/// How the transaction was made: card_present, online, transfer.
pub type Channel = Text<32>;
/// What it was for, in the feed's words: groceries, travel, 5411.
pub type Category = Text<64>;
/// A device fingerprint or terminal id.
pub type DeviceId = Text<128>;
/// A city's name.
pub type City = Text<96>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_padding_and_length_are_refused() {
        assert!(Text::<4>::parse("abcd").is_ok());
        assert!(Text::<4>::parse("äöüß").is_ok());
        for text in ["", "abcde", "a\u{0}b", " a", "a\n"] {
            assert!(Text::<4>::parse(text).is_err(), "{text:?} was taken");
        }
    }
}
