//! Every statement of `shared::db`, sent to the migrated schema by the application's role and by each function's.

use super::samples::{
    attachment, entry, event, model, note, operation, outcome, saved_view, snooze, system_alert, webhook,
};
use jiff::{SignedDuration, Timestamp};
use shared::db::access::{NewKey, Window};
use shared::db::alert_queue::{AlertFilter, Page, Position, QueueOrder, SortKey};
use shared::db::audit_pages::AuditFilter;
use shared::db::configurations::ActiveVersions;
use shared::db::counterparties::Shard;
use shared::db::dashboard::RankedBy;
use shared::db::deliveries::DeliveryFilter;
use shared::db::error::DbError;
use shared::db::idempotency::KeptAnswer;
use shared::db::ingest_keys::{ClaimGate, Claims};
use shared::db::label_pages::LabelFilter;
use shared::db::lessons::Wanted;
use shared::db::lists::EntryFilter;
use shared::db::noise::NoiseFilter;
use shared::db::outbox::Limits;
use shared::db::snapshots::{Snapshot, SnapshotKind};
use shared::db::snoozes::SnoozeFilter;
use shared::db::transaction_pages::TransactionFilter;
use shared::db::{
    access, account_pages, accounts, alert_next, alert_queue, alert_schedule, alerts, anchors, assessments,
    assignees, attachments, audit, audit_chains, audit_pages, configurations, context, counterparties,
    dashboard, deliveries, figures, folded, idempotency, ingest_keys, keys, label_pages, labels, lessons,
    lists, models, noise, notes, operations, outbox, partitions, previews, raised_alerts, rate_counters,
    related_alerts, saved_views, sessions, snapshots, snoozes, transaction_pages, transactions, webhooks,
};
use shared::domain::access::{Credentials, SessionClaim};
use shared::domain::alert::Trigger;
use shared::domain::attachment::Erasure;
use shared::domain::audit::ChainHead;
use shared::domain::audit::anchor::Anchor;
use shared::domain::configuration::Configuration;
use shared::domain::dashboard::Buckets;
use shared::domain::gate::Gate;
use shared::domain::idempotency::{IdempotencyClaim, IdempotencyKey};
use shared::domain::ids::{
    AlertId, AttachmentId, DeliveryId, ModelId, NoteId, OperationId, SavedViewId, SessionId, WebhookId,
};
use shared::domain::lists::{ListKind, ListSubject};
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::text::Text;
use shared::domain::webhook::EventType;
use shared::testing::builders::noon;
use shared::testing::database::{TestDatabase, connect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What became of each function of `db`, by `module::name`.
pub(crate) type Sent = BTreeMap<String, Result<(), DbError>>;

/// Calls functions of `db`, each for itself, and notes how each ended.
macro_rules! exercise {
    ($sent:ident, $client:ident; $($module:ident::$name:ident($($argument:expr),*);)+) => {
        $(
            $client.batch_execute("savepoint one").await.unwrap();
            let ended = $module::$name($($argument),*).await.map(|_| ());
            let end = if ended.is_ok() { "release savepoint one" } else { "rollback to savepoint one" };
            $client.batch_execute(end).await.unwrap();
            $sent.insert(concat!(stringify!($module), "::", stringify!($name)).to_owned(), ended);
        )+
    };
}

/// The names of the functions that send a statement: `module::name`, from the sources.
fn declared() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/db");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // A module's folder holds its tests.
        if path.is_dir() {
            continue;
        }
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The two that hold connections and migrations of their own.
        if ["connection", "migrations"].contains(&module.as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
            names.insert(format!("{module}::{}", line.split('(').next().unwrap()));
        }
    }
    names
}

