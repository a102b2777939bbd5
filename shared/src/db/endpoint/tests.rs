use super::*;

fn means() -> Means {
    Means {
        authority_file: None,
        is_strict: false,
        #[cfg(feature = "aws")]
        signer: Signer { region: None, credentials: None, clock: Arc::new(std::time::SystemTime::now) },
    }
}

fn parse(url: &str) -> Result<Endpoint, DbError> {
    Endpoint::parse(url, &means())
}

fn is_verified(url: &str) -> bool {
    let endpoint = parse(url).unwrap();
    let is_verified = matches!(endpoint.security, Security::VerifiedTls(_));
    let mode = if is_verified { SslMode::Require } else { SslMode::Disable };
    assert_eq!(endpoint.target.get_ssl_mode(), mode, "the driver is told the same: {url}");
    is_verified
}

#[test]
fn require_means_verified_tls_and_a_password_alone_means_as_before() {
    assert!(!is_verified("postgres://role:secret@localhost/telltale"));
    assert!(!is_verified("postgres://role:secret@localhost/telltale?sslmode=disable"));
    assert!(is_verified("postgres://role:secret@localhost/telltale?sslmode=require"));
    assert!(is_verified("postgres://role:secret@localhost/telltale?connect_timeout=1&sslmode=require"));
}

#[test]
fn a_mode_that_would_be_misunderstood_is_refused() {
    for mode in ["prefer", "allow", "verify-ca", "verify-full", ""] {
        let url = format!("postgres://role:secret@localhost/telltale?sslmode={mode}");
        let error = parse(&url).unwrap_err();
        assert!(matches!(error, DbError::Unusable(_)), "{mode}: {error:?}");
        assert!(error.to_string().contains("sslmode is require"), "{error}");
    }
}

#[cfg(feature = "aws")]
#[test]
fn a_url_without_a_password_means_a_token_and_verified_tls() {
    let url = "postgres://telltale_ingest@proxy.example.com/telltale";
    assert!(is_verified(url));
    assert!(parse(url).unwrap().tokens.is_some());
    assert!(parse("postgres://role:secret@localhost/telltale?sslmode=require").unwrap().tokens.is_none());
    let error = parse(&format!("{url}?sslmode=disable")).unwrap_err();
    assert!(error.to_string().contains("plain text"), "{error}");
}

#[test]
fn a_socket_in_a_folder_is_neither_verified_nor_given_a_token() {
    assert!(!is_verified("postgres://role@%2Fvar%2Frun%2Fpostgresql/telltale"));
    let error = parse("postgres://role@%2Fvar%2Frun%2Fpostgresql/telltale?sslmode=require").unwrap_err();
    assert!(error.to_string().contains("a host to verify"), "{error}");
}

#[test]
fn what_is_shown_of_an_endpoint_has_no_password_in_it() {
    let shown = format!("{:?}", parse("postgres://role:secret@localhost/telltale").unwrap());
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn in_production_plain_text_to_another_machine_is_asked_for_or_refused() {
    let strict = Means { is_strict: true, ..means() };
    let parse = |host: &str| Endpoint::parse(&format!("postgres://role:secret@{host}"), &strict);
    for host in ["db.example.com/telltale", "10.0.0.7/telltale", "127.0.0.1,db.example.com/telltale"] {
        let error = parse(host).unwrap_err();
        assert!(error.to_string().contains("sslmode=require"), "{host}: {error}");
    }
    for host in [
        "127.0.0.1/telltale",
        "localhost/telltale",
        "%2Frun/telltale",
        "db.example.com/telltale?sslmode=disable",
        "db.example.com/telltale?sslmode=require",
    ] {
        parse(host).unwrap();
    }
}
