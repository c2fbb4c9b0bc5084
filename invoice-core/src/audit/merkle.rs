//! Merkle root as in RFC 6962: leaves and nodes are hashed with different prefixes, and an odd node is not doubled, so
//! that no two lists of leaves have the same root.

use sha2::{Digest, Sha256};

fn node(prefix: u8, parts: [&[u8]; 2]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([prefix]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// The root over leaves in their order; of no leaves, the hash of nothing.
pub(super) fn root(leaves: impl IntoIterator<Item = [u8; 32]>) -> [u8; 32] {
    let mut level: Vec<[u8; 32]> = leaves.into_iter().map(|leaf| node(0, [&leaf, &[]])).collect();
    if level.is_empty() {
        return Sha256::digest([]).into();
    }
    // Pairing from the left gives the same tree as the recursive definition of RFC 6962.
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node(1, [left, right]),
                rest => rest.first().copied().unwrap_or_default(),
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, section 2.1, word by word.
    fn defined(leaves: &[[u8; 32]]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => node(0, [leaf, &[]]),
            leaves => {
                let half = leaves.len().next_power_of_two() / 2;
                let (left, right) = leaves.split_at(half);
                node(1, [&defined(left), &defined(right)])
            }
        }
    }

    #[test]
    fn the_root_is_the_defined_one_and_tells_lists_apart() {
        let mut seen = std::collections::BTreeSet::new();
        for count in 0..70_u8 {
            let leaves: Vec<[u8; 32]> = (0..count).map(|leaf| [leaf; 32]).collect();
            assert_eq!(root(leaves.clone()), defined(&leaves), "{count}");
            assert!(seen.insert(root(leaves.clone())));
            for at in 1..leaves.len() {
                let mut swapped = leaves.clone();
                swapped.swap(at - 1, at);
                assert_ne!(root(swapped), root(leaves.clone()), "{count} {at}");
            }
        }
    }
}
