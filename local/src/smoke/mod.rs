//! Smoke: is a deployment that was just made alive, complete and discreet?
//!
//! What lives here: the order of the checks. Each asks the deployment through its own front door, changes nothing
//! there, and answers with what it saw or with what to do. What does not: the requests themselves
//! ([`crate::client`]). A check is named for what it measures, and says so where that is not all one would want.

pub mod check;
mod errors;
mod origins;
mod queue;
mod shape;

use crate::client::{Client, ClientError, Question, Reply};
use check::{Check, Finding};
use reqwest::Url;
use serde_json::Value;
use std::time::Duration;

/// What a deployment is held to.
#[derive(Debug, Clone)]
pub struct SmokeOptions {
    /// The console's origin.
    pub origin: Origin,
    /// How long the dashboard and the queue may take.
    pub page_limit: Duration,
}

/// Scheme, host and port of a page, as a browser sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Takes `https://console.example.com`, and nothing after it.
    ///
    /// # Errors
    /// When it is no origin, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).ok().filter(|url| url.origin().ascii_serialization() == text);
        let url =
            url.ok_or("must be the console's origin, such as https://console.example.com, without a path")?;
        Ok(Self(url.origin().ascii_serialization()))
    }

    /// As a browser sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SmokeOptions {
    /// The limits of the project's figures.
    pub fn new(origin: Origin) -> Self {
        Self { origin, page_limit: Duration::from_secs(2) }
    }
}

/// Every check, in the order in which they are worth reading.
pub async fn smoke(client: &Client, options: &SmokeOptions) -> Vec<Check> {
    let mut checks = vec![Check::of("health", health(client).await)];
    checks.extend(queue::checks(client, options.page_limit).await);
    checks.extend(errors::checks(client).await);
    checks.extend(origins::checks(client, &options.origin).await);
    checks
}

async fn health(client: &Client) -> Finding {
    let remedy = "read the log of the health function, then look at the database and the proxy before it";
    let reply = match client.ask(Question::get("/health").without_key()).await {
        Ok(reply) => reply,
        Err(error) => return unanswered(&error),
    };
    let said = json(&reply).unwrap_or_default();
    if reply.status == 200 && said["status"] == "healthy" && said["database"] == "connected" {
        let version = said["version"].as_str().unwrap_or("unknown");
        return Finding::passed(format!("healthy and connected, version {version}, {}", took(&reply)));
    }
    Finding::failed(format!("{} {}", reply.status.as_u16(), shape::excerpt(&reply.body)), remedy)
}

/// The body as JSON, if it is any.
fn json(reply: &Reply) -> Option<Value> {
    serde_json::from_str(&reply.body).ok()
}

fn took(reply: &Reply) -> String {
    format!("{} ms", reply.elapsed.as_millis())
}

fn unanswered(error: &ClientError) -> Finding {
    let why = std::error::Error::source(error).map_or_else(String::new, |source| format!(" ({source})"));
    Finding::failed(
        format!("no answer{why}"),
        "check that --url is the deployment's address, its stage included",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for text in ["https://console.example.com", "http://localhost:3000"] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "*", "console.example.com", "https://console.example.com/", "https://a.example/b"] {
            assert!(Origin::parse(text).is_err(), "{text} was taken");
        }
    }
}
