//! Each function's role: it may send the statements of its function, and no other.

use super::statements::send_all;
use shared::db::error::DbError;
use shared::error::causes;
use shared::testing::database::{FUNCTIONS, TestDatabase, connect};
use std::collections::BTreeSet;

/// `insufficient_privilege`.
const DENIED: &str = "42501";

/// What the key check needs.
const KEY_CHECK: [&str; 8] = [
    "access::count_request",
    "access::has_admin",
    "assignees::live_role",
    "keys::page",
    "keys::plan_of_page",
    "keys::find",
    "keys::has_other_admin",
    "keys::shown_secret",
];
/// What scoring needs, with or without a key.
const INGESTION: [&str; 34] = [
    "ingest_keys::claim (admitted)",
    "ingest_keys::taken",
    "ingest_keys::n_committed",
    "ingest_keys::ids_of",
    "accounts::ensure",
    "accounts::lock",
    "accounts::lock_named",
    "accounts::store",
    "counterparties::lock_free",
    "counterparties::read_all",
    "counterparties::store",
    "counterparties::lock_named",
    "counterparties::lock_first",
    "counterparties::split",
    "alerts::lock_open",
    "alerts::history",
    "alerts::lock",
    "alerts::lock_many",
    "alert_next::lock_most_urgent",
    "alert_next::lock_of_account",
    "alert_next::plan",
    "alert_schedule::lock_decided",
    "alert_schedule::lock_late",
    "transactions::insert",
    "assessments::insert",
    "raised_alerts::store",
    "lists::of_parties",
    "lists::find",
    "lists::find_same",
    "lists::page",
    "snoozes::of_accounts",
    "snoozes::find",
    "snoozes::page",
    "raised_alerts::raise_system",
];
/// Reads of alerts, assessments and transactions.
const READING: [&str; 32] = [
    "alerts::failures",
    "raised_alerts::has_open_cause",
    "assessments::newest",
    "alerts::find",
    "alerts::find_many",
    "alerts::standing_alone",
    "alert_schedule::by_week",
    "alert_next::is_waiting",
    "folded::of_alerts",
    "context::history",
    "context::comparable",
    "context::sharers_of_counterparty",
    "context::sharers_of_device",
    "context::plans",
    "alert_queue::page",
    "alert_queue::plan_of_page",
    "alert_queue::count",
    "alert_queue::holders",
    "related_alerts::related",
    "account_pages::outcomes",
    "noise::page",
    "noise::counts",
    "transactions::find",
    "transactions::page_after",
    "assessments::find",
    "assessments::of_alert",
    "assessments::learning_page",
    "snoozes::severity_of_newest_alert",
    "previews::of_account",
    "previews::alerted",
    "previews::newest",
    "previews::n_held",
];
/// Reads of one table that a role with other rights has too.
const OPERATIONS: [&str; 5] = [
    "operations::find",
    "operations::insert",
    "operations::insert_items",
    "operations::items",
    "operations::page",
];
const LESSONS: [&str; 1] = ["lessons::page"];
const VERSIONS: [&str; 5] = [
    "configurations::active",
    "configurations::find",
    "configurations::making",
    "configurations::newest_seeded",
    "configurations::page",
];
/// Reads of accounts, by whoever may lock them or reads them alone.
const ACCOUNTS: [&str; 3] = ["account_pages::by_id", "account_pages::by_activity", "account_pages::find"];
/// Transactions with their assessments, found by the feed's id too.
const TRANSACTION_PAGES: [&str; 2] = ["transaction_pages::page", "transaction_pages::plan_of_page"];
/// Reads of natural keys and of who said what, beside those that write them.
const KEYS_TAKEN: [&str; 3] = ["ingest_keys::taken", "ingest_keys::n_committed", "ingest_keys::ids_of"];
const LABEL_PAGES: [&str; 3] = ["label_pages::page", "label_pages::of_alert", "labels::of_transactions"];
const MODELS: [&str; 2] = ["models::find", "models::facts"];
const TRAIL: [&str; 1] = ["audit::insert"];
const CHAINS: [&str; 3] = ["audit_chains::after", "audit_chains::changed", "audit_chains::events"];
const ANCHORS: [&str; 7] = [
    "anchors::newest",
    "anchors::after",
    "anchors::leaves",
    "anchors::grown",
    "anchors::unfound",
    "anchors::unfound_of",
    "anchors::covering",
];

