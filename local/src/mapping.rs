//! A mapping: which column of a CSV file is what, and how its amounts become money.
//!
//! What lives here: reading and checking a mapping. What does not: the rows ([`rows`]) and the arithmetic of
//! amounts ([`amounts`]). `handbook` and `sparkov` are built in; any other is a JSON file of the same form,
//! with these members:
//!
//! - `source`: the feed's name.
//! - `columns`: the header of each field's column. `external_id`, `occurred_at`, `account`, `counterparty` and
//!   `amount` are required; `currency`, `channel`, `category`, `device`, `ip_address`, `country`, `city`,
//!   `latitude`, `longitude`, `fraud` and `scenario` are not. `fraud` and `scenario` are never sent.
//! - `constants`: `currency`, `channel` and `entity_type` of every row; the first two also fill the empty
//!   cells of their columns.
//! - `amounts`: `rounding` (`half_even` or `refuse`) and `not_positive` (`skip`, `raise_to_minor_unit`, `fail`).

pub mod amounts;
mod cells;
mod error;
mod form;
pub mod rows;

pub use error::{DataError, MappingError};

use amounts::AmountRules;
pub use form::Columns;
use form::MappingForm;
use shared::domain::Invalid;
use shared::domain::money::CurrencyCode;
use shared::domain::text::{Channel, Source};
use shared::domain::transaction::EntityType;

/// The built-in mappings: name and text.
const BUILT_IN: [(&str, &str); 2] = [
    ("handbook", include_str!("../mappings/handbook.json")),
    ("sparkov", include_str!("../mappings/sparkov.json")),
];

/// A checked mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    source: Source,
    columns: Columns,
    currency: Option<CurrencyCode>,
    channel: Option<Channel>,
    entity_type: Option<EntityType>,
    amounts: AmountRules,
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
            currency: optional(constants.currency, CurrencyCode::parse).map_err(at("constants.currency"))?,
            channel: optional(constants.channel, Channel::parse).map_err(at("constants.channel"))?,
            entity_type: optional(constants.entity_type, EntityType::parse)
                .map_err(at("constants.entity_type"))?,
            amounts: form.amounts,
        };
        let columns = &mapping.columns;
        if mapping.currency.is_none() && columns.currency.is_none() {
            return Err((
                "constants.currency",
                Invalid::new("must be given where no column holds the currency"),
            ));
        }
        if mapping.channel.is_none() && columns.channel.is_none() {
            return Err((
                "constants.channel",
                Invalid::new("must be given where no column holds the channel"),
            ));
        }
        if columns.latitude.is_some() != columns.longitude.is_some() {
            return Err(("columns.latitude", Invalid::new("must be given together with columns.longitude")));
        }
        Ok(mapping)
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
    }

    #[test]
    fn a_member_out_of_place_is_named() {
        assert!(Mapping::parse("mine.json", MINIMAL).is_ok());
        assert!(refusal(r#""EUR""#, r#""euro""#).contains("constants.currency"));
        assert!(refusal(r#", "channel": "card""#, "").contains("constants.channel"));
        assert!(
            refusal(r#""amount": "m""#, r#""amount": "m", "latitude": "lat""#).contains("columns.longitude")
        );
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
