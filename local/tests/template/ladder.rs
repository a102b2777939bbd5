//! Timeouts: gateway > function > request > statement > lock, so that the innermost one answers first and says what
//! happened.

use super::document::{Finding, Template};
use std::collections::BTreeMap;
use std::time::Duration;

/// The timeouts of a database role.
#[derive(Debug, Clone)]
pub(crate) struct RoleTimeouts {
    /// Its name.
    pub role: String,
    /// Of one statement.
    pub statement: Duration,
    /// Of a wait for a lock.
    pub lock: Duration,
}

/// Steps of the ladder that are not above the next one. `request` is the layer's constant.
pub(crate) fn findings(template: &Template, request: Duration, roles: &[RoleTimeouts]) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in template.functions().iter().filter(|function| function.is_http()) {
        let own = seconds(template, function.property("Timeout"));
        for (name, event) in function.events("Api") {
            let gateway = event["TimeoutInMillis"].as_u64().map(Duration::from_millis).unwrap_or_default();
            found.extend(above(&format!("{}.{name}: gateway", function.id), gateway, ("function", own)));
        }
        found.extend(above(&format!("{}: function", function.id), own, ("request", request)));
        let name = format!("telltale_{}", function.package());
        let Some(role) = roles.iter().find(|role| role.role == name) else {
            found.push(format!("the role {name} has no timeouts"));
            continue;
        };
        found.extend(above(&format!("{name}: request"), request, ("statement", role.statement)));
        found.extend(above(&format!("{name}: statement"), role.statement, ("lock", role.lock)));
    }
    found.extend(around(template, request));
    found
}

/// What waits beside the ladder.
fn around(template: &Template, request: Duration) -> Vec<Finding> {
    let mut found = Vec::new();
    let pool = &template.properties("ProxyTargets")["ConnectionPoolConfigurationInfo"];
    let borrow = seconds(template, &pool["ConnectionBorrowTimeout"]);
    found.extend(above("request", request, ("the wait for a connection of the proxy", borrow)));
    let functions = template.functions();
    let timeout = |package: &str| {
        let function = functions.iter().find(|function| function.package() == package);
        function.map(|function| seconds(template, function.property("Timeout"))).unwrap_or_default()
    };
    let schema = seconds(template, &template.properties("Schema")["ServiceTimeout"]);
    found.extend(above("Schema", schema, ("the migrate function", timeout("migrate"))));
    let visible = seconds(template, &template.properties("BulkMessages")["VisibilityTimeout"]);
    if visible < timeout("bulk") * 6 {
        found
            .push("BulkMessages: VisibilityTimeout must be six times the bulk function's timeout".to_owned());
    }
    found
}

fn above(outer: &str, outer_timeout: Duration, (inner, inner_timeout): (&str, Duration)) -> Option<Finding> {
    let is_above = outer_timeout > inner_timeout && !inner_timeout.is_zero();
    (!is_above).then(|| format!("{outer} ({outer_timeout:?}) must be above {inner} ({inner_timeout:?})"))
}

fn seconds(template: &Template, value: &serde_json::Value) -> Duration {
    Duration::from_secs(template.number(value, &BTreeMap::new()).unwrap_or_default())
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{planted, template};
    use shared::http::layers::REQUEST_TIMEOUT;

    fn roles(statement_seconds: u64, lock_seconds: u64) -> Vec<RoleTimeouts> {
        ["ingest", "alerts", "investigations", "admin", "health"]
            .map(|name| RoleTimeouts {
                role: format!("telltale_{name}"),
                statement: Duration::from_secs(statement_seconds),
                lock: Duration::from_secs(lock_seconds),
            })
            .to_vec()
    }

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to), REQUEST_TIMEOUT, &roles(3, 1)).join("\n")
    }

    #[test]
    fn the_real_ladder_with_the_roles_as_they_should_be_has_no_finding() {
        assert!(findings(&template(), REQUEST_TIMEOUT, &roles(3, 1)).is_empty());
    }

    #[test]
    fn a_step_out_of_order_is_caught() {
        assert!(
            caught("    Timeout: 10\n", "    Timeout: 30\n")
                .contains("gateway (29s) must be above function (30s)")
        );
        assert!(
            caught("    Timeout: 10\n", "    Timeout: 6\n")
                .contains("function (6s) must be above request (6s)")
        );
        assert!(caught("TimeoutInMillis: 29000", "TimeoutInMillis: 9000").contains("gateway (9s)"));
        let slow = findings(&template(), REQUEST_TIMEOUT, &roles(6, 1)).join("\n");
        assert!(slow.contains("request (6s) must be above statement (6s)"), "{slow}");
        let locked = findings(&template(), REQUEST_TIMEOUT, &roles(3, 3)).join("\n");
        assert!(locked.contains("statement (3s) must be above lock (3s)"), "{locked}");
    }

    #[test]
    fn a_role_without_timeouts_is_caught() {
        let caught = findings(&template(), REQUEST_TIMEOUT, &roles(3, 1)[1..]).join("\n");
        assert_eq!(caught, "the role telltale_ingest has no timeouts");
    }

    #[test]
    fn a_wait_beside_the_ladder_is_caught() {
        assert!(
            caught("ConnectionBorrowTimeout: 2", "ConnectionBorrowTimeout: 120")
                .contains("of the proxy (120s)")
        );
        assert!(caught("ServiceTimeout: 660", "ServiceTimeout: 600").contains("Schema (600s)"));
        assert!(caught("VisibilityTimeout: 1800", "VisibilityTimeout: 300").contains("six times"));
    }
}
