//! Ingesting through the front door: exactly once, and every bad input answered by a clear error.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::open_connections;
use shared::testing::app::{TestApp, of_function};
use shared::testing::builders::{habit, transaction, transaction_with};

const ONE: &str = "/api/v1/transactions";
const MANY: &str = "/api/v1/transactions/batch";

async fn app() -> TestApp {
    TestApp::deployed(|state| ingest::router(of_function(&state, "ingest"))).await
}

async fn n_stored(app: &TestApp) -> i64 {
    app.database
        .number("select (select count(*) from transactions) + (select count(*) from ingest_keys)")
        .await
}

#[tokio::test]
async fn a_transaction_is_answered_with_its_assessment() {
    let app = app().await;
    let answer = app.post(ONE, &transaction("t-1")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let assessment = &answer.body["assessment"];
    assert_eq!(assessment["severity"], "low", "{assessment}");
    for layer in ["statistical", "behavioral", "ml"] {
        assert_eq!(assessment["layers"][layer]["outcome"], "abstained", "{assessment}");
    }
    assert_eq!(assessment["versions"]["configuration"], 1);
    assert!(answer.headers.contains_key("x-request-id"));
    let joined = "select count(*) from transactions t join assessments a on a.id = t.id
        join ingest_keys k on k.transaction_id = t.id";
    assert_eq!(app.database.number(joined).await, 1);
}

#[tokio::test]
async fn a_repeat_returns_the_first_answer_and_stores_nothing() {
    let app = app().await;
    let first = app.post(ONE, &transaction("t-1")).await;
    let second = app.post(ONE, &transaction("t-1")).await;
    assert_eq!(second.status, StatusCode::OK);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(second.body, first.body);
    assert_eq!(n_stored(&app).await, 2);
}

#[tokio::test]
async fn the_same_key_with_other_content_is_a_conflict() {
    let app = app().await;
    app.post(ONE, &transaction("t-1")).await;
    let changes = [
        json!({"amount": "25.01"}),
        json!({"channel": "online"}),
        json!({"place": {"country": "BE"}}),
        json!({"attributes": {"terminal": "7"}}),
    ];
    for change in changes {
        let answer = app.post(ONE, &transaction_with("t-1", &change)).await;
        assert_eq!(answer.status, StatusCode::CONFLICT, "{change}");
        assert_eq!(answer.body["error"]["type"], "ContentConflict");
    }
    assert_eq!(n_stored(&app).await, 2);
}

#[tokio::test]
async fn concurrent_repeats_store_one_transaction() {
    let app = app().await;
    let calls = (0..8).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.post(ONE, &transaction("t-1")).await })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.unwrap().status);
    }
    let n_created = statuses.iter().filter(|status| **status == StatusCode::CREATED).count();
    assert_eq!(n_created, 1, "{statuses:?}");
    assert!(statuses.iter().all(StatusCode::is_success), "{statuses:?}");
    assert_eq!(n_stored(&app).await, 2);
}

