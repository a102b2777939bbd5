//! The outbox: what webhooks are to be told leaves here signed, and what came of it comes back.
//!
//! Who claims has the database and no way out; who sends has a way out and neither the database nor a secret. A batch
//! goes from the one to the other, the attempts come back. Either may be lost: what is not heard of is due again.

pub mod batch;

use crate::db::outbox::{self, Claimed, Limits, Outcome};
use crate::domain::ids::DeliveryId;
use crate::domain::webhook::message::body;
use crate::domain::webhook::{Answer, Consequence, DeliveryStatus, LEASE, PAUSES, judge};
use crate::error::Error;
use crate::state::AppState;
use batch::{Attempt, Batch, Outgoing};
use jiff::Timestamp;
use standardwebhooks::{Webhook, WebhookError};

/// A batch passes between functions as one event of at most 256 KB, and so does what came of it, which repeats the batch: 60
/// messages of at most 3 KB, and what is told of each.
const AT_MOST: i64 = 60;
/// Of one webhook.
const OF_ONE: i64 = 30;

/// Claims what is due and makes its messages ready to send: signed for now, with every secret that lives. What cannot be
/// made ready is logged, and counts as an attempt of which nothing is heard.
///
/// # Errors
/// When the database does not answer; nothing is claimed then.
pub async fn claim(state: &AppState, now: Timestamp) -> Result<Batch, Error> {
    let pauses = PAUSES.map(|pause| pause.as_secs_f64());
    let limits = Limits { at_most: AT_MOST, of_one: OF_ONE, pauses: &pauses };
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    let claimed = outbox::claim(client, (now, now + LEASE), limits).await?;
    let dead = outbox::end_unheard(client, now).await?;
    outbox::end_of_removed(client, now).await?;
    connection.commit().await?;
    for id in &dead {
        tracing::warn!(delivery_id = %id, "delivery {id} was given up: nothing was heard of its last attempt");
    }
    state.meter.note_deliveries(0, 0, dead.len() as u64);
    let messages: Vec<Outgoing> = claimed.iter().filter_map(|claimed| ready(claimed, now)).collect();
    let n_messages = messages.len();
    if n_messages > 0 {
        tracing::info!(n_messages, "{n_messages} webhook messages were claimed");
    }
    Ok(Batch { messages })
}

fn ready(claimed: &Claimed, now: Timestamp) -> Option<Outgoing> {
    let outgoing = outgoing(claimed, now);
    if let Err(error) = &outgoing {
        let id = claimed.id;
        tracing::error!(delivery_id = %id, "delivery {id} could not be signed: {error}");
    }
    outgoing.ok()
}

fn outgoing(claimed: &Claimed, now: Timestamp) -> Result<Outgoing, WebhookError> {
    let (id, body) = (claimed.id.message_id(), body(&claimed.told).to_string());
    let signatures = claimed
        .secrets
        .0
        .iter()
        .map(|secret| Webhook::new(secret)?.sign(&id, now.as_second(), body.as_bytes()));
    let signature = signatures.collect::<Result<Vec<_>, _>>()?.join(" ");
    Ok(Outgoing {
        delivery_id: claimed.id.to_string(),
        n_attempts: claimed.n_attempts,
        claimed_at: claimed.claimed_at,
        url: claimed.url.clone(),
        message_id: id,
        timestamp: now.as_second(),
        signature,
        body,
    })
}

/// Writes what came of attempts. Attempts that were written before, or after which another was begun, change nothing.
///
/// # Errors
/// When the database does not answer, or a delivery's id is none.
pub async fn record(state: &AppState, attempts: &[Attempt], now: Timestamp) -> Result<(), Error> {
    let outcomes = attempts.iter().map(|attempt| outcome(attempt, now)).collect::<Result<Vec<_>, _>>()?;
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    let changed = outbox::record(client, &outcomes, now).await?;
    connection.commit().await?;
    let told = outcomes.iter().filter(|outcome| changed.contains(&outcome.id));
    let (mut n_delivered, mut n_failed, mut n_dead) = (0, 0, 0);
    for outcome in told {
        match outcome.status {
            DeliveryStatus::Delivered => n_delivered += 1,
            DeliveryStatus::Pending => n_failed += 1,
            DeliveryStatus::Dead => {
                (n_failed, n_dead) = (n_failed + 1, n_dead + 1);
                tracing::warn!(delivery_id = %outcome.id, "delivery {} was given up", outcome.id);
            }
        }
    }
    state.meter.note_deliveries(n_delivered, n_failed, n_dead);
    Ok(())
}

