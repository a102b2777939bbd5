use super::*;
use crate::error::causes;
use std::sync::atomic::{AtomicU64, Ordering};

/// 2026-01-01T00:00:00Z.
const START: u64 = 1_767_225_600;

fn credentials(session: Option<&str>) -> Credentials {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    Credentials::new("AKIDEXAMPLE", secret, session.map(str::to_owned), None, "test")
}

fn signer(session: Option<&str>, seconds: &Arc<AtomicU64>) -> Signer {
    let seconds = Arc::clone(seconds);
    Signer {
        region: Some("eu-central-1".to_owned()),
        credentials: Some(credentials(session)),
        clock: Arc::new(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst))),
    }
}

fn tokens(url: &str, signer: &Signer) -> Result<Tokens, DbError> {
    Tokens::try_new(&url.parse().unwrap(), signer)
}

const INGEST: &str =
    "postgres://telltale_ingest@telltale.proxy-abc123.eu-central-1.rds.amazonaws.com/telltale";

/// Both were signed by aws-sdk-rds 1.159.0 with the same credentials at the same second.
#[test]
fn a_token_is_the_one_that_the_sdk_signs() {
    let clock = Arc::new(AtomicU64::new(START));
    let tokens_of = |url, session| tokens(url, &signer(session, &clock)).unwrap().current().unwrap().text;
    let scope = "AKIDEXAMPLE%2F20260101%2Feu-central-1%2Frds-db%2Faws4_request";
    let signed = |to: &str, signature: &str| {
        format!(
            "{to}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date=20260101T000000Z\
             &X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        )
    };
    let to =
        "telltale.proxy-abc123.eu-central-1.rds.amazonaws.com:5432/?Action=connect&DBUser=telltale_ingest";
    let signature = "c4026bf3f98aa8e9fb99fbe8285e48878e7ed4607c3a88c711b14acdf78131c4";
    assert_eq!(
        tokens_of(INGEST, Some("the+session/token==")),
        format!("{}&X-Amz-Security-Token=the%2Bsession%2Ftoken%3D%3D", signed(to, signature))
    );
    let to = "localhost:6543/?Action=connect&DBUser=telltale_health";
    let signature = "026a139b64715bd1e6ce2beaa6680d1832d2afab063efd820e9de2199ddc7137";
    let url = "postgres://telltale_health@localhost:6543/telltale";
    assert_eq!(tokens_of(url, None), signed(to, signature));
}

#[test]
fn a_token_is_kept_for_ten_minutes_and_not_a_second_more() {
    let clock = Arc::new(AtomicU64::new(START));
    let tokens = tokens(INGEST, &signer(None, &clock)).unwrap();
    let first = tokens.current().unwrap();
    assert!(first.is_new);
    clock.store(START + 599, Ordering::SeqCst);
    let kept = tokens.current().unwrap();
    assert_eq!((kept.is_new, &kept.text), (false, &first.text));
    clock.store(START + 600, Ordering::SeqCst);
    let second = tokens.current().unwrap();
    assert!(second.is_new && second.text.contains("X-Amz-Date=20260101T001000Z"), "{}", second.text);
}

#[test]
fn a_clock_that_was_set_back_makes_a_new_token() {
    let clock = Arc::new(AtomicU64::new(START + 3_600));
    let tokens = tokens(INGEST, &signer(None, &clock)).unwrap();
    tokens.current().unwrap();
    clock.store(START, Ordering::SeqCst);
    assert!(tokens.current().unwrap().text.contains("X-Amz-Date=20260101T000000Z"));
}

#[test]
fn a_forgotten_token_is_signed_anew_and_forgetting_an_old_one_keeps_the_new() {
    let clock = Arc::new(AtomicU64::new(START));
    let tokens = tokens(INGEST, &signer(None, &clock)).unwrap();
    let first = tokens.current().unwrap();
    tokens.forget(&first);
    clock.store(START + 1, Ordering::SeqCst);
    let second = tokens.current().unwrap();
    assert!(second.is_new && second.text != first.text);
    tokens.forget(&first);
    assert!(!tokens.current().unwrap().is_new);
}

#[test]
fn what_is_missing_is_named_and_the_database_counts_as_unavailable() {
    let clock = Arc::new(AtomicU64::new(START));
    let no_region = Signer { region: None, ..signer(None, &clock) };
    let no_credentials = Signer { credentials: None, ..signer(None, &clock) };
    for (signer, name) in [(no_region, "AWS_REGION"), (no_credentials, "AWS_ACCESS_KEY_ID")] {
        let Err(error) = tokens(INGEST, &signer).unwrap().current() else {
            panic!("a token was signed without {name}");
        };
        assert!(matches!(error, DbError::Unavailable(_)), "{error:?}");
        assert!(causes(&error).contains(name), "{}", causes(&error));
    }
}

#[test]
fn a_token_is_for_one_host_and_one_role() {
    let signer = signer(None, &Arc::new(AtomicU64::new(START)));
    for url in ["postgres://one@a,b/telltale", "postgres://localhost/telltale"] {
        assert!(matches!(tokens(url, &signer), Err(DbError::Unusable(_))), "{url}");
    }
}

#[test]
fn a_signer_shows_no_secret() {
    let shown = format!("{:?}", signer(Some("session"), &Arc::new(AtomicU64::new(START))));
    assert!(!shown.contains("wJalr") && !shown.contains("session\""), "{shown}");
}
