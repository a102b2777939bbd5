//! The schedule: one event for every task, at a time that EventBridge Scheduler can read. cfn-lint looks at neither.

use super::document::{Finding, Template};
use serde_json::Value;
use std::ops::RangeInclusive;

/// What is wrong with the schedules of these tasks.
pub(crate) fn findings(template: &Template, tasks: &[&str]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut scheduled = Vec::new();
    for function in template.functions() {
        for (name, event) in function.events("ScheduleV2") {
            let place = format!("{}.{name}", function.id);
            found.extend(in_event(event).into_iter().map(|what| format!("{place}: {what}")));
            scheduled.extend(task(event));
        }
    }
    for task in tasks {
        match scheduled.iter().filter(|scheduled| scheduled == task).count() {
            1 => {}
            n => found.push(format!("the task {task} has {n} schedules instead of one")),
        }
    }
    for task in scheduled.iter().filter(|scheduled| !tasks.contains(&scheduled.as_str())) {
        found.push(format!("a schedule names the task {task}, which does not exist"));
    }
    found
}

fn in_event(event: &Value) -> Vec<Finding> {
    let expression = event["ScheduleExpression"].as_str().unwrap_or_default();
    let mut found: Vec<Finding> = wrong_cron(expression).into_iter().collect();
    if task(event).is_none() {
        found.push("the input names no task".to_owned());
    }
    if event["RetryPolicy"]["MaximumRetryAttempts"].as_u64().is_none_or(|n| n == 0) {
        found.push("it is not tried again".to_owned());
    }
    if event["DeadLetterConfig"]["Arn"].is_null() {
        found.push("an event that is given up goes nowhere".to_owned());
    }
    if event["OmitName"] != true {
        found.push("its name would be there once an account: set OmitName".to_owned());
    }
    found
}

fn task(event: &Value) -> Option<String> {
    let input: Value = serde_json::from_str(event["Input"].as_str()?).ok()?;
    input["task"].as_str().map(str::to_owned)
}

/// The six fields of a cron expression: name, range, names of its values.
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>
const FIELDS: [(&str, RangeInclusive<u32>, &[&str]); 6] = [
    ("minutes", 0..=59, &[]),
    ("hours", 0..=23, &[]),
    ("day of the month", 1..=31, &["L", "LW"]),
    ("month", 1..=12, &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]),
    ("day of the week", 1..=7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L"]),
    ("year", 1970..=2199, &[]),
];

fn wrong_cron(expression: &str) -> Option<Finding> {
    let Some(inner) = expression.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')) else {
        return Some(format!("{expression} is no cron expression"));
    };
    let fields: Vec<&str> = inner.split(' ').collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("{expression} has {} fields instead of six", fields.len()));
    }
    if (fields[2] == "?") == (fields[4] == "?") {
        return Some(format!("{expression} must leave one of day of the month and day of the week as ?"));
    }
    let wrong = fields.iter().zip(FIELDS).find(|(text, field)| !is_field(text, field));
    wrong.map(|(text, (name, ..))| format!("{expression} has the {name} {text}"))
}

fn is_field(text: &str, (name, range, names): &(&str, RangeInclusive<u32>, &[&str])) -> bool {
    let is_value = |value: &str| names.contains(&value) || value.parse().is_ok_and(|n| range.contains(&n));
    let is_part = |part: &str| {
        let (base, step) = part.split_once('/').map_or((part, None), |(base, step)| (base, Some(step)));
        let is_base = base == "*"
            || base
                .split_once('-')
                .map_or_else(|| is_value(base), |(first, last)| is_value(first) && is_value(last));
        is_base && step.is_none_or(|step| step.parse().is_ok_and(|n: u32| n > 0 && n <= *range.end()))
    };
    (text == "?" && name.starts_with("day")) || text.split(',').all(is_part)
}

#[cfg(test)]
mod planted {
    use super::*;
    use crate::real::planted;

    const TASKS: [&str; 11] = [
        "retrain",
        "snapshot",
        "partition",
        "fold",
        "escalate",
        "close",
        "expire",
        "metrics",
        "anchor",
        "verify-audit",
        "claim",
    ];

    fn caught(from: &str, to: &str) -> String {
        findings(&planted(from, to), &TASKS).join("\n")
    }

    #[test]
    fn a_cron_expression_that_the_scheduler_cannot_read_is_caught() {
        assert!(caught("cron(0 2 * * ? *)", "cron(0 2 * * ?)").contains("5 fields instead of six"));
        assert!(caught("cron(0 2 * * ? *)", "cron(0 2 * * * *)").contains("must leave one of"));
        assert!(caught("cron(0 2 * * ? *)", "cron(0 24 * * ? *)").contains("the hours 24"));
        assert!(caught("cron(0 3 ? * MON *)", "cron(0 3 ? * MOON *)").contains("the day of the week MOON"));
        assert!(caught("cron(15 * * * ? *)", "cron(15/0 * * * ? *)").contains("the minutes 15/0"));
        assert!(caught("cron(0 2 * * ? *)", "at noon").contains("is no cron expression"));
    }

    #[test]
    fn a_task_without_its_one_schedule_is_caught() {
        let caught = caught(r#"{"task": "fold"}"#, r#"{"task": "retrain"}"#);
        assert!(caught.contains("the task fold has 0 schedules"), "{caught}");
        assert!(caught.contains("the task retrain has 2 schedules"), "{caught}");
    }

    #[test]
    fn a_schedule_of_no_task_is_caught() {
        let input = r#"{"task": "fold"}"#;
        assert!(caught(input, r#"{"task": "rest"}"#).contains("the task rest, which does not exist"));
        assert!(caught(input, "fold").contains("the input names no task"));
    }

    #[test]
    fn an_event_that_could_be_lost_is_caught() {
        assert!(caught("MaximumRetryAttempts: 3,", "MaximumRetryAttempts: 0,").contains("not tried again"));
        let dead_letters = "DeadLetterConfig: {Arn: !GetAtt UndeliveredEvents.Arn}";
        assert!(caught(dead_letters, "State: ENABLED").contains("goes nowhere"));
        assert!(caught("            OmitName: true\n", "").contains("once an account"));
    }
}
