//! Paths at the gateway and paths in the functions' routers: the same, so that nothing is unreachable and nothing
//! that the gateway lets through is unknown behind it.

use super::document::{Finding, Template};
use serde_json::{Value, json};
use shared::http::routes;
use std::collections::BTreeSet;

/// A function and the paths of its router.
pub(crate) type Routes = (&'static str, BTreeSet<String>);

/// What the gateway knows and the routers do not, and the other way round.
pub(crate) fn findings(template: &Template, routers: &[Routes]) -> Vec<Finding> {
    let mut found = Vec::new();
    for function in template.functions() {
        let package = function.package();
        let routed = routers.iter().find(|(name, _)| *name == package);
        let routed = routed.map(|(_, paths)| paths.clone()).unwrap_or_default();
        let events = function.events("Api");
        let known: BTreeSet<String> =
            events.iter().filter_map(|(_, event)| event["Path"].as_str().map(str::to_owned)).collect();
        found.extend(difference(
            &known,
            &routed,
            &format!("{} has at the gateway, and its router has not:", function.id),
        ));
        found.extend(difference(
            &routed,
            &known,
            &format!("the router of {package} has, and the gateway has not:"),
        ));
        for (name, event) in events {
            // Two functions may share a path: then one has ANY, and answers 405, and the other names its own method, which
            // the gateway prefers.
            if event["Method"] != "ANY" && !answers_any(template, function.id, &event["Path"]) {
                found.push(format!(
                    "{}.{name}: Method must be ANY, so that the function answers 405",
                    function.id
                ));
            }
            if event["Method"] == "ANY" && answers_any(template, function.id, &event["Path"]) {
                found.push(format!("{}.{name}: another function has ANY of this path", function.id));
            }
            if event["RestApiId"] != json!({"Ref": "Api"}) {
                found.push(format!("{}.{name}: is not part of Api", function.id));
            }
        }
    }
    for (name, _) in routers {
        if !template.functions().iter().any(|function| function.package() == *name) {
            found.push(format!("the function {name} has no resource"));
        }
    }
    found
}

/// Whether another function takes every method of a path.
fn answers_any(template: &Template, function: &str, path: &Value) -> bool {
    let others = template.functions().into_iter().filter(|other| other.id != function);
    others
        .flat_map(|other| other.events("Api"))
        .any(|(_, event)| event["Path"] == *path && event["Method"] == "ANY")
}

/// What the description of the API knows and the gateway does not, and the other way round.
pub(crate) fn in_description(template: &Template, openapi: &str) -> Vec<Finding> {
    let document: Value = serde_json::from_str(openapi).unwrap();
    let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let functions = template.functions();
    let events = functions.iter().flat_map(|function| function.events("Api"));
    let known = events.filter_map(|(_, event)| event["Path"].as_str().map(str::to_owned)).collect();
    let mut found = difference(&known, &described, "the gateway has, and docs/openapi.json has not:");
    found.extend(difference(&described, &known, "docs/openapi.json has, and the gateway has not:"));
    found
}

/// The paths of a router, by what it prints of itself: axum has no other way to list them, and the description might
/// lack one.
pub(crate) fn paths_of(routes: routes::Routes) -> BTreeSet<String> {
    let printed = format!("{:?}", axum::Router::from(routes));
    let own = printed.split("fallback_router").next().unwrap_or_default();
    own.split('"').filter(|text| text.starts_with('/')).map(str::to_owned).collect()
}

fn difference(these: &BTreeSet<String>, those: &BTreeSet<String>, what: &str) -> Vec<Finding> {
    these.difference(those).map(|path| format!("{what} {path}")).collect()
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::{planted, routers, template};

    #[test]
    fn a_route_in_one_place_only_is_caught() {
        let caught = findings(&planted("/api/v1/alerts/claim-next", "/api/v1/alerts/claim"), &routers());
        assert_eq!(caught.len(), 2, "{caught:?}");
        assert!(caught[0].contains("its router has not: /api/v1/alerts/claim"), "{caught:?}");
        assert!(caught[1].contains("the gateway has not: /api/v1/alerts/claim-next"), "{caught:?}");
    }

    #[test]
    fn a_route_of_another_function_is_caught() {
        let other: Vec<Routes> = routers()
            .into_iter()
            .map(|(name, paths)| if name == "health" { ("alerts", paths) } else { (name, paths) })
            .collect();
        assert!(!findings(&template(), &other).is_empty());
    }

    #[test]
    fn a_path_where_the_gateway_answers_for_the_function_is_caught() {
        let caught =
            findings(&planted("Path: \"/ready\", Method: ANY", "Path: \"/ready\", Method: GET"), &routers());
        assert!(caught.join("\n").contains("must be ANY"), "{caught:?}");
    }

    #[test]
    fn a_shared_path_needs_one_function_for_every_method_and_no_second() {
        let shared = "Path: \"/api/v1/transactions\", Method: ";
        let none = findings(&planted(&format!("{shared}ANY"), &format!("{shared}POST")), &routers());
        assert_eq!(none.len(), 2, "{none:?}");
        let both = findings(&planted(&format!("{shared}GET"), &format!("{shared}ANY")), &routers());
        assert!(both.join("\n").contains("another function has ANY"), "{both:?}");
    }

    #[test]
    fn a_function_that_the_template_forgot_is_caught() {
        let mut routers = routers();
        routers.push(("webhooks", BTreeSet::from(["/api/v1/webhooks".to_owned()])));
        assert!(findings(&template(), &routers).join("\n").contains("webhooks has no resource"));
    }

    #[test]
    fn a_description_of_other_paths_is_caught() {
        let described = r#"{"paths": {"/health": {}, "/api/v1/alert": {}}}"#;
        let caught = in_description(&template(), described).join("\n");
        assert!(caught.contains("docs/openapi.json has not: /api/v1/alerts"), "{caught}");
        assert!(caught.contains("the gateway has not: /api/v1/alert"), "{caught}");
    }

    #[test]
    fn a_router_prints_the_paths_it_has() {
        assert!(paths_of(alerts::routes()).contains("/api/v1/alerts/{id}"));
    }
}
