//! The five questions of an audit, each answered in a sentence that says where its evidence stands.

use serde::Serialize;
use shared::domain::alert::{Alert, AlertStatus, Decision};
use shared::domain::assessment::{LayerRecord, OutcomeKind};
use shared::domain::audit::StoredEvent;
use shared::domain::score::{Layer, Score};
use shared::http::present::top_reasons;
use shared::workflow::evidence::Evidence;

/// One question and its answer.
#[derive(Debug, Serialize)]
pub(super) struct AnswerOut {
    question: &'static str,
    answer: String,
    /// Whether there is an answer by now.
    is_answered: bool,
    /// JSON pointers into the bundle.
    evidence: Vec<String>,
}

/// The five answers, in the order of an alert's life.
pub(super) fn answers(evidence: &Evidence) -> [AnswerOut; 5] {
    [
        what_triggered_it(evidence),
        which_detectors(evidence),
        who_reviewed_it(&evidence.trail.events),
        what_was_decided(evidence),
        when_it_was_closed(&evidence.trail.alert, &evidence.trail.events),
    ]
}

/// The position of the highest assessment.
fn top(evidence: &Evidence) -> Option<usize> {
    let top = evidence.trail.alert.top_assessment;
    evidence.assessments.iter().position(|stored| stored.record.id == top)
}

fn what_triggered_it(evidence: &Evidence) -> AnswerOut {
    let alert = &evidence.trail.alert;
    let mut pointers = vec!["/sections/audit/events/0".to_owned()];
    let (raised_by, highest) = match alert.n_assessments {
        1 => ("Its only assessment".to_owned(), "It is of"),
        n => (format!("The first of {n} assessments"), "The highest is of"),
    };
    let mut answer = match &alert.cause {
        Some(cause) => format!("The system raised it at {}: {cause}.", alert.created_at),
        None => {
            let severity = alert.severity.as_str();
            format!("{raised_by} raised it at {}, with the severity {severity}.", alert.created_at)
        }
    };
    if let Some(position) = top(evidence) {
        let record = &evidence.assessments[position].record;
        pointers.push(format!("/sections/assessments/{position}"));
        if let Some(at) = evidence.transactions.iter().position(|it| it.id.0 == record.id.0) {
            let content = &evidence.transactions[at].content;
            answer += &format!(
                " {highest} a payment of {} {} by {} to {} at {}, with a risk score of {}.",
                content.amount,
                content.amount.currency().as_str(),
                content.account,
                content.counterparty,
                content.occurred_at,
                record.risk.value()
            );
            pointers.push(format!("/sections/transactions/{at}"));
        }
        if let Some(reason) = top_reasons(record).into_iter().next() {
            answer += &format!(" Its first reason: {}.", reason.text);
        }
    }
    AnswerOut { question: "What triggered it?", answer, is_answered: true, evidence: pointers }
}

fn which_detectors(evidence: &Evidence) -> AnswerOut {
    let question = "Which detectors and versions contributed?";
    let Some(position) = top(evidence) else {
        let answer = "Its assessment is not there any more.".to_owned();
        return AnswerOut { question, answer, is_answered: false, evidence: Vec::new() };
    };
    let record = &evidence.assessments[position].record;
    let layers = Layer::ALL.map(|layer| format!("{} {}", layer.as_str(), said(record.layer(layer))));
    let versions = record.versions;
    let named = |id: Option<_>, what: &str| {
        id.map_or_else(|| format!("no {what}"), |id: shared::domain::ids::ModelId| id.to_string())
    };
    let answer = format!(
        "{}. Made with configuration {}, feature schema {}, {} and {}.",
        layers.join("; "),
        versions.configuration,
        versions.feature_schema,
        named(versions.baseline, "population baseline"),
        named(versions.model, "model")
    );
    let mut pointers = vec![format!("/sections/assessments/{position}/layers")];
    pointers.extend(["/sections/configurations".to_owned(), "/sections/models".to_owned()]);
    AnswerOut { question, answer, is_answered: true, evidence: pointers }
}

fn said(layer: &LayerRecord) -> String {
    match (layer.outcome, layer.score.map(Score::value)) {
        (OutcomeKind::Scored, Some(score)) => format!("scored {score}"),
        (outcome, _) => {
            format!("{} ({})", outcome.as_str(), layer.explanation.as_deref().unwrap_or("without a reason"))
        }
    }
}

