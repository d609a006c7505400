//! What winnowing promises.

mod support;

use std::collections::BTreeSet;

use similarity::winnow::{KNOWN, grams, winnow};

use support::rng::Rng;

fn tokens(rng: &mut Rng, length: usize, alphabet: usize) -> Vec<u64> {
    (0..length).map(|_| rng.below(alphabet) as u64).collect()
}

fn hashes(tokens: &[u64], k: usize, t: usize) -> BTreeSet<u64> {
    winnow(&grams(tokens, k), t - k + 1)
        .iter()
        .map(|print| print.hash)
        .collect()
}

#[test]
fn the_rolling_hash_is_that_of_the_run_alone() {
    let mut rng = Rng(1);
    let text: Vec<u64> = (0..200).map(|_| rng.next()).collect();
    for k in [1, 2, 25] {
        let rolling = grams(&text, k);
        assert_eq!(rolling.len(), 200 - k + 1);
        for (at, gram) in rolling.iter().enumerate() {
            assert_eq!(grams(&text[at..at + k], k), [*gram]);
        }
    }
    assert!(grams(&text, 201).is_empty() && grams(&[], 5).is_empty() && grams(&text, 0).is_empty());
}

/// Figure 2 of the paper: hashes and, with windows of 4, the fingerprints.
#[test]
fn the_papers_example() {
    let hashes = [
        77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98,
    ];
    let kept: Vec<(u64, usize)> = winnow(&hashes, 4)
        .iter()
        .map(|print| (print.hash, print.at))
        .collect();
    assert_eq!(kept, [(17, 3), (17, 6), (8, 8), (39, 11), (17, 15)]);
}

#[test]
fn of_equal_hashes_one_window_after_another_keeps_the_same() {
    // the plain algorithm would keep all seven
    let kept: Vec<usize> = winnow(&[5; 10], 4).iter().map(|print| print.at).collect();
    assert_eq!(kept, [3, 7]);
}

#[test]
fn a_shared_run_of_t_tokens_is_always_noticed() {
    let mut rng = Rng(2);
    for round in 0..2000 {
        let k = 1 + rng.below(8);
        let t = k + rng.below(12);
        let alphabet = 2 + rng.below(40);
        let run = tokens(&mut rng, t, alphabet);
        let [one, other] = [(); 2].map(|()| {
            let (before, after) = (rng.below(40), rng.below(40));
            [
                tokens(&mut rng, before, alphabet),
                run.clone(),
                tokens(&mut rng, after, alphabet),
            ]
            .concat()
        });
        let shared = hashes(&one, k, t)
            .intersection(&hashes(&other, k, t))
            .count();
        assert!(
            shared > 0,
            "round {round}: k {k}, t {t}, {one:?}, {other:?}"
        );
    }
}

#[test]
fn no_run_below_k_tokens_is_noticed() {
    let mut rng = Rng(3);
    for _ in 0..500 {
        let k = 5;
        let run = tokens(&mut rng, k - 1, 10);
        // what is around the run has nothing in common
        let one = [
            vec![100, 101, 102, 103, 104],
            run.clone(),
            vec![105, 106, 107, 108],
        ]
        .concat();
        let other = [vec![200, 201, 202, 203, 204], run, vec![205, 206, 207, 208]].concat();
        assert!(hashes(&one, k, 9).is_disjoint(&hashes(&other, k, 9)));
    }
}

#[test]
fn a_run_with_one_unknown_hash_is_noticed_whatever_else_is_known() {
    let mut rng = Rng(4);
    for _ in 0..1000 {
        let (k, t) = (4, 10);
        let run = tokens(&mut rng, t, 50);
        let in_run = grams(&run, k);
        let spared = in_run[rng.below(in_run.len())];
        let known: BTreeSet<u64> = in_run
            .iter()
            .copied()
            .filter(|gram| *gram != spared)
            .collect();
        let [one, other] = [(); 2].map(|()| {
            let length = rng.below(30);
            let text = [
                tokens(&mut rng, length, 50),
                run.clone(),
                tokens(&mut rng, length, 50),
            ]
            .concat();
            let grams = grams(&text, k).into_iter();
            let grams: Vec<u64> = grams
                .map(|g| if known.contains(&g) { KNOWN } else { g })
                .collect();
            winnow(&grams, t - k + 1)
                .iter()
                .map(|print| print.hash)
                .collect::<BTreeSet<u64>>()
        });
        assert!(one.intersection(&other).any(|hash| *hash == spared));
        assert!(!one.contains(&KNOWN) && one.is_disjoint(&known));
    }
}

#[test]
fn the_density_is_that_of_the_paper() {
    let mut rng = Rng(5);
    let text: Vec<u64> = (0..200_000).map(|_| rng.next()).collect();
    let grams = grams(&text, 25);
    let density = winnow(&grams, 11).len() as f64 / grams.len() as f64;
    assert!((density - 2.0 / 12.0).abs() < 0.002, "{density}");
}
