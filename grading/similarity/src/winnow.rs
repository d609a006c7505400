//! Fingerprints of a token sequence by robust winnowing.
//!
//! Schleimer, Wilkerson & Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003.
//! All runs of `k` tokens are hashed (Karp & Rabin 1987), and of each `t - k + 1` neighbouring hashes the
//! smallest is kept. So:
//!
//! - a run of `t` tokens that two sequences share gives them at least one fingerprint in common;
//! - no run of fewer than `k` tokens gives any;
//! - about `2 / (t - k + 2)` of the hashes are kept.
//!
//! Hashes of runs that consist of given code are never kept. The first statement then holds for every run
//! that has at least one other hash, if the same ones are passed over in both sequences; and that is so for
//! a run in which nothing is given.

/// A kept hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// The hash of `k` tokens.
    pub hash: u64,
    /// The index of the first of them.
    pub at: usize,
}

/// Stands in the place of a hash that is not to be kept: it is larger than every other.
pub const KNOWN: u64 = u64::MAX;

/// The prime `2^61 - 1`, modulo which hashes are computed.
const PRIME: u64 = (1 << 61) - 1;

/// The base of the polynomial. Fixed: archives of earlier terms hold hashes.
const BASE: u64 = 0x0bad_5eed_0f00_d1ce % PRIME;

/// The hashes of all runs of `k` tokens; the hash at `i` begins with token `i`.
#[must_use]
pub fn grams(tokens: &[u64], k: usize) -> Vec<u64> {
    if k == 0 || tokens.len() < k {
        return Vec::new();
    }
    let leaving = (1..k).fold(1, |power, _| times(power, BASE));
    let mut hash = 0;
    let mut grams = Vec::with_capacity(tokens.len() - k + 1);
    for (i, token) in tokens.iter().enumerate() {
        if let Some(old) = i.checked_sub(k) {
            hash = (hash + PRIME - times(tokens[old] % PRIME, leaving)) % PRIME;
        }
        hash = (times(hash, BASE) + token % PRIME) % PRIME;
        if i + 1 >= k {
            grams.push(mixed(hash));
        }
    }
    grams
}

/// Of each `window` neighbouring hashes the smallest; where several are smallest, the one that the window
/// before kept, else the last. A sequence shorter than one window counts as one.
#[must_use]
pub fn winnow(grams: &[u64], window: usize) -> Vec<Fingerprint> {
    let window = window.clamp(1, grams.len().max(1));
    let mut kept: Vec<Fingerprint> = Vec::new();
    let mut smallest = None;
    for end in window..=grams.len() {
        let (start, last) = (end - window, end - 1);
        let at = match smallest {
            Some(at) if at >= start && grams[last] >= grams[at] => at,
            Some(at) if at >= start => last,
            _ => last_smallest(grams, start, end),
        };
        if smallest != Some(at) {
            smallest = Some(at);
            let hash = grams[at];
            if hash != KNOWN {
                kept.push(Fingerprint { hash, at });
            }
        }
    }
    kept
}

fn last_smallest(grams: &[u64], start: usize, end: usize) -> usize {
    (start..end).rev().fold(
        end - 1,
        |best, at| {
            if grams[at] < grams[best] { at } else { best }
        },
    )
}

fn times(a: u64, b: u64) -> u64 {
    // a remainder of PRIME fits into 61 bits
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

/// Spreads the bits (Steele, Lea & Flood 2014), so that the smallest hash is any of them.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)).min(KNOWN - 1)
}
