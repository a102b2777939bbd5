//! `GET /api/v1/noise`, `GET /api/v1/noise/counts`

use crate::wire::query::{NoiseQuery, PagingQuery};
use crate::wire::record::{NoiseCountsOut, NoiseOut};
use axum::Json;
use axum::extract::State;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::gate::Gate;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::{Fields, read_time};
use shared::http::listing::{Paging, words};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::records::{HeldBack, NoiseFilter, count_noise, list_noise};

/// A page of the noise ledger: the assessments that a gate held back, newest received first.
#[utoipa::path(
    get, path = "/api/v1/noise", tag = "noise", operation_id = "list_noise", params(NoiseQuery, PagingQuery),
    responses((status = 200, body = NoiseOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<NoiseOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let (filter, paging) = (read_filter(&mut fields), Paging::read(&mut fields));
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let signature = format!("noise {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after = paging.position(sealing.0, sealing.1)?;
    let rows = list_noise(&session, &filter, after, paging.n_wanted()).await?;
    let paged = paging.page(rows, sealing, |last: &HeldBack| last.id)?;
    Ok(Json(NoiseOut::from(paged)))
}

/// How much each gate held back, by day and reason.
#[utoipa::path(
    get, path = "/api/v1/noise/counts", tag = "noise", operation_id = "count_noise", params(NoiseQuery),
    responses((status = 200, body = NoiseCountsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn count(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<NoiseCountsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let filter = read_filter(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    Ok(Json(NoiseCountsOut::from(count_noise(&session, &filter).await?)))
}

fn read_filter(fields: &mut Fields<'_>) -> NoiseFilter {
    let gate = |word: &str| {
        let gate =
            Gate::parse(word).ok_or_else(|| Invalid::new("must be allow_list, snooze, cap or failures"))?;
        Ok(gate.as_str().to_owned())
    };
    NoiseFilter {
        gates: fields.optional("gate", |text| words(text, gate)),
        from: fields.optional("from", read_time),
        to: fields.optional("to", read_time),
    }
}
