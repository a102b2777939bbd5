//! A custom resource of CloudFormation: its request, and the answer that goes to the request's own address.
//!
//! The forms are those of the AWS CloudFormation User Guide, "Custom resource request" and "response objects".

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::error::{Error, ErrorKind, causes};
use std::time::Duration;

/// Names the resource for as long as the stack lives: another name would make CloudFormation delete the old one.
const PHYSICAL_ID: &str = "telltale-schema";
/// An answer may have 4,096 bytes; what a reason is cut to leaves room for the rest.
const MAX_REASON: usize = 1_000;
/// Attempts at delivering an answer, and the time of each.
const ATTEMPTS: u32 = 3;
const ATTEMPT: Duration = Duration::from_secs(2);

/// What happens to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum RequestType {
    /// It is new in the stack.
    Create,
    /// One of its properties has changed, or the stack rolls back.
    Update,
    /// It left the stack, or the stack goes.
    Delete,
}

/// A custom resource's event; its other members do not matter here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Request {
    #[serde(rename = "RequestType")]
    pub(crate) kind: RequestType,
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Response<'a> {
    status: &'static str,
    reason: String,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
    data: Value,
}

impl Request {
    /// Reads an event; none when it is not a custom resource's.
    ///
    /// # Errors
    /// When it is one and something is wrong with it.
    pub(crate) fn read(event: &Value) -> Result<Option<Self>, Error> {
        if event.get("RequestType").is_none() {
            return Ok(None);
        }
        let request: Result<Self, _> = serde_json::from_value(event.clone());
        request.map(Some).map_err(|error| {
            let message = "this is no custom resource's event; call by hand with {}";
            Error::new(ErrorKind::ValidationFailed, message).because(error)
        })
    }

    /// Delivers the outcome. The body has no content type: the address is signed for a PUT without one.
    ///
    /// # Errors
    /// When no attempt got through. Lambda then calls again, and the deployment finds nothing left to do.
    pub(crate) async fn answer(&self, outcome: &Result<Value, Error>) -> Result<(), Error> {
        let body = serde_json::to_vec(&self.response(outcome)).map_err(Error::internal)?;
        let client = reqwest::Client::builder().timeout(ATTEMPT).build().map_err(Error::internal)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let sent = client.put(&self.response_url).body(body.clone()).send().await;
            match sent.and_then(reqwest::Response::error_for_status) {
                Ok(_) => return Ok(()),
                // The address carries a signature.
                Err(error) => last = Some(error.without_url()),
            }
        }
        let message = "the answer to CloudFormation could not be delivered";
        let error = Error::new(ErrorKind::InternalError, message);
        Err(match last {
            Some(cause) => error.because(cause),
            None => error,
        })
    }

    fn response(&self, outcome: &Result<Value, Error>) -> Response<'_> {
        let (status, reason) = match outcome {
            Ok(_) => ("SUCCESS", String::new()),
            Err(error) => ("FAILED", causes(error).chars().take(MAX_REASON).collect()),
        };
        let schema_version = outcome.as_ref().ok().and_then(|made| made.get("schema_version"));
        Response {
            status,
            reason,
            physical_resource_id: self.physical_resource_id.as_deref().unwrap_or(PHYSICAL_ID),
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
            data: schema_version
                .map_or_else(|| json!({}), |version| json!({"SchemaVersion": version.to_string()})),
        }
    }
}