#[tokio::test]
async fn five_wrong_fields_are_answered_with_five_pointers() {
    let app = app().await;
    let body = transaction_with(
        "t-1",
        &json!({"amount": "-1", "currency": "euro", "occurred_at": "yesterday", "channel": "", "colour": "red"}),
    );
    let answer = app.post(ONE, &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut pointers: Vec<&str> = answer.body["error"]["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|detail| detail["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/amount", "/channel", "/colour", "/currency", "/occurred_at"]);
    assert_eq!(n_stored(&app).await, 0);
}

#[tokio::test]
async fn values_that_would_corrupt_are_refused_before_the_database() {
    let app = app().await;
    let changes = [
        json!({"amount": "0"}),
        json!({"amount": "-1"}),
        json!({"amount": "NaN"}),
        json!({"amount": "1e400"}),
        json!({"amount": "12.345"}),
        json!({"amount": 12.34}),
        json!({"account": "a\u{0}b"}),
        json!({"attributes": {"note": "a\u{0}b"}}),
        json!({"occurred_at": "294276-01-01T00:00:00Z"}),
        json!({"occurred_at": "infinity"}),
        json!({"occurred_at": "1999-12-31T23:59:59Z"}),
        json!({"place": {"latitude": 91, "longitude": 0}}),
        json!({"place": {"latitude": 51}}),
        json!({"ip_address": "999.1.1.1"}),
        json!({"risk_score": 0}),
    ];
    for change in changes {
        let answer = app.post(ONE, &transaction_with("t-1", &change)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{change}: {}", answer.body);
        assert_eq!(answer.body["error"]["type"], "ValidationFailed", "{change}");
        assert_eq!(answer.body["error"]["details"].as_array().unwrap().len(), 1, "{change}: {}", answer.body);
    }
    assert_eq!(n_stored(&app).await, 0);
}

#[tokio::test]
async fn bodies_that_are_no_requests_are_refused_in_the_error_structure() {
    let app = app().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let large = json!({"external_id": "x".repeat(6 * 1024 * 1024)}).to_string();
    let cases = [
        (Method::POST, ONE, deep, StatusCode::BAD_REQUEST, "MalformedRequest"),
        (Method::POST, ONE, "{".into(), StatusCode::BAD_REQUEST, "MalformedRequest"),
        (Method::POST, ONE, large, StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge"),
        (Method::POST, ONE, "[]".into(), StatusCode::UNPROCESSABLE_ENTITY, "ValidationFailed"),
        (Method::GET, ONE, String::new(), StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        (Method::GET, "/api/v1/nothing", String::new(), StatusCode::NOT_FOUND, "NotFound"),
    ];
    for (method, path, body, status, kind) in cases {
        let answer = app.send(method, path, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        let error = &answer.body["error"];
        assert_eq!(error["type"], kind, "{}", answer.body);
        assert!(error["request_id"].as_str().unwrap().starts_with("req-"));
        assert!(error["timestamp"].is_string() && answer.body["status"] == status.as_u16());
        if status == StatusCode::METHOD_NOT_ALLOWED {
            assert_eq!(answer.headers["allow"], "POST");
        }
    }
    assert_eq!(n_stored(&app).await, 0);
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let app = app().await;
    let request = axum::http::Request::builder()
        .method(Method::POST)
        .uri(ONE)
        .body(axum::body::Body::from(transaction("t-1").to_string()))
        .unwrap();
    let answer = app.call(request).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.body["error"]["type"], "UnsupportedMediaType");
}

#[tokio::test]
async fn a_batch_answers_item_by_item() {
    let app = app().await;
    app.post(ONE, &transaction("old")).await;
    let body = json!({"transactions": [
        transaction("new"),
        transaction_with("bad", &json!({"amount": "0"})),
        transaction("old"),
        transaction("new"),
        transaction_with("new", &json!({"amount": "1.00"})),
    ]});
    let answer = app.post(MANY, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let outcomes: Vec<&str> = answer.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["accepted", "rejected", "replayed", "replayed", "conflict"]);
    assert_eq!(answer.body["items"][1]["errors"][0]["pointer"], "/transactions/1/amount");
    assert_eq!(answer.body["items"][0]["transaction_id"], answer.body["items"][3]["transaction_id"]);
    assert_eq!(answer.body["counts"]["replayed"], 2);
    assert_eq!(app.database.number("select count(*) from transactions").await, 2);
}

#[tokio::test]
async fn a_batch_of_2500_items_over_chunks_is_stored_whole() {
    let app = app().await;
    let transactions = habit("busy", 2_500, 1);
    let answer = app.post(MANY, &json!({"transactions": transactions})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": 2_500}), "{}", answer.body["counts"]);
    let again = app.post(MANY, &json!({"transactions": transactions})).await;
    assert_eq!(again.body["counts"], json!({"replayed": 2_500}));
    assert_eq!(app.database.number("select count(*) from assessments").await, 2_500);
}

#[tokio::test]
async fn a_batch_scores_exactly_as_single_requests_do() {
    let (single, batch) = (app().await, app().await);
    let mut transactions = habit("a", 40, 7);
    transactions.extend(habit("b", 40, 11));
    transactions.sort_by_key(|transaction| transaction["occurred_at"].as_str().unwrap().to_owned());
    for transaction in &transactions {
        assert_eq!(single.post(ONE, transaction).await.status, StatusCode::CREATED);
    }
    let answer = batch.post(MANY, &json!({"transactions": transactions})).await;
    assert_eq!(answer.body["counts"]["accepted"], 80);
    let statement =
        "select external_id, features, risk_score from transactions t join assessments a on a.id = t.id
        order by external_id";
    let one: Vec<(String, Vec<u8>, f64)> = rows(&single, statement).await;
    assert_eq!(one, rows(&batch, statement).await);
    let profiles = "select account_id, profile, 0.0::float8 from account_profiles order by account_id";
    assert_eq!(rows(&single, profiles).await, rows(&batch, profiles).await);
}

async fn rows(app: &TestApp, statement: &str) -> Vec<(String, Vec<u8>, f64)> {
    let rows = app.database.owner().await.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn a_late_transaction_is_scored_and_does_not_move_the_profile_back() {
    let app = app().await;
    let mut transactions = habit("a", 10, 24);
    let late = transactions.remove(0);
    app.post(MANY, &json!({"transactions": transactions})).await;
    let answer = app.post(ONE, &late).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let next = app.post(ONE, &transaction_with("now", &json!({"account": "a"}))).await;
    assert_eq!(next.status, StatusCode::CREATED);
    // ln(1 + 86,400 seconds): the newest before it was a day earlier, whatever came in last.
    let seen = features_of(&app, "now").await["seconds_since_last"].as_f64().unwrap();
    assert!((seen - 86_401_f64.ln()).abs() < 1e-5, "{seen}");
}

/// A transaction's features by name.
async fn features_of(app: &TestApp, external_id: &str) -> Value {
    use shared::detection::features::{Feature, FeatureVector};
    let client = app.database.owner().await;
    let row = client
        .query_one(
            "select feature_schema_id, features from assessments a join transactions t on t.id = a.id
             where t.external_id = $1",
            &[&external_id],
        )
        .await
        .unwrap();
    let vector = FeatureVector::from_bytes(row.get(0), row.get(1)).unwrap();
    Feature::ALL.iter().map(|feature| (feature.as_str().to_owned(), json!(vector.get(*feature)))).collect()
}

#[tokio::test]
async fn a_key_that_is_missing_wrong_or_revoked_is_refused_alike_and_locks_nothing() {
    let app = app().await;
    let good = app.with_role(Role::Ingest).await;
    let wrong = good.with_key(&format!("{}x", good.key()));
    let unknown = good.with_key("tt_0000_secret");
    let none = good.with_key("");
    for caller in [&wrong, &unknown, &none] {
        let answer = caller.post(ONE, &transaction("t-1")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.body["error"]["type"], "Unauthenticated");
    }
    app.database
        .owner()
        .await
        .execute("update api_keys set revoked_at = now() where role = 'ingest'", &[])
        .await
        .unwrap();
    assert_eq!(good.post(ONE, &transaction("t-1")).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        app.with_role(Role::Analyst).await.post(ONE, &transaction("t-1")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(n_stored(&app).await, 0);
    assert_eq!(app.database.number("select count(*) from account_profiles").await, 0);
}

#[tokio::test]
async fn a_key_in_flight_refuses_itself_and_its_chunk_but_not_the_rest_of_a_batch() {
    let app = app().await;
    app.post(ONE, &transaction("before")).await;
    let other = app.database.owner().await;
    other.batch_execute("begin").await.unwrap();
    let claim = "insert into ingest_keys values ('cards', 'held', sha256('x'), gen_random_uuid())";
    other.batch_execute(claim).await.unwrap();
    let answer = app.post(ONE, &transaction("held")).await;
    assert_eq!((answer.status, &answer.body["error"]["type"]), (StatusCode::CONFLICT, &json!("InProgress")));
    let mut transactions = vec![transaction_with("held", &json!({"occurred_at": "2026-01-01T00:00:00Z"}))];
    transactions.extend(habit("a", 1_200, 1));
    let answer = app.post(MANY, &json!({"transactions": transactions})).await;
    assert_eq!(answer.body["counts"], json!({"retry": 1_000, "accepted": 201}), "{}", answer.body["counts"]);
    other.batch_execute("rollback").await.unwrap();
    let answer = app.post(MANY, &json!({"transactions": transactions})).await;
    assert_eq!(answer.body["counts"], json!({"accepted": 1_000, "replayed": 201}));
}

#[tokio::test]
async fn a_key_bound_to_a_source_may_send_no_other() {
    let app = app().await;
    let bound = app.with_role(Role::Ingest).await;
    let client = app.database.owner().await;
    client.execute("update api_keys set sources = '{wires}' where role = 'ingest'", &[]).await.unwrap();
    assert_eq!(bound.post(ONE, &transaction("t-1")).await.status, StatusCode::FORBIDDEN);
    let mixed =
        json!({"transactions": [transaction("t-1"), transaction_with("t-2", &json!({"source": "wires"}))]});
    let answer = bound.post(MANY, &mixed).await;
    assert_eq!(answer.body["items"][0]["outcome"], "rejected", "{}", answer.body);
    assert_eq!(answer.body["items"][1]["outcome"], "accepted");
    assert_eq!(n_stored(&app).await, 2);
}

#[tokio::test]
async fn past_the_rate_limit_exactly_the_allowed_requests_are_served() {
    let app = app().await;
    let limited = app.with_role(Role::Ingest).await;
    let client = app.database.owner().await;
    client.execute("update api_keys set rate_limit_requests = 5 where role = 'ingest'", &[]).await.unwrap();
    // Of twelve calls two wait a second at most for one of ten connections, which must not be made only then.
    open_connections(&app).await;
    let calls: Vec<_> = (0..12)
        .map(|n| {
            let limited = limited.clone();
            tokio::spawn(async move { limited.post(ONE, &transaction(&format!("t-{n}"))).await })
        })
        .collect();
    let (mut created, mut refused) = (0, 0);
    for call in calls {
        let answer = call.await.unwrap();
        match answer.status {
            StatusCode::CREATED => created += 1,
            StatusCode::TOO_MANY_REQUESTS => {
                assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
                refused += 1;
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    // A window may end between two of the calls; then a second allowance begins.
    assert!(
        (created, refused) == (5, 7) || (created > 5 && created <= 10),
        "{created} created, {refused} refused"
    );
    assert_eq!(n_stored(&app).await, 2 * created);
}
