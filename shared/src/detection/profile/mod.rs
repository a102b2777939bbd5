//! What the service remembers of an account and of a counterparty: pure values of bounded size.
//!
//! A profile takes transactions and labels and answers what a feature asks of the past. It is stored as one
//! byte string of at most [`MAX_ENCODED_BYTES`]. Its sums are whole numbers, so that merging a counterparty's
//! shards gives the same whatever the order, and a batch scored in memory equals singles through storage.
//! Not here: features, and anything that judges.

mod account;
mod amounts;
mod codec;
mod counterparty;
mod hours;
mod known;
mod labels;
mod matured;
mod outcomes;
#[cfg(test)]
mod properties;
mod recent;
mod ring;
mod seen;
mod windows;

pub use account::AccountProfile;
pub use codec::ProfileError;
pub use counterparty::CounterpartyProfile;
pub use labels::{KnownLabels, LabelDelta, Sign};

pub(crate) use amounts::{AmountStatistics, currency_bytes, log_major, minor_per_major};
pub(crate) use hours::hour_of;
pub(crate) use known::NameHash;
pub(crate) use recent::RecentAmounts;
pub(crate) use windows::RECENT_DAYS;

/// No profile is larger: a row that stays in its page is updated in place and never moved out of line.
pub const MAX_ENCODED_BYTES: usize = 1_500;
