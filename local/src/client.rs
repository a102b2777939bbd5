//! The client of the HTTP API: sends, waits its turn, tries again, and says clearly why not.
//!
//! What lives here: the calls that the commands need. What does not: what to send when
//! ([`crate::timeline`]). Sending again is safe, since the server stores a transaction or label once by its
//! key; so an answer that never came is treated as one that asked to try again.

mod attempt;
mod error;
mod key;
mod pace;
mod question;

pub use error::ClientError;
pub use key::ApiKey;
pub use question::{Identity, Question, Reply};

use crate::wire::{
    BatchIn, ItemOut, ItemsOut, LabelIn, LabelsIn, Outcome, Task, TaskIn, TransactionIn, VerdictOut,
};
use attempt::Attempt;
use jiff::Timestamp;
use pace::Pace;
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::domain::ids::AssessmentId;
use std::time::Duration;
use tokio::time::Instant;

/// A retraining on a full history takes minutes, and its answer comes at its end.
const TASK_TIMEOUT: Duration = Duration::from_secs(600);
/// No pause between attempts is longer, unless the server asked for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Where the server is and how to speak to it.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// The server's address, `http://host:port` or `https://host/stage`, with or without a path.
    pub url: String,
    /// The API key.
    pub key: ApiKey,
    /// Requests a second at most, above 0; none is no limit.
    pub limit_rps: Option<f64>,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long to go on trying one call.
    pub patience: Duration,
    /// The first pause where the server names none; each further one is twice as long.
    pub first_pause: Duration,
}

impl ClientOptions {
    /// The defaults for one server: no limit, a minute a request, two minutes of patience.
    pub fn new(url: String, key: impl Into<ApiKey>) -> Self {
        Self {
            url,
            key: key.into(),
            limit_rps: None,
            request_timeout: Duration::from_secs(60),
            patience: Duration::from_secs(120),
            first_pause: Duration::from_millis(200),
        }
    }
}

/// A connection pool to one server.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    options: ClientOptions,
    pace: Pace,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Posted {
    /// One an item, in the order of the batch; an outcome of `retry` means that patience ran out.
    pub items: Vec<ItemOut>,
    /// How many items were sent more than once because the server asked for it.
    pub n_retried: u64,
}

/// Whether a scheduled task was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskOutcome {
    /// It ran to its end.
    Done,
    /// This deployment has a schedule of its own.
    NotServed,
}

impl Client {
    /// Checks the options; connects with the first call.
    ///
    /// # Errors
    /// When the address is not one of HTTP or HTTPS, or the key cannot stand in a header.
    pub fn try_new(options: ClientOptions) -> Result<Self, ClientError> {
        let is_usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let url = Url::parse(&options.url).ok().filter(is_usable);
        let url = url.ok_or_else(|| ClientError::Address { url: options.url.clone() })?;
        if !options.key.is_sendable() {
            return Err(ClientError::Key);
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("telltale/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none());
        // A proxy of the environment cannot reach this machine's own loopback.
        if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|source| ClientError::Start { source })?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { http, base, pace: Pace::new(options.limit_rps), options })
    }

