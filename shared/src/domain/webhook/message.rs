//! What a webhook is told: `{"type", "timestamp", "data"}`, as the Standard Webhooks specification has it.
//!
//! Small: what happened to which alert or model, by whom, with the figures that the trail holds. Whoever wants more asks
//! the API. Free text is cut short, so that a message has at most some 2 KB; notes of a decision are not told at all.

use super::EventType;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Characters of a free text that are told.
const MAX_TEXT: usize = 200;

/// An event of the trail, and what does not change of the alert that it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What it is to webhooks.
    pub event: EventType,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, as the trail names them.
    pub actor: String,
    /// Where things stood before.
    pub before: Value,
    /// Where they stood after.
    pub after: Value,
    /// The alert, where it is about one.
    pub alert: Option<ToldAlert>,
}

/// What does not change of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAlert {
    /// `alr_` and a UUID.
    pub id: String,
    /// The account; none of the system's alerts.
    pub account: Option<String>,
}

/// The body of an event's messages.
pub fn body(told: &Told) -> Value {
    let mut data = Map::new();
    if let Some(alert) = &told.alert {
        data.insert("alert_id".into(), json!(alert.id));
        data.insert("account_id".into(), json!(alert.account));
    }
    for (name, value) in facts(told) {
        data.insert(name.to_owned(), shortened(value));
    }
    data.insert("actor".into(), json!(told.actor));
    json!({"type": told.event.as_str(), "timestamp": told.at, "data": data})
}

fn facts(told: &Told) -> Vec<(&'static str, &Value)> {
    let (before, after) = (&told.before, &told.after);
    match told.event {
        EventType::AlertRaised => vec![
            ("severity", &after["severity"]),
            ("risk_score", &after["risk_score"]),
            ("assessment_id", &after["assessment_id"]),
            ("cause", &after["cause"]),
        ],
        EventType::AlertSeverityRaised => vec![
            ("severity", &after["severity"]),
            ("severity_before", &before["severity"]),
            ("risk_score", &after["risk_score"]),
            ("assessment_id", &after["assessment_id"]),
        ],
        EventType::AlertDecided => vec![
            ("disposition", &after["disposition"]),
            ("confidence", &after["confidence"]),
            ("status", &after["status"]),
            ("is_escalated", &after["is_escalated"]),
            ("approved_by", &after["approved_by"]),
        ],
        EventType::AlertReopened => vec![
            ("status", &after["status"]),
            ("disposition", &after["disposition"]),
            ("disposition_before", &before["disposition"]),
            ("reason", &after["reason"]),
        ],
        EventType::AlertAwaitingApproval => vec![
            ("disposition", &after["proposal"]["disposition"]),
            ("confidence", &after["proposal"]["confidence"]),
        ],
        EventType::AlertDecisionRejected => {
            vec![("disposition", &before["proposal"]["disposition"]), ("reason", &after["reason"])]
        }
        EventType::AlertEscalated => vec![("reason", &after["reason"])],
        EventType::ModelPromoted => {
            vec![
                ("model_id", &after["model_id"]),
                ("model_id_before", &before["model_id"]),
                ("kind", &after["kind"]),
            ]
        }
        EventType::DriftDetected => vec![("cause", &after["cause"]), ("found", &after["found"])],
        EventType::WebhookTested => vec![("webhook_id", &after["webhook_id"])],
    }
}

fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) => text.chars().take(MAX_TEXT).collect::<String>().into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event: EventType, before: Value, after: Value) -> Told {
        let alert = Some(ToldAlert { id: "alr_1".into(), account: Some("acc-1".into()) });
        Told { event, at: Timestamp::UNIX_EPOCH, actor: "key:k1".into(), before, after, alert }
    }

    #[test]
    fn a_raised_alert_is_told_with_its_figures() {
        let after =
            json!({"severity": "high", "risk_score": 0.75, "assessment_id": "asm_1", "status": "active"});
        let expected = json!({
            "type": "alert.raised",
            "timestamp": "1970-01-01T00:00:00Z",
            "data": {
                "alert_id": "alr_1", "account_id": "acc-1", "severity": "high", "risk_score": 0.75,
                "assessment_id": "asm_1", "cause": null, "actor": "key:k1",
            },
        });
        assert_eq!(body(&told(EventType::AlertRaised, Value::Null, after)), expected);
    }

    #[test]
    fn the_notes_of_a_decision_stay_inside() {
        let after =
            json!({"disposition": "confirmed_fraud", "notes": "called the customer", "status": "resolved"});
        let body = body(&told(EventType::AlertDecided, json!({}), after)).to_string();
        assert!(body.contains("confirmed_fraud") && !body.contains("customer"), "{body}");
    }

    #[test]
    fn a_long_reason_is_cut() {
        let after = json!({"reason": "x".repeat(1_000)});
        let body = body(&told(EventType::AlertEscalated, json!({}), after));
        assert_eq!(body["data"]["reason"].as_str().map(str::len), Some(MAX_TEXT));
    }
}
