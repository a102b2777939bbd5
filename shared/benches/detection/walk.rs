//! The walk through the feed: every payment is scored, then remembered, and frauds become known after a week.
//!
//! The stream of `shared::detection::stream` does the same and keeps its profiles to itself; here some are
//! kept as they were before a payment, for the stages that work on profiles.

use super::feed::{DAY, Payment};
use shared::detection::engine::DetectionEngine;
use shared::detection::features::FeatureVector;
use shared::detection::profile::{AccountProfile, CounterpartyProfile, LabelDelta, Sign};
use shared::detection::stream::attribution_of;
use shared::domain::label::Verdict;
use shared::domain::transaction::NewTransaction;
use std::collections::{HashMap, VecDeque};

/// Days after which a fraud is known.
pub(crate) const LABEL_DAYS: i64 = 7;

/// A transaction and both profiles as they were just before it.
#[derive(Debug, Clone)]
pub(crate) struct Scored {
    pub(crate) transaction: NewTransaction,
    pub(crate) account: AccountProfile,
    pub(crate) counterparty: CounterpartyProfile,
}

/// Every profile as of the newest payment, and the labels that are to come.
#[derive(Debug, Default)]
pub(crate) struct Walk<'a> {
    accounts: HashMap<&'a str, AccountProfile>,
    counterparties: HashMap<&'a str, CounterpartyProfile>,
    due: VecDeque<(&'a NewTransaction, LabelDelta)>,
}

impl<'a> Walk<'a> {
    /// The payment's features, before it joins the past of its parties.
    pub(crate) fn take(&mut self, payment: &'a Payment, engine: &DetectionEngine) -> FeatureVector {
        self.learn_until(payment);
        let transaction = &payment.transaction;
        let (account, counterparty) = self.parties(transaction);
        let features = engine.extract(transaction, account, counterparty);
        account.apply(transaction);
        counterparty.apply(transaction);
        if payment.is_fraud {
            let delta = LabelDelta {
                occurred_at: transaction.occurred_at,
                observed_at: transaction.occurred_at + jiff::SignedDuration::from_secs(LABEL_DAYS * DAY),
                verdict: Verdict::Fraud,
                sign: Sign::Add,
                attributed: attribution_of(&features),
            };
            self.due.push_back((transaction, delta));
        }
        features
    }

    /// The payment with its past, which it has not joined yet.
    pub(crate) fn look(&mut self, payment: &'a Payment) -> Scored {
        self.learn_until(payment);
        let (account, counterparty) = self.parties(&payment.transaction);
        let (account, counterparty) = (account.clone(), counterparty.clone());
        Scored { transaction: payment.transaction.clone(), account, counterparty }
    }

    fn learn_until(&mut self, payment: &Payment) {
        let now = payment.transaction.occurred_at;
        while let Some((transaction, delta)) = self.due.pop_front_if(|(_, delta)| delta.observed_at <= now) {
            let (account, counterparty) = self.parties(transaction);
            account.apply_label(&delta);
            counterparty.apply_label(&delta);
        }
    }

    fn parties(
        &mut self,
        transaction: &'a NewTransaction,
    ) -> (&mut AccountProfile, &mut CounterpartyProfile) {
        let account = self.accounts.entry(transaction.account.as_str()).or_default();
        (account, self.counterparties.entry(transaction.counterparty.as_str()).or_default())
    }
}