/// The events of people, whose actor is a key; the first event is the raise, by whoever sent the transaction.
fn who_reviewed_it(events: &[StoredEvent]) -> AnswerOut {
    let is_review =
        |event: &StoredEvent| event.actor.starts_with("key:") && event.action != "alert_severity_raised";
    let moves: Vec<(usize, &StoredEvent)> =
        events.iter().enumerate().skip(1).filter(|(_, event)| is_review(event)).collect();
    let sentence = |(_, event): &(usize, &StoredEvent)| {
        format!("{} by {} at {}", event.action.replace('_', " "), event.actor, event.at)
    };
    let answer = match moves.as_slice() {
        [] => "Nobody yet.".to_owned(),
        moves => format!("{}.", moves.iter().map(sentence).collect::<Vec<_>>().join("; ")),
    };
    AnswerOut {
        question: "Who reviewed it?",
        answer,
        is_answered: !moves.is_empty(),
        evidence: moves.iter().map(|(at, _)| format!("/sections/audit/events/{at}")).collect(),
    }
}

fn what_was_decided(evidence: &Evidence) -> AnswerOut {
    let question = "What was decided?";
    let Some(decision) = &evidence.trail.alert.decision else {
        return nothing_decided(question, evidence);
    };
    let Decision { disposition, confidence, notes, by, at, approved_by } = decision;
    let mut answer = format!("{}, by key:{by} at {at}", disposition.as_str().replace('_', " "));
    if let Some(approver) = approved_by {
        answer += &format!(", approved by key:{approver}");
    }
    if let Some(confidence) = confidence {
        answer += &format!(", with a confidence of {confidence}");
    }
    if let Some(notes) = notes {
        answer += &format!(": {notes}");
    }
    let mut pointers = vec!["/sections/alert/decision".to_owned()];
    let events = &evidence.trail.events;
    pointers.extend(last(events, |event| event.action == "alert_decided"));
    if !evidence.labels.is_empty() {
        pointers.push("/sections/labels".to_owned());
    }
    if let Some((proposed, pointer)) = what_was_proposed(evidence) {
        answer += &format!(". In its place {proposed}");
        pointers.push(pointer);
    }
    AnswerOut { question, answer, is_answered: true, evidence: pointers }
}

/// What waits for a second person, and where it stands.
fn what_was_proposed(evidence: &Evidence) -> Option<(String, String)> {
    let proposal = &evidence.trail.alert.proposal.as_ref()?.decision;
    let disposition = proposal.disposition.as_str().replace('_', " ");
    let sentence = format!("{disposition} was proposed by key:{} at {}", proposal.by, proposal.at);
    Some((sentence, "/sections/alert/proposal".to_owned()))
}

fn nothing_decided(question: &'static str, evidence: &Evidence) -> AnswerOut {
    let (answer, pointers) = match what_was_proposed(evidence) {
        None => ("Nothing yet.".to_owned(), Vec::new()),
        Some((proposed, pointer)) => (format!("Nothing yet: {proposed}."), vec![pointer]),
    };
    AnswerOut { question, answer, is_answered: false, evidence: pointers }
}

fn when_it_was_closed(alert: &Alert, events: &[StoredEvent]) -> AnswerOut {
    let became = |status: AlertStatus| {
        move |event: &StoredEvent| {
            event.after["status"] == status.as_str() && event.before["status"] != status.as_str()
        }
    };
    let pointers: Vec<String> = match alert.status {
        AlertStatus::Active | AlertStatus::InReview => Vec::new(),
        status @ (AlertStatus::Resolved | AlertStatus::Closed) => {
            last(events, became(status)).into_iter().collect()
        }
    };
    let at = events.iter().rev().find(|event| became(alert.status)(event)).map(|event| event.at);
    let answer = match (alert.status, at) {
        (AlertStatus::Closed, Some(at)) => format!("At {at}."),
        (AlertStatus::Resolved, Some(at)) => format!("It was resolved at {at}, and is not closed yet."),
        (status, _) => format!("It is not closed: it is {}.", status.as_str().replace('_', " ")),
    };
    AnswerOut {
        question: "When was it closed?",
        answer,
        is_answered: alert.status == AlertStatus::Closed,
        evidence: pointers,
    }
}

/// The pointer to the last event of a kind.
fn last(events: &[StoredEvent], is_it: impl Fn(&StoredEvent) -> bool) -> Option<String> {
    events.iter().rposition(is_it).map(|at| format!("/sections/audit/events/{at}"))
}
