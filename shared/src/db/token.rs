//! Tokens of IAM: a password for 15 minutes, signed here by the SDK, without a call to AWS.
//!
//! A token names the host, the port and the role it is for. The server looks at it when a connection is made and
//! never again, so a connection may outlive it.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html>

use super::error::DbError;
use crate::aws::{Aws, Identity};
use aws_sdk_rds::auth_token::{AuthTokenGenerator, Config as TokenConfig};
use std::error::Error as StdError;
use std::time::{Duration, SystemTime};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use url::Url;

/// How long a server accepts a token: AWS allows no more.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a token is used for new connections: five minutes less, for clocks that differ and slow logins.
const KEPT: Duration = Duration::from_secs(10 * 60);

/// There is no token, and the source says why.
#[derive(Debug, thiserror::Error)]
#[error("no database token can be signed")]
struct TokenError(#[source] Box<dyn StdError + Send + Sync>);

fn unsigned(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> DbError {
    DbError::Unavailable(TokenError(cause.into()).into())
}

/// A token, and whether no login was tried with it before.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) is_new: bool,
}

struct Kept {
    text: String,
    signed_at: SystemTime,
    is_new: bool,
}

/// The tokens of one endpoint.
pub(super) struct Tokens {
    host: String,
    port: u16,
    user: String,
    aws: Aws,
    /// Held while a token is signed, so that callers at once share it.
    kept: Mutex<Option<Kept>>,
}

impl Tokens {
    /// For the one host that a URL names, and its role.
    pub(super) fn try_new(target: &Config, aws: &Aws) -> Result<Self, DbError> {
        let port = target.get_ports().first().copied().unwrap_or(5432);
        if let ([Host::Tcp(host)], Some(user)) = (target.get_hosts(), target.get_user()) {
            let host = host.to_ascii_lowercase();
            if is_plain(&host, port, user) {
                let (user, aws) = (user.to_owned(), aws.clone());
                return Ok(Self { host, port, user, aws, kept: Mutex::default() });
            }
        }
        Err(DbError::Unusable(
            "an IAM token is for one host and one role, of letters, digits, '-', '_' and '.'; \
             the URL reads postgres://role@host:port/database"
                .into(),
        ))
    }

    /// Sees to it that a token is kept.
    pub(super) async fn make_ready(&self) -> Result<(), DbError> {
        self.fresh().await.map(drop)
    }

    /// The token that is kept, or a new one where it is too old: for a login.
    pub(super) async fn take(&self) -> Result<Token, DbError> {
        let mut fresh = self.fresh().await?;
        let Some(kept) = fresh.as_mut() else {
            return Err(unsigned("the token that was signed is not kept"));
        };
        let token = Token { text: kept.text.clone(), is_new: kept.is_new };
        kept.is_new = false;
        Ok(token)
    }

    /// Keeps a token no longer, unless another has taken its place.
    pub(super) async fn forget(&self, token: &Token) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.text == token.text) {
            *kept = None;
        }
    }

    /// What is kept, signed anew where it is too old. A clock that was set back makes a new one too.
    async fn fresh(&self) -> Result<MutexGuard<'_, Option<Kept>>, DbError> {
        let clock = self.aws.sdk().await.time_source();
        let now = clock.ok_or_else(|| unsigned("the SDK has no clock"))?.now();
        let mut kept = self.kept.lock().await;
        let is_fresh = |kept: &Kept| now.duration_since(kept.signed_at).is_ok_and(|age| age < KEPT);
        if !kept.as_ref().is_some_and(is_fresh) {
            *kept = Some(Kept { text: self.sign().await?, signed_at: now, is_new: true });
        }
        Ok(kept)
    }

    async fn sign(&self) -> Result<String, DbError> {
        let Identity { region, credentials } = self.aws.identity().await.map_err(unsigned)?;
        let config = TokenConfig::builder()
            .hostname(&self.host)
            .port(self.port.into())
            .username(&self.user)
            .region(region)
            .credentials(credentials)
            .expires_in(LIFETIME.as_secs())
            .build()
            .map_err(unsigned)?;
        let token = AuthTokenGenerator::new(config).auth_token(self.aws.sdk().await).await;
        Ok(token.map_err(unsigned)?.as_str().to_owned())
    }
}

/// Whether the request that is signed reads the same to whoever parses it. The SDK puts host and role into it as they
/// are, and panics where that is no address.
fn is_plain(host: &str, port: u16, user: &str) -> bool {
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let address = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
    is_plain(host) && is_plain(user) && Url::parse(&address).is_ok_and(|url| url.as_str() == address)
}

#[cfg(test)]
mod tests;
