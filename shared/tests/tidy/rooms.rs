//! The rules of `docs/ARCHITECTURE.md`: who may use whom, and where SQL stands.

use super::finding::{Finding, ROOMS, finding, room_of, said, shipped};
use super::source::{Kind, Token, first_segments, reads, segments_after};

/// Which rooms a room may use; a room without an entry may use all.
fn may_use(room: &str) -> Option<&'static [&'static str]> {
    match room {
        "domain" => Some(&["domain"]),
        "detection" => Some(&["domain", "detection"]),
        "db" => Some(&["domain", "db", "aws"]),
        "workflow" => Some(&["domain", "detection", "db", "workflow", "state", "config", "error"]),
        "http" => Some(&["domain", "workflow", "http", "state", "config", "telemetry", "error"]),
        "function" => Some(&["domain", "workflow", "http", "state", "config", "telemetry", "error"]),
        "config" => Some(&["domain", "config"]),
        "error" => Some(&["domain", "error"]),
        "telemetry" => Some(&["domain", "config", "telemetry"]),
        "aws" => Some(&["aws"]),
        _ => None,
    }
}

/// Words of other crates and of the standard library that a room must not contain.
fn never_says(room: &str) -> &'static [&'static [&'static str]] {
    match room {
        "domain" | "detection" => &[
            &["tokio"],
            &["tokio_postgres"],
            &["deadpool_postgres"],
            &["rustls"],
            &["axum"],
            &["tower"],
            &["tower_http"],
            &["tracing"],
            &["getrandom"],
            &["OsRng"],
            &["SystemTime"],
            &["Instant"],
            &["dotenvy"],
            &["std", "::", "env"],
            &["Timestamp", "::", "now"],
            &["Zoned", "::", "now"],
        ],
        "db" | "workflow" => &[&["axum"], &["tower"], &["tower_http"], &["lambda_http"]],
        "http" | "function" => {
            &[&["tokio_postgres"], &["deadpool_postgres"], &["rustls"], &["aws_sdk_rds"], &["aws_sigv4"]]
        }
        _ => &[],
    }
}

/// Architecture: who may use whom.
pub(crate) fn uses_only_the_rooms_below(path: &str, text: &str) -> Vec<Finding> {
    let Some(room) = room_of(path) else {
        return Vec::new();
    };
    let Some(allowed) = may_use(room) else {
        return Vec::new();
    };
    let code = shipped(path, text);
    let mut used = segments_after(&code, if room == "function" { "shared" } else { "crate" });
    used.extend(segments_above(path, &code));
    used.into_iter()
        .filter(|(_, other)| ROOMS.contains(&other.as_str()) && !allowed.contains(&other.as_str()))
        .map(|(line, other)| finding(path, line, "who may use whom", format!("{room} must not use {other}")))
        .collect()
}

/// What `super::super::name` reaches when it climbs to the root of the crate.
fn segments_above(path: &str, code: &[Token]) -> Vec<(usize, String)> {
    let module = path.trim_start_matches("shared/src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let depth = module.split('/').count();
    let climb: Vec<&str> = ["super", "::"].repeat(depth);
    let is_start = |at: usize| at == 0 || !reads(code, at - 1, &["::"]);
    (0..code.len())
        .filter(|at| is_start(*at) && reads(code, *at, &climb))
        .flat_map(|at| first_segments(code, at + climb.len()))
        .collect()
}

/// The database's logins are signed in `db` alone. This file signs too: the addresses of the bucket's files, for S3.
const SIGNS_FOR_S3: &str = "functions/bulk/src/s3.rs";

/// Architecture: the pure rooms stay pure, storage knows no transport, transport knows no storage.
pub(crate) fn keeps_foreign_crates_out(path: &str, text: &str) -> Vec<Finding> {
    let Some(room) = room_of(path) else {
        return Vec::new();
    };
    let rule = "foreign to this room";
    let code = shipped(path, text);
    let never: Vec<&[&str]> = never_says(room)
        .iter()
        .copied()
        .filter(|words| path != SIGNS_FOR_S3 || words[0] != "aws_sigv4")
        .collect();
    let mut found = said(path, &code, rule, &never);
    if matches!(room, "domain" | "detection") {
        let grouped = segments_after(&code, "std").into_iter().filter(|(_, segment)| segment == "env");
        found.extend(grouped.map(|(line, _)| finding(path, line, rule, "std::env")));
        found.dedup();
    }
    found
}

/// Architecture: SQL stands in `db` alone.
pub(crate) fn keeps_sql_in_db(path: &str, text: &str) -> Vec<Finding> {
    let is_elsewhere = room_of(path).is_some_and(|room| room != "db" && room != "testing");
    let texts = shipped(path, text).into_iter().filter(|_| is_elsewhere);
    texts
        .filter_map(|token| match token.kind {
            Kind::Text(content) if is_sql(&content) => {
                Some(finding(path, token.line, "SQL outside db", content))
            }
            Kind::Text(_) | Kind::Word(_) | Kind::Mark(_) => None,
        })
        .collect()
}

fn is_sql(content: &str) -> bool {
    let words = content.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let starts = |start: &str| words.starts_with(start);
    starts("select ")
        || starts("insert into ")
        || starts("delete from ")
        || (starts("update ") && words.contains(" set "))
        || (starts("with ") && words.contains(" as ("))
}
