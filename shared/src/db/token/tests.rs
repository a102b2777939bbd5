use super::*;
use crate::error::causes;
use aws_config::{Region, SdkConfig};
use aws_sdk_rds::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::time::TimeSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600;

/// Seconds that a test moves; clones are the same clock.
#[derive(Debug, Clone)]
struct Seconds(Arc<AtomicU64>);

impl Seconds {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(START)))
    }

    fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl TimeSource for Seconds {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn credentials(session: Option<&str>) -> SharedCredentialsProvider {
    let mut credentials = Credentials::builder()
        .access_key_id("AKIDEXAMPLE")
        .secret_access_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .provider_name("test");
    credentials.set_session_token(session.map(str::to_owned));
    SharedCredentialsProvider::new(credentials.build())
}

fn aws(session: Option<&str>, clock: &Seconds) -> Aws {
    let sdk = SdkConfig::builder()
        .region(Region::new("eu-central-1"))
        .credentials_provider(credentials(session))
        .time_source(clock.clone());
    sdk.build().into()
}

fn tokens(url: &str, aws: &Aws) -> Result<Tokens, DbError> {
    Tokens::try_new(&url.parse().unwrap(), aws)
}

async fn signed(url: &str, session: Option<&str>) -> String {
    tokens(url, &aws(session, &Seconds::new())).unwrap().take().await.unwrap().text
}

const INGEST: &str =
    "postgres://telltale_ingest@telltale.proxy-abc123.eu-central-1.rds.amazonaws.com/telltale";

#[tokio::test]
async fn a_token_is_for_the_host_the_port_and_the_role_of_the_url() {
    let scope = "AKIDEXAMPLE%2F20260101%2Feu-central-1%2Frds-db%2Faws4_request";
    let expected = |to: &str, signature: &str| {
        format!(
            "{to}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date=20260101T000000Z\
             &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        )
    };
    let to =
        "telltale.proxy-abc123.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=telltale_ingest";
    let signature = "c4026bf3f98aa8e9fb99fbe8285e48878e7ed4607c3a88c711b14acdf78131c4";
    assert_eq!(
        signed(INGEST, Some("the+session/token==")).await,
        format!("{}&X-Amz-Security-Token=the%2Bsession%2Ftoken%3D%3D", expected(to, signature))
    );
    let to = "localhost:6543/?Action=connect&DBUser=telltale_health";
    let signature = "026a139b64715bd1e6ce2beaa6680d1832d2afab063efd820e9de2199ddc7137";
    let url = "postgres://telltale_health@LocalHost:6543/telltale";
    assert_eq!(signed(url, None).await, expected(to, signature));
}

#[tokio::test]
async fn a_token_is_kept_for_ten_minutes_and_not_a_second_more() {
    let clock = Seconds::new();
    let tokens = tokens(INGEST, &aws(None, &clock)).unwrap();
    let first = tokens.take().await.unwrap();
    assert!(first.is_new);
    clock.set(START + 599);
    let kept = tokens.take().await.unwrap();
    assert_eq!((kept.is_new, &kept.text), (false, &first.text));
    clock.set(START + 600);
    let second = tokens.take().await.unwrap();
    assert!(second.is_new && second.text.contains("X-Amz-Date=20260101T001000Z"), "{}", second.text);
}

#[tokio::test]
async fn a_token_that_was_only_made_ready_is_new_to_the_first_login() {
    let tokens = tokens(INGEST, &aws(None, &Seconds::new())).unwrap();
    tokens.make_ready().await.unwrap();
    tokens.make_ready().await.unwrap();
    assert!(tokens.take().await.unwrap().is_new);
    tokens.make_ready().await.unwrap();
    assert!(!tokens.take().await.unwrap().is_new);
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_a_new_token() {
    let clock = Seconds::new();
    clock.set(START + 3_600);
    let tokens = tokens(INGEST, &aws(None, &clock)).unwrap();
    tokens.take().await.unwrap();
    clock.set(START);
    assert!(tokens.take().await.unwrap().text.contains("X-Amz-Date=20260101T000000Z"));
}

#[tokio::test]
async fn a_forgotten_token_is_signed_anew_and_forgetting_an_old_one_keeps_the_new() {
    let clock = Seconds::new();
    let tokens = tokens(INGEST, &aws(None, &clock)).unwrap();
    let first = tokens.take().await.unwrap();
    tokens.forget(&first).await;
    clock.set(START + 1);
    let second = tokens.take().await.unwrap();
    assert!(second.is_new && second.text != first.text);
    tokens.forget(&first).await;
    assert!(!tokens.take().await.unwrap().is_new);
}

#[tokio::test]
async fn what_is_missing_is_named_and_the_database_counts_as_unavailable() {
    let sdk = || SdkConfig::builder().time_source(Seconds::new());
    let no_region = sdk().credentials_provider(credentials(None)).build();
    let no_credentials = sdk().region(Region::new("eu-central-1")).build();
    for (sdk, name) in [(no_region, "AWS_REGION"), (no_credentials, "AWS_ACCESS_KEY_ID")] {
        let error = tokens(INGEST, &sdk.into()).unwrap().make_ready().await.unwrap_err();
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        assert!(causes(&error).contains(name), "{}", causes(&error));
    }
}

#[test]
fn a_token_is_for_one_host_and_one_role_that_read_the_same_to_whoever_parses_them() {
    let aws = aws(None, &Seconds::new());
    for url in [
        "postgres://one@a,b/telltale",
        "postgres://localhost/telltale",
        "postgres://a%26b@localhost/telltale",
        "postgres://a%20b@localhost/telltale",
        "postgres://one@1.2.3.400/telltale",
        "postgres://one@xn--a.com/telltale",
        "postgres://one@a%7Bb/telltale",
        "postgres://one@localhost:443/telltale",
    ] {
        assert!(matches!(tokens(url, &aws), Err(DbError::Unusable(_))), "{url}");
    }
}

#[test]
fn who_signs_shows_no_secret() {
    let shown = format!("{:?}", aws(Some("session"), &Seconds::new()));
    assert!(!shown.contains("wJalr") && !shown.contains("session\""), "{shown}");
}
