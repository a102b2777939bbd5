//! Where a database is and how it is spoken to: what its URL says, TLS, and who logs in.
//!
//! The pool and the migrations both make their connections here. What a URL means stands in
//! `docs/decisions/0011-connections.md`; what is trusted, in `trust`; the tokens of IAM, in `token`.

use super::error::DbError;
#[cfg(feature = "aws")]
use super::token::{Signer, Tokens};
use super::trust;
use futures_util::future::BoxFuture;
use std::net::IpAddr;
use std::path::PathBuf;
#[cfg(feature = "aws")]
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What a URL does not say.
#[derive(Debug, Clone)]
pub struct Means {
    /// A PEM file of roots beside Amazon's.
    pub authority_file: Option<PathBuf>,
    /// Whether plain text to another machine must be asked for: so it is where `DEBUG` is false.
    pub is_strict: bool,
    /// Who signs tokens, where the URL has no password.
    #[cfg(feature = "aws")]
    pub signer: Signer,
}

/// A database that can be connected to. Cheap to clone: clones share their token.
#[derive(Clone)]
pub struct Endpoint {
    target: Config,
    security: Security,
    #[cfg(feature = "aws")]
    tokens: Option<Arc<Tokens>>,
}

#[derive(Clone)]
enum Security {
    PlainText,
    VerifiedTls(MakeRustlsConnect),
}

/// A client and the task that drives its connection, which ends with it.
#[derive(Debug)]
pub(super) struct Driven {
    pub(super) client: Client,
    driver: JoinHandle<()>,
}

impl Drop for Driven {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hosts = self.target.get_hosts();
        f.debug_struct("Endpoint").field("hosts", &hosts).field("mode", &self.target.get_ssl_mode()).finish()
    }
}

impl Endpoint {
    /// Reads a URL. Nothing is connected yet.
    ///
    /// # Errors
    /// When the URL cannot be parsed or asks for what must not be, or a root cannot be read.
    pub fn parse(url: &str, means: &Means) -> Result<Self, DbError> {
        let asked = asked_mode(url)?;
        let mut target: Config =
            url.parse().map_err(|error: tokio_postgres::Error| DbError::Address(error.into()))?;
        let has_token = has_token(&target);
        if has_token && asked == Some(SslMode::Disable) {
            return unusable(
                "a URL without a password logs in with an IAM token, which must not travel in plain text: \
                 take sslmode=disable out of it",
            );
        }
        if means.is_strict && asked.is_none() && !has_token && !is_on_this_machine(&target) {
            return unusable(
                "with DEBUG=false a URL to another machine says sslmode=require, \
                 or sslmode=disable where plain text is meant",
            );
        }
        let is_verified = has_token || asked == Some(SslMode::Require);
        if is_verified && !target.get_hosts().iter().all(|host| matches!(host, Host::Tcp(_))) {
            return unusable("TLS needs a host to verify, not a socket in a folder: take sslmode out of it");
        }
        target.ssl_mode(if is_verified { SslMode::Require } else { SslMode::Disable });
        Ok(Self {
            security: if is_verified {
                Security::VerifiedTls(trust::verified_tls(means.authority_file.as_deref())?)
            } else {
                Security::PlainText
            },
            #[cfg(feature = "aws")]
            tokens: if has_token { Some(Arc::new(Tokens::try_new(&target, &means.signer)?)) } else { None },
            target,
        })
    }

    /// The role that logs in, if the URL names one.
    pub(super) fn login(&self) -> Option<&str> {
        self.target.get_user()
    }

    /// Makes a connection. Boxed: a login within TLS within a pool is too deep a type for the compiler otherwise.
    ///
    /// # Errors
    /// When no token can be signed, the server cannot be reached or trusted, or it refuses the login.
    pub(super) fn open(&self) -> BoxFuture<'_, Result<Driven, DbError>> {
        Box::pin(async move {
            #[cfg(feature = "aws")]
            if let Some(tokens) = &self.tokens {
                return self.open_with_token(tokens).await;
            }
            Ok(self.open_as(&self.target).await?)
        })
    }

    /// A kept token that is refused is not asked for twice: another is signed at once.
    #[cfg(feature = "aws")]
    async fn open_with_token(&self, tokens: &Tokens) -> Result<Driven, DbError> {
        let kept = tokens.current()?;
        let refusal = match self.open_as(self.target.clone().password(&kept.text)).await {
            Err(error) if is_refused_login(&error) => error,
            opened => return Ok(opened?),
        };
        tokens.forget(&kept);
        if kept.is_new {
            return Err(refusal.into());
        }
        let fresh = tokens.current()?;
        Ok(self.open_as(self.target.clone().password(&fresh.text)).await?)
    }

    async fn open_as(&self, target: &Config) -> Result<Driven, tokio_postgres::Error> {
        match &self.security {
            Security::PlainText => drive(target, NoTls).await,
            Security::VerifiedTls(tls) => drive(target, tls.clone()).await,
        }
    }
}

async fn drive<T>(target: &Config, tls: T) -> Result<Driven, tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = target.connect(tls).await?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(%error, "the connection to the database broke");
        }
    });
    Ok(Driven { client, driver })
}

/// What the URL says of TLS. The driver knows three modes, and two of them would be misunderstood: its `require`
/// verifies nothing by itself, and its `prefer` takes plain text when the server, or who stands before it, says so.
fn asked_mode(url: &str) -> Result<Option<SslMode>, DbError> {
    let query = url.rsplit_once('?').map_or("", |(_, query)| query);
    match query.split('&').find_map(|pair| pair.strip_prefix("sslmode=")) {
        None => Ok(None),
        Some("require") => Ok(Some(SslMode::Require)),
        Some("disable") => Ok(Some(SslMode::Disable)),
        Some(_) => unusable(
            "sslmode is require, which always verifies the server's certificate and name, or disable; \
             there is nothing between",
        ),
    }
}

fn is_on_this_machine(target: &Config) -> bool {
    let is_loopback = |name: &str| name.parse::<IpAddr>().map_or(name == "localhost", |ip| ip.is_loopback());
    target.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => is_loopback(name),
        Host::Unix(_) => true,
    })
}

/// Whether the login is an IAM token: no password, and a server that is reached by its name.
#[cfg(feature = "aws")]
fn has_token(target: &Config) -> bool {
    target.get_password().is_none() && target.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)))
}

#[cfg(not(feature = "aws"))]
fn has_token(_: &Config) -> bool {
    false
}

/// Class 28 is an invalid authorization.
#[cfg(feature = "aws")]
fn is_refused_login(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|state| state.code().starts_with("28"))
}

fn unusable<T>(why: &str) -> Result<T, DbError> {
    Err(DbError::Unusable(why.into()))
}

#[cfg(test)]
mod tests;
