//! Every instance that may run finds a connection, even if every session is pinned.

use super::document::{Finding, Template};
use std::collections::BTreeMap;

/// Whether the proxy has a connection for every reserved instance, in a deployment with these parameters.
pub(crate) fn findings(template: &Template, parameters: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut wanted = 0;
    for function in template.functions() {
        let reserved = function.property("ReservedConcurrentExecutions");
        // Not reserved in a new account: what is reserved later must fit already.
        let reserved = reserved["Fn::If"].get(1).unwrap_or(reserved);
        let Some(instances) = template.number(reserved, parameters) else {
            found.push(format!("{}: no concurrency is reserved", function.id));
            continue;
        };
        let variables = function.variables();
        let pool = variables.get("DATABASE_POOL_SIZE").and_then(|size| template.number(size, parameters));
        if variables.get("DATABASE_URL").is_some_and(|url| url.to_string().contains("${Proxy.Endpoint}")) {
            wanted += instances * pool.unwrap_or(10);
        }
    }
    let pool = &template.properties("ProxyTargets")["ConnectionPoolConfigurationInfo"];
    let percent = template.number(&pool["MaxConnectionsPercent"], parameters).unwrap_or(100);
    let database = &template.properties("DatabaseParameters")["Parameters"]["max_connections"];
    let there = template.number(database, parameters).unwrap_or_default() * percent / 100;
    if wanted > there {
        found.push(format!("{wanted} connections may be asked for, and the proxy has {there}"));
    }
    found
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{planted, template};

    #[test]
    fn more_instances_than_connections_are_caught() {
        let many = BTreeMap::from([("IngestConcurrency".to_owned(), "1000".to_owned())]);
        let caught = findings(&template(), &many).join("\n");
        assert_eq!(caught, "1048 connections may be asked for, and the proxy has 120");
        let few = BTreeMap::from([("DatabaseMaxConnections".to_owned(), "100".to_owned())]);
        assert_eq!(
            findings(&template(), &few).join("\n"),
            "88 connections may be asked for, and the proxy has 80"
        );
        let wide = planted("DATABASE_POOL_SIZE: \"1\"", "DATABASE_POOL_SIZE: \"2\"");
        assert!(findings(&wide, &BTreeMap::new()).join("\n").contains("176 connections"));
    }

    #[test]
    fn a_function_without_a_bound_is_caught() {
        let reserved = "ReservedConcurrentExecutions: !If [HasReservedConcurrency, !Ref HealthConcurrency, !Ref AWS::NoValue]";
        let caught = findings(&planted(reserved, "Description: health"), &BTreeMap::new()).join("\n");
        assert_eq!(caught, "HealthFunction: no concurrency is reserved");
    }
}
