//! What the queue costs the database at many alerts, most of them closed, by the plans of its statements; and what the
//! context of an alert costs at many transactions.
//!
//! `make test` runs the short form, to find a scan early; `make bench` the long one, with a million alerts and times.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that ends where its footing gives way, and tells"
)]

use jiff::Timestamp;
use shared::db::alert_queue::{AlertFilter, Assignee, Page, QueueOrder, page, plan_of_page};
use shared::db::context;
use shared::http::layers;
use shared::testing::alerting::{alert_of, give_habit, payment, send};
use shared::testing::app::{TestApp, of_function};
use shared::testing::database::TestDatabase;
use std::time::Instant;
use tokio_postgres::Client;

/// How much each form does, and what it allows.
struct Form {
    /// Alerts of the queue; transactions around the context.
    n_alerts: i64,
    /// Rows that the scans of one page may read, however they were filtered.
    most_rows: f64,
    /// Milliseconds of a page in the database, the least of five; none where the machine is shared with other tests.
    most_milliseconds: Option<f64>,
}

const LONG: Form = Form { n_alerts: 1_000_000, most_rows: 6_000.0, most_milliseconds: Some(5.0) };
const SHORT: Form = Form { n_alerts: 40_000, most_rows: 6_000.0, most_milliseconds: None };
const FORM: Form = if cfg!(debug_assertions) { SHORT } else { LONG };

/// One alert every 30 seconds until now. Of the newest 4,000 half are open, of the others one in 200, long past its
/// time; few accounts have many, a system alert is rare, and one layer gives nearly all first reasons.
const ALERTS: &str = "
insert into alerts (
  id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash,
  assignee, is_escalated, counterparty_id, amount_minor, currency, detector, reason_codes, disposition,
  decided_by, decided_at
)
select m.id, case when m.n % 5000 = 0 then 'system' else 'transaction' end,
  case when m.n % 5000 = 0 then null when m.status = 'active' then 'active-' || m.n else 'account-' || (m.n * 7919 % 1000003 / 3) end,
  case when m.n % 5000 = 0 then 'layer_failed:' || m.n end, m.status,
  case m.n % 50 when 0 then 'critical' when 1 then 'needs_review' when 2 then 'high' when 3 then 'high' else 'medium' end,
  0.5 + (m.n * 31 % 499) / 1000.0, 1, m.id, m.id, m.at, m.at, m.at, m.at + interval '4 hours', m.at + interval '24 hours',
  case when m.n % 97 = 0 then 1 else 0 end, 1, sha256(''),
  case when m.status = 'in_review' then 'holder-' || m.n % 20 end, m.n % 3000 = 7,
  case when m.n % 5000 <> 0 then 'shop-' || (m.n * 104729 % 50021) end, case when m.n % 5000 <> 0 then m.n % 90000 + 1 end,
  case when m.n % 5000 <> 0 then case when m.n % 9 = 0 then 'USD' else 'EUR' end end,
  case when m.n % 5000 <> 0 then case when m.n % 400 = 0 then 'ml' else 'behavioral' end end,
  case when m.n % 5000 <> 0 then array['code_' || m.n % 40, 'rare_' || m.n % 9973] end,
  case when m.status in ('resolved', 'closed') then 'false_positive' end,
  case when m.status in ('resolved', 'closed') then 'holder-1' end,
  case when m.status in ('resolved', 'closed') then m.at + interval '1 hour' end
from (
  select g.n, now() - g.n * interval '30 seconds' as at,
    (substr(lowest_id_at(now() - g.n * interval '30 seconds')::text, 1, 24) || lpad(to_hex(g.n), 12, '0'))::uuid as id,
    case
      when g.n % 5000 = 0 then 'closed'
      when (g.n <= 4000 and g.n % 2 = 0) or g.n % 200 = 1 then case when g.n % 3 = 0 then 'in_review' else 'active' end
      when g.n % 50 = 1 then 'resolved'
      else 'closed'
    end as status
  from generate_series(1, $1::int8) as g (n)
) as m";