    /// Posts up to 5,000 transactions, and those again that the server asks for.
    ///
    /// # Errors
    /// When the server refuses the batch, cannot be reached, or answers what is not understood.
    pub async fn post_transactions(&self, transactions: &[&TransactionIn]) -> Result<Posted, ClientError> {
        let give_up_at = Instant::now() + self.options.patience;
        let mut posted = Posted { items: self.post_batch(transactions).await?, n_retried: 0 };
        let mut pause = self.options.first_pause;
        loop {
            let open: Vec<usize> = positions_to_retry(&posted.items);
            if open.is_empty() || Instant::now() + pause > give_up_at {
                return Ok(posted);
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
            let again: Vec<&TransactionIn> = open.iter().map(|&position| transactions[position]).collect();
            posted.n_retried += again.len() as u64;
            for (&position, item) in open.iter().zip(self.post_batch(&again).await?) {
                posted.items[position] = ItemOut { index: position, ..item };
            }
        }
    }

    /// Posts up to 5,000 labels.
    ///
    /// # Errors
    /// As [`Client::post_transactions`].
    pub async fn post_labels(&self, labels: &[&LabelIn]) -> Result<Vec<ItemOut>, ClientError> {
        let body = LabelsIn { labels: labels.to_vec() };
        let answer: ItemsOut = self.post("/api/v1/labels", &body, self.options.request_timeout).await?;
        in_order(answer, labels.len())
    }

    /// Does what the schedule would do at `as_of`, by the events' clock.
    ///
    /// # Errors
    /// As [`Client::post_transactions`].
    pub async fn run_task(&self, task: Task, as_of: Timestamp) -> Result<TaskOutcome, ClientError> {
        let answer =
            self.post::<serde_json::Value>("/local/v1/tasks", &TaskIn { task, as_of }, TASK_TIMEOUT).await;
        match answer {
            Ok(_) => Ok(TaskOutcome::Done),
            Err(ClientError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(TaskOutcome::NotServed),
            Err(error) => Err(error),
        }
    }

    /// Has the server recompute a stored assessment.
    ///
    /// # Errors
    /// As [`Client::post_transactions`]; also when there is no such assessment.
    pub async fn replay_assessment(&self, id: AssessmentId) -> Result<VerdictOut, ClientError> {
        let url = format!("{}/api/v1/assessments/{id}/replay", self.base);
        let request = || self.http.get(&url).timeout(self.options.request_timeout);
        self.call("GET /api/v1/assessments/{id}/replay", request).await
    }

    async fn post_batch(&self, transactions: &[&TransactionIn]) -> Result<Vec<ItemOut>, ClientError> {
        let body = BatchIn { transactions: transactions.to_vec() };
        let answer = self.post("/api/v1/transactions/batch", &body, self.options.request_timeout).await?;
        in_order(answer, transactions.len())
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &'static str,
        body: &impl Serialize,
        timeout: Duration,
    ) -> Result<T, ClientError> {
        let call = format!("POST {path}");
        let body = match serde_json::to_vec(body) {
            Ok(body) => body,
            Err(source) => return Err(ClientError::NotUnderstood { call, source }),
        };
        let url = format!("{}{path}", self.base);
        let request = || {
            let request = self.http.post(&url).header("content-type", "application/json");
            request.timeout(timeout).body(body.clone())
        };
        self.call(&call, request).await
    }

    /// Sends until there is an answer, a refusal, or no patience left; `call` names the route in errors.
    async fn call<T: DeserializeOwned>(
        &self,
        call: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<T, ClientError> {
        let give_up_at = Instant::now() + self.options.patience;
        let mut pause = self.options.first_pause;
        loop {
            self.pace.wait().await;
            let request = request().bearer_auth(self.options.key.expose());
            let (after, error) = match attempt::send(request).await {
                Attempt::Answered(answer) => {
                    return serde_json::from_slice(&answer)
                        .map_err(|source| ClientError::NotUnderstood { call: call.to_owned(), source });
                }
                Attempt::Refused(error) => return Err(error),
                Attempt::Again { after, error } => (after.unwrap_or(pause), error),
            };
            if Instant::now() + after > give_up_at {
                return Err(ClientError::GaveUp {
                    call: call.to_owned(),
                    seconds: self.options.patience.as_secs(),
                    source: Box::new(error),
                });
            }
            tokio::time::sleep(after).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

fn positions_to_retry(items: &[ItemOut]) -> Vec<usize> {
    let to_retry = items.iter().enumerate().filter(|(_, item)| item.outcome == Outcome::Retry);
    to_retry.map(|(position, _)| position).collect()
}

/// The answer's items by their index: exactly one for each of `n_items`.
fn in_order(answer: ItemsOut, n_items: usize) -> Result<Vec<ItemOut>, ClientError> {
    let mut items = answer.items;
    items.sort_by_key(|item| item.index);
    let is_complete =
        items.len() == n_items && items.iter().enumerate().all(|(index, item)| item.index == index);
    if is_complete {
        Ok(items)
    } else {
        Err(ClientError::Incomplete { n_sent: n_items, n_answered: items.len() })
    }
}
