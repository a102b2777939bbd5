//! `POST /api/v1/transactions`

use crate::wire::TransactionOut;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use shared::domain::assessment::AssessmentRecord;
use shared::domain::ids::TransactionId;
use shared::error::{Error, ErrorKind};
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::idempotency::REPLAYED;
use shared::http::transaction::{TransactionIn, read_transaction};
use shared::state::AppState;
use shared::workflow::access::admit_only;
use shared::workflow::ingest::{IngestContext, ItemOutcome, Sender, ingest};

/// Stores and scores one transaction.
///
/// 201 the first time, 200 with the first answer when repeated, 409 when
/// its key is taken by other content.
#[utoipa::path(
    post, path = "/api/v1/transactions", tag = "transactions", operation_id = "create_transaction",
    request_body = TransactionIn,
    responses(
        (status = 201, body = TransactionOut),
        (status = 200, body = TransactionOut, description = "The first answer to the same content"),
    ),
    security(("key" = ["ingest"]))
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<Response, Error> {
    let now = clock::now();
    let mut fields = Fields::new(&body, "");
    let transaction = read_transaction(&mut fields, now);
    let problems = fields.finish();
    let context = IngestContext { sender: Sender::Key(credentials), request_id, now };
    let transaction = match transaction {
        Some(transaction) if problems.is_empty() => transaction,
        _ => {
            admit_only(&state, &context).await?;
            return Err(Error::validation(problems));
        }
    };
    let outcomes = ingest(&state, &context, vec![transaction]).await?;
    match outcomes.into_iter().next() {
        Some(ItemOutcome::Accepted(id, record)) => Ok(answer(StatusCode::CREATED, id, &record)),
        Some(ItemOutcome::Replayed(id, record)) => {
            let mut response = answer(StatusCode::OK, id, &record);
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            Ok(response)
        }
        Some(ItemOutcome::Conflict) => Err(Error::new(
            ErrorKind::ContentConflict,
            "this source and external_id belong to a transaction with other content",
        )),
        Some(ItemOutcome::Unbound) => {
            Err(Error::new(ErrorKind::Forbidden, "this key may not send transactions of this source"))
        }
        Some(ItemOutcome::Failed(error)) => Err(error),
        None => Err(Error::internal("one transaction has no outcome")),
    }
}

fn answer(status: StatusCode, id: TransactionId, record: &AssessmentRecord) -> Response {
    (status, Json(TransactionOut::new(id, record))).into_response()
}
