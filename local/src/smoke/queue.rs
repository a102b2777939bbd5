//! The dashboard, the queue and its pages, and one alert with everything to look at before a decision.

use super::check::{Check, Finding};
use super::{json, shape, took, unanswered};
use crate::client::{Client, Question, Reply};
use serde_json::Value;
use std::time::Duration;

/// What a team opens in the morning.
const DASHBOARD: &str = "/api/v1/dashboard";
/// What an analyst opens then.
const QUEUE: &str = "/api/v1/alerts?sort=priority&limit=50";
/// One alert a page: two alerts are enough for two pages.
const FIRST_PAGE: &str = "/api/v1/alerts?sort=newest&limit=1";

/// Members of an alert's context that are always filled in.
const FILLED: [&str; 12] = [
    "/alert/id",
    "/alert/status",
    "/alert/severity",
    "/assessment/transaction/id",
    "/assessment/transaction/amount",
    "/assessment/layers/statistical/outcome",
    "/assessment/layers/behavioral/outcome",
    "/assessment/layers/ml/outcome",
    "/assessment/versions/configuration",
    "/assessment/features",
    "/history/days",
    "/timeline",
];
/// Members that may be empty or null where nothing is known, and are there all the same.
const PRESENT: [&str; 7] = [
    "/sla",
    "/profile_before",
    "/earlier_alerts",
    "/similar_alerts/alerts",
    "/shared/counterparty",
    "/assessment/baseline_comparison",
    "/assessment/counterfactual",
];
/// Members of the dashboard that are always there.
const FIGURES: [&str; 5] = ["/as_of", "/open", "/hours", "/days", "/outcomes"];

const FEW: &str =
    "bring in transactions that raise two, or run telltale seed with the same --url in a place for trying";

/// Whether the dashboard and the queue are there in time, and the queue can be paged and leads to a whole context.
pub(super) async fn checks(client: &Client, limit: Duration) -> Vec<Check> {
    let reply = client.ask(Question::get(QUEUE)).await;
    let (speed, alert) = match &reply {
        Ok(reply) => (speed(reply, limit), first_of_an_account(reply)),
        Err(error) => (unanswered(error), None),
    };
    vec![
        Check::of("the dashboard", dashboard(client, limit).await),
        Check::of("the queue's first page", speed),
        Check::of("two pages of alerts", pages(client).await),
        Check::of("an alert's whole context", context(client, alert).await),
    ]
}

async fn dashboard(client: &Client, limit: Duration) -> Finding {
    let reply = match client.ask(Question::get(DASHBOARD)).await {
        Ok(reply) => reply,
        Err(error) => return unanswered(&error),
    };
    let Some(told) = json(&reply).filter(|_| reply.status == 200) else {
        return not_a_page(&reply);
    };
    let missing = shape::missing(&told, &FIGURES);
    if !missing.is_empty() {
        let remedy = "compare the versions of the functions: one of them may be from another release";
        return Finding::failed(format!("{} is not there", missing.join(", ")), remedy);
    }
    let how = if told["stale"] == true { "figures of the last snapshot" } else { "live figures" };
    in_time(&reply, limit, how)
}

fn speed(reply: &Reply, limit: Duration) -> Finding {
    match listed(reply) {
        Some(alerts) => in_time(reply, limit, &format!("{} alerts", alerts.len())),
        None => not_a_page(reply),
    }
}

fn in_time(reply: &Reply, limit: Duration, what: &str) -> Finding {
    let seen = format!("{what}, {} of {} ms", took(reply), limit.as_millis());
    if reply.elapsed < limit {
        return Finding::passed(seen);
    }
    Finding::failed(
        seen,
        "run it again to leave a cold start out; then look at the latency of alerts and at the database's load",
    )
}

fn not_a_page(reply: &Reply) -> Finding {
    let remedy = match reply.status.as_u16() {
        401 | 403 => "give an admin's key of this deployment in TELLTALE_ADMIN_KEY",
        _ => "read the log of the alerts function for this request",
    };
    Finding::failed(format!("{} {}", reply.status.as_u16(), shape::excerpt(&reply.body)), remedy)
}

fn listed(reply: &Reply) -> Option<Vec<Value>> {
    let page = json(reply).filter(|_| reply.status == 200)?;
    page["alerts"].as_array().cloned()
}

/// Alerts of the system have no account, and nothing to show of one.
fn first_of_an_account(reply: &Reply) -> Option<String> {
    let alerts = listed(reply)?;
    let alert = alerts.iter().find(|alert| alert["account"].is_string())?;
    alert["id"].as_str().map(ToOwned::to_owned)
}

async fn pages(client: &Client) -> Finding {
    let first = match client.ask(Question::get(FIRST_PAGE)).await {
        Ok(first) => first,
        Err(error) => return unanswered(&error),
    };
    let Some(alerts) = listed(&first) else {
        return not_a_page(&first);
    };
    let Some(cursor) = json(&first).and_then(|page| page["next_cursor"].as_str().map(ToOwned::to_owned))
    else {
        let reason = format!("there is no second page: {} alerts in all", alerts.len());
        return Finding::NotChecked { reason, remedy: FEW };
    };
    let next = format!("{FIRST_PAGE}&cursor={cursor}");
    let second = match client.ask(Question::get(&next)).await {
        Ok(second) => second,
        Err(error) => return unanswered(&error),
    };
    let Some(more) = listed(&second) else {
        return not_a_page(&second);
    };
    let ids = |alerts: &[Value]| {
        alerts.iter().filter_map(|alert| alert["id"].as_str()).map(str::to_owned).collect()
    };
    let (first_ids, second_ids): (Vec<String>, Vec<String>) = (ids(&alerts), ids(&more));
    if second_ids.is_empty() || first_ids == second_ids {
        return Finding::failed(
            format!("the second page holds {second_ids:?} after {first_ids:?}"),
            "check that the gateway passes the query on, and that SECRET_KEY is the same in every function",
        );
    }
    Finding::passed(format!("{} then {}", first_ids.join(", "), second_ids.join(", ")))
}

async fn context(client: &Client, alert: Option<String>) -> Finding {
    let Some(id) = alert else {
        return Finding::NotChecked {
            reason: "the queue holds no alert of an account".to_owned(),
            remedy: FEW,
        };
    };
    let path = format!("/api/v1/alerts/{id}/context");
    let reply = match client.ask(Question::get(&path)).await {
        Ok(reply) => reply,
        Err(error) => return unanswered(&error),
    };
    let Some(context) = json(&reply).filter(|_| reply.status == 200) else {
        return not_a_page(&reply);
    };
    let mut faults: Vec<String> =
        shape::empty(&context, &FILLED).iter().map(|pointer| format!("{pointer} is empty")).collect();
    faults.extend(shape::missing(&context, &PRESENT).iter().map(|pointer| format!("{pointer} is not there")));
    let remedy = "compare the versions of the functions: one of them may be from another release";
    Finding::from_faults(&faults, format!("{id}, every part of it, {}", took(&reply)), remedy)
}
