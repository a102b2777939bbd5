//! Sending: many at once, each bounded in time, none following a redirect.

use crate::resolve::JudgingResolver;
use futures_util::StreamExt;
use futures_util::stream;
use reqwest::redirect::Policy;
use reqwest::{Client, header};
use shared::domain::webhook::address::{Reach, WebhookUrl};
use shared::workflow::outbox::batch::{Attempt, Batch, Outgoing};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// A receiver has this long to answer, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Messages under way at once: a full batch of 60 ends within 30 s though no receiver answers.
const AT_ONCE: usize = 20;
/// How much is told of why a message was not sent.
const MAX_ERROR: usize = 300;

/// Sends messages, each over a connection of its own.
#[derive(Debug, Clone)]
pub struct Sender {
    client: Client,
    reach: Reach,
}

impl Sender {
    /// A sender that reaches so far.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn try_new(reach: Reach) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("Telltale/", env!("CARGO_PKG_VERSION")))
            .timeout(TIMEOUT)
            // A redirect could lead where the address was not judged.
            .redirect(Policy::none())
            // Between two batches the process is frozen, and what the receiver closes meanwhile would look open after it.
            .pool_max_idle_per_host(0)
            // A proxy would resolve names itself.
            .no_proxy()
            .dns_resolver(Arc::new(JudgingResolver { reach }))
            .build()?;
        Ok(Self { client, reach })
    }

    /// Sends all messages of a batch; one attempt each, in the order in which they ended.
    pub async fn send(&self, batch: Batch) -> Vec<Attempt> {
        stream::iter(batch.messages)
            .map(|message| self.send_one(message))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await
    }

    async fn send_one(&self, message: Outgoing) -> Attempt {
        let (delivery_id, n_attempts) = (message.delivery_id.clone(), message.n_attempts);
        let claimed_at = message.claimed_at;
        let (status, error) = match self.post(message).await {
            Ok(status) => (Some(status), None),
            Err(error) => (None, Some(told(error.as_ref()))),
        };
        tracing::info!(
            delivery_id,
            n_attempts,
            status,
            error,
            "attempt {n_attempts} of delivery {delivery_id} was made"
        );
        Attempt { delivery_id, n_attempts, claimed_at, status, error }
    }

    async fn post(&self, message: Outgoing) -> Result<u16, Box<dyn Error + Send + Sync>> {
        // An address in numbers needs no resolver: it is judged here.
        let url = WebhookUrl::parse(&message.url, self.reach)
            .map_err(|invalid| format!("the address {}", invalid.0))?;
        let request = self
            .client
            .post(url.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", message.message_id)
            .header("webhook-timestamp", message.timestamp.to_string())
            .header("webhook-signature", message.signature)
            .body(message.body);
        // Of the answer only the status counts; its body is never read.
        Ok(request.send().await?.status().as_u16())
    }
}

/// The innermost cause is what a person can act on: "connection refused", not "error sending request".
fn told(error: &(dyn Error + 'static)) -> String {
    let innermost = std::iter::successors(Some(error), |&error| error.source()).last().unwrap_or(error);
    innermost.to_string().chars().take(MAX_ERROR).collect()
}