/// Figures that can be read by whoever reads whole alerts and models, and of alerts alone.
const FIGURES: [&str; 4] =
    ["figures::champion_made_at", "figures::decisions", "figures::open_alerts", "figures::plans"];
const FIGURES_OF_ALERTS: [&str; 3] = ["figures::decisions", "figures::open_alerts", "figures::plans"];

/// Every statement that a function's role may send, some of which it never does: a right is a table's, or a column's.
fn allowed(function: &str) -> BTreeSet<String> {
    let groups: Vec<&[&str]> = match function {
        "ingest" => vec![
            &KEY_CHECK,
            &["ingest_keys::claim"],
            &INGESTION,
            &READING,
            &LESSONS,
            &VERSIONS,
            &MODELS,
            &TRAIL,
            &FIGURES,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
        ],
        "bulk" => vec![
            &ACCOUNTS,
            &TRANSACTION_PAGES,
            &INGESTION,
            &READING,
            &LESSONS,
            &VERSIONS,
            &MODELS,
            &TRAIL,
            &FIGURES,
        ],
        "alerts" => vec![
            &KEY_CHECK,
            &READING,
            &LESSONS,
            &VERSIONS,
            &MODELS,
            &["audit::of_chain", "audit_pages::page", "audit_pages::held_since"],
            &["notes::page", "notes::versions"],
            &FIGURES,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
            &KEYS_TAKEN,
            &["alerts::history", "labels::of_parties"],
            &LABEL_PAGES,
            &["notes::page", "notes::versions", "notes::of_alerts"],
            &CHAINS,
            &["audit_chains::of_alerts"],
            &ANCHORS,
        ],
        "investigations" => vec![
            &KEY_CHECK,
            &["ingest_keys::taken", "ingest_keys::n_committed", "ingest_keys::ids_of"],
            &["accounts::ensure", "accounts::lock", "accounts::lock_named", "accounts::store"],
            &["counterparties::lock_free", "counterparties::read_all", "counterparties::store"],
            &["counterparties::lock_named", "counterparties::lock_first", "counterparties::split"],
            &[
                "alerts::lock_open",
                "alerts::history",
                "alerts::lock",
                "alerts::lock_many",
                "alerts::store",
                "alert_next::lock_most_urgent",
                "alert_next::lock_of_account",
                "alert_next::plan",
                "alert_schedule::lock_decided",
                "alert_schedule::lock_late",
                "alert_schedule::store",
                "raised_alerts::store",
                "raised_alerts::raise_system",
            ],
            &READING,
            &LESSONS,
            &VERSIONS,
            &TRAIL,
            &["labels::insert", "labels::withdraw", "labels::of_parties"],
            &["notes::insert", "notes::page", "notes::versions", "notes::of_alerts"],
            &OPERATIONS,
            &LABEL_PAGES,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
            &FIGURES_OF_ALERTS,
        ],
        "admin" => vec![
            &KEY_CHECK,
            &["access::store_key", "keys::rotate", "keys::revoke", "sessions::revoke"],
            &["lists::of_parties", "lists::find", "lists::find_same", "lists::page"],
            &["lists::insert", "lists::remove"],
            &["snoozes::find", "snoozes::page", "snoozes::insert", "snoozes::end"],
            &["snoozes::severity_of_newest_alert"],
            &["previews::of_account", "previews::alerted", "previews::newest", "previews::n_held"],
            &["transactions::find", "transactions::page_after", "assessments::find", "assessments::of_alert"],
            &["assessments::learning_page", "assessments::newest", "folded::of_alerts"],
            &LESSONS,
            &VERSIONS,
            &["configurations::insert", "configurations::activate"],
            &TRAIL,
            &["audit::lock_head", "audit::store_head"],
        ],
        "health" => vec![
            &KEY_CHECK,
            &["configurations::active"],
            &FIGURES,
            &["figures::n_stray", "partitions::n_in_default", "snapshots::newest"],
        ],
        "retrain" => vec![
            &["transactions::find", "transactions::page_after", "assessments::find", "assessments::of_alert"],
            &["assessments::learning_page", "labels::of_transactions", "folded::of_alerts"],
            &["alerts::failures", "alerts::find", "alerts::find_many", "alerts::standing_alone"],
            &["alerts::lock", "alerts::lock_many", "alert_next::is_waiting", "alert_next::plan"],
            &["alert_next::lock_most_urgent", "alert_next::lock_of_account"],
            &["alert_queue::page", "alert_queue::plan_of_page", "alert_queue::count", "alert_queue::holders"],
            &["context::history", "context::comparable", "context::sharers_of_counterparty"],
            &["context::sharers_of_device", "context::plans", "related_alerts::related"],
            &["account_pages::outcomes", "noise::page", "noise::counts"],
            &["alert_schedule::lock_late", "alert_schedule::lock_decided", "alert_schedule::store"],
            &["alert_schedule::by_week"],
            &["assessments::newest", "notes::page", "notes::versions", "notes::of_alerts"],
            &["counterparties::store", "counterparties::lock_named", "counterparties::lock_first"],
            &["counterparties::split", "counterparties::remove_others", "counterparties::remove"],
            &LESSONS,
            &VERSIONS,
            &["configurations::insert", "configurations::activate"],
            &MODELS,
            &["models::insert"],
            &TRAIL,
            &["audit::lock_head", "audit::store_head", "audit::of_chain"],
            &CHAINS,
            &["audit_chains::heads", "audit_chains::of_alerts", "audit_chains::named"],
            &ANCHORS,
            &["anchors::insert", "raised_alerts::has_open_cause", "raised_alerts::raise_system"],
            &["partitions::make", "partitions::n_in_default"],
            &FIGURES,
            &["figures::n_stray", "snapshots::newest", "snapshots::insert"],
            &["sessions::remove_ended", "rate_counters::remove_past"],
            &["previews::of_account", "previews::alerted", "previews::newest", "previews::n_held"],
        ],
        other => unreachable!("{other} has no role"),
    };
    groups.into_iter().flatten().map(ToString::to_string).collect()
}

