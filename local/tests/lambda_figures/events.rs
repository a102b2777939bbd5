//! The events that are measured with, one a function.

use crate::world::World;
use axum::http::Method;
use serde_json::{Value, json};
use shared::testing::events::{GatewayEvent, queue};

/// A POST through the gateway with the world's key.
pub(crate) fn post(path: &str, body: &Value, world: &World) -> Value {
    GatewayEvent::post(path, body).with_key(&world.key).into_value()
}

/// A transaction like one of the history's, under a key of its own.
fn one(world: &World, n: usize) -> Value {
    let mut transaction = json!(world.transactions[n % world.transactions.len()]);
    transaction["external_id"] = json!(format!("figure-{}", uuid::Uuid::now_v7()));
    transaction
}

/// What a function is asked, the `n`-th time; each needs the database.
pub(crate) fn event_of(name: &str, world: &World, n: usize) -> Value {
    match name {
        "ingest" => post("/api/v1/transactions", &one(world, n), world),
        "alerts" => {
            let alert = &world.alerts[n % world.alerts.len()];
            let path = if n.is_multiple_of(2) {
                "/api/v1/alerts".to_owned()
            } else {
                format!("/api/v1/alerts/{alert}")
            };
            GatewayEvent::get(&path).with_key(&world.key).into_value()
        }
        "investigations" => {
            // One alert is claimed and released, and the next one then.
            let alert = &world.alerts[(n / 2) % world.alerts.len()];
            let verb = if n.is_multiple_of(2) { "claim" } else { "release" };
            let path = format!("/api/v1/alerts/{alert}/{verb}");
            GatewayEvent::new(&Method::POST, &path).with_key(&world.key).into_value()
        }
        "admin" => GatewayEvent::get("/api/v1/keys").with_key(&world.key).into_value(),
        "health" => GatewayEvent::get("/health").into_value(),
        "retrain" => json!({"task": "fold"}),
        "migrate" => json!({}),
        "outbox" => json!({"task": "claim"}),
        // A batch of nothing: what it measures is the start.
        "deliver" => json!({"responsePayload": {"messages": []}}),
        "bulk" => queue(&json!(one(world, n)).to_string()),
        other => panic!("there is no event for {other}"),
    }
}
