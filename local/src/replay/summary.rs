//! What a replay ends with, for a person as text and for a machine as JSON.

use crate::delivery::Delivery;
use crate::delivery::counts::{LabelCounts, Seconds, SeverityCounts, TaskCounts, TransactionCounts};
use crate::mapping::rows::Tally;
use serde::Serialize;
use std::fmt;

/// The whole account of one replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplaySummary {
    /// What became of the file's rows.
    pub rows: Tally,
    /// What became of the transactions.
    pub transactions: TransactionCounts,
    /// What became of the labels.
    pub labels: LabelCounts,
    /// Frauds whose label comes only after the window.
    pub n_labels_not_yet_due: u64,
    /// What the schedule did.
    pub tasks: TaskCounts,
    /// Where the time went.
    pub seconds: Seconds,
    /// Transactions over all the time it took, labels and tasks included.
    pub transactions_per_second: f64,
    /// Transactions over the time spent posting them.
    pub transactions_per_second_posting: f64,
    /// Assessments by severity.
    pub assessments: SeverityCounts,
    /// Alerts by the highest severity among their transactions.
    pub alerts: SeverityCounts,
    /// How scores met labels.
    pub figures: Figures,
    /// The first refusals, in words.
    pub faults: Vec<String>,
    /// Whether every transaction and label sent was stored.
    pub is_complete: bool,
}

/// How scores met labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Transactions with an assessment and a verdict.
    pub n_judged: u64,
    /// Of these, how many have no risk score and so no place in the next two figures but one.
    pub n_without_score: u64,
    /// Of these, how many were fraud.
    pub n_fraud: u64,
    /// In [0, 1], 0.5 is chance.
    pub area_under_roc: Option<f64>,
    /// In [0, 1], the share of fraud is chance.
    pub average_precision: Option<f64>,
    /// Assessments of severity medium or more.
    pub n_alerted: u64,
    /// The share of these that were fraud.
    pub precision: Option<f64>,
    /// The share of the frauds among these.
    pub recall: Option<f64>,
    /// Each kind of fraud, where the file names kinds.
    pub scenarios: Vec<ScenarioFigures>,
}

/// One kind of fraud against everything genuine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioFigures {
    /// In the file's words.
    pub scenario: String,
    /// Frauds of this kind.
    pub n_fraud: u64,
    /// In [0, 1].
    pub area_under_roc: Option<f64>,
    /// The share of severity medium or more.
    pub recall: Option<f64>,
}

impl ReplaySummary {
    pub(super) fn new(rows: Tally, delivery: &Delivery, n_labels_not_yet_due: u64, figures: Figures) -> Self {
        let n_sent = delivery.transactions.n_sent as f64;
        Self {
            rows,
            transactions: delivery.transactions,
            labels: delivery.labels,
            n_labels_not_yet_due,
            tasks: delivery.tasks,
            seconds: delivery.seconds,
            transactions_per_second: n_sent / delivery.seconds.total,
            transactions_per_second_posting: n_sent / delivery.seconds.transactions,
            assessments: delivery.assessments_by_severity(),
            alerts: delivery.alerts_by_severity(),
            figures,
            faults: delivery.faults.clone(),
            is_complete: delivery.is_complete(),
        }
    }

    fn fmt_rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = &self.rows;
        writeln!(
            f,
            "rows           {} read, {} outside the window, {} left out (amount not positive), {} changed \
             ({} rounded, {} raised)",
            rows.n_read,
            rows.n_outside_window,
            rows.n_left_out,
            rows.n_rounded + rows.n_raised,
            rows.n_rounded,
            rows.n_raised
        )
    }

    fn fmt_delivery(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, labels, tasks) = (&self.transactions, &self.labels, &self.tasks);
        writeln!(
            f,
            "transactions   {} sent: {} accepted, {} replayed, {} rejected, {} conflicting, {} lost; {} retried",
            sent.n_sent,
            sent.n_accepted,
            sent.n_replayed,
            sent.n_rejected,
            sent.n_conflicting,
            sent.n_lost,
            sent.n_retried
        )?;
        writeln!(
            f,
            "labels         {} sent: {} accepted, {} replayed, {} rejected; {} withheld, {} not yet due",
            labels.n_sent,
            labels.n_accepted,
            labels.n_replayed,
            labels.n_rejected,
            labels.n_withheld,
            self.n_labels_not_yet_due
        )?;
        writeln!(
            f,
            "tasks          {} baselines, {} trainings, {} left to the server's schedule",
            tasks.n_snapshots, tasks.n_retrains, tasks.n_not_served
        )?;
        let seconds = &self.seconds;
        writeln!(
            f,
            "time           {:.1} s ({:.1} transactions, {:.1} labels, {:.1} tasks): {:.0} transactions per second, \
             {:.0} while posting",
            seconds.total,
            seconds.transactions,
            seconds.labels,
            seconds.tasks,
            self.transactions_per_second,
            self.transactions_per_second_posting
        )
    }

    fn fmt_figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        writeln!(
            f,
            "judged         {} transactions, {} of them fraud, {} without a score",
            figures.n_judged, figures.n_fraud, figures.n_without_score
        )?;
        writeln!(
            f,
            "ranking        AUC {}, average precision {}",
            Figure(figures.area_under_roc),
            Figure(figures.average_precision)
        )?;
        writeln!(
            f,
            "at threshold   {} of severity medium or more: precision {}, recall {}",
            figures.n_alerted,
            Figure(figures.precision),
            Figure(figures.recall)
        )?;
        for one in &figures.scenarios {
            let (auc, recall) = (Figure(one.area_under_roc), Figure(one.recall));
            writeln!(
                f,
                "  scenario {:<3}  {} frauds: AUC {auc}, recall {recall}",
                one.scenario, one.n_fraud
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for ReplaySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_rows(f)?;
        self.fmt_delivery(f)?;
        writeln!(f, "assessments    {}", self.assessments)?;
        writeln!(f, "alerts         {}", self.alerts)?;
        self.fmt_figures(f)?;
        for fault in &self.faults {
            writeln!(f, "refused        {fault}")?;
        }
        Ok(())
    }
}

/// A figure to four decimals, or a word where it does not exist.
struct Figure(Option<f64>);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(figure) => write!(f, "{figure:.4}"),
            None => f.write_str("undefined"),
        }
    }
}
