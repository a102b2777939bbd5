//! The description of the API: committed as it is made, and such that a client can be generated from it.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod parameters;

use local::openapi::{document, text};
use serde_json::{Map, Value};
use shared::domain::access::Permission;
use std::collections::BTreeSet;

/// A path, a method, and what is described there.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| -> Vec<(String, Value)> {
        let methods: &Map<String, Value> = item.as_object().unwrap();
        methods.iter().map(|(method, it)| (format!("{method} {path}"), it.clone())).collect()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn the_committed_description_is_that_of_the_routes() {
    let committed = include_str!("../../../docs/openapi.json");
    assert!(committed == text().unwrap(), "type: cargo run --bin telltale -- openapi");
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_sentence() {
    let mut names = BTreeSet::new();
    for (place, operation) in operations(&document().unwrap()) {
        let name = operation["operationId"].as_str().unwrap().to_owned();
        assert!(names.insert(name.clone()), "{place}: {name} is the name of two");
        assert!(operation["summary"].as_str().is_some_and(|it| it.ends_with('.')), "{place}: no summary");
    }
}

#[test]
fn every_operation_of_the_api_says_which_permission_it_asks_for() {
    let words: Vec<&str> = Permission::ALL.map(Permission::as_str).to_vec();
    for (place, operation) in operations(&document().unwrap()) {
        if !place.contains("/api/") {
            continue;
        }
        let asked = operation["security"][0]["key"][0].as_str().unwrap_or_default();
        assert!(words.contains(&asked), "{place}: {asked:?} is no permission");
    }
}

/// What is referred to is there, or a generator fails.
#[test]
fn every_reference_leads_somewhere() {
    let document = document().unwrap();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| collect(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
