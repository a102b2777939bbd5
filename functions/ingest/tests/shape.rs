//! The shape of the hot path's cost, as ratios within one run: a busy counterparty does not serialise
//! traffic, and neither history nor a hot account makes a transaction dearer.
//!
//! `make test` runs the short form, to find a wrong shape early; `make bench` the long one, with the
//! published bounds. Ratios of CPU time or of paired rounds only: the machine may be busy with other things.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends where its footing gives way")]

use serde_json::{Value, json};
use shared::testing::alerting::open_connections;
use shared::testing::app::{TestApp, state_with};
use shared::testing::builders::{hours_later, transaction_with};
use shared::testing::database::TestDatabase;
use std::time::Instant;
use tokio::sync::Mutex;

/// How much each form does, and what it allows.
struct Form {
    n_small: usize,
    n_large: usize,
    n_measured: usize,
    n_per_client: usize,
    n_pairs: usize,
    least_contended_share: f64,
    most_growth: f64,
    most_heat: f64,
}

const LONG: Form = Form {
    n_small: 100_000,
    n_large: 1_000_000,
    n_measured: 1_500,
    n_per_client: 40,
    n_pairs: 7,
    least_contended_share: 0.8,
    most_growth: 1.15,
    most_heat: 1.3,
};

/// A cost that grows with history, or traffic one at a time, is far outside these bounds too.
const SHORT: Form = Form {
    n_small: 3_000,
    n_large: 30_000,
    n_measured: 300,
    n_per_client: 6,
    n_pairs: 5,
    least_contended_share: 0.5,
    most_growth: 1.5,
    most_heat: 1.6,
};

const FORM: Form = if cfg!(debug_assertions) { SHORT } else { LONG };
const N_CLIENTS: usize = 32;
/// One at a time, where a runner puts them in one process: each counts the CPU of the process.
static ALONE: Mutex<()> = Mutex::const_new(());

async fn app_with_pool(size: &str) -> TestApp {
    let database = TestDatabase::fresh().await;
    let state = state_with(&database.url, &[("DATABASE_POOL_SIZE", size)]);
    TestApp::with_state(database, state, ingest::router).await
}

fn payment(number: usize, account: &str, counterparty: &str) -> Value {
    let hours = i64::try_from(number / 500).unwrap() - 24 * 90;
    transaction_with(
        &format!("{account}-{counterparty}-{number}"),
        &json!({
            "account": account,
            "counterparty": counterparty,
            "amount": format!("{}.{:02}", 10 + number % 60, number % 100),
            "occurred_at": hours_later(hours).to_string(),
        }),
    )
}

async fn fill(app: &TestApp, numbers: std::ops::Range<usize>, account: impl Fn(usize) -> String) {
    let numbers: Vec<usize> = numbers.collect();
    for chunk in numbers.chunks(1_000) {
        let transactions: Vec<Value> =
            chunk.iter().map(|&n| payment(n, &account(n), &format!("shop-{}", n % 997))).collect();
        let answer = app.post("/api/v1/transactions/batch", &json!({"transactions": transactions})).await;
        assert_eq!(answer.body["counts"]["accepted"], chunk.len(), "{}", answer.body);
    }
}

/// User and system time of this process and of the database's backends, in clock ticks.
async fn cpu_ticks(app: &TestApp) -> f64 {
    let client = app.database.owner().await;
    let statement =
        "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
    let backends = client.query(statement, &[]).await.unwrap();
    let mut ticks = ticks_of("/proc/self/stat");
    for backend in backends {
        ticks += ticks_of(&format!("/proc/{}/stat", backend.get::<_, i32>(0)));
    }
    ticks
}

fn ticks_of(file: &str) -> f64 {
    // A connection that was ending when it was listed has no part in the figure.
    let Ok(text) = std::fs::read_to_string(file) else { return 0.0 };
    // The fields after the command's closing parenthesis; user and system time are the 12th and 13th of them.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()
}

/// CPU ticks of `FORM.n_measured` single requests.
async fn cost(app: &TestApp, round: &str, account: impl Fn(usize) -> String) -> f64 {
    let before = cpu_ticks(app).await;
    for n in 0..FORM.n_measured {
        let mut body = payment(n, &account(n), &format!("shop-{}", n % 997));
        body["external_id"] = json!(format!("{round}-{n}"));
        body["occurred_at"] = json!(hours_later(1).to_string());
        assert_eq!(app.post("/api/v1/transactions", &body).await.status, 201);
    }
    cpu_ticks(app).await - before
}

