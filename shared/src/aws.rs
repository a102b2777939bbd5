//! Who the process is to AWS, as the SDK finds it: region, credentials and clock.
//!
//! On Lambda all of it stands in the environment, which the SDK reads itself. What is missing is missed only when
//! something is to be signed. Nothing here calls AWS: the SDK is built without an HTTP client, and where it looks
//! further than the environment it panics without one.

use aws_config::environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_rds::config::{Credentials, ProvideCredentials};
use std::error::Error as StdError;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The SDK's configuration, looked for when it is first asked for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Aws {
    found: Arc<OnceCell<SdkConfig>>,
}

/// Whom a signature is by, and where it counts.
#[derive(Debug)]
pub struct Identity {
    /// The region of what is signed for.
    pub region: Region,
    /// The function's role.
    pub credentials: Credentials,
}

/// Why nothing can be signed.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// The SDK found no region.
    #[error("AWS_REGION is not set; Lambda sets it, elsewhere export it")]
    NoRegion,
    /// The SDK found no credentials.
    #[error(
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set; Lambda sets them, elsewhere export them"
    )]
    NoCredentials(#[source] Box<dyn StdError + Send + Sync>),
}

impl From<SdkConfig> for Aws {
    /// Instead of what would be found.
    fn from(sdk: SdkConfig) -> Self {
        Self { found: Arc::new(OnceCell::new_with(Some(sdk))) }
    }
}

impl Aws {
    /// The SDK's configuration.
    pub async fn sdk(&self) -> &SdkConfig {
        self.found.get_or_init(of_the_environment).await
    }

    /// Whom a signature is by now: the credentials of a role change while the process lives, so they are asked for
    /// anew each time.
    ///
    /// # Errors
    /// When region or credentials are missing.
    pub async fn identity(&self) -> Result<Identity, AwsError> {
        let sdk = self.sdk().await;
        // Checked here: without one the SDK would sign for us-east-1.
        let region = sdk.region().filter(|region| !region.as_ref().is_empty()).cloned();
        let region = region.ok_or(AwsError::NoRegion)?;
        let provider = sdk
            .credentials_provider()
            .ok_or_else(|| AwsError::NoCredentials("no provider of credentials is configured".into()))?;
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(|error| AwsError::NoCredentials(error.into()))?;
        Ok(Identity { region, credentials })
    }
}

async fn of_the_environment() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .load()
        .await
}
