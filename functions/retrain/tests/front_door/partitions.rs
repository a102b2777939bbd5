//! Partitions ahead of time.

use crate::{app, handle};
use jiff::Timestamp;
use serde_json::json;

#[tokio::test]
async fn partitions_reach_three_months_ahead_and_are_made_once() {
    let app = app().await;
    let made = handle(&app, &json!({"task": "partition"})).await.unwrap();
    assert_eq!(made, json!({"made": [], "n_in_default": 0}), "the migration makes the first ones");
    let later: Timestamp = "2031-11-15T00:00:00Z".parse().unwrap();
    let made = retrain::handler(&app.state, &json!({"task": "partition"}), later).await.unwrap();
    let months = ["2031_11", "2031_12", "2032_01", "2032_02"];
    let expected: Vec<String> = months
        .iter()
        .flat_map(|month| ["transactions", "assessments"].map(|parent| format!("{parent}_{month}")))
        .collect();
    assert_eq!(made["made"], json!(expected));
    let again = retrain::handler(&app.state, &json!({"task": "partition"}), later).await.unwrap();
    assert_eq!(again["made"], json!([]));
}

#[tokio::test]
async fn a_months_rows_are_in_its_partition_and_none_in_the_default() {
    let app = app().await;
    shared::testing::alerting::give_habit(&app, "a").await;
    let stray =
        "select (select count(*) from transactions_default) + (select count(*) from assessments_default)";
    assert_eq!(app.database.number(stray).await, 0);
    let month = Timestamp::now().to_string()[..7].replace('-', "_");
    for parent in ["transactions", "assessments"] {
        assert_eq!(app.database.number(&format!("select count(*) from {parent}_{month}")).await, 60);
    }
}
