//! What the server thought beside how it turned out.

use super::Truth;
use super::summary::{Figures, ScenarioFigures};
use crate::delivery::Assessed;
use shared::detection::figures::{Caught, Judged, area_under_roc, average_precision};
use shared::domain::label::Verdict;
use shared::domain::severity::Severity;
use std::collections::BTreeMap;

/// A transaction that has both an assessment and a verdict.
struct Case<'a> {
    judged: Option<Judged>,
    is_alerted: bool,
    is_fraud: bool,
    scenario: &'a str,
}

/// The figures over every transaction with an assessment and a verdict; `truths` and `assessments` pair up.
///
/// At the alert threshold means a severity of medium or more, counted over assessments: nobody closes alerts
/// in a replay, so most would be folded into the first.
pub(super) fn judge(truths: &[Truth], assessments: &[Option<Assessed>]) -> Figures {
    let cases: Vec<Case<'_>> = truths.iter().zip(assessments).filter_map(case).collect();
    let judged: Vec<Judged> = cases.iter().filter_map(|case| case.judged).collect();
    let caught = Caught::count(cases.iter().map(|case| (case.is_alerted, case.is_fraud)));
    Figures {
        n_judged: cases.len() as u64,
        n_without_score: (cases.len() - judged.len()) as u64,
        n_fraud: caught.n_fraud,
        area_under_roc: area_under_roc(&judged),
        average_precision: average_precision(&judged),
        n_alerted: caught.n_alerted,
        precision: caught.precision(),
        recall: caught.recall(),
        scenarios: scenarios(&cases),
    }
}

fn case<'a>((truth, assessed): (&'a Truth, &Option<Assessed>)) -> Option<Case<'a>> {
    let (verdict, assessed) = (truth.verdict?, (*assessed)?);
    let is_fraud = verdict == Verdict::Fraud;
    Some(Case {
        judged: assessed.risk_score.map(|score| Judged { score, is_fraud }),
        is_alerted: assessed.severity >= Severity::Medium,
        is_fraud,
        scenario: truth.scenario.as_deref().unwrap_or(""),
    })
}

/// Each kind of fraud against everything genuine.
fn scenarios(cases: &[Case<'_>]) -> Vec<ScenarioFigures> {
    let genuine: Vec<Judged> =
        cases.iter().filter(|case| !case.is_fraud).filter_map(|case| case.judged).collect();
    let mut frauds: BTreeMap<&str, Vec<&Case<'_>>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.is_fraud && !case.scenario.is_empty()) {
        frauds.entry(case.scenario).or_default().push(case);
    }
    let figures = frauds.into_iter().map(|(scenario, frauds)| {
        let mut judged = genuine.clone();
        judged.extend(frauds.iter().filter_map(|case| case.judged));
        ScenarioFigures {
            scenario: scenario.to_owned(),
            n_fraud: frauds.len() as u64,
            area_under_roc: area_under_roc(&judged),
            recall: Caught::count(frauds.iter().map(|case| (case.is_alerted, true))).recall(),
        }
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(verdict: Option<Verdict>, scenario: &str) -> Truth {
        Truth { verdict, scenario: Some(scenario.to_owned()) }
    }

    fn assessed(risk_score: Option<f64>, severity: Severity) -> Option<Assessed> {
        Some(Assessed { risk_score, severity })
    }

    #[test]
    fn figures_are_over_what_has_an_assessment_and_a_verdict() {
        let (fraud, genuine) = (Some(Verdict::Fraud), Some(Verdict::Genuine));
        let truths = [
            truth(fraud, "1"),
            truth(fraud, "2"),
            truth(genuine, "0"),
            truth(genuine, "0"),
            truth(None, ""),
            truth(fraud, "1"),
            truth(fraud, "2"),
        ];
        let assessments = [
            assessed(Some(0.9), Severity::Critical),
            assessed(Some(0.3), Severity::Low),
            assessed(Some(0.6), Severity::Medium),
            assessed(Some(0.1), Severity::Low),
            assessed(Some(1.0), Severity::Critical),
            None,
            assessed(None, Severity::NeedsReview),
        ];
        let figures = judge(&truths, &assessments);
        assert_eq!(
            (figures.n_judged, figures.n_without_score, figures.n_fraud, figures.n_alerted),
            (5, 1, 3, 3)
        );
        // 0.9 beats both genuine, 0.3 one of two; alerted: two frauds and one genuine.
        assert_eq!(figures.area_under_roc, Some(0.75));
        assert_eq!((figures.precision, figures.recall), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        let by_scenario: Vec<_> = figures
            .scenarios
            .iter()
            .map(|s| (s.scenario.as_str(), s.n_fraud, s.area_under_roc, s.recall))
            .collect();
        assert_eq!(by_scenario, [("1", 1, Some(1.0), Some(1.0)), ("2", 2, Some(0.5), Some(0.5))]);
    }
}
