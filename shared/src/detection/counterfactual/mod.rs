//! What would have kept a transaction below the threshold: the smallest change of one or two raw inputs.
//!
//! A counterfactual is found by trial: an input is changed, the features are extracted again from the profiles
//! as they were, and the engine that scored the transaction scores it again (Wachter, Mittelstadt and Russell,
//! Counterfactual Explanations without Opening the Black Box, 2017, who minimise a distance instead). What is
//! said of it is the score of exactly the inputs that are named. It claims no cause, and no other past.
//!
//! **Small** is an order, not a distance, since inputs share no unit. One change is smaller than two. Among
//! equals: the amount, if a tenth or more of it remains; the hour, if it is at most six later; the device; the
//! place; the counterparty; and last an amount or an hour further off. Amount and hour are the nearest to the
//! actual ones that were tried.
//!
//! It takes at most [`MAX_ASSESSMENTS`] scorings: it is made when a person opens an alert, not while scoring.

mod amount;
mod edit;
mod inputs;
mod search;
mod sentence;
#[cfg(test)]
mod tests;

use super::engine::DetectionEngine;
use super::profile::{AccountProfile, CounterpartyProfile};
use crate::domain::score::RiskScore;
use crate::domain::severity::Severity;
use crate::domain::transaction::NewTransaction;
use inputs::Inputs;

/// The most often that one search extracts and scores: the actual inputs once; five scans of amounts (alone
/// and with each other input), four of hours (alone, with device, place and counterparty), the near hours once
/// more to choose the one beside an amount, and device, place and counterparty alone and in pairs.
pub const MAX_ASSESSMENTS: usize =
    1 + 5 * amount::MAX_TRIALS + 4 * search::LAST_HOUR as usize + search::NEAR_HOURS as usize + 6;

/// What a counterfactual is sought for: a transaction, its past from just before, and the engine that scored it.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The transaction as it was.
    pub transaction: &'a NewTransaction,
    /// The account's profile before it took the transaction.
    pub account: &'a AccountProfile,
    /// The counterparty's profile before it took the transaction, all shards merged.
    pub counterparty: &'a CounterpartyProfile,
    /// Configuration, baseline and model by which it was scored.
    pub engine: &'a DetectionEngine,
}

/// A change of one or two inputs, and what the transaction would have scored with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Counterfactual {
    /// One or two, in the order amount, hour, device, place, counterparty.
    pub changes: Vec<Change>,
    /// The risk score of exactly the changed inputs; below medium.
    pub risk: RiskScore,
    /// One sentence with the same figures, such as `With 64 EUR instead of 480 EUR it would have scored 0.31,
    /// below 0.50.`
    pub text: String,
}

/// One input as it was and as it would have had to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `amount`, `hour`, `device`, `place` or `counterparty`.
    pub input: &'static str,
    /// What it was, such as `480 EUR`.
    pub from: String,
    /// What it would have had to be, such as `64 EUR`.
    pub to: String,
}

/// The smallest change found that would have kept a transaction below medium.
///
/// None when it is below already, when a layer failed (then it was not the score that asked for a person), and
/// when no one or two of the changes tried keep it below with all layers working.
pub fn counterfactual(situation: &Situation<'_>) -> Option<Counterfactual> {
    let actual = Inputs::of(situation);
    if matches!(actual.assess().severity, Severity::Low | Severity::NeedsReview) {
        return None;
    }
    let found = search::smallest(&actual)?;
    Some(sentence::describe(&actual, &found))
}
