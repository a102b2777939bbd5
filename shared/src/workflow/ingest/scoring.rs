//! A chunk's profiles in memory: detection applied to one transaction after the other.
//!
//! A transaction is scored against the past before it, then added to that past: it never explains itself.

use super::IngestContext;
use super::alerting::Alerting;
use super::round::Known;
use crate::db::assessments::NewAssessment;
use crate::db::counterparties::Shard;
use crate::detection::engine::DetectionEngine;
use crate::detection::features::FeatureVector;
use crate::detection::profile::{AccountProfile, CounterpartyProfile, ProfileError};
use crate::domain::access::Actor;
use crate::domain::alert::Alert;
use crate::domain::assessment::{Assessment, AssessmentRecord, Detail, LayerRecord};
use crate::domain::audit::AuditEvent;
use crate::domain::ids::AssessmentId;
use crate::domain::severity::Severity;
use crate::domain::transaction::Transaction;
use crate::error::Error;
use crate::workflow::entropy;
use std::collections::BTreeMap;

/// Exact explanations of one chunk: some milliseconds each, they must not cost it its deadline. It is a count
/// and not a time, so that the same chunk is explained the same.
const MAX_EXACT: usize = 50;

/// A counterparty's past: merged for reading, and the one shard that this SQL transaction writes.
struct CounterpartyPast {
    merged: CounterpartyProfile,
    own: CounterpartyProfile,
    shard: i64,
}

/// The chunk's state while it is scored. Maps are sorted, since locks are taken in the order of ids.
pub(super) struct Scoring<'a> {
    engine: &'a DetectionEngine,
    accounts: BTreeMap<String, AccountProfile>,
    counterparties: BTreeMap<String, CounterpartyPast>,
    alerting: Alerting<'a>,
    assessments: Vec<NewAssessment>,
    n_exact: usize,
}

/// Everything that the chunk writes beside its transactions.
pub(super) struct Scored {
    pub assessments: Vec<NewAssessment>,
    pub events: Vec<AuditEvent>,
    accounts: BTreeMap<String, AccountProfile>,
    counterparties: BTreeMap<String, CounterpartyPast>,
    alerts: Vec<Alert>,
}

impl<'a> Scoring<'a> {
    /// Decodes what the first round brought.
    ///
    /// # Errors
    /// When a stored profile cannot be read.
    pub(super) fn new(
        engine: &'a DetectionEngine,
        known: &mut Known,
        context: &'a IngestContext,
        actor: &Actor,
    ) -> Result<Self, Error> {
        let mut accounts = BTreeMap::new();
        for (account, bytes) in &known.accounts {
            let profile = decode(bytes, AccountProfile::decode, account)?;
            accounts.insert(account.clone(), profile);
        }
        let rules = *engine.configuration();
        Ok(Self {
            engine,
            accounts,
            counterparties: counterparty_pasts(known)?,
            alerting: Alerting::new(known, context, actor, rules),
            assessments: Vec::new(),
            n_exact: 0,
        })
    }

    /// Scores one transaction, passes it through the gates and adds it to the past.
    ///
    /// # Errors
    /// When the operating system gives no random bytes for an id.
    pub(super) fn assess(&mut self, transaction: &Transaction) -> Result<(), Error> {
        let content = &transaction.content;
        let account = self.accounts.entry(content.account.to_string()).or_default();
        let counterparty = match self.counterparties.get_mut(content.counterparty.as_str()) {
            Some(past) => past,
            None => self
                .counterparties
                .entry(content.counterparty.to_string())
                .or_insert(CounterpartyPast::fresh(new_shard_number()?)),
        };
        let features = self.engine.extract(content, account, &counterparty.merged);
        let assessment = explained(self.engine, &features, &mut self.n_exact);
        let mut row = assessment_row(transaction, &features, &assessment);
        let directives = self.alerting.directives(content);
        if directives.raise_severity(row.record.severity) != Severity::Low {
            row.account_profile_before = Some(account.encode());
            row.counterparty_profile_before = Some(counterparty.merged.encode());
        }
        account.apply(content);
        counterparty.merged.apply(content);
        counterparty.own.apply(content);
        self.alerting.pass(content, &directives, &mut row)?;
        if row.record.alert.is_none() {
            row.account_profile_before = None;
            row.counterparty_profile_before = None;
        }
        self.assessments.push(row);
        Ok(())
    }

