//! The test of the test: each rule catches a planted fault on its line, and lets the innocent twin pass.

use super::finding::{Finding, Rule};
use super::rooms::{keeps_foreign_crates_out, keeps_sql_in_db, uses_only_the_rooms_below};
use super::style::{
    asks_for_no_place, computes_alike_on_every_machine, expects_and_never_allows, keeps_statements_small,
    reads_the_clock_at_the_edge, reads_the_environment_in_config, sends_typed_statements, stays_short,
};

#[track_caller]
fn assert_caught(rule: Rule, path: &str, text: &str, lines: &[usize]) {
    let found: Vec<usize> = rule(path, text).iter().map(|finding| finding.line).collect();
    assert_eq!(found, lines, "in {path}:\n{text}");
}

#[test]
fn a_room_that_reaches_too_high_is_caught() {
    let rule = uses_only_the_rooms_below;
    assert_caught(rule, "shared/src/domain/money.rs", "use super::Invalid;\nuse crate::db::alerts;", &[2]);
    assert_caught(
        rule,
        "shared/src/detection/engine.rs",
        "use crate::{\n    domain::score::Score,\n    db::alerts,\n};",
        &[3],
    );
    assert_caught(rule, "shared/src/db/alerts.rs", "fn f() { crate::workflow::ingest::one(); }", &[1]);
    assert_caught(rule, "shared/src/db/alerts.rs", "use super::super::detection::engine;", &[1]);
    assert_caught(rule, "shared/src/workflow/ingest/batch.rs", "use super::super::super::http::auth;", &[1]);
    assert_caught(
        rule,
        "shared/src/http/auth.rs",
        "use crate::domain::access;\nuse crate::detection::engine;",
        &[2],
    );
    assert_caught(
        rule,
        "functions/alerts/src/list.rs",
        "use shared::http::error;\nuse shared::db::alerts;",
        &[2],
    );
}

#[test]
fn a_room_that_keeps_its_place_is_let_pass() {
    let rule = uses_only_the_rooms_below;
    assert_caught(rule, "shared/src/workflow/ingest.rs", "use crate::{db::alerts, detection::engine};", &[]);
    assert_caught(
        rule,
        "shared/src/db/alerts.rs",
        "use super::error::DbError;\nuse crate::domain::ids;",
        &[],
    );
    assert_caught(
        rule,
        "shared/src/domain/money.rs",
        "// use crate::db;\n/* crate::db::x */ const A: &str = \"crate::db::\";",
        &[],
    );
    assert_caught(
        rule,
        "shared/src/db/alerts.rs",
        "#[cfg(test)]\nmod tests { use crate::http::auth; }\nfn f() {}",
        &[],
    );
}

#[test]
fn code_after_a_test_module_is_still_read() {
    let text = "#[cfg(test)]\nmod tests { fn f() { {} } }\nuse crate::http::auth;";
    assert_caught(uses_only_the_rooms_below, "shared/src/db/alerts.rs", text, &[3]);
}

#[test]
fn a_foreign_crate_is_caught() {
    let rule = keeps_foreign_crates_out;
    for fault in
        ["use tokio::time;", "#[tracing::instrument]", "let t = Timestamp::now();", "use std::{fmt, env};"]
    {
        assert_caught(rule, "shared/src/domain/money.rs", &format!("fn f() {{}}\n{fault}"), &[2]);
        assert_caught(rule, "shared/src/detection/engine.rs", &format!("//! tokio\n{fault}"), &[2]);
    }
    assert_caught(rule, "shared/src/workflow/ingest.rs", "use axum::Json;", &[1]);
    assert_caught(rule, "shared/src/http/auth.rs", "use tokio_postgres::Client;", &[1]);
    assert_caught(rule, "shared/src/db/alerts.rs", "use tokio_postgres::Client;", &[]);
    assert_caught(rule, "functions/bulk/src/lib.rs", "use aws_sigv4::sign;", &[1]);
    assert_caught(rule, "functions/bulk/src/s3.rs", "use aws_sigv4::sign;\nuse rustls::version;", &[2]);
}

#[test]
fn sql_outside_db_is_caught() {
    let select = "const FIND: &str = \"\nselect id\nfrom alerts\";";
    assert_caught(keeps_sql_in_db, "shared/src/http/auth.rs", select, &[1]);
    assert_caught(
        keeps_sql_in_db,
        "functions/alerts/src/list.rs",
        "f(r#\"with a as (select 1) select a\"#)",
        &[1],
    );
    assert_caught(keeps_sql_in_db, "shared/src/workflow/ingest.rs", "f(\"update alerts\\nset n = 1\")", &[]);
    assert_caught(keeps_sql_in_db, "shared/src/workflow/ingest.rs", "f(\"update alerts set n = 1\")", &[1]);
    assert_caught(keeps_sql_in_db, "shared/src/db/alerts.rs", select, &[]);
    assert_caught(
        keeps_sql_in_db,
        "shared/src/http/auth.rs",
        "// select id\nf(\"the selection was empty\")",
        &[],
    );
}

#[test]
fn an_untyped_statement_is_caught() {
    let rule = sends_typed_statements;
    assert_caught(rule, "shared/src/db/alerts.rs", "client\n    .query(FIND, &[]).await?;", &[2]);
    assert_caught(rule, "shared/src/db/alerts.rs", "client.batch_execute(\"set role x\").await?;", &[1]);
    assert_caught(rule, "shared/src/db/alerts.rs", "client.batch_execute(text).await?;", &[1]);
    let innocent = "client.query_typed(FIND, &[]).await?; client.batch_execute(\"commit\").await?;";
    assert_caught(rule, "shared/src/db/alerts.rs", innocent, &[]);
}

