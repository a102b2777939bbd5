//! A function instance on Lambda has one connection: whatever a request needs, it has to do with that.

use shared::testing::alerting::{payment, send};
use shared::testing::app::{TestApp, state_with};
use shared::testing::database::{TestDatabase, with_address};
use shared::testing::proxy::Proxy;

/// An app with a pool of one, behind a proxy.
async fn app_on_one_connection() -> (TestApp, Proxy) {
    let database = TestDatabase::fresh().await;
    let target: tokio_postgres::Config = database.url.parse().unwrap();
    let proxy = Proxy::to(format!("127.0.0.1:{}", target.get_ports()[0])).await;
    let url = with_address(&database.url, &proxy.address.to_string());
    let state = state_with(&url, &[("DATABASE_POOL_SIZE", "1")]);
    (TestApp::with_state(database, state, ingest::router).await, proxy)
}

/// Nobody seeds before the first request.
#[tokio::test]
async fn the_first_transaction_seeds_the_configuration() {
    let (app, _proxy) = app_on_one_connection().await;
    let body = send(&app, &payment("a", "25.00", 0)).await;
    assert_eq!(body["assessment"]["versions"]["configuration"], 1);
}

/// The look-up needs a connection, and the one there was is lost.
#[tokio::test]
async fn a_commit_whose_reply_is_lost_is_looked_up() {
    let (app, proxy) = app_on_one_connection().await;
    send(&app, &payment("a", "25.00", 0)).await;
    proxy.lose_the_next_commit_reply();
    send(&app, &payment("a", "25.00", 1)).await;
    assert_eq!(app.database.number("select count(*) from transactions").await, 2);
    send(&app, &payment("a", "25.00", 2)).await;
}
