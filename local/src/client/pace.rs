//! The pace: requests spread evenly, so that a limit of 2 a second is one every half second.

use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Gives each request its turn.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Option<Duration>,
    next_at: Mutex<Instant>,
}

impl Pace {
    /// `limit_rps` requests a second, above 0; none is no limit.
    pub(super) fn new(limit_rps: Option<f64>) -> Self {
        let interval = limit_rps.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        Self { interval, next_at: Mutex::new(Instant::now()) }
    }

    /// Waits for the next turn.
    pub(super) async fn wait(&self) {
        let Some(interval) = self.interval else { return };
        let mut next_at = self.next_at.lock().await;
        let turn = (*next_at).max(Instant::now());
        *next_at = turn + interval;
        drop(next_at);
        tokio::time::sleep_until(turn).await;
    }
}
