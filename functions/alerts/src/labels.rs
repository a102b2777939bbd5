//! `GET /api/v1/labels`

use crate::wire::query::{LabelsQuery, PagingQuery};
use crate::wire::record::LabelsOut;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::ids::TransactionId;
use shared::domain::label::{LabelSource, Verdict};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, Query};
use shared::http::fields::{Fields, read_time};
use shared::http::listing::Paging;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::records::{LabelFilter, ListedLabel, list_labels};

/// A page of labels, newest recorded first.
#[utoipa::path(
    get, path = "/api/v1/labels", tag = "labels", operation_id = "list_labels", params(LabelsQuery, PagingQuery),
    responses((status = 200, body = LabelsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<LabelsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let (filter, paging) = read_listing(&query)?;
    let signature = format!("labels {filter:?}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after = paging.position(sealing.0, sealing.1)?;
    let rows = list_labels(&session, &filter, after, paging.n_wanted()).await?;
    let paged = paging.page(rows, sealing, |last: &ListedLabel| last.id)?;
    Ok(Json(LabelsOut::from(paged)))
}

fn read_listing(query: &Value) -> Result<(LabelFilter, Paging), Error> {
    let mut fields = Fields::of_query(query);
    let filter = LabelFilter {
        transaction: fields.optional("transaction_id", |text| Ok(TransactionId::parse(text)?.0)),
        verdict: fields.optional("verdict", |text| Ok(Verdict::parse(text)?.as_str().to_owned())),
        source: fields.optional("label_source", |text| Ok(LabelSource::parse(text)?.as_str().to_owned())),
        from: fields.optional("from", read_time),
        to: fields.optional("to", read_time),
    };
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if problems.is_empty() { Ok((filter, paging)) } else { Err(Error::validation(problems)) }
}
