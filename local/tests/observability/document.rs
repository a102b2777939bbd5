//! The template as CloudFormation reads it: `!Ref Name` becomes `{"Ref": "Name"}`, `!Sub text` `{"Fn::Sub": "text"}`.

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Value, json};

/// The parsed text.
pub(crate) struct Template(Value);

impl Template {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        let documents = YamlOwned::load_from_str(text).unwrap();
        Self(value(&documents[0]))
    }

    /// Every resource of this type, with its logical id.
    pub(crate) fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let resources = self.0["Resources"].as_object().unwrap().iter();
        resources
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
    }
}

fn value(yaml: &YamlOwned) -> Value {
    match yaml {
        YamlOwned::Value(scalar) => match scalar {
            ScalarOwned::Null => Value::Null,
            ScalarOwned::Boolean(is) => json!(is),
            ScalarOwned::Integer(number) => json!(number),
            ScalarOwned::FloatingPoint(number) => json!(number.into_inner()),
            ScalarOwned::String(text) => json!(text),
        },
        YamlOwned::Sequence(items) => items.iter().map(value).collect(),
        YamlOwned::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(key, item)| (value(key), value(item)));
            Value::Object(pairs.map(|(key, item)| (key.as_str().unwrap().to_owned(), item)).collect())
        }
        YamlOwned::Tagged(tag, inner) => {
            let name = match tag.suffix.as_str() {
                "Ref" | "Condition" => tag.suffix.clone(),
                other => format!("Fn::{other}"),
            };
            json!({ name: value(inner) })
        }
        other => panic!("the template holds something unknown: {other:?}"),
    }
}
