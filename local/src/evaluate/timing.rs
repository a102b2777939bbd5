//! Time, as an evaluation reports it: never part of a result that must be the same again.

use rustix::time::{ClockId, clock_gettime};
use std::time::{Duration, Instant};

/// Adds up stretches of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stopwatch {
    total: Duration,
    since: Option<Instant>,
}

impl Stopwatch {
    /// One that runs.
    pub fn started() -> Self {
        Self { total: Duration::ZERO, since: Some(Instant::now()) }
    }

    /// Adds what `work` takes.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.total += start.elapsed();
        result
    }

    /// All of it so far.
    pub fn seconds(&self) -> f64 {
        (self.total + self.since.map_or(Duration::ZERO, |since| since.elapsed())).as_secs_f64()
    }
}

/// What this process has used of processors since its start, over all threads.
pub fn cpu_seconds() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}
