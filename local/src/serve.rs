//! One process: every function's routes, over one database. Never deployed.

use crate::anchors;
use crate::commands::BoxedError;
use crate::openapi;
use crate::webhooks;
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use deliver::Sender;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody};
use shared::http::layers;
use shared::http::routes::Routes;
use shared::state::AppState;
use shared::workflow::access::admit;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// A task reads a month of history: the schedule's function has this long too.
const TASK_TIMEOUT: Duration = Duration::from_secs(600);

/// Every route there is, `/local/v1/tasks`, the stand-in for the schedule, and `/docs`, the description to look at.
pub fn router(state: AppState) -> Router {
    let tasks = Router::new().route("/local/v1/tasks", post(run_task));
    layers::finish(routes(), state.clone())
        .merge(layers::finish_within(tasks, state, TASK_TIMEOUT))
        .merge(openapi::pages())
}

/// Every function's routes.
pub fn routes() -> Routes {
    let people = alerts::routes().merge(investigations::routes()).merge(admin::routes());
    ingest::routes().merge(people).merge(health::routes())
}

/// Does one of the schedule's tasks; the body is the schedule's event.
async fn run_task(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    JsonBody(event): JsonBody,
) -> Result<Json<Value>, Error> {
    let now = clock::now();
    // The session's connection goes back to the pool before the task takes its own.
    drop(admit(&state, &credentials, Permission::Administer, now).await?);
    let made = retrain::handler(&state, &event, now).await?;
    anchors::keep(&state.config.anchors_file, &made).map_err(Error::internal)?;
    Ok(Json(made))
}

/// Takes the port, on the loopback only.
///
/// # Errors
/// When the port is taken.
pub async fn listen(port: u16) -> Result<TcpListener, BoxedError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| {
        format!("port {port} cannot be used ({error}); stop what uses it, or set PORT to another").into()
    })
}

/// Serves until the process is asked to end; requests under way are finished. Webhook messages are delivered meanwhile.
///
/// # Errors
/// When TLS cannot be set up, or the listener breaks.
pub async fn serve(listener: TcpListener, state: AppState) -> Result<(), BoxedError> {
    let sender = Sender::try_new(state.config.environment.webhook_reach())?;
    let delivering = tokio::spawn(webhooks::deliver_all(state.clone(), sender));
    let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(asked_to_end()).await?;
    // A message that is cut off here is due again when its lease ends.
    delivering.abort();
    Ok(())
}

async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be caught; only an interrupt ends the server in order");
            if let Err(error) = interrupted.await {
                tracing::error!(%error, "an interrupt cannot be caught either");
            }
        }
    }
}
