//! Logging in with tokens of IAM, at a proxy that examines them.

use super::{TestClock, ask, means, pool, refusal};
use shared::db::connection::Database;
use shared::testing::certificates::Authority;
use shared::testing::database::{TestDatabase, connect};
use shared::testing::iam_proxy::{Encryption, IamProxy};

const PASSED_ON: &str = "telltale_app";

/// A service with its clock, and the proxy before its database with another.
struct Scene {
    service: Database,
    service_clock: TestClock,
    proxy: IamProxy,
    proxy_clock: TestClock,
    _authority: Authority,
}

impl Scene {
    async fn set() -> Self {
        let database = TestDatabase::fresh().await;
        let authority = Authority::new();
        let proxy = IamProxy::before(&database.url, &authority, "localhost", Encryption::Required).await;
        let (service_clock, proxy_clock) = (TestClock::new(), TestClock::new());
        proxy.examiner.set_clock(proxy_clock.now());
        let service =
            pool(&proxy.url("telltale_ingest", &database), &means(Some(&authority), &service_clock));
        Self { service, service_clock, proxy, proxy_clock, _authority: authority }
    }

    fn pass_minutes(&self, minutes: i64) {
        self.service_clock.pass_minutes(minutes);
        self.pass_minutes_at_the_proxy(minutes);
    }

    fn pass_minutes_at_the_proxy(&self, minutes: i64) {
        self.proxy_clock.pass_minutes(minutes);
        self.proxy.examiner.set_clock(self.proxy_clock.now());
    }

    /// Takes the one connection and closes it, as after a deadline: the next is made anew.
    async fn lose_the_connection(&self) {
        self.service.connect().await.unwrap().discard();
    }
}

#[tokio::test]
async fn a_url_without_a_password_logs_in_with_a_token_over_tls() {
    let scene = Scene::set().await;
    assert_eq!(ask(&scene.service).await.unwrap(), PASSED_ON);
    assert_eq!((scene.proxy.admitted().len(), scene.proxy.refusals()), (1, Vec::new()));
}

#[tokio::test]
async fn a_connection_that_rests_longer_than_a_token_lives_goes_on() {
    let scene = Scene::set().await;
    ask(&scene.service).await.unwrap();
    scene.pass_minutes(60);
    ask(&scene.service).await.unwrap();
    assert_eq!(scene.proxy.admitted().len(), 1, "no second login");
}

#[tokio::test]
async fn connections_made_within_ten_minutes_share_a_token_and_later_ones_have_a_fresh_one() {
    let scene = Scene::set().await;
    for minutes in [0, 9, 9, 9] {
        scene.pass_minutes(minutes);
        ask(&scene.service).await.unwrap();
        scene.lose_the_connection().await;
    }
    let tokens = scene.proxy.admitted();
    assert_eq!(tokens.len(), 4, "one login a connection");
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
    assert_eq!(tokens[2], tokens[3]);
    assert_eq!(scene.proxy.refusals(), Vec::<String>::new());
}

#[tokio::test]
async fn a_proxy_that_cuts_every_connection_is_logged_in_to_again_with_a_fresh_token() {
    let scene = Scene::set().await;
    ask(&scene.service).await.unwrap();
    scene.pass_minutes(20);
    scene.proxy.cut();
    // The first to notice may be the one that asks; the one after it has a new connection.
    let _may_be_lost = ask(&scene.service).await;
    assert_eq!(ask(&scene.service).await.unwrap(), PASSED_ON);
    let tokens = scene.proxy.admitted();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn a_token_of_fifteen_minutes_is_refused_and_the_next_login_has_a_fresh_one() {
    let scene = Scene::set().await;
    ask(&scene.service).await.unwrap();
    scene.lose_the_connection().await;
    // The service's clock stands still: it takes its token for new, and the proxy does not.
    scene.pass_minutes_at_the_proxy(15);
    let why = refusal(&scene.service).await;
    assert!(why.contains("28000 PAM authentication failed"), "{why}");
    // The kept token, and the one signed in its place.
    assert_eq!(scene.proxy.refusals(), ["has expired: it is 900 s old"; 2]);
    scene.service_clock.pass_minutes(15);
    assert_eq!(ask(&scene.service).await.unwrap(), PASSED_ON);
}

/// A kept token whose time the server measures otherwise: what was refused is signed anew, and the caller sees
/// nothing of it.
#[tokio::test]
async fn a_kept_token_that_is_refused_is_replaced_at_once() {
    let scene = Scene::set().await;
    ask(&scene.service).await.unwrap();
    scene.lose_the_connection().await;
    scene.pass_minutes_at_the_proxy(15);
    scene.service_clock.pass_minutes(9);
    assert_eq!(ask(&scene.service).await.unwrap(), PASSED_ON);
    assert_eq!(scene.proxy.refusals(), ["has expired: it is 900 s old"]);
    assert_eq!(scene.proxy.admitted().len(), 2);
}

#[tokio::test]
async fn a_token_for_another_role_or_by_another_secret_is_refused() {
    let database = TestDatabase::fresh().await;
    let authority = Authority::new();
    let proxy = IamProxy::before(&database.url, &authority, "localhost", Encryption::Required).await;
    let clock = TestClock::new();
    proxy.examiner.set_clock(clock.now());
    let mut other = means(Some(&authority), &clock);
    other.signer.credentials = Some(aws_credential_types::Credentials::new(
        shared::testing::iam_token::ACCESS_KEY_ID,
        "another secret",
        Some(shared::testing::iam_token::SESSION_TOKEN.to_owned()),
        None,
        "test",
    ));
    refusal(&pool(&proxy.url("telltale_ingest", &database), &other)).await;
    other.signer.region = Some("eu-west-1".to_owned());
    refusal(&pool(&proxy.url("telltale_ingest", &database), &other)).await;
    let refusals = proxy.refusals();
    assert_eq!(refusals[0], "has a wrong signature");
    assert!(refusals[1].starts_with("says X-Amz-Credential="), "{refusals:?}");
    assert_eq!(proxy.admitted(), Vec::<String>::new());
}

#[tokio::test]
async fn without_region_or_credentials_the_database_is_unavailable_and_the_cause_is_told() {
    let clock = TestClock::new();
    let url = "postgres://telltale_ingest@localhost:9/telltale";
    let mut nowhere = means(None, &clock);
    nowhere.signer.region = None;
    assert!(refusal(&pool(url, &nowhere)).await.contains("AWS_REGION is not set"));
    let mut nobody = means(None, &clock);
    nobody.signer.credentials = None;
    assert!(refusal(&pool(url, &nobody)).await.contains("AWS_ACCESS_KEY_ID"));
}

/// The stand-in's own test: a session through it is a real one, by a pooler's rules.
#[tokio::test]
async fn behind_the_proxy_is_the_real_database() {
    let scene = Scene::set().await;
    let connection = scene.service.connect().await.unwrap();
    let row = connection.client().unwrap().query_typed("select count(*) as n from transactions", &[]);
    assert_eq!(row.await.unwrap()[0].get::<_, i64>("n"), 0);
    let plain = format!("postgres://telltale_ingest@localhost:{}/telltale", scene.proxy.address.port());
    let refused = tokio::spawn(async move { connect(&plain).await }).await;
    assert!(refused.is_err(), "plain text was served");
    assert_eq!(scene.proxy.n_plain_startups(), 1);
}
