//! What a console reads beside the queue: transactions, accounts, investigations, labels, the trail, the noise ledger,
//! configuration versions, related alerts.

use crate::app;
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, deploy, give_habit, payment, raise, resolve, send};
use shared::testing::app::TestApp;
use shared::testing::builders::{habit, transaction_with};

async fn read(app: &TestApp, path: &str) -> Value {
    let answer = app.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

/// Every row of a listing, walked in pages of `limit`; what each row says at a pointer.
async fn walked(app: &TestApp, (path, rows, pointer): (&str, &str, &str), limit: usize) -> Vec<Value> {
    let mut shown = Vec::new();
    let mut cursor = String::new();
    loop {
        let joint = if path.contains('?') { '&' } else { '?' };
        let page = read(app, &format!("{path}{joint}limit={limit}{cursor}")).await;
        let found = page[rows].as_array().unwrap();
        shown.extend(found.iter().map(|row| row.pointer(pointer).unwrap().clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return shown,
        }
    }
}

/// Three accounts with sixty payments each, and one with two odd ones.
async fn history(app: &TestApp) {
    for account in ["quiet", "loud", "other"] {
        give_habit(app, account).await;
    }
    send(app, &payment("loud", "200.00", 0)).await;
    send(app, &payment("loud", "25.00", 5)).await;
}

#[tokio::test]
async fn transactions_are_listed_by_every_filter_and_page_by_page() {
    let app = app().await;
    history(&app).await;
    let all = walked(&app, ("/api/v1/transactions", "transactions", "/id"), 50).await;
    assert_eq!(all.len(), 182);
    let mut newest = all.clone();
    newest.sort_by(|one, other| other.as_str().cmp(&one.as_str()));
    assert_eq!(all, newest, "not newest received first");
    let loud = walked(&app, ("/api/v1/transactions?account=loud", "transactions", "/occurred_at"), 7).await;
    assert_eq!(loud.len(), 62);
    assert!(loud.windows(2).all(|pair| pair[0].as_str() > pair[1].as_str()), "not by event time");
    let n = async |query: &str| {
        let path = format!("/api/v1/transactions?{query}");
        walked(&app, (&path, "transactions", "/id"), 200).await.len()
    };
    assert_eq!(n("counterparty=shop-2").await, 60);
    assert_eq!(n("account=loud&counterparty=shop-0").await, 22);
    assert_eq!(n("source=cards").await, 182);
    assert_eq!(n("source=cards&external_id=quiet-7").await, 1);
    assert_eq!(n("source=other&external_id=quiet-7").await, 0);
    assert_eq!(n("from=2026-06-03T12:00:00Z").await, 2);
    assert_eq!(n("from=2026-06-03T12:00:00Z&to=2026-06-03T12:05:00Z").await, 1);
    assert_eq!(n("min_risk_score=0.8").await, 1);
    assert_eq!(n("account=nobody").await, 0);
    let refused = app.get("/api/v1/transactions?external_id=quiet-7&from=today&min_risk_score=7").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["error"]["details"].as_array().unwrap().len(), 3, "{}", refused.body);
}

#[tokio::test]
async fn one_transaction_is_read_with_its_assessment_and_its_labels() {
    let app = app().await;
    let alert = raise(&app, "loud").await;
    resolve(&app, &alert).await;
    let id = read(&app, &format!("/api/v1/alerts/{alert}")).await["transaction"]["id"].clone();
    let record = read(&app, &format!("/api/v1/transactions/{}", id.as_str().unwrap())).await;
    let transaction = &record["transaction"];
    assert_eq!((&transaction["id"], &transaction["amount"]), (&id, &json!("200.00")));
    assert_eq!((&transaction["alert_id"], &transaction["severity"]), (&json!(alert), &json!("critical")));
    assert_eq!(record["labels"][0]["verdict"], "genuine");
    assert_eq!(record["labels"][0]["label_source"], "analyst");
    for path in
        ["/api/v1/transactions/txn_0", "/api/v1/transactions/txn_01890000-0000-7000-8000-000000000000"]
    {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn accounts_are_found_by_their_beginning_and_by_newest_activity() {
    let app = app().await;
    history(&app).await;
    for account in ["b", "a%", "a_", "ab", "a"] {
        send(&app, &transaction_with(&format!("one-{account}"), &json!({"account": account}))).await;
    }
    let ids = |path| (path, "accounts", "/id");
    let by_id = walked(&app, ids("/api/v1/accounts"), 3).await;
    assert_eq!(by_id, ["a", "a%", "a_", "ab", "b", "loud", "other", "quiet"].map(|id| json!(id)));
    assert_eq!(walked(&app, ids("/api/v1/accounts?q=a"), 2).await.len(), 4);
    assert_eq!(walked(&app, ids("/api/v1/accounts?q=a%25"), 2).await, [json!("a%")]);
    let by_activity = walked(&app, ids("/api/v1/accounts?sort=activity"), 3).await;
    assert_eq!(by_activity, ["a", "ab", "a_", "a%", "b", "loud", "other", "quiet"].map(|id| json!(id)));
}

#[tokio::test]
async fn an_account_is_read_with_what_it_usually_does_and_how_its_alerts_ended() {
    let app = app().await;
    let alert = raise(&app, "loud").await;
    resolve(&app, &alert).await;
    let record = read(&app, "/api/v1/accounts/loud").await;
    let account = &record["account"];
    assert_eq!(
        (&account["n_transactions"], &account["last_occurred_at"]),
        (&json!(61), &json!("2026-06-03T12:00:00Z"))
    );
    let amounts = &account["profile"]["amounts"][0];
    assert_eq!((&amounts["currency"], &amounts["n_transactions"]), (&json!("EUR"), &json!(61)));
    let bound = |name: &str| amounts[name].as_str().unwrap().parse::<f64>().unwrap();
    assert!(bound("usual_low") < 24.0 && bound("usual_high") > 27.0, "{amounts}");
    assert_eq!(account["profile"]["usual_hours"], "12:00 to 13:00");
    assert_eq!(
        (&account["profile"]["n_counterparties"], &account["profile"]["n_channels"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(record["alerts"][0]["id"], json!(alert));
    assert_eq!(record["outcomes"], json!({"false_positive": 1}));
    assert_eq!(app.get("/api/v1/accounts/nobody").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn investigations_are_the_alerts_in_review_with_their_holder_and_since_when() {
    let app = app().await;
    let analyst = app.with_role(Role::Analyst).await;
    let [mine, other, escalated] = [raise(&app, "a").await, raise(&app, "b").await, raise(&app, "c").await];
    raise(&app, "waiting").await;
    for (who, alert) in [(&analyst, &mine), (&app, &other), (&app, &escalated)] {
        assert_eq!(act(who, alert, "claim", &json!({})).await.status, StatusCode::OK);
    }
    act(&app, &escalated, "decide", &json!({"disposition": "inconclusive"})).await;
    let ids = async |view: &str| {
        let path = format!("/api/v1/investigations?view={view}");
        walked(&analyst, (&path, "investigations", "/alert/id"), 1).await
    };
    assert_eq!(ids("mine").await, [json!(mine)]);
    assert_eq!(ids("escalated").await, [json!(escalated)]);
    assert_eq!(ids("team").await, [json!(mine), json!(other), json!(escalated)], "soonest deadline first");
    let team = read(&analyst, "/api/v1/investigations").await;
    let claimed_at = read(&app, &format!("/api/v1/alerts/{mine}")).await["audit"][1]["at"].clone();
    assert_eq!(team["investigations"][0]["held_since"], claimed_at);
    assert_eq!(team["investigations"][2]["held_since"], Value::Null, "nobody holds it");
}

#[tokio::test]
async fn decisions_that_await_approval_are_found_in_the_queue_and_among_the_investigations() {
    let app = app().await;
    let [waiting, other] = [raise(&app, "a").await, raise(&app, "b").await];
    deploy(&app, &[("APPROVAL_FROM_SEVERITY", "critical")]).await.unwrap();
    for alert in [&waiting, &other] {
        act(&app, alert, "claim", &json!({})).await;
    }
    let proposed = act(&app, &waiting, "decide", &json!({"disposition": "false_positive"})).await;
    assert_eq!(proposed.status, StatusCode::ACCEPTED, "{}", proposed.body);
    let view = "/api/v1/investigations?view=awaiting_approval";
    assert_eq!(walked(&app, (view, "investigations", "/alert/id"), 1).await, [json!(waiting)]);
    for (is_awaiting, expected) in [(true, &waiting), (false, &other)] {
        let path = format!("/api/v1/alerts?is_awaiting_approval={is_awaiting}");
        assert_eq!(walked(&app, (&path, "alerts", "/id"), 1).await, [json!(expected)], "{is_awaiting}");
    }
    let detail = read(&app, &format!("/api/v1/alerts/{waiting}")).await;
    assert_eq!(detail["alert"]["proposal"], proposed.body["proposal"]);
}

#[tokio::test]
async fn labels_and_the_trail_are_listed_newest_first_by_their_filters() {
    let app = app().await;
    for account in ["a", "b", "c"] {
        let alert = raise(&app, account).await;
        resolve(&app, &alert).await;
    }
    let ids = |path| (path, "labels", "/id");
    let labels = walked(&app, ids("/api/v1/labels"), 2).await;
    assert_eq!(labels.len(), 3);
    assert!(labels.windows(2).all(|pair| pair[0].as_str() > pair[1].as_str()), "not newest first");
    assert_eq!(walked(&app, ids("/api/v1/labels?verdict=fraud"), 2).await.len(), 0);
    assert_eq!(walked(&app, ids("/api/v1/labels?label_source=analyst&verdict=genuine"), 2).await.len(), 3);
    let first = read(&app, "/api/v1/labels?limit=1").await["labels"][0].clone();
    let of_one = format!("/api/v1/labels?transaction_id={}", first["transaction_id"].as_str().unwrap());
    assert_eq!(walked(&app, ids(&of_one), 2).await, [first["id"].clone()]);

    let events = |path| (path, "events", "/action");
    let decided = walked(&app, events("/api/v1/audit?action=alert_decided"), 2).await;
    assert_eq!(decided, vec![json!("alert_decided"); 3]);
    let times = walked(&app, ("/api/v1/audit", "events", "/at"), 4).await;
    assert!(times.len() >= 10, "nine of alerts and at least one of the configuration: {times:?}");
    let of_chain =
        read(&app, "/api/v1/audit?action=alert_raised&limit=1").await["events"][0]["chain"].clone();
    let chain = format!("/api/v1/audit?chain={}", of_chain.as_str().unwrap());
    let actions = walked(&app, events(&chain), 1).await;
    assert_eq!(actions, ["alert_decided", "alert_claimed", "alert_raised"].map(|action| json!(action)));
    let actor = read(&app, &format!("{chain}&limit=1")).await["events"][0]["actor"].clone();
    let by_actor = format!("/api/v1/audit?actor={}&action=alert_claimed", actor.as_str().unwrap());
    assert_eq!(walked(&app, events(&by_actor), 2).await.len(), 3);
    assert_eq!(walked(&app, events("/api/v1/audit?to=2020-01-01T00:00:00Z"), 2).await.len(), 0);
}

#[tokio::test]
async fn the_noise_ledger_counts_and_lists_what_a_gate_held_back() {
    let app = app().await;
    let settings = [
        ("ALERT_CAP_PER_ACCOUNT_HOUR", "1"),
        ("RISK_THRESHOLD_MEDIUM", "0.30"),
        ("RISK_THRESHOLD_HIGH", "0.999999"),
    ];
    deploy(&app, &settings).await.unwrap();
    for account in ["a", "b"] {
        give_habit(&app, account).await;
        let alert =
            send(&app, &payment(account, "62.00", 0)).await["alert"]["id"].as_str().unwrap().to_owned();
        resolve(&app, &alert).await;
        for minute in 1..4 {
            let held = send(&app, &payment(account, &format!("{}.00", 64 + 2 * minute), minute)).await;
            assert_eq!(held["assessment"]["gate"]["gate"], "cap", "{held}");
        }
    }
    let held = walked(&app, ("/api/v1/noise", "held_back", "/account"), 2).await;
    assert_eq!(held, ["b", "b", "b", "a", "a", "a"].map(|account| json!(account)), "newest first");
    assert_eq!(walked(&app, ("/api/v1/noise?gate=snooze", "held_back", "/account"), 2).await.len(), 0);
    let counts = read(&app, "/api/v1/noise/counts").await;
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let expected = json!([{
        "day": today, "gate": "cap", "count": 6,
        "reason": "the account raised 1 alerts within the hour; the cap is 1",
    }]);
    assert_eq!((&counts["counts"], &counts["is_capped"]), (&expected, &json!(false)));
    assert_eq!(read(&app, "/api/v1/noise/counts?to=2020-01-01T00:00:00Z").await["counts"], json!([]));
    assert_eq!(app.get("/api/v1/noise?gate=door").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn configuration_versions_are_listed_and_the_active_one_is_marked() {
    let app = app().await;
    deploy(&app, &[("RISK_THRESHOLD_MEDIUM", "0.55")]).await.unwrap();
    let versions = walked(&app, ("/api/v1/configurations", "configurations", "/version"), 1).await;
    assert_eq!(versions, [json!(2), json!(1)]);
    let page = read(&app, "/api/v1/configurations").await["configurations"].clone();
    assert_eq!((&page[0]["is_active"], &page[1]["is_active"]), (&json!(true), &json!(false)));
    assert_eq!((&page[0]["threshold_medium"], &page[0]["origin"]), (&json!(0.55), &json!("deployment")));
    assert_eq!(page[1]["weights"], json!({"statistical": 0.25, "behavioral": 0.35, "ml": 0.4}));
}

#[tokio::test]
async fn related_alerts_share_a_counterparty_a_device_or_an_address() {
    let app = app().await;
    let loud = async |account: &str, more: Value| {
        let body = json!({"transactions": habit(account, 60, 24)});
        app.post("/api/v1/transactions/batch", &body).await;
        let mut sent = payment(account, "200.00", 0);
        for (name, value) in more.as_object().unwrap() {
            sent[name] = value.clone();
        }
        send(&app, &sent).await["alert"]["id"].clone()
    };
    let one = loud("a", json!({"counterparty": "x", "device": "d-1", "ip_address": "203.0.113.7"})).await;
    let by_device = loud("b", json!({"counterparty": "y", "device": "d-1"})).await;
    let by_two = loud("c", json!({"counterparty": "x", "ip_address": "203.0.113.7"})).await;
    loud("d", json!({"counterparty": "z", "device": "d-2"})).await;
    let related = read(&app, &format!("/api/v1/alerts/{}/related", one.as_str().unwrap())).await;
    let told: Vec<(&Value, &Value)> =
        related["related"].as_array().unwrap().iter().map(|it| (&it["alert"]["id"], &it["shares"])).collect();
    assert_eq!(
        told,
        [(&by_two, &json!(["counterparty", "ip_address"])), (&by_device, &json!(["device"]))],
        "newest first"
    );
    let path = "/api/v1/alerts/alr_01890000-0000-7000-8000-000000000000/related";
    assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND);
}
