//! One stored assessment with everything that explains it, from what was frozen with it.
//!
//! Nothing here is judged anew: features, profiles, configuration, baseline and model are those of the
//! assessment, and whatever cannot be had from them any more is left out with the reason. Whether the decision
//! comes out the same today is [`super::replay`]'s question.

use super::engine;
use super::ingest::decode_profile;
use crate::db::assessments;
pub use crate::db::assessments::StoredAssessment;
use crate::db::transactions;
use crate::detection::agreement::Agreement;
pub use crate::detection::comparison::Comparison;
use crate::detection::comparison::baseline_comparison;
pub use crate::detection::counterfactual::{Change, Counterfactual};
use crate::detection::counterfactual::{Situation, counterfactual};
use crate::detection::engine::DetectionEngine;
use crate::detection::features::{Feature, FeatureVector};
pub use crate::detection::ml::Contributions;
use crate::detection::profile::{AccountProfile, CounterpartyProfile};
use crate::domain::assessment::{Assessment, Detail, LayerRecord};
use crate::domain::ids::AssessmentId;
use crate::domain::score::{Layer, Score};
use crate::domain::severity::Severity;
use crate::domain::transaction::{NewTransaction, Transaction};
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::access::Session;
use std::sync::Arc;

/// A part of an explanation, or why it cannot be had.
pub type Available<T> = Result<T, String>;

/// A feature with its value.
#[derive(Debug, Clone, Copy)]
pub struct FeatureValue {
    /// Its machine name.
    pub name: &'static str,
    /// None when missing.
    pub value: Option<f32>,
    /// What it is counted in.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

/// An assessment and what explains it.
#[derive(Debug)]
pub struct Explanation {
    /// As stored, but with the ml layer's reasons exact where somebody looks: see [`explain`].
    pub assessment: StoredAssessment,
    /// What each layer's score counts for in the risk score, in the order of [`Layer::ALL`]; 0 of one that
    /// did not score.
    pub shares: [f64; 3],
    /// Which layers would have raised an alert alone.
    pub agreement: Agreement,
    /// Every feature, in the order of the vector.
    pub features: Available<Vec<FeatureValue>>,
    /// Every feature's part in the ml layer's score.
    pub contributions: Available<Contributions>,
    /// What is usual for the account beside this transaction; empty without the account's profile.
    pub comparison: Vec<Comparison>,
    /// What would have kept it below medium.
    pub counterfactual: Available<Counterfactual>,
}

/// One assessment, read by its id.
#[derive(Debug)]
pub struct Explained {
    /// The transaction it assesses.
    pub transaction: Transaction,
    /// The assessment.
    pub explanation: Explanation,
}

/// Reads one assessment and explains it.
///
/// # Errors
/// 404 when there is no such assessment.
pub async fn read(state: &AppState, session: &Session, id: AssessmentId) -> Result<Explained, Error> {
    let client = session.connection.client()?;
    let ids = [id.0];
    let (stored, transaction) =
        futures_util::join!(assessments::find(client, &ids), transactions::find(client, &ids));
    let stored = stored?.into_iter().next().ok_or_else(|| Error::not_found("assessment"))?;
    let missing = || Error::internal(format!("{id} assesses a transaction that is missing"));
    let transaction = transaction?.into_iter().next().ok_or_else(missing)?;
    let explanation = explain(state, session, (&transaction, stored)).await?;
    Ok(Explained { transaction, explanation })
}

/// Explains a stored assessment by the versions that it names.
///
/// At or above medium, or where a layer failed, the score of a model that learned from labels is shared out
/// exactly, whether or not there was time for it when the transaction came: the same inputs give the same bits.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn explain(
    state: &AppState,
    session: &Session,
    (transaction, stored): (&Transaction, StoredAssessment),
) -> Result<Explanation, Error> {
    let engine = engine::of_versions(state, session.connection.client()?, stored.record.versions).await?;
    let frozen = Frozen { engine, transaction: transaction.content.clone(), stored };
    // Hundreds of scorings and exact values: not on a thread that serves.
    tokio::task::spawn_blocking(move || frozen.explain()).await.map_err(Error::internal)
}

/// An assessment with the engine of its versions.
struct Frozen {
    engine: Arc<DetectionEngine>,
    transaction: NewTransaction,
    stored: StoredAssessment,
}

