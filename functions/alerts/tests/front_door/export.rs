//! The queue as CSV: whole, in parts, and safe to open in a spreadsheet.

use crate::app;
use crate::seeded::seed;
use axum::http::StatusCode;
use shared::testing::app::{Answer, TestApp};
use std::collections::BTreeSet;

/// One part: its rows, column by column.
fn rows(part: &Answer) -> Vec<csv::StringRecord> {
    assert_eq!(part.status, StatusCode::OK, "{}", part.text);
    assert_eq!(part.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert!(part.text.len() <= 5_000_000, "a part has {} bytes", part.text.len());
    csv::Reader::from_reader(part.text.as_bytes()).records().map(Result::unwrap).collect()
}

/// Where the next part is.
fn next(part: &Answer) -> Option<String> {
    let link = part.headers.get("link")?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned())
}

/// The rows of every part, and how many parts there are.
async fn exported(app: &TestApp, query: &str) -> (Vec<csv::StringRecord>, usize) {
    let (mut found, mut n_parts) = (Vec::new(), 0);
    let mut path = Some(format!("/api/v1/alerts/export?{query}"));
    while let Some(wanted) = path {
        let part = app.get(&wanted).await;
        found.extend(rows(&part));
        path = next(&part);
        n_parts += 1;
    }
    (found, n_parts)
}

#[tokio::test]
async fn an_export_has_every_alert_of_the_filter_once_over_its_parts() {
    let app = app().await;
    seed(&app.database, 0, 4_100).await;
    let (found, n_parts) = exported(&app, "status=active,closed&sort=score").await;
    assert_eq!((found.len(), n_parts), (3_075, 2));
    let ids: BTreeSet<&str> = found.iter().map(|row| &row[0]).collect();
    assert_eq!(ids.len(), 3_075, "an alert came twice");
    let scores: Vec<f64> = found.iter().map(|row| row[3].parse().unwrap()).collect();
    assert!(scores.windows(2).all(|pair| pair[0] >= pair[1]), "not by score");
    let (none, n_parts) = exported(&app, "account=nobody").await;
    assert_eq!((none.len(), n_parts), (0, 1), "an empty export is a header");
}

#[tokio::test]
async fn a_part_stays_below_what_the_gateway_lets_through() {
    let app = app().await;
    seed(&app.database, 0, 600).await;
    let notes =
        "update alerts set disposition = 'false_positive', notes = repeat('é', 10000), decided_by = 'k',
      decided_at = now()";
    app.database.owner().await.batch_execute(notes).await.unwrap();
    let (found, n_parts) = exported(&app, "").await;
    let ids: BTreeSet<&str> = found.iter().map(|row| &row[0]).collect();
    assert_eq!((found.len(), ids.len(), n_parts), (600, 600, 3), "600 lines of 20,000 bytes");
}

#[tokio::test]
async fn nothing_in_an_export_is_a_formula_and_every_cell_reads_back() {
    let app = app().await;
    seed(&app.database, 1, 1).await;
    let wild = "update alerts set account_id = '=1+1', counterparty_id = '@SUM(A1)', assignee = '+31', status = 'in_review',
      disposition = 'inconclusive', decided_by = '-x', decided_at = now(), notes = E'\\tsaid \"no\", then\\r\\nleft',
      confidence = 0.5";
    app.database.owner().await.batch_execute(wild).await.unwrap();
    let part = app.get("/api/v1/alerts/export").await;
    let row = rows(&part).remove(0);
    let cells: Vec<&str> = [6, 7, 19, 24, 23].map(|at| &row[at]).to_vec();
    assert_eq!(cells, ["'=1+1", "'@SUM(A1)", "'+31", "'-x", "'\tsaid \"no\", then\r\nleft"]);
    assert_eq!((&row[3], &row[8], &row[22]), ("0.25", "2.00", "0.5"), "our own numbers stay numbers");
    assert!(part.text.ends_with("\r\n") && part.text.starts_with("id,status,"), "{}", part.text);
    for query in ["limit=5", "colour=red", "status=gone", "cursor=AAAA"] {
        let answer = app.get(&format!("/api/v1/alerts/export?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
}
