//! What the gateway refuses by itself looks like an error of ours (`shared/src/http/error.rs`).

use super::document::{Finding, Template};
use serde_json::{Value, json};
use shared::error::ErrorKind;
use shared::http::error::status_of;

/// The gateway's own answers that must be ours, and their status.
const ANSWERS: [(&str, u16); 9] = [
    ("UNAUTHORIZED", 401),
    ("ACCESS_DENIED", 403),
    ("WAF_FILTERED", 403),
    // What the gateway says of a path that it does not know.
    ("MISSING_AUTHENTICATION_TOKEN", 404),
    ("REQUEST_TOO_LARGE", 413),
    ("THROTTLED", 429),
    ("QUOTA_EXCEEDED", 429),
    ("INTEGRATION_TIMEOUT", 504),
    ("DEFAULT_5XX", 500),
];

/// Answers that are missing, or not in our structure.
pub(crate) fn findings(template: &Template) -> Vec<Finding> {
    let given = &template.properties("Api")["GatewayResponses"];
    let mut found = Vec::new();
    for (name, status) in ANSWERS {
        if given[name]["StatusCode"] != status {
            found.push(format!("{name}: the gateway must answer it with {status}"));
        }
    }
    for (name, answer) in given.as_object().into_iter().flatten() {
        found.extend(in_answer(answer).into_iter().map(|what| format!("{name}: {what}")));
    }
    found
}

fn in_answer(answer: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let text = answer["ResponseTemplates"]["application/json"].as_str().unwrap_or_default();
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        return vec!["its body is not JSON".to_owned()];
    };
    let kind = ErrorKind::ALL.into_iter().find(|kind| body["error"]["type"] == kind.as_str());
    let status = answer["StatusCode"].as_u64();
    match kind {
        None => found.push(format!("{} is no error type of ours", body["error"]["type"])),
        // The function says 503 of its own deadline; the gateway knows that it had no answer at all.
        Some(ErrorKind::DeadlineExceeded) if status == Some(504) => {}
        Some(kind) if status == Some(status_of(kind).as_u16().into()) => {}
        Some(kind) => found.push(format!("{} does not go with {status:?}", kind.as_str())),
    }
    let is_ours = body["status"] == answer["StatusCode"]
        && body["title"] == body["error"]["type"]
        && body["type"] == format!("urn:telltale:error:{}", body["title"].as_str().unwrap_or_default())
        && body["detail"] == body["error"]["message"]
        && body["error"]["request_id"] == "req-$context.requestId"
        && body["error"]["timestamp"] == "$context.requestTime";
    if !is_ours {
        found.push("its body is not in the structure of our errors".to_owned());
    }
    if text.contains("$context.path") || text.contains("$context.error.message") {
        found.push("its body repeats what a stranger wrote, which could end the JSON".to_owned());
    }
    let headers = &answer["ResponseParameters"]["Headers"];
    let origin = json!({"Fn::Sub": ["'${Origin}'", {"Origin": {"Fn::Select": [0, {"Ref": "CorsOrigins"}]}}]});
    if headers["Access-Control-Allow-Origin"] != origin {
        found.push("the console cannot read it: it needs the exact origin".to_owned());
    }
    if headers["Content-Type"] != "'application/problem+json'" {
        found.push("it must be application/problem+json".to_owned());
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::planted;

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to)).join("\n")
    }

    #[test]
    fn an_answer_that_the_gateway_would_make_up_is_caught() {
        assert!(
            caught("        REQUEST_TOO_LARGE:\n", "        BAD_REQUEST_BODY:\n")
                .contains("answer it with 413")
        );
        let unknown_path = "        MISSING_AUTHENTICATION_TOKEN:\n          StatusCode: 404";
        let forbidden = "        MISSING_AUTHENTICATION_TOKEN:\n          StatusCode: 403";
        assert!(caught(unknown_path, forbidden).contains("NotFound does not go with"));
    }

    #[test]
    fn a_body_of_another_shape_is_caught() {
        assert!(
            caught("\"title\": \"NotFound\"", "\"title\": \"Missing\"").contains("structure of our errors")
        );
        assert!(
            caught("\"error\": {\"type\": \"NotFound\"", "\"error\": {\"type\": \"Missing\"")
                .contains("no error type")
        );
        assert!(caught("\"status\": 404,", "\"status\": 404").contains("is not JSON"));
        assert!(
            caught("urn:telltale:request:$context.requestId", "$context.path").contains("a stranger wrote")
        );
    }

    #[test]
    fn an_answer_that_the_console_cannot_read_is_caught() {
        let origin = "Access-Control-Allow-Origin: *origin\n";
        assert!(caught(origin, "Access-Control-Allow-Origin: \"'*'\"\n").contains("needs the exact origin"));
        assert!(
            caught("\"'application/problem+json'\"", "\"'application/json'\"")
                .contains("application/problem+json")
        );
    }
}
