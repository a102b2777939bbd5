//! A chunk's profiles and alerts in memory: detection applied to one transaction after the other.
//!
//! A transaction is scored against the past before it, then added to that past: it never explains itself.

use super::IngestContext;
use super::round::Known;
use crate::db::assessments::NewAssessment;
use crate::db::counterparties::Shard;
use crate::detection::engine::DetectionEngine;
use crate::detection::features::{FeatureVector, Past, extract};
use crate::detection::profile::{AccountProfile, CounterpartyProfile, ProfileError};
use crate::domain::access::Actor;
use crate::domain::alert::Alert;
use crate::domain::assessment::{AssessmentRecord, LayerRecord};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::gate::{AccountAlerts, AlertOutcome, Assessed, Passage, fold, passage, raise};
use crate::domain::ids::{AlertId, AssessmentId};
use crate::domain::severity::Severity;
use crate::domain::transaction::Transaction;
use crate::error::Error;
use crate::workflow::entropy;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A counterparty's past: merged for reading, and the one shard that this SQL transaction writes.
struct CounterpartyPast {
    merged: CounterpartyProfile,
    own: CounterpartyProfile,
    shard: i64,
}

/// The chunk's state while it is scored. Maps are sorted, since locks are taken in the order of ids.
pub(super) struct Scoring<'a> {
    engine: &'a DetectionEngine,
    context: &'a IngestContext,
    actor: String,
    accounts: BTreeMap<String, AccountProfile>,
    counterparties: BTreeMap<String, CounterpartyPast>,
    alerts: HashMap<String, AccountAlerts>,
    changed: BTreeSet<AlertId>,
    assessments: Vec<NewAssessment>,
    events: Vec<AuditEvent>,
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
        let mut alerts = std::mem::take(&mut known.history);
        for alert in std::mem::take(&mut known.open_alerts) {
            let account = alert.account.clone().unwrap_or_default();
            alerts.entry(account).or_default().open.push(alert);
        }
        // The newest open alert is the one that folds.
        for known in alerts.values_mut() {
            known.open.sort_by_key(|alert| std::cmp::Reverse(alert.last_seen_at));
        }
        Ok(Self {
            engine,
            context,
            actor: actor.audit_name(),
            accounts,
            counterparties: counterparty_pasts(known)?,
            alerts,
            changed: BTreeSet::new(),
            assessments: Vec::new(),
            events: Vec::new(),
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
        let past = Past { account, counterparty: &counterparty.merged, baseline: self.engine.baseline() };
        let features = extract(content, &past);
        let mut row = assessment_row(self.engine, transaction, &features);
        if row.record.severity != Severity::Low {
            row.account_profile_before = Some(account.encode());
            row.counterparty_profile_before = Some(counterparty.merged.encode());
        }
        account.apply(content);
        counterparty.merged.apply(content);
        counterparty.own.apply(content);
        self.pass_gates(transaction, &mut row)?;
        if row.record.alert.is_none() {
            row.account_profile_before = None;
            row.counterparty_profile_before = None;
        }
        self.assessments.push(row);
        Ok(())
    }

    fn pass_gates(&mut self, transaction: &Transaction, row: &mut NewAssessment) -> Result<(), Error> {
        let account = transaction.content.account.as_str();
        let occurred_at = transaction.content.occurred_at;
        let cap = self.engine.configuration().alert_cap_per_account_hour;
        let none = AccountAlerts::default();
        let known = self.alerts.get(account).unwrap_or(&none);
        match passage(row.record.severity, occurred_at, known, cap) {
            Passage::Below => {}
            Passage::Withheld(gate, reason) => row.record.gate = Some((gate, reason)),
            Passage::Raise => self.raise(account, transaction, row)?,
            Passage::Fold(position) => self.fold(account, position, row),
        }
        Ok(())
    }

    fn raise(
        &mut self,
        account: &str,
        transaction: &Transaction,
        row: &mut NewAssessment,
    ) -> Result<(), Error> {
        let id = AlertId::mint(self.context.now, entropy::for_id()?);
        let assessed = Assessed { record: &row.record, occurred_at: row.occurred_at, now: self.context.now };
        let known = self.alerts.entry(account.to_owned()).or_default();
        let mut alert = raise(id, account, &assessed, known);
        let after = json!({
            "status": alert.status.as_str(),
            "severity": alert.severity.as_str(),
            "risk_score": alert.risk.value(),
            "transaction_id": transaction.id.to_string(),
            "assessment_id": row.record.id.to_string(),
            "configuration_version": row.record.versions.configuration,
        });
        let event =
            alert.head.append(entry(self.context, &self.actor, &alert, ("alert_raised", Value::Null, after)));
        alert.head = event.head();
        row.record.alert = Some((id, AlertOutcome::Raised));
        known.newest = Some(id);
        known.raised_at.push(row.occurred_at);
        known.open.insert(0, alert);
        self.changed.insert(id);
        self.events.push(event);
        Ok(())
    }

    fn fold(&mut self, account: &str, position: usize, row: &mut NewAssessment) {
        let Some(alert) = self.alerts.get_mut(account).and_then(|known| known.open.get_mut(position)) else {
            return;
        };
        let assessed = Assessed { record: &row.record, occurred_at: row.occurred_at, now: self.context.now };
        if let Some(before) = fold(alert, &assessed) {
            let after = json!({
                "severity": alert.severity.as_str(),
                "risk_score": alert.risk.value(),
                "assessment_id": row.record.id.to_string(),
            });
            let change = ("alert_severity_raised", json!({"severity": before.as_str()}), after);
            let event = alert.head.append(entry(self.context, &self.actor, alert, change));
            alert.head = event.head();
            self.events.push(event);
        }
        row.record.alert = Some((alert.id, AlertOutcome::Folded));
        self.changed.insert(alert.id);
    }

    /// Ends the scoring: what is to be written.
    pub(super) fn finish(self) -> Scored {
        let changed = self.changed;
        let mut alerts: Vec<Alert> = self
            .alerts
            .into_values()
            .flat_map(|known| known.open)
            .filter(|alert| changed.contains(&alert.id))
            .collect();
        alerts.sort_by_key(|alert| alert.id);
        Scored {
            assessments: self.assessments,
            events: self.events,
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

fn assessment_row(
    engine: &DetectionEngine,
    transaction: &Transaction,
    features: &FeatureVector,
) -> NewAssessment {
    let assessment = engine.assess(features);
    let record = AssessmentRecord {
        id: AssessmentId::from(transaction.id),
        risk: assessment.risk,
        severity: assessment.severity,
        layers: assessment.layers.each_ref().map(LayerRecord::from),
        versions: assessment.versions,
        gate: None,
        alert: None,
    };
    NewAssessment {
        record,
        occurred_at: transaction.content.occurred_at,
        features: features.to_bytes(),
        account_profile_before: None,
        counterparty_profile_before: None,
    }
}

fn entry(context: &IngestContext, actor: &str, alert: &Alert, change: (&str, Value, Value)) -> AuditEntry {
    let (action, before, after) = change;
    AuditEntry {
        chain: alert.chain(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        at: context.now,
        request_id: context.request_id.clone(),
        before,
        after,
    }
}