/// Refused for want of a right.
fn is_denied(ended: &Result<(), DbError>) -> bool {
    matches!(ended, Err(error) if causes(error).contains(DENIED))
}

/// Accepted: the server did it, or had no such row.
fn is_accepted(ended: &Result<(), DbError>) -> bool {
    match ended {
        Ok(()) => true,
        Err(DbError::Unreadable(what)) => what.ends_with("is missing"),
        Err(_) => false,
    }
}

#[tokio::test]
async fn each_functions_role_may_send_its_statements_and_no_other() {
    let database = TestDatabase::fresh().await;
    for function in FUNCTIONS {
        let sent = send_all(&database.url_of(function)).await;
        let faults: Vec<_> =
            sent.iter().filter(|(_, ended)| !is_accepted(ended) && !is_denied(ended)).collect();
        assert!(faults.is_empty(), "{function}: {faults:?}");
        let accepted: BTreeSet<String> =
            sent.into_iter().filter(|(_, ended)| is_accepted(ended)).map(|(name, _)| name).collect();
        let expected = allowed(function);
        let more: Vec<_> = accepted.difference(&expected).collect();
        let less: Vec<_> = expected.difference(&accepted).collect();
        assert!(
            more.is_empty() && less.is_empty(),
            "{function} may also send {more:?}, and may not send {less:?}"
        );
    }
}

