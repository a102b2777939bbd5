//! Alerts as CSV: RFC 4180, in parts that the gateway lets through, with nothing that a spreadsheet would compute.

use jiff::Timestamp;
use shared::domain::alert::Disposition;
use shared::domain::alert::SlaState;
use shared::domain::score::Layer;
use shared::error::Error;
use shared::workflow::alerts::{Position, QueuedAlert};

/// Bytes of a part, at most: the gateway lets 6 MB of an answer through, and headers take some.
const MAX_BYTES: usize = 5_000_000;

const COLUMNS: [&str; 30] = [
    "id",
    "status",
    "severity",
    "risk_score",
    "priority",
    "sla",
    "account",
    "counterparty",
    "amount",
    "currency",
    "detector",
    "reason_codes",
    "cause",
    "n_assessments",
    "first_seen_at",
    "last_seen_at",
    "created_at",
    "respond_by",
    "resolve_by",
    "assignee",
    "is_escalated",
    "disposition",
    "confidence",
    "notes",
    "decided_by",
    "decided_at",
    "transaction_id",
    "previous_alert_id",
    "is_awaiting_approval",
    "approved_by",
];

/// One part of an export.
pub(crate) struct Part {
    /// A header and a line an alert.
    pub(crate) text: String,
    /// Where the last alert in it stands; none of an empty part.
    pub(crate) last: Option<Position>,
}

/// Writes as many of the alerts as fit, the first at least.
///
/// # Errors
/// When a line cannot be written.
pub(crate) fn part(alerts: &[QueuedAlert], as_of: Timestamp) -> Result<Part, Error> {
    let mut text = line(&COLUMNS.map(str::to_owned))?;
    let mut last = None;
    for queued in alerts {
        let line = line(&cells(queued, as_of))?;
        if last.is_some() && text.len() + line.len() > MAX_BYTES {
            break;
        }
        text.push_str(&line);
        last = Some(queued.position);
    }
    Ok(Part { text, last })
}

fn line(cells: &[String; 30]) -> Result<String, Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::with_capacity(512));
    writer.write_record(cells).map_err(Error::internal)?;
    let bytes = writer.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(Error::internal)
}

fn cells(queued: &QueuedAlert, as_of: Timestamp) -> [String; 30] {
    let alert = &queued.alert;
    let trigger = alert.trigger.as_ref();
    let decision = alert.decision.as_ref();
    let time = |at: Timestamp| at.to_string();
    let word = |word: Option<&'static str>| word.unwrap_or_default().to_owned();
    [
        alert.id.to_string(),
        alert.status.as_str().to_owned(),
        alert.severity.as_str().to_owned(),
        alert.risk.value().to_string(),
        queued.priority.to_string(),
        word(alert.sla(as_of).map(SlaState::as_str)),
        told(alert.account.as_deref()),
        told(trigger.map(|trigger| trigger.counterparty.as_str())),
        trigger.map(|trigger| trigger.amount.to_string()).unwrap_or_default(),
        word(trigger.map(|trigger| trigger.amount.currency().as_str())),
        word(trigger.and_then(|trigger| trigger.detector).map(Layer::as_str)),
        told(trigger.map(|trigger| trigger.reasons.join(" ")).as_deref()),
        told(alert.cause.as_deref()),
        alert.n_assessments.to_string(),
        time(alert.first_seen_at),
        time(alert.last_seen_at),
        time(alert.created_at),
        time(alert.respond_by),
        time(alert.resolve_by),
        told(alert.assignee.as_deref()),
        alert.is_escalated.to_string(),
        word(decision.map(|decision| decision.disposition).map(Disposition::as_str)),
        decision.and_then(|decision| decision.confidence).map(|it| it.to_string()).unwrap_or_default(),
        told(decision.and_then(|decision| decision.notes.as_deref())),
        told(decision.map(|decision| decision.by.as_str())),
        decision.map(|decision| time(decision.at)).unwrap_or_default(),
        shared::domain::ids::TransactionId(alert.top_assessment.0).to_string(),
        alert.previous.map(|id| id.to_string()).unwrap_or_default(),
        alert.proposal.is_some().to_string(),
        told(decision.and_then(|decision| decision.approved_by.as_deref())),
    ]
}

/// Text that somebody else wrote: where a spreadsheet would take it for a formula, an apostrophe goes before it
/// (OWASP, CSV Injection).
fn told(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}
