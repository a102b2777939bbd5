//! The rules of style in `CONTRIBUTING.md` that neither the compiler nor clippy holds.

use super::finding::{Finding, finding, room_of, said, shipped};
use super::source::{Kind, Token, reads, tokens};

const LINES_OF_A_FILE: usize = 400;
const LINES_OF_A_MAIN: usize = 40;
/// Longer statements pin a connection of RDS Proxy.
const BYTES_OF_A_STATEMENT: usize = 16 * 1024;

/// House style: `query_typed` and `execute_typed`, and plain text only to begin and end a SQL transaction.
/// The migrations have a direct connection of their own.
pub(crate) fn sends_typed_statements(path: &str, text: &str) -> Vec<Finding> {
    if room_of(path) != Some("db") || path == "shared/src/db/migrations.rs" {
        return Vec::new();
    }
    let rule = "untyped statement";
    let code = shipped(path, text);
    let untyped = ["query", "query_one", "query_opt", "query_raw", "execute", "execute_raw", "prepare"];
    let more = ["prepare_typed", "simple_query", "transaction", "build_transaction"];
    let calls: Vec<[&str; 3]> = untyped.into_iter().chain(more).map(|name| [".", name, "("]).collect();
    let mut found = said(path, &code, rule, &calls.iter().map(<[&str; 3]>::as_slice).collect::<Vec<_>>());
    for at in (0..code.len()).filter(|at| reads(&code, *at, &[".", "batch_execute", "("])) {
        let ends = |text: &str| ["begin", "begin read only", "commit", "rollback"].contains(&text);
        if !matches!(code.get(at + 3).map(|token| &token.kind), Some(Kind::Text(text)) if ends(text)) {
            found.push(finding(
                path,
                code[at].line,
                rule,
                "batch_execute of more than begin, commit or rollback",
            ));
        }
    }
    found
}

/// Run by cargo, and part of nothing that ships.
fn is_build_script(path: &str) -> bool {
    path.ends_with("/build.rs") && !path.contains("/src/")
}

/// House style: only `config.rs` reads the environment; a test's database is named by it too, and so is where cargo lets
/// a build script write. A command of the command-line tool may take an argument from it: a key in an argument list is
/// there for all to see.
pub(crate) fn reads_the_environment_in_config(path: &str, text: &str) -> Vec<Finding> {
    if matches!(room_of(path), Some("config" | "testing")) || is_build_script(path) {
        return Vec::new();
    }
    let rule = "environment read outside config";
    let code = shipped(path, text);
    let calls = ["var", "vars", "var_os", "vars_os", "set_var", "remove_var"].map(|name| ["env", "::", name]);
    let mut found = said(path, &code, rule, &calls.iter().map(<[&str; 3]>::as_slice).collect::<Vec<_>>());
    found.extend(said(path, &code, rule, &[&["dotenvy"]]));
    if !path.starts_with("local/src/commands/") {
        found.extend(
            arguments_from_the_environment(&code).map(|line| finding(path, line, rule, "an argument")),
        );
    }
    found
}

/// `docs/ARCHITECTURE.md`: three places, one code. Only `config` and `telemetry` know a place by its name, and nothing asks
/// how it was built; what differs is a setting.
pub(crate) fn asks_for_no_place(path: &str, text: &str) -> Vec<Finding> {
    if matches!(room_of(path), Some("config" | "telemetry" | "testing")) {
        return Vec::new();
    }
    let rule = "asks where it runs";
    let code = shipped(path, text);
    let places = ["Local", "Staging", "Production"].map(|place| ["Environment", "::", place]);
    let mut patterns: Vec<&[&str]> = places.iter().map(<[&str; 3]>::as_slice).collect();
    patterns.push(&["debug_assertions"]);
    let mut found = said(path, &code, rule, &patterns);
    let names = code.iter().filter_map(|token| match &token.kind {
        Kind::Text(text) if ["staging", "production"].contains(&text.as_str()) => {
            Some((token.line, text.clone()))
        }
        Kind::Text(_) | Kind::Word(_) | Kind::Mark(_) => None,
    });
    found.extend(names.map(|(line, name)| finding(path, line, rule, name)));
    found
}

