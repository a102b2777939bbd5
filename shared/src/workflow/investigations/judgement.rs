//! Which of many alerts may be decided, and what is to be told of the others.

use super::decide::Decided;
use super::subjects::MAX_LABELLED;
use super::{By, Target, check_seen};
use crate::domain::alert::Alert;
use crate::domain::ids::{AlertId, TransactionId};
use crate::error::{Error, ErrorKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Which alerts may be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those that the caller holds.
    Held,
    /// Also those that nobody holds: they are claimed first.
    Free,
    /// Those whose decision waits for the caller's approval.
    Proposed,
}

/// Which of the targets may be decided, and why the others may not.
pub(super) struct Judgement<'a> {
    targets: &'a [Target],
    by: &'a By,
    reach: Reach,
    refused: BTreeMap<AlertId, Error>,
}

impl<'a> Judgement<'a> {
    /// Of these targets, none refused yet.
    pub(super) fn new(targets: &'a [Target], (by, reach): (&'a By, Reach)) -> Self {
        Self { targets, by, reach, refused: BTreeMap::new() }
    }

    /// Whether the alert may not be decided.
    pub(super) fn refuses(&self, id: AlertId) -> bool {
        self.refused.contains_key(&id)
    }

    /// Refuses those of the targets accepted so far that may not be decided as they stand; how many.
    pub(super) fn judge(&mut self, alerts: &BTreeMap<AlertId, Alert>) -> usize {
        let n_before = self.refused.len();
        for target in self.targets {
            if self.refused.contains_key(&target.id) {
                continue;
            }
            if let Err(error) = may_decide(alerts.get(&target.id), target, (self.by, self.reach)) {
                self.refused.insert(target.id, error);
            }
        }
        self.refused.len() - n_before
    }

    /// Refuses an alert that was accepted.
    pub(super) fn refuse(&mut self, id: AlertId, error: Error) {
        self.refused.insert(id, error);
    }

    /// One alert is labelled to the limit; of many, those that would pass it are refused. Only what `is_labelled` counts.
    pub(super) fn refuse_too_many(
        &mut self,
        alerts: &BTreeMap<AlertId, Alert>,
        is_labelled: impl Fn(&Alert) -> bool,
    ) {
        if self.targets.len() == 1 {
            return;
        }
        let mut n_labelled = 0;
        for alert in self.targets.iter().filter_map(|target| alerts.get(&target.id)) {
            if self.refused.contains_key(&alert.id) || !is_labelled(alert) {
                continue;
            }
            if n_labelled + alert.n_assessments <= MAX_LABELLED {
                n_labelled += alert.n_assessments;
                continue;
            }
            let message =
                format!("the request would label more than {MAX_LABELLED} transactions; send fewer alerts");
            self.refused.insert(alert.id, Error::new(ErrorKind::PayloadTooLarge, message));
        }
    }

    pub(super) fn accepted<'b>(&self, alerts: &'b BTreeMap<AlertId, Alert>) -> Vec<&'b Alert> {
        alerts.values().filter(|alert| !self.refused.contains_key(&alert.id)).collect()
    }

    /// One outcome a target, in their order.
    pub(super) fn outcomes(
        mut self,
        mut ended: BTreeMap<AlertId, (Alert, Value)>,
        subjects: &BTreeMap<AlertId, Vec<TransactionId>>,
    ) -> Vec<Result<Decided, Error>> {
        let mut outcome = |target: &Target| match ended.remove(&target.id) {
            Some((alert, before)) => {
                let n_labelled = subjects.get(&alert.id).map_or(0, Vec::len);
                Ok(Decided { alert, n_labelled, before })
            }
            None => Err(self.refused.remove(&target.id).unwrap_or_else(|| Error::not_found("alert"))),
        };
        self.targets.iter().map(&mut outcome).collect()
    }
}

fn may_decide(alert: Option<&Alert>, target: &Target, (by, reach): (&By, Reach)) -> Result<(), Error> {
    let alert = alert.ok_or_else(|| Error::not_found("alert"))?;
    check_seen(alert, &target.seen)?;
    let (standing, actor) = (alert.standing(), by.actor.key_id.as_str());
    let is_free = alert.is_open() && alert.assignee.is_none();
    match reach {
        Reach::Proposed => standing.approve(actor)?,
        Reach::Free if is_free && alert.proposal.is_none() => {}
        Reach::Held | Reach::Free => standing.decide(actor)?,
    }
    Ok(())
}
