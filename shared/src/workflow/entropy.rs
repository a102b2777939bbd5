//! Random bytes from the operating system, for ids and keys.

use crate::domain::ids::IdEntropy;
use crate::error::Error;

/// `N` random bytes.
///
/// # Errors
/// When the operating system has no random source.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::internal(format!("the operating system gave no random bytes: {error}")))?;
    Ok(bytes)
}

/// The random part of one id.
///
/// # Errors
/// When the operating system has no random source.
pub(super) fn for_id() -> Result<IdEntropy, Error> {
    bytes()
}
