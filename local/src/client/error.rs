//! Why a call did not succeed.

use reqwest::StatusCode;

/// Why a call did not succeed, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not usable.
    #[error(
        "{url} is not an address this tool can speak to: give one such as http://127.0.0.1:8080 or https://host/live"
    )]
    Address {
        /// What was given.
        url: String,
    },
    /// The key is not usable.
    #[error("the API key must be printable text without spaces: check --key or TELLTALE_ADMIN_KEY")]
    Key,
    /// The HTTP client could not be made.
    #[error("the HTTP client does not start")]
    Start {
        /// Why not.
        source: reqwest::Error,
    },
    /// The server refused, and would again.
    #[error("the server answered {status}: {message}{remedy}")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The server's words, with the request's id.
        message: String,
        /// What to do about it, or nothing.
        remedy: &'static str,
    },
    /// The server did not answer.
    #[error("the server cannot be reached: check that it runs and that --url is its address")]
    Unreachable {
        /// Why not.
        source: reqwest::Error,
    },
    /// Trying again did not help.
    #[error("gave up {call} after {seconds} s of trying: try again later, slower or with more patience")]
    GaveUp {
        /// The method and the route.
        call: String,
        /// How long it was tried.
        seconds: u64,
        /// The last refusal.
        source: Box<ClientError>,
    },
    /// The answer is not what this version of the tool knows.
    #[error("the answer to {call} is not understood: use the tool of the server's version")]
    NotUnderstood {
        /// The method and the route.
        call: String,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The answer does not say what became of every item.
    #[error("the server answered {n_answered} items for {n_sent} sent: use the tool of the server's version")]
    Incomplete {
        /// Items sent.
        n_sent: usize,
        /// Items answered.
        n_answered: usize,
    },
}

impl ClientError {
    /// From an answer that is not a success; `body` is the error structure where the server made it.
    pub(super) fn refused(status: StatusCode, body: &[u8]) -> Self {
        let message = match serde_json::from_slice::<crate::wire::ErrorOut>(body) {
            Ok(answer) => {
                let error = answer.error;
                format!("{}, {} ({})", error.kind, error.message, error.request_id)
            }
            Err(_) => "an error of unknown form; is this a Telltale server?".to_owned(),
        };
        let remedy = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "; check --key or TELLTALE_ADMIN_KEY",
            StatusCode::PAYLOAD_TOO_LARGE => "; send smaller batches with --batch",
            StatusCode::TOO_MANY_REQUESTS => "; send slower with --limit-rps",
            _ => "",
        };
        Self::Refused { status, message, remedy }
    }
}
