//! How a profile becomes bytes: a format byte, then postcard.
//!
//! A new format gets a new byte; an old one stays readable and is upgraded when it is read.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The format written today.
const FORMAT: u8 = 2;
/// The first format: without the fields that `appended` stands for.
const FIRST_FORMAT: u8 = 1;

/// Why stored bytes are no profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Written by a newer version, or not a profile at all.
    #[error("profile format {0} is unknown; rebuild the profiles or update the service")]
    UnknownFormat(u8),
    /// The bytes do not decode, or decode to something no profile can be.
    #[error("the profile's bytes are corrupt; rebuild the profiles")]
    Corrupt,
}

/// Encodes a value behind the format byte. Serialising these types into memory cannot fail; if it ever did,
/// the bytes would be empty and would be refused when read.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![FORMAT]).unwrap_or_default()
}

/// Decodes a value, all bytes of it. `appended`: what an empty state of the fields added since the first
/// format looks like; such bytes are read as if they ended in it.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8], appended: &[u8]) -> Result<T, ProfileError> {
    let (format, content) = bytes.split_first().ok_or(ProfileError::Corrupt)?;
    match *format {
        FORMAT => read(content),
        FIRST_FORMAT => read(&[content, appended].concat()),
        unknown => Err(ProfileError::UnknownFormat(unknown)),
    }
}

fn read<T: DeserializeOwned>(content: &[u8]) -> Result<T, ProfileError> {
    match postcard::take_from_bytes(content) {
        Ok((value, [])) => Ok(value),
        Ok(_) | Err(_) => Err(ProfileError::Corrupt),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_formats_and_bytes_left_over_are_refused() {
        assert_eq!(decode::<u32>(&encode(&7_u32), &[]), Ok(7));
        assert_eq!(decode::<u32>(&[], &[]), Err(ProfileError::Corrupt));
        assert_eq!(decode::<u32>(&[9, 7], &[]), Err(ProfileError::UnknownFormat(9)));
        assert_eq!(decode::<u32>(&[FORMAT, 7, 0], &[]), Err(ProfileError::Corrupt));
        assert_eq!(decode::<u32>(&[FORMAT], &[]), Err(ProfileError::Corrupt));
    }

    #[test]
    fn the_first_format_is_read_as_if_what_was_added_since_were_empty() {
        assert_eq!(decode::<(u32, Vec<u8>)>(&[FIRST_FORMAT, 7], &[0]), Ok((7, Vec::new())));
        assert_eq!(decode::<u32>(&[FIRST_FORMAT, 7], &[]), Ok(7));
    }
}
