//! What a server asks of an IAM token, computed from AWS's description of it and by nothing of what signs ours.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

/// The function's role, as the tests' environment gives it.
pub const ACCESS_KEY_ID: &str = "AKIDOFTHETESTS";
/// Its secret.
pub const SECRET_ACCESS_KEY: &str = "a/secret+of/the+tests";
/// Its session.
pub const SESSION_TOKEN: &str = "a+session/of/the+tests==";
/// Where it runs.
pub const REGION: &str = "eu-central-1";

/// What a token must be for.
#[derive(Debug)]
pub struct Expected<'a> {
    /// The port that it was shown at; the host is this machine's.
    pub port: u16,
    /// The role that logs in.
    pub user: &'a str,
}

/// Judges tokens by a clock of its own.
#[derive(Debug)]
pub struct Examiner {
    now: Mutex<Option<Timestamp>>,
}

impl Default for Examiner {
    /// By the wall clock.
    fn default() -> Self {
        Self { now: Mutex::new(None) }
    }
}

impl Examiner {
    /// Stops the clock at a moment.
    pub fn set_clock(&self, now: Timestamp) {
        *self.now.lock().expect("the clock") = Some(now);
    }

    /// Whether a token is valid now, or why it is not.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn examine(&self, token: &str, expected: &Expected<'_>) -> Result<(), String> {
        let (host, query) = token.split_once("/?").ok_or("is no presigned request")?;
        if !["localhost", "127.0.0.1"]
            .map(|name| format!("{name}:{}", expected.port))
            .contains(&host.to_owned())
        {
            return Err(format!("is for the host {host}"));
        }
        let mut pairs: BTreeMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let signature = pairs.remove("X-Amz-Signature").ok_or("is not signed")?;
        let date = pairs.get("X-Amz-Date").copied().unwrap_or_default();
        let scope = format!("{}/{REGION}/rds-db/aws4_request", date.get(..8).unwrap_or_default());
        let wanted = [
            ("Action", "connect".to_owned()),
            ("DBUser", expected.user.to_owned()),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", encoded(&format!("{ACCESS_KEY_ID}/{scope}"))),
            ("X-Amz-Expires", "900".to_owned()),
            ("X-Amz-Security-Token", encoded(SESSION_TOKEN)),
            ("X-Amz-SignedHeaders", "host".to_owned()),
        ];
        for (name, value) in &wanted {
            let given = pairs.get(name).copied().unwrap_or_default();
            if given != value {
                return Err(format!("says {name}={given}"));
            }
        }
        self.check_age(date)?;
        if signature != sign(host, &pairs, date, &scope) {
            return Err("has a wrong signature".to_owned());
        }
        Ok(())
    }

    fn check_age(&self, date: &str) -> Result<(), String> {
        let signed_at: Timestamp = date.parse().map_err(|error| format!("has no date: {error}"))?;
        let now = self.now.lock().expect("the clock").unwrap_or_else(Timestamp::now);
        let age = now.duration_since(signed_at);
        if age >= SignedDuration::from_mins(15) {
            return Err(format!("has expired: it is {} s old", age.as_secs()));
        }
        if age < SignedDuration::from_mins(-5) {
            return Err(format!("is of the future by {} s", -age.as_secs()));
        }
        Ok(())
    }
}

/// Signature version 4: the request in canonical form, hashed, under a key derived for day, region and service.
fn sign(host: &str, pairs: &BTreeMap<&str, &str>, date: &str, scope: &str) -> String {
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let no_body = hex(&Sha256::digest(b""));
    let request = format!("GET\n/\n{}\nhost:{host}\n\nhost\n{no_body}", query.join("&"));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(request)));
    let first = format!("AWS4{SECRET_ACCESS_KEY}").into_bytes();
    let key = scope.split('/').fold(first, |key, part| keyed_hash(&key, part));
    hex(&keyed_hash(&key, &text))
}

fn keyed_hash(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Percent-encoded, as far as the values of these tests need it.
fn encoded(value: &str) -> String {
    value.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D")
}
