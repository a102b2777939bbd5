//! A mapping: which column of a CSV file is what, and how its amounts become money.
//!
//! What lives here: reading and checking a mapping. What does not: the rows ([`rows`]) and the arithmetic of
//! amounts ([`amounts`]). `handbook`, `sparkov` and `amazon_fraud_detector` are built in; any other is a JSON file of the same form,
//! with these members:
//!
//! - `source`: the feed's name.
//! - `columns`: the header of each field's column. `external_id`, `occurred_at`, `account` and `amount` are required;
//!   `counterparty`, `currency`, `channel`, `category`, `device`, `ip_address`, `country`, `city`, `latitude`,
//!   `longitude`, `fraud`, `label_at` and `scenario` are not. `fraud` is how it turned out and `label_at` when that
//!   became known; these and `scenario` are never sent with the transaction.
//! - `attributes`: the headers of columns that are kept with the transaction as they are, and never scored.
//! - `constants`: `counterparty`, `currency`, `channel` and `entity_type` of every row; the first three also fill the
//!   empty cells of their columns. One of the two must be there for each of these three.
//! - `verdicts`: the file's own words for `fraud`, for `genuine` and, if it has any, for `unknown`. Without it `fraud`
//!   holds 1, true or fraud, and 0, false or genuine.
//! - `times`: forms that a time may have beside RFC 3339, as `strptime` has them, in UTC: `%m/%d/%Y %H:%M`.
//! - `amounts`: `rounding` (`half_even` or `refuse`) and `not_positive` (`skip`, `raise_to_minor_unit`, `fail`).

pub mod amounts;
mod cells;
mod error;
mod form;
pub mod rows;

pub use error::{DataError, MappingError};

use amounts::AmountRules;
pub use form::Columns;
use form::{MappingForm, Verdicts};
use shared::domain::Invalid;
use shared::domain::money::CurrencyCode;
use shared::domain::text::{Channel, CounterpartyId, Source, Text};
use shared::domain::transaction::EntityType;

/// The built-in mappings: name and text.
const BUILT_IN: [(&str, &str); 3] = [
    ("amazon_fraud_detector", include_str!("../mappings/amazon_fraud_detector.json")),
    ("handbook", include_str!("../mappings/handbook.json")),
    ("sparkov", include_str!("../mappings/sparkov.json")),
];

/// Attributes that the API takes with a transaction.
const MAX_ATTRIBUTES: usize = 50;

/// A checked mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    source: Source,
    columns: Columns,
    attributes: Vec<String>,
    counterparty: Option<CounterpartyId>,
    currency: Option<CurrencyCode>,
    channel: Option<Channel>,
    entity_type: Option<EntityType>,
    amounts: AmountRules,
    verdicts: Option<Verdicts>,
    times: Vec<String>,
}

impl Mapping {
    /// Takes a built-in name, or else the path of a JSON file.
    ///
    /// # Errors
    /// When there is no such name or file, or it is not a mapping.
    pub fn load(name_or_path: &str) -> Result<Self, MappingError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let text = std::fs::read_to_string(name_or_path)
            .map_err(|source| MappingError::Unreadable { path: name_or_path.to_owned(), source })?;
        Self::parse(name_or_path, &text)
    }

    /// Reads a mapping's JSON; `name` is only for the error.
    ///
    /// # Errors
    /// When it is not a mapping, or a member has a value that no row could be sent with.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        let form: MappingForm = serde_json::from_str(text)
            .map_err(|source| MappingError::Malformed { name: name.to_owned(), source })?;
        Self::check(form).map_err(|(member, reason)| MappingError::Member {
            name: name.to_owned(),
            member,
            reason,
        })
    }

    fn check(form: MappingForm) -> Result<Self, (&'static str, Invalid)> {
        let constants = form.constants;
        let at = |member: &'static str| move |reason: Invalid| (member, reason);
        let mapping = Self {
            source: Source::parse(&form.source).map_err(at("source"))?,
            columns: form.columns,
            attributes: form.attributes,
            counterparty: optional(constants.counterparty, CounterpartyId::parse)
                .map_err(at("constants.counterparty"))?,
            currency: optional(constants.currency, CurrencyCode::parse).map_err(at("constants.currency"))?,
            channel: optional(constants.channel, Channel::parse).map_err(at("constants.channel"))?,
            entity_type: optional(constants.entity_type, EntityType::parse)
                .map_err(at("constants.entity_type"))?,
            amounts: form.amounts,
            verdicts: form.verdicts,
            times: form.times,
        };
        let n_attributes = mapping.attributes.len();
        if n_attributes > MAX_ATTRIBUTES
            || mapping.attributes.iter().any(|name| Text::<64>::parse(name).is_err())
        {
            let rule = format!("must be at most {MAX_ATTRIBUTES} names of at most 64 characters");
            return Err(("attributes", Invalid(rule)));
        }
        mapping.check_together()?;
        Ok(mapping)
    }

    /// What one member asks of another.
    fn check_together(&self) -> Result<(), (&'static str, Invalid)> {
        let columns = &self.columns;
        let has = |constant: bool, column: &Option<String>| constant || column.is_some();
        let member = if !has(self.counterparty.is_some(), &columns.counterparty) {
            "constants.counterparty"
        } else if !has(self.currency.is_some(), &columns.currency) {
            "constants.currency"
        } else if !has(self.channel.is_some(), &columns.channel) {
            "constants.channel"
        } else {
            return self.check_labels();
        };
        Err((member, Invalid::new("must be given where no column holds it")))
    }

    fn check_labels(&self) -> Result<(), (&'static str, Invalid)> {
        let columns = &self.columns;
        if columns.latitude.is_some() != columns.longitude.is_some() {
            return Err(("columns.latitude", Invalid::new("must be given together with columns.longitude")));
        }
        if columns.label_at.is_some() && columns.fraud.is_none() {
            return Err(("columns.label_at", Invalid::new("must be given together with columns.fraud")));
        }
        let Some(Verdicts { fraud, genuine, unknown }) = &self.verdicts else { return Ok(()) };
        let words: Vec<&String> = fraud.iter().chain(genuine).chain(unknown).collect();
        if words.iter().enumerate().any(|(at, word)| words[..at].contains(word)) {
            return Err(("verdicts", Invalid::new("must have each word once")));
        }
        Ok(())
    }
}

