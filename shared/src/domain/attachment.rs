//! Files on an alert. A file is never changed; its content may be erased, and what was known of it stays.

use super::Invalid;
use super::audit::AuditHash;
use super::canonical::{hexadecimal, length_prefixed};
use super::ids::{AlertId, AttachmentId};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The largest file: with its base64 and the event round it, it passes through Lambda.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Files that an alert may have at once; those that were erased do not count.
pub const MAX_OF_ALERT: i64 = 20;
/// Characters of a name.
const MAX_NAME: usize = 255;

/// What a file may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// A picture, PNG.
    Png,
    /// A picture, JPEG.
    Jpeg,
    /// A document.
    Pdf,
    /// Text.
    PlainText,
    /// A table.
    Csv,
    /// A message of electronic mail with its headers, as UTF-8.
    Email,
}

impl MediaType {
    /// All there are.
    pub const ALL: [Self; 6] = [Self::Png, Self::Jpeg, Self::Pdf, Self::PlainText, Self::Csv, Self::Email];

    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Pdf => "application/pdf",
            Self::PlainText => "text/plain",
            Self::Csv => "text/csv",
            Self::Email => "message/rfc822",
        }
    }

    /// Reads a media type without parameters.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| Invalid(format!("must be one of {}", Self::ALL.map(Self::as_str).join(", "))))
    }

    /// Whether these bytes are of this type. Text is UTF-8 without U+0000; it has no mark of its own, so that nothing
    /// tells a table from a message.
    fn check(self, bytes: &[u8]) -> Result<(), Invalid> {
        match self {
            Self::PlainText | Self::Csv | Self::Email => match std::str::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => Ok(()),
                _ => Err(Invalid(format!("must be UTF-8 without U+0000 to be {}", self.as_str()))),
            },
            Self::Png | Self::Jpeg | Self::Pdf => match infer::get(bytes).map(|found| found.mime_type()) {
                Some(found) if found == self.as_str() => Ok(()),
                Some(found) => Err(Invalid(format!("is {found} by its first bytes, not {}", self.as_str()))),
                None => Err(Invalid(format!("is not {} by its first bytes", self.as_str()))),
            },
        }
    }
}

/// The name of a file: 1 to 255 characters, and no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName(String);

impl FileName {
    /// Takes the name as it is.
    ///
    /// # Errors
    /// When empty, too long, of dots alone, or holding a control character, `/` or `\`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        if text.chars().count() > MAX_NAME {
            return Err(Invalid(format!("must have at most {MAX_NAME} characters")));
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '/' | '\\')) {
            return Err(Invalid::new("must be a name without a path: no /, no \\, no control characters"));
        }
        if text.chars().all(|c| c == '.') {
            return Err(Invalid::new("must not be dots alone"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// What is in a file: 1 to [`MAX_BYTES`] bytes that are what their type says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    media_type: MediaType,
    bytes: Vec<u8>,
}

impl Content {
    /// Takes bytes as they are.
    ///
    /// # Errors
    /// When there are none, too many, or they are of another type.
    pub fn try_new(media_type: MediaType, bytes: Vec<u8>) -> Result<Self, Invalid> {
        if bytes.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        if bytes.len() > MAX_BYTES {
            return Err(Invalid(format!("must have at most {MAX_BYTES} bytes, not {}", bytes.len())));
        }
        media_type.check(&bytes)?;
        Ok(Self { media_type, bytes })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A file that somebody wants to attach.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// What it is called.
    pub name: FileName,
    /// What is in it.
    pub content: Content,
}

/// What is known of a file on an alert, as it is stored: a verifier believes none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Minted from the server's clock.
    pub id: AttachmentId,
    /// What it is about.
    pub alert: AlertId,
    /// The key that attached it.
    pub author: String,
    /// What it is called.
    pub name: String,
    /// One of [`MediaType`]'s.
    pub media_type: String,
    /// How much is in it.
    pub size_bytes: i64,
    /// SHA-256 of its content, 32 bytes.
    pub sha256: Vec<u8>,
    /// The server's clock, whole microseconds.
    pub attached_at: Timestamp,
    /// That its content was taken away; none while it is there.
    pub erasure: Option<Erasure>,
}

/// Who took a file's content away, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The server's clock, whole microseconds.
    pub at: Timestamp,
    /// The key that did.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Attachment {
    /// What is to be known of a new file.
    pub fn of(
        file: &NewFile,
        (id, alert): (AttachmentId, AlertId),
        (author, attached_at): (String, Timestamp),
    ) -> Self {
        let Content { media_type, bytes } = &file.content;
        Self {
            id,
            alert,
            author,
            name: file.name.0.clone(),
            media_type: media_type.as_str().to_owned(),
            // At most four million.
            size_bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            sha256: Sha256::digest(bytes).to_vec(),
            attached_at,
            erasure: None,
        }
    }

    /// SHA-256 of the length-prefixed fields, in this order: `telltale-attachment-1`, attachment, alert, author, time in
    /// microseconds since 1970, name, media type, size in bytes, SHA-256 of the content in hexadecimal; ids as on the
    /// wire. It also stands in the audit event of the attaching. The erasure, which comes later, is no part of it.
    pub fn hash(&self) -> AuditHash {
        let fields = [
            "telltale-attachment-1",
            &self.id.to_string(),
            &self.alert.to_string(),
            &self.author,
            &self.attached_at.as_microsecond().to_string(),
            &self.name,
            &self.media_type,
            &self.size_bytes.to_string(),
            &hexadecimal(&self.sha256),
        ];
        Sha256::digest(length_prefixed(&fields)).into()
    }
}

#[cfg(test)]
mod tests;