fn outcome(attempt: &Attempt, now: Timestamp) -> Result<Outcome, Error> {
    let id = DeliveryId::parse(&attempt.delivery_id).map_err(Error::internal)?;
    let answer = match (attempt.status, &attempt.error) {
        (Some(status), _) => Answer::Status(status),
        (None, error) => Answer::Nothing(error.clone().unwrap_or_default()),
    };
    let (status, due_at) = match judge(&answer, attempt.n_attempts, spread(id)) {
        Consequence::Delivered => (DeliveryStatus::Delivered, now),
        Consequence::Again(pause) => (DeliveryStatus::Pending, now + pause),
        Consequence::Dead => (DeliveryStatus::Dead, now),
    };
    let (answered, error) = match answer {
        Answer::Status(code) => {
            let refused =
                (status != DeliveryStatus::Delivered).then(|| format!("the receiver answered {code}"));
            (i16::try_from(code).ok(), refused)
        }
        Answer::Nothing(why) => (None, Some(why)),
    };
    Ok(Outcome { id, claimed_at: attempt.claimed_at, status, due_at, answered, error })
}

/// A share of one that a delivery's random id gives it.
fn spread(id: DeliveryId) -> f64 {
    let [byte, ..] = id.0.into_bytes();
    f64::from(byte) / 256.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::webhook::EventType;
    use crate::domain::webhook::message::{Told, ToldAlert};
    use serde_json::{Value, json};

    /// What Lambda hands on at most.
    const MAX_BYTES: usize = 256 * 1024;

    fn handed_on(request: &Value, answer: &Value) -> Value {
        json!({
            "version": "1.0", "timestamp": "2026-01-01T00:00:00.000Z", "requestPayload": request, "responsePayload": answer,
            "requestContext": {"requestId": "r".repeat(36), "functionArn": "f".repeat(200), "condition": "Success"},
            "responseContext": {"statusCode": 200, "executedVersion": "1"},
        })
    }

    #[test]
    fn the_largest_batch_and_what_comes_of_it_pass_between_functions() {
        let told = Told {
            event: EventType::AlertEscalated,
            at: Timestamp::UNIX_EPOCH,
            actor: format!("key:{}", "k".repeat(12)),
            before: Value::Null,
            after: json!({"reason": "\u{1f600}".repeat(500)}),
            alert: Some(ToldAlert { id: "a".repeat(40), account: Some("\u{1f600}".repeat(128)) }),
        };
        let secret = format!("whsec_{}", "A".repeat(44));
        let claimed = Claimed {
            id: DeliveryId(uuid::Uuid::nil()),
            n_attempts: 8,
            claimed_at: Timestamp::MAX,
            url: format!("https://{}", "u".repeat(492)),
            secrets: outbox::Secrets(vec![secret.clone(), secret]),
            told,
        };
        let message = outgoing(&claimed, Timestamp::UNIX_EPOCH).unwrap();
        let batch = json!(Batch { messages: vec![message; usize::try_from(AT_MOST).unwrap()] });
        let attempt = Attempt {
            delivery_id: claimed.id.to_string(),
            n_attempts: 8,
            claimed_at: Timestamp::MAX,
            status: None,
            error: Some("\u{1f600}".repeat(300)),
        };
        let attempts = json!(batch::Attempts::from(vec![attempt; usize::try_from(AT_MOST).unwrap()]));
        let out = handed_on(&json!({"task": "claim"}), &batch);
        let back = handed_on(&out, &attempts);
        assert!(back.to_string().len() <= MAX_BYTES, "{} bytes", back.to_string().len());
    }
}