/// The lines of `#[arg(.., env)]`.
fn arguments_from_the_environment(code: &[Token]) -> impl Iterator<Item = usize> {
    let attributes = (0..code.len()).filter(|at| reads(code, *at, &["#", "[", "arg", "("]));
    let inside = attributes.flat_map(|at| code[at..].iter().take_while(|token| token.code() != Some("]")));
    inside.filter(|token| token.code() == Some("env")).map(|token| token.line)
}

/// House style: only mains, handlers and the HTTP layers read the clock; for all else `now` is an argument.
/// The pool is the one exception: it asks how long the process was frozen, and nothing it stores depends on it.
pub(crate) fn reads_the_clock_at_the_edge(path: &str, text: &str) -> Vec<Finding> {
    let is_edge = !path.starts_with("shared/")
        || path == "shared/src/db/connection.rs"
        || matches!(room_of(path), Some("http" | "testing"));
    if is_edge {
        return Vec::new();
    }
    let clocks: [&[&str]; 3] =
        [&["Timestamp", "::", "now"], &["Zoned", "::", "now"], &["SystemTime", "::", "now"]];
    said(path, &shipped(path, text), "clock read away from the edge", &clocks)
}

/// `docs/DETECTION.md`: the same bits on every machine. What the standard library leaves to the platform comes from
/// `libm`; a square root is exact everywhere.
pub(crate) fn computes_alike_on_every_machine(path: &str, text: &str) -> Vec<Finding> {
    if !matches!(room_of(path), Some("detection" | "domain")) {
        return Vec::new();
    }
    let logarithms = ["ln", "ln_1p", "log", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi"];
    let others =
        ["sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "cbrt", "hypot"];
    let calls: Vec<[&str; 3]> = logarithms.into_iter().chain(others).map(|name| [".", name, "("]).collect();
    let patterns: Vec<&[&str]> = calls.iter().map(<[&str; 3]>::as_slice).collect();
    said(path, &shipped(path, text), "function of the platform instead of libm", &patterns)
}

/// House style: past 400 lines a file is split by meaning; a function's `main.rs` has 40 at most.
pub(crate) fn stays_short(path: &str, text: &str) -> Vec<Finding> {
    let is_main = path.starts_with("functions/") && path.ends_with("/src/main.rs");
    let limit = if is_main { LINES_OF_A_MAIN } else { LINES_OF_A_FILE };
    let n_lines = text.lines().count();
    if n_lines <= limit {
        return Vec::new();
    }
    vec![finding(path, limit + 1, "too long", format!("{n_lines} lines, {limit} at most"))]
}

/// House style: `#[expect(.., reason)]`, which complains when it is no longer needed.
pub(crate) fn expects_and_never_allows(path: &str, text: &str) -> Vec<Finding> {
    let patterns: [&[&str]; 3] =
        [&["#", "[", "allow", "("], &["#", "!", "[", "allow", "("], &[",", "allow", "("]];
    said(path, &tokens(text), "allow instead of expect", &patterns)
}

/// House style: no statement text of 16 KB or more.
pub(crate) fn keeps_statements_small(path: &str, text: &str) -> Vec<Finding> {
    let texts = shipped(path, text).into_iter().filter(|_| room_of(path) == Some("db"));
    texts
        .filter_map(|token| match token.kind {
            Kind::Text(content) if content.len() >= BYTES_OF_A_STATEMENT => {
                Some(finding(path, token.line, "statement too long", format!("{} bytes", content.len())))
            }
            Kind::Text(_) | Kind::Word(_) | Kind::Mark(_) => None,
        })
        .collect()
}
