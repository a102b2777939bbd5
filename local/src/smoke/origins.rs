//! Whose pages may read the answers: the console's, and nobody else's.

use super::check::{Check, Finding};
use super::{Origin, unanswered};
use crate::client::{Client, ClientError, Question, Reply};
use reqwest::Method;

/// A page that has no business here; the name is reserved, so that it is nobody's console.
const FOREIGN: &str = "https://foreign.example";
const PATH: &str = "/api/v1/alerts?limit=1";

/// Preflight and answer for the console's origin, and for a foreign one.
pub(super) async fn checks(client: &Client, origin: &Origin) -> Vec<Check> {
    let origin = origin.as_str();
    let own = [preflight(client, origin).await, answer(client, origin).await];
    let foreign = [preflight(client, FOREIGN).await, answer(client, FOREIGN).await];
    let [own_preflight, own_answer] = own;
    vec![
        Check::of(
            "CORS: the console's preflight",
            judge(own_preflight, |reply| welcomes_preflight(reply, origin)),
        ),
        Check::of("CORS: the console's request", judge(own_answer, |reply| welcomes(reply, origin))),
        Check::of("CORS: a foreign origin", refuses(foreign)),
    ]
}

async fn preflight(client: &Client, origin: &str) -> Result<Reply, ClientError> {
    let headers = vec![
        ("origin", origin),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let question = Question { method: Method::OPTIONS, headers, ..Question::get(PATH) };
    client.ask(question.without_key()).await
}

async fn answer(client: &Client, origin: &str) -> Result<Reply, ClientError> {
    client.ask(Question { headers: vec![("origin", origin)], ..Question::get(PATH) }).await
}

fn judge(reply: Result<Reply, ClientError>, faults: impl Fn(&Reply) -> Vec<String>) -> Finding {
    let remedy = "put exactly this origin into CorsOrigins (CORS_ORIGINS) and deploy";
    match reply {
        Ok(reply) => Finding::from_faults(
            &faults(&reply),
            format!("allows {}", header(&reply, "access-control-allow-origin")),
            remedy,
        ),
        Err(error) => unanswered(&error),
    }
}

fn welcomes(reply: &Reply, origin: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let allowed = header(reply, "access-control-allow-origin");
    if allowed != origin {
        faults.push(format!("{origin} is not allowed, but {}", named(&allowed)));
    }
    if !reply.status.is_success() {
        faults.push(format!("the answer is {}", reply.status.as_u16()));
    }
    faults
}

fn welcomes_preflight(reply: &Reply, origin: &str) -> Vec<String> {
    let mut faults = welcomes(reply, origin);
    let lists = [("access-control-allow-methods", "get"), ("access-control-allow-headers", "authorization")];
    for (name, wanted) in lists {
        let list = header(reply, name).to_lowercase();
        if !list.split(',').any(|one| one.trim() == wanted) {
            faults.push(format!("{name} lacks {wanted}"));
        }
    }
    faults
}

/// A browser keeps an answer from a page whose origin the answer does not name.
fn refuses(replies: [Result<Reply, ClientError>; 2]) -> Finding {
    let mut faults = Vec::new();
    for (reply, what) in replies.into_iter().zip(["preflight", "request"]) {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return unanswered(&error),
        };
        let allowed = header(&reply, "access-control-allow-origin");
        if allowed == "*" || allowed == FOREIGN {
            faults.push(format!("the {what} of {FOREIGN} is allowed by {allowed}"));
        }
    }
    let remedy = "name exact origins in CorsOrigins (CORS_ORIGINS), never a star, and deploy";
    Finding::from_faults(&faults, format!("{FOREIGN} is not allowed"), remedy)
}

fn header(reply: &Reply, name: &str) -> String {
    let value = reply.headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

fn named(allowed: &str) -> &str {
    if allowed.is_empty() { "no origin" } else { allowed }
}
