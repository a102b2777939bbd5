//! Anchors: now and then one hash over the heads of all chains that have grown. It is told outside the database too,
//! so that a chain whose end was cut off is found, whatever else was changed along.

use super::verify::{Difference, Fault};
use super::{AuditHash, ChainHead, GENESIS, hash_of, merkle};
use crate::domain::canonical::length_prefixed;
use jiff::Timestamp;

/// The word of the log line that tells an anchor.
pub const ANCHORED: &str = "audit_anchored";
/// What a fault of an anchor names as its chain.
const CHAIN: &str = "anchors";

/// The head of one chain, as an anchor covers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// The chain.
    pub chain: String,
    /// Its newest event then.
    pub head: ChainHead,
}

impl Leaf {
    fn bytes(&self) -> Vec<u8> {
        let sequence = self.head.sequence.to_string();
        let fields: [&[u8]; 4] =
            [b"telltale-leaf-1", self.chain.as_bytes(), sequence.as_bytes(), &self.head.hash];
        length_prefixed(&fields)
    }
}

/// One anchor. Anchors are chained as events are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// From 1, without gaps.
    pub number: i64,
    /// The server's clock, whole microseconds.
    pub at: Timestamp,
    /// Leaves under the root.
    pub n_chains: i64,
    /// The Merkle root over the leaves.
    pub root: AuditHash,
    /// The hash of the anchor before.
    pub prev_hash: AuditHash,
    /// SHA-256 of `prev_hash` and everything above.
    pub hash: AuditHash,
}

/// An anchor as it was told outside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToldAnchor {
    /// Its number.
    pub number: i64,
    /// Its hash, which covers its root and the anchors before it.
    pub hash: AuditHash,
}

/// How a leaf is shown to be under an anchor's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The anchor.
    pub anchor: Anchor,
    /// The leaf.
    pub leaf: Leaf,
    /// Its place among the leaves, from 0.
    pub position: usize,
    /// The hashes that lead to the root, the deepest first.
    pub path: Vec<AuditHash>,
}

impl Anchor {
    /// Makes the anchor that follows `previous` over these leaves.
    pub fn over(leaves: &[Leaf], previous: Option<&Self>, at: Timestamp) -> Self {
        let root = root_of(leaves);
        let (before, prev_hash) = previous.map_or((0, GENESIS), |anchor| (anchor.number, anchor.hash));
        let n_chains = i64::try_from(leaves.len()).unwrap_or(i64::MAX);
        let anchor = Self { number: before + 1, at, n_chains, root, prev_hash, hash: GENESIS };
        Self { hash: anchor.own_hash(), ..anchor }
    }

    fn own_hash(&self) -> AuditHash {
        let [number, at, n_chains] =
            [self.number, self.at.as_microsecond(), self.n_chains].map(|number| number.to_string());
        let fields: [&[u8]; 5] =
            [b"telltale-anchor-1", number.as_bytes(), at.as_bytes(), n_chains.as_bytes(), &self.root];
        hash_of(&self.prev_hash, &length_prefixed(&fields))
    }

    /// Whether it follows `previous` and is whole in itself.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self, previous: Option<&Self>) -> Result<(), Fault> {
        let (before, prev_hash) = previous.map_or((0, GENESIS), |anchor| (anchor.number, anchor.hash));
        if self.number != before + 1 {
            return Err(fault(before + 1, Difference::Missing));
        }
        if self.prev_hash != prev_hash {
            return Err(fault(self.number, Difference::Unlinked));
        }
        self.check_alone()
    }

    /// Whether its hash is that of what it says.
    ///
    /// # Errors
    /// [`Difference::Changed`] when it is not.
    pub fn check_alone(&self) -> Result<(), Fault> {
        if self.hash == self.own_hash() { Ok(()) } else { Err(fault(self.number, Difference::Changed)) }
    }

    /// Whether its root is that of these leaves.
    ///
    /// # Errors
    /// [`Difference::Root`] when it is not.
    pub fn check_leaves(&self, leaves: &[Leaf]) -> Result<(), Fault> {
        let is_so = root_of(leaves) == self.root && i64::try_from(leaves.len()) == Ok(self.n_chains);
        if is_so { Ok(()) } else { Err(fault(self.number, Difference::Root)) }
    }
}

