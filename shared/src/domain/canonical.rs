//! Canonical bytes: what a hash covers, so that no two different things share their bytes; and hashes as people read them.

use std::fmt::Write as _;

/// Every field behind its length (u32, big-endian).
pub fn length_prefixed<F: AsRef<[u8]>>(fields: &[F]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        let field = field.as_ref();
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

/// Bytes as lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
