//! A chunk's alerts in memory: assessments pass the gates, raise alerts or fold into them, each change with its
//! audit event.

use super::IngestContext;
use super::round::Known;
use crate::db::assessments::NewAssessment;
use crate::domain::access::Actor;
use crate::domain::alert::{Alert, Trigger};
use crate::domain::audit::{AuditEntry, AuditEvent};
use crate::domain::configuration::Configuration;
use crate::domain::gate::{
    AccountAlerts, AlertOutcome, Approach, Assessed, Directives, Failures, Gate, Hold, Passage, PastRaise,
    failures_passed, fold, passage, raise, raise_system,
};
use crate::domain::ids::AlertId;
use crate::domain::lists::{ListEntry, ListSubject};
use crate::domain::severity::Severity;
use crate::domain::snooze::Snooze;
use crate::domain::transaction::NewTransaction;
use crate::error::Error;
use crate::workflow::entropy;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};

/// What is known of alerts, and what has changed of them.
pub(super) struct Alerting<'a> {
    context: &'a IngestContext,
    actor: String,
    /// The cap of an account's alerts, and the clocks.
    rules: Configuration,
    accounts: HashMap<String, AccountAlerts>,
    /// Entries by what they name.
    listed: HashMap<(ListSubject, String), Vec<ListEntry>>,
    snoozes: HashMap<String, Vec<Snooze>>,
    failures: Failures,
    system_alerts: Vec<Alert>,
    changed: BTreeSet<AlertId>,
    events: Vec<AuditEvent>,
}

