//! `GET /metrics`: what the database says, and what a local process did, for Prometheus.

use axum::extract::State;
use axum::http::{HeaderName, header};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{BearerToken, Caller};
use shared::http::measure::pool_readings;
use shared::state::AppState;
use shared::telemetry::exposition::{CONTENT_TYPE, text};
use shared::telemetry::meter::readings_of;
use shared::workflow::metrics::{Reader, read};

/// Figures for Prometheus.
///
/// For an admin, or a monitor with the token of the settings.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", operation_id = "metrics", security(("key" = ["administer"])),
    responses((status = 200, body = String, content_type = "text/plain; version=0.0.4"))
)]
pub(crate) async fn metrics(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    BearerToken(token): BearerToken,
) -> Result<([(HeaderName, &'static str); 1], String), Error> {
    let figures = read(&state, &Reader { credentials, token }, clock::now()).await?;
    let mut gauges = readings_of(&figures);
    // On Lambda an instance knows only itself, and its figures are in CloudWatch.
    let kept = state.config.tells_own_figures().then(|| state.meter.kept());
    if kept.is_some() {
        gauges.extend(pool_readings(&state));
    }
    let told = text(state.config.environment.as_str(), &gauges, kept.as_ref()).map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], told))
}
