//! Transactions' answers as they look on the wire.

use serde::Serialize;
use shared::domain::assessment::AssessmentRecord;
use shared::domain::ids::TransactionId;
use shared::error::FieldProblem;
use shared::http::present::{AlertRefOut, AssessmentOut, ProblemOut, ReasonOut, top_reasons};
use shared::http::words;
use shared::workflow::ingest::ItemOutcome;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The answer to one transaction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IngestedTransaction)]
pub(crate) struct TransactionOut {
    transaction_id: String,
    assessment: AssessmentOut,
    alert: Option<AlertRefOut>,
}

impl TransactionOut {
    pub(crate) fn new(id: TransactionId, record: &AssessmentRecord) -> Self {
        Self {
            transaction_id: id.to_string(),
            assessment: AssessmentOut::from(record),
            alert: record.alert.map(AlertRefOut::from),
        }
    }
}

/// The answer to a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchAnswer)]
pub(crate) struct BatchOut {
    counts: BTreeMap<&'static str, usize>,
    items: Vec<ItemOut>,
}

impl BatchOut {
    pub(crate) fn new(items: Vec<ItemOut>) -> Self {
        let mut counts = BTreeMap::new();
        for item in &items {
            *counts.entry(item.outcome).or_default() += 1;
        }
        Self { counts, items }
    }
}

/// The answer to one item of a batch: compact, since 5,000 of them must fit in one response.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = BatchItem)]
pub(crate) struct ItemOut {
    index: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk_score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<words::Severity>)]
    severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alert_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<words::Layer>)]
    degraded: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<ReasonOut>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemOut>,
}

impl ItemOut {
    /// An item whose fields are wrong.
    pub(crate) fn rejected(index: usize, problems: Vec<FieldProblem>) -> Self {
        Self {
            index,
            outcome: "rejected",
            errors: problems.into_iter().map(ProblemOut::from).collect(),
            ..Self::default()
        }
    }

    /// An item that reached the workflow.
    pub(crate) fn of(index: usize, outcome: Option<ItemOutcome>, wants_reasons: bool) -> Self {
        let refused = |outcome, message: String| Self {
            index,
            outcome,
            errors: vec![ProblemOut { pointer: format!("/transactions/{index}"), message }],
            ..Self::default()
        };
        match outcome {
            Some(ItemOutcome::Accepted(id, record)) => {
                Self::assessed((index, "accepted"), id, &record, wants_reasons)
            }
            Some(ItemOutcome::Replayed(id, record)) => {
                Self::assessed((index, "replayed"), id, &record, wants_reasons)
            }
            Some(ItemOutcome::Conflict) => refused(
                "conflict",
                "this source and external_id belong to a transaction with other content".into(),
            ),
            Some(ItemOutcome::Unbound) => {
                refused("rejected", "this key may not send transactions of this source".into())
            }
            Some(ItemOutcome::Failed(error)) => refused("retry", error.message),
            None => refused("retry", "the item was not reached; send it again".into()),
        }
    }

    fn assessed(
        (index, outcome): (usize, &'static str),
        id: TransactionId,
        record: &AssessmentRecord,
        wants_reasons: bool,
    ) -> Self {
        Self {
            index,
            outcome,
            transaction_id: Some(id.to_string()),
            risk_score: Some(record.risk.value()),
            severity: Some(record.severity.as_str()),
            alert_id: record.alert.map(|(id, _)| id.to_string()),
            degraded: record.degraded(),
            reasons: wants_reasons.then(|| top_reasons(record)),
            errors: Vec::new(),
        }
    }
}
