use super::*;
use crate::domain::assessment::{Detail, LayerRecord, OutcomeKind, Versions};
use crate::domain::clocks::Clocks;
use crate::domain::ids::{AssessmentId, ListEntryId, SnoozeId, TransactionId};
use crate::domain::lists::ListSubject;
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
        listed: Vec::new(),
        gate: None,
        alert: None,
    }
}

fn alert(severity: Severity, risk: f64) -> Alert {
    let record = record(severity, risk);
    let assessed = Assessed { severity, ..of(&record, 0) };
    raise(AlertId::mint(at(0), [0; 10]), "a", &assessed, &AccountAlerts::default())
}

/// An assessment at an hour, with its own severity.
fn of(record: &AssessmentRecord, hours: i64) -> Assessed<'_> {
    Assessed {
        record,
        severity: record.severity,
        occurred_at: at(hours),
        now: at(hours),
        clocks: Clocks::default(),
    }
}

/// The passage of an assessment that no list or snooze is about, at a cap of 3.
fn passed(severity: Severity, occurred_at: Timestamp, alerts: &AccountAlerts) -> Passage {
    let directives = Directives::default();
    passage(&Approach { severity, leading_reason: None, occurred_at, directives: &directives }, alerts, 3)
}

#[test]
fn below_medium_nothing_is_raised() {
    assert_eq!(passed(Severity::Low, at(0), &AccountAlerts::default()), Passage::Below);
    assert_eq!(passed(Severity::Medium, at(0), &AccountAlerts::default()), Passage::Raise);
}

#[test]
fn an_unclaimed_alert_folds_whatever_its_age_and_one_in_review_for_seven_days() {
    let mut alerts = AccountAlerts { open: vec![alert(Severity::Medium, 0.5)], ..AccountAlerts::default() };
    assert_eq!(passed(Severity::Medium, at(24 * 30), &alerts), Passage::Fold(0));
    alerts.open[0].status = AlertStatus::InReview;
    assert_eq!(passed(Severity::Medium, at(24 * 7), &alerts), Passage::Fold(0));
    assert_eq!(passed(Severity::Medium, at(24 * 7 + 1), &alerts), Passage::Raise);
}

#[test]
fn the_cap_holds_back_a_fourth_alert_in_the_hour_but_never_a_critical_one() {
    let raise = PastRaise { at: at(0), severity: Severity::High };
    let alerts = AccountAlerts { raises: vec![raise; 3], ..AccountAlerts::default() };
    assert!(matches!(
        passed(Severity::High, at(1), &alerts),
        Passage::Withheld(Hold { gate: Gate::Cap, .. })
    ));
    assert_eq!(passed(Severity::Critical, at(1), &alerts), Passage::Raise);
    assert_eq!(passed(Severity::High, at(2), &alerts), Passage::Raise);
}

#[test]
fn a_jump_in_severity_passes_the_cap() {
    let raise = PastRaise { at: at(0), severity: Severity::Medium };
    let mut alerts = AccountAlerts { raises: vec![raise; 3], ..AccountAlerts::default() };
    assert!(matches!(
        passed(Severity::Medium, at(1), &alerts),
        Passage::Withheld(Hold { gate: Gate::Cap, .. })
    ));
    assert_eq!(passed(Severity::High, at(1), &alerts), Passage::Raise);
    alerts.raises.push(PastRaise { severity: Severity::High, ..raise });
    assert!(matches!(
        passed(Severity::High, at(1), &alerts),
        Passage::Withheld(Hold { gate: Gate::Cap, .. })
    ));
}

#[test]
fn a_fold_counts_and_never_lowers() {
    let mut alert = alert(Severity::High, 0.75);
    let lower = record(Severity::Medium, 0.6);
    let raised = fold(&mut alert, &of(&lower, 2));
    assert_eq!((raised, alert.n_assessments, alert.severity), (None, 2, Severity::High));
    assert_eq!((alert.risk.value(), alert.last_seen_at), (0.75, at(2)));
}

#[test]
fn a_higher_severity_brings_the_deadlines_forward_and_never_back() {
    let mut alert = alert(Severity::Medium, 0.5);
    let critical = record(Severity::Critical, 0.9);
    let raised = fold(&mut alert, &of(&critical, 1));
    assert_eq!(raised, Some(Severity::Medium));
    assert_eq!(alert.respond_by, at(1) + SignedDuration::from_mins(15));
    // Four hours had been set at hour 0; a later critical must not postpone what is due already.
    let mut late = alert.clone();
    late.severity = Severity::Medium;
    late.respond_by = at(1);
    fold(&mut late, &of(&critical, 9));
    assert_eq!(late.respond_by, at(1));
}

