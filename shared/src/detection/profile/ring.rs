//! A ring of counters by absolute time bucket: what happened in the last hour, day or month.
//!
//! Buckets are numbered from 1970, so a ring needs no upkeep as time passes: what has fallen out of it is
//! overwritten by what comes in. Nothing here knows what is counted.

use jiff::Timestamp;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// No bucket lies beyond this one, whatever its width: the year 9999 in buckets of one second.
const LAST_BUCKET: i64 = 253_402_300_800;

/// `N` cells of `WIDTH_SECONDS`, each held within `MIN..=MAX` so that its encoded size is bounded.
///
/// A window of `k` buckets reads `k + 1` cells, since its far end lies within one: a ring serves windows of
/// up to `N - 1` buckets. Adding is exact and free of order as long as no cell meets its bound; cells with
/// `MIN` of 0 take no negative deltas and stay free of order even there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ring<const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64> {
    newest: i64,
    cells: [i64; N],
}

impl<const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64> Default
    for Ring<N, WIDTH_SECONDS, MIN, MAX>
{
    fn default() -> Self {
        Self { newest: 0, cells: [0; N] }
    }
}

impl<const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64>
    Ring<N, WIDTH_SECONDS, MIN, MAX>
{
    const LENGTH: i64 = N as i64;

    /// Adds to the bucket of `at`; does nothing if that has left the ring or lies before 1970.
    pub(crate) fn add(&mut self, at: Timestamp, delta: i64) {
        let bucket = Self::bucket(at);
        self.advance_to(bucket);
        self.add_to(bucket, delta);
    }

    /// Adds another ring's cells, as if all its events had been added here.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.advance_to(other.newest);
        for bucket in (other.newest - Self::LENGTH + 1)..=other.newest {
            self.add_to(bucket, other.cell(bucket));
        }
    }

    /// The sum over the `n_buckets` buckets of time up to and including `at`; none where part of that time
    /// has already left the ring, as it may for a late event.
    ///
    /// The window's far end lies within a bucket: that one counts by the fraction the window covers, as if
    /// its events were spread evenly. Buckets after `at` do not count: a late event sees no more of the
    /// future than the rest of its own bucket.
    pub(crate) fn window(&self, at: Timestamp, n_buckets: i64) -> Option<f64> {
        let bucket = Self::bucket(at);
        let oldest = bucket - n_buckets;
        if oldest <= self.newest.max(bucket) - Self::LENGTH {
            return None;
        }
        let whole: i64 = ((oldest + 1)..=bucket).map(|index| self.cell(index)).sum();
        Some(whole as f64 + self.cell(oldest) as f64 * (1.0 - Self::elapsed(at)))
    }

    /// The sum over the `n_buckets` buckets of time that end at `at`, with the buckets at both ends counted by
    /// the fraction covered: for windows that end in the past, whose last bucket is already full.
    pub(crate) fn window_ending(&self, at: Timestamp, n_buckets: i64) -> Option<f64> {
        let bucket = Self::bucket(at);
        let whole = self.window(at, n_buckets)?;
        Some(whole - self.cell(bucket) as f64 * (1.0 - Self::elapsed(at)))
    }

    /// Whether no bucket holds anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.iter().all(|cell| *cell == 0)
    }

    /// The fraction of its bucket that lies before `at`.
    fn elapsed(at: Timestamp) -> f64 {
        let width = WIDTH_SECONDS * 1_000_000;
        at.as_microsecond().rem_euclid(width) as f64 / width as f64
    }

    fn bucket(at: Timestamp) -> i64 {
        at.as_microsecond().div_euclid(WIDTH_SECONDS * 1_000_000)
    }

    fn slot(bucket: i64) -> usize {
        bucket.rem_euclid(Self::LENGTH) as usize
    }

    fn holds(&self, bucket: i64) -> bool {
        bucket >= 0 && bucket <= self.newest && bucket > self.newest - Self::LENGTH
    }

    /// The sum of one bucket; 0 of one that the ring does not hold.
    pub(crate) fn cell(&self, bucket: i64) -> i64 {
        if self.holds(bucket) { self.cells[Self::slot(bucket)] } else { 0 }
    }

    fn add_to(&mut self, bucket: i64, delta: i64) {
        if self.holds(bucket) {
            let cell = &mut self.cells[Self::slot(bucket)];
            *cell = cell.saturating_add(delta).clamp(MIN, MAX);
        }
    }

    fn advance_to(&mut self, bucket: i64) {
        if bucket <= self.newest {
            return;
        }
        let first_stale = (self.newest + 1).max(bucket - Self::LENGTH + 1);
        for stale in first_stale..=bucket {
            self.cells[Self::slot(stale)] = 0;
        }
        self.newest = bucket;
    }

    /// The state that takes the most bytes: every cell at its bound, the newest bucket in the year 2100.
    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        Self { newest: 4_102_444_800 / WIDTH_SECONDS, cells: [if MIN < 0 { MIN } else { MAX }; N] }
    }
}

