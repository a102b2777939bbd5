//! What an answer is made of: members that must be there, words that must not.

use serde_json::Value;

/// Words of a runtime, a driver or a statement. None has a place in what a client sees.
const INNER_WORDS: [&str; 14] = [
    "panicked",
    "backtrace",
    ".rs:",
    "traceback",
    "stack trace",
    "tokio",
    "postgres",
    "deadpool",
    "rustls",
    "sqlstate",
    "insert into",
    "select ",
    "errormessage",
    "runtime.exit",
];

/// The inner words that a text lets out.
pub(super) fn inner_words(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    INNER_WORDS.into_iter().filter(|word| text.contains(word)).collect()
}

/// Each member, by JSON pointer, that is not there.
pub(super) fn missing<'a>(value: &Value, pointers: &[&'a str]) -> Vec<&'a str> {
    pointers.iter().copied().filter(|pointer| value.pointer(pointer).is_none()).collect()
}

/// Each list or object, by JSON pointer, that has nothing in it, and each null.
pub(super) fn empty<'a>(value: &Value, pointers: &[&'a str]) -> Vec<&'a str> {
    let is_empty = |pointer: &&str| match value.pointer(pointer) {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    };
    pointers.iter().copied().filter(is_empty).collect()
}

/// The beginning of a body, on one line.
pub(super) fn excerpt(body: &str) -> String {
    let line = body.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "without a body".to_owned() } else { line.chars().take(160).collect() }
}
