//! Tokens of IAM: a password for 15 minutes, signed here, without a call to AWS.
//!
//! A token names the host, the port and the role it is for. The server looks at it when a connection is made and
//! never again, so a connection may outlive it.

use super::error::DbError;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningParams, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use std::error::Error as StdError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// How long a server accepts a token: AWS allows no more.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a token is used for new connections: five minutes less, for clocks that differ and slow logins.
const KEPT: Duration = Duration::from_secs(10 * 60);

/// Asked for the present moment.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Who signs, and by which clock. Lambda puts region and credentials into a function's environment, and keeps no
/// instance for longer than they hold; so they are read once.
#[derive(Clone)]
pub struct Signer {
    /// The region of the database.
    pub region: Option<String>,
    /// The function's role.
    pub credentials: Option<Credentials>,
    /// Whose seconds are signed.
    pub clock: Clock,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer")
            .field("region", &self.region)
            .field("credentials", &self.credentials)
            .finish()
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("no database token can be signed: AWS_REGION is not set; Lambda sets it, elsewhere export it")]
    NoRegion,
    #[error(
        "no database token can be signed: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set; \
         Lambda sets them, elsewhere export them"
    )]
    NoCredentials,
    #[error("no database token can be signed")]
    Refused(#[source] Box<dyn StdError + Send + Sync>),
}

impl From<TokenError> for DbError {
    fn from(error: TokenError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// A token, and whether it was signed just now.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) is_new: bool,
}

struct Kept {
    text: String,
    signed_at: SystemTime,
}

/// The tokens of one endpoint.
pub(super) struct Tokens {
    address: String,
    user: String,
    signer: Signer,
    kept: Mutex<Option<Kept>>,
}

impl Tokens {
    /// For the one host that a URL names, and its role.
    pub(super) fn try_new(target: &Config, signer: &Signer) -> Result<Self, DbError> {
        let port = target.get_ports().first().copied().unwrap_or(5432);
        match (target.get_hosts(), target.get_user()) {
            ([Host::Tcp(host)], Some(user)) => Ok(Self {
                address: format!("{host}:{port}"),
                user: user.to_owned(),
                signer: signer.clone(),
                kept: Mutex::default(),
            }),
            _ => Err(DbError::Unusable(
                "an IAM token is for one host and one role; the URL reads postgres://role@host:port/database"
                    .into(),
            )),
        }
    }

    /// The token that is kept, or a new one where it is too old. A clock that was set back makes a new one too.
    pub(super) fn current(&self) -> Result<Token, DbError> {
        let now = (self.signer.clock)();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Kept { text, signed_at }) = &*kept
            && now.duration_since(*signed_at).is_ok_and(|age| age < KEPT)
        {
            return Ok(Token { text: text.clone(), is_new: false });
        }
        let text = self.sign(now)?;
        *kept = Some(Kept { text: text.clone(), signed_at: now });
        Ok(Token { text, is_new: true })
    }

    /// Keeps a token no longer, unless another has taken its place.
    pub(super) fn forget(&self, token: &Token) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|kept| kept.text == token.text) {
            *kept = None;
        }
    }

    /// A presigned request `connect` to `rds-db`, without its scheme.
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html>
    fn sign(&self, now: SystemTime) -> Result<String, TokenError> {
        let region = self.signer.region.as_deref().ok_or(TokenError::NoRegion)?;
        let credentials = self.signer.credentials.clone().ok_or(TokenError::NoCredentials)?;
        let identity = credentials.into();
        let mut settings = SigningSettings::default();
        settings.expires_in = Some(LIFETIME);
        settings.signature_location = SignatureLocation::QueryParams;
        let parameters: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("rds-db")
            .time(now)
            .settings(settings)
            .build()
            .map_err(refused)?
            .into();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("Action", "connect").append_pair("DBUser", &self.user);
        let url = format!("https://{}/?{}", self.address, query.finish());
        let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::empty());
        let signed = sign(request.map_err(refused)?, &parameters).map_err(refused)?;
        let mut query =
            form_urlencoded::Serializer::for_suffix(url, "https://".len() + self.address.len() + 2);
        query.extend_pairs(signed.output().params());
        Ok(query.finish().split_off("https://".len()))
    }
}

fn refused(error: impl StdError + Send + Sync + 'static) -> TokenError {
    TokenError::Refused(error.into())
}

#[cfg(test)]
mod tests;
