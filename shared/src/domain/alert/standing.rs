//! The rules of the moves that people make on an alert: what each starts from, and who may make it.
//!
//! `active -> in_review -> resolved -> closed`; back by release, reopen and undo. Whether a role may make a move at all
//! is asked before, by its permission.

use super::AlertStatus;

/// What the rules look at before a move: the alert's status, who holds it, and whether it is escalated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing<'a> {
    /// Where the alert stands.
    pub status: AlertStatus,
    /// The key that holds it.
    pub holder: Option<&'a str>,
    /// Whether it wants a supervisor.
    pub is_escalated: bool,
    /// The key that proposed the decision which waits for a second person.
    pub proposer: Option<&'a str>,
}

/// What a move that may be made does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The alert changes, with its audit event.
    Changes,
    /// The alert stands already where the move would take it: nothing is written.
    Stands,
}

/// Why a move was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoveRefused {
    /// The alert is not in the state that the move starts from.
    #[error("{0}")]
    WrongState(String),
    /// Another may: who holds the alert, or whoever did not propose its decision.
    #[error("{0}")]
    NotAllowed(String),
}

impl<'a> Standing<'a> {
    /// Whether `actor` may claim: from active, or from review when nobody holds it (after an inconclusive look). For
    /// the holder the claim is made already.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when another holds it, or it is decided.
    pub fn claim(self, actor: &str) -> Result<Turn, MoveRefused> {
        match (self.status, self.holder) {
            (AlertStatus::Active, _) | (AlertStatus::InReview, None) => Ok(Turn::Changes),
            (AlertStatus::InReview, Some(holder)) if holder == actor => Ok(Turn::Stands),
            (AlertStatus::InReview, Some(_)) => {
                Err(MoveRefused::WrongState("the alert is already claimed by another analyst".into()))
            }
            (AlertStatus::Resolved | AlertStatus::Closed, _) => Err(self.wrong_state("claimed")),
        }
    }

    /// Whether a supervisor may give the alert to `assignee`: while it is open, whoever holds it.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when it is decided, or its decision awaits approval.
    pub fn assign(self, assignee: &str) -> Result<Turn, MoveRefused> {
        self.not_proposed("assigned")?;
        match (self.status, self.holder) {
            (AlertStatus::InReview, Some(holder)) if holder == assignee => Ok(Turn::Stands),
            (AlertStatus::Active | AlertStatus::InReview, _) => Ok(Turn::Changes),
            (AlertStatus::Resolved | AlertStatus::Closed, _) => Err(self.wrong_state("assigned")),
        }
    }

    /// Whether `actor` may give the alert back to the queue: it must be in review and held by them.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when not in review, or its decision awaits approval; [`MoveRefused::NotAllowed`] when
    /// another holds it.
    pub fn release(self, actor: &str) -> Result<(), MoveRefused> {
        self.not_proposed("released")?;
        self.held_by(actor, "released")
    }

    /// Whether the alert may be escalated: while it is open, by whoever investigates. Its holder keeps it.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when it is escalated already, or decided.
    pub fn escalate(self) -> Result<(), MoveRefused> {
        match (self.status, self.is_escalated) {
            (AlertStatus::Active | AlertStatus::InReview, false) => Ok(()),
            (AlertStatus::Active | AlertStatus::InReview, true) => {
                Err(MoveRefused::WrongState("the alert is escalated already; add a note to say more".into()))
            }
            (AlertStatus::Resolved | AlertStatus::Closed, _) => Err(self.wrong_state("escalated")),
        }
    }

    /// Whether `actor` may decide: the alert must be in review and held by them.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when not in review, or a decision awaits approval already; [`MoveRefused::NotAllowed`]
    /// when another holds it.
    pub fn decide(self, actor: &str) -> Result<(), MoveRefused> {
        self.not_proposed("decided again")?;
        self.held_by(actor, "decided")
    }