#[tokio::test]
async fn every_statement_is_accepted_from_the_applications_role() {
    let database = TestDatabase::fresh().await;
    let sent = send_all(&database.url).await;
    let failed: Vec<_> = sent.iter().filter(|(_, ended)| ended.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    let sent: BTreeSet<String> = sent.into_keys().collect();
    let missing: Vec<String> = declared().difference(&sent).cloned().collect();
    assert!(missing.is_empty(), "never sent: {missing:?}");
}

/// Sends every statement over one connection, and leaves nothing behind.
pub(crate) async fn send_all(url: &str) -> Sent {
    let client = connect(url).await;
    client.batch_execute("begin").await.unwrap();
    let client = &client;
    let mut sent = Sent::new();
    let claims = Claims::new(&[]);
    let presented = Credentials::of_key("k".into(), [0; 32], "192.0.2.1");
    let gate = ClaimGate::Presented { credentials: &presented, default_requests: 1, now: noon() };
    let window = Window { now: noon(), started_at: noon(), default_requests: 1 };
    let key = NewKey {
        id: "k",
        secret_hash: [0; 32],
        name: "test",
        role: "demo",
        sources: None,
        rate_limit_requests: None,
        is_unlimited: false,
        created_at: noon(),
        expires_at: None,
    };
    let id = Uuid::now_v7();
    let claim =
        IdempotencyClaim { scope: [0; 32], key: IdempotencyKey::parse("k").unwrap(), fingerprint: [0; 32] };
    let session = SessionClaim { id: SessionId(id), generation: 1, ends_at: noon() };
    let page = Page { as_of: noon(), after: Some(Position { key: SortKey::Id, id }), limit: 1 };
    let filter = AlertFilter::default();
    let trigger = Trigger {
        counterparty: Text::parse("c").unwrap(),
        amount: Amount::parse("1.00", CurrencyCode::parse("EUR").unwrap()).unwrap(),
        device: None,
        ip_address: None,
        detector: None,
        reasons: Vec::new(),
    };
    let shard = Shard { counterparty: "c".into(), shard: 1, profile: vec![1] };
    let (entry, snooze) = (entry(id), snooze(id));
    let model = model(ModelId(id));
    let snapshot =
        Snapshot { id, kind: SnapshotKind::Drift, as_of: noon(), figures: serde_json::Value::Null };
    let anchor = Anchor::over(&[], None, noon());
    let alert = system_alert(AlertId(id));
    let active = ActiveVersions { configuration: None, baseline: None, model: None };
    let configuration = Configuration::default();
    let erasure = Erasure { at: noon(), by: "k".into(), reason: "r".into() };
    let wanted = Wanted { span: (noon(), Timestamp::now()), share: 256 };
    exercise! { sent, client;
        access::store_key(client, &key);
        access::has_admin(client, "k");
        access::count_request(client, &presented, window);
        keys::page(client, None, 1);
        keys::plan_of_page(client, &(noon(), "k".to_owned()));
        keys::find(client, "k");
        keys::rotate(client, "k", [0; 32], noon());
        keys::revoke(client, "k", noon());
        keys::has_other_admin(client, "k", noon());
        keys::shown_secret(client, "k", [0; 32]);
        sessions::revoke(client, session);
        lists::of_parties(client, &claims, noon());
        lists::insert(client, &entry);
        lists::find(client, entry.entry.id);
        lists::find_same(client, (ListKind::Deny, ListSubject::Account, "a"), noon());
        lists::remove(client, entry.entry.id, ("k", noon()));
        lists::page(client, &EntryFilter::default(), noon(), (None, 1));
        snoozes::of_accounts(client, &claims, noon());
        snoozes::insert(client, &snooze);
        snoozes::severity_of_newest_alert(client, "a");
        snoozes::find(client, snooze.snooze.id);
        snoozes::end(client, snooze.snooze.id, ("k", noon()));
        snoozes::page(client, &SnoozeFilter::default(), noon(), (None, 1));
        sessions::remove_ended(client, noon(), 1);
        rate_counters::remove_past(client, noon(), 1);
        idempotency::find(client, &claim);
        idempotency::claim(client, &claim, (Some("read"), noon()));
        idempotency::keep(client, &claim, &KeptAnswer { status: 200, etag: None, body: vec![] });
        idempotency::remove_old(client, noon(), 1);
        dashboard::open(client, noon());
        dashboard::activity(client, &Buckets::hours(noon()));
        dashboard::outcomes(client, noon());
        dashboard::ranking(client, RankedBy::Reason, noon());
        dashboard::pairs(client, noon());
        previews::of_account(client, "a", noon());
        previews::alerted(client, (ListSubject::Device, "d"), noon());
        previews::newest(client, (ListSubject::Ip, "::1"), noon());
        previews::n_held(client, Gate::Snooze, (id, noon()));
        ingest_keys::claim(client, &claims, &gate);
        ingest_keys::taken(client, &claims);
        ingest_keys::n_committed(client, &claims);
        ingest_keys::ids_of(client, &["cards"], &["t-1"]);
        accounts::ensure(client, &claims);
        accounts::lock(client, &claims);
        accounts::lock_named(client, &["a"]);
        accounts::store(client, &[("a", vec![1])]);
        counterparties::lock_free(client, &claims);
        counterparties::read_all(client, &claims);
        counterparties::store(client, std::slice::from_ref(&shard));
        counterparties::lock_named(client, &["c"]);
        counterparties::lock_first(client, &["c"]);
        counterparties::split(client, 1);
        counterparties::remove_others(client, &shard);
        counterparties::remove(client, "c", &[1]);
        alerts::lock_open(client, &claims);
        alerts::history(client, &claims);
        alerts::failures(client, noon());
        alerts::find(client, AlertId(id));
        context::history(client, "a", noon());
        context::comparable(client, &[], id);
        context::sharers_of_counterparty(client, "c", None);
        context::sharers_of_device(client, "d", None);
        context::plans(client, ("a", "c", "d"), noon());
        alerts::lock(client, AlertId(id));
        alerts::find_many(client, &[AlertId(id)]);
        alerts::lock_many(client, &[AlertId(id)]);
        alerts::standing_alone(client, &["a"], &["c"]);
        alerts::store(client, &[]);
        alert_schedule::lock_late(client, noon(), 1);
        alert_schedule::lock_decided(client, noon(), 1);
        alert_schedule::store(client, &[]);
        alert_schedule::by_week(client, (noon(), noon()), 1);
        alert_next::lock_most_urgent(client, &["high"], noon());
        alert_next::lock_of_account(client, &["high"], "a");
        alert_next::is_waiting(client, &["high"], None);
        alert_next::plan(client, &["high"], noon());
        assignees::live_role(client, "k", noon());
        folded::of_alerts(client, &[AlertId(id)], 1);
        operations::insert(client, &operation(OperationId(id)));
        operations::insert_items(client, OperationId(id), &[]);
        operations::find(client, OperationId(id));
        operations::items(client, OperationId(id));
        operations::page(client, None, 1);
        raised_alerts::raise_system(client, &alert);
        notes::insert(client, &[note(id)]);
        notes::versions(client, AlertId(id), NoteId(id), 1);
        notes::page(client, AlertId(id), None, 1);
        notes::of_alerts(client, &[id]);
        attachments::insert(client, &attachment(id), b"abc");
        attachments::count(client, AlertId(id));
        attachments::find(client, AlertId(id), AttachmentId(id));
        attachments::with_content(client, AlertId(id), AttachmentId(id));
        attachments::page(client, AlertId(id), None, 1);
        attachments::of_alerts(client, &[id]);
        attachments::contents(client, &[id]);
        attachments::erase(client, AttachmentId(id), &erasure);
        raised_alerts::store(client, &[]);
        raised_alerts::has_open_cause(client, "audit_broken");
        alert_queue::page(client, &filter, QueueOrder::Newest, page);
        alert_queue::plan_of_page(client, &filter, QueueOrder::Priority, page);
        alert_queue::count(client, &filter, noon(), 1);
        alert_queue::holders(client, 1);
        related_alerts::related(client, id, &trigger, 1);
        transaction_pages::page(client, &TransactionFilter::default(), None, 1);
        transaction_pages::plan_of_page(client, &TransactionFilter::default(), 1);
        account_pages::by_id(client, None, None, 1);
        account_pages::by_activity(client, None, 1);
        account_pages::find(client, "a");
        account_pages::outcomes(client, "a");
        label_pages::page(client, &LabelFilter::default(), None, 1);
        label_pages::of_alert(client, id, 1);
        audit_pages::page(client, &AuditFilter::default(), None, 1);
        audit_pages::held_since(client, &[id]);
        noise::page(client, &NoiseFilter::default(), None, 1);
        noise::counts(client, &NoiseFilter::default());
        configurations::page(client, None, 1);
        transactions::insert(client, &[]);
        transactions::find(client, &[id]);
        transactions::page_after(client, id, 1);
        assessments::insert(client, &[]);
        assessments::find(client, &[id]);
        assessments::newest(client);
        assessments::of_alert(client, AlertId(id), 1);
        assessments::learning_page(client, id, (noon(), Timestamp::now()), 1);
        lessons::page(client, id, wanted, 1);
        anchors::newest(client);
        anchors::after(client, 0, 1);
        anchors::leaves(client, 1);
        anchors::grown(client, noon(), 1);
        anchors::insert(client, &anchor, &[]);
        anchors::unfound(client, 1, 1);
        anchors::unfound_of(client, &["access".to_owned()]);
        anchors::covering(client, "access");
        audit_chains::after(client, "", 1);
        audit_chains::changed(client, noon(), ("", 1));
        audit_chains::heads(client, &["access".to_owned()]);
        audit_chains::events(client, &["access".to_owned()], ("", 0), 1);
        audit_chains::of_alerts(client, id, 1);
        audit_chains::named(client);
        saved_views::insert(client, &saved_view(id), 1);
        saved_views::seen_by(client, "k", (None, 1));
        saved_views::find(client, SavedViewId(id));
        saved_views::remove(client, SavedViewId(id));
        webhooks::insert(client, &webhook(id));
        webhooks::insert_secret(client, (WebhookId(id), 1), ("whsec_", noon()));
        webhooks::end_secrets(client, WebhookId(id), (noon(), noon()));
        webhooks::find(client, WebhookId(id));
        webhooks::page(client, None, (None, 1));
        webhooks::count_live(client);
        audit::insert(client, &[event()]);
        deliveries::insert_one(client, (WebhookId(id), EventType::AlertRaised), ("access", 1, noon()));
        deliveries::page(client, &DeliveryFilter::default(), (None, 1));
        deliveries::lock(client, DeliveryId(id));
        deliveries::reorder(client, DeliveryId(id), noon());
        deliveries::reorder_dead(client, WebhookId(id), (noon(), 1));
        deliveries::remove_ended(client, noon(), 1);
        outbox::claim(client, (noon(), noon()), Limits { at_most: 1, of_one: 1, pauses: &[1.0] });
        outbox::end_unheard(client, noon());
        outbox::end_of_removed(client, noon());
        outbox::record(client, &[outcome(id)], noon());
        webhooks::remove(client, WebhookId(id), ("k", noon()));
        audit::of_chain(client, "access");
        audit::newest_after(client, ("access", "key_created"));
        audit::lock_head(client, "access");
        audit::store_head(client, "access", ChainHead::default());
        labels::of_transactions(client, &[id]);
        labels::insert(client, &[]);
        labels::withdraw(client, &[], ("key:k", noon(), "req"));
        labels::of_parties(client, &["a"], &["c"], 1);
        models::insert(client, &model);
        models::find(client, ModelId(id));
        models::facts(client, &[id]);
        configurations::insert(client, &configuration, ("environment", &[]), ("system", noon()));
        configurations::find(client, 1);
        configurations::making(client, 1);
        configurations::newest_seeded(client);
        configurations::activate(client, active);
        configurations::active(client);
        partitions::make(client, noon() + SignedDuration::from_hours(100_000), 1);
        partitions::n_in_default(client);
        figures::open_alerts(client, noon());
        figures::decisions(client, noon());
        figures::champion_made_at(client);
        figures::n_stray(client);
        figures::plans(client, noon());
        snapshots::insert(client, &snapshot);
        snapshots::newest(client, SnapshotKind::Drift, noon());
        snapshots::remove_old(client, SnapshotKind::Dashboard, noon());
    }
    // Who was admitted before is asked for no key, and so reads none.
    let admitted = ClaimGate::Admitted { bound_sources: None };
    client.batch_execute("savepoint one").await.unwrap();
    let ended = ingest_keys::claim(client, &claims, &admitted).await.map(|_| ());
    client.batch_execute("rollback to savepoint one").await.unwrap();
    sent.insert("ingest_keys::claim (admitted)".to_owned(), ended);
    sent
}
