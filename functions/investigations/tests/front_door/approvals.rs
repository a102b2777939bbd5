//! Four eyes: where the configuration wants two people, a decision waits for the second.

use crate::bulk::{bulk, items};
use crate::{Desk, desk, key_id, supervisor};
use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::domain::access::Role;
use shared::testing::alerting::{act, act_on, alert_of, deploy, give_habit, open_connections, payment, send};
use shared::testing::app::{Answer, TestApp};
use shared::testing::audit_trail::{verified_actions, verified_chain};

/// A desk where alerts from `severity` on are decided by two people; its alert is critical.
async fn careful_desk(severity: &str) -> Desk {
    let desk = desk().await;
    deploy(&desk.app, &[("APPROVAL_FROM_SEVERITY", severity)]).await.unwrap();
    desk
}

fn fraud() -> Value {
    json!({"disposition": "confirmed_fraud", "notes": "the owner says so", "confidence": 0.9})
}

/// Claims and decides, which is only proposed.
async fn propose(caller: &TestApp, alert: &str, decision: &Value) -> Answer {
    act(caller, alert, "claim", &json!({})).await;
    let answer = act(caller, alert, "decide", decision).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    answer
}

/// Approves what the answer shows.
async fn approve(caller: &TestApp, seen: &Answer) -> Answer {
    let alert = seen.body["id"].as_str().unwrap();
    act_on(caller, (alert, "approve"), (seen.headers["etag"].to_str().unwrap(), &json!({}))).await
}

async fn n_labels(app: &TestApp) -> i64 {
    app.database.number("select count(*) from labels").await
}

fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.body["error"]["type"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_proposed_decision_labels_nothing_and_holds_the_alert() {
    let Desk { app, ana, bob, alert } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    let shown = &proposed.body;
    assert_eq!((&shown["status"], &shown["assignee"]), (&json!("in_review"), &json!(key_id(&ana))));
    assert_eq!((&shown["is_awaiting_approval"], &shown["decision"]), (&json!(true), &Value::Null));
    let proposal = &shown["proposal"];
    assert_eq!(
        (&proposal["disposition"], &proposal["notes"], &proposal["confidence"], &proposal["proposed_by"]),
        (&json!("confirmed_fraud"), &json!("the owner says so"), &json!(0.9), &json!(key_id(&ana)))
    );
    assert_eq!((&shown["labelled"], n_labels(&app).await), (&json!(0), 0));
    let supervisor = supervisor(&app).await;
    let given = json!({"assignee": key_id(&bob)});
    for (caller, action, body) in [
        (&ana, "decide", &fraud()),
        (&ana, "release", &json!({})),
        (&bob, "claim", &json!({})),
        (&supervisor, "assign", &given),
        (&supervisor, "close", &json!({})),
    ] {
        let refused = act(caller, &alert, action, body).await;
        assert_eq!(refusal(&refused), (409, "WrongState"), "{action}: {}", refused.body);
    }
    let actions = verified_actions(&app.database, &format!("alert:{alert}")).await;
    assert_eq!(actions, ["alert_raised", "alert_claimed", "alert_decision_proposed"]);
}

#[tokio::test]
async fn a_second_person_makes_it_count_and_both_are_named() {
    let Desk { app, ana, alert, .. } = careful_desk("critical").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    let supervisor = supervisor(&app).await;
    let bare = act(&supervisor, &alert, "approve", &json!({})).await;
    assert_eq!(refusal(&bare), (428, "PreconditionRequired"), "{}", bare.body);
    let stale = act_on(&supervisor, (&alert, "approve"), ("\"2\"", &json!({}))).await;
    assert_eq!(refusal(&stale), (412, "PreconditionFailed"), "{}", stale.body);
    assert_eq!(refusal(&approve(&ana, &proposed).await), (403, "Forbidden"), "an analyst approves nothing");
    let approved = approve(&supervisor, &proposed).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
    let shown = &approved.body;
    assert_eq!((&shown["status"], &shown["assignee"]), (&json!("resolved"), &Value::Null));
    assert_eq!((&shown["is_awaiting_approval"], &shown["proposal"]), (&json!(false), &Value::Null));
    let decision = &shown["decision"];
    assert_eq!(
        (&decision["decided_by"], &decision["approved_by"], &decision["notes"]),
        (&json!(key_id(&ana)), &json!(key_id(&supervisor)), &json!("the owner says so"))
    );
    assert_eq!((&shown["labelled"], n_labels(&app).await), (&json!(1), 1));
    assert_eq!(refusal(&approve(&supervisor, &approved).await), (409, "WrongState"), "once");
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let last = chain.last().unwrap();
    assert_eq!(
        (last.action.as_str(), &last.actor),
        ("alert_decided", &format!("key:{}", key_id(&supervisor)))
    );
    assert_eq!(last.before["proposal"]["proposed_by"], key_id(&ana));
    assert_eq!(last.after["approved_by"], key_id(&supervisor));
}

#[tokio::test]
async fn nobody_approves_what_they_proposed_themselves() {
    let Desk { app, alert, .. } = careful_desk("low").await;
    for role in [Role::Supervisor, Role::Admin] {
        let alone = app.with_role(role).await;
        let proposed = propose(&alone, &alert, &fraud()).await;
        let refused = approve(&alone, &proposed).await;
        assert_eq!(refusal(&refused), (403, "Forbidden"), "{}", refused.body);
        let any = act_on(&alone, (&alert, "approve"), ("*", &json!({}))).await;
        assert_eq!(refusal(&any), (403, "Forbidden"), "{}", any.body);
        // Taking it back is theirs.
        let taken_back = act(&alone, &alert, "reject", &json!({"reason": "too early"})).await;
        assert_eq!(taken_back.status, StatusCode::OK, "{}", taken_back.body);
        assert_eq!(act(&alone, &alert, "release", &json!({})).await.status, StatusCode::OK);
    }
    assert_eq!(n_labels(&app).await, 0);
}

#[tokio::test]
async fn a_rejected_decision_goes_back_to_its_holder_who_decides_again() {
    let Desk { app, ana, bob, alert } = careful_desk("high").await;
    propose(&ana, &alert, &json!({"disposition": "false_positive"})).await;
    let reason = json!({"reason": "call the customer first"});
    assert_eq!(refusal(&act(&bob, &alert, "reject", &reason).await), (403, "Forbidden"));
    let supervisor = supervisor(&app).await;
    let bare = act(&supervisor, &alert, "reject", &json!({})).await;
    assert_eq!(refusal(&bare), (422, "ValidationFailed"), "{}", bare.body);
    let rejected = act(&supervisor, &alert, "reject", &reason).await;
    assert_eq!(rejected.status, StatusCode::OK, "{}", rejected.body);
    assert_eq!(
        (&rejected.body["status"], &rejected.body["assignee"], &rejected.body["proposal"]),
        (&json!("in_review"), &json!(key_id(&ana)), &Value::Null)
    );
    assert_eq!(refusal(&act(&supervisor, &alert, "reject", &reason).await), (409, "WrongState"), "once");
    let again = propose(&ana, &alert, &fraud()).await;
    assert_eq!(approve(&supervisor, &again).await.body["decision"]["disposition"], "confirmed_fraud");
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let actions: Vec<&str> = chain.iter().map(|event| event.action.as_str()).collect();
    let expected = [
        "alert_raised",
        "alert_claimed",
        "alert_decision_proposed",
        "alert_decision_rejected",
        "alert_decision_proposed",
        "alert_decided",
    ];
    assert_eq!(actions, expected);
    assert_eq!(chain[3].after["reason"], "call the customer first");
    assert_eq!(chain[3].before["proposal"]["disposition"], "false_positive");
}

#[tokio::test]
async fn what_the_rule_does_not_want_counts_at_once() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    give_habit(&app, "c").await;
    let medium = send(&app, &payment("c", "66.00", 0)).await;
    assert_eq!(medium["assessment"]["severity"], "medium", "{medium}");
    let medium = alert_of(&medium);
    act(&ana, &medium, "claim", &json!({})).await;
    let decided = act(&ana, &medium, "decide", &fraud()).await;
    assert_eq!((decided.status, &decided.body["status"]), (StatusCode::OK, &json!("resolved")));
    // Cannot tell: that is a supervisor's anyway.
    act(&ana, &alert, "claim", &json!({})).await;
    let unclear = act(&ana, &alert, "decide", &json!({"disposition": "inconclusive"})).await;
    assert_eq!((unclear.status, &unclear.body["is_escalated"]), (StatusCode::OK, &json!(true)));
}

