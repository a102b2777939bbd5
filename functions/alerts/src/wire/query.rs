//! The query parameters of the listings, as the description of the API has them; the handlers read them one by one.
#![expect(dead_code, reason = "names and describes query parameters, which are read one by one")]

use jiff::Timestamp;
use shared::http::words;
use utoipa::{IntoParams, ToSchema};

/// The filters of the queue: the listing, its facets and its export take the same.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FilterQuery {
    /// active, in_review, resolved, closed; several with commas.
    status: Option<String>,
    /// low, medium, high, needs_review, critical; several with commas.
    severity: Option<String>,
    /// on_track, near, breached; several with commas; open alerts only.
    sla: Option<String>,
    /// transaction, sample, system; several with commas.
    kind: Option<String>,
    /// A key's id, `me`, or `none`.
    assignee: Option<String>,
    /// Whether it wants a supervisor.
    is_escalated: Option<bool>,
    /// Whether its decision awaits approval.
    is_awaiting_approval: Option<bool>,
    /// An account's id.
    account: Option<String>,
    /// A counterparty's id.
    counterparty: Option<String>,
    /// statistical, behavioral, ml: the layer that gave the first reason; several with commas.
    detector: Option<String>,
    /// A reason's code, among the top reasons; with commas, any of them.
    reason: Option<String>,
    /// At least this risk score.
    #[param(minimum = 0, maximum = 1)]
    min_risk_score: Option<f64>,
    /// ISO 4217.
    currency: Option<String>,
    /// At least this amount; with `currency` only.
    min_amount: Option<String>,
    /// At most this amount; with `currency` only.
    max_amount: Option<String>,
    /// Raised at or after, by the server's clock.
    from: Option<Timestamp>,
    /// Raised before, by the server's clock.
    to: Option<Timestamp>,
    /// What the account, the counterparty or the id (`alr_...`) begins with.
    q: Option<String>,
}

/// The order of the queue.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SortQuery {
    /// newest (the default), priority, score, amount (with `currency` only), or deadline (of the open alerts).
    #[param(inline)]
    sort: Option<SortIn>,
}

#[derive(ToSchema)]
#[schema(as = AlertSort, rename_all = "snake_case")]
enum SortIn {
    Newest,
    Priority,
    Score,
    Amount,
    Deadline,
}

/// The part of a listing that is the same for all.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PagingQuery {
    /// Rows a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters and sort.
    cursor: Option<String>,
}

/// Where an export goes on.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PartQuery {
    /// As the `Link` of the part before has it.
    cursor: Option<String>,
}

/// The filters of the transactions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TransactionsQuery {
    /// An account's id; its transactions come by event time, all others newest received first.
    account: Option<String>,
    /// A counterparty's id.
    counterparty: Option<String>,
    /// A feed.
    source: Option<String>,
    /// The feed's id of one transaction; with `source` only.
    external_id: Option<String>,
    /// Occurred at or after.
    from: Option<Timestamp>,
    /// Occurred before.
    to: Option<Timestamp>,
    /// At least this risk score.
    #[param(minimum = 0, maximum = 1)]
    min_risk_score: Option<f64>,
}

/// Which accounts, and in which order.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountsQuery {
    /// What the id begins with; not with `sort=activity`.
    q: Option<String>,
    /// id (the default), or activity: the accounts of the newest 10,000 transactions, newest first.
    #[param(inline)]
    sort: Option<AccountSortIn>,
}

#[derive(ToSchema)]
#[schema(as = AccountSort, rename_all = "snake_case")]
enum AccountSortIn {
    Id,
    Activity,
}

/// Whose investigations.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvestigationsQuery {
    /// mine, team (the default), escalated, or awaiting_approval.
    #[param(inline)]
    view: Option<ViewIn>,
}

#[derive(ToSchema)]
#[schema(as = InvestigationView, rename_all = "snake_case")]
enum ViewIn {
    Mine,
    Team,
    Escalated,
    AwaitingApproval,
}

/// The filters of the labels.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LabelsQuery {
    /// `txn_` and a UUID.
    transaction_id: Option<String>,
    /// fraud or genuine.
    #[param(value_type = Option<words::Verdict>)]
    verdict: Option<String>,
    /// analyst, chargeback or supervisor.
    #[param(value_type = Option<words::LabelSource>)]
    label_source: Option<String>,
    /// Recorded at or after.
    from: Option<Timestamp>,
    /// Recorded before.
    to: Option<Timestamp>,
}

/// The filters of the audit trail.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// One chain, such as `alert:alr_...`, `configuration` or `access`.
    chain: Option<String>,
    /// Who, such as `key:...`.
    actor: Option<String>,
    /// What, such as `alert_claimed`.
    action: Option<String>,
    /// At or after.
    from: Option<Timestamp>,
    /// Before.
    to: Option<Timestamp>,
}

/// The filters of the noise ledger.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoiseQuery {
    /// allow_list, snooze, cap, failures; several with commas.
    gate: Option<String>,
    /// Received at or after.
    from: Option<Timestamp>,
    /// Received before.
    to: Option<Timestamp>,
}