impl ToldAnchor {
    /// Whether the database still has it.
    ///
    /// # Errors
    /// When it is missing, or another one has its number.
    pub fn check(&self, stored: Option<&Anchor>) -> Result<(), Fault> {
        match stored {
            None => Err(fault(self.number, Difference::Missing)),
            Some(anchor) if anchor.hash != self.hash => Err(fault(self.number, Difference::Told)),
            Some(_) => Ok(()),
        }
    }
}

impl Inclusion {
    /// Proves the leaf at `position` of an anchor's leaves; none without such a leaf.
    pub fn prove(anchor: Anchor, leaves: &[Leaf], position: usize) -> Option<Self> {
        let leaf = leaves.get(position)?.clone();
        let path = merkle::path(&bytes_of(leaves), position)?;
        Some(Self { anchor, leaf, position, path })
    }

    /// Whether the path leads from the leaf to the anchor's root, and the anchor is whole in itself.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), Fault> {
        self.anchor.check_alone()?;
        let n_leaves = usize::try_from(self.anchor.n_chains).unwrap_or(usize::MAX);
        let root = merkle::root_of(&self.leaf.bytes(), (self.position, n_leaves), &self.path);
        if root == Some(self.anchor.root) { Ok(()) } else { Err(fault(self.anchor.number, Difference::Root)) }
    }
}

fn root_of(leaves: &[Leaf]) -> AuditHash {
    merkle::root(&bytes_of(leaves))
}

fn bytes_of(leaves: &[Leaf]) -> Vec<Vec<u8>> {
    leaves.iter().map(Leaf::bytes).collect()
}

fn fault(number: i64, difference: Difference) -> Fault {
    Fault { chain: CHAIN.to_owned(), sequence: number, difference }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u8) -> Vec<Leaf> {
        let leaf = |number: u8| Leaf {
            chain: format!("alert:{number}"),
            head: ChainHead { sequence: i64::from(number), hash: [number; 32] },
        };
        (1..=n).map(leaf).collect()
    }

    fn anchors() -> (Anchor, Anchor) {
        let first = Anchor::over(&leaves(3), None, Timestamp::UNIX_EPOCH);
        let second = Anchor::over(&leaves(5), Some(&first), Timestamp::UNIX_EPOCH);
        (first, second)
    }

    fn difference(checked: Result<(), Fault>) -> Option<Difference> {
        checked.err().map(|fault| fault.difference)
    }

    #[test]
    fn anchors_follow_one_another_and_cover_their_leaves() {
        let (first, second) = anchors();
        assert_eq!(first.check(None), Ok(()));
        assert_eq!(second.check(Some(&first)), Ok(()));
        assert_eq!(second.check_leaves(&leaves(5)), Ok(()));
        assert_eq!(difference(second.check(None)), Some(Difference::Missing));
        assert_eq!(difference(second.check_leaves(&leaves(4))), Some(Difference::Root));
        let mut other = leaves(5);
        other[2].head.sequence = 2;
        assert_eq!(difference(second.check_leaves(&other)), Some(Difference::Root));
        let moved = Anchor { at: Timestamp::MAX, ..second.clone() };
        assert_eq!(difference(moved.check(Some(&first))), Some(Difference::Changed));
        let remade = Anchor::over(&leaves(3), None, Timestamp::MAX);
        assert_eq!(difference(second.check(Some(&remade))), Some(Difference::Unlinked));
    }

    #[test]
    fn an_anchor_that_was_told_is_missed_when_it_is_gone_or_another() {
        let (first, second) = anchors();
        let told = ToldAnchor { number: 2, hash: second.hash };
        assert_eq!(told.check(Some(&second)), Ok(()));
        assert_eq!(difference(told.check(None)), Some(Difference::Missing));
        let other = Anchor::over(&leaves(4), Some(&first), Timestamp::UNIX_EPOCH);
        assert_eq!(difference(told.check(Some(&other))), Some(Difference::Told));
    }

    #[test]
    fn an_inclusion_holds_for_its_own_leaf_and_anchor() {
        let (_, second) = anchors();
        for position in 0..5 {
            let proof = Inclusion::prove(second.clone(), &leaves(5), position).unwrap();
            assert_eq!(proof.check(), Ok(()), "{position}");
            let mut other = proof.clone();
            other.leaf.head.hash = [9; 32];
            assert_eq!(difference(other.check()), Some(Difference::Root));
            let mut other = proof.clone();
            other.anchor.root = [9; 32];
            assert_eq!(difference(other.check()), Some(Difference::Changed));
        }
        assert_eq!(Inclusion::prove(second, &leaves(5), 5), None);
    }
}
