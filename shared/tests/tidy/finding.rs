//! What a rule answers, and what all rules look at: a source's room and the tokens that ship.

use super::source::{Token, reads, tokens, without_tests};
use std::fmt;

/// One line that breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.what)
    }
}

/// A rule for one file.
pub(crate) type Rule = fn(&str, &str) -> Vec<Finding>;

/// The rooms of the shared crate.
pub(crate) const ROOMS: [&str; 11] = [
    "domain",
    "detection",
    "db",
    "workflow",
    "http",
    "state",
    "config",
    "telemetry",
    "error",
    "aws",
    "testing",
];

/// The room a source belongs to: one of [`ROOMS`], `function`, or none.
pub(crate) fn room_of(path: &str) -> Option<&str> {
    if path.starts_with("functions/") && path.contains("/src/") {
        return Some("function");
    }
    let inside = path.strip_prefix("shared/src/")?;
    let room = inside.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    ROOMS.contains(&room).then_some(room)
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The tokens that ship: none of a test file, none under `#[cfg(test)]`.
pub(crate) fn shipped(path: &str, text: &str) -> Vec<Token> {
    if is_test_file(path) { Vec::new() } else { without_tests(&tokens(text)) }
}

pub(crate) fn finding(path: &str, line: usize, rule: &'static str, what: impl Into<String>) -> Finding {
    Finding { path: path.to_owned(), line, rule, what: what.into() }
}

/// Every place where the tokens read as one of the patterns.
pub(crate) fn said(path: &str, code: &[Token], rule: &'static str, patterns: &[&[&str]]) -> Vec<Finding> {
    let at_line = |pattern: &[&str], at: usize| finding(path, code[at].line, rule, pattern.concat());
    patterns
        .iter()
        .flat_map(|pattern| {
            (0..code.len())
                .filter(|at| reads(code, *at, pattern))
                .map(|at| at_line(pattern, at))
                .collect::<Vec<_>>()
        })
        .collect()
}
