//! The way of webhook messages: the outbox's answer goes to `deliver`, what came of it through a queue to the outbox.

use super::document::{Finding, Template};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::workflow::outbox::batch::{Attempt, Attempts};

/// What is wrong with the way.
pub(crate) fn findings(template: &Template) -> Vec<Finding> {
    let mut found = Vec::new();
    let goes_to = |id: &str| {
        let config = &template.properties(id)["EventInvokeConfig"];
        config["DestinationConfig"]["OnSuccess"]["Destination"].clone()
    };
    if goes_to("OutboxFunction") != json!({"Ref": "DeliverFunctionAliaslive"}) {
        found.push("OutboxFunction: what it claims goes nowhere".to_owned());
    }
    if goes_to("DeliverFunction") != json!({"Fn::GetAtt": "DeliveryAttempts.Arn"}) {
        found.push("DeliverFunction: what came of its messages goes nowhere".to_owned());
    }
    let mapping = template.properties("DeliveryAttemptsToOutbox");
    if mapping["FunctionName"] != json!({"Ref": "OutboxFunctionAliaslive"}) {
        found.push("DeliveryAttemptsToOutbox: it does not lead to the outbox".to_owned());
    }
    let filters = mapping["FilterCriteria"]["Filters"].as_array().cloned().unwrap_or_default();
    if filters.is_empty() {
        found.push(
            "DeliveryAttemptsToOutbox: every minute of nothing calls the outbox a second time".to_owned(),
        );
    }
    for filter in &filters {
        let pattern = filter["Pattern"].as_str().and_then(|text| serde_json::from_str(text).ok());
        let wanted = pattern.unwrap_or(Value::Null)["body"].take();
        if lets_pass(&wanted, &message(1)) != Some(true) || lets_pass(&wanted, &message(0)) != Some(false) {
            found.push(
                "DeliveryAttemptsToOutbox: its filter must let messages pass that tell of attempts"
                    .to_owned(),
            );
        }
    }
    found
}

/// What the queue brings of an invocation of `deliver` with so many attempts.
fn message(n: usize) -> Value {
    let attempt = Attempt {
        delivery_id: "dlv_1".into(),
        n_attempts: 1,
        claimed_at: Timestamp::UNIX_EPOCH,
        status: Some(200),
        error: None,
    };
    json!({"responsePayload": Attempts::from(vec![attempt; n])})
}

/// Whether a filter of one bound on one number lets a message pass; none where it is another, or the number is not there.
fn lets_pass(wanted: &Value, message: &Value) -> Option<bool> {
    match wanted {
        Value::Object(members) => {
            let (name, inner) = members.iter().next().filter(|_| members.len() == 1)?;
            lets_pass(inner, &message[name])
        }
        Value::Array(rules) => {
            let [operator, bound] = rules.first()?["numeric"].as_array()?.as_slice() else { return None };
            (operator == ">").then_some(message.as_f64()? > bound.as_f64()?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::planted;

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to)).join("\n")
    }

    #[test]
    fn a_way_that_leads_nowhere_is_caught() {
        let out =
            caught("OnSuccess: {Type: Lambda, Destination: !Ref DeliverFunctionAliaslive}", "OnSuccess: {}");
        assert_eq!(out, "OutboxFunction: what it claims goes nowhere");
        let back =
            caught("OnSuccess: {Type: SQS, Destination: !GetAtt DeliveryAttempts.Arn}", "OnSuccess: {}");
        assert_eq!(back, "DeliverFunction: what came of its messages goes nowhere");
        let queue =
            caught("FunctionName: !Ref OutboxFunctionAliaslive", "FunctionName: !Ref BulkFunctionAliaslive");
        assert_eq!(queue, "DeliveryAttemptsToOutbox: it does not lead to the outbox");
    }

    #[test]
    fn a_filter_of_another_name_is_caught() {
        let caught = caught("{\"n_attempts\": [", "{\"attempts\": [");
        assert!(caught.contains("its filter must let messages pass"), "{caught}");
        let none = findings(&planted(
            "        Filters:\n          - Pattern",
            "        Others:\n          - Pattern",
        ));
        assert!(none.join("\n").contains("a second time"), "{none:?}");
    }
}