    /// Whether `actor`, a supervisor, may approve the decision that waits: anybody but who proposed it.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when none waits, [`MoveRefused::NotAllowed`] when it is their own.
    pub fn approve(self, actor: &str) -> Result<(), MoveRefused> {
        match self.waiting() {
            None => Err(Self::nothing_proposed()),
            Some(proposer) if proposer == actor => Err(MoveRefused::NotAllowed(
                "a decision is approved by somebody other than who proposed it; ask another supervisor"
                    .into(),
            )),
            Some(_) => Ok(()),
        }
    }

    /// Whether `actor` may reject the decision that waits: a supervisor, or who proposed it, which takes it back.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when none waits, [`MoveRefused::NotAllowed`] when another analyst proposed it.
    pub fn reject(self, actor: &str, may_supervise: bool) -> Result<(), MoveRefused> {
        match self.waiting() {
            None => Err(Self::nothing_proposed()),
            Some(proposer) if may_supervise || proposer == actor => Ok(()),
            Some(_) => Err(MoveRefused::NotAllowed(
                "a proposed decision is rejected by a supervisor, or by who proposed it".into(),
            )),
        }
    }

    /// Whether a supervisor may take a decided alert into review again.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when it is not decided.
    pub fn reopen(self) -> Result<(), MoveRefused> {
        match self.status {
            AlertStatus::Resolved | AlertStatus::Closed => Ok(()),
            AlertStatus::Active | AlertStatus::InReview => Err(self.wrong_state("reopened")),
        }
    }

    /// Whether the alert may be closed: once it is resolved.
    ///
    /// # Errors
    /// [`MoveRefused::WrongState`] when it is not resolved.
    pub fn close(self) -> Result<(), MoveRefused> {
        match self.status {
            AlertStatus::Resolved => Ok(()),
            AlertStatus::Active | AlertStatus::InReview | AlertStatus::Closed => {
                Err(self.wrong_state("closed"))
            }
        }
    }

    /// Whether somebody other than `other` holds it.
    pub fn is_held_beside(self, other: &str) -> bool {
        self.status == AlertStatus::InReview && self.holder.is_some_and(|holder| holder != other)
    }

