//! When, in a replay, labels become known and the schedule's tasks are due.
//!
//! Where the file says when a label became known, it is sent, fraud or genuine. Where it does not, frauds only are
//! labelled, a delay later: what nobody complains of gets no label. A label becomes known at the first full hour that
//! is not before that moment, and carries that hour as its `observed_at`; so it is never known early, at most an hour
//! late, the same to the server as to this tool, and a day is cut into at most 24 pieces. Baselines are made at the start of each day, models every so many days.

use crate::mapping::rows::Row;
use crate::timeline::ScheduledTask;
use crate::wire::{LabelIn, Task};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use shared::domain::Invalid;
use shared::domain::label::{LabelSource, Verdict};
use std::ops::Range;

const SECONDS_AN_HOUR: i64 = 3_600;

/// The days of a replay and what happens on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The first day, UTC.
    pub from: Date,
    /// The last day, UTC, included.
    pub to: Date,
    /// Days from a transaction to its label.
    pub label_delay_days: u32,
    /// Days between trainings, the first so many days after `from`; 0 is never.
    pub retrain_every_days: u32,
}

/// The labels of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    /// Those that become known before the window ends.
    pub due: Vec<LabelIn>,
    /// Labels that come too late for this replay.
    pub n_not_yet_due: u64,
}

impl Schedule {
    /// The first moment of the first day to the first moment after the last.
    ///
    /// # Errors
    /// When the days are not in order or not on the calendar.
    pub fn window(&self) -> Result<Range<Timestamp>, Invalid> {
        if self.from > self.to {
            return Err(Invalid(format!(
                "the first day {} must not be after the last {}",
                self.from, self.to
            )));
        }
        Ok(start_of(self.from)?..start_of(self.to.tomorrow().map_err(off_calendar)?)?)
    }

    /// The label of each row that has one.
    ///
    /// # Errors
    /// When a label's moment is off the calendar.
    pub fn labels(&self, rows: &[Row]) -> Result<Labels, Invalid> {
        let end = self.window()?.end;
        let mut labels = Labels { due: Vec::new(), n_not_yet_due: 0 };
        for row in rows {
            let Some((verdict, observed_at)) = self.label(row)? else { continue };
            if observed_at > end {
                labels.n_not_yet_due += 1;
                continue;
            }
            labels.due.push(LabelIn {
                source: row.transaction.source.clone(),
                external_id: row.transaction.external_id.clone(),
                verdict: verdict.as_str().to_owned(),
                label_source: LabelSource::Chargeback.as_str().to_owned(),
                observed_at,
            });
        }
        Ok(labels)
    }

    /// Baselines at the start of each day, then a model where one is due.
    ///
    /// # Errors
    /// As [`Schedule::window`].
    pub fn tasks(&self) -> Result<Vec<ScheduledTask>, Invalid> {
        self.window()?;
        let mut tasks = Vec::new();
        for (n_days, day) in (0_u32..).zip(self.from.series(1.day()).take_while(|day| *day <= self.to)) {
            let as_of = start_of(day)?;
            tasks.push(ScheduledTask { as_of, task: Task::Snapshot });
            if n_days > 0 && self.retrain_every_days > 0 && n_days % self.retrain_every_days == 0 {
                tasks.push(ScheduledTask { as_of, task: Task::Retrain });
            }
        }
        Ok(tasks)
    }

    /// What became known of a row, and when.
    fn label(&self, row: &Row) -> Result<Option<(Verdict, Timestamp)>, Invalid> {
        let earliest = match (row.verdict, row.label_at) {
            (Some(_), Some(label_at)) => label_at,
            (Some(Verdict::Fraud), None) => {
                let delay = SignedDuration::from_hours(24 * i64::from(self.label_delay_days));
                row.transaction.occurred_at.checked_add(delay).map_err(off_calendar)?
            }
            (Some(Verdict::Genuine), None) | (None, _) => return Ok(None),
        };
        Ok(row.verdict.zip(Some(full_hour_from(earliest)?)))
    }
}

/// The first full hour that is not before this moment.
fn full_hour_from(earliest: Timestamp) -> Result<Timestamp, Invalid> {
    // A fraction of a second past the hour belongs to the next one.
    let second = earliest.as_second() + i64::from(earliest.subsec_nanosecond() > 0);
    let hour = (second + SECONDS_AN_HOUR - 1).div_euclid(SECONDS_AN_HOUR);
    Timestamp::from_second(hour * SECONDS_AN_HOUR).map_err(off_calendar)
}

fn start_of(day: Date) -> Result<Timestamp, Invalid> {
    day.to_zoned(TimeZone::UTC).map(|start| start.timestamp()).map_err(off_calendar)
}