/// Directives of lists of these kinds, and of snoozes at these severities.
fn directives(kinds: &[ListKind], snoozed_at: &[Severity]) -> Directives {
    let entry = |kind: &ListKind| ListEntry {
        id: ListEntryId(Uuid::nil()),
        kind: *kind,
        subject: ListSubject::Account,
        reason: "known".into(),
    };
    let snooze = |severity: &Severity| Snooze {
        id: SnoozeId(Uuid::nil()),
        reason_code: None,
        severity: *severity,
        reason: "travels".into(),
    };
    Directives { lists: kinds.iter().map(entry).collect(), snoozes: snoozed_at.iter().map(snooze).collect() }
}

#[test]
fn lists_and_snoozes_stand_between_the_threshold_and_the_open_alert() {
    use ListKind::{Allow, Deny, Watch};
    use Severity::{Critical, High, Low, Medium};
    let open = AccountAlerts { open: vec![alert(Medium, 0.5)], ..AccountAlerts::default() };
    let capped = AccountAlerts {
        raises: vec![PastRaise { at: at(0), severity: Critical }; 3],
        ..AccountAlerts::default()
    };
    let none = AccountAlerts::default();
    let held = |gate| Some(gate);
    // What people said, the engine's severity, the account's alerts: what it folds into, raises, or is held back by.
    let cases = [
        (directives(&[Allow], &[]), Low, &none, "below", None),
        (directives(&[], &[Medium]), Low, &none, "below", None),
        (directives(&[Allow], &[]), Critical, &none, "withheld", held(Gate::AllowList)),
        (directives(&[Allow], &[]), Critical, &open, "withheld", held(Gate::AllowList)),
        (directives(&[], &[Medium]), Medium, &open, "withheld", held(Gate::Snooze)),
        (directives(&[], &[Medium]), High, &open, "fold", None),
        (directives(&[], &[Medium]), High, &none, "raise", None),
        (directives(&[], &[Medium, High]), High, &none, "withheld", held(Gate::Snooze)),
        (directives(&[Watch], &[]), Low, &none, "raise", None),
        (directives(&[Watch], &[Medium]), Low, &none, "withheld", held(Gate::Snooze)),
        (directives(&[Watch, Allow], &[]), Low, &none, "withheld", held(Gate::AllowList)),
        (directives(&[Watch], &[]), Low, &capped, "withheld", held(Gate::Cap)),
        (directives(&[Deny], &[]), Low, &none, "raise", None),
        (directives(&[Deny, Allow], &[Critical]), Low, &none, "raise", None),
        (directives(&[Deny], &[]), Low, &open, "fold", None),
        (directives(&[Deny], &[]), Low, &capped, "raise", None),
    ];
    for (number, (directives, severity, alerts, expected, gate)) in cases.iter().enumerate() {
        let approach = Approach { severity: *severity, leading_reason: None, occurred_at: at(1), directives };
        let (what, by) = match passage(&approach, alerts, 3) {
            Passage::Below => ("below", None),
            Passage::Fold(_) => ("fold", None),
            Passage::Raise => ("raise", None),
            Passage::Withheld(hold) => ("withheld", Some(hold.gate)),
        };
        assert_eq!((what, by), (*expected, *gate), "case {number}");
    }
}

#[test]
fn deny_raises_to_high_watch_to_medium_and_neither_lowers() {
    use ListKind::{Allow, Deny, Watch};
    use Severity::{Critical, High, Low, Medium, NeedsReview};
    let raised = |kinds: &[ListKind], severity| directives(kinds, &[]).raise_severity(severity);
    assert_eq!([Low, Medium, Critical].map(|severity| raised(&[Deny], severity)), [High, High, Critical]);
    assert_eq!([Low, High, NeedsReview].map(|it| raised(&[Watch], it)), [Medium, High, NeedsReview]);
    assert_eq!((raised(&[Allow], Low), raised(&[Watch, Deny], Low)), (Low, High));
    let codes: Vec<String> =
        directives(&[Allow, Deny, Watch], &[]).reasons().into_iter().map(|reason| reason.code).collect();
    assert_eq!(codes, ["list_deny", "list_watch"]);
}
