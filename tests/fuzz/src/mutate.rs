//! Changes of an input.

use common::rng::Rng;

/// Bytes and numbers at which readers go wrong.
const BYTES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', 0xc3];
const NUMBERS: [u32; 7] = [
    0,
    1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
    0x0001_0000,
];

/// One of `kept`, changed in one to eight places; never longer than `largest`.
#[must_use]
pub fn mutate(kept: &[Vec<u8>], words: &[&[u8]], largest: usize, rng: &mut Rng) -> Vec<u8> {
    let mut input = pick(kept, rng).cloned().unwrap_or_default();
    for _ in 0..=below(8, rng) {
        change(&mut input, kept, words, rng);
        input.truncate(largest);
    }
    input
}

fn change(input: &mut Vec<u8>, kept: &[Vec<u8>], words: &[&[u8]], rng: &mut Rng) {
    let at = below(input.len() + 1, rng);
    let range = at..(at + below(64, rng)).min(input.len());
    match below(10, rng) {
        0 => drop(input.drain(range)),
        1 => {
            let piece = input[range].to_vec();
            let to = below(input.len() + 1, rng);
            input.splice(to..to, piece);
        }
        2 => {
            // many of the same: nesting, repetition
            let piece = input[range].repeat(1 + below(32, rng));
            input.splice(at..at, piece);
        }
        3 | 4 => {
            let word = pick(words, rng).copied().unwrap_or_default();
            input.splice(at..at, word.iter().copied());
        }
        5 => {
            let number = pick(&NUMBERS, rng)
                .copied()
                .unwrap_or_default()
                .to_le_bytes();
            let end = (at + 4).min(input.len());
            input.splice(at..end, number);
        }
        6 => {
            // the beginning of this one and the end of another
            let other = pick(kept, rng).cloned().unwrap_or_default();
            let from = below(other.len() + 1, rng);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        7 => input.insert(at, pick(&BYTES, rng).copied().unwrap_or_default()),
        8 => input.insert(at, rng.next_u64() as u8),
        _ => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << below(8, rng);
            }
        }
    }
}

fn pick<'a, T>(items: &'a [T], rng: &mut Rng) -> Option<&'a T> {
    items.get(below(items.len().max(1), rng))
}

fn below(n: usize, rng: &mut Rng) -> usize {
    (rng.next_u64() % n as u64) as usize
}