fn off_calendar(_: jiff::Error) -> Invalid {
    Invalid::new("every day and label must lie before the year 9999")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::TransactionIn;
    use std::collections::BTreeMap;

    fn schedule(from: &str, to: &str, label_delay_days: u32, retrain_every_days: u32) -> Schedule {
        Schedule {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            label_delay_days,
            retrain_every_days,
        }
    }

    fn row(id: &str, occurred_at: &str, verdict: Option<Verdict>) -> Row {
        let transaction = TransactionIn {
            source: "bank".to_owned(),
            external_id: id.to_owned(),
            account: "a".to_owned(),
            counterparty: "b".to_owned(),
            amount: "1.00".to_owned(),
            currency: "EUR".to_owned(),
            occurred_at: occurred_at.parse().unwrap(),
            channel: "card".to_owned(),
            entity_type: None,
            place: None,
            device: None,
            ip_address: None,
            category: None,
            attributes: BTreeMap::new(),
        };
        Row { transaction, verdict, label_at: None, scenario: None }
    }

    #[test]
    fn frauds_are_labelled_at_the_first_full_hour_after_the_delay() {
        let rows = [
            row("1", "2025-03-01T09:00:01Z", Some(Verdict::Fraud)),
            row("2", "2025-03-01T10:00:00Z", Some(Verdict::Fraud)),
            row("3", "2025-03-01T10:00:00.5Z", Some(Verdict::Fraud)),
            row("4", "2025-03-01T09:30:00Z", Some(Verdict::Genuine)),
            row("5", "2025-03-01T09:30:00Z", None),
        ];
        let labels = schedule("2025-03-01", "2025-03-31", 7, 0).labels(&rows).unwrap();
        let moments: Vec<_> =
            labels.due.iter().map(|l| (l.external_id.as_str(), l.observed_at.to_string())).collect();
        let expected =
            [("1", "2025-03-08T10:00:00Z"), ("2", "2025-03-08T10:00:00Z"), ("3", "2025-03-08T11:00:00Z")];
        assert_eq!(moments, expected.map(|(id, at)| (id, at.to_owned())));
    }

    #[test]
    fn a_label_with_a_time_of_its_own_is_sent_at_the_next_full_hour_whatever_it_says() {
        let known = |id: &str, verdict, label_at: &str| Row {
            label_at: Some(label_at.parse().unwrap()),
            ..row(id, "2025-03-01T09:00:00Z", Some(verdict))
        };
        let rows = [
            known("1", Verdict::Fraud, "2025-03-02T10:00:00Z"),
            known("2", Verdict::Genuine, "2025-03-04T10:20:00Z"),
            known("3", Verdict::Fraud, "2025-04-04T10:20:00Z"),
        ];
        let labels = schedule("2025-03-01", "2025-03-31", 7, 0).labels(&rows).unwrap();
        let said: Vec<_> =
            labels.due.iter().map(|l| (l.verdict.as_str(), l.observed_at.to_string())).collect();
        let expected = [("fraud", "2025-03-02T10:00:00Z"), ("genuine", "2025-03-04T11:00:00Z")];
        assert_eq!(said, expected.map(|(verdict, at)| (verdict, at.to_owned())));
        assert_eq!(labels.n_not_yet_due, 1);
    }

    #[test]
    fn a_label_that_becomes_known_after_the_window_is_counted_and_not_sent() {
        let rows = [
            row("1", "2025-03-03T23:00:00Z", Some(Verdict::Fraud)),
            row("2", "2025-03-04T00:00:01Z", Some(Verdict::Fraud)),
        ];
        let labels = schedule("2025-03-01", "2025-03-10", 7, 0).labels(&rows).unwrap();
        assert_eq!((labels.due.len(), labels.n_not_yet_due), (1, 1));
        assert_eq!(labels.due[0].external_id, "1");
    }

    #[test]
    fn baselines_are_daily_and_models_follow_them_every_so_many_days() {
        let tasks = schedule("2025-03-30", "2025-04-03", 7, 2).tasks().unwrap();
        let words: Vec<_> = tasks.iter().map(|due| format!("{} {:?}", due.as_of, due.task)).collect();
        let expected = [
            "2025-03-30T00:00:00Z Snapshot",
            "2025-03-31T00:00:00Z Snapshot",
            "2025-04-01T00:00:00Z Snapshot",
            "2025-04-01T00:00:00Z Retrain",
            "2025-04-02T00:00:00Z Snapshot",
            "2025-04-03T00:00:00Z Snapshot",
            "2025-04-03T00:00:00Z Retrain",
        ];
        assert_eq!(words, expected);
        let never = schedule("2025-03-01", "2025-03-31", 7, 0).tasks().unwrap();
        assert!(never.len() == 31 && never.iter().all(|due| due.task == Task::Snapshot));
    }

    #[test]
    fn the_last_day_is_included_and_days_out_of_order_are_refused() {
        let window = schedule("2025-03-01", "2025-03-01", 7, 0).window().unwrap();
        assert_eq!(window.end.to_string(), "2025-03-02T00:00:00Z");
        let refused = schedule("2025-03-02", "2025-03-01", 7, 0).window().unwrap_err();
        assert!(refused.to_string().contains("2025-03-02"), "{refused}");
    }
}