impl<const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64> Serialize
    for Ring<N, WIDTH_SECONDS, MIN, MAX>
{
    /// The newest bucket, then every cell; unsigned where none can be negative, which saves a bit each.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N + 1)?;
        tuple.serialize_element(&self.newest.unsigned_abs())?;
        for cell in &self.cells {
            if MIN < 0 {
                tuple.serialize_element(cell)?;
            } else {
                tuple.serialize_element(&cell.unsigned_abs())?;
            }
        }
        tuple.end()
    }
}

impl<'de, const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64> Deserialize<'de>
    for Ring<N, WIDTH_SECONDS, MIN, MAX>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(N + 1, RingVisitor)
    }
}

struct RingVisitor<const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64>;

impl<'de, const N: usize, const WIDTH_SECONDS: i64, const MIN: i64, const MAX: i64> Visitor<'de>
    for RingVisitor<N, WIDTH_SECONDS, MIN, MAX>
{
    type Value = Ring<N, WIDTH_SECONDS, MIN, MAX>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a newest bucket and {N} cells")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let newest = next::<A, u64>(&mut sequence)?;
        let newest = i64::try_from(newest).map_err(A::Error::custom)?;
        if newest > LAST_BUCKET {
            return Err(A::Error::custom("the newest bucket is out of range"));
        }
        let mut cells = [0; N];
        for cell in &mut cells {
            *cell = if MIN < 0 {
                next::<A, i64>(&mut sequence)?
            } else {
                i64::try_from(next::<A, u64>(&mut sequence)?).map_err(A::Error::custom)?
            };
            // An earlier format may have had wider bounds.
            *cell = (*cell).clamp(MIN, MAX);
        }
        Ok(Ring { newest, cells })
    }
}

fn next<'de, A: SeqAccess<'de>, T: Deserialize<'de>>(sequence: &mut A) -> Result<T, A::Error> {
    sequence.next_element()?.ok_or_else(|| A::Error::custom("the ring ends early"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Hourly = Ring<4, 3_600, 0, 100>;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_bucket_at_the_windows_far_end_counts_by_its_covered_fraction() {
        let mut ring = Hourly::default();
        ring.add(at(3_600), 8);
        ring.add(at(7_200), 3);
        // At 10:45 of bucket 3 a window of two hours reaches back to 45 minutes into bucket 1.
        let now = at(3 * 3_600 + 2_700);
        assert_eq!(ring.window(now, 2), Some(3.0 + 8.0 * 0.25));
        assert_eq!(ring.window(now, 3), Some(11.0));
        assert_eq!(ring.window(now, 4), None);
    }

    #[test]
    fn what_is_older_than_the_ring_is_dropped_and_what_is_late_is_kept() {
        let mut ring = Hourly::default();
        ring.add(at(10 * 3_600), 1);
        ring.add(at(7 * 3_600), 1);
        ring.add(at(6 * 3_600), 1);
        assert_eq!(ring.window(at(10 * 3_600), 3), Some(2.0));
        ring.add(at(20 * 3_600), 1);
        assert_eq!(ring.window(at(20 * 3_600), 3), Some(1.0));
    }

    #[test]
    fn a_late_event_sees_neither_the_future_nor_what_has_left_the_ring() {
        let mut ring = Hourly::default();
        ring.add(at(8 * 3_600), 1);
        ring.add(at(10 * 3_600), 5);
        assert_eq!(ring.window(at(9 * 3_600), 1), Some(1.0));
        assert_eq!(ring.window(at(9 * 3_600), 3), None);
    }

    #[test]
    fn a_cell_stops_at_its_bound() {
        let mut ring = Hourly::default();
        ring.add(at(3_600), 99);
        ring.add(at(3_600), 99);
        assert_eq!(ring.window(at(3_600), 1), Some(100.0));
    }

    #[test]
    fn a_cell_written_under_wider_bounds_stops_at_the_bound_when_it_is_read() {
        let mut wide = Ring::<4, 3_600, 0, 1_000>::default();
        wide.add(at(3_600), 900);
        wide.add(at(7_200), 7);
        let read: Hourly = postcard::from_bytes(&postcard::to_stdvec(&wide).unwrap()).unwrap();
        assert_eq!((read.cell(1), read.cell(2)), (100, 7));
    }

    #[test]
    fn a_window_that_ends_in_the_past_counts_both_ends_by_the_fraction_covered() {
        let mut ring = Hourly::default();
        for (hour, n) in [(1, 8), (2, 3), (3, 4)] {
            ring.add(at(hour * 3_600), n);
        }
        // At 03:45 two hours reach from 01:45: a quarter of hour 1, all of hour 2, three quarters of hour 3.
        let end = at(3 * 3_600 + 2_700);
        assert_eq!(ring.window_ending(end, 2), Some(8.0 * 0.25 + 3.0 + 4.0 * 0.75));
        assert!(!ring.is_empty() && Hourly::default().is_empty());
    }
}