impl Frozen {
    fn explain(mut self) -> Explanation {
        let record = &self.stored.record;
        let versions = record.versions;
        let vector = FeatureVector::from_bytes(versions.feature_schema, &self.stored.features)
            .map_err(|error| error.to_string());
        let detail = if record.severity == Severity::Low { record.detail } else { Detail::Exact };
        let repeated = vector.as_ref().map_err(Clone::clone).and_then(|it| self.repeat(it, detail));
        let counterfactual = self.counterfactual(vector.as_ref(), repeated.as_ref());
        let contributions = match (&vector, &repeated) {
            (Ok(vector), Ok(_)) => self.contributions(vector, detail),
            (Err(reason), _) | (_, Err(reason)) => Err(reason.clone()),
        };
        // What is stored that way already stays as it is stored.
        if let Ok(repeated) = &repeated
            && repeated.detail != self.stored.record.detail
        {
            let [_, _, ml] = &mut self.stored.record.layers;
            *ml = LayerRecord::from(repeated.layer(Layer::Ml));
            self.stored.record.detail = repeated.detail;
        }
        let record = &self.stored.record;
        let scores = Layer::ALL.map(|layer| record.layer(layer).score);
        let weights = self.engine.configuration().weights;
        Explanation {
            shares: Layer::ALL.map(|layer| weights.share(layer, scores)),
            agreement: Agreement::of(scores),
            features: vector.map(|vector| values(&vector)),
            contributions,
            comparison: self.comparison(),
            counterfactual,
            assessment: self.stored,
        }
    }

    /// Assesses the stored vector again; an explanation is given only of the decision that was made.
    fn repeat(&self, vector: &FeatureVector, detail: Detail) -> Available<Assessment> {
        let repeated = self.engine.assess(vector, detail);
        let record = &self.stored.record;
        let is_same = |(layer, outcome)| {
            let recomputed: LayerRecord = LayerRecord::from(outcome);
            let kept = record.layer(layer);
            recomputed.outcome == kept.outcome
                && recomputed.score.map(bits) == kept.score.map(bits)
                && recomputed.explanation == kept.explanation
        };
        let is_repeated = repeated.severity == record.severity
            && bits(repeated.risk) == bits(record.risk)
            && Layer::ALL.into_iter().zip(&repeated.layers).all(is_same);
        if is_repeated {
            Ok(repeated)
        } else {
            Err("the decision comes out otherwise today; its replay names the differences".to_owned())
        }
    }

    fn contributions(&self, vector: &FeatureVector, detail: Detail) -> Available<Contributions> {
        self.engine.contributions(vector, detail).ok_or_else(|| "the ml layer did not score".to_owned())
    }

    fn comparison(&self) -> Vec<Comparison> {
        let profile = self.account().ok();
        profile.map_or_else(Vec::new, |account| baseline_comparison(&self.transaction, &account))
    }

    fn counterfactual(
        &self,
        vector: Result<&FeatureVector, &String>,
        repeated: Result<&Assessment, &String>,
    ) -> Available<Counterfactual> {
        match self.stored.record.severity {
            Severity::Low => return Err("it is below medium".to_owned()),
            Severity::NeedsReview => {
                return Err("a layer failed: a person is asked for that, not for the score".to_owned());
            }
            Severity::Medium | Severity::High | Severity::Critical => {}
        }
        let vector = vector.map_err(Clone::clone)?;
        repeated.map_err(Clone::clone)?;
        let (account, counterparty) = (self.account()?, self.counterparty()?);
        let engine = self.engine.as_ref();
        if engine.extract(&self.transaction, &account, &counterparty) != *vector {
            return Err("the features extracted again are not those that were scored".to_owned());
        }
        let situation = Situation {
            transaction: &self.transaction,
            account: &account,
            counterparty: &counterparty,
            engine,
        };
        counterfactual(&situation)
            .ok_or_else(|| "no change of one or two inputs that was tried keeps it below medium".to_owned())
    }

    fn account(&self) -> Available<AccountProfile> {
        let owner = self.transaction.account.as_str();
        let bytes = self.stored.account_profile_before.as_deref().ok_or_else(not_kept)?;
        decode_profile(bytes, AccountProfile::decode, owner).map_err(|_| unreadable())
    }

    fn counterparty(&self) -> Available<CounterpartyProfile> {
        let owner = self.transaction.counterparty.as_str();
        let bytes = self.stored.counterparty_profile_before.as_deref().ok_or_else(not_kept)?;
        decode_profile(bytes, CounterpartyProfile::decode, owner).map_err(|_| unreadable())
    }
}

fn bits(score: Score) -> u64 {
    score.value().to_bits()
}

fn not_kept() -> String {
    "the profiles from before the transaction are kept with an alerted assessment only".to_owned()
}

fn unreadable() -> String {
    "a profile from before the transaction cannot be read by this version of the service".to_owned()
}

fn values(vector: &FeatureVector) -> Vec<FeatureValue> {
    let value = |feature: &Feature| FeatureValue {
        name: feature.as_str(),
        value: vector.get(*feature),
        unit: feature.unit(),
        meaning: feature.description(),
    };
    Feature::ALL.iter().map(value).collect()
}
