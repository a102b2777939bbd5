//! What the metrics ask of the database stays cheap, however many alerts there are.

use jiff::SignedDuration;
use shared::db::figures;
use shared::testing::builders::noon;
use shared::testing::database::{TestDatabase, connect};

/// Alerts of every status, one every ten minutes until noon: ten are open, the others decided after two hours.
const ALERTS: &str = "
insert into alerts (
  id, kind, account_id, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, disposition, decided_at,
  audit_sequence, audit_hash
)
select
  (substr(lowest_id_at(m.at)::text, 1, 24) || lpad(to_hex(m.n), 12, '0'))::uuid, 'transaction', 'account-' || m.n,
  case when m.n <= 5 then 'active' when m.n <= 10 then 'in_review' when m.n % 2 = 0 then 'resolved' else 'closed' end,
  'high', 0.7, 1, lowest_id_at(m.at), lowest_id_at(m.at), m.at, m.at, m.at, m.at + interval '1 hour',
  m.at + interval '8 hours', 0, case when m.n > 10 then 'false_positive' end,
  case when m.n > 10 then m.at + interval '2 hours' end, 1, sha256('')
from (
  select n, timestamptz '2026-06-03 12:00:00+00' - n * interval '10 minutes' as at
  from generate_series(1, 20000) as s (n)
) as m";

#[tokio::test]
async fn figures_of_alerts_are_read_by_index_and_only_as_far_back_as_they_look() {
    let database = TestDatabase::fresh().await;
    database.owner().await.batch_execute(&format!("{ALERTS}; analyze alerts")).await.unwrap();
    let client = connect(&database.url).await;
    let open = figures::open_alerts(&client, noon()).await.unwrap();
    // Raised 10 to 50 minutes ago and waiting, 60 to 100 and in review: an hour to respond, eight to resolve.
    assert_eq!((open.n_active, open.n_late), (5, 0));
    let later = noon() + SignedDuration::from_mins(21);
    // By then the fourth and the fifth have waited longer than an hour.
    assert_eq!(figures::open_alerts(&client, later).await.unwrap().n_late, 2);
    let plans = figures::plans(&client, noon()).await.unwrap().join("\n");
    assert!(!plans.contains("Seq Scan"), "{plans}");
    let is_of_status =
        |line: &&str| line.contains("using alerts_status") || line.contains("using alerts_waiting");
    let of_status = plans.lines().filter(is_of_status).count();
    let of_time = plans.lines().filter(|line| line.contains("using alerts_pkey")).count();
    assert_eq!((of_status, of_time), (3, 1), "{plans}");
    // The few that wait may be sorted; what is decided is never read for them.
    let mut sorts = plans.lines().filter(|line| line.contains("->  Sort"));
    assert!(sorts.all(|line| line.contains("actual rows=5 ")), "more is read than counts:\n{plans}");
    // 30 days hold 4,320 of these alerts; all but the ten open ones are decided.
    let decisions = figures::decisions(&client, noon()).await.unwrap();
    assert_eq!((decisions.n_conclusive, decisions.n_false_positive), (4_310, 4_310));
    assert_eq!(decisions.resolution_seconds, Some(7_200.0));
}
