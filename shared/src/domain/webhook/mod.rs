//! Webhooks: what is told to whom outside, how often it is tried, and what counts as told.
//!
//! An event is an event of the audit trail that people asked to hear of. Its message is made from the trail alone
//! ([`message`]), so that every attempt sends the same. Where it may go stands in [`address`].

pub mod address;
pub mod message;

use super::Invalid;
use super::audit::AuditEntry;
use jiff::SignedDuration;

/// What a webhook may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// An alert was raised.
    AlertRaised,
    /// A further transaction of an alert was graver than those before.
    AlertSeverityRaised,
    /// An investigation ended.
    AlertDecided,
    /// A decision was taken back: by a supervisor who reopens it, or with the operation that made it.
    AlertReopened,
    /// A decision waits for a second person.
    AlertAwaitingApproval,
    /// A decision that waited was rejected, or taken back.
    AlertDecisionRejected,
    /// A person or the schedule asked for a supervisor's attention.
    AlertEscalated,
    /// A model was made the champion.
    ModelPromoted,
    /// The distribution of the scores has moved.
    DriftDetected,
    /// Somebody wants to see whether the webhook works; sent to that one alone.
    WebhookTested,
}

impl EventType {
    /// All.
    pub const ALL: [Self; 10] = [
        Self::AlertRaised,
        Self::AlertSeverityRaised,
        Self::AlertDecided,
        Self::AlertReopened,
        Self::AlertAwaitingApproval,
        Self::AlertDecisionRejected,
        Self::AlertEscalated,
        Self::ModelPromoted,
        Self::DriftDetected,
        Self::WebhookTested,
    ];

    /// Those that a webhook can ask for.
    pub const OFFERED: [Self; 9] = [
        Self::AlertRaised,
        Self::AlertSeverityRaised,
        Self::AlertDecided,
        Self::AlertReopened,
        Self::AlertAwaitingApproval,
        Self::AlertDecisionRejected,
        Self::AlertEscalated,
        Self::ModelPromoted,
        Self::DriftDetected,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlertRaised => "alert.raised",
            Self::AlertSeverityRaised => "alert.severity_raised",
            Self::AlertDecided => "alert.decided",
            Self::AlertReopened => "alert.reopened",
            Self::AlertAwaitingApproval => "alert.awaiting_approval",
            Self::AlertDecisionRejected => "alert.decision_rejected",
            Self::AlertEscalated => "alert.escalated",
            Self::ModelPromoted => "model.promoted",
            Self::DriftDetected => "drift.detected",
            Self::WebhookTested => "webhook.tested",
        }
    }

    /// Reads the word of any of them.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        one_of(&Self::ALL, text)
    }

    /// Reads the word of one that a webhook can ask for.
    ///
    /// # Errors
    /// When it is none of those.
    pub fn parse_offered(text: &str) -> Result<Self, Invalid> {
        one_of(&Self::OFFERED, text)
    }

    /// What an event of the audit trail is to webhooks; none for what they are not told.
    pub fn of(entry: &AuditEntry) -> Option<Self> {
        match entry.action.as_str() {
            "alert_raised" if entry.after["cause"] == DRIFT => Some(Self::DriftDetected),
            "alert_raised" => Some(Self::AlertRaised),
            "alert_severity_raised" => Some(Self::AlertSeverityRaised),
            "alert_decided" => Some(Self::AlertDecided),
            "alert_reopened" => Some(Self::AlertReopened),
            "alert_move_undone" if entry.before["disposition"] != entry.after["disposition"] => {
                Some(Self::AlertReopened)
            }
            "alert_decision_proposed" => Some(Self::AlertAwaitingApproval),
            "alert_decision_rejected" => Some(Self::AlertDecisionRejected),
            "alert_move_undone" if entry.before["proposal"].is_object() => Some(Self::AlertDecisionRejected),
            "alert_escalated" => Some(Self::AlertEscalated),
            // A baseline is made anew each day; nobody waits for it.
            "model_promoted" if entry.after["kind"] != "population_baseline" => Some(Self::ModelPromoted),
            _ => None,
        }
    }
}

/// The cause of the alert that drift raises.
pub const DRIFT: &str = "drift";

fn one_of(events: &[EventType], text: &str) -> Result<EventType, Invalid> {
    events.iter().copied().find(|event| event.as_str() == text).ok_or_else(|| {
        let words: Vec<&str> = events.iter().map(|event| event.as_str()).collect();
        Invalid(format!("must be one of {}", words.join(", ")))
    })
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// It is to be sent, for the first time or again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up; a person may order it again.
    Dead,
}

impl DeliveryStatus {
    /// All.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// When it is none of the three.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Invalid::new("must be pending, delivered or dead"))
    }
}

/// What a receiver answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP status.
    Status(u16),
    /// Nothing: no connection, no answer in time, or no address that may be reached. Says which.
    Nothing(String),
}

