//! Which version a move is made on: `ETag`, `If-Match`, 412 and 428.

use crate::{Desk, desk, key_id, supervisor};
use axum::http::StatusCode;
use serde_json::json;
use shared::testing::alerting::{act, act_on, payment, send};
use shared::testing::app::Answer;
use shared::testing::audit_trail::verified_actions;

fn error_of(answer: &Answer) -> (StatusCode, &str) {
    (answer.status, answer.body["error"]["type"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn every_answer_that_shows_an_alert_carries_its_version() {
    let Desk { ana, alert, .. } = desk().await;
    let moves = [
        ("claim", json!({}), 2),
        ("escalate", json!({"reason": "a colleague's account"}), 3),
        ("release", json!({}), 4),
        ("claim", json!({}), 5),
        ("decide", json!({"disposition": "false_positive"}), 6),
    ];
    for (action, body, version) in moves {
        let answer = act(&ana, &alert, action, &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{action}: {}", answer.body);
        assert_eq!(answer.body["version"], version, "{action}");
        assert_eq!(answer.headers["etag"], format!("\"{version}\""), "{action}");
    }
}

#[tokio::test]
async fn a_stale_version_is_refused_before_the_state_and_with_the_current_one() {
    let Desk { app, ana, bob, alert } = desk().await;
    let claimed = act_on(&ana, (&alert, "claim"), ("\"1\"", &json!({}))).await;
    assert_eq!(claimed.status, StatusCode::OK, "{}", claimed.body);
    let decision = json!({"disposition": "false_positive"});
    // Bob may neither claim, release nor decide it; that he has seen another version is said first.
    for (action, body) in [("claim", &json!({})), ("release", &json!({})), ("decide", &decision)] {
        let stale = act_on(&bob, (&alert, action), ("\"1\"", body)).await;
        assert_eq!(error_of(&stale), (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"), "{action}");
        assert_eq!(stale.body["error"]["current_version"], 2, "{action}: {}", stale.body);
        assert_eq!(stale.headers["etag"], "\"2\"", "{action}");
        let current = act_on(&bob, (&alert, action), ("\"2\"", body)).await;
        assert!(
            [StatusCode::CONFLICT, StatusCode::FORBIDDEN].contains(&current.status),
            "{action}: {}",
            current.body
        );
    }
    for seen in ["*", "\"9\", \"2\"", "\"2\""] {
        let again = act_on(&ana, (&alert, "claim"), (seen, &json!({}))).await;
        assert_eq!(again.status, StatusCode::OK, "{seen}: {}", again.body);
    }
    let malformed = act_on(&ana, (&alert, "decide"), ("2", &decision)).await;
    assert_eq!(error_of(&malformed), (StatusCode::BAD_REQUEST, "MalformedRequest"));
    assert_eq!(verified_actions(&app.database, &format!("alert:{alert}")).await.len(), 2);
}

#[tokio::test]
async fn a_fold_that_only_counts_makes_no_version() {
    let Desk { app, alert, .. } = desk().await;
    send(&app, &payment("a", "190.00", 1)).await;
    let app = supervisor(&app).await;
    let me = json!({"assignee": key_id(&app)});
    let assigned = act_on(&app, (&alert, "assign"), ("\"1\"", &me)).await;
    assert_eq!((assigned.status, &assigned.body["n_assessments"]), (StatusCode::OK, &json!(2)));
}

#[tokio::test]
async fn a_supervisor_who_takes_an_alert_from_its_holder_says_which_version_they_saw() {
    let Desk { app, ana, bob, alert } = desk().await;
    act(&ana, &alert, "claim", &json!({})).await;
    let supervisor = supervisor(&app).await;
    for assignee in [key_id(&bob), key_id(&supervisor)] {
        let body = json!({"assignee": assignee});
        let bare = act(&supervisor, &alert, "assign", &body).await;
        assert_eq!(error_of(&bare), (StatusCode::PRECONDITION_REQUIRED, "PreconditionRequired"));
        assert_eq!(
            (&bare.body["error"]["current_version"], &bare.headers["etag"]),
            (&json!(2), &"\"2\"".parse().unwrap())
        );
        let stale = act_on(&supervisor, (&alert, "assign"), ("\"1\"", &body)).await;
        assert_eq!(error_of(&stale), (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    }
    let given = act_on(&supervisor, (&alert, "assign"), ("\"2\"", &json!({"assignee": key_id(&bob)}))).await;
    assert_eq!((given.status, &given.body["assignee"]), (StatusCode::OK, &json!(key_id(&bob))));
}
