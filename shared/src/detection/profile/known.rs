//! What an account has used before: counterparties, devices, countries, channels, categories.
//!
//! Names are kept as the first three bytes of their SHA-256: enough to tell known from new (with 24 entries
//! a new name passes for known once in 700,000), too little to tell which, and the same on every machine.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The counters of a set are halved when one is full: two bytes each when encoded.
const FULL: u16 = 16_383;

/// The first three bytes of a name's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NameHash([u8; 3]);

impl NameHash {
    /// Hashes a name.
    pub(crate) fn of(name: &str) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        Self([digest[0], digest[1], digest[2]])
    }
}

/// What a set keeps of a name.
pub(crate) trait Entry: Copy {
    /// Makes the entry for a name seen on a day (since 1970).
    fn new(name: NameHash, day: u16) -> Self;
    /// The name.
    fn name(self) -> NameHash;
}

impl Entry for NameHash {
    fn new(name: NameHash, _day: u16) -> Self {
        name
    }

    fn name(self) -> NameHash {
        self
    }
}

/// A name and the day it was last seen, big-endian: five bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DatedName(NameHash, [u8; 2]);

impl DatedName {
    /// Days since 1970.
    pub(crate) fn day(self) -> u16 {
        u16::from_be_bytes(self.1)
    }
}

impl Entry for DatedName {
    fn new(name: NameHash, day: u16) -> Self {
        Self(name, day.to_be_bytes())
    }

    fn name(self) -> NameHash {
        self.0
    }
}

/// At most `MAX` names, most recently used first; the least recently used goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownSet<E, const MAX: usize> {
    entries: Vec<E>,
    n_seen: u16,
    n_new: u16,
}

impl<E, const MAX: usize> Default for KnownSet<E, MAX> {
    fn default() -> Self {
        Self { entries: Vec::new(), n_seen: 0, n_new: 0 }
    }
}

impl<E: Entry, const MAX: usize> KnownSet<E, MAX> {
    /// Takes note of a name used by the newest transaction so far.
    pub(crate) fn see(&mut self, name: NameHash, day: u16) {
        let known_at = self.position(name);
        // The first name of all is new by necessity and says nothing about the account's habit.
        if !self.entries.is_empty() {
            self.n_seen += 1;
            self.n_new += u16::from(known_at.is_none());
            self.halve_when_full();
        }
        if let Some(index) = known_at {
            self.entries.remove(index);
        }
        self.entries.insert(0, E::new(name, day));
        self.entries.truncate(MAX);
    }

    /// Takes note of a name used by a late transaction: as the least recently used, if there is room.
    pub(crate) fn see_late(&mut self, name: NameHash, day: u16) {
        if self.position(name).is_none() && self.entries.len() < MAX {
            self.entries.push(E::new(name, day));
        }
    }

    /// Makes a name known as if it had been used most recently, without counting a use.
    pub(crate) fn know(&mut self, name: NameHash, day: u16) {
        self.entries.retain(|entry| entry.name() != name);
        self.entries.insert(0, E::new(name, day));
        self.entries.truncate(MAX);
    }

    /// What is kept of a name, if it is known.
    pub(crate) fn get(&self, name: NameHash) -> Option<E> {
        self.position(name).map(|index| self.entries[index])
    }

    /// How many names are known.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How surprising a name is, in nats: 0 when known, else -ln of the share of the account's
    /// transactions that used a new one (add-one smoothing, Laplace). None while no name is known at all.
    pub(crate) fn surprise(&self, name: NameHash) -> Option<f64> {
        if self.entries.is_empty() {
            return None;
        }
        if self.position(name).is_some() {
            return Some(0.0);
        }
        Some(-libm::log((f64::from(self.n_new) + 1.0) / (f64::from(self.n_seen) + 2.0)))
    }

    /// Whether the bounds hold, for decoding.
    pub(crate) fn is_bounded(&self) -> bool {
        self.entries.len() <= MAX && self.n_new <= self.n_seen && self.n_seen < FULL
    }

    fn position(&self, name: NameHash) -> Option<usize> {
        self.entries.iter().position(|entry| entry.name() == name)
    }

    fn halve_when_full(&mut self) {
        if self.n_seen >= FULL {
            self.n_seen /= 2;
            self.n_new /= 2;
        }
    }

    #[cfg(test)]
    pub(crate) fn largest() -> Self {
        let entry = |index: usize| E::new(NameHash([255, 255, index as u8]), u16::MAX);
        Self { entries: (0..MAX).map(entry).collect(), n_seen: FULL - 1, n_new: FULL - 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> NameHash {
        NameHash::of(text)
    }

    #[test]
    fn the_hash_is_the_start_of_sha_256() {
        // SHA-256 of "abc" is ba7816bf... (FIPS 180-2, appendix B.1).
        assert_eq!(name("abc"), NameHash([0xba, 0x78, 0x16]));
    }

    #[test]
    fn the_least_recently_used_name_goes() {
        let mut set = KnownSet::<DatedName, 2>::default();
        for (text, day) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            set.see(name(text), day);
        }
        assert_eq!(set.get(name("a")).map(DatedName::day), Some(3));
        assert!(set.get(name("b")).is_none() && set.get(name("c")).is_some());
    }

    #[test]
    fn a_new_name_surprises_less_where_new_names_are_usual() {
        let (mut steady, mut roving) =
            (KnownSet::<NameHash, 8>::default(), KnownSet::<NameHash, 8>::default());
        for index in 0..41 {
            steady.see(name("same"), 0);
            roving.see(name(&index.to_string()), 0);
        }
        assert_eq!(steady.surprise(name("same")), Some(0.0));
        // Nothing new in 40: -ln(1/42). All new: -ln(41/42).
        assert!((steady.surprise(name("x")).unwrap() - 3.737_67).abs() < 1e-5);
        assert!((roving.surprise(name("x")).unwrap() - 0.024_10).abs() < 1e-5);
    }

    #[test]
    fn a_name_made_known_surprises_no_more_and_counts_for_nothing_else() {
        let mut set = KnownSet::<NameHash, 2>::default();
        for text in ["a", "a", "b"] {
            set.see(name(text), 0);
        }
        let surprise = set.surprise(name("x"));
        set.know(name("c"), 0);
        assert_eq!((set.surprise(name("c")), set.surprise(name("x"))), (Some(0.0), surprise));
        assert!(set.get(name("a")).is_none() && set.len() == 2);
    }

    #[test]
    fn a_late_name_never_pushes_out_another_nor_moves_ahead() {
        let mut set = KnownSet::<NameHash, 2>::default();
        set.see(name("a"), 5);
        set.see_late(name("b"), 4);
        set.see_late(name("c"), 4);
        set.see(name("d"), 6);
        assert!(set.get(name("a")).is_some() && set.get(name("b")).is_none());
    }
}
