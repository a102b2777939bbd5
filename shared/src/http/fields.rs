//! Reading a JSON object field by field, straight into domain values, noting every problem with its pointer.

use crate::domain::Invalid;
use crate::error::FieldProblem;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// 0001-01-01T00:00:00Z; PostgreSQL's times end not far below.
const FIRST_SECOND: i64 = -62_135_596_800;

/// An object being read. Each read notes what is wrong and goes on, so that one answer lists everything.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    prefix: String,
    asked: BTreeSet<&'static str>,
    problems: Vec<FieldProblem>,
}

impl<'a> Fields<'a> {
    /// Reads an object at a JSON pointer (empty for the whole body).
    pub fn new(value: &'a Value, pointer: &str) -> Self {
        let mut fields = Self {
            object: value.as_object(),
            prefix: format!("{pointer}/"),
            asked: BTreeSet::new(),
            problems: Vec::new(),
        };
        if fields.object.is_none() {
            fields.problems.push(problem(pointer, "must be an object"));
        }
        fields
    }

    /// Reads query parameters; their pointers are `?name`.
    pub fn of_query(query: &'a Value) -> Self {
        Self { prefix: "?".into(), ..Self::new(query, "") }
    }

    /// A string that must be there and parse.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        if self.value(name).is_none() {
            self.note(name, "is required");
            return None;
        }
        self.optional(name, parse)
    }

    /// A string that parses, if it is there; null counts as absent.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let Some(text) = self.value(name)?.as_str() else {
            self.note(name, "must be a string");
            return None;
        };
        match parse(text) {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.note(name, invalid.0);
                None
            }
        }
    }

    /// A finite number, if it is there.
    pub fn number(&mut self, name: &'static str) -> Option<f64> {
        match self.value(name)?.as_f64() {
            Some(number) if number.is_finite() => Some(number),
            _ => {
                self.note(name, "must be a number");
                None
            }
        }
    }

    /// A whole number within bounds, if it is there.
    pub fn whole_number(&mut self, name: &'static str, bounds: RangeInclusive<i64>) -> Option<i64> {
        match self.value(name)?.as_i64() {
            Some(number) if bounds.contains(&number) => Some(number),
            _ => {
                let (least, most) = bounds.into_inner();
                self.note(name, format!("must be a whole number from {least} to {most}"));
                None
            }
        }
    }

    /// A boolean, if it is there.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?.as_bool();
        if value.is_none() {
            self.note(name, "must be true or false");
        }
        value
    }

    /// An array of 1 to `most` items that must be there.
    pub fn items(&mut self, name: &'static str, most: usize) -> &'a [Value] {
        match self.value(name) {
            None => self.note(name, "is required"),
            Some(Value::Array(items)) if items.is_empty() => self.note(name, "must not be empty"),
            Some(Value::Array(items)) if items.len() > most => {
                self.note(name, format!("must have at most {most} items, not {}", items.len()));
            }
            Some(Value::Array(items)) => return items,
            Some(_) => self.note(name, "must be an array"),
        }
        &[]
    }

    /// An object inside this one, if it is there; [`Fields::absorb`] it when read.
    pub fn object(&mut self, name: &'static str) -> Option<Fields<'a>> {
        let value = self.value(name)?;
        Some(Fields::new(value, &format!("{}{name}", self.prefix)))
    }

    /// Takes over the problems of an inner object, unknown fields included.
    pub fn absorb(&mut self, inner: Fields<'_>) {
        self.problems.extend(inner.finish());
    }

    /// Any value, if it is there; null counts as absent.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.insert(name);
        self.object?.get(name).filter(|value| !value.is_null())
    }

    /// Notes a problem of a field.
    pub fn note(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(problem(&format!("{}{}", self.prefix, escape(name)), message));
    }

    /// Notes a problem of one item of an array.
    pub fn note_at(&mut self, name: &str, position: usize, message: impl Into<String>) {
        self.problems.push(problem(&format!("{}{}/{position}", self.prefix, escape(name)), message));
    }

    /// Ends the reading: every problem, with the fields that nobody asked for.
    pub fn finish(mut self) -> Vec<FieldProblem> {
        let unknown: Vec<&String> = self
            .object
            .into_iter()
            .flat_map(Map::keys)
            .filter(|name| !self.asked.contains(name.as_str()))
            .collect();
        for name in unknown {
            self.note(name, "is not a field of this request");
        }
        self.problems
    }
}

/// Reads RFC 3339 with an offset, from the year 1 on, in whole microseconds: what the database can keep.
///
/// # Errors
/// When it is anything else.
pub fn read_time(text: &str) -> Result<Timestamp, Invalid> {
    let time: Timestamp = text
        .parse()
        .map_err(|_| Invalid::new("must be a time with an offset, such as 2026-01-31T12:00:00Z"))?;
    if time.as_second() < FIRST_SECOND {
        return Err(Invalid::new("must not be before the year 1"));
    }
    Timestamp::from_microsecond(time.as_microsecond()).map_err(|error| Invalid(error.to_string()))
}

fn problem(pointer: &str, message: impl Into<String>) -> FieldProblem {
    FieldProblem { pointer: pointer.to_owned(), message: message.into() }
}

/// RFC 6901, section 3; control characters are made visible, since a pointer goes into answers and logs.
fn escape(name: &str) -> String {
    name.replace('~', "~0")
        .replace('/', "~1")
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Text;
    use serde_json::json;

    #[test]
    fn every_problem_is_noted_with_its_pointer() {
        let body =
            json!({"name": 5, "note": "", "flag": "yes", "a/b": 1, "inner": {"size": "big", "odd": 1}});
        let mut fields = Fields::new(&body, "");
        fields.required("missing", Text::<9>::parse);
        fields.required("name", Text::<9>::parse);
        fields.optional("note", Text::<9>::parse);
        fields.boolean("flag");
        let mut inner = fields.object("inner").unwrap();
        inner.number("size");
        fields.absorb(inner);
        let pointers: Vec<String> = fields.finish().into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(pointers, ["/missing", "/name", "/note", "/flag", "/inner/size", "/inner/odd", "/a~1b"]);
    }

    #[test]
    fn something_that_is_not_an_object_is_one_problem() {
        let body = json!([1]);
        let fields = Fields::new(&body, "/transactions/3");
        assert_eq!(fields.finish(), [problem("/transactions/3", "must be an object")]);
    }
}
