//! The rows of a labelled CSV file as transactions, one at a time.
//!
//! What lives here: reading, the window of time, counting what was changed or left out. Every value is
//! checked by the domain's own types, so that a fault is met here, with its line, and not half-way through a
//! replay. Rows outside the window are counted and otherwise not looked at.

use super::amounts::Conversion;
use super::cells::{Cells, Layout, address, country, number, owned, timestamp, verdict};
use super::{DataError, Mapping};
use crate::wire::{PlaceIn, TransactionIn};
use csv::StringRecord;
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde::Serialize;
use shared::domain::Invalid;
use shared::domain::label::Verdict;
use shared::domain::money::{Amount, CurrencyCode};
use shared::domain::text::{AccountId, Category, Channel, City, CounterpartyId, DeviceId, ExternalId, Text};
use shared::domain::transaction::Coordinates;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Range;

/// The longest attribute that the API takes.
const MAX_ATTRIBUTE: usize = 512;

/// A transaction and what the file knows of it that a bank would not know yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is sent.
    pub transaction: TransactionIn,
    /// How it turned out; none where the file does not say.
    pub verdict: Option<Verdict>,
    /// When that became known; none where the file does not say.
    pub label_at: Option<Timestamp>,
    /// The kind of fraud, in the file's words.
    pub scenario: Option<String>,
}

/// How many rows met which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Rows in the file.
    pub n_read: u64,
    /// Not in the window of time.
    pub n_outside_window: u64,
    /// Amount rounded to the minor unit.
    pub n_rounded: u64,
    /// Amount raised to one minor unit, since it was not positive.
    pub n_raised: u64,
    /// Left out, since the amount was not positive.
    pub n_left_out: u64,
}

/// An iterator over the rows of one file that lie in a window of time.
pub struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    record: StringRecord,
    layout: Layout,
    mapping: Mapping,
    window: Range<Timestamp>,
    tally: Tally,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows")
            .field("window", &self.window)
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}