    /// Who proposed the decision that waits; the alert is in review as long as one does.
    fn waiting(self) -> Option<&'a str> {
        self.proposer.filter(|_| self.status == AlertStatus::InReview)
    }

    fn nothing_proposed() -> MoveRefused {
        MoveRefused::WrongState("no decision of the alert awaits approval".into())
    }

    fn not_proposed(self, participle: &str) -> Result<(), MoveRefused> {
        if self.proposer.is_none() {
            return Ok(());
        }
        Err(MoveRefused::WrongState(format!(
            "the alert's decision awaits approval; approve or reject it before the alert is {participle}"
        )))
    }

    fn held_by(self, actor: &str, participle: &str) -> Result<(), MoveRefused> {
        match (self.status, self.holder) {
            (AlertStatus::InReview, Some(holder)) if holder == actor => Ok(()),
            (AlertStatus::InReview, Some(_)) => Err(MoveRefused::NotAllowed(format!(
                "the alert can only be {participle} by the analyst who holds it"
            ))),
            (AlertStatus::InReview, None) => Err(MoveRefused::NotAllowed(format!(
                "nobody holds the alert; claim it before it is {participle}"
            ))),
            (AlertStatus::Active | AlertStatus::Resolved | AlertStatus::Closed, _) => {
                Err(self.wrong_state(participle))
            }
        }
    }

    fn wrong_state(self, participle: &str) -> MoveRefused {
        MoveRefused::WrongState(format!("an alert that is {} cannot be {participle}", self.status.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AlertStatus::{Active, Closed, InReview, Resolved};

    /// What comes of a move, in a word of the table: `yes`, `is` (it stands there already), `409` or `403`.
    fn word(outcome: &Result<Turn, MoveRefused>) -> &'static str {
        match outcome {
            Ok(Turn::Stands) => "is",
            Ok(Turn::Changes) => "yes",
            Err(MoveRefused::WrongState(_)) => "409",
            Err(MoveRefused::NotAllowed(_)) => "403",
        }
    }

    /// What `ana` may do: claim, be assigned, release, escalate, decide, reopen, close.
    fn row(status: AlertStatus, holder: Option<&str>, is_escalated: bool) -> [&'static str; 7] {
        let standing = Standing { status, holder, is_escalated, proposer: None };
        let done = |outcome: Result<(), MoveRefused>| word(&outcome.map(|()| Turn::Changes));
        [
            word(&standing.claim("ana")),
            word(&standing.assign("ana")),
            done(standing.release("ana")),
            done(standing.escalate()),
            done(standing.decide("ana")),
            done(standing.reopen()),
            done(standing.close()),
        ]
    }

    #[test]
    fn every_move_from_every_state() {
        let table = [
            // claim, assign, release, escalate, decide, reopen, close
            (Active, None, false, ["yes", "yes", "409", "yes", "409", "409", "409"]),
            (Active, None, true, ["yes", "yes", "409", "409", "409", "409", "409"]),
            (InReview, None, false, ["yes", "yes", "403", "yes", "403", "409", "409"]),
            (InReview, None, true, ["yes", "yes", "403", "409", "403", "409", "409"]),
            (InReview, Some("ana"), false, ["is", "is", "yes", "yes", "yes", "409", "409"]),
            (InReview, Some("ana"), true, ["is", "is", "yes", "409", "yes", "409", "409"]),
            (InReview, Some("bob"), false, ["409", "yes", "403", "yes", "403", "409", "409"]),
            (InReview, Some("bob"), true, ["409", "yes", "403", "409", "403", "409", "409"]),
            (Resolved, None, false, ["409", "409", "409", "409", "409", "yes", "yes"]),
            (Resolved, None, true, ["409", "409", "409", "409", "409", "yes", "yes"]),
            (Closed, None, false, ["409", "409", "409", "409", "409", "yes", "409"]),
            (Closed, None, true, ["409", "409", "409", "409", "409", "yes", "409"]),
        ];
        for (status, holder, is_escalated, expected) in table {
            let place = format!("{} held by {holder:?}, escalated {is_escalated}", status.as_str());
            assert_eq!(row(status, holder, is_escalated), expected, "{place}");
        }
    }

    #[test]
    fn an_alert_is_held_beside_somebody_only_by_another() {
        let held = |holder| {
            Standing { status: InReview, holder, is_escalated: false, proposer: None }.is_held_beside("ana")
        };
        assert_eq!([held(None), held(Some("ana")), held(Some("bob"))], [false, false, true]);
    }

    #[test]
    fn a_proposed_decision_holds_the_alert_until_a_second_person_has_looked() {
        let proposed = |holder| Standing {
            status: InReview,
            holder: Some(holder),
            is_escalated: false,
            proposer: Some(holder),
        };
        let done = |outcome: Result<(), MoveRefused>| word(&outcome.map(|()| Turn::Changes));
        // What `ana`, who may supervise or not, may do to what she proposed herself, and to what `bob` did.
        let moves = |standing: Standing<'_>, may_supervise| {
            [
                word(&standing.claim("ana")),
                word(&standing.assign("ana")),
                done(standing.release("ana")),
                done(standing.escalate()),
                done(standing.decide("ana")),
                done(standing.approve("ana")),
                done(standing.reject("ana", may_supervise)),
            ]
        };
        assert_eq!(moves(proposed("ana"), false), ["is", "409", "409", "yes", "409", "403", "yes"]);
        assert_eq!(moves(proposed("ana"), true), ["is", "409", "409", "yes", "409", "403", "yes"]);
        assert_eq!(moves(proposed("bob"), false), ["409", "409", "409", "yes", "409", "yes", "403"]);
        assert_eq!(moves(proposed("bob"), true), ["409", "409", "409", "yes", "409", "yes", "yes"]);
        let nothing = Standing { proposer: None, ..proposed("bob") };
        assert_eq!([done(nothing.approve("ana")), done(nothing.reject("ana", true))], ["409", "409"]);
    }
}
