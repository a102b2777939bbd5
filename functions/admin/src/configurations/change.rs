//! `POST /api/v1/configurations`

use crate::lists::add::Why;
use crate::wire::configuration::ConfigurationOut;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::approval::ApprovalRule;
use shared::domain::configuration::{AlertBudget, MAX_ALERT_CAP};
use shared::domain::score::Weights;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::tuning::{Wish, change as change_configuration};
use utoipa::ToSchema;

/// What `POST /api/v1/configurations` takes; read field by field below. At least one field beside the reason.
#[derive(ToSchema)]
#[schema(as = ConfigurationChange)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct ConfigurationIn {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// From where on an alert is raised; below `threshold_high`.
    threshold_medium: Option<f64>,
    /// From where on it is critical.
    threshold_high: Option<f64>,
    /// All three; they add up to 1.
    weights: Option<WeightsIn>,
    #[schema(minimum = 0, maximum = 20)]
    alert_cap_per_account_hour: Option<i64>,
    /// Above 0, at most 0.04.
    alert_budget: Option<f64>,
    /// Alerts from this severity on are decided by two people; `off`: none.
    #[schema(value_type = Option<words::ApprovalRule>)]
    approval_from_severity: Option<String>,
}

/// How much each layer counts.
#[derive(ToSchema)]
#[schema(as = NewWeights)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct WeightsIn {
    statistical: f64,
    behavioral: f64,
    ml: f64,
}

/// Makes a version out of the active one, by the fields that are named, and uses it.
#[utoipa::path(
    post, path = "/api/v1/configurations", tag = "configuration", operation_id = "change_configuration",
    params(("If-Match" = String, Header, description = "The active version that was seen, in quotes.")),
    request_body = ConfigurationIn, responses((status = 201, body = ConfigurationOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn change(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    IfMatch(seen): IfMatch,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Tagged<ConfigurationOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Administer, clock::now()).await?;
    let wish = read_wish(&body)?;
    let version = change_configuration(&mut session, &wish, (&seen, &request_id)).await?;
    Ok((StatusCode::CREATED, tagged(version.number, ConfigurationOut::from(version))))
}

fn read_wish(body: &Value) -> Result<Wish, Error> {
    let mut fields = Fields::new(body, "");
    let threshold_medium = fields.number("threshold_medium");
    let threshold_high = fields.number("threshold_high");
    let weights = read_weights(&mut fields);
    let cap = fields.whole_number("alert_cap_per_account_hour", 0..=i64::from(MAX_ALERT_CAP));
    let alert_budget = read_budget(&mut fields);
    let approval = fields.optional("approval_from_severity", ApprovalRule::parse);
    let reason = fields.required("reason", Why::parse);
    let is_empty = threshold_medium.is_none()
        && threshold_high.is_none()
        && weights.is_none()
        && cap.is_none()
        && alert_budget.is_none()
        && approval.is_none();
    match (reason, fields.finish()) {
        (Some(_), problems) if problems.is_empty() && is_empty => Err(nothing_named()),
        (Some(reason), problems) if problems.is_empty() => Ok(Wish {
            threshold_medium,
            threshold_high,
            weights,
            alert_cap_per_account_hour: cap.and_then(|cap| u32::try_from(cap).ok()),
            alert_budget,
            approval,
            reason: reason.to_string(),
        }),
        (_, problems) => Err(Error::validation(problems)),
    }
}

fn nothing_named() -> Error {
    Error::validation(vec![shared::error::FieldProblem {
        pointer: String::new(),
        message: "must name at least one field to change".into(),
    }])
}

fn read_weights(fields: &mut Fields<'_>) -> Option<Weights> {
    let mut inner = fields.object("weights")?;
    let parts = ["statistical", "behavioral", "ml"].map(|layer| {
        if inner.value(layer).is_none() {
            inner.note(layer, "is required");
        }
        inner.number(layer)
    });
    fields.absorb(inner);
    let [Some(statistical), Some(behavioral), Some(ml)] = parts else {
        return None;
    };
    match Weights::try_new(statistical, behavioral, ml) {
        Ok(weights) => Some(weights),
        Err(invalid) => {
            fields.note("weights", invalid.0);
            None
        }
    }
}

fn read_budget(fields: &mut Fields<'_>) -> Option<AlertBudget> {
    match AlertBudget::try_new(fields.number("alert_budget")?) {
        Ok(budget) => Some(budget),
        Err(invalid) => {
            fields.note("alert_budget", invalid.0);
            None
        }
    }
}