fn optional<T>(
    text: Option<String>,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> Result<Option<T>, Invalid> {
    text.map(|text| parse(&text)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"{"source": "bank", "columns": {"external_id": "id", "occurred_at": "at", "account": "a",
        "counterparty": "c", "amount": "m"}, "constants": {"currency": "EUR", "channel": "card"},
        "amounts": {"rounding": "refuse", "not_positive": "fail"}}"#;

    fn refusal(from: &str, to: &str) -> String {
        assert!(MINIMAL.contains(from));
        Mapping::parse("mine.json", &MINIMAL.replace(from, to)).unwrap_err().to_string()
    }

    #[test]
    fn the_built_in_mappings_are_mappings() {
        assert_eq!(Mapping::load("handbook").unwrap().source.as_str(), "handbook");
        assert_eq!(Mapping::load("sparkov").unwrap().currency.unwrap().as_str(), "USD");
        assert!(Mapping::load("amazon_fraud_detector").unwrap().columns.label_at.is_some());
    }

    #[test]
    fn a_member_out_of_place_is_named() {
        assert!(Mapping::parse("mine.json", MINIMAL).is_ok());
        assert!(refusal(r#""EUR""#, r#""euro""#).contains("constants.currency"));
        assert!(refusal(r#", "channel": "card""#, "").contains("constants.channel"));
        assert!(
            refusal(r#""amount": "m""#, r#""amount": "m", "latitude": "lat""#).contains("columns.longitude")
        );
        assert!(refusal(r#""counterparty": "c", "#, "").contains("constants.counterparty"));
        assert!(refusal(r#""amount": "m""#, r#""amount": "m", "label_at": "l""#).contains("columns.fraud"));
        let long = format!(r#""attributes": ["{}"], "amounts": {{"rounding"#, "a".repeat(65));
        assert!(refusal(r#""amounts": {"rounding"#, &long).contains("attributes must be at most 50 names"));
        let verdicts = r#""amounts": {"rounding"#;
        let twice = r#""verdicts": {"fraud": ["yes"], "genuine": ["no", "yes"]}, "amounts": {"rounding"#;
        assert!(refusal(verdicts, twice).contains("verdicts must have each word once"));
    }

    #[test]
    fn an_unknown_member_and_a_missing_file_are_refused_with_what_is_possible() {
        let unknown = Mapping::parse("mine.json", &MINIMAL.replace(r#""amount""#, r#""amout""#)).unwrap_err();
        let cause = std::error::Error::source(&unknown).unwrap().to_string();
        assert!(cause.contains("amout") && cause.contains("`amount`"), "{cause}");
        let missing = Mapping::load("no-such-mapping").unwrap_err().to_string();
        assert!(missing.contains("no-such-mapping") && missing.contains("handbook"), "{missing}");
    }
}
