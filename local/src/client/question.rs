//! One request and its answer as they are: for who wants to see what a server says, refusals included.

use super::{Client, ClientError};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use std::time::Duration;
use tokio::time::Instant;

/// One request, sent once.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// How.
    pub method: Method,
    /// What, from the server's address on, with the query.
    pub path: &'a str,
    /// Beside the key.
    pub headers: Vec<(&'static str, &'a str)>,
    /// Whether the client's key goes with it.
    pub identity: Identity,
    /// A body, sent as JSON whether it is any or not.
    pub body: Option<&'a str>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The holder of the client's key.
    Key,
    /// Nobody in particular.
    Nobody,
}

/// What came back, and how long it took until the last byte.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; what is no UTF-8 in it is replaced.
    pub body: String,
    /// From the request on.
    pub elapsed: Duration,
}

impl<'a> Question<'a> {
    /// A GET with the client's key.
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, headers: Vec::new(), identity: Identity::Key, body: None }
    }

    /// The same without a key.
    #[must_use]
    pub fn without_key(self) -> Self {
        Self { identity: Identity::Nobody, ..self }
    }

    /// A POST of this text as JSON.
    pub fn post(path: &'a str, body: &'a str) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(path) }
    }
}

impl Client {
    /// Asks once, and takes any answer for an answer.
    ///
    /// # Errors
    /// When the server cannot be reached in the time of one request.
    pub async fn ask(&self, question: Question<'_>) -> Result<Reply, ClientError> {
        self.pace.wait().await;
        let url = format!("{}{}", self.base, question.path);
        let mut request = self.http.request(question.method, url).timeout(self.options.request_timeout);
        if question.identity == Identity::Key {
            request = request.bearer_auth(self.options.key.expose());
        }
        for (name, value) in question.headers {
            request = request.header(name, value);
        }
        if let Some(body) = question.body {
            request = request.header("content-type", "application/json").body(body.to_owned());
        }
        let started = Instant::now();
        let unreachable = |source| ClientError::Unreachable { source };
        let response = request.send().await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(unreachable)?;
        let elapsed = started.elapsed();
        Ok(Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned(), elapsed })
    }
}
