//! The bytes of an event that are hashed: every field behind its length, so that no two events share their bytes.

use super::AuditEntry;
use crate::domain::canonical::length_prefixed;
use jiff::Timestamp;

/// The first field; another layout gets another word.
const FORMAT: &str = "telltale-audit-1";
/// Bytes of a length, big-endian.
const LENGTH_BYTES: usize = 4;

/// The fields again; none where a length does not fit.
fn fields_of(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        fields.push(field);
        bytes = rest;
    }
    Some(fields)
}

pub(super) fn encode(entry: &AuditEntry, sequence: i64) -> Vec<u8> {
    let sequence = sequence.to_string();
    let at = entry.at.as_microsecond().to_string();
    let (before, after) = (entry.before.to_string(), entry.after.to_string());
    let fields = [
        FORMAT,
        &entry.chain,
        &sequence,
        &entry.actor,
        &entry.action,
        &at,
        &entry.request_id,
        &before,
        &after,
    ];
    length_prefixed(&fields)
}

/// What canonical bytes say: the entry and its place in its chain. None where they are not an event's.
pub(super) fn decode(bytes: &[u8]) -> Option<(AuditEntry, i64)> {
    let fields: Vec<&str> =
        fields_of(bytes)?.into_iter().map(|field| std::str::from_utf8(field).ok()).collect::<Option<_>>()?;
    let [FORMAT, chain, sequence, actor, action, at, request_id, before, after] = fields.as_slice() else {
        return None;
    };
    let entry = AuditEntry {
        chain: (*chain).to_owned(),
        actor: (*actor).to_owned(),
        action: (*action).to_owned(),
        at: Timestamp::from_microsecond(at.parse().ok()?).ok()?,
        request_id: (*request_id).to_owned(),
        before: serde_json::from_str(before).ok()?,
        after: serde_json::from_str(after).ok()?,
    };
    Some((entry, sequence.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_read_back_from_its_bytes_and_from_no_others() {
        let entry = AuditEntry {
            chain: "alert:1".into(),
            actor: "key:ana".into(),
            action: "alert_decided".into(),
            at: "2026-06-03T12:00:00.000001Z".parse().unwrap(),
            request_id: "req-1".into(),
            before: json!({"status": "in_review"}),
            after: json!({"status": "resolved", "confidence": 0.5}),
        };
        let bytes = encode(&entry, 7);
        assert_eq!(decode(&bytes), Some((entry, 7)));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "cut at {end}");
        }
        assert_eq!(decode(&[bytes.as_slice(), &[0; 4]].concat()), None, "a field too many");
    }
}