/// The least cost of each side over rounds that alternate, so that what else the machine does meets both.
async fn least_costs(
    (one, one_account): (&TestApp, impl Fn(usize) -> String),
    (other, other_account): (&TestApp, impl Fn(usize) -> String),
) -> (f64, f64) {
    let (mut least_one, mut least_other) = (f64::INFINITY, f64::INFINITY);
    for round in 0..FORM.n_pairs {
        least_one = least_one.min(cost(one, &format!("one-{round}"), &one_account).await);
        least_other = least_other.min(cost(other, &format!("other-{round}"), &other_account).await);
    }
    (least_one, least_other)
}

#[tokio::test]
async fn ingest_costs_the_same_on_a_long_history() {
    let _alone = ALONE.lock().await;
    let (short, long) = (app_with_pool("1").await, app_with_pool("1").await);
    let account = |n: usize| format!("account-{}", n % 1_999);
    fill(&short, 0..FORM.n_small, account).await;
    fill(&long, 0..FORM.n_large, account).await;
    let (small, large) = least_costs((&short, account), (&long, account)).await;
    println!("CPU at {} transactions over CPU at {}: {:.3}", FORM.n_large, FORM.n_small, large / small);
    assert!(large / small <= FORM.most_growth, "{large} over {small} ticks");
}

#[tokio::test]
async fn a_hot_account_costs_what_a_normal_one_does() {
    let _alone = ALONE.lock().await;
    let app = app_with_pool("1").await;
    fill(&app, 0..FORM.n_small, |_| "hot".to_owned()).await;
    fill(&app, FORM.n_small..2 * FORM.n_small, |n| format!("account-{}", n % 100)).await;
    let (hot, normal) =
        least_costs((&app, |_| "hot".to_owned()), (&app, |n| format!("account-{}", n % 100))).await;
    println!("CPU of a hot account over CPU of normal ones: {:.3}", hot / normal);
    assert!(hot / normal <= FORM.most_heat, "{hot} over {normal} ticks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_counterparty_does_not_serialise_its_payers() {
    let _alone = ALONE.lock().await;
    let app = app_with_pool("32").await;
    open_connections(&app).await;
    // One of each first, so that both begin with warm caches.
    race(&app, "warm-up-one", true).await;
    race(&app, "warm-up-many", false).await;
    let mut shares = Vec::new();
    for pair in 0..FORM.n_pairs {
        let one = race(&app, &format!("one-{pair}"), true).await;
        let many = race(&app, &format!("many-{pair}"), false).await;
        shares.push(many / one);
    }
    shares.sort_by(f64::total_cmp);
    let median = shares[shares.len() / 2];
    println!(
        "throughput with one counterparty over that with {N_CLIENTS}: {median:.3} (pairs: {shares:.2?})"
    );
    assert!(median >= FORM.least_contended_share, "{shares:?}");
}

/// Seconds that 32 clients take for their payments, all to one counterparty or each to its own.
async fn race(app: &TestApp, round: &str, is_one: bool) -> f64 {
    let started = Instant::now();
    let clients = (0..N_CLIENTS).map(|client| {
        let (app, round) = (app.clone(), round.to_owned());
        tokio::spawn(async move {
            let shop = if is_one { "busy".to_owned() } else { format!("quiet-{client}") };
            for n in 0..FORM.n_per_client {
                let mut body = payment(n, &format!("payer-{client}"), &shop);
                body["external_id"] = json!(format!("{round}-{client}-{n}"));
                send(&app, &body).await;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    started.elapsed().as_secs_f64()
}

/// Sends a payment as a client does: what is answered with 503 is sent again. The wait for a connection under
/// load is part of the time, not a failure.
async fn send(app: &TestApp, body: &Value) {
    for _ in 0..50 {
        let answer = app.post("/api/v1/transactions", body).await;
        match answer.status.as_u16() {
            201 => return,
            503 => {}
            status => panic!("{status}: {}", answer.body),
        }
    }
    panic!("fifty times 503");
}
