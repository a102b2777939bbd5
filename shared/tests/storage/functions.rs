//! Each function's role: it may send the statements of its function, and no other.

use super::allowed::allowed;
use super::statements::send_all;
use shared::db::error::DbError;
use shared::error::causes;
use shared::testing::database::{FUNCTIONS, TestDatabase, connect};
use std::collections::BTreeSet;

/// `insufficient_privilege`.
const DENIED: &str = "42501";

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
