//! `POST /api/v1/alerts/bulk`

use crate::text::{read_key_id, reason};
use crate::wire::OperationOut;
use axum::Json;
use axum::extract::State;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::alert::Disposition;
use shared::domain::ids::AlertId;
use shared::domain::operation::BulkAction;
use shared::domain::version::Seen;
use shared::error::{Error, ErrorKind};
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::{Session, admit};
use shared::workflow::investigations::{self, BulkMove, Move, NewDecision, Target, check_notes};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Alerts a request may hold.
const MAX_ITEMS: usize = 500;

/// One move on many alerts.
#[derive(ToSchema)]
#[schema(as = NewOperation)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct BulkIn {
    #[schema(value_type = words::BulkAction)]
    action: String,
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<BulkItemIn>,
    /// Of assign: the id of a key.
    #[schema(min_length = 1, max_length = 64)]
    assignee: Option<String>,
    /// Of decide.
    #[schema(value_type = Option<words::Disposition>)]
    disposition: Option<String>,
    /// Of decide, where it is required, and of close.
    #[schema(min_length = 1, max_length = 1_000)]
    reason: Option<String>,
    /// Of decide: how sure.
    #[schema(minimum = 0.0, maximum = 1.0)]
    confidence: Option<f64>,
}

/// One alert, named once.
#[derive(ToSchema)]
#[schema(as = NewOperationItem)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct BulkItemIn {
    /// `alr_` and a UUID.
    id: String,
    /// The version that was seen.
    version: Option<i64>,
}

/// Makes one move on many alerts; the answer says what came of each.
#[utoipa::path(
    post, path = "/api/v1/alerts/bulk", tag = "investigations", operation_id = "move_alerts",
    request_body = BulkIn,
    responses((status = 200, body = OperationOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn bulk(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<Json<OperationOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let (made, targets) = read_request(&body)?;
    may_make(&session, &made)?;
    let outcome = investigations::bulk(&mut session, &targets, (made, &request_id)).await?;
    Ok(Json(OperationOut::with_items(&outcome.operation, &outcome.items)))
}

fn may_make(session: &Session, made: &BulkMove) -> Result<(), Error> {
    let is_for_supervisors = matches!(made, BulkMove::Move(Move::Close(_)));
    if is_for_supervisors && !session.actor.role.may(Permission::Supervise) {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "alerts are closed by a supervisor, or by the schedule",
        ));
    }
    Ok(())
}

fn read_request(body: &Value) -> Result<(BulkMove, Vec<Target>), Error> {
    let mut fields = Fields::new(body, "");
    let action = fields.required("action", BulkAction::parse);
    let made = action.and_then(|action| read_move(action, &mut fields));
    let targets = read_targets(&mut fields);
    match (made, fields.finish()) {
        (Some(made), problems) if problems.is_empty() => {
            if let BulkMove::Decide(decision) = &made {
                check_notes(decision, "/reason")?;
            }
            Ok((made, targets))
        }
        (_, problems) => Err(Error::validation(problems)),
    }
}

/// A field that is of another action is no field of this request.
fn read_move(action: BulkAction, fields: &mut Fields<'_>) -> Option<BulkMove> {
    match action {
        BulkAction::Claim => Some(BulkMove::Move(Move::Claim)),
        BulkAction::Assign => {
            fields.required("assignee", read_key_id).map(|assignee| BulkMove::Move(Move::Assign(assignee)))
        }
        BulkAction::Close => Some(BulkMove::Move(Move::Close(fields.optional("reason", reason)))),
        BulkAction::Decide => read_decision(fields).map(BulkMove::Decide),
    }
}

fn read_decision(fields: &mut Fields<'_>) -> Option<NewDecision> {
    let disposition = fields.required("disposition", Disposition::parse);
    let notes = fields.required("reason", reason);
    let confidence = fields.number("confidence");
    if confidence.is_some_and(|confidence| !(0.0..=1.0).contains(&confidence)) {
        fields.note("confidence", "must be in [0, 1]");
    }
    Some(NewDecision { disposition: disposition?, notes: Some(notes?), confidence, transactions: None })
}

fn read_targets(fields: &mut Fields<'_>) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut named = BTreeSet::new();
    for (position, item) in fields.items("items", MAX_ITEMS).iter().enumerate() {
        let mut inner = Fields::new(item, &format!("/items/{position}"));
        let id = inner.required("id", AlertId::parse);
        let seen = Seen::from(read_version(&mut inner));
        if id.is_some_and(|id| !named.insert(id)) {
            inner.note("id", "is named twice");
        }
        fields.absorb(inner);
        targets.extend(id.map(|id| Target { id, seen }));
    }
    targets
}

fn read_version(fields: &mut Fields<'_>) -> Option<i64> {
    let version = fields.value("version")?.as_i64();
    if version.is_none() {
        fields.note("version", "must be a whole number");
    }
    version
}