/// Opens a file, through gzip where its name ends in `.gz`.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &str) -> Result<Box<dyn Read>, DataError> {
    let file = File::open(path).map_err(|source| DataError::Unreadable { path: path.to_owned(), source })?;
    let is_compressed = path.ends_with(".gz");
    Ok(if is_compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

impl Rows {
    /// Reads the header of `input` and finds the mapping's columns in it; `window` is in event time.
    ///
    /// # Errors
    /// When the header cannot be read or lacks a column of the mapping.
    pub fn try_new(
        input: Box<dyn Read>,
        mapping: Mapping,
        window: Range<Timestamp>,
    ) -> Result<Self, DataError> {
        let mut reader = csv::Reader::from_reader(input);
        let header = reader.headers().map_err(|source| DataError::Malformed { line: 1, source })?;
        let layout = Layout::resolve(&mapping, header)?;
        Ok(Self { reader, record: StringRecord::new(), layout, mapping, window, tally: Tally::default() })
    }

    /// What was counted so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Reads up to the next row that is kept; `None` at the end of the file.
    fn read(&mut self) -> Result<Option<Row>, DataError> {
        let mut record = std::mem::take(&mut self.record);
        let found = loop {
            let line = self.reader.position().line();
            let has_record = self.reader.read_record(&mut record);
            if !has_record.map_err(|source| malformed(line, source))? {
                break None;
            }
            let line = record.position().map_or(line, csv::Position::line);
            if let Some(row) = self.read_row(Cells { record: &record, line })? {
                break Some(row);
            }
        };
        self.record = record;
        Ok(found)
    }

    /// `None` for a row that is left out.
    fn read_row(&mut self, cells: Cells<'_>) -> Result<Option<Row>, DataError> {
        self.tally.n_read += 1;
        let time = |text: &str| timestamp(text, &self.mapping.times);
        let occurred_at = cells.read(&self.layout.occurred_at, time)?;
        if !self.window.contains(&occurred_at) {
            self.tally.n_outside_window += 1;
            return Ok(None);
        }
        let currency = self.read_currency(cells)?;
        let rules = self.mapping.amounts;
        let conversion = cells.read(&self.layout.amount, |text| rules.convert(text, currency))?;
        let Some(amount) = self.count(conversion) else {
            return Ok(None);
        };
        Ok(Some(Row {
            transaction: self.transaction(cells, occurred_at, amount)?,
            verdict: self.read_verdict(cells)?,
            label_at: self.read_label_at(cells, occurred_at)?,
            scenario: self.layout.scenario.as_ref().map(|column| cells.text(column).to_owned()),
        }))
    }

    fn count(&mut self, conversion: Conversion) -> Option<Amount> {
        match conversion {
            Conversion::Exact(amount) => Some(amount),
            Conversion::Rounded(amount) => {
                self.tally.n_rounded += 1;
                Some(amount)
            }
            Conversion::Raised(amount) => {
                self.tally.n_raised += 1;
                Some(amount)
            }
            Conversion::Skipped => {
                self.tally.n_left_out += 1;
                None
            }
        }
    }

    fn transaction(
        &self,
        cells: Cells<'_>,
        occurred_at: Timestamp,
        amount: Amount,
    ) -> Result<TransactionIn, DataError> {
        let layout = &self.layout;
        Ok(TransactionIn {
            source: self.mapping.source.to_string(),
            external_id: cells.read(&layout.external_id, |text| owned(ExternalId::parse(text)))?,
            account: cells.read(&layout.account, |text| owned(AccountId::parse(text)))?,
            counterparty: self.read_counterparty(cells)?,
            amount: amount.to_string(),
            currency: amount.currency().to_string(),
            occurred_at,
            channel: self.read_channel(cells)?,
            entity_type: self.mapping.entity_type.map(|kind| kind.as_str().to_owned()),
            place: self.read_place(cells)?,
            device: cells.read_optional(layout.device.as_ref(), |text| owned(DeviceId::parse(text)))?,
            ip_address: cells.read_optional(layout.ip_address.as_ref(), address)?,
            category: cells.read_optional(layout.category.as_ref(), |text| owned(Category::parse(text)))?,
            attributes: self.read_attributes(cells)?,
        })
    }

    fn read_verdict(&self, cells: Cells<'_>) -> Result<Option<Verdict>, DataError> {
        let words = self.mapping.verdicts.as_ref();
        Ok(cells.read_optional(self.layout.fraud.as_ref(), |text| verdict(text, words))?.flatten())
    }

    /// Nothing is known of a transaction before it happened.
    fn read_label_at(
        &self,
        cells: Cells<'_>,
        occurred_at: Timestamp,
    ) -> Result<Option<Timestamp>, DataError> {
        cells.read_optional(self.layout.label_at.as_ref(), |text| {
            let label_at = timestamp(text, &self.mapping.times)?;
            let is_possible = label_at >= occurred_at;
            is_possible.then_some(label_at).ok_or_else(|| Invalid::new("must not be before the transaction"))
        })
    }

    /// What is filled in, by the columns' names, as the API takes attributes.
    fn read_attributes(&self, cells: Cells<'_>) -> Result<BTreeMap<String, String>, DataError> {
        let mut attributes = BTreeMap::new();
        for column in &self.layout.attributes {
            let value =
                cells.read_optional(Some(column), |text| owned(Text::<MAX_ATTRIBUTE>::parse(text)))?;
            attributes.extend(value.map(|value| (column.header().to_owned(), value)));
        }
        Ok(attributes)
    }

    /// As [`Rows::read_currency`].
    fn read_counterparty(&self, cells: Cells<'_>) -> Result<String, DataError> {
        let column = self.layout.counterparty.as_ref();
        let constant = || self.mapping.counterparty.as_ref().map(ToString::to_string);
        let found = cells.read_optional(column, |text| owned(CounterpartyId::parse(text)))?.or_else(constant);
        found.ok_or_else(|| cells.fault(column, "counterparty"))
    }

    /// The cell, else the constant. A mapping without a constant has a column, whose empty cell is then a fault.
    fn read_currency(&self, cells: Cells<'_>) -> Result<CurrencyCode, DataError> {
        let column = self.layout.currency.as_ref();
        let found = cells.read_optional(column, CurrencyCode::parse)?.or(self.mapping.currency);
        found.ok_or_else(|| cells.fault(column, "currency"))
    }

    /// As [`Rows::read_currency`].
    fn read_channel(&self, cells: Cells<'_>) -> Result<String, DataError> {
        let column = self.layout.channel.as_ref();
        let constant = || self.mapping.channel.as_ref().map(ToString::to_string);
        let found = cells.read_optional(column, |text| owned(Channel::parse(text)))?.or_else(constant);
        found.ok_or_else(|| cells.fault(column, "channel"))
    }

    fn read_place(&self, cells: Cells<'_>) -> Result<Option<PlaceIn>, DataError> {
        let layout = &self.layout;
        let latitude = cells.read_optional(layout.latitude.as_ref(), number)?;
        let longitude = cells.read_optional(layout.longitude.as_ref(), number)?;
        if let (Some(column), Some(latitude), Some(longitude)) = (&layout.latitude, latitude, longitude) {
            cells.read(column, |_| Coordinates::try_new(latitude, longitude))?;
        }
        if latitude.is_some() != longitude.is_some() {
            return Err(cells.fault(layout.latitude.as_ref(), "latitude"));
        }
        let place = PlaceIn {
            country: cells.read_optional(layout.country.as_ref(), country)?,
            city: cells.read_optional(layout.city.as_ref(), |text| owned(City::parse(text)))?,
            latitude,
            longitude,
        };
        Ok(Some(place).filter(|place| *place != PlaceIn::default()))
    }
}

impl Iterator for Rows {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

fn malformed(line: u64, source: csv::Error) -> DataError {
    let line = source.position().map_or(line, csv::Position::line);
    DataError::Malformed { line, source }
}

#[cfg(test)]
mod tests;