    /// Ends the scoring: what is to be written.
    pub(super) fn finish(self) -> Scored {
        let (alerts, events) = self.alerting.finish();
        Scored {
            assessments: self.assessments,
            events,
            accounts: self.accounts,
            counterparties: self.counterparties,
            alerts,
        }
    }
}

impl Scored {
    /// The accounts' profiles, encoded, by id.
    pub(super) fn accounts(&self) -> Vec<(&str, Vec<u8>)> {
        self.accounts.iter().map(|(account, profile)| (account.as_str(), profile.encode())).collect()
    }

    /// The shards, encoded, by counterparty.
    pub(super) fn shards(&self) -> Vec<Shard> {
        let shard = |(counterparty, past): (&String, &CounterpartyPast)| Shard {
            counterparty: counterparty.clone(),
            shard: past.shard,
            profile: past.own.encode(),
        };
        self.counterparties.iter().map(shard).collect()
    }

    /// Alerts raised or folded into, by id.
    pub(super) fn changed_alerts(&self) -> Vec<&Alert> {
        self.alerts.iter().collect()
    }
}

impl CounterpartyPast {
    fn fresh(shard: i64) -> Self {
        Self { merged: CounterpartyProfile::default(), own: CounterpartyProfile::default(), shard }
    }
}

/// A number that no concurrent writer picks: two would otherwise write the same new row.
fn new_shard_number() -> Result<i64, Error> {
    Ok(i64::from_be_bytes(entropy::bytes()?) & i64::MAX)
}

/// Merges what was committed with the newer state of the shard that is locked.
fn counterparty_pasts(known: &Known) -> Result<BTreeMap<String, CounterpartyPast>, Error> {
    let mut pasts: BTreeMap<String, CounterpartyPast> = BTreeMap::new();
    for shard in &known.own_shards {
        let own = decode(&shard.profile, CounterpartyProfile::decode, &shard.counterparty)?;
        let past = CounterpartyPast { merged: own.clone(), own, shard: shard.shard };
        pasts.insert(shard.counterparty.clone(), past);
    }
    for shard in &known.all_shards {
        let past = match pasts.get_mut(&shard.counterparty) {
            Some(past) => past,
            None => pasts
                .entry(shard.counterparty.clone())
                .or_insert(CounterpartyPast::fresh(new_shard_number()?)),
        };
        if past.shard != shard.shard {
            past.merged.merge(&decode(&shard.profile, CounterpartyProfile::decode, &shard.counterparty)?);
        }
    }
    Ok(pasts)
}

/// A row that was made empty in this SQL transaction is a profile without a past.
pub(in crate::workflow) fn decode<P: Default>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<P, ProfileError>,
    owner: &str,
) -> Result<P, Error> {
    if bytes.is_empty() {
        return Ok(P::default());
    }
    decode(bytes).map_err(|error| Error::internal(format!("the profile of {owner} cannot be read: {error}")))
}

/// Explained exactly where somebody will look, for so many of a chunk; the others on first reading.
fn explained(engine: &DetectionEngine, features: &FeatureVector, n_exact: &mut usize) -> Assessment {
    let assessment = engine.assess(features, Detail::ByPath);
    let is_exact_worth_it = assessment.severity != Severity::Low && engine.has_supervised_champion();
    if !is_exact_worth_it || *n_exact >= MAX_EXACT {
        return assessment;
    }
    *n_exact += 1;
    engine.assess(features, Detail::Exact)
}

fn assessment_row(
    transaction: &Transaction,
    features: &FeatureVector,
    assessment: &Assessment,
) -> NewAssessment {
    let record = AssessmentRecord {
        id: AssessmentId::from(transaction.id),
        risk: assessment.risk,
        severity: assessment.severity,
        layers: assessment.layers.each_ref().map(LayerRecord::from),
        probability: assessment.probability,
        detail: assessment.detail,
        versions: assessment.versions,
        listed: Vec::new(),
        gate: None,
        alert: None,
    };
    NewAssessment {
        record,
        occurred_at: transaction.content.occurred_at,
        features: features.to_bytes(),
        held_by: None,
        account_profile_before: None,
        counterparty_profile_before: None,
    }
}
