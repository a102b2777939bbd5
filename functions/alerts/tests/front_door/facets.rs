//! Counts of the queue: what each word would leave, under the other filters.

use crate::app;
use crate::seeded::seed;
use axum::http::StatusCode;
use serde_json::{Value, json};
use shared::testing::app::TestApp;

async fn facets(app: &TestApp, query: &str) -> Value {
    let answer = app.get(&format!("/api/v1/alerts/facets?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.body["facets"].clone()
}

#[tokio::test]
async fn each_bucket_counts_what_its_filter_lists_under_the_others() {
    let app = app().await;
    seed(&app.database, 0, 150).await;
    for others in ["", "currency=USD", "detector=ml&reason=code_2", "q=seeded-1"] {
        let counted = facets(&app, others).await;
        for facet in ["status", "severity", "sla", "kind", "assignee"] {
            let mut n_listed = 0;
            for bucket in counted[facet].as_array().unwrap() {
                let value = bucket["value"].as_str().unwrap();
                let listed = app.get(&format!("/api/v1/alerts?limit=200&{others}&{facet}={value}")).await;
                let listed = listed.body["alerts"].as_array().unwrap().len();
                assert_eq!(bucket["count"], json!(listed), "{others}: {facet} {value}");
                assert_eq!(bucket["is_capped"], false);
                n_listed += listed;
            }
            assert!(n_listed > 0, "{others}: {facet} is no test: nothing is listed");
        }
    }
}

#[tokio::test]
async fn a_facets_own_filter_does_not_empty_its_other_buckets() {
    let app = app().await;
    seed(&app.database, 0, 40).await;
    let counted = facets(&app, "status=active").await;
    let of = |facet: &str, value: &str| {
        let buckets = counted[facet].as_array().unwrap().iter();
        buckets.filter(|bucket| bucket["value"] == value).map(|it| it["count"].clone()).next().unwrap()
    };
    assert_eq!((of("status", "active"), of("status", "closed")), (json!(10), json!(20)));
    assert_eq!(of("kind", "transaction"), json!(8), "of the active ones two are samples");
}

#[tokio::test]
async fn a_count_ends_at_a_thousand_and_says_so() {
    let app = app().await;
    seed(&app.database, 0, 2_010).await;
    let counted = facets(&app, "").await;
    let status = &counted["status"];
    assert_eq!(status[0], json!({"value": "active", "count": 503, "is_capped": false}));
    assert_eq!(status[3], json!({"value": "closed", "count": 1_000, "is_capped": true}));
}