async fn outcome(url: &str, statement: &str) -> String {
    match connect(url).await.batch_execute(statement).await {
        Ok(()) => "accepted".to_owned(),
        Err(error) => error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned()),
    }
}

#[tokio::test]
async fn no_functions_role_has_ddl_or_changes_what_is_written_once() {
    let database = TestDatabase::fresh().await;
    for function in FUNCTIONS {
        let url = database.url_of(function);
        for statement in [
            "create table public.more (id int)",
            "alter table alerts add column more int",
            "create index more on alerts (severity)",
            "create function public.more() returns int language sql as 'select 1'",
            "create schema more",
            "create role more",
            "set session_replication_role = replica",
            "drop table refinery_schema_history",
            "select * from refinery_schema_history",
            "update transactions set amount_minor = 1",
            "delete from transactions",
            "delete from account_profiles",
            "delete from alerts",
            "delete from audit_events",
            "truncate audit_events",
            "update api_keys set role = 'admin'",
            "update api_keys set rate_limit_requests = null",
            "delete from api_keys",
            "delete from key_uses",
        ] {
            assert_eq!(outcome(&url, statement).await, DENIED, "{function}: {statement}");
        }
    }
}

#[tokio::test]
async fn only_admin_makes_keys_and_ends_them() {
    let database = TestDatabase::fresh().await;
    for function in FUNCTIONS {
        let expected = if function == "admin" { "accepted" } else { DENIED };
        for statement in [
            "insert into api_keys (id, secret_hash, name, role, created_at)
              select 'k', sha256(''), 'n', 'demo', now() where false",
            "update api_keys set revoked_at = now()",
            "update api_keys set secret_hash = sha256('')",
            "insert into revoked_sessions (id, ends_at) values (gen_random_uuid(), now())",
        ] {
            let url = database.url_of(function);
            assert_eq!(outcome(&url, statement).await, expected, "{function}: {statement}");
        }
    }
}

#[tokio::test]
async fn who_gave_a_label_and_who_decides_an_alert_is_for_people_only() {
    let database = TestDatabase::fresh().await;
    for function in FUNCTIONS {
        let expected = if function == "investigations" { "accepted" } else { DENIED };
        // The schedule closes alerts, and decides none.
        let of_closing = if function == "retrain" { "accepted" } else { expected };
        let closing = outcome(&database.url_of(function), "update alerts set status = 'closed'").await;
        assert_eq!(closing, of_closing, "{function} closes alerts");
        let may_read = if ["investigations", "alerts"].contains(&function) { "accepted" } else { DENIED };
        let read = outcome(&database.url_of(function), "select actor from labels").await;
        assert_eq!(read, may_read, "{function} reads who gave a label");
        for statement in [
            "update alerts set disposition = 'false_positive'",
            "update alerts set assignee = 'nobody'",
            "insert into alerts (id, notes) select gen_random_uuid(), '' where false",
        ] {
            assert_eq!(
                outcome(&database.url_of(function), statement).await,
                expected,
                "{function}: {statement}"
            );
        }
    }
    assert_eq!(outcome(&database.url_of("retrain"), "select verdict from labels").await, "accepted");
    assert_eq!(outcome(&database.url_of("bulk"), "select secret_hash from api_keys").await, DENIED);
}

#[tokio::test]
async fn each_functions_role_has_its_limits_of_time() {
    let database = TestDatabase::fresh().await;
    let limits =
        "select concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('idle_in_transaction_session_timeout'))";
    for function in FUNCTIONS {
        let client = connect(&database.url_of(function)).await;
        let told: String = client.query_one(limits, &[]).await.unwrap().get(0);
        let expected = if function == "retrain" { "1min 5s 1min" } else { "3s 1s 10s" };
        assert_eq!(told, expected, "{function}");
    }
}
