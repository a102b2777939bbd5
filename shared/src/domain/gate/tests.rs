use super::*;
use crate::domain::assessment::{Detail, LayerRecord, OutcomeKind, Versions};
use crate::domain::clocks::Clocks;
use crate::domain::ids::{AssessmentId, TransactionId};
use crate::domain::score::RiskScore;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + hours * 3_600).unwrap()
}

fn record(severity: Severity, risk: f64) -> AssessmentRecord {
    let silent =
        LayerRecord { outcome: OutcomeKind::Abstained, score: None, explanation: None, reasons: Vec::new() };
    AssessmentRecord {
        id: AssessmentId::from(TransactionId::mint(at(0), [1; 10])),
        risk: RiskScore::try_new(risk).unwrap(),
        severity,
        layers: [silent.clone(), silent.clone(), silent],
        probability: None,
        detail: Detail::ByPath,
        versions: Versions { feature_schema: 1, configuration: 1, baseline: None, model: None },
        gate: None,
        alert: None,
    }
}

fn alert(severity: Severity, risk: f64) -> Alert {
    let record = record(severity, risk);
    let assessed = Assessed { record: &record, occurred_at: at(0), now: at(0), clocks: Clocks::default() };
    raise(AlertId::mint(at(0), [0; 10]), "a", &assessed, &AccountAlerts::default())
}

#[test]
fn below_medium_nothing_is_raised() {
    assert_eq!(passage(Severity::Low, at(0), &AccountAlerts::default(), 3), Passage::Below);
    assert_eq!(passage(Severity::Medium, at(0), &AccountAlerts::default(), 3), Passage::Raise);
}

#[test]
fn an_unclaimed_alert_folds_whatever_its_age_and_one_in_review_for_seven_days() {
    let mut alerts = AccountAlerts { open: vec![alert(Severity::Medium, 0.5)], ..AccountAlerts::default() };
    assert_eq!(passage(Severity::Medium, at(24 * 30), &alerts, 3), Passage::Fold(0));
    alerts.open[0].status = AlertStatus::InReview;
    assert_eq!(passage(Severity::Medium, at(24 * 7), &alerts, 3), Passage::Fold(0));
    assert_eq!(passage(Severity::Medium, at(24 * 7 + 1), &alerts, 3), Passage::Raise);
}

#[test]
fn the_cap_holds_back_a_fourth_alert_in_the_hour_but_never_a_critical_one() {
    let raise = PastRaise { at: at(0), severity: Severity::High };
    let alerts = AccountAlerts { raises: vec![raise; 3], ..AccountAlerts::default() };
    assert!(matches!(passage(Severity::High, at(1), &alerts, 3), Passage::Withheld(Gate::Cap, _)));
    assert_eq!(passage(Severity::Critical, at(1), &alerts, 3), Passage::Raise);
    assert_eq!(passage(Severity::High, at(2), &alerts, 3), Passage::Raise);
}

#[test]
fn a_jump_in_severity_passes_the_cap() {
    let raise = PastRaise { at: at(0), severity: Severity::Medium };
    let mut alerts = AccountAlerts { raises: vec![raise; 3], ..AccountAlerts::default() };
    assert!(matches!(passage(Severity::Medium, at(1), &alerts, 3), Passage::Withheld(Gate::Cap, _)));
    assert_eq!(passage(Severity::High, at(1), &alerts, 3), Passage::Raise);
    alerts.raises.push(PastRaise { severity: Severity::High, ..raise });
    assert!(matches!(passage(Severity::High, at(1), &alerts, 3), Passage::Withheld(Gate::Cap, _)));
}

#[test]
fn a_fold_counts_and_never_lowers() {
    let mut alert = alert(Severity::High, 0.75);
    let lower = record(Severity::Medium, 0.6);
    let raised = fold(
        &mut alert,
        &Assessed { record: &lower, occurred_at: at(2), now: at(2), clocks: Clocks::default() },
    );
    assert_eq!((raised, alert.n_assessments, alert.severity), (None, 2, Severity::High));
    assert_eq!((alert.risk.value(), alert.last_seen_at), (0.75, at(2)));
}

#[test]
fn a_higher_severity_brings_the_deadlines_forward_and_never_back() {
    let mut alert = alert(Severity::Medium, 0.5);
    let critical = record(Severity::Critical, 0.9);
    let raised = fold(
        &mut alert,
        &Assessed { record: &critical, occurred_at: at(1), now: at(1), clocks: Clocks::default() },
    );
    assert_eq!(raised, Some(Severity::Medium));
    assert_eq!(alert.respond_by, at(1) + SignedDuration::from_mins(15));
    // Four hours had been set at hour 0; a later critical must not postpone what is due already.
    let mut late = alert.clone();
    late.severity = Severity::Medium;
    late.respond_by = at(1);
    fold(
        &mut late,
        &Assessed { record: &critical, occurred_at: at(9), now: at(9), clocks: Clocks::default() },
    );
    assert_eq!(late.respond_by, at(1));
}
