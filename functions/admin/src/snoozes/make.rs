//! `POST /api/v1/snoozes`

use crate::keys::create::read_end;
use crate::lists::add::Why;
use crate::wire::snooze::SnoozeOut;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::severity::Severity;
use shared::domain::text::{AccountId, Text};
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::snoozes::{NewSnooze, make as make_snooze};
use utoipa::ToSchema;

/// What `POST /api/v1/snoozes` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewSnooze)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct SnoozeIn {
    #[schema(min_length = 1, max_length = 128)]
    account: String,
    /// Only what this reason leads to; left out for everything.
    #[schema(min_length = 1, max_length = 64)]
    reason_code: Option<String>,
    /// The gravest to hold back; that of the account's newest alert when left out.
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<String>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
    /// At most 90 days ahead.
    until: Timestamp,
}

/// The longest: what is to be quiet for ever belongs on the allow list, where a supervisor puts it.
const MAX_LENGTH: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Lets an account raise no alerts for a while, unless something graver happens.
#[utoipa::path(
    post, path = "/api/v1/snoozes", tag = "lists", operation_id = "make_snooze",
    request_body = SnoozeIn, responses((status = 201, body = SnoozeOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn make(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<SnoozeOut>), Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Investigate, now).await?;
    let snooze = read_snooze(&body, now)?;
    let made = make_snooze(&mut session, snooze, &request_id).await?;
    Ok((StatusCode::CREATED, Json(SnoozeOut::new(made, now))))
}

fn read_snooze(body: &Value, now: Timestamp) -> Result<NewSnooze, Error> {
    let mut fields = Fields::new(body, "");
    let account = fields.required("account", AccountId::parse);
    let reason_code = fields.optional("reason_code", |text| Ok(Text::<64>::parse(text)?.to_string()));
    let severity = fields.optional("severity", Severity::parse);
    let reason = fields.required("reason", Why::parse);
    let until = fields.required("until", |text| read_until(text, now));
    match (account, reason, until, fields.finish()) {
        (Some(account), Some(reason), Some(until), problems) if problems.is_empty() => {
            let (account, reason) = (account.to_string(), reason.to_string());
            Ok(NewSnooze { account, reason_code, severity, reason, until })
        }
        (.., problems) => Err(Error::validation(problems)),
    }
}

fn read_until(text: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let until = read_end(text, now)?;
    if until.duration_since(now) > MAX_LENGTH {
        return Err(Invalid::new("must be at most 90 days ahead; for longer use the allow list"));
    }
    Ok(until)
}
