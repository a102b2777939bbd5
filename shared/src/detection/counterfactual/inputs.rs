//! The raw inputs of a trial: the transaction and its past with edits made, and their score.

use super::Situation;
use super::edit::{Edit, Input};
use crate::detection::engine::DetectionEngine;
use crate::detection::profile::{AccountProfile, CounterpartyProfile, NameHash};
use crate::domain::assessment::{Assessment, Detail};
use crate::domain::money::Amount;
use crate::domain::score::RiskScore;
use crate::domain::severity::Severity;
use crate::domain::transaction::{Coordinates, NewTransaction};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;

#[cfg(test)]
thread_local! {
    /// Scorings by this thread, to hold the stated bound.
    pub(super) static N_ASSESSED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A transaction and the past that it is scored by, as they were or with edits made.
#[derive(Debug, Clone)]
pub(super) struct Inputs<'a> {
    pub(super) transaction: NewTransaction,
    pub(super) account: Cow<'a, AccountProfile>,
    pub(super) counterparty: Cow<'a, CounterpartyProfile>,
    pub(super) engine: &'a DetectionEngine,
}

impl<'a> Inputs<'a> {
    /// The actual inputs.
    pub(super) fn of(situation: &Situation<'a>) -> Self {
        Self {
            transaction: situation.transaction.clone(),
            account: Cow::Borrowed(situation.account),
            counterparty: Cow::Borrowed(situation.counterparty),
            engine: situation.engine,
        }
    }

    /// Extracts the features and scores them.
    pub(super) fn assess(&self) -> Assessment {
        #[cfg(test)]
        N_ASSESSED.with(|n| n.set(n.get() + 1));
        let features = self.engine.extract(&self.transaction, &self.account, &self.counterparty);
        self.engine.assess(&features, Detail::ByPath)
    }

    /// The risk score if it is below medium and no layer failed.
    pub(super) fn risk_below(&self) -> Option<RiskScore> {
        let assessment = self.assess();
        (assessment.severity == Severity::Low).then_some(assessment.risk)
    }

    /// With an edit made; none when it would change nothing, or lead where the past would be another.
    pub(super) fn with(&self, edit: Edit) -> Option<Self> {
        match edit {
            Edit::Amount(amount) => self.with_amount(amount),
            Edit::HoursLater(hours) => self.with_hours_later(hours),
            Edit::KnownDevice => self.with_known_device(),
            Edit::KnownPlace => self.with_known_place(),
            Edit::TrustedCounterparty => self.with_trusted_counterparty(),
        }
    }

    /// The one edit of an input that has no size; none for amount and hour, which have many.
    pub(super) fn only_edit(input: Input) -> Option<Edit> {
        match input {
            Input::Amount | Input::Hour => None,
            Input::Device => Some(Edit::KnownDevice),
            Input::Place => Some(Edit::KnownPlace),
            Input::Counterparty => Some(Edit::TrustedCounterparty),
        }
    }

    fn with_amount(&self, amount: Amount) -> Option<Self> {
        let mut inputs = self.clone();
        inputs.transaction.amount = amount;
        (amount != self.transaction.amount).then_some(inputs)
    }

    /// Never before the account's newest transaction, which would then not yet be part of its past.
    fn with_hours_later(&self, hours: u8) -> Option<Self> {
        let at = self.occurred_later(hours)?;
        if hours == 0 || self.account.last_occurred_at().is_some_and(|newest| at < newest) {
            return None;
        }
        let mut inputs = self.clone();
        inputs.transaction.occurred_at = at;
        Some(inputs)
    }

    fn with_known_device(&self) -> Option<Self> {
        let device = self.transaction.device.as_ref()?;
        if self.account.devices().get(NameHash::of(device.as_str())).is_some() {
            return None;
        }
        let mut inputs = self.clone();
        inputs.account.to_mut().know_device(device.as_str());
        Some(inputs)
    }

    /// The city is no longer known then: a profile keeps points and countries only.
    fn with_known_place(&self) -> Option<Self> {
        let (point, new_country) = (self.other_last_point(), self.new_country());
        if point.is_none() && new_country.is_none() {
            return None;
        }
        let mut inputs = self.clone();
        inputs.transaction.place.city = None;
        if point.is_some() {
            inputs.transaction.place.coordinates = point;
        }
        if let Some(country) = new_country {
            inputs.account.to_mut().know_country(country);
        }
        Some(inputs)
    }

    fn with_trusted_counterparty(&self) -> Option<Self> {
        let (is_new, has_fraud) = (self.is_new_counterparty(), self.has_known_fraud());
        if !is_new && !has_fraud {
            return None;
        }
        let mut inputs = self.clone();
        if is_new {
            let name = self.transaction.counterparty.as_str();
            inputs.account.to_mut().know_counterparty(name, self.transaction.occurred_at);
        }
        if has_fraud {
            inputs.counterparty.to_mut().forget_labels();
        }
        Some(inputs)
    }

    /// So many hours after the transaction; none past the end of the calendar.
    pub(super) fn occurred_later(&self, hours: u8) -> Option<Timestamp> {
        self.occurred_at().checked_add(SignedDuration::from_hours(i64::from(hours))).ok()
    }

    /// Where the account was last, if the transaction has a point and this is another; never a later one.
    pub(super) fn other_last_point(&self) -> Option<Coordinates> {
        let here = self.transaction.place.coordinates?;
        let (north, east, then) = self.account.last_point()?;
        let last = Coordinates::try_new(north, east).ok()?;
        (last != here && then <= self.occurred_at()).then_some(last)
    }

    /// The transaction's country, if the account does not know it.
    pub(super) fn new_country(&self) -> Option<&str> {
        let country = self.transaction.place.country.as_ref()?.as_str();
        self.account.countries().get(NameHash::of(country)).is_none().then_some(country)
    }

    /// Whether the account has not met the counterparty.
    pub(super) fn is_new_counterparty(&self) -> bool {
        let name = NameHash::of(self.transaction.counterparty.as_str());
        self.account.counterparties().get(name).is_none()
    }

    /// Whether fraud was known of the counterparty at the time of the transaction.
    pub(super) fn has_known_fraud(&self) -> bool {
        self.counterparty.has_known_fraud(self.occurred_at())
    }

    fn occurred_at(&self) -> Timestamp {
        self.transaction.occurred_at
    }
}