/// What follows from an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// The receiver took it.
    Delivered,
    /// It is tried again after this long.
    Again(SignedDuration),
    /// It is given up.
    Dead,
}

/// What the receiver says when it wants to hear no more: HTTP 410.
const GONE: u16 = 410;

/// How long after each failed attempt, heard of or not, the next one is made. Together 23 hours and 26 minutes: with the time of the
/// attempts themselves a day, as the Standard Webhooks specification advises, denser where a restart is the likely cause.
pub const PAUSES: [SignedDuration; 7] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(20),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(3),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(13),
];

/// Attempts before a delivery is given up.
pub const MAX_ATTEMPTS: i64 = 8;

/// How long an attempt may be under way. One of which nothing was heard by then counts as failed, so that a receiver may
/// see a message twice.
pub const LEASE: SignedDuration = SignedDuration::from_mins(5);

/// Judges the `n`-th attempt, from 1. `spread` in [0, 1) moves the next one by up to a tenth of the pause, so that what
/// failed together is not tried again together.
pub fn judge(answer: &Answer, n_attempts: i64, spread: f64) -> Consequence {
    match answer {
        Answer::Status(200..=299) => Consequence::Delivered,
        Answer::Status(GONE) => Consequence::Dead,
        Answer::Status(_) | Answer::Nothing(_) => match pause_after(n_attempts) {
            Some(pause) => Consequence::Again(pause + pause.mul_f64(spread / 10.0)),
            None => Consequence::Dead,
        },
    }
}

fn pause_after(n_attempts: i64) -> Option<SignedDuration> {
    let position = usize::try_from(n_attempts.checked_sub(1)?).ok()?;
    PAUSES.get(position).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn entry(action: &str, after: Value) -> AuditEntry {
        AuditEntry {
            chain: "alert:x".into(),
            actor: "system".into(),
            action: action.into(),
            at: Timestamp::UNIX_EPOCH,
            request_id: String::new(),
            before: Value::Null,
            after,
        }
    }

    #[test]
    fn the_trail_says_what_a_webhook_is_told() {
        assert_eq!(EventType::of(&entry("alert_raised", json!({}))), Some(EventType::AlertRaised));
        let drift = entry("alert_raised", json!({"cause": DRIFT}));
        assert_eq!(EventType::of(&drift), Some(EventType::DriftDetected));
        assert_eq!(EventType::of(&entry("alert_claimed", json!({}))), None);
        let undone = |disposition: Value| AuditEntry {
            before: json!({"disposition": "confirmed_fraud"}),
            ..entry("alert_move_undone", json!({"disposition": disposition}))
        };
        assert_eq!(EventType::of(&undone(Value::Null)), Some(EventType::AlertReopened));
        assert_eq!(EventType::of(&undone(json!("confirmed_fraud"))), None);
        let proposed = json!({"proposal": {"disposition": "false_positive"}});
        let taken_back =
            AuditEntry { before: proposed, ..entry("alert_move_undone", json!({"proposal": null})) };
        assert_eq!(EventType::of(&taken_back), Some(EventType::AlertDecisionRejected));
        let promoted = |kind: &str| EventType::of(&entry("model_promoted", json!({"kind": kind})));
        assert_eq!(promoted("supervised_forest"), Some(EventType::ModelPromoted));
        assert_eq!(promoted("population_baseline"), None);
    }

    #[test]
    fn a_test_cannot_be_asked_for() {
        assert_eq!(EventType::parse("webhook.tested"), Ok(EventType::WebhookTested));
        assert!(EventType::parse_offered("webhook.tested").is_err());
        assert_eq!(EventType::parse_offered("alert.raised"), Ok(EventType::AlertRaised));
    }

    #[test]
    fn what_fails_is_tried_for_a_day_and_then_given_up() {
        let failed = Answer::Status(500);
        let mut waited = SignedDuration::ZERO;
        for n_attempts in 1..MAX_ATTEMPTS {
            let Consequence::Again(pause) = judge(&failed, n_attempts, 0.0) else {
                panic!("attempt {n_attempts} is not the last");
            };
            waited += pause;
        }
        assert_eq!(waited, SignedDuration::from_mins(23 * 60 + 26));
        assert_eq!(judge(&failed, MAX_ATTEMPTS, 0.0), Consequence::Dead);
    }

    #[test]
    fn only_a_success_delivers_and_gone_ends_at_once() {
        assert_eq!(judge(&Answer::Status(204), 1, 0.0), Consequence::Delivered);
        assert_eq!(judge(&Answer::Status(410), 1, 0.0), Consequence::Dead);
        for answer in [Answer::Status(302), Answer::Status(404), Answer::Nothing("no connection".into())] {
            assert_eq!(
                judge(&answer, 1, 0.5),
                Consequence::Again(SignedDuration::from_secs(63)),
                "{answer:?}"
            );
        }
    }
}
