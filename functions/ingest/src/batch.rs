//! `POST /api/v1/transactions/batch`

use crate::wire::{BatchOut, ItemOut};
use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::Value;
use shared::domain::transaction::NewTransaction;
use shared::error::{Error, FieldProblem};
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::transaction::{TransactionIn, read_transaction};
use shared::state::AppState;
use shared::workflow::access::admit_only;
use shared::workflow::ingest::{IngestContext, Sender, ingest};
use utoipa::ToSchema;

/// Items a request may hold: a compact answer to each fits in a Lambda response.
const MAX_ITEMS: usize = 5_000;
/// Items a request may hold when it asks for reasons.
const MAX_ITEMS_WITH_REASONS: usize = 500;

/// What the request takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewBatch)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct BatchIn {
    /// To 500 with `include_reasons`.
    #[schema(min_items = 1, max_items = 5_000)]
    transactions: Vec<TransactionIn>,
    /// Whether items are answered with their top reasons.
    include_reasons: Option<bool>,
}

/// Stores and scores many transactions and answers each on its own: one bad item never blocks the rest.
#[utoipa::path(
    post, path = "/api/v1/transactions/batch", tag = "transactions", operation_id = "create_transactions",
    request_body = BatchIn, responses((status = 200, body = BatchOut)), security(("key" = ["ingest"]))
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<Json<BatchOut>, Error> {
    let now = clock::now();
    let mut fields = Fields::new(&body, "");
    let wants_reasons = fields.boolean("include_reasons").unwrap_or(false);
    let most = if wants_reasons { MAX_ITEMS_WITH_REASONS } else { MAX_ITEMS };
    let items = fields.items("transactions", most);
    let problems = fields.finish();
    let context = IngestContext { sender: Sender::Key(credentials), request_id, now };
    if !problems.is_empty() {
        admit_only(&state, &context).await?;
        return Err(Error::validation(problems));
    }
    let read: Vec<Result<NewTransaction, Vec<FieldProblem>>> =
        items.iter().enumerate().map(|(index, item)| read_item(index, item, now)).collect();
    let valid: Vec<NewTransaction> = read.iter().filter_map(|item| item.as_ref().ok()).cloned().collect();
    let outcomes = if valid.is_empty() {
        admit_only(&state, &context).await?;
        Vec::new()
    } else {
        ingest(&state, &context, valid).await?
    };
    let mut outcomes = outcomes.into_iter();
    let answers = read.into_iter().enumerate().map(|(index, item)| match item {
        Err(problems) => ItemOut::rejected(index, problems),
        Ok(_) => ItemOut::of(index, outcomes.next(), wants_reasons),
    });
    Ok(Json(BatchOut::new(answers.collect())))
}

fn read_item(index: usize, item: &Value, now: Timestamp) -> Result<NewTransaction, Vec<FieldProblem>> {
    let mut fields = Fields::new(item, &format!("/transactions/{index}"));
    let transaction = read_transaction(&mut fields, now);
    let problems = fields.finish();
    match transaction {
        Some(transaction) if problems.is_empty() => Ok(transaction),
        _ => Err(problems),
    }
}