/// What happened to an alert: the action, and what changed from and to.
type Change = (&'static str, Value, Value);

impl<'a> Alerting<'a> {
    /// Takes what the first round brought of alerts.
    pub(super) fn new(
        known: &mut Known,
        context: &'a IngestContext,
        actor: &Actor,
        rules: Configuration,
    ) -> Self {
        let mut accounts = std::mem::take(&mut known.history);
        for alert in std::mem::take(&mut known.open_alerts) {
            let account = alert.account.clone().unwrap_or_default();
            accounts.entry(account).or_default().open.push(alert);
        }
        // The newest open alert is the one that folds.
        for known in accounts.values_mut() {
            known.open.sort_by_key(|alert| std::cmp::Reverse(alert.last_seen_at));
        }
        Self {
            context,
            actor: actor.audit_name(),
            rules,
            accounts,
            listed: by_party(std::mem::take(&mut known.listed)),
            snoozes: by_account(std::mem::take(&mut known.snoozes)),
            failures: std::mem::take(&mut known.failures),
            system_alerts: Vec::new(),
            changed: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// What people have asked for of a transaction's parties.
    pub(super) fn directives(&self, content: &NewTransaction) -> Directives {
        let named = content.parties().into_iter().filter_map(|party| self.listed.get(&party));
        Directives {
            lists: named.flatten().cloned().collect(),
            snoozes: self.snoozes.get(content.account.as_str()).cloned().unwrap_or_default(),
        }
    }

    /// Passes one assessment of an account through the gates, and notes on it what came of it.
    ///
    /// # Errors
    /// When the operating system gives no random bytes for an id.
    pub(super) fn pass(
        &mut self,
        transaction: &NewTransaction,
        directives: &Directives,
        row: &mut NewAssessment,
    ) -> Result<(), Error> {
        let account = transaction.account.as_str();
        let none = AccountAlerts::default();
        let known = self.accounts.get(account).unwrap_or(&none);
        let approach = Approach {
            severity: row.record.severity,
            leading_reason: row.record.leading_reason(),
            occurred_at: row.occurred_at,
            directives,
        };
        let passage = passage(&approach, known, self.rules.alert_cap_per_account_hour);
        row.record.listed = directives.reasons();
        let severity = directives.raise_severity(row.record.severity);
        match passage {
            Passage::Below => {}
            Passage::Withheld(hold) => withhold(row, hold),
            Passage::Raise => self.raise_unless_flooded(transaction, severity, row)?,
            Passage::Fold(position) => self.fold(transaction, (position, severity), row),
        }
        self.report_failures(row)
    }

    /// A layer that fails for every account would bury the queue: past a number, the alert is withheld.
    fn raise_unless_flooded(
        &mut self,
        transaction: &NewTransaction,
        severity: Severity,
        row: &mut NewAssessment,
    ) -> Result<(), Error> {
        if row.record.severity == Severity::NeedsReview {
            if let Some(reason) = failures_passed(&self.failures) {
                withhold(row, Hold { gate: Gate::Failures, reason, by: None });
                return Ok(());
            }
            self.failures.n_recent += 1;
        }
        self.raise(transaction, severity, row)
    }

    fn raise(
        &mut self,
        transaction: &NewTransaction,
        severity: Severity,
        row: &mut NewAssessment,
    ) -> Result<(), Error> {
        let account = transaction.account.as_str();
        let id = AlertId::mint(self.context.now, entropy::for_id()?);
        let known = self.accounts.entry(account.to_owned()).or_default();
        let mut alert = raise(id, account, &assessed(row, severity, (self.context, &self.rules)), known);
        alert.trigger = Some(Trigger::of(transaction, &row.record));
        row.record.alert = Some((id, AlertOutcome::Raised));
        known.newest = Some(id);
        known.raises.push(PastRaise { at: row.occurred_at, severity });
        let mut after = json!({
            "status": alert.status.as_str(),
            "severity": alert.severity.as_str(),
            "risk_score": alert.risk.value(),
            "assessment_id": row.record.id.to_string(),
            "configuration_version": row.record.versions.configuration,
        });
        if !row.record.listed.is_empty() {
            after["lists"] = row.record.listed.iter().map(|reason| reason.text.as_str()).collect();
        }
        let event = append(&mut alert, self.context, &self.actor, ("alert_raised", Value::Null, after));
        known.open.insert(0, alert);
        self.events.push(event);
        self.changed.insert(id);
        Ok(())
    }

    fn fold(
        &mut self,
        transaction: &NewTransaction,
        (position, severity): (usize, Severity),
        row: &mut NewAssessment,
    ) {
        let known = self.accounts.get_mut(transaction.account.as_str());
        let Some(alert) = known.and_then(|known| known.open.get_mut(position)) else {
            return;
        };
        if let Some(before) = fold(alert, &assessed(row, severity, (self.context, &self.rules))) {
            let after = json!({
                "severity": alert.severity.as_str(),
                "risk_score": alert.risk.value(),
                "assessment_id": row.record.id.to_string(),
            });
            let change = ("alert_severity_raised", json!({"severity": before.as_str()}), after);
            self.events.push(append(alert, self.context, &self.actor, change));
        }
        if alert.top_assessment == row.record.id {
            alert.trigger = Some(Trigger::of(transaction, &row.record));
        }
        row.record.alert = Some((alert.id, AlertOutcome::Folded));
        self.changed.insert(alert.id);
    }

    /// Raises one alert of the system a failing layer, unless one is open.
    fn report_failures(&mut self, row: &NewAssessment) -> Result<(), Error> {
        for layer in row.record.degraded() {
            let cause = format!("layer_failed:{layer}");
            if self.failures.open_causes.contains(&cause) {
                continue;
            }
            let id = AlertId::mint(self.context.now, entropy::for_id()?);
            let of_itself = assessed(row, row.record.severity, (self.context, &self.rules));
            let mut alert = raise_system(id, cause.clone(), &of_itself);
            let after = json!({
                "cause": cause,
                "severity": alert.severity.as_str(),
                "assessment_id": row.record.id.to_string(),
            });
            let event = append(&mut alert, self.context, &self.actor, ("alert_raised", Value::Null, after));
            self.events.push(event);
            self.system_alerts.push(alert);
            self.failures.open_causes.push(cause);
        }
        Ok(())
    }

    /// Ends: the alerts raised or folded into, by id, and what the audit trail says of them.
    pub(super) fn finish(self) -> (Vec<Alert>, Vec<AuditEvent>) {
        let changed = self.changed;
        let open = self.accounts.into_values().flat_map(|known| known.open);
        let mut alerts: Vec<Alert> =
            open.filter(|alert| changed.contains(&alert.id)).chain(self.system_alerts).collect();
        alerts.sort_by_key(|alert| alert.id);
        (alerts, self.events)
    }
}

fn assessed<'a>(
    row: &'a NewAssessment,
    severity: Severity,
    (context, rules): (&IngestContext, &Configuration),
) -> Assessed<'a> {
    let NewAssessment { record, occurred_at, .. } = row;
    Assessed { record, severity, occurred_at: *occurred_at, now: context.now, clocks: rules.clocks }
}

fn withhold(row: &mut NewAssessment, hold: Hold) {
    row.record.gate = Some((hold.gate, hold.reason));
    row.held_by = hold.by;
}

fn by_party(listed: Vec<(String, ListEntry)>) -> HashMap<(ListSubject, String), Vec<ListEntry>> {
    let mut entries: HashMap<_, Vec<ListEntry>> = HashMap::new();
    for (value, entry) in listed {
        entries.entry((entry.subject, value)).or_default().push(entry);
    }
    entries
}

fn by_account(snoozes: Vec<(String, Snooze)>) -> HashMap<String, Vec<Snooze>> {
    let mut accounts: HashMap<String, Vec<Snooze>> = HashMap::new();
    for (account, snooze) in snoozes {
        accounts.entry(account).or_default().push(snooze);
    }
    accounts
}

fn append(alert: &mut Alert, context: &IngestContext, actor: &str, change: Change) -> AuditEvent {
    let (action, before, after) = change;
    let event = alert.head.append(AuditEntry {
        chain: alert.chain(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        at: context.now,
        request_id: context.request_id.clone(),
        before,
        after,
    });
    alert.head = event.head();
    event
}
