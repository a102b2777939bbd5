//! Events as AWS hands them to a function; the recorded ones lie in `shared/tests/events`.
//!
//! API Gateway's is that of a REST API with proxy integration (payload format 1.0). `path` has no stage in
//! it, `requestContext.path` has. The schedule's is what EventBridge Scheduler sends as its target's input.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const GATEWAY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/api_gateway.json"));
const SCHEDULE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/schedule.json"));
const NO_INPUT: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/schedule_without_input.json"));

const QUEUE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/sqs.json"));
const BUCKET: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/s3.json"));
const CUSTOM_RESOURCE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/custom_resource.json"));

/// A request through API Gateway; change what the test is about.
#[derive(Debug, Clone)]
pub struct GatewayEvent(Value);

impl GatewayEvent {
    /// A request without a body.
    pub fn new(method: &Method, path: &str) -> Self {
        let mut event: Value = serde_json::from_str(GATEWAY).expect("the recorded event is JSON");
        let stage = event["requestContext"]["stage"].as_str().expect("a stage").to_owned();
        event["path"] = json!(path);
        event["httpMethod"] = json!(method.as_str());
        event["requestContext"]["path"] = json!(format!("/{stage}{path}"));
        event["requestContext"]["httpMethod"] = json!(method.as_str());
        Self(event)
    }

    /// A POST of JSON.
    pub fn post(path: &str, body: &Value) -> Self {
        let mut event = Self::new(&Method::POST, path);
        event.0["body"] = json!(body.to_string());
        event
    }

    /// A GET.
    pub fn get(path: &str) -> Self {
        Self::new(&Method::GET, path)
    }

    /// With an API key.
    #[must_use]
    pub fn with_key(self, key: &str) -> Self {
        self.with_header("Authorization", &format!("Bearer {key}"))
    }

    /// With a header, in both of the event's forms.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = json!(value);
        self.0["multiValueHeaders"][name] = json!([value]);
        self
    }

    /// With a query parameter, in both of the event's forms; the gateway has decoded its value.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.0["queryStringParameters"][name] = json!(value);
        self.0["multiValueQueryStringParameters"][name] = json!([value]);
        self
    }

    /// From the client's address as the gateway saw it.
    #[must_use]
    pub fn from_address(mut self, address: &str) -> Self {
        self.0["requestContext"]["identity"]["sourceIp"] = json!(address);
        self
    }

    /// Through another stage.
    #[must_use]
    pub fn on_stage(mut self, stage: &str) -> Self {
        self.0["requestContext"]["path"] =
            json!(format!("/{stage}{}", self.0["path"].as_str().unwrap_or("")));
        self.0["requestContext"]["stage"] = json!(stage);
        self
    }

    /// With its body in Base64, as the gateway sends what it takes for binary.
    #[must_use]
    pub fn in_base64(mut self) -> Self {
        let body = self.0["body"].as_str().unwrap_or_default().to_owned();
        self.0["body"] = json!(STANDARD.encode(body));
        self.0["isBase64Encoded"] = json!(true);
        self
    }

    /// The event itself.
    pub fn into_value(self) -> Value {
        self.0
    }
}

/// The schedule's event for the task `snapshot`, as of a fixed moment.
pub fn schedule() -> Value {
    serde_json::from_str(SCHEDULE).expect("the recorded event is JSON")
}

/// What a schedule sends that was given no input: an envelope that names no task.
pub fn schedule_without_input() -> Value {
    serde_json::from_str(NO_INPUT).expect("the recorded event is JSON")
}

/// CloudFormation's event of a custom resource, answered at `response_url`. An update and a deletion name the resource
/// that they are about.
pub fn custom_resource(request_type: &str, response_url: &str) -> Value {
    let mut event: Value = serde_json::from_str(CUSTOM_RESOURCE).expect("the recorded event is JSON");
    event["RequestType"] = json!(request_type);
    event["ResponseURL"] = json!(response_url);
    if request_type != "Create" {
        event["PhysicalResourceId"] = json!("telltale-schema");
    }
    if request_type == "Update" {
        event["OldResourceProperties"] = json!({"SchemaVersion": "14"});
    }
    event
}

/// SQS's event of one message.
pub fn queue(body: &str) -> Value {
    queue_of(&[("059f36b4-87a3-44ab-83d2-661975830a7d", body)])
}

/// SQS's event of messages, each with its id.
pub fn queue_of(messages: &[(&str, &str)]) -> Value {
    let mut event: Value = serde_json::from_str(QUEUE).expect("the recorded event is JSON");
    let record = event["Records"][0].clone();
    let records = messages.iter().map(|(id, body)| {
        let mut record = record.clone();
        record["messageId"] = json!(id);
        record["body"] = json!(body);
        record
    });
    event["Records"] = records.collect();
    event
}

/// S3's event of a new object; a key comes as in a form.
pub fn bucket(key: &str) -> Value {
    let mut event: Value = serde_json::from_str(BUCKET).expect("the recorded event is JSON");
    event["Records"][0]["s3"]["object"]["key"] = json!(key);
    event
}
