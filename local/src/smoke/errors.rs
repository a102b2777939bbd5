//! What the deployment says to who asks for the wrong thing.

use super::check::{Check, Finding};
use super::{json, shape, unanswered};
use crate::client::{Client, Question, Reply};

/// A wrong request, and the only right answer to it.
struct Wrong {
    name: &'static str,
    question: Question<'static>,
    status: u16,
    kind: &'static str,
}

fn wrongs() -> [Wrong; 5] {
    let transactions = "/api/v1/transactions";
    [
        Wrong {
            name: "the error of an unknown path",
            question: Question::get("/api/v1/there-is-no-such-path"),
            status: 404,
            kind: "NotFound",
        },
        Wrong {
            name: "the error of a body that is no JSON",
            question: Question::post(transactions, "{\"source\": "),
            status: 400,
            kind: "MalformedRequest",
        },
        Wrong {
            name: "the error of wrong fields",
            question: Question::post(transactions, "{\"amount\": 1}"),
            status: 422,
            kind: "ValidationFailed",
        },
        Wrong {
            name: "the error of a wrong id",
            question: Question::get("/api/v1/alerts/alr_';--"),
            status: 404,
            kind: "NotFound",
        },
        Wrong {
            name: "the error of a missing key",
            question: Question::get("/api/v1/alerts").without_key(),
            status: 401,
            kind: "Unauthenticated",
        },
    ]
}

/// A check for each wrong request: the right refusal, in the error structure, with nothing of the inside in it.
pub(super) async fn checks(client: &Client) -> Vec<Check> {
    let mut checks = Vec::new();
    for wrong in wrongs() {
        let finding = match client.ask(wrong.question.clone()).await {
            Ok(reply) => judge(&wrong, &reply),
            Err(error) => unanswered(&error),
        };
        checks.push(Check::of(wrong.name, finding));
    }
    checks
}

fn judge(wrong: &Wrong, reply: &Reply) -> Finding {
    let mut faults = Vec::new();
    if reply.status != wrong.status {
        faults.push(format!("{} in place of {}", reply.status.as_u16(), wrong.status));
    }
    let said = json(reply).unwrap_or_default();
    let members = ["/error/type", "/error/message", "/error/request_id", "/error/timestamp"];
    faults.extend(shape::empty(&said, &members).iter().map(|pointer| format!("{pointer} is missing")));
    if said.pointer("/error/type").is_some_and(|kind| kind != wrong.kind) {
        faults.push(format!("type {} in place of {}", said["error"]["type"], wrong.kind));
    }
    let request_id = said.pointer("/error/request_id").and_then(|id| id.as_str());
    if request_id.is_some_and(|id| !id.starts_with("req-")) {
        faults.push("the request id does not start with req-".to_owned());
    }
    faults.extend(shape::inner_words(&reply.body).iter().map(|word| format!("it lets out \"{word}\"")));
    let remedy = "look at the gateway's responses where the answer is its own, else report the request id";
    let shown = format!("{} {}, {}", wrong.status, wrong.kind, request_id.unwrap_or_default());
    Finding::from_faults(&faults, shown, remedy)
}
