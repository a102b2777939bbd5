//! The report as text, for a terminal of 110 columns.

use super::bootstrap::{Difference, PairedBootstrap};
use super::calibration::Calibration;
use super::figures::Figures;
use super::protocol::KeepKnown;
use super::report::EvaluationReport;
use super::row::Column;
use super::seeds::{SeedSpreads, Spread};
use super::thresholds::ThresholdFigures;
use std::collections::BTreeSet;
use std::fmt;

const DAYS_A_LINE: usize = 7;

/// More days than these are in the JSON only.
const MOST_DAYS: usize = 14;

/// The columns that a seed moves.
const SEEDED: [Column; 3] = [Column::Ml, Column::Risk, Column::RiskDefaultWeights];

impl fmt::Display for EvaluationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_facts(f)?;
        self.fmt_ranking(f)?;
        self.fmt_scenarios(f)?;
        fmt_thresholds(&self.measured.thresholds, f)?;
        fmt_calibration("judged rows", self.measured.calibration.as_ref(), f)?;
        fmt_calibration("all test rows", self.measured.calibration_all_rows.as_ref(), f)?;
        if let Some(bootstrap) = &self.measured.risk_over_ml {
            fmt_bootstrap(bootstrap, f)?;
        }
        if let Some(spreads) = &self.over_seeds {
            fmt_seeds(self.seeds.len(), spreads, f)?;
        }
        self.fmt_timings(f)?;
        for note in &self.notes {
            writeln!(f, "note           {note}")?;
        }
        Ok(())
    }
}

impl EvaluationReport {
    fn fmt_facts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (data, protocol, weights) = (&self.data, &self.protocol, &self.weights);
        writeln!(
            f,
            "train          {} to {}: {} of {} rows",
            protocol.train_from, protocol.train_to, data.n_train_rows, data.n_rows
        )?;
        match self.label_delay_days {
            Some(days) => writeln!(
                f,
                "labels         {} learned from, {} of them fraud, known {days} days late",
                data.n_labels_learned, data.n_frauds_learned
            )?,
            None => writeln!(f, "labels         none used")?,
        }
        let left_out = match protocol.keep_known {
            KeepKnown::No => format!("accounts known after {} days left out", protocol.exclusion_delay_days),
            KeepKnown::Yes => "known accounts kept".to_owned(),
        };
        writeln!(
            f,
            "test           {} to {}: {} rows, {left_out}",
            protocol.test_from, protocol.test_to, data.n_test_rows
        )?;
        writeln!(f, "judged         {} rows, {} of them fraud", data.n_judged, data.n_frauds_judged)?;
        writeln!(f, "model          {}", self.model)?;
        writeln!(
            f,
            "weights        statistical {:.3}, behavioral {:.3}, ml {:.3}",
            weights.statistical, weights.behavioral, weights.ml
        )
    }

    fn fmt_ranking(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = [
            ["", "", "average", "card precision", "budget 0.5 %", "budget 0.5 %", "AUC of scenarios"],
            ["", "AUC", "precision", "at 100", "precision", "recall", "1 and 3"],
        ];
        writeln!(f)?;
        for [name, rest @ ..] in heads {
            write_row(f, name, rest.map(str::to_owned))?;
        }
        for (column, figures) in &self.measured.figures {
            write_row(f, column.as_str(), ranking_cells(figures))?;
        }
        writeln!(f)
    }

    /// One line a kind of fraud: how many kinds there are is the file's to say.
    fn fmt_scenarios(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.measured.figures;
        let names: BTreeSet<&String> = figures.values().flat_map(|one| one.auc_by_scenario.keys()).collect();
        if names.is_empty() {
            return Ok(());
        }
        write!(f, "{:<15}", "AUC of scenario")?;
        for column in figures.keys() {
            write!(f, " {:>width$}", column.as_str(), width = column_width(*column))?;
        }
        writeln!(f)?;
        for name in names {
            write!(f, "  {name:<13}")?;
            for (column, one) in figures {
                let auc = Figure(one.auc_by_scenario.get(name).copied()).to_string();
                write!(f, " {auc:>width$}", width = column_width(*column))?;
            }
            writeln!(f)?;
        }
        writeln!(f)
    }

    fn fmt_timings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timings = &self.timings;
        writeln!(
            f,
            "time           pass {:.1} s, training {:.1} s, processor {:.1} s; {:.1} microseconds to score a row",
            timings.pass_seconds,
            timings.train_seconds,
            timings.cpu_seconds,
            timings.score_microseconds_a_row
        )?;
        writeln!(f, "model size     {} bytes", self.model_bytes)
    }
}

