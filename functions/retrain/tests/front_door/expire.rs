//! What has ended is removed, and what is history stays.

use crate::{app, run};
use serde_json::json;

/// Rows on both sides of each bound, and one of everything that stays.
const ROWS: &str = "
insert into revoked_sessions (id, ends_at)
select gen_random_uuid(), now() - n * interval '1 minute' from unnest(array[-30, 30, 61, 600]) as n;
insert into rate_counters (subject, window_started_at, n_requests)
select 'address:' || n, now() - n * interval '1 hour', 1 from unnest(array[0, 23, 25, 600]) as n;
insert into idempotency_keys (scope, idempotency_key, fingerprint, created_at)
select sha256(''), 'k-' || n, sha256(''), now() - n * interval '1 hour' from unnest(array[0, 23, 25, 600]) as n;
insert into audit_events values
('a-test', 1, sha256(''), sha256('a'), '', 'system', 'key_created', now(), '', 'null', 'null');
insert into webhooks (id, url, events, description, owner, created_at)
values ('00000000-0000-7000-8000-000000000001', 'https://example.com', '{}', 'd', 'k', now() - interval '1 year');
insert into deliveries (webhook_id, event, chain, sequence, status, due_at, created_at, ended_at)
select
  '00000000-0000-7000-8000-000000000001', 'alert.raised', 'a-test', 1, case when n = 0 then 'pending' else 'dead' end,
  now(), now() - interval '1 year', case when n > 0 then now() - n * interval '1 day' end
from unnest(array[0, 29, 31, 300]) as n;
insert into list_entries (id, kind, subject, value, reason, owner, created_at, expires_at)
values (gen_random_uuid(), 'deny', 'account', 'a', 'r', 'k', now(), now() - interval '1 year');
insert into snoozes (id, account_id, severity, reason, owner, created_at, until)
values (gen_random_uuid(), 'a', 'medium', 'r', 'k', now(), now() - interval '1 year');
insert into api_keys (id, secret_hash, name, role, created_at, expires_at)
values ('k', sha256(''), 'n', 'demo', now(), now() - interval '1 year');";

#[tokio::test]
async fn what_has_ended_is_removed_and_history_stays() {
    let app = app().await;
    app.database.owner().await.batch_execute(ROWS).await.unwrap();
    for n in [2, 0] {
        let removed = json!({"sessions": n, "rate_counters": n, "idempotency_keys": n, "deliveries": n});
        assert_eq!(run(&app, "expire").await, removed);
    }
    for kept in [
        "select count(*) from revoked_sessions where ends_at > now() - interval '1 hour'",
        "select count(*) from rate_counters where subject in ('address:0', 'address:23')",
        "select count(*) from idempotency_keys where idempotency_key in ('k-0', 'k-23')",
        "select count(*) from deliveries",
        "select count(*) + 1 from webhooks",
        "select count(*) + 1 from list_entries",
        "select count(*) + 1 from snoozes",
        "select count(*) + 1 from api_keys where id = 'k'",
    ] {
        assert_eq!(app.database.number(kept).await, 2, "{kept}");
    }
}
