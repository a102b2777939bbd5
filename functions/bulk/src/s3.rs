//! One object of S3, read a part at a time over a presigned address.
//!
//! The signing library alone, and the HTTP client that other functions use: the whole SDK of S3 would be several times
//! this function.

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningParams, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use shared::error::{Error, ErrorKind};
use shared::state::AppState;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// How long an address is good for: it is used at once.
const EXPIRES_IN: Duration = Duration::from_secs(60);
/// Waiting for the connection, and for each part.
const PATIENCE: Duration = Duration::from_secs(10);
/// What stays as it is in a name: RFC 3986, section 2.3.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same in a key, whose slashes divide it.
const KEY: &AsciiSet = &NAME.remove(b'/');

/// Where an object lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    bucket: String,
    key: String,
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

impl Object {
    /// Reads a record of the event; none when it is not S3's. A key comes as in a form: `+` for a space, the rest
    /// percent-encoded.
    pub(crate) fn read(record: &Value) -> Option<Self> {
        if record["eventSource"] != "aws:s3" {
            return None;
        }
        let key = record["s3"]["object"]["key"].as_str()?.replace('+', " ");
        Some(Self {
            bucket: record["s3"]["bucket"]["name"].as_str()?.to_owned(),
            key: percent_decode_str(&key).decode_utf8().ok()?.into_owned(),
        })
    }

    /// Begins to read it.
    ///
    /// # Errors
    /// When S3 cannot be reached or refuses; Lambda tries again.
    pub(crate) async fn open(&self, state: &AppState, now: SystemTime) -> Result<reqwest::Response, Error> {
        let client = reqwest::Client::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).build();
        let sent = client.map_err(Error::internal)?.get(self.address(state, now).await?).send().await;
        sent.and_then(reqwest::Response::error_for_status).map_err(|error| self.unreadable(error))
    }

    /// The address carries a signature, so it is kept out of what is told.
    pub(crate) fn unreadable(&self, error: reqwest::Error) -> Error {
        Error::new(ErrorKind::InternalError, format!("{self} could not be read")).because(error.without_url())
    }

    /// A presigned GET.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
    async fn address(&self, state: &AppState, now: SystemTime) -> Result<String, Error> {
        let by = state.aws.identity().await.map_err(Error::internal)?;
        let region = by.region.as_ref();
        let endpoint = match &state.config.s3_endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://s3.{region}.amazonaws.com"),
        };
        let (bucket, key) = (utf8_percent_encode(&self.bucket, NAME), utf8_percent_encode(&self.key, KEY));
        let mut address = format!("{endpoint}/{bucket}/{key}");
        let identity = by.credentials.into();
        let mut settings = SigningSettings::default();
        settings.expires_in = Some(EXPIRES_IN);
        settings.signature_location = SignatureLocation::QueryParams;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let parameters: SigningParams<'_> = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("s3")
            .time(now)
            .settings(settings)
            .build()
            .map_err(Error::internal)?
            .into();
        let body = SignableBody::UnsignedPayload;
        let request =
            SignableRequest::new("GET", &address, std::iter::empty(), body).map_err(Error::internal)?;
        let signed = sign(request, &parameters).map_err(Error::internal)?;
        for (index, (name, value)) in signed.output().params().iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            let _ = write!(address, "{mark}{name}={}", utf8_percent_encode(value, NAME));
        }
        Ok(address)
    }
}
