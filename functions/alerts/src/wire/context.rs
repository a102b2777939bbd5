//! An alert with what surrounds it, as it looks on the wire.

use crate::wire::account::ProfileOut;
use crate::wire::explanation::ExplainedOut;
use crate::wire::record::LabelOut;
use crate::wire::{EventOut, FoldedOut, QueuedOut, event_out, folded_out};
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::alert::SlaState;
use shared::domain::money::{CurrencyCode, decimal_text};
use shared::http::alert::AlertOut;
use shared::http::words;
use shared::workflow::context::{Context, DayOfAccount, Moment, Sharer};
use utoipa::ToSchema;

/// An alert with what surrounds it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertContext)]
pub(crate) struct ContextOut {
    alert: AlertOut,
    /// on_track, near or breached; null once it is decided.
    #[schema(value_type = Option<words::SlaState>)]
    sla: Option<&'static str>,
    /// The highest assessment with its transaction, explained from what was frozen with it.
    assessment: ExplainedOut,
    /// What the account usually did just before that transaction; null where its profile was not kept.
    profile_before: Option<ProfileOut>,
    history: HistoryOut,
    /// The account's alerts before this one, newest first, at most 20.
    earlier_alerts: Vec<QueuedOut>,
    similar_alerts: SimilarOut,
    shared: SharedOut,
    /// Oldest first.
    timeline: Vec<MomentOut>,
}

/// The account's 90 days until the alert was last seen.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountHistory)]
struct HistoryOut {
    /// Oldest first; days without transactions are left out.
    days: Vec<DayOut>,
    /// Whether more than the newest 5,000 transactions fall into the 90 days.
    is_capped: bool,
}

/// One day in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountDay)]
struct DayOut {
    /// UTC, such as 2026-06-03.
    day: String,
    currency: String,
    count: i64,
    /// The sum of the amounts.
    sum: String,
}

/// Decided alerts for one of the same reasons, nearest in their features first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarAlerts)]
struct SimilarOut {
    /// At most 10; how each ended stands in its `decision`.
    alerts: Vec<SimilarAlertOut>,
    /// The newest decided alerts that were compared, at most 2,000.
    n_compared: usize,
}

/// A decided alert and how far it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarAlert)]
struct SimilarAlertOut {
    /// In spreads of each feature, at most 3; 0 is the same.
    distance: f64,
    alert: AlertOut,
}

/// Other accounts that use what the transaction used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SharedWithAccounts)]
struct SharedOut {
    counterparty: Vec<SharerOut>,
    /// Empty where the transaction names no device.
    device: Vec<SharerOut>,
}

/// Another account among the newest 1,000 transactions of a counterparty or device; those with confirmed fraud first, at
/// most 20.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sharer)]
struct SharerOut {
    account: String,
    n_transactions: i64,
    last_occurred_at: Timestamp,
    /// Alerts that ended as confirmed fraud, counted to 100.
    n_confirmed_frauds: i64,
}

/// One entry of the timeline: exactly one of event, assessment and label is there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Moment)]
struct MomentOut {
    /// By the server's clock.
    at: Timestamp,
    event: Option<EventOut>,
    assessment: Option<FoldedOut>,
    label: Option<LabelOut>,
}

impl ContextOut {
    pub(crate) fn new(context: &Context, now: Timestamp) -> Self {
        let detail = &context.detail;
        let similar = context
            .similar
            .iter()
            .map(|it| SimilarAlertOut { distance: it.distance, alert: AlertOut::from(&it.alert) });
        Self {
            alert: AlertOut::from(&detail.alert),
            sla: detail.alert.sla(now).map(SlaState::as_str),
            assessment: ExplainedOut::of(&detail.transaction, &detail.explanation),
            profile_before: context.profile_before.as_ref().map(ProfileOut::from),
            history: HistoryOut {
                days: context.history.iter().map(day_out).collect(),
                is_capped: context.is_history_capped,
            },
            earlier_alerts: context.earlier.iter().map(|queued| QueuedOut::new(queued, now)).collect(),
            similar_alerts: SimilarOut { alerts: similar.collect(), n_compared: context.n_compared },
            shared: SharedOut {
                counterparty: context.counterparty_sharers.iter().map(sharer_out).collect(),
                device: context.device_sharers.iter().map(sharer_out).collect(),
            },
            timeline: context.timeline().iter().map(moment_out).collect(),
        }
    }
}

fn day_out(day: &DayOfAccount) -> DayOut {
    // Stored by ourselves; a code or a sum that cannot be read is shown as it is stored, in minor units.
    let sum = CurrencyCode::parse(&day.currency)
        .ok()
        .zip(day.sum_minor.parse().ok())
        .and_then(|(currency, minor)| decimal_text(minor, currency));
    DayOut {
        day: day.day.clone(),
        currency: day.currency.clone(),
        count: day.n,
        sum: sum.unwrap_or_else(|| day.sum_minor.clone()),
    }
}

fn sharer_out(sharer: &Sharer) -> SharerOut {
    SharerOut {
        account: sharer.account.clone(),
        n_transactions: sharer.n_transactions,
        last_occurred_at: sharer.last_occurred_at,
        n_confirmed_frauds: sharer.n_confirmed,
    }
}

fn moment_out(moment: &Moment<'_>) -> MomentOut {
    let none = MomentOut { at: moment.at(), event: None, assessment: None, label: None };
    match moment {
        Moment::Event(event) => MomentOut { event: Some(event_out(event)), ..none },
        Moment::Assessment(stored, _) => MomentOut { assessment: Some(folded_out(stored)), ..none },
        Moment::Label(label) => MomentOut { label: Some(LabelOut::from((*label).clone())), ..none },
    }
}
