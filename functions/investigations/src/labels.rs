//! `POST /api/v1/labels`

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::{Permission, Role};
use shared::domain::ids::TransactionId;
use shared::domain::label::{LabelClaim, LabelSource, Verdict};
use shared::domain::text::{ExternalId, Source};
use shared::error::{Error, FieldProblem};
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody};
use shared::http::fields::{Fields, read_time};
use shared::http::present::ProblemOut;
use shared::http::words;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::labels::{LabelOutcome, LabelTarget, record_from_outside};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Labels a request may hold.
const MAX_LABELS: usize = 5_000;
/// How far ahead of the server's clock a label may have been observed.
const MAX_AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// What `POST /api/v1/labels` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewLabels)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct LabelsIn {
    #[schema(min_items = 1, max_items = 5_000)]
    labels: Vec<LabelIn>,
}

/// A label of a transaction that is named by `transaction_id`, or by `source` and `external_id`.
#[derive(ToSchema)]
#[schema(as = NewLabel)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct LabelIn {
    /// `txn_` and a UUID.
    transaction_id: Option<String>,
    source: Option<String>,
    external_id: Option<String>,
    #[schema(value_type = words::Verdict)]
    verdict: String,
    /// chargeback; or supervisor, with the key of one.
    #[schema(value_type = words::LabelSource)]
    label_source: String,
    /// When it became known; at most ten minutes ahead of the server's clock.
    observed_at: Timestamp,
}

/// The answer: one item a label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LabelsAnswer)]
pub(crate) struct LabelsOut {
    counts: BTreeMap<&'static str, usize>,
    items: Vec<ItemOut>,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = LabelItem)]
struct ItemOut {
    index: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemOut>,
}

/// Records labels from outside, such as chargebacks; the same label again is a replay.
#[utoipa::path(
    post, path = "/api/v1/labels", tag = "labels", operation_id = "create_labels", request_body = LabelsIn,
    responses((status = 200, body = LabelsOut)), security(("key" = ["label"]))
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    JsonBody(body): JsonBody,
) -> Result<Json<LabelsOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Label, now).await?;
    let mut fields = Fields::new(&body, "");
    let items = fields.items("labels", MAX_LABELS);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let by = By { role: session.actor.role, now };
    let read: Vec<Result<(LabelTarget, LabelClaim), Vec<FieldProblem>>> =
        items.iter().enumerate().map(|(index, item)| read_label(index, item, by)).collect();
    let valid: Vec<(LabelTarget, LabelClaim)> =
        read.iter().filter_map(|item| item.as_ref().ok()).cloned().collect();
    let mut outcomes = record_from_outside(&mut session, &valid).await?.into_iter();
    let items: Vec<ItemOut> = read
        .into_iter()
        .enumerate()
        .map(|(index, item)| match item {
            Ok(_) => ItemOut::of(index, outcomes.next().as_ref()),
            Err(problems) => ItemOut::rejected(index, problems),
        })
        .collect();
    let mut counts = BTreeMap::new();
    for item in &items {
        *counts.entry(item.outcome).or_default() += 1;
    }
    Ok(Json(LabelsOut { counts, items }))
}

/// Whose labels are read, and when.
#[derive(Clone, Copy)]
struct By {
    role: Role,
    now: Timestamp,
}

fn read_label(index: usize, item: &Value, by: By) -> Result<(LabelTarget, LabelClaim), Vec<FieldProblem>> {
    let mut fields = Fields::new(item, &format!("/labels/{index}"));
    let target = read_target(&mut fields);
    let verdict = fields.required("verdict", Verdict::parse);
    let source = fields.required("label_source", |text| read_source(text, by.role));
    let observed_at = fields.required("observed_at", |text| read_observed_at(text, by.now));
    let problems = fields.finish();
    match (target, verdict, source, observed_at) {
        (Some(target), Some(verdict), Some(source), Some(observed_at)) if problems.is_empty() => {
            Ok((target, LabelClaim { verdict, source, observed_at, recorded_at: by.now }))
        }
        _ => Err(problems),
    }
}

fn read_target(fields: &mut Fields<'_>) -> Option<LabelTarget> {
    if fields.value("transaction_id").is_some() {
        let id = fields.optional("transaction_id", TransactionId::parse)?;
        return Some(LabelTarget::Transaction(id));
    }
    let source = fields.required("source", Source::parse);
    let external_id = fields.required("external_id", ExternalId::parse);
    Some(LabelTarget::Key(source?.to_string(), external_id?.to_string()))
}

/// A supervisor's word outranks all others, so only a supervisor's or an admin's key gives it.
fn read_source(text: &str, role: Role) -> Result<LabelSource, Invalid> {
    match LabelSource::parse(text)? {
        LabelSource::Analyst => Err(Invalid::new("must be chargeback or supervisor; analysts decide alerts")),
        LabelSource::Supervisor if !matches!(role, Role::Supervisor | Role::Admin) => {
            Err(Invalid::new("may be supervisor only with a supervisor's key"))
        }
        source @ (LabelSource::Chargeback | LabelSource::Supervisor) => Ok(source),
    }
}

fn read_observed_at(text: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
    let time = read_time(text)?;
    if time.duration_since(now) > MAX_AHEAD {
        return Err(Invalid::new("must not be more than 10 minutes ahead of the server's clock"));
    }
    Ok(time)
}

impl ItemOut {
    fn rejected(index: usize, problems: Vec<FieldProblem>) -> Self {
        let errors = problems.into_iter().map(ProblemOut::from).collect();
        Self { index, outcome: "rejected", label_id: None, errors }
    }

    fn of(index: usize, outcome: Option<&LabelOutcome>) -> Self {
        let refused = |message: &str| {
            let pointer = format!("/labels/{index}");
            Self::rejected(index, vec![FieldProblem { pointer, message: message.to_owned() }])
        };
        let recorded = |outcome, id: shared::domain::ids::LabelId| Self {
            index,
            outcome,
            label_id: Some(id.to_string()),
            errors: Vec::new(),
        };
        match outcome {
            Some(LabelOutcome::Accepted(id)) => recorded("accepted", *id),
            Some(LabelOutcome::Replayed(id)) => recorded("replayed", *id),
            Some(LabelOutcome::Unbound) => refused("this key may not label transactions of this source"),
            Some(LabelOutcome::UnknownTransaction) | None => refused("there is no such transaction"),
        }
    }
}
