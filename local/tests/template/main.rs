//! Holds `template.yaml` and `samconfig.toml` to the code, where the linters of CloudFormation cannot look.
//!
//! Each check is a function from texts to findings, in a file of its own, and proves on the real template with a fault
//! planted in it that it catches what it is for. This file asks all of them about the real one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read the template must fail")]

mod answers;
mod bulk;
mod connections;
mod deployment;
mod document;
mod environments;
mod ladder;
mod observability;
mod outbound;
mod papers;
mod policies;
mod profile;
mod real;
mod routes;
mod schedules;
mod seeds;
mod settings;

use document::Finding;
use ladder::RoleTimeouts;
use real::{SAMCONFIG, newest_migration, packages, read, routers, template};
use shared::http::layers::REQUEST_TIMEOUT;
use shared::testing::database::TestDatabase;
use shared::workflow::retrain::Task;
use std::time::Duration;

/// Where the API is described.
const DESCRIPTION: &str = "docs/openapi.json";

/// The timeouts that stand on the functions' roles, in milliseconds.
const ROLE_TIMEOUTS: &str = "
select r.rolname as role,
    max(t.milliseconds) filter (where t.name = 'statement_timeout') as statement,
    max(t.milliseconds) filter (where t.name = 'lock_timeout') as lock
from pg_roles r
cross join lateral unnest(r.rolconfig) as s (setting)
cross join lateral (
    select split_part(s.setting, '=', 1) as name,
        (1000 * extract(epoch from split_part(s.setting, '=', 2)::interval))::bigint as milliseconds
    where s.setting like any (array['statement_timeout=%', 'lock_timeout=%'])
) t
where r.rolname like 'telltale\\_%' and r.rolname <> 'telltale_app'
group by r.rolname";

/// The timeouts of the functions' roles in the migrated database.
async fn role_timeouts() -> Vec<RoleTimeouts> {
    let owner = TestDatabase::fresh().await.owner().await;
    let rows = owner.query_typed(ROLE_TIMEOUTS, &[]).await.unwrap();
    let duration = |milliseconds: Option<i64>| {
        Duration::from_millis(milliseconds.and_then(|number| number.try_into().ok()).unwrap_or_default())
    };
    rows.iter()
        .map(|row| RoleTimeouts {
            role: row.get("role"),
            statement: duration(row.get("statement")),
            lock: duration(row.get("lock")),
        })
        .collect()
}

fn assert_none(findings: &[Finding]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn every_task_has_one_schedule_that_can_be_read() {
    let mut tasks = Task::ALL.map(Task::as_str).to_vec();
    // The outbox's own.
    tasks.push("claim");
    assert_none(&schedules::findings(&template(), &tasks));
}

#[test]
fn webhook_messages_find_their_way_out_and_back() {
    assert_none(&outbound::findings(&template()));
}

#[test]
fn the_gateway_knows_the_paths_of_the_routers_and_no_others() {
    assert_none(&routes::findings(&template(), &routers()));
}

#[test]
fn what_is_deployed_is_built_like_what_is_measured() {
    assert_none(&profile::findings(&read("Cargo.toml")));
}

#[test]
fn environment_variables_are_the_settings() {
    assert_none(&settings::findings(&template(), &real::settings()));
}

#[test]
fn roles_have_the_rights_that_are_used_and_no_others() {
    assert_none(&policies::findings(&template()));
}

#[test]
fn every_package_is_deployed_after_its_schema_with_its_log_and_alarms() {
    assert_none(&deployment::findings(&template(), &packages(), newest_migration()));
}

#[test]
fn every_instance_of_every_place_finds_a_connection() {
    for (place, parameters) in environments::places(&read(SAMCONFIG)) {
        let found = connections::findings(&template(), &parameters);
        assert!(found.is_empty(), "{place}: {}", found.join("\n"));
    }
}

#[test]
fn places_differ_by_configuration_only() {
    assert_none(&environments::findings(&template(), &read(SAMCONFIG)));
}

#[test]
fn the_document_says_what_differs_between_places() {
    let text = read("docs/DEPLOY.md");
    assert_none(&papers::of_places(&text, &real::settings(), &template(), &read(SAMCONFIG)));
}

#[test]
fn the_cost_sheet_counts_what_the_template_makes() {
    assert_none(&papers::of_costs(&read("docs/costs/deployment.json"), &template()));
}

#[test]
fn the_gateways_own_answers_are_errors_of_ours() {
    assert_none(&answers::findings(&template()));
}

#[tokio::test]
async fn timeouts_nest_from_the_gateway_to_the_lock() {
    assert_none(&ladder::findings(&template(), REQUEST_TIMEOUT, &role_timeouts().await));
}

#[test]
fn the_gateway_knows_the_paths_that_are_described() {
    assert_none(&routes::in_description(&template(), &read(DESCRIPTION)));
}

#[test]
fn a_changed_value_of_the_configuration_asks_for_a_new_version() {
    assert_none(&seeds::findings(&template(), &read(seeds::READER)));
}

#[test]
fn bulk_takes_an_event_again_or_says_that_it_could_not() {
    assert_none(&bulk::findings(&template()));
}
