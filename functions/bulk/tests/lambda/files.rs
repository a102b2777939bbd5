//! CSV files of a bucket.

use crate::bucket::Bucket;
use crate::{N_STORED, deployed, over};
use serde_json::json;
use shared::testing::events::bucket;
use std::fmt::Write as _;

const KEY: &str = "2026/january 1.csv";
const KEY_IN_EVENT: &str = "2026/january+1.csv";
const HEADER: &str = "source,external_id,account,counterparty,amount,currency,occurred_at,channel,place.country,attributes.note";

fn row(n: usize) -> String {
    format!(
        "cards,t-{n},account-{},shop-1,12.50,EUR,2026-01-01T12:00:00Z,online,AT,\"a note, with a comma\"",
        n % 50
    )
}

/// A file of `n` rows, numbered from 1.
fn file(n: usize) -> String {
    (1..=n).fold(format!("{HEADER}\n"), |mut text, n| {
        writeln!(text, "{}", row(n)).unwrap();
        text
    })
}

#[tokio::test]
async fn a_file_is_stored_in_parts_and_a_second_time_replayed() {
    let app = deployed().await;
    let store = Bucket::with(KEY, file(2_500)).await;
    let mut function = over(&app, &store.settings()).await;
    let summary = |accepted: u64, replayed: u64| {
        json!({"objects": [{"object": format!("s3://telltale-transactions/{KEY}"), "rows": 2_500,
            "accepted": accepted, "replayed": replayed, "not_stored": 0}]})
    };
    assert_eq!(function.invoke(bucket(KEY_IN_EVENT)).await.unwrap(), summary(2_500, 0));
    assert_eq!(app.database.number(N_STORED).await, 2_500);
    let read = format!("{N_STORED} where country = 'AT' and attributes ->> 'note' = 'a note, with a comma'");
    assert_eq!(app.database.number(&read).await, 2_500);
    assert_eq!(function.invoke(bucket(KEY_IN_EVENT)).await.unwrap(), summary(0, 2_500));
    assert_eq!(app.database.number(N_STORED).await, 2_500);
}

#[tokio::test]
async fn a_row_that_cannot_be_stored_is_logged_and_fails_the_file_and_the_others_are_stored() {
    let app = deployed().await;
    let wrong = row(3).replace("12.50", "-1");
    let content = format!("{}{wrong}\nshort,row\n{}\n", file(2), row(4));
    let store = Bucket::with(KEY, content).await;
    let mut function = over(&app, &store.settings()).await;
    let error = function.invoke(bucket(KEY_IN_EVENT)).await.unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("2 of 5 rows"), "{error}");
    assert_eq!(app.database.number(N_STORED).await, 3);
    let said = serde_json::to_string(&function.end().await).unwrap();
    assert!(said.contains("row 3 of s3://") && said.contains("/amount must"), "{said}");
    assert!(said.contains("row 4 of s3://") && said.contains("has 2 cells"), "{said}");
    assert!(!said.contains("account-3") && !said.contains("X-Amz-Signature"), "{said}");
}

#[tokio::test]
async fn of_many_rows_that_cannot_be_stored_a_bounded_number_is_logged() {
    let app = deployed().await;
    let store = Bucket::with(KEY, file(1_500).replace("EUR", "euro")).await;
    let mut function = over(&app, &store.settings()).await;
    let error = function.invoke(bucket(KEY_IN_EVENT)).await.unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("1500 of 1500 rows"), "{error}");
    let lines = function.end().await;
    let logged = lines.iter().filter(|line| line["row"].is_u64()).count();
    assert_eq!(logged, 100);
}

#[tokio::test]
async fn columns_by_other_names_are_read_as_the_fields_they_are() {
    let app = deployed().await;
    let header = HEADER.replace("source,external_id", "feed,id").replace("attributes.note", "remark");
    let content = file(3).replace(HEADER, &header);
    let store = Bucket::with(KEY, content).await;
    let mut settings = store.settings().to_vec();
    settings.push(("BULK_COLUMNS", "feed=source, id=external_id, remark=-"));
    let mut function = over(&app, &settings).await;
    function.invoke(bucket(KEY_IN_EVENT)).await.unwrap();
    assert_eq!(app.database.number(&format!("{N_STORED} where attributes = '{{}}'")).await, 3);
}

/// Half a row would be another transaction.
#[tokio::test]
async fn a_download_that_breaks_off_is_an_error_and_no_half_row_is_stored() {
    let app = deployed().await;
    let content = file(2);
    let store = Bucket::that_breaks_off(KEY, content[..content.len() - 3].to_owned()).await;
    let mut function = over(&app, &store.settings()).await;
    let error = function.invoke(bucket(KEY_IN_EVENT)).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("could not be read") && !message.contains("X-Amz"), "{message}");
    assert!(app.database.number(N_STORED).await <= 1);
}

#[tokio::test]
async fn a_file_that_is_not_there_and_credentials_that_are_not_set_are_errors() {
    let app = deployed().await;
    let store = Bucket::with(KEY, file(1)).await;
    let mut function = over(&app, &store.settings()).await;
    let error = function.invoke(bucket("elsewhere.csv")).await.unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("404"), "{error}");
    let mut nobody = over(&app, &[("S3_ENDPOINT", &store.url)]).await;
    let error = nobody.invoke(bucket(KEY_IN_EVENT)).await.unwrap_err();
    assert!(error["errorMessage"].as_str().unwrap().contains("AWS_REGION is not set"), "{error}");
}
