//! The outbox: what webhooks are to be told leaves here signed, and what came of it comes back.
//!
//! Who claims has the database and no way out; who sends has a way out and neither the database nor a secret. A batch
//! goes from the one to the other, the attempts come back. Either may be lost: what is not heard of is due again.

pub mod batch;

use crate::db::outbox::{self, Claimed, Outcome, Share};
use crate::domain::ids::DeliveryId;
use crate::domain::webhook::message::body;
use crate::domain::webhook::{Answer, DeliveryStatus, LEASE, MAX_ATTEMPTS, Verdict, judge};
use crate::error::Error;
use crate::state::AppState;
use batch::{Attempt, Batch, Outgoing};
use jiff::Timestamp;
use standardwebhooks::Webhook;

/// A batch passes between functions as one event of at most 256 KB: 100 messages of some 2 KB.
const SHARE: Share = Share { at_most: 100, of_one: 50, max_attempts: MAX_ATTEMPTS };

/// Claims what is due and makes its messages ready to send: signed for now, with every secret that lives.
///
/// # Errors
/// When the database does not answer; nothing is claimed then.
pub async fn claim(state: &AppState, now: Timestamp) -> Result<Batch, Error> {
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    let n_dead = outbox::end_unheard(client, now, MAX_ATTEMPTS).await?;
    let claimed = outbox::claim(client, (now, now + LEASE), SHARE).await?;
    connection.commit().await?;
    state.meter.note_deliveries(0, 0, n_dead);
    let messages = claimed.iter().map(|claimed| outgoing(claimed, now)).collect::<Result<Vec<_>, _>>()?;
    let n_messages = messages.len();
    if n_messages > 0 {
        tracing::info!(n_messages, "{n_messages} webhook messages were claimed");
    }
    Ok(Batch { messages })
}

fn outgoing(claimed: &Claimed, now: Timestamp) -> Result<Outgoing, Error> {
    let (id, body) = (claimed.id.message_id(), body(&claimed.told).to_string());
    let signatures = claimed.secrets.iter().map(|secret| {
        let signer = Webhook::new(secret).map_err(Error::internal)?;
        signer.sign(&id, now.as_second(), body.as_bytes()).map_err(Error::internal)
    });
    let signature = signatures.collect::<Result<Vec<_>, Error>>()?.join(" ");
    Ok(Outgoing {
        delivery_id: claimed.id.to_string(),
        n_attempts: claimed.n_attempts,
        url: claimed.url.clone(),
        message_id: id,
        timestamp: now.as_second(),
        signature,
        body,
    })
}

/// Writes what came of attempts. Attempts that were written before, or whose lease has passed, change nothing.
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
        Verdict::Delivered => (DeliveryStatus::Delivered, now),
        Verdict::Again(pause) => (DeliveryStatus::Pending, now + pause),
        Verdict::Dead => (DeliveryStatus::Dead, now),
    };
    let (answered, error) = match answer {
        Answer::Status(code) => {
            let refused =
                (status != DeliveryStatus::Delivered).then(|| format!("the receiver answered {code}"));
            (i16::try_from(code).ok(), refused)
        }
        Answer::Nothing(why) => (None, Some(why)),
    };
    Ok(Outcome { id, n_attempts: attempt.n_attempts, status, due_at, answered, error })
}

/// A share of one that a delivery's random id gives it.
fn spread(id: DeliveryId) -> f64 {
    let [byte, ..] = id.0.into_bytes();
    f64::from(byte) / 256.0
}
