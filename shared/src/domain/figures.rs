//! What the database says of the service at a moment: for the metrics that belong to no request.

/// Each is none where there is nothing to say it of: no decision yet, no champion yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Alerts that wait to be claimed.
    pub n_active: i64,
    /// Open alerts past their time to respond or to resolve.
    pub n_late: i64,
    /// False positives among conclusive decisions, in [0, 100].
    pub false_positive_percent: Option<f64>,
    /// The median from raise to decision.
    pub resolution_seconds: Option<f64>,
    /// Since the ml layer's champion was made.
    pub model_age_seconds: Option<f64>,
    /// How far scores and features moved, as last measured.
    pub drift: Option<DriftFigures>,
    /// Rows in a default partition.
    pub n_stray: i64,
    /// Audit chains with a fault, as last verified.
    pub n_audit_faults: Option<i64>,
}

/// Population stability indexes, 0 for no change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftFigures {
    /// Of the risk score.
    pub score: f64,
    /// The largest of a feature.
    pub feature: f64,
}
