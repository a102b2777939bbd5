//! The template as CloudFormation reads it: the short tags of YAML written out as the functions they stand for.
//!
//! `!Ref Name` becomes `{"Ref": "Name"}`, `!Sub text` becomes `{"Fn::Sub": "text"}`, and so on. Nothing is resolved
//! here but what a check has to compare: a parameter's value in one deployment, the first branch of a condition.

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where something is wrong, and what would be right.
pub(crate) type Finding = String;

/// The template's parsed text.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    document: Value,
}

/// A function's resource.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    /// Its logical id.
    pub id: &'a str,
    /// Its whole resource.
    pub resource: &'a Value,
    template: &'a Template,
}

impl Template {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        let documents = YamlOwned::load_from_str(text).unwrap();
        Self { document: value(&documents[0]) }
    }

    /// A section of the template, as `Parameters`.
    pub(crate) fn section(&self, name: &str) -> &Value {
        &self.document[name]
    }

    /// Every resource of this type, with its logical id.
    pub(crate) fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.document["Resources"].as_object().unwrap().iter();
        resources
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), resource))
    }

    /// A resource's properties; null when there is no such resource.
    pub(crate) fn properties(&self, id: &str) -> &Value {
        &self.document["Resources"][id]["Properties"]
    }

    /// Every function.
    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        self.resources("AWS::Serverless::Function")
            .map(|(id, resource)| Function { id, resource, template: self })
            .collect()
    }

    /// What a value is in a deployment with these parameters: itself, or the parameter that it refers to.
    pub(crate) fn resolved(&self, found: &Value, parameters: &BTreeMap<String, String>) -> Value {
        let Some(name) = found["Ref"].as_str() else {
            return found.clone();
        };
        let given = parameters.get(name).map(|text| json!(text));
        given.unwrap_or_else(|| self.document["Parameters"][name]["Default"].clone())
    }

    /// The same as a whole number.
    pub(crate) fn number(&self, found: &Value, parameters: &BTreeMap<String, String>) -> Option<u64> {
        let resolved = self.resolved(found, parameters);
        resolved.as_u64().or_else(|| resolved.as_str()?.parse().ok())
    }
}

impl<'a> Function<'a> {
    /// The package that it is built from, by its logical id: `IngestFunction` is `ingest`.
    pub(crate) fn package(&self) -> String {
        self.id.trim_end_matches("Function").to_lowercase()
    }

    /// A property of its own or, without one, of all functions.
    pub(crate) fn property(&self, name: &str) -> &'a Value {
        let own = &self.resource["Properties"][name];
        if own.is_null() { &self.template.document["Globals"]["Function"][name] } else { own }
    }

    /// All its environment variables.
    pub(crate) fn variables(&self) -> BTreeMap<&'a str, &'a Value> {
        let shared = &self.template.document["Globals"]["Function"]["Environment"]["Variables"];
        let own = &self.resource["Properties"]["Environment"]["Variables"];
        let both = [shared, own].into_iter().filter_map(Value::as_object).flatten();
        both.map(|(name, value)| (name.as_str(), value)).collect()
    }

    /// What calls it, of this type.
    pub(crate) fn events(&self, kind: &str) -> Vec<(&'a str, &'a Value)> {
        let events = self.resource["Properties"]["Events"].as_object().into_iter().flatten();
        events
            .filter(|(_, event)| event["Type"] == kind)
            .map(|(name, event)| (name.as_str(), &event["Properties"]))
            .collect()
    }

    /// Whether the gateway calls it.
    pub(crate) fn is_http(&self) -> bool {
        !self.events("Api").is_empty()
    }
}

/// Every object inside a value, itself included.
pub(crate) fn objects(value: &Value) -> Vec<&Map<String, Value>> {
    match value {
        Value::Object(map) => std::iter::once(map).chain(map.values().flat_map(objects)).collect(),
        Value::Array(items) => items.iter().flat_map(objects).collect(),
        _ => Vec::new(),
    }
}

/// A value that may be one text or a list of them, as IAM allows.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

fn value(yaml: &YamlOwned) -> Value {
    match yaml {
        YamlOwned::Value(scalar) => scalar_value(scalar),
        YamlOwned::Sequence(items) => items.iter().map(value).collect(),
        YamlOwned::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(key, item)| (value(key), value(item)));
            Value::Object(pairs.map(|(key, item)| (key.as_str().unwrap().to_owned(), item)).collect())
        }
        YamlOwned::Tagged(tag, inner) if tag.handle == "!" => json!({ function(&tag.suffix): value(inner) }),
        other => panic!("the template holds something unknown: {other:?}"),
    }
}

fn function(tag: &str) -> String {
    match tag {
        "Ref" | "Condition" => tag.to_owned(),
        _ => format!("Fn::{tag}"),
    }
}

fn scalar_value(scalar: &ScalarOwned) -> Value {
    match scalar {
        ScalarOwned::Null => Value::Null,
        ScalarOwned::Boolean(is) => json!(is),
        ScalarOwned::Integer(number) => json!(number),
        ScalarOwned::FloatingPoint(number) => json!(number.into_inner()),
        ScalarOwned::String(text) => json!(text),
    }
}
