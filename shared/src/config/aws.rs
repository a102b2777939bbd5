//! What Lambda puts into a function's environment, and nobody configures.

use aws_credential_types::Credentials;

/// Who the process is to AWS. What is missing is missed only when a token is signed.
#[derive(Debug, Clone)]
pub struct AwsEnvironment {
    /// Where the function runs.
    pub region: Option<String>,
    /// The credentials of the function's role.
    pub credentials: Option<Credentials>,
}

impl AwsEnvironment {
    /// Reads it from any source; an empty value counts as not set.
    pub(super) fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| lookup(name).filter(|value| !value.is_empty());
        let key = value("AWS_ACCESS_KEY_ID").zip(value("AWS_SECRET_ACCESS_KEY"));
        let session = value("AWS_SESSION_TOKEN");
        Self {
            region: value("AWS_REGION"),
            credentials: key.map(|(id, secret)| Credentials::new(id, secret, session, None, "environment")),
        }
    }
}
