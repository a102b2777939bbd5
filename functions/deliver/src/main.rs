//! The `deliver` function on Lambda.

use deliver::Sender;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use shared::config::SenderConfig;
use shared::http::lambda;
use shared::telemetry;

#[tokio::main]
async fn main() -> Result<(), lambda::BoxError> {
    let config = SenderConfig::from_environment()?;
    telemetry::start(config.log);
    let sender = Sender::try_new(config.reach)?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let LambdaEvent { payload, context } = event;
        let work = deliver::handler(&sender, payload);
        lambda::spanned(config.environment, &context, work).await.map_err(|error| lambda::diagnostic(&error))
    }))
    .await
}
