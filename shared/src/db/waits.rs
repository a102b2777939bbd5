//! How long callers waited for a connection: noted by the pool, told by whoever ends an invocation.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Waits since they were last taken out.
#[derive(Debug, Default)]
pub struct Waits(Mutex<(Duration, u64)>);

impl Waits {
    /// Notes one.
    pub(super) fn note(&self, waited: Duration) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.0 += waited;
        sum.1 += 1;
    }

    /// Takes out their sum and how many they were.
    pub fn take(&self) -> (Duration, u64) {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The pool at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Connections there are.
    pub n_connections: usize,
    /// Those that nobody uses.
    pub n_idle: usize,
    /// Callers that wait for one.
    pub n_waiting: usize,
}
