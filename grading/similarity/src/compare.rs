//! How much each two hand-ins share, by an inverted index: only pairs that share something cost time.
//!
//! A fingerprint weighs the less, the more *other* students have it (inverse document frequency). What a
//! pair has in common is compared with what either has at all, so there are two shares: the small work
//! that lies in a large one has a share of 1, the large one a smaller share.

/// Weights are whole numbers of this part of 1, so that sums do not depend on their order.
const ONE: f64 = 65536.0;

/// What two hand-ins share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) a: usize,
    pub(crate) b: usize,
    /// How many fingerprints they share.
    pub(crate) shared: u32,
    /// Their weight.
    pub(crate) weight: u64,
    /// The weight of all that each has, the shared included.
    pub(crate) total: [u64; 2],
}

impl Score {
    /// Which share of `a` is in `b`, and which of `b` in `a`.
    pub(crate) fn shares(&self) -> [f64; 2] {
        self.total.map(|total| ratio(self.weight, total))
    }

    /// Dice's coefficient: the shared weight by the mean weight.
    pub(crate) fn similarity(&self) -> f64 {
        ratio(2 * self.weight, self.total[0] + self.total[1])
    }

    /// The shared weight, where a fingerprint that no other student has weighs 1.
    pub(crate) fn weight(&self) -> f64 {
        self.weight as f64 / ONE
    }

    /// The larger of the two shares.
    pub(crate) fn largest(&self) -> f64 {
        let [a, b] = self.shares();
        a.max(b)
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64
    }
}

/// How much a fingerprint weighs that some other students have.
pub(crate) struct Weights(Vec<u64>);

impl Weights {
    pub(crate) fn new(students: usize) -> Self {
        let n = students as f64;
        let weight = |others: usize| {
            let rarity = (n / (others + 1) as f64).ln_1p() / n.ln_1p();
            // positive and at most 1
            (ONE * rarity).round() as u64
        };
        Self((0..students).map(weight).collect())
    }

    pub(crate) fn of(&self, others: usize) -> u64 {
        self.0.get(others).copied().unwrap_or_default()
    }
}

/// Who has which fingerprint.
pub(crate) struct Index {
    /// The works that have fingerprint `g`: `holders[starts[g]..starts[g + 1]]`, in order.
    holders: Vec<u32>,
    starts: Vec<usize>,
    /// By how many students each is held.
    held: Vec<u32>,
    /// The fingerprints of each work that are not common knowledge.
    prints: Vec<Vec<u32>>,
    /// The hashes that are common knowledge, in order.
    pub(crate) common: Vec<u64>,
}

impl Index {
    /// `sets` are the hashes of each work, each once; `students` says whose works they are, in order.
    /// What more than `rare` students have is common knowledge.
    pub(crate) fn new(sets: &[&[u64]], students: &[u32], rare: usize) -> Self {
        let mut all: Vec<(u64, u32)> = Vec::with_capacity(sets.iter().map(|set| set.len()).sum());
        for (work, set) in (0..).zip(sets) {
            all.extend(set.iter().map(|hash| (*hash, work)));
        }
        all.sort_unstable();
        let mut index = Self {
            holders: Vec::new(),
            starts: vec![0],
            held: Vec::new(),
            prints: vec![Vec::new(); sets.len()],
            common: Vec::new(),
        };
        for group in all.chunk_by(|one, other| one.0 == other.0) {
            let mut held: Vec<u32> = group
                .iter()
                .map(|(_, work)| students[*work as usize])
                .collect();
            // works are sorted by student
            held.dedup();
            if held.len() > rare {
                index.common.push(group[0].0);
                continue;
            }
            let number = index.held.len() as u32;
            for (_, work) in group {
                index.prints[*work as usize].push(number);
                index.holders.push(*work);
            }
            index.held.push(held.len() as u32);
            index.starts.push(index.holders.len());
        }
        index
    }

