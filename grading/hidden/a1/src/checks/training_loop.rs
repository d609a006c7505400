//! Checks of A1.7: schedules and batches. Those of the loop are in [`super::training_run`].

use std::collections::BTreeSet;

use common::check::{Check, Failure, Tolerance, Verdict, ensure, equal, within};
use common::contract::Submission;
use common::contract::a1::{Decay, Schedule, TrainingLoop};
use common::rng::Rng;

use super::about;
use crate::oracle::training_loop::{self as oracle, CS336};

/// The part.
pub const PART: &str = "A1.7";

/// The checks of schedules and batches.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "training_loop/cs336",
            part: PART,
            points: 1,
            proves: "Warm-up and cosine give the 25 rates of CS336's table.",
            hint: "The warm-up has its peak at step warmup, the cosine its floor at step end, and nothing moves after that.",
            run: cs336,
        },
        Check {
            id: "training_loop/schedules",
            part: PART,
            points: 1,
            proves: "Cosine, line and steps have the right rate at every step, long after the end and without a warm-up too.",
            hint: "Try warmup 0, end equal to warmup, and steps far beyond the end: no division by 0, no rising again.",
            run: schedules,
        },
        Check {
            id: "training_loop/partition",
            part: PART,
            points: 1,
            proves: "Every epoch has each sample once, in batches of the right sizes, the last one with what is left.",
            hint: "Try sizes that divide evenly and sizes that do not, fewer samples than one batch, and none at all.",
            run: partition,
        },
        Check {
            id: "training_loop/order",
            part: PART,
            points: 2,
            proves: "Orders are uniform over all permutations, differ between epochs and between seeds, and are reproducible.",
            hint: "Shuffle samples, not batches, with a generator made of seed and epoch and nothing else.",
            run: order,
        },
    ]
}

fn rate(s: &Submission, schedule: &Schedule, step: usize) -> Verdict {
    let got = s.lr_at(schedule.clone(), step)?;
    within(got, oracle::lr(schedule, step), Tolerance::EXACT)
        .map_err(about(format_args!("step {step} of {schedule:?}")))
}

fn cs336(s: &Submission, _: &mut Rng) -> Verdict {
    let schedule = Schedule {
        decay: Decay::Cosine,
        peak: 1.0,
        floor: 0.1,
        warmup: 7,
        end: 21,
        period: 3,
        factor: 0.5,
    };
    for (step, want) in CS336.into_iter().enumerate() {
        let got = s.lr_at(schedule.clone(), step)?;
        within(got, want, Tolerance::EXACT).map_err(about(format_args!("step {step}")))?;
    }
    Ok(())
}

fn schedules(s: &Submission, rng: &mut Rng) -> Verdict {
    for decay in Decay::ALL {
        let warmup = rng.between(3, 9);
        let length = rng.between(5, 12);
        let schedule = Schedule {
            decay: *decay,
            peak: rng.uniform(0.5, 2.0),
            floor: rng.uniform(0.05, 0.2),
            warmup,
            end: warmup + length,
            period: rng.between(2, 5),
            factor: rng.uniform(0.3, 0.8),
        };
        for step in (0..=schedule.end + length).chain([100, 101]) {
            rate(s, &schedule, step)?;
        }
        // No warm-up; one that ends where the decay does; a decay that is over before the warm-up.
        for (warmup, end) in [(0, length), (warmup, warmup), (0, 0), (warmup, 1)] {
            let edge = Schedule {
                warmup,
                end,
                ..schedule.clone()
            };
            for step in 0..=warmup + 2 {
                rate(s, &edge, step)?;
            }
        }
    }
    Ok(())
}

