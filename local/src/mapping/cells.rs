//! One row's cells, each found by its field and read with an error that names line and column.

use super::{DataError, Mapping, Verdicts};
use csv::StringRecord;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use shared::domain::Invalid;
use shared::domain::label::Verdict;
use shared::domain::text::Text;
use shared::domain::transaction::Country;
use std::net::IpAddr;

/// A field and where its column is.
#[derive(Debug, Clone)]
pub(super) struct Column {
    field: &'static str,
    header: String,
    position: usize,
}

/// The columns of one file, resolved against its header.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) external_id: Column,
    pub(super) occurred_at: Column,
    pub(super) account: Column,
    pub(super) counterparty: Option<Column>,
    pub(super) amount: Column,
    pub(super) currency: Option<Column>,
    pub(super) channel: Option<Column>,
    pub(super) category: Option<Column>,
    pub(super) device: Option<Column>,
    pub(super) ip_address: Option<Column>,
    pub(super) country: Option<Column>,
    pub(super) city: Option<Column>,
    pub(super) latitude: Option<Column>,
    pub(super) longitude: Option<Column>,
    pub(super) fraud: Option<Column>,
    pub(super) label_at: Option<Column>,
    pub(super) scenario: Option<Column>,
    pub(super) attributes: Vec<Column>,
}

impl Layout {
    /// Finds every column of the mapping in the header.
    pub(super) fn resolve(mapping: &Mapping, header: &StringRecord) -> Result<Self, DataError> {
        let columns = &mapping.columns;
        let one = |field, name: &String| find(field, name, header);
        let maybe =
            |field, name: &Option<String>| name.as_ref().map(|name| find(field, name, header)).transpose();
        Ok(Self {
            external_id: one("external_id", &columns.external_id)?,
            occurred_at: one("occurred_at", &columns.occurred_at)?,
            account: one("account", &columns.account)?,
            counterparty: maybe("counterparty", &columns.counterparty)?,
            amount: one("amount", &columns.amount)?,
            currency: maybe("currency", &columns.currency)?,
            channel: maybe("channel", &columns.channel)?,
            category: maybe("category", &columns.category)?,
            device: maybe("device", &columns.device)?,
            ip_address: maybe("ip_address", &columns.ip_address)?,
            country: maybe("country", &columns.country)?,
            city: maybe("city", &columns.city)?,
            latitude: maybe("latitude", &columns.latitude)?,
            longitude: maybe("longitude", &columns.longitude)?,
            fraud: maybe("fraud", &columns.fraud)?,
            label_at: maybe("label_at", &columns.label_at)?,
            scenario: maybe("scenario", &columns.scenario)?,
            attributes: mapping
                .attributes
                .iter()
                .map(|name| one("attributes", name))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn find(field: &'static str, name: &str, header: &StringRecord) -> Result<Column, DataError> {
    match header.iter().position(|present| present == name) {
        Some(position) => Ok(Column { field, header: name.to_owned(), position }),
        None => Err(DataError::NoColumn {
            column: name.to_owned(),
            field,
            present: header.iter().collect::<Vec<_>>().join(", "),
        }),
    }
}

impl Column {
    /// Its name in the file.
    pub(super) fn header(&self) -> &str {
        &self.header
    }
}

/// One row's cells.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) record: &'a StringRecord,
    pub(super) line: u64,
}

impl<'a> Cells<'a> {
    /// The cell's text; empty where the row has none.
    pub(super) fn text(self, column: &Column) -> &'a str {
        self.record.get(column.position).unwrap_or("")
    }

    /// Reads a cell that must hold something.
    pub(super) fn read<T>(
        self,
        column: &Column,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Result<T, DataError> {
        parse(self.text(column)).map_err(|reason| DataError::Cell {
            line: self.line,
            column: column.header.clone(),
            field: column.field,
            reason,
        })
    }

    /// The fault of a cell that is empty where the row needs it.
    pub(super) fn fault(self, column: Option<&Column>, field: &'static str) -> DataError {
        DataError::Cell {
            line: self.line,
            column: column.map_or_else(String::new, |column| column.header.clone()),
            field,
            reason: Invalid::new("must not be empty in this row"),
        }
    }

    /// Reads a cell that may be empty or have no column.
    pub(super) fn read_optional<T>(
        self,
        column: Option<&Column>,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Result<Option<T>, DataError> {
        match column {
            Some(column) if !self.text(column).is_empty() => self.read(column, parse).map(Some),
            Some(_) | None => Ok(None),
        }
    }
}

/// A checked text as the wire carries it.
pub(super) fn owned<const MAX: usize>(text: Result<Text<MAX>, Invalid>) -> Result<String, Invalid> {
    text.map(|text| text.as_str().to_owned())
}

/// Two capital letters.
pub(super) fn country(text: &str) -> Result<String, Invalid> {
    Country::parse(text).map(|country| country.as_str().to_owned())
}

/// An IPv4 or IPv6 address.
pub(super) fn address(text: &str) -> Result<String, Invalid> {
    let address = text.parse::<IpAddr>().map(|address| address.to_string());
    address.map_err(|_| Invalid::new("must be an IP address such as 192.0.2.1"))
}

/// RFC 3339, or a date and time without an offset in ISO 8601 or one of `forms`, which is then UTC. Cut to
/// microseconds, as the service does.
pub(super) fn timestamp(text: &str, forms: &[String]) -> Result<Timestamp, Invalid> {
    let with_offset = || text.parse::<Timestamp>().ok();
    let in_utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let without_offset = || text.parse::<DateTime>().ok().and_then(in_utc);
    let of_a_form = || forms.iter().find_map(|form| DateTime::strptime(form, text).ok()).and_then(in_utc);
    let stored = |at: Timestamp| Timestamp::from_microsecond(at.as_microsecond()).ok();
    with_offset().or_else(without_offset).or_else(of_a_form).and_then(stored).ok_or_else(|| {
        let others =
            if forms.is_empty() { String::new() } else { format!(", or of the form {}", forms.join(" or ")) };
        Invalid(format!(
            "must be a time such as 2018-04-01T00:00:31Z, or 2018-04-01 00:00:31 for UTC{others}"
        ))
    })
}

/// One of the file's own `words`; without them `1`, `true`, `fraud`, or `0`, `false`, `genuine`. None where the word
/// says that nobody knows; an empty cell never gets here.
pub(super) fn verdict(text: &str, words: Option<&Verdicts>) -> Result<Option<Verdict>, Invalid> {
    let Some(words) = words else {
        return match text.to_ascii_lowercase().as_str() {
            "1" | "true" | "fraud" => Ok(Some(Verdict::Fraud)),
            "0" | "false" | "genuine" => Ok(Some(Verdict::Genuine)),
            _ => {
                Err(Invalid::new("must be 1, true or fraud, or 0, false or genuine, or empty where unknown"))
            }
        };
    };
    let is_among = |words: &[String]| words.iter().any(|word| word == text);
    if is_among(&words.fraud) {
        Ok(Some(Verdict::Fraud))
    } else if is_among(&words.genuine) {
        Ok(Some(Verdict::Genuine))
    } else if is_among(&words.unknown) {
        Ok(None)
    } else {
        Err(Invalid(format!("must be one of the mapping's verdicts, and {text} is none")))
    }
}

/// A finite number.
pub(super) fn number(text: &str) -> Result<f64, Invalid> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| Invalid::new("must be a number such as 50.8503"))
}
