//! `POST /api/v1/alerts/{id}/assign`

use crate::asked::Asked;
use crate::text::read_key_id;
use axum::extract::State;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::extract::JsonBody;
use shared::http::fields::Fields;
use shared::http::precondition::Tagged;
use shared::state::AppState;
use shared::workflow::investigations::Move;
use utoipa::ToSchema;

/// To whom an alert is given.
#[derive(ToSchema)]
#[schema(as = NewAssignee)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct AssigneeIn {
    /// The id of a live key of an analyst, a supervisor or an admin.
    #[schema(min_length = 1, max_length = 64)]
    assignee: String,
}

/// Gives an alert to a key: a supervisor to any that investigates, an analyst to their own.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/assign", tag = "investigations", operation_id = "assign_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")), request_body = AssigneeIn,
    responses((status = 200, body = AlertOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn assign(
    State(state): State<AppState>,
    asked: Asked,
    JsonBody(body): JsonBody,
) -> Result<Tagged<AlertOut>, Error> {
    asked.make(&state, Permission::Investigate, || Ok(Move::Assign(read_assignee(&body)?))).await
}

fn read_assignee(body: &Value) -> Result<String, Error> {
    let mut fields = Fields::new(body, "");
    let assignee = fields.required("assignee", read_key_id);
    match (assignee, fields.finish()) {
        (Some(assignee), problems) if problems.is_empty() => Ok(assignee),
        (_, problems) => Err(Error::validation(problems)),
    }
}
