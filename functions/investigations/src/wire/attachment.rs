//! A file as it looks on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::attachment::Attachment;
use shared::domain::canonical::hexadecimal;
use shared::http::words;
use utoipa::ToSchema;

/// What is known of a file on an alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(crate) struct AttachmentOut {
    /// `att_` and a UUID.
    id: String,
    alert_id: String,
    /// The key that attached it.
    author: String,
    name: String,
    #[schema(value_type = words::MediaType)]
    media_type: String,
    #[schema(minimum = 1, maximum = 4_194_304)]
    size_bytes: i64,
    /// SHA-256 of the content in hexadecimal, as `sha256sum` prints it.
    sha256: String,
    /// SHA-256 of the record in hexadecimal, as in the audit event of the attaching.
    hash: String,
    attached_at: Timestamp,
    /// Null while the content is there.
    erased_at: Option<Timestamp>,
    /// The key that erased it.
    erased_by: Option<String>,
    erasure_reason: Option<String>,
}

/// A page of what is known of files.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttachmentPage)]
pub(crate) struct AttachmentsOut {
    pub(crate) attachments: Vec<AttachmentOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A file with its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttachedFile)]
pub(crate) struct AttachedFileOut {
    #[serde(flatten)]
    attachment: AttachmentOut,
    /// The file's bytes in base64, as they were attached.
    #[schema(content_encoding = "base64")]
    content: String,
}

impl AttachedFileOut {
    pub(crate) fn of(attachment: Attachment, content: &[u8]) -> Self {
        Self { attachment: AttachmentOut::from(attachment), content: STANDARD.encode(content) }
    }
}

impl From<Attachment> for AttachmentOut {
    fn from(attachment: Attachment) -> Self {
        let hash = hexadecimal(&attachment.hash());
        let (erased_at, erased_by, erasure_reason) = match attachment.erasure {
            Some(erasure) => (Some(erasure.at), Some(erasure.by), Some(erasure.reason)),
            None => (None, None, None),
        };
        Self {
            id: attachment.id.to_string(),
            alert_id: attachment.alert.to_string(),
            author: attachment.author,
            name: attachment.name,
            media_type: attachment.media_type,
            size_bytes: attachment.size_bytes,
            sha256: hexadecimal(&attachment.sha256),
            hash,
            attached_at: attachment.attached_at,
            erased_at,
            erased_by,
            erasure_reason,
        }
    }
}
