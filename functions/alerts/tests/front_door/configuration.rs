//! Configuration versions: made by a deployment, used by the next assessment.

use crate::{app, undeployed};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::testing::alerting::{alert_of, deploy, give_habit, payment, raise, send};
use shared::testing::app::{TestApp, state_with};
use shared::testing::audit_trail::verified_chain;
use shared::testing::builders::noon;
use shared::workflow::configuration::seed;
use shared::workflow::retrain::{Moment, Task, run};

const LOOSE: [(&str, &str); 2] = [("RISK_THRESHOLD_MEDIUM", "0.999"), ("RISK_THRESHOLD_HIGH", "0.9999")];

async fn versions(app: &TestApp) -> Vec<(i64, String, String)> {
    let statement = "select version, origin, created_by from configurations order by version";
    let rows = app.database.owner().await.query(statement, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

fn made(version: i64, origin: &str, by: &str) -> (i64, String, String) {
    (version, origin.to_owned(), by.to_owned())
}

#[tokio::test]
async fn a_changed_value_makes_a_version_by_deployment_that_is_audited() {
    let app = undeployed().await;
    assert_eq!(deploy(&app, &[]).await, Some(1));
    assert_eq!(deploy(&app, &[]).await, None, "nothing has changed");
    assert_eq!(deploy(&app, &LOOSE).await, Some(2));
    assert_eq!(deploy(&app, &LOOSE).await, None, "nothing has changed");
    let expected = [made(1, "environment", "system"), made(2, "deployment", "by deployment")];
    assert_eq!(versions(&app).await, expected);
    let chain = verified_chain(&app.database, "configuration").await;
    assert_eq!(chain.len(), 2);
    assert_eq!((&chain[0].before, &chain[0].after["version"]), (&Value::Null, &json!(1)));
    assert_eq!(chain[1].before["threshold_medium"], 0.5);
    assert_eq!((&chain[1].after["threshold_medium"], &chain[1].after["version"]), (&json!(0.999), &json!(2)));
}

#[tokio::test]
async fn an_alert_has_the_time_that_its_severity_has_in_the_configuration() {
    let app = undeployed().await;
    deploy(&app, &[("SLA_RESPOND_MINUTES", "9,8,7,6,5"), ("SLA_RESOLVE_MINUTES", "90,80,70,60,50")]).await;
    let alert = raise(&app, "a").await;
    let alert = app.get(&format!("/api/v1/alerts/{alert}")).await.body["alert"].clone();
    assert_eq!(alert["severity"], "critical");
    let time = |name: &str| alert[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    let minutes = |name| time(name).duration_since(time("created_at")).as_mins();
    assert_eq!((minutes("respond_by"), minutes("resolve_by")), (5, 50));
}

#[tokio::test]
async fn a_pinned_configuration_stays_whatever_the_environment_says() {
    let app = undeployed().await;
    deploy(&app, &[]).await;
    let pinned = [LOOSE[0], LOOSE[1], ("CONFIG_PIN", "true")];
    assert_eq!(deploy(&app, &pinned).await, None);
    assert_eq!(send(&app, &payment("a", "25.00", 0)).await["assessment"]["versions"]["configuration"], 1);
    assert_eq!(versions(&app).await.len(), 1);
}

#[tokio::test]
async fn many_starts_at_once_make_one_version() {
    let app = undeployed().await;
    let starts: Vec<_> = (0..6)
        .map(|_| {
            let state = state_with(&app.database.url, &[]);
            tokio::spawn(async move { seed(&state, Timestamp::now()).await.unwrap() })
        })
        .collect();
    let mut versions = Vec::new();
    for start in starts {
        versions.extend(start.await.unwrap());
    }
    assert_eq!(versions, [1]);
}

#[tokio::test]
async fn new_thresholds_count_from_the_next_assessment_on_without_a_restart() {
    let app = app().await;
    give_habit(&app, "a").await;
    let strict = send(&app, &payment("a", "80.00", 0)).await;
    assert_eq!(strict["assessment"]["severity"], "critical", "{strict}");
    assert_eq!(strict["assessment"]["versions"]["configuration"], 1);
    give_habit(&app, "b").await;
    deploy(&app, &LOOSE).await;
    let loose = send(&app, &payment("b", "80.00", 0)).await;
    assert_eq!(loose["assessment"]["versions"]["configuration"], 2);
    assert_eq!((&loose["assessment"]["severity"], &loose["alert"]), (&json!("low"), &Value::Null));
    let detail = app.get(&format!("/api/v1/alerts/{}", alert_of(&strict))).await.body;
    assert_eq!(detail["assessment"]["versions"]["configuration"], 1, "an old assessment was made anew");
}

#[tokio::test]
async fn new_weights_count_from_the_next_assessment_on() {
    let app = app().await;
    for account in ["a", "b", "c", "d", "e", "f", "g"] {
        give_habit(&app, account).await;
    }
    let moment = Moment { as_of: noon(), now: Timestamp::now() };
    let made = run(&app.state, Task::Snapshot, moment).await.unwrap();
    assert!(made["model_id"].is_string(), "{made}");
    for (statistical, behavioral, ml) in [("0.25", "0.35", "0.40"), ("0.60", "0.10", "0.30")] {
        let settings =
            [("WEIGHT_STATISTICAL", statistical), ("WEIGHT_BEHAVIORAL", behavioral), ("WEIGHT_ML", ml)];
        deploy(&app, &settings).await;
        let account = if ml == "0.40" { "a" } else { "b" };
        // An ordinary amount in an unusual place: the layers differ.
        let mut payment = payment(account, "23.00", 0);
        payment["counterparty"] = json!("elsewhere");
        let body = send(&app, &payment).await;
        let layers = &body["assessment"]["layers"];
        let score = |layer: &str| layers[layer]["score"].as_f64().unwrap();
        let [statistical, behavioral]: [f64; 2] =
            [statistical, behavioral].map(|weight| weight.parse().unwrap());
        let expected = (statistical * score("statistical") + behavioral * score("behavioral"))
            / (statistical + behavioral);
        let risk = body["assessment"]["risk_score"].as_f64().unwrap();
        assert!((risk - expected).abs() < 1e-9, "{risk} is not {expected}: {layers}");
        assert!(
            (score("statistical") - score("behavioral")).abs() > 0.05,
            "the weights make no difference: {layers}"
        );
    }
}
