//! The stream in memory: profiles of everybody, without storage.
//!
//! It scores and remembers with the same functions as the service, for those who have a history at hand and
//! no database: evaluation, and tests that compare the two. Not here: the order of events, and what is
//! learned from them.

use super::attribution::{Attribution, attribute};
use super::behavioral;
use super::engine::DetectionEngine;
use super::features::FeatureVector;
use super::profile::{AccountProfile, CounterpartyProfile, LabelDelta, Sign};
use crate::domain::label::Verdict;
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;
use std::collections::HashMap;

/// Every account's and counterparty's profile, as of the newest event.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    accounts: HashMap<String, AccountProfile>,
    counterparties: HashMap<String, CounterpartyProfile>,
}

/// What became known of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// What it turned out to be.
    pub verdict: Verdict,
    /// When that became known.
    pub observed_at: Timestamp,
    /// Whose fraud it was, from the features it was scored with.
    pub attributed: Attribution,
}

impl Stream {
    /// The features of a transaction that has not been applied yet.
    pub fn extract(&self, engine: &DetectionEngine, transaction: &NewTransaction) -> FeatureVector {
        let (fresh_account, fresh_counterparty) = (AccountProfile::default(), CounterpartyProfile::default());
        let account = self.accounts.get(transaction.account.as_str()).unwrap_or(&fresh_account);
        let counterparty = self.counterparties.get(transaction.counterparty.as_str());
        engine.extract(transaction, account, counterparty.unwrap_or(&fresh_counterparty))
    }

    /// Adds a transaction to the past of its parties, after it was scored.
    pub fn apply(&mut self, transaction: &NewTransaction) {
        entry(&mut self.accounts, transaction.account.as_str()).apply(transaction);
        entry(&mut self.counterparties, transaction.counterparty.as_str()).apply(transaction);
    }

    /// Adds a transaction's first label to the past of its parties.
    pub fn apply_label(&mut self, transaction: &NewTransaction, observed: Observed) {
        let delta = LabelDelta {
            occurred_at: transaction.occurred_at,
            observed_at: observed.observed_at,
            verdict: observed.verdict,
            sign: Sign::Add,
            attributed: observed.attributed,
        };
        entry(&mut self.accounts, transaction.account.as_str()).apply_label(&delta);
        entry(&mut self.counterparties, transaction.counterparty.as_str()).apply_label(&delta);
    }
}

/// Whose a fraud with these features would be.
pub fn attribution_of(features: &FeatureVector) -> Attribution {
    attribute(behavioral::account_score(features))
}

fn entry<'a, P: Default>(profiles: &'a mut HashMap<String, P>, name: &str) -> &'a mut P {
    profiles.entry(name.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::engine::EngineParts;
    use crate::detection::features::{Feature, Past, extract};
    use crate::detection::fixtures;
    use crate::domain::configuration::{Configuration, LabelMaturity};
    use crate::domain::ids::ModelId;
    use crate::domain::text::Text;
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn engine() -> DetectionEngine {
        let id = ModelId::mint(Timestamp::UNIX_EPOCH, [0; 10]);
        DetectionEngine::new(EngineParts {
            configuration_version: 1,
            configuration: Configuration {
                label_maturity: LabelMaturity::try_new(3).unwrap(),
                ..Configuration::default()
            },
            baseline: Some((id, Ok(Some(Arc::new(fixtures::baseline()))))),
            model: None,
        })
    }

    /// A life of two accounts in turn.
    fn history() -> Vec<NewTransaction> {
        let mut life = fixtures::ordinary_life(60);
        for transaction in life.iter_mut().skip(1).step_by(2) {
            transaction.account = Text::parse("another").unwrap();
        }
        life
    }

    #[test]
    fn the_stream_equals_applying_to_each_profile_by_hand() {
        let (engine, baseline) = (engine(), fixtures::baseline());
        let mut stream = Stream::default();
        let mut accounts: BTreeMap<String, AccountProfile> = BTreeMap::new();
        let mut counterparties: BTreeMap<String, CounterpartyProfile> = BTreeMap::new();
        for (index, transaction) in history().iter().enumerate() {
            let account = accounts.entry(transaction.account.to_string()).or_default();
            let counterparty = counterparties.entry(transaction.counterparty.to_string()).or_default();
            let past = Past { account, counterparty, baseline: Some(&baseline), label_maturity_days: 3 };
            let features = stream.extract(&engine, transaction);
            assert_eq!(features, extract(transaction, &past), "transaction {index}");
            stream.apply(transaction);
            account.apply(transaction);
            counterparty.apply(transaction);
            if index % 7 == 0 {
                let (verdict, attributed) = (Verdict::Fraud, attribution_of(&features));
                let observed_at = transaction.occurred_at;
                stream.apply_label(transaction, Observed { verdict, observed_at, attributed });
                let occurred_at = transaction.occurred_at;
                let delta = LabelDelta { occurred_at, observed_at, verdict, sign: Sign::Add, attributed };
                account.apply_label(&delta);
                counterparty.apply_label(&delta);
            }
        }
        assert_eq!((stream.accounts.len(), accounts.len()), (2, 2));
        for (name, account) in accounts {
            assert_eq!(stream.accounts[&name], account);
        }
        for (name, counterparty) in counterparties {
            assert_eq!(stream.counterparties[&name], counterparty);
        }
    }

    #[test]
    fn extracting_changes_nothing() {
        let (engine, mut stream, history) = (engine(), Stream::default(), history());
        let first = stream.extract(&engine, &history[0]);
        assert_eq!(stream.extract(&engine, &history[0]), first);
        assert!(stream.accounts.is_empty() && stream.counterparties.is_empty());
        stream.apply(&history[0]);
        assert_ne!(stream.extract(&engine, &history[0]), first);
    }

    #[test]
    fn a_fraud_is_the_accounts_where_the_account_itself_stood_out() {
        let mut features = FeatureVector::missing();
        assert_eq!(attribution_of(&features), Attribution::Counterparty);
        features.set(Feature::AccountTransactions, Some(libm::log1p(20.0)));
        features.set(Feature::CounterpartyFrauds30d, Some(9.0));
        features.set(Feature::CounterpartyCount30d, Some(20.0));
        assert_eq!(attribution_of(&features), Attribution::Counterparty);
        features.set(Feature::AccountAmountZ, Some(6.0));
        assert_eq!(attribution_of(&features), Attribution::Account);
    }
}
