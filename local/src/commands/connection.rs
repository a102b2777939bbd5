//! Where the server is and how to speak to it: the arguments that every client command has.

use crate::client::{ApiKey, Client, ClientError, ClientOptions};
use clap::Args;
use std::time::Duration;

/// The server and the pace.
#[derive(Debug, Args)]
pub(super) struct ConnectionArguments {
    /// The server's address.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// An API key with the admin role.
    #[arg(long, env = "TELLTALE_ADMIN_KEY", hide_env_values = true)]
    key: ApiKey,
    /// At most this many requests a second; without it, as fast as the server answers.
    #[arg(long, value_parser = rate)]
    limit_rps: Option<f64>,
    /// Seconds that one request may take.
    #[arg(long, default_value_t = 60)]
    timeout_seconds: u64,
    /// Seconds to go on trying while the server is busy, limits the rate or cannot be reached.
    #[arg(long, default_value_t = 120)]
    patience_seconds: u64,
}

impl ConnectionArguments {
    /// Makes the client.
    pub(super) fn client(self) -> Result<Client, ClientError> {
        Client::try_new(ClientOptions {
            limit_rps: self.limit_rps,
            request_timeout: Duration::from_secs(self.timeout_seconds),
            patience: Duration::from_secs(self.patience_seconds),
            ..ClientOptions::new(self.url, self.key)
        })
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| rate.is_finite() && *rate >= 0.001);
    rate.ok_or_else(|| "must be a number of at least 0.001".to_owned())
}