/// The batches of an epoch, which are a partition into the right sizes.
pub fn batches_of(
    s: &Submission,
    (n, batch_size): (usize, usize),
    shuffle: bool,
    seed: u64,
    epoch: usize,
) -> Result<Vec<Vec<usize>>, Failure> {
    let batches = s.epoch_batches(n, batch_size, shuffle, seed, epoch)?;
    let check = || {
        let mut sizes = vec![batch_size; n / batch_size];
        sizes.extend((n % batch_size > 0).then_some(n % batch_size));
        let got: Vec<usize> = batches.iter().map(Vec::len).collect();
        equal(&got, &sizes).map_err(about("sizes of the batches"))?;
        let mut all = batches.concat();
        all.sort_unstable();
        equal(&all, &(0..n).collect()).map_err(about("indices, sorted"))
    };
    check().map_err(about(format_args!(
        "{n} samples by {batch_size}, shuffle {shuffle}, epoch {epoch}"
    )))?;
    Ok(batches)
}

fn partition(s: &Submission, rng: &mut Rng) -> Verdict {
    let batch_size = rng.between(3, 9);
    let ragged = batch_size * rng.between(2, 5) + rng.between(1, batch_size - 1);
    let even = batch_size * rng.between(2, 5);
    for n in [ragged, even, batch_size, batch_size - 1, 1, 0] {
        let straight = batches_of(s, (n, batch_size), false, rng.next_u64(), 3)?;
        equal(&straight.concat(), &(0..n).collect()).map_err(about("without shuffle"))?;
        for epoch in 0..3 {
            batches_of(s, (n, batch_size), true, rng.next_u64(), epoch)?;
        }
    }
    Ok(())
}

fn order(s: &Submission, rng: &mut Rng) -> Verdict {
    let seed = rng.next_u64();
    let draw = |seed, epoch| batches_of(s, (30, 7), true, seed, epoch);
    equal(&draw(seed, 4)?, &draw(seed, 4)?).map_err(about("epoch 4 twice"))?;
    ensure(draw(seed, 4)? != draw(rng.next_u64(), 4)?, || {
        "two seeds have the same order".into()
    })?;

    // No order comes twice in 40 epochs. Nor should the set of samples in the first batch: there are
    // C(30, 7), two millions of them, so one of the 780 pairs agrees with a chance of 4e-4, four with one of
    // 1e-15. Orders that stay inside their batches have one set.
    let epochs: Vec<Vec<Vec<usize>>> = (0..40).map(|e| draw(seed, e)).collect::<Result<_, _>>()?;
    let orders: BTreeSet<Vec<usize>> = epochs.iter().map(|batches| batches.concat()).collect();
    equal(&orders.len(), &40).map_err(about("different orders in 40 epochs"))?;
    let first = |batches: &Vec<Vec<usize>>| batches[0].iter().copied().collect::<BTreeSet<_>>();
    let firsts: BTreeSet<BTreeSet<usize>> = epochs.iter().map(first).collect();
    ensure(firsts.len() >= 37, || {
        format!(
            "the first batches of 40 epochs are only {} different sets",
            firsts.len()
        )
    })?;

    // How often a sample is followed by the next one: nearly a Poisson number of mean 29 / 30 in each order,
    // so 39 +- 6.2 in 40 epochs, and 80 are 6.6 deviations. Batches in random order, or a list that begins
    // somewhere else, have more than 960 of them, 150 deviations away.
    let followed = |order: &Vec<usize>| order.windows(2).filter(|two| two[1] == two[0] + 1).count();
    let all: usize = orders.iter().map(followed).sum();
    ensure(all <= 80, || {
        format!(
            "in 40 orders of 30 samples {all} samples are followed by the next one, not about 39"
        )
    })?;

    // Where each of 5 samples stands in 700 orders: 140 times in each place, with a deviation of 10.6. The
    // limit is 7 of them, for 25 counts; Sattolo's shuffle, which leaves no sample in its place, is 13 away.
    let mut places = [[0usize; 5]; 5];
    for epoch in 0..700 {
        for (place, sample) in batches_of(s, (5, 5), true, seed, epoch)?
            .concat()
            .into_iter()
            .enumerate()
        {
            places[sample][place] += 1;
        }
    }
    for (sample, counts) in places.iter().enumerate() {
        for (place, count) in counts.iter().enumerate() {
            ensure(count.abs_diff(140) <= 74, || {
                format!(
                    "sample {sample} of 5 is in place {place} in {count} of 700 orders, not about 140"
                )
            })?;
        }
    }
    Ok(())
}
