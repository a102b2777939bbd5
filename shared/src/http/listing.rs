//! What every listing shares: the size of a page, where it begins, and the cursor of the next.

use super::fields::Fields;
use super::pagination;
use crate::domain::Invalid;
use crate::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// The part of a listing that is the same for all: `limit` and `cursor`.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    limit: Option<usize>,
    cursor: Option<String>,
}

/// One page: its rows, and the cursor of the next unless this is the last.
#[derive(Debug)]
pub struct Paged<T> {
    /// At most as many as were asked for.
    pub rows: Vec<T>,
    /// What to send as `cursor` for the next page.
    pub next_cursor: Option<String>,
}

impl Paging {
    /// Reads `limit` (1 to 200, 50 by default) and `cursor`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            limit: fields.optional("limit", limit),
            cursor: fields.optional("cursor", |text| Ok(text.to_owned())),
        }
    }

    /// Rows to ask the database for: one more than a page has, which tells whether there is another page.
    pub fn n_wanted(&self) -> i64 {
        i64::try_from(self.limit() + 1).unwrap_or(i64::MAX)
    }

    fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Where the page begins; none for the first. `signature` names the listing and its filters.
    ///
    /// # Errors
    /// 422 at `?cursor` when it is of another listing, other filters or another service.
    pub fn position<P: DeserializeOwned>(&self, secret: &str, signature: &str) -> Result<Option<P>, Error> {
        self.cursor.as_deref().map(|cursor| pagination::open(secret, signature, cursor)).transpose()
    }

    /// Cuts what the database gave to a page, and seals the position of its last row.
    ///
    /// # Errors
    /// When the position cannot be written as JSON.
    pub fn page<T, P: Serialize>(
        &self,
        mut rows: Vec<T>,
        (secret, signature): (&str, &str),
        position: impl FnOnce(&T) -> P,
    ) -> Result<Paged<T>, Error> {
        let is_last = rows.len() <= self.limit();
        rows.truncate(self.limit());
        let last = rows.last().filter(|_| !is_last).map(position);
        let next_cursor = last.map(|last| pagination::seal(secret, signature, &last)).transpose()?;
        Ok(Paged { rows, next_cursor })
    }
}

fn limit(text: &str) -> Result<usize, Invalid> {
    text.parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| Invalid(format!("must be a whole number from 1 to {MAX_LIMIT}")))
}

/// One or several words separated by commas, each parsed.
///
/// # Errors
/// When one of them does not parse.
pub fn words<T>(text: &str, parse: impl Fn(&str) -> Result<T, Invalid>) -> Result<Vec<T>, Invalid> {
    text.split(',').map(|word| parse(word.trim())).collect()
}
