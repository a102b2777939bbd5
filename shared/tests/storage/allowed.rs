//! Which statements each function's role may send: the table that the test of roles compares the database with.

use std::collections::BTreeSet;

/// What the key check needs.
const KEY_CHECK: [&str; 8] = [
    "access::count_request",
    "access::has_admin",
    "assignees::live_role",
    "keys::page",
    "keys::plan_of_page",
    "keys::find",
    "keys::has_other_admin",
    "keys::shown_secret",
];
/// What scoring needs, with or without a key.
const INGESTION: [&str; 34] = [
    "ingest_keys::claim (admitted)",
    "ingest_keys::taken",
    "ingest_keys::n_committed",
    "ingest_keys::ids_of",
    "accounts::ensure",
    "accounts::lock",
    "accounts::lock_named",
    "accounts::store",
    "counterparties::lock_free",
    "counterparties::read_all",
    "counterparties::store",
    "counterparties::lock_named",
    "counterparties::lock_first",
    "counterparties::split",
    "alerts::lock_open",
    "alerts::history",
    "alerts::lock",
    "alerts::lock_many",
    "alert_next::lock_most_urgent",
    "alert_next::lock_of_account",
    "alert_next::plan",
    "alert_schedule::lock_decided",
    "alert_schedule::lock_late",
    "transactions::insert",
    "assessments::insert",
    "raised_alerts::store",
    "lists::of_parties",
    "lists::find",
    "lists::find_same",
    "lists::page",
    "snoozes::of_accounts",
    "snoozes::find",
    "snoozes::page",
    "raised_alerts::raise_system",
];
/// Reads of alerts, assessments and transactions.
const READING: [&str; 32] = [
    "alerts::failures",
    "raised_alerts::has_open_cause",
    "assessments::newest",
    "alerts::find",
    "alerts::find_many",
    "alerts::standing_alone",
    "alert_schedule::by_week",
    "alert_next::is_waiting",
    "folded::of_alerts",
    "context::history",
    "context::comparable",
    "context::sharers_of_counterparty",
    "context::sharers_of_device",
    "context::plans",
    "alert_queue::page",
    "alert_queue::plan_of_page",
    "alert_queue::count",
    "alert_queue::holders",
    "related_alerts::related",
    "account_pages::outcomes",
    "noise::page",
    "noise::counts",
    "transactions::find",
    "transactions::page_after",
    "assessments::find",
    "assessments::of_alert",
    "assessments::learning_page",
    "snoozes::severity_of_newest_alert",
    "previews::of_account",
    "previews::alerted",
    "previews::newest",
    "previews::n_held",
];
/// Reads of one table that a role with other rights has too.
const OPERATIONS: [&str; 5] = [
    "operations::find",
    "operations::insert",
    "operations::insert_items",
    "operations::items",
    "operations::page",
];
const LESSONS: [&str; 1] = ["lessons::page"];
const VERSIONS: [&str; 5] = [
    "configurations::active",
    "configurations::find",
    "configurations::making",
    "configurations::newest_seeded",
    "configurations::page",
];
/// Reads of accounts, by whoever may lock them or reads them alone.
const ACCOUNTS: [&str; 3] = ["account_pages::by_id", "account_pages::by_activity", "account_pages::find"];
/// Transactions with their assessments, found by the feed's id too.
const TRANSACTION_PAGES: [&str; 2] = ["transaction_pages::page", "transaction_pages::plan_of_page"];
/// Reads of natural keys and of who said what, beside those that write them.
const KEYS_TAKEN: [&str; 3] = ["ingest_keys::taken", "ingest_keys::n_committed", "ingest_keys::ids_of"];
const LABEL_PAGES: [&str; 3] = ["label_pages::page", "label_pages::of_alert", "labels::of_transactions"];
const MODELS: [&str; 2] = ["models::find", "models::facts"];
/// What is known of files, by whoever does not read what is in them.
const FILES: [&str; 4] =
    ["attachments::count", "attachments::find", "attachments::page", "attachments::of_alerts"];
const CONTENTS: [&str; 2] = ["attachments::contents", "attachments::with_content"];
const TRAIL: [&str; 1] = ["audit::insert"];
const CHAINS: [&str; 3] = ["audit_chains::after", "audit_chains::changed", "audit_chains::events"];
const ANCHORS: [&str; 7] = [
    "anchors::newest",
    "anchors::after",
    "anchors::leaves",
    "anchors::grown",
    "anchors::unfound",
    "anchors::unfound_of",
    "anchors::covering",
];

