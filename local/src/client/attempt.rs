//! One request and its answer, read as one of three: done, no, not now.

use super::ClientError;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use std::time::Duration;

/// How one request ended.
#[derive(Debug)]
pub(super) enum Attempt {
    /// With success and this body.
    Answered(Vec<u8>),
    /// With a refusal that trying again would not change.
    Refused(ClientError),
    /// With a reason to try again, after the pause the server named, if it named one.
    Again {
        /// The pause.
        after: Option<Duration>,
        /// The reason.
        error: ClientError,
    },
}

/// Sends one request and reads its whole answer.
pub(super) async fn send(request: RequestBuilder) -> Attempt {
    match receive(request).await {
        Ok((status, _, body)) if status.is_success() => Attempt::Answered(body),
        Ok((status, headers, body)) => {
            let error = ClientError::refused(status, &body);
            match status {
                StatusCode::TOO_MANY_REQUESTS
                | StatusCode::BAD_GATEWAY
                | StatusCode::SERVICE_UNAVAILABLE
                | StatusCode::GATEWAY_TIMEOUT => Attempt::Again { after: retry_after(&headers), error },
                _ => Attempt::Refused(error),
            }
        }
        Err(source) => Attempt::Again { after: None, error: ClientError::Unreachable { source } },
    }
}

async fn receive(request: RequestBuilder) -> Result<(StatusCode, HeaderMap, Vec<u8>), reqwest::Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok((status, headers, response.bytes().await?.to_vec()))
}

/// Whole seconds; the form with a date is not sent by Telltale and is read as absent.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
