//! A Merkle tree over SHA-256: one root for many leaves, and a short proof that a leaf is under it.
//!
//! The tree of RFC 9162, section 2.1: a leaf's hash begins with 0 and a node's with 1, so that neither passes for the
//! other; the left half of a node is the largest power of two below its number of leaves.

use super::AuditHash;
use sha2::{Digest, Sha256};

/// The root over leaves in their order; of none, the hash of nothing.
pub fn root(leaves: &[Vec<u8>]) -> AuditHash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(left_half(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The hashes that lead from the leaf at `position` to the root, the deepest first; none without such a leaf.
pub fn path(leaves: &[Vec<u8>], position: usize) -> Option<Vec<AuditHash>> {
    if position >= leaves.len() {
        return None;
    }
    if leaves.len() == 1 {
        return Some(Vec::new());
    }
    let half = left_half(leaves.len());
    let (left, right) = leaves.split_at(half);
    let (mut path, sibling) = if position < half {
        (path(left, position)?, root(right))
    } else {
        (path(right, position - half)?, root(left))
    };
    path.push(sibling);
    Some(path)
}

/// The root that a leaf and its path lead to, of a tree of `n_leaves`; none where the path does not fit the tree.
pub fn root_of(leaf: &[u8], (position, n_leaves): (usize, usize), path: &[AuditHash]) -> Option<AuditHash> {
    if position >= n_leaves {
        return None;
    }
    let Some((sibling, rest)) = path.split_last() else {
        return (n_leaves == 1).then(|| leaf_hash(leaf));
    };
    if n_leaves == 1 {
        return None;
    }
    let half = left_half(n_leaves);
    if position < half {
        Some(node_hash(&root_of(leaf, (position, half), rest)?, sibling))
    } else {
        Some(node_hash(sibling, &root_of(leaf, (position - half, n_leaves - half), rest)?))
    }
}

/// The largest power of two below `n`, which is at least 2.
fn left_half(n: usize) -> usize {
    1 << (usize::BITS - 1 - (n - 1).leading_zeros())
}

fn leaf_hash(leaf: &[u8]) -> AuditHash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

fn node_hash(left: &AuditHash, right: &AuditHash) -> AuditHash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: u8) -> Vec<Vec<u8>> {
        (0..n).map(|leaf| vec![leaf]).collect()
    }

    #[test]
    fn the_tree_is_that_of_the_rfc_by_hand() {
        let one = leaf_hash(&[0]);
        assert_eq!(root(&leaves(1)), one);
        let two = node_hash(&one, &leaf_hash(&[1]));
        assert_eq!(root(&leaves(2)), two);
        // Three leaves: two to the left, one to the right.
        assert_eq!(root(&leaves(3)), node_hash(&two, &leaf_hash(&[2])));
        let right = node_hash(&leaf_hash(&[2]), &leaf_hash(&[3]));
        assert_eq!(root(&leaves(5)), node_hash(&node_hash(&two, &right), &leaf_hash(&[4])));
    }

    #[test]
    fn a_path_leads_its_own_leaf_to_the_root_and_nothing_else() {
        for n in 1..20 {
            let leaves = leaves(n);
            let root = root(&leaves);
            for position in 0..leaves.len() {
                let path = path(&leaves, position).unwrap();
                let place = (position, leaves.len());
                assert_eq!(root_of(&leaves[position], place, &path), Some(root), "{position} of {n}");
                assert_ne!(root_of(&[99], place, &path), Some(root));
                if n > 1 {
                    let elsewhere = ((position + 1) % leaves.len(), leaves.len());
                    assert_ne!(root_of(&leaves[position], elsewhere, &path), Some(root));
                    assert_eq!(root_of(&leaves[position], place, &path[1..]).filter(|it| *it == root), None);
                }
                let longer = [path.as_slice(), &[root]].concat();
                assert_ne!(root_of(&leaves[position], place, &longer), Some(root));
            }
            assert_eq!(path(&leaves, leaves.len()), None);
        }
    }
}