fn ranking_cells(figures: &Figures) -> [String; 6] {
    let cells = [
        figures.auc,
        figures.average_precision,
        figures.card_precision_100,
        figures.precision_at_budget,
        figures.recall_at_budget,
        figures.auc_scenarios_1_3,
    ];
    cells.map(|figure| Figure(figure).to_string())
}

fn write_row(f: &mut fmt::Formatter<'_>, name: &str, cells: [String; 6]) -> fmt::Result {
    let [auc, average, card, precision, recall, scenarios] = cells;
    writeln!(f, "{name:<20} {auc:>7} {average:>10} {card:>15} {precision:>13} {recall:>13} {scenarios:>17}")
}

fn column_width(column: Column) -> usize {
    column.as_str().len().max(8)
}

fn fmt_thresholds(figures: &ThresholdFigures, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(
        f,
        "alerts         {} of the judged at medium ({:.2}) or above: precision {}, recall {}",
        Percent(figures.share),
        figures.medium,
        Figure(figures.precision),
        Figure(figures.recall)
    )?;
    writeln!(
        f,
        "days           {} to {} of all test rows of a day at medium or above, highest over lowest {}",
        Percent(figures.lowest_day_share),
        Percent(figures.highest_day_share),
        Figure(figures.highest_over_lowest)
    )?;
    if figures.days.len() > MOST_DAYS {
        return Ok(());
    }
    for days in figures.days.chunks(DAYS_A_LINE) {
        let cells: Vec<String> = days
            .iter()
            .map(|one| format!("{} {:.2}", one.day.strftime("%m-%d"), 100.0 * one.share))
            .collect();
        writeln!(f, "  in %         {}", cells.join(", "))?;
    }
    Ok(())
}

fn fmt_calibration(rows: &str, measured: Option<&Calibration>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Some(one) = measured else {
        return Ok(());
    };
    writeln!(
        f,
        "probability    {rows}: error {:.4} over {} bins, Brier score {:.4}; predicted {:.4}, observed {:.4}",
        one.expected_calibration_error,
        one.bins.len(),
        one.brier_score,
        one.mean_predicted,
        one.observed_rate
    )
}

fn fmt_bootstrap(bootstrap: &PairedBootstrap, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let heading = format!("{} over {}", bootstrap.column.as_str(), bootstrap.over.as_str());
    for (name, one) in [("average precision", bootstrap.average_precision), ("AUC", bootstrap.auc)] {
        let Difference { difference, low, high, share_above_zero } = one;
        writeln!(
            f,
            "{heading:<14} {name} {difference:+.4}, 95 % interval {low:+.4} to {high:+.4}, above 0 in {:.1} %",
            100.0 * share_above_zero
        )?;
    }
    writeln!(
        f,
        "               from {} resamples of {} accounts",
        bootstrap.n_resamples, bootstrap.n_accounts
    )
}

/// Mean and, in brackets, lowest and highest; named as in the JSON.
fn fmt_seeds(n_seeds: usize, spreads: &SeedSpreads, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f)?;
    write_spreads(f, &format!("mean over {n_seeds} seeds"), SEEDED.map(Column::as_str))?;
    let names: BTreeSet<&String> = spreads.figures.values().flat_map(|figures| figures.keys()).collect();
    for name in names {
        let cells = SEEDED.map(|column| {
            let spread = spreads.figures.get(&column).and_then(|figures| figures.get(name));
            spread.map_or("-".to_owned(), Spread::to_string)
        });
        write_spreads(f, &format!("  {name}"), cells.each_ref().map(String::as_str))?;
    }
    writeln!(f, "risk at medium or above")?;
    for (name, spread) in &spreads.thresholds {
        writeln!(f, "  {name:<20} {spread}")?;
    }
    writeln!(f)
}

fn write_spreads(f: &mut fmt::Formatter<'_>, name: &str, cells: [&str; 3]) -> fmt::Result {
    let [first, second, third] = cells;
    writeln!(f, "{name:<22} {first:<26} {second:<26} {third}")
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.4} ({:.4} to {:.4})", self.mean, self.min, self.max)
    }
}

/// A figure to four decimals, or a dash where it does not exist.
struct Figure(Option<f64>);

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(figure) => write!(f, "{figure:.4}"),
            None => f.write_str("-"),
        }
    }
}

/// A share in percent, or a dash where it does not exist.
struct Percent(Option<f64>);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(share) => write!(f, "{:.2} %", 100.0 * share),
            None => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests;
