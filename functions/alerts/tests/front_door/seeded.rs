//! Alerts written by SQL: many, of all kinds, with ids and times that are known.

use jiff::{SignedDuration, Timestamp};
use shared::testing::database::TestDatabase;

/// When the oldest seeded alert was raised; each one is a minute newer than the one before.
pub(crate) fn first_raised_at() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

/// When the seeded alert of this number was raised.
pub(crate) fn raised_at(number: i64) -> Timestamp {
    first_raised_at() + SignedDuration::from_mins(number)
}

/// Alerts numbered from `first` on, `n` of them, of an account each; one in twenty is the system's. Half of them are
/// closed; severities and scores repeat, so that many have the same priority.
const SEED: &str = "
insert into alerts (
  id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash,
  assignee, is_escalated, counterparty_id, amount_minor, currency, detector, reason_codes
)
select s.id, case when s.number % 20 = 9 then 'system' when s.number % 20 = 4 then 'sample' else 'transaction' end,
  case when s.number % 20 <> 9 then 'seeded-' || s.number end,
  case when s.number % 20 = 9 then 'layer_failed:' || s.number end,
  (array['active', 'in_review', 'closed', 'closed'])[s.number % 4 + 1],
  (array['medium', 'high', 'needs_review', 'critical', 'low'])[s.number % 5 + 1], (s.number % 3) / 4.0, 1, s.id, s.id,
  s.raised_at, s.raised_at, s.raised_at, s.raised_at + interval '1 hour', s.raised_at + interval '2 hours',
  s.number % 2, 1, decode(repeat('00', 32), 'hex'),
  case when s.number % 8 = 1 then 'holder-' || s.number % 3 end, s.number % 7 = 0,
  case when s.number % 20 <> 9 then 'shop-' || s.number % 4 end,
  case when s.number % 20 <> 9 then (s.number % 11 + 1) * 100 end,
  case when s.number % 20 <> 9 then (array['EUR', 'USD'])[s.number % 2 + 1] end,
  case when s.number % 20 <> 9 then (array['statistical', 'behavioral', 'ml'])[s.number % 3 + 1] end,
  case when s.number % 20 <> 9 then array['code_' || s.number % 6, 'more_' || s.number % 4] end
from (
  select g.number, $1::timestamptz + make_interval(mins => g.number) as raised_at,
    (left(lowest_id_at($1::timestamptz + make_interval(mins => g.number))::text, 13) || '-7000-8000-'
      || left(md5(g.number::text), 12))::uuid as id
  from generate_series($2::int4, $2 + $3 - 1) as g (number)
) as s";

/// Writes `n` alerts numbered from `first`.
pub(crate) async fn seed(database: &TestDatabase, first: i32, n: i32) {
    let client = database.owner().await;
    client.execute(SEED, &[&first_raised_at(), &first, &n]).await.unwrap();
}