#[test]
fn reading_the_environment_elsewhere_is_caught() {
    let rule = reads_the_environment_in_config;
    assert_caught(rule, "shared/src/state.rs", "fn f() {\n    std::env::var(\"A\");\n}", &[2]);
    assert_caught(rule, "local/src/main.rs", "#[arg(long, env = \"URL\")]\nurl: String,", &[1]);
    assert_caught(rule, "local/src/main.rs", "#[arg(long)]\nurl: String, let a = std::env::args();", &[]);
    assert_caught(rule, "shared/src/config.rs", "std::env::var(\"A\");", &[]);
    assert_caught(rule, "shared/build.rs", "std::env::var_os(\"OUT_DIR\");", &[]);
    assert_caught(rule, "shared/src/build.rs", "std::env::var_os(\"OUT_DIR\");", &[1]);
}

#[test]
fn reading_the_clock_away_from_the_edge_is_caught() {
    let rule = reads_the_clock_at_the_edge;
    assert_caught(rule, "shared/src/workflow/ingest.rs", "let now = jiff::Timestamp::now();", &[1]);
    assert_caught(rule, "shared/src/http/layers.rs", "let now = Timestamp::now();", &[]);
    assert_caught(rule, "functions/ingest/src/one.rs", "let now = Timestamp::now();", &[]);
}

#[test]
fn a_long_file_is_caught() {
    assert_caught(stays_short, "shared/src/db/alerts.rs", &"\n".repeat(401), &[401]);
    assert_caught(stays_short, "shared/src/db/alerts.rs", &"\n".repeat(400), &[]);
    assert_caught(stays_short, "functions/ingest/src/main.rs", &"\n".repeat(41), &[41]);
    assert_caught(stays_short, "functions/ingest/src/lib.rs", &"\n".repeat(41), &[]);
}

#[test]
fn an_allow_is_caught() {
    let rule = expects_and_never_allows;
    assert_caught(rule, "local/src/main.rs", "fn f() {}\n#[allow(dead_code)]\nfn g() {}", &[2]);
    assert_caught(rule, "local/src/main.rs", "#![allow(dead_code)]", &[1]);
    assert_caught(rule, "local/src/main.rs", "#[cfg_attr(test, allow(dead_code))]", &[1]);
    assert_caught(
        rule,
        "local/src/main.rs",
        "#[expect(dead_code, reason = \"#[allow(\")]\n// #[allow(x)]",
        &[],
    );
}

#[test]
fn a_statement_of_16_kib_is_caught() {
    let statement = |n_bytes: usize| format!("const A: &str = \"{}\";", "x".repeat(n_bytes));
    assert_caught(keeps_statements_small, "shared/src/db/alerts.rs", &statement(16 * 1024), &[1]);
    assert_caught(keeps_statements_small, "shared/src/db/alerts.rs", &statement(16 * 1024 - 1), &[]);
}

#[test]
fn a_finding_names_file_line_and_rule() {
    let found: Vec<Finding> = expects_and_never_allows("local/src/main.rs", "\n#[allow(dead_code)]");
    assert_eq!(found[0].to_string(), "local/src/main.rs:2: allow instead of expect: #[allow(");
}

#[test]
fn a_function_of_the_platform_in_detection_is_caught() {
    let rule = computes_alike_on_every_machine;
    let text = "fn f(x: f64) -> f64 { x.ln() }\nfn g(x: f64) -> f64 { x.powf(0.5) }";
    assert_caught(rule, "shared/src/detection/robust.rs", text, &[1, 2]);
    assert_caught(rule, "shared/src/domain/score.rs", "fn f(x: f64) -> f64 { x.exp() }", &[1]);
    let alike = "fn f(x: f64) -> f64 { libm::log(x) + x.sqrt() + x.abs() }";
    assert_caught(rule, "shared/src/detection/robust.rs", alike, &[]);
    assert_caught(rule, "local/src/evaluate/text.rs", text, &[]);
    let tested = format!("#[cfg(test)]\nmod tests {{\n{text}\n}}");
    assert_caught(rule, "shared/src/detection/robust.rs", &tested, &[]);
}

#[test]
fn a_source_that_asks_where_it_runs_is_caught() {
    let rule = asks_for_no_place;
    let asks = "fn f(e: Environment) -> bool {\n    e == Environment::Production\n}";
    for path in ["functions/alerts/src/list.rs", "shared/src/workflow/alerts.rs", "local/src/serve.rs"] {
        assert_caught(rule, path, asks, &[2]);
    }
    assert_caught(rule, "shared/src/http/layers.rs", "fn f(p: &str) -> bool { p == \"staging\" }", &[1]);
    assert_caught(rule, "shared/src/db/alerts.rs", "#[cfg(debug_assertions)]\nfn f() {}", &[1]);
    for path in ["shared/src/config.rs", "shared/src/config/settings.rs", "shared/src/telemetry/metrics.rs"] {
        assert_caught(rule, path, asks, &[]);
    }
    let innocent =
        "// in production\nconst A: &str = \"not for production\";\nfn f(e: Environment) { e.as_str(); }";
    assert_caught(rule, "functions/alerts/src/list.rs", innocent, &[]);
}
