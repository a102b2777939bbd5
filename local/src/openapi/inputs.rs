//! Bodies of requests take no fields but their own: every schema that one leads to says so.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a reference to a schema begins with.
const SCHEMAS: &str = "#/components/schemas/";

/// Closes the schemas of all request bodies, and those within.
pub(super) fn close(document: &mut Value) {
    let mut names = BTreeSet::new();
    let bodies = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = bodies.filter_map(Value::as_object).flat_map(|item| item.values());
    for body in operations.map(|operation| &operation["requestBody"]) {
        collect(body, document, &mut names);
    }
    for name in names {
        let schema = &mut document["components"]["schemas"][name];
        if schema["properties"].is_object() && schema["additionalProperties"].is_null() {
            schema["additionalProperties"] = json!(false);
        }
    }
}

/// The names of the schemas that a value refers to, and of those that these refer to.
fn collect(value: &Value, document: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|reference| reference.strip_prefix(SCHEMAS))
                && names.insert(name.to_owned())
            {
                collect(&document["components"]["schemas"][name], document, names);
            }
            members.values().for_each(|member| collect(member, document, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, document, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
