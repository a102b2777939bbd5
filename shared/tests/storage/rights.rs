//! What the application's role may not do, and what not even the owner may.

use shared::testing::database::{TestDatabase, connect};

/// `insufficient_privilege`.
const DENIED: &str = "42501";
/// Raised by the triggers of append-only tables.
const APPEND_ONLY: &str = "TT002";

async fn code_of(url: &str, statement: &str) -> String {
    let client = connect(url).await;
    match client.batch_execute(statement).await {
        Ok(()) => "accepted".to_owned(),
        Err(error) => error.code().map_or_else(|| error.to_string(), |code| code.code().to_owned()),
    }
}

#[tokio::test]
async fn the_application_neither_changes_nor_removes_what_is_written_once() {
    let database = TestDatabase::fresh().await;
    for (table, column) in [
        ("transactions", "amount_minor"),
        ("assessments", "risk_score"),
        ("ingest_keys", "content_hash"),
        ("audit_events", "actor"),
        ("audit_anchors", "root"),
        ("audit_anchor_leaves", "hash"),
        ("labels", "verdict"),
        ("label_withdrawals", "actor"),
        ("notes", "text"),
        ("attachments", "name"),
        ("bulk_operations", "details"),
        ("bulk_operation_items", "outcome"),
        ("models", "artifact"),
        ("configurations", "origin"),
    ] {
        for statement in [
            format!("update {table} set {column} = {column}"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ] {
            assert_eq!(code_of(&database.url, &statement).await, DENIED, "{statement}");
        }
    }
}

#[tokio::test]
async fn the_application_has_no_ddl() {
    let database = TestDatabase::fresh().await;
    for statement in [
        "create table public.more (id int)",
        "create table transactions_2001_01 partition of transactions default",
        "drop table labels",
        "alter table alerts add column more int",
        "alter table audit_events disable trigger all",
        "drop trigger audit_events_append_only on audit_events",
        "create index more on alerts (severity)",
        "create function public.more() returns int language sql as 'select 1'",
        "create schema more",
        "create role more",
        "set session_replication_role = replica",
        "drop table refinery_schema_history",
    ] {
        assert_eq!(code_of(&database.url, statement).await, DENIED, "{statement}");
    }
}

#[tokio::test]
async fn append_only_tables_refuse_their_owner_too() {
    let database = TestDatabase::fresh().await;
    let seeds = "
        insert into configurations (
          threshold_medium, threshold_high, weight_statistical, weight_behavioral, weight_ml,
          alert_cap_per_account_hour, origin, created_by, created_at
        ) values (0.5, 0.8, 0.2, 0.4, 0.4, 3, 'environment', 'system', now());
        insert into models values (
          gen_random_uuid(), 'isolation_forest', '', sha256(''), 1, 1, now(), now(), now(), 0, now()
        );
        insert into transactions (
          id, received_at, source, external_id, account_id, counterparty_id, amount_minor, currency, occurred_at,
          channel, attributes
        ) values (lowest_id_at(now()), now(), 's', 'e', 'a', 'c', 1, 'EUR', now(), 'online', '{}');
        insert into labels values (
          gen_random_uuid(), lowest_id_at(now()), 'fraud', 'chargeback', now(), now(), 'key:1', null, 'account'
        );
        insert into audit_events values (
          'access', 1, sha256(''), sha256('a'), '', 'system', 'key_created', now(), '', 'null', 'null'
        );";
    database.owner().await.batch_execute(&format!("begin; {seeds} commit")).await.unwrap();
    for (table, column) in
        [("configurations", "origin"), ("models", "kind"), ("labels", "verdict"), ("audit_events", "actor")]
    {
        for statement in [format!("update {table} set {column} = {column}"), format!("delete from {table}")] {
            assert_eq!(code_of(&database.owner_url, &statement).await, APPEND_ONLY, "{statement}");
        }
    }
    // Without the rest the server refuses by itself: deliveries refer to it.
    assert_eq!(code_of(&database.owner_url, "truncate audit_events cascade").await, APPEND_ONLY);
}

/// A shortcut of a definer's rights must not be had by whoever connects.
#[tokio::test]
async fn functions_with_the_owners_rights_fix_their_search_path_and_are_not_public() {
    let database = TestDatabase::fresh().await;
    let open = "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.prosecdef
          and (p.proconfig is null or not p.proconfig::text like '%search_path=%'
            or has_function_privilege('public', p.oid, 'execute'))";
    assert_eq!(database.number(open).await, 0);
    let definers = "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'public' and p.prosecdef";
    assert!(database.number(definers).await > 0);
}