#[tokio::test]
async fn the_transactions_that_a_proposal_names_are_checked_at_once_and_labelled_later() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    let second = send(&app, &payment("a", "900.00", 1)).await;
    act(&ana, &alert, "claim", &json!({})).await;
    let stranger = format!("txn_{}", uuid::Uuid::now_v7());
    let naming = |id: &str| json!({"disposition": "false_positive", "transactions": [id]});
    let refused = act(&ana, &alert, "decide", &naming(&stranger)).await;
    assert_eq!(refused.body["error"]["details"][0]["pointer"], "/transactions/0", "{}", refused.body);
    let id = second["transaction_id"].as_str().unwrap();
    let proposed = propose(&ana, &alert, &naming(id)).await;
    assert_eq!(proposed.body["proposal"]["transactions"], json!([id]));
    let approved = approve(&supervisor(&app).await, &proposed).await;
    assert_eq!(
        (approved.status, &approved.body["labelled"]),
        (StatusCode::OK, &json!(1)),
        "{}",
        approved.body
    );
    let labelled = "select t.external_id from labels l join transactions t on t.id = l.transaction_id";
    let rows = app.database.owner().await.query(labelled, &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<String>>(), ["a-900.00-1"]);
}

/// What a supervisor approves is what the analyst decided on: what comes later is not swept along.
#[tokio::test]
async fn what_comes_after_a_proposal_is_an_alert_of_its_own() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &json!({"disposition": "false_positive"})).await;
    let later = send(&app, &payment("a", "900.00", 1)).await;
    assert_eq!(later["alert"]["outcome"], "raised", "{later}");
    assert_ne!(alert_of(&later), alert);
    let approved = approve(&supervisor(&app).await, &proposed).await;
    assert_eq!(
        (approved.status, &approved.body["labelled"]),
        (StatusCode::OK, &json!(1)),
        "{}",
        approved.body
    );
    let waiting = "select count(*) from alerts where status = 'active' and disposition is null";
    assert_eq!(app.database.number(waiting).await, 1);
}

#[tokio::test]
async fn a_note_written_meanwhile_has_to_be_read_before_the_approval() {
    let Desk { app, ana, bob, alert } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    act(&bob, &alert, "notes", &json!({"text": "the customer has called: it was her"})).await;
    let supervisor = supervisor(&app).await;
    let stale = approve(&supervisor, &proposed).await;
    assert_eq!(refusal(&stale), (412, "PreconditionFailed"), "{}", stale.body);
    let current = format!("\"{}\"", stale.body["error"]["current_version"]);
    let approved = act_on(&supervisor, (&alert, "approve"), (&current, &json!({}))).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
}

#[tokio::test]
async fn what_two_people_decided_is_not_overturned_by_one() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    let (one, other) = (supervisor(&app).await, supervisor(&app).await);
    approve(&one, &proposed).await;
    let in_force = "select count(*) from labels l
        where not exists (select from label_withdrawals w where w.label_id = l.id)";
    assert_eq!(app.database.number(in_force).await, 1);
    assert_eq!(act(&one, &alert, "reopen", &json!({"reason": "a doubt"})).await.status, StatusCode::OK);
    let unclear = act(&one, &alert, "decide", &json!({"disposition": "inconclusive"})).await;
    assert_eq!(unclear.status, StatusCode::ACCEPTED, "it would withdraw what counts: {}", unclear.body);
    assert_eq!(app.database.number(in_force).await, 1);
    let approved = approve(&other, &unclear).await;
    assert_eq!((approved.status, &approved.body["is_escalated"]), (StatusCode::OK, &json!(true)));
    assert_eq!((&approved.body["status"], &approved.body["assignee"]), (&json!("in_review"), &Value::Null));
    assert_eq!(app.database.number(in_force).await, 0);
}

#[tokio::test]
async fn a_proposal_that_somebody_wrote_over_is_not_approved() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    let changed = r#"update alerts set proposal = jsonb_set(proposal, '{disposition}', '"false_positive"')"#;
    app.database.owner().await.batch_execute(changed).await.unwrap();
    let refused = approve(&supervisor(&app).await, &proposed).await;
    assert_eq!(refusal(&refused), (500, "InternalError"), "{}", refused.body);
    assert_eq!(n_labels(&app).await, 0);
}

