//! Where an alert stands against its deadlines, at a moment.

use super::{Alert, AlertStatus};
use crate::domain::Invalid;
use jiff::Timestamp;

/// The deadline is near when less than one part in this many of the time from the raise to it is left.
const NEAR_PARTS: i128 = 4;

/// Where an alert stands against the deadline that counts for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlaState {
    /// A quarter of the time or more is left; or it was decided in time.
    OnTrack,
    /// Less than a quarter of the time is left.
    Near,
    /// The time is over; or it was decided too late.
    Breached,
}

impl SlaState {
    /// All, from calm to late.
    pub const ALL: [Self; 3] = [Self::OnTrack, Self::Near, Self::Breached];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the three words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Invalid::new("must be on_track, near or breached"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTrack => "on_track",
            Self::Near => "near",
            Self::Breached => "breached",
        }
    }
}

impl Alert {
    /// The state at `now`: of the time to respond while it is active, of the time to resolve in review. Once it was
    /// decided the state is fixed: it was decided in time, or not.
    pub fn sla_state(&self, now: Timestamp) -> SlaState {
        match self.status {
            AlertStatus::Active => self.against(self.respond_by, now),
            AlertStatus::InReview => self.against(self.resolve_by, now),
            AlertStatus::Resolved | AlertStatus::Closed => {
                let decided_at = self.decision.as_ref().map_or(now, |decision| decision.at);
                if decided_at > self.resolve_by { SlaState::Breached } else { SlaState::OnTrack }
            }
        }
    }

    fn against(&self, deadline: Timestamp, now: Timestamp) -> SlaState {
        let left = deadline.as_microsecond() - now.as_microsecond();
        let whole = deadline.as_microsecond() - self.created_at.as_microsecond();
        if left < 0 {
            SlaState::Breached
        } else if i128::from(left) * NEAR_PARTS < i128::from(whole) {
            SlaState::Near
        } else {
            SlaState::OnTrack
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::{Decision, Disposition};
    use crate::domain::audit::ChainHead;
    use crate::domain::ids::{AlertId, AssessmentId};
    use crate::domain::score::RiskScore;
    use crate::domain::severity::Severity;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::from_second(1_780_488_000 + minute * 60).unwrap()
    }

    /// Raised at minute 0: an hour to respond, eight to resolve.
    fn alert(status: AlertStatus) -> Alert {
        Alert {
            id: AlertId::mint(minute(0), [0; 10]),
            account: Some("a".into()),
            cause: None,
            status,
            severity: Severity::High,
            risk: RiskScore::try_new(0.75).unwrap(),
            n_assessments: 1,
            first_assessment: AssessmentId(uuid::Uuid::nil()),
            top_assessment: AssessmentId(uuid::Uuid::nil()),
            trigger: None,
            first_seen_at: minute(0),
            last_seen_at: minute(0),
            created_at: minute(0),
            respond_by: minute(60),
            resolve_by: minute(480),
            n_confirmed_before: 0,
            previous: None,
            responded_at: None,
            assignee: None,
            is_escalated: false,
            decision: None,
            proposal: None,
            head: ChainHead::default(),
        }
    }

    #[test]
    fn the_last_quarter_of_the_time_is_near_and_past_it_is_breached() {
        let states = |status, minutes: [i64; 5]| {
            let alert = alert(status);
            minutes.map(|at| alert.sla_state(minute(at)).as_str())
        };
        let expected = ["on_track", "on_track", "near", "near", "breached"];
        assert_eq!(states(AlertStatus::Active, [0, 45, 46, 60, 61]), expected);
        assert_eq!(states(AlertStatus::InReview, [0, 360, 361, 480, 481]), expected);
    }

    #[test]
    fn a_decided_alert_keeps_the_state_that_it_was_decided_in() {
        for status in [AlertStatus::Resolved, AlertStatus::Closed] {
            for (decided, expected) in [(480, SlaState::OnTrack), (481, SlaState::Breached)] {
                let decision = Decision {
                    disposition: Disposition::FalsePositive,
                    confidence: None,
                    notes: None,
                    by: "ana".into(),
                    at: minute(decided),
                    approved_by: None,
                };
                let alert = Alert { decision: Some(decision), ..alert(status) };
                assert_eq!(alert.sla_state(minute(100_000)), expected, "decided at minute {decided}");
            }
        }
    }
}