    /// The scores of all pairs of different students that share at least one fingerprint.
    pub(crate) fn scores(&self, students: &[u32], weights: &Weights, mut each: impl FnMut(Score)) {
        let totals: Vec<u64> = self
            .prints
            .iter()
            .map(|prints| self.total(prints, weights))
            .collect();
        let mut row = vec![Cell::default(); self.prints.len()];
        let mut touched = Vec::new();
        for (a, prints) in self.prints.iter().enumerate() {
            for print in prints {
                let print = *print as usize;
                let held = self.held[print] as usize;
                let others = self.holders[self.starts[print]..self.starts[print + 1]].iter();
                for b in others.rev().map(|b| *b as usize).take_while(|b| *b > a) {
                    if students[a] == students[b] {
                        continue;
                    }
                    if row[b].shared == 0 {
                        touched.push(b);
                    }
                    row[b].shared += 1;
                    row[b].alone += weights.of(held - 1);
                    row[b].weight += weights.of(held - 2);
                }
            }
            touched.sort_unstable();
            for b in touched.drain(..) {
                let cell = std::mem::take(&mut row[b]);
                // between the two, a shared fingerprint counts as held by one student fewer
                let total = |work: usize| totals[work] - cell.alone + cell.weight;
                each(Score {
                    a,
                    b,
                    shared: cell.shared,
                    weight: cell.weight,
                    total: [total(a), total(b)],
                });
            }
        }
    }

    fn total(&self, prints: &[u32], weights: &Weights) -> u64 {
        let held = |print: &u32| self.held[*print as usize] as usize;
        prints.iter().map(|print| weights.of(held(print) - 1)).sum()
    }
}

/// What the work of a row shares with one other.
#[derive(Clone, Default)]
struct Cell {
    shared: u32,
    weight: u64,
    alone: u64,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Random sets of hashes and whose they are: some students have two works.
    fn class(seed: u64) -> (Vec<Vec<u64>>, Vec<u32>) {
        let mut state = seed;
        let mut below = |n: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % n
        };
        let mut students = vec![0];
        for _ in 1..12 {
            let last = students[students.len() - 1];
            students.push(last + below(3).min(1) as u32);
        }
        let sets = students.iter().map(|_| {
            let set: BTreeSet<u64> = (0..below(30)).map(|_| below(40)).collect();
            set.into_iter().collect()
        });
        (sets.collect(), students)
    }

    /// What two works share, straight from the definition.
    fn by_definition(
        sets: &[Vec<u64>],
        students: &[u32],
        rare: usize,
        [a, b]: [usize; 2],
    ) -> Score {
        let count = students[students.len() - 1] as usize + 1;
        let weights = Weights::new(count);
        let holders = |hash: &u64| -> BTreeSet<u32> {
            let works = sets
                .iter()
                .zip(students)
                .filter(|(set, _)| set.contains(hash));
            works.map(|(_, student)| *student).collect()
        };
        let kept = |work: usize| sets[work].iter().filter(|hash| holders(hash).len() <= rare);
        // the others are the students who have it beside those of the pair who have it as works a and b
        let weight = |hash: &u64| {
            let mut others = holders(hash);
            for work in [a, b] {
                if sets[work].contains(hash) {
                    others.remove(&students[work]);
                }
            }
            weights.of(others.len())
        };
        let shared: Vec<&u64> = kept(a).filter(|hash| sets[b].contains(hash)).collect();
        Score {
            a,
            b,
            shared: shared.len() as u32,
            weight: shared.iter().map(|hash| weight(hash)).sum(),
            total: [a, b].map(|work| kept(work).map(weight).sum()),
        }
    }

    #[test]
    fn the_index_gives_what_the_definition_says() {
        let mut pairs = 0;
        for seed in 0..40 {
            let (sets, students) = class(seed);
            let rare = 3 + seed as usize % 8;
            let slices: Vec<&[u64]> = sets.iter().map(Vec::as_slice).collect();
            let index = Index::new(&slices, &students, rare);
            let mut scores = Vec::new();
            let weights = Weights::new(students[students.len() - 1] as usize + 1);
            index.scores(&students, &weights, |score| scores.push(score));
            let mut expected = Vec::new();
            for a in 0..sets.len() {
                for b in (a + 1..sets.len()).filter(|b| students[a] != students[*b]) {
                    let score = by_definition(&sets, &students, rare, [a, b]);
                    expected.extend((score.shared > 0).then_some(score));
                }
            }
            assert_eq!(scores, expected, "seed {seed}");
            pairs += scores.len();
        }
        assert!(pairs > 500, "{pairs}");
    }

    #[test]
    fn shares_are_of_what_each_has() {
        let score = Score {
            a: 0,
            b: 1,
            shared: 1,
            weight: 30,
            total: [40, 60],
        };
        assert_eq!(score.shares(), [0.75, 0.5]);
        assert_eq!((score.similarity(), score.largest()), (0.6, 0.75));
        let nothing = Score {
            weight: 0,
            total: [0, 0],
            ..score
        };
        assert_eq!((nothing.shares(), nothing.similarity()), ([0.0, 0.0], 0.0));
    }
}