/// What code that does not know of proposals would do with such an alert.
#[tokio::test]
async fn an_alert_that_waits_cannot_be_moved_past_its_proposal_in_the_database() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    propose(&ana, &alert, &fraud()).await;
    for change in ["status = 'resolved'", "status = 'active', assignee = null", "assignee = null"] {
        let refused = app.database.owner().await.batch_execute(&format!("update alerts set {change}")).await;
        let error = refused.unwrap_err();
        let constraint = error.as_db_error().and_then(|error| error.constraint());
        assert_eq!(constraint, Some("alerts_proposal_is_held"), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_rule_that_is_switched_off_leaves_what_waits_to_be_approved() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    deploy(&app, &[]).await.unwrap();
    let again = act(&ana, &alert, "decide", &fraud()).await;
    assert_eq!(refusal(&again), (409, "WrongState"), "{}", again.body);
    let approved = approve(&supervisor(&app).await, &proposed).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
    let chain = verified_chain(&app.database, &format!("alert:{alert}")).await;
    let rules: Vec<&Value> =
        chain.iter().map(|event| &event.after["approval_from_severity"]).filter(|it| !it.is_null()).collect();
    assert_eq!(rules, [&json!("high"), &json!("off")], "as proposed, as decided");
}

#[tokio::test]
async fn twenty_supervisors_approve_at_once_and_one_does() {
    let Desk { app, ana, alert, .. } = careful_desk("high").await;
    let proposed = propose(&ana, &alert, &fraud()).await;
    let mut supervisors = Vec::new();
    for _ in 0..20 {
        supervisors.push(supervisor(&app).await);
    }
    open_connections(&app).await;
    let answers = join_all(supervisors.iter().map(|supervisor| approve(supervisor, &proposed))).await;
    let n_of = |status| answers.iter().filter(|answer| answer.status.as_u16() == status).count();
    assert_eq!((n_of(200), n_of(412)), (1, 19), "{:?}", answers.iter().map(refusal).collect::<Vec<_>>());
    assert_eq!(n_labels(&app).await, 1);
}

#[tokio::test]
async fn a_bulk_decision_proposes_where_two_decide_and_its_undoing_takes_that_back() {
    let Desk { app, ana, alert, .. } = careful_desk("critical").await;
    give_habit(&app, "c").await;
    let medium = alert_of(&send(&app, &payment("c", "66.00", 0)).await);
    let both = [alert.clone(), medium];
    let body = json!({"action": "decide", "disposition": "false_positive", "reason": "a campaign", "items": items(&both)});
    let done = bulk(&ana, &body).await;
    assert_eq!(done.body["counts"], json!({"done": 1, "proposed": 1, "unchanged": 0, "refused": 0}));
    assert_eq!(
        (&done.body["items"][0]["outcome"], &done.body["items"][0]["labelled"]),
        (&json!("proposed"), &json!(0))
    );
    assert_eq!(n_labels(&app).await, 1);
    let undo = format!("/api/v1/operations/{}/undo", done.body["id"].as_str().unwrap());
    let undone = ana.post(&undo, &json!({})).await;
    assert_eq!(undone.body["counts"]["done"], 2, "{}", undone.body);
    let untouched =
        "select count(*) from alerts where status = 'active' and assignee is null and proposal is null";
    assert_eq!(app.database.number(untouched).await, 2);
    // What has been approved meanwhile is not taken back with the operation.
    let again = bulk(&ana, &body).await;
    let version = again.body["items"][0]["version"].to_string();
    let seen = format!("\"{version}\"");
    let approved = act_on(&supervisor(&app).await, (&alert, "approve"), (&seen, &json!({}))).await;
    assert_eq!(approved.status, StatusCode::OK, "{}", approved.body);
    let undo = format!("/api/v1/operations/{}/undo", again.body["id"].as_str().unwrap());
    let undone = ana.post(&undo, &json!({})).await;
    assert_eq!((&undone.body["counts"]["done"], &undone.body["counts"]["refused"]), (&json!(1), &json!(1)));
    let in_force = "select count(*) from labels l
        where not exists (select from label_withdrawals w where w.label_id = l.id)";
    assert_eq!(app.database.number(in_force).await, 1, "of the approved decision");
}
