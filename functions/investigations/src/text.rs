//! What people write, as it is read from a body: reasons, notes, the ids of keys.

use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::text::Text;
use shared::error::Error;
use shared::http::fields::Fields;
use utoipa::ToSchema;

/// Characters of notes: several pages.
const MAX_NOTES: usize = 10_000;
/// Characters of a reason: a paragraph.
const MAX_REASON: usize = 1_000;

/// Why a move is made.
#[derive(ToSchema)]
#[schema(as = MoveReason)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
pub(crate) struct ReasonIn {
    #[schema(min_length = 1, max_length = 1_000)]
    reason: String,
}

/// Reads a body that holds a reason and nothing else.
pub(crate) fn read_reason(body: &Value) -> Result<String, Error> {
    let mut fields = Fields::new(body, "");
    let reason = fields.required("reason", reason);
    match (reason, fields.finish()) {
        (Some(reason), problems) if problems.is_empty() => Ok(reason),
        (_, problems) => Err(Error::validation(problems)),
    }
}

/// A reason says something.
pub(crate) fn reason(text: &str) -> Result<String, Invalid> {
    said(text, MAX_REASON)
}

/// Notes may be empty.
pub(crate) fn notes(text: &str) -> Result<String, Invalid> {
    written(text, MAX_NOTES)
}

/// A note says something.
pub(crate) fn note(text: &str) -> Result<String, Invalid> {
    said(text, MAX_NOTES)
}

/// The id of a key, as `assignee` shows it.
pub(crate) fn read_key_id(text: &str) -> Result<String, Invalid> {
    Ok(Text::<64>::parse(text)?.to_string())
}

fn said(text: &str, most: usize) -> Result<String, Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new("must not be empty"));
    }
    written(text, most)
}

/// Line breaks are welcome, other control characters are not.
fn written(text: &str, most: usize) -> Result<String, Invalid> {
    if text.chars().count() > most {
        return Err(Invalid(format!("must have at most {most} characters")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Invalid::new("must not hold control characters"));
    }
    Ok(text.to_owned())
}
