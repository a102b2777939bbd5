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

/// The bytes that lower-case hexadecimal stands for; none where it is anything else.
pub fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = hexadecimal.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? * 16 + digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_as_it_is_written_and_nothing_else_is() {
        let every: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes_of(&hexadecimal(&every)), Some(every));
        assert_eq!(bytes_of(""), Some(Vec::new()));
        for text in ["a", "0A", "0g", "00a", " 0", "é"] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }
}