fn words(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

/// The listings that a console asks for, by name.
fn listings() -> Vec<(&'static str, QueueOrder, AlertFilter)> {
    let all = AlertFilter::default();
    let open = AlertFilter { statuses: words(&["active", "in_review"]), ..all.clone() };
    let active = AlertFilter { statuses: words(&["active"]), ..all.clone() };
    vec![
        ("newest", QueueOrder::Newest, all.clone()),
        ("newest, active", QueueOrder::Newest, active.clone()),
        ("newest, open", QueueOrder::Newest, open.clone()),
        ("priority", QueueOrder::Priority, all.clone()),
        ("priority, active", QueueOrder::Priority, active.clone()),
        ("priority, open", QueueOrder::Priority, open.clone()),
        ("score, open", QueueOrder::Score, open.clone()),
        ("amount, open", QueueOrder::Amount, AlertFilter { currency: Some("EUR".into()), ..open.clone() }),
        ("deadline", QueueOrder::Deadline, all.clone()),
        (
            "newest, one account",
            QueueOrder::Newest,
            AlertFilter { account: Some("account-777".into()), ..all.clone() },
        ),
        (
            "newest, one counterparty",
            QueueOrder::Newest,
            AlertFilter { counterparty: Some("shop-777".into()), ..all.clone() },
        ),
        (
            "newest, one holder",
            QueueOrder::Newest,
            AlertFilter { assignee: Some(Assignee::Key("holder-4".into())), ..all.clone() },
        ),
        (
            "newest, a rare reason",
            QueueOrder::Newest,
            AlertFilter { reasons: words(&["rare_77"]), ..all.clone() },
        ),
        (
            "newest, a usual reason",
            QueueOrder::Newest,
            AlertFilter { reasons: words(&["code_3"]), ..all.clone() },
        ),
        (
            "newest, critical",
            QueueOrder::Newest,
            AlertFilter { severities: words(&["critical"]), ..all.clone() },
        ),
        (
            "newest, of the system",
            QueueOrder::Newest,
            AlertFilter { kinds: words(&["system"]), ..all.clone() },
        ),
        ("newest, escalated", QueueOrder::Newest, AlertFilter { is_escalated: Some(true), ..all.clone() }),
        (
            "newest, awaiting approval",
            QueueOrder::Newest,
            AlertFilter { is_awaiting_approval: Some(true), ..all.clone() },
        ),
        ("newest, near", QueueOrder::Newest, AlertFilter { sla: words(&["near"]), ..all.clone() }),
        ("newest, breached", QueueOrder::Newest, AlertFilter { sla: words(&["breached"]), ..all }),
    ]
}

/// The number after a mark in a line of a plan.
fn number_after(line: &str, mark: &str) -> Option<f64> {
    let rest = line.split(mark).nth(1)?;
    rest.split(|c: char| !c.is_ascii_digit() && c != '.').next()?.parse().ok()
}

/// Rows that the scans of a plan read: what they gave and what they threw away.
fn rows_read(plan: &[String]) -> f64 {
    let mut loops = 1.0;
    let mut read = 0.0;
    for line in plan {
        if let Some(actual) = line.split("(actual").nth(1) {
            loops = number_after(actual, "loops=").unwrap_or(1.0);
            if line.contains("Scan") && !line.contains("CTE Scan") && !line.contains("Subquery Scan") {
                read += loops * number_after(actual, "rows=").unwrap_or(0.0);
            }
        }
        if line.contains("Rows Removed by") {
            read += loops * number_after(line, ": ").unwrap_or(0.0);
        }
    }
    read
}

/// What a page costs: the rows of its scans and the least time of five.
struct Cost {
    name: String,
    n_rows: f64,
    milliseconds: f64,
    plan: String,
}

impl Cost {
    fn is_fine(&self) -> bool {
        !self.plan.contains("Seq Scan")
            && self.n_rows <= FORM.most_rows
            && FORM.most_milliseconds.is_none_or(|most| self.milliseconds < most)
    }
}

async fn cost(
    client: &Client,
    name: String,
    (order, filter): (QueueOrder, &AlertFilter),
    asked: Page,
) -> Cost {
    let mut cost = Cost { name, n_rows: 0.0, milliseconds: f64::INFINITY, plan: String::new() };
    for _ in 0..5 {
        let plan = plan_of_page(client, filter, order, asked).await.unwrap();
        cost.n_rows = rows_read(&plan);
        let time: f64 = plan.iter().filter_map(|line| number_after(line, "Execution Time: ")).sum();
        cost.milliseconds = cost.milliseconds.min(time);
        cost.plan = plan.join("\n");
    }
    println!("{}: {} rows, {:.2} ms", cost.name, cost.n_rows, cost.milliseconds);
    cost
}

#[tokio::test]
async fn a_page_of_the_queue_costs_what_it_shows_however_many_alerts_there_are() {
    let database = TestDatabase::fresh().await;
    let owner = database.owner().await;
    owner.execute(ALERTS, &[&FORM.n_alerts]).await.unwrap();
    owner.batch_execute("vacuum analyze alerts").await.unwrap();
    let first = Page { as_of: Timestamp::now(), after: None, limit: 51 };
    let mut costs = Vec::new();
    // Over all statuses, which is no queue: reading a table of the short form whole is cheaper, and right.
    let is_asked = |name: &str| FORM.most_milliseconds.is_some() || name != "priority";
    for (name, order, filter) in listings().iter().filter(|(name, ..)| is_asked(name)) {
        costs.push(cost(&owner, (*name).to_owned(), (*order, filter), first).await);
        let mut deep = first;
        for _ in 0..10 {
            let rows = page(&owner, filter, *order, deep).await.unwrap();
            deep.after = rows.last().map(|last| last.position).or(deep.after);
        }
        costs.push(cost(&owner, format!("{name}, the eleventh page"), (*order, filter), deep).await);
    }
    let dear: Vec<String> =
        costs.iter().filter(|it| !it.is_fine()).map(|it| format!("{}:\n{}", it.name, it.plan)).collect();
    assert!(dear.is_empty(), "{}", dear.join("\n\n"));
}

/// Payments of the last 90 days, each assessed as nothing: of two thousand accounts at five thousand shops by as many
/// devices, and one in fifty of the account `hot` at the shop `shop-0` by the device `device-0`.
const TRANSACTIONS: &str = "
with made as (
  insert into transactions (
    id, received_at, source, external_id, account_id, counterparty_id, amount_minor, currency, occurred_at, channel,
    device, attributes
  )
  select m.id, m.at, 'made', m.n::text,
    case when m.n % 50 = 0 then 'hot' else 'account-' || m.n % 2003 end,
    case when m.n % 25 = 0 then 'shop-0' else 'shop-' || m.n % 5003 end, m.n % 9000 + 1, 'EUR', m.at, 'online',
    case when m.n % 25 = 0 then 'device-0' else 'device-' || m.n % 4999 end, '{}'
  from (
    select g.n, timestamptz '2026-06-03 11:00:00+00' - g.n * (interval '89 days' / $1::int8) as at,
      (substr(lowest_id_at(timestamptz '2026-06-03 11:00:00+00' - g.n * (interval '89 days' / $1::int8))::text, 1, 24)
        || lpad(to_hex(g.n), 12, '0'))::uuid as id
    from generate_series(1, $1::int8) as g (n)
  ) as m
  returning id, occurred_at
)
insert into assessments (
  id, occurred_at, risk_score, severity, statistical_outcome, behavioral_outcome, ml_outcome, reasons, feature_schema_id,
  features, configuration_version
)
select id, occurred_at, 0.1, 'low', 'abstained', 'abstained', 'abstained', '{}', 2, decode(repeat('00', 328), 'hex'), 1
from made";

/// Makes decided alerts of the newest of them, for the reasons that an odd amount has.
const DECIDED: &str = "
insert into alerts (
  id, kind, account_id, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash,
  counterparty_id, amount_minor, currency, detector, reason_codes, disposition, decided_by, decided_at
)
select t.id, 'transaction', t.account_id, 'closed', 'high', 0.7, 1, t.id, t.id, t.occurred_at, t.occurred_at,
  t.occurred_at, t.occurred_at, t.occurred_at, 0, 1, sha256(''), t.counterparty_id, t.amount_minor, t.currency,
  'behavioral', array['amount_above_habit'], 'confirmed_fraud', 'key', t.occurred_at
from (select * from transactions where source = 'made' order by id desc limit 10000) as t";

#[tokio::test]
async fn the_context_of_an_alert_reads_bounded_rows_however_many_transactions_there_are() {
    let app = TestApp::deployed(|state| {
        let ingest = ingest::routes().with_state(of_function(&state, "ingest"));
        let alerts = alerts::routes().with_state(of_function(&state, "alerts"));
        layers::finish(ingest.merge(alerts), state)
    })
    .await;
    let owner = app.database.owner().await;
    owner.execute(TRANSACTIONS, &[&FORM.n_alerts]).await.unwrap();
    owner.batch_execute(DECIDED).await.unwrap();
    // Habit and alert of the hot account come through the front door.
    give_habit(&app, "hot").await;
    let mut odd = payment("hot", "900.00", 0);
    (odd["counterparty"], odd["device"]) = ("shop-0".into(), "device-0".into());
    let alert = alert_of(&send(&app, &odd).await);
    owner.batch_execute("vacuum analyze transactions, assessments, alerts").await.unwrap();
    let until = "2026-06-03T12:00:00Z".parse().unwrap();
    let plans = context::plans(&owner, ("hot", "shop-0", "device-0"), until).await.unwrap().join("\n");
    for whole in ["Seq Scan on transactions_default", "Seq Scan on assessments_default", "Seq Scan on alerts"]
    {
        assert!(!plans.contains(whole), "{plans}");
    }
    let path = format!("/api/v1/alerts/{alert}/context");
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let started = Instant::now();
        let answer = app.get(&path).await;
        least = least.min(started.elapsed().as_secs_f64() * 1e3);
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.body);
        assert_eq!(answer.body["similar_alerts"]["n_compared"], 2_000, "{}", answer.body);
    }
    println!("the context over {} transactions: {least:.1} ms", FORM.n_alerts);
    assert!(FORM.most_milliseconds.is_none() || least < 250.0, "half of what a context may take: {least} ms");
}