/// Counts of the dashboard, by whoever reads alerts and assessments whole.
const DASHBOARD: [&str; 5] = [
    "dashboard::activity",
    "dashboard::open",
    "dashboard::outcomes",
    "dashboard::pairs",
    "dashboard::ranking",
];
/// What `Idempotency-Key` needs of functions that take a POST.
const IDEMPOTENCY: [&str; 3] = ["idempotency::claim", "idempotency::find", "idempotency::keep"];

/// Webhooks and their deliveries, by whoever sees them whole.
const OUTSIDE: [&str; 5] =
    ["webhooks::find", "webhooks::page", "webhooks::count_live", "deliveries::page", "deliveries::lock"];

/// Figures that can be read by whoever reads whole alerts and models, and of alerts alone.
const FIGURES: [&str; 4] =
    ["figures::champion_made_at", "figures::decisions", "figures::open_alerts", "figures::plans"];
const FIGURES_OF_ALERTS: [&str; 3] = ["figures::decisions", "figures::open_alerts", "figures::plans"];

/// Every statement that a function's role may send, some of which it never does: a right is a table's, or a column's.
pub(crate) fn allowed(function: &str) -> BTreeSet<String> {
    let groups: Vec<&[&str]> = match function {
        "ingest" => vec![
            &["deliveries::insert_one", "webhooks::count_live"],
            &DASHBOARD,
            &IDEMPOTENCY,
            &KEY_CHECK,
            &["ingest_keys::claim"],
            &INGESTION,
            &READING,
            &LESSONS,
            &VERSIONS,
            &MODELS,
            &TRAIL,
            &FIGURES,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
        ],
        "bulk" => vec![
            &["deliveries::insert_one", "webhooks::count_live"],
            &DASHBOARD,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
            &INGESTION,
            &READING,
            &LESSONS,
            &VERSIONS,
            &MODELS,
            &TRAIL,
            &FIGURES,
        ],
        "alerts" => vec![
            &DASHBOARD,
            &["snapshots::newest"],
            &KEY_CHECK,
            &READING,
            &LESSONS,
            &VERSIONS,
            &MODELS,
            &["audit::of_chain", "audit::newest_after", "audit_pages::page", "audit_pages::held_since"],
            &FILES,
            &FIGURES,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
            &KEYS_TAKEN,
            &["alerts::history", "labels::of_parties"],
            &LABEL_PAGES,
            &["notes::page", "notes::versions", "notes::of_alerts"],
            &CHAINS,
            &["audit_chains::of_alerts"],
            &ANCHORS,
        ],
        "investigations" => vec![
            &["saved_views::insert", "saved_views::seen_by", "saved_views::find", "saved_views::remove"],
            &["deliveries::insert_one", "webhooks::count_live"],
            &DASHBOARD,
            &IDEMPOTENCY,
            &KEY_CHECK,
            &["ingest_keys::taken", "ingest_keys::n_committed", "ingest_keys::ids_of"],
            &["accounts::ensure", "accounts::lock", "accounts::lock_named", "accounts::store"],
            &["counterparties::lock_free", "counterparties::read_all", "counterparties::store"],
            &["counterparties::lock_named", "counterparties::lock_first", "counterparties::split"],
            &[
                "alerts::lock_open",
                "alerts::history",
                "alerts::lock",
                "alerts::lock_many",
                "alerts::store",
                "alert_next::lock_most_urgent",
                "alert_next::lock_of_account",
                "alert_next::plan",
                "alert_schedule::lock_decided",
                "alert_schedule::lock_late",
                "alert_schedule::store",
                "raised_alerts::store",
                "raised_alerts::raise_system",
            ],
            &READING,
            &LESSONS,
            &VERSIONS,
            &TRAIL,
            &["labels::insert", "labels::withdraw", "labels::of_parties"],
            &FILES,
            &CONTENTS,
            &["attachments::insert", "attachments::erase", "audit::of_chain", "audit::newest_after"],
            &CHAINS,
            &["audit_pages::page", "audit_pages::held_since", "audit_chains::of_alerts"],
            &["notes::insert", "notes::page", "notes::versions", "notes::of_alerts"],
            &OPERATIONS,
            &LABEL_PAGES,
            &ACCOUNTS,
            &TRANSACTION_PAGES,
            &FIGURES_OF_ALERTS,
        ],
        "admin" => vec![
            &OUTSIDE,
            &["webhooks::insert", "webhooks::insert_secret", "webhooks::end_secrets", "webhooks::remove"],
            &["deliveries::insert_one", "deliveries::reorder", "deliveries::reorder_dead"],
            &IDEMPOTENCY,
            &["dashboard::activity", "context::history", "noise::counts", "noise::page"],
            &TRANSACTION_PAGES,
            &KEY_CHECK,
            &["access::store_key", "keys::rotate", "keys::revoke", "sessions::revoke"],
            &["lists::of_parties", "lists::find", "lists::find_same", "lists::page"],
            &["lists::insert", "lists::remove"],
            &["snoozes::find", "snoozes::page", "snoozes::insert", "snoozes::end"],
            &["snoozes::severity_of_newest_alert"],
            &["previews::of_account", "previews::alerted", "previews::newest", "previews::n_held"],
            &["transactions::find", "transactions::page_after", "assessments::find", "assessments::of_alert"],
            &["assessments::learning_page", "assessments::newest", "folded::of_alerts"],
            &LESSONS,
            &VERSIONS,
            &["configurations::insert", "configurations::activate"],
            &TRAIL,
            &["audit::lock_head", "audit::store_head"],
        ],
        "outbox" => vec![
            &OUTSIDE,
            &["deliveries::reorder", "deliveries::reorder_dead", "outbox::claim", "outbox::record"],
            &["outbox::end_unheard", "outbox::end_of_removed"],
            &["audit_chains::after", "audit_chains::changed", "audit_pages::held_since"],
        ],
        "health" => vec![
            &["dashboard::outcomes"],
            &KEY_CHECK,
            &["configurations::active"],
            &FIGURES,
            &["figures::n_stray", "partitions::n_in_default", "snapshots::newest"],
        ],
        "retrain" => vec![
            &["deliveries::insert_one", "deliveries::remove_ended", "webhooks::count_live"],
            &DASHBOARD,
            &["idempotency::remove_old", "audit_pages::held_since", "audit_pages::page"],
            &["snoozes::severity_of_newest_alert"],
            &TRANSACTION_PAGES,
            &["transactions::find", "transactions::page_after", "assessments::find", "assessments::of_alert"],
            &["assessments::learning_page", "labels::of_transactions", "folded::of_alerts"],
            &["alerts::failures", "alerts::find", "alerts::find_many", "alerts::standing_alone"],
            &["alerts::lock", "alerts::lock_many", "alert_next::is_waiting", "alert_next::plan"],
            &["alert_next::lock_most_urgent", "alert_next::lock_of_account"],
            &["alert_queue::page", "alert_queue::plan_of_page", "alert_queue::count", "alert_queue::holders"],
            &["context::history", "context::comparable", "context::sharers_of_counterparty"],
            &["context::sharers_of_device", "context::plans", "related_alerts::related"],
            &["account_pages::outcomes", "noise::page", "noise::counts"],
            &["alert_schedule::lock_late", "alert_schedule::lock_decided", "alert_schedule::store"],
            &["alert_schedule::by_week"],
            &FILES,
            &CONTENTS,
            &["assessments::newest", "notes::page", "notes::versions", "notes::of_alerts"],
            &["counterparties::store", "counterparties::lock_named", "counterparties::lock_first"],
            &["counterparties::split", "counterparties::remove_others", "counterparties::remove"],
            &LESSONS,
            &VERSIONS,
            &["configurations::insert", "configurations::activate"],
            &MODELS,
            &["models::insert"],
            &TRAIL,
            &["audit::lock_head", "audit::store_head", "audit::of_chain", "audit::newest_after"],
            &CHAINS,
            &["audit_chains::heads", "audit_chains::of_alerts", "audit_chains::named"],
            &ANCHORS,
            &["anchors::insert", "raised_alerts::has_open_cause", "raised_alerts::raise_system"],
            &["partitions::make", "partitions::n_in_default"],
            &FIGURES,
            &["figures::n_stray", "snapshots::newest", "snapshots::insert", "snapshots::remove_old"],
            &["sessions::remove_ended", "rate_counters::remove_past"],
            &["previews::of_account", "previews::alerted", "previews::newest", "previews::n_held"],
        ],
        other => unreachable!("{other} has no role"),
    };
    groups.into_iter().flatten().map(ToString::to_string).collect()
}
