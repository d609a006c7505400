//! Checks of A2.5: the ladder.

use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal, within};
use common::contract::Submission;
use common::contract::a2::{LadderLoss, LadderRule, LadderRung, LadderUnit, Lenet5};
use common::rng::Rng;

use super::lenet5::{PART, batch, labels};
use super::{about, sizes};
use crate::oracle::array::tensor;
use crate::oracle::lenet5::{Planes, shifted};
use crate::oracle::lenet1989::{Network, squash};

/// The checks of this part that look at the ladder.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "lenet5/rungs",
            part: PART,
            points: 1,
            proves: "All settings of the five rungs are those of the table, other steps are errors, and the rate goes evenly from the first pass to the last.",
            hint: "Each rung has all the changes of those below; the last pass is number passes - 1.",
            run: rungs,
        },
        Check {
            id: "lenet5/shifts",
            part: PART,
            points: 1,
            proves: "Each image moves by its own pair of pixels, and background comes in, not what left on the other side.",
            hint: "The first number moves down, the second to the right; negative ones the other way.",
            run: shifts,
        },
        Check {
            id: "lenet5/rung_network",
            part: PART,
            points: 1,
            proves: "Outputs and losses are those of each rung's units, loss and dropout, and nothing is dropped without random numbers.",
            hint: "Dropout stands between H2 and H3; the outputs are squashed for the squared error only.",
            run: rung_network,
        },
    ]
}

const TOLERANCE: Tolerance = Tolerance::EXACT;

fn rung(passes: usize, [lr, last_lr]: [f64; 2]) -> LadderRung {
    LadderRung {
        passes,
        loss: LadderLoss::CrossEntropy,
        unit: LadderUnit::ScaledTanh,
        rule: LadderRule::AdamW,
        lr,
        last_lr,
        shift: 0,
        dropout: 0.0,
    }
}

/// The five rungs, each written out.
fn ladder() -> [LadderRung; 5] {
    let falling = [3e-4, 1e-4];
    [
        LadderRung {
            loss: LadderLoss::SquaredError,
            rule: LadderRule::Sgd,
            ..rung(23, [0.03, 0.03])
        },
        LadderRung {
            rule: LadderRule::Sgd,
            ..rung(23, [0.01, 0.01])
        },
        rung(46, falling),
        LadderRung {
            shift: 1,
            ..rung(60, falling)
        },
        LadderRung {
            shift: 1,
            unit: LadderUnit::Relu,
            dropout: 0.25,
            ..rung(80, [2e-3, 1e-5])
        },
    ]
}

fn rungs(s: &Submission, rng: &mut Rng) -> Verdict {
    for (step, want) in ladder().into_iter().enumerate() {
        let got = s.modernise(step)?.map_err(Failure::wrong)?;
        let choices = |r: &LadderRung| (r.passes, r.loss, r.unit, r.rule, r.shift);
        equal(&choices(&got), &choices(&want)).map_err(about(format_args!("step {step}")))?;
        within(got.lr, want.lr, TOLERANCE).map_err(about("lr"))?;
        within(got.last_lr, want.last_lr, TOLERANCE).map_err(about("last_lr"))?;
        within(got.dropout, want.dropout, TOLERANCE).map_err(about("dropout"))?;
    }
    for step in [5, rng.between(6, 100)] {
        ensure(s.modernise(step)?.is_err(), || {
            format!("no error for step {step}")
        })?;
    }
    let passes = rng.between(4, 9);
    let (first, last) = (rng.uniform(1.0, 2.0), rng.uniform(0.1, 0.9));
    let rung = |passes| rung(passes, [first, last]);
    for pass in 0..passes {
        let left = (passes - 1 - pass) as f64;
        let want = (left * first + pass as f64 * last) / (passes - 1) as f64;
        within(s.ladder_lr(rung(passes), pass)?, want, TOLERANCE)
            .map_err(about(format_args!("pass {pass} of {passes}")))?;
    }
    within(s.ladder_lr(rung(passes), passes)?, last, TOLERANCE).map_err(about("after the last"))?;
    within(s.ladder_lr(rung(1), 0)?, first, TOLERANCE).map_err(about("a single pass"))
}

fn shifts(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, rows, columns] = sizes(rng, 3, 6);
    let background = rng.uniform(-2.0, -1.0);
    for reach in [0, 1, 2] {
        let images: Vec<Planes> = (0..n)
            .map(|_| Planes {
                rows,
                columns,
                values: (0..rows * columns).map(|_| rng.normal()).collect(),
            })
            .collect();
        let pixels = |rng: &mut Rng| rng.between(0, 2 * reach) as i64 - reach as i64;
        let mut shifts: Vec<[i64; 2]> = (0..n).map(|_| [pixels(rng), pixels(rng)]).collect();
        if reach > 0 {
            shifts[0] = [1, 0];
            shifts[1] = [0, -1];
        }
        let moved = images.iter().zip(&shifts);
        let want: Vec<Planes> = moved
            .map(|(image, shift)| shifted(image, *shift, background))
            .collect();
        let got = s.ladder_shift(batch(&images), shifts, background)?;
        close(&got, &batch(&want), TOLERANCE)?;
    }
    Ok(())
}

fn rung_network(s: &Submission, rng: &mut Rng) -> Verdict {
    let (height, width, n) = (8, 4, 3);
    let network = Network::random(rng, height, width);
    let images: Vec<Planes> = (0..n)
        .map(|_| Planes {
            rows: height,
            columns: width,
            values: (0..height * width)
                .map(|_| rng.uniform(-1.0, 1.0))
                .collect(),
        })
        .collect();
    let n2 = network.values[3].len();
    let uniform: Vec<f64> = (0..n * n2).map(|_| rng.unit()).collect();
    let right: Vec<usize> = (0..n).map(|_| rng.below(10)).collect();
    let mut rungs = ladder();
    rungs[3].dropout = rng.uniform(0.4, 0.7); // with tanh
    for rung in rungs {
        for training in [false, true] {
            let hidden = match rung.unit {
                LadderUnit::ScaledTanh => squash,
                LadderUnit::Relu => |a: f64| a.max(0.0),
            };
            let last = match rung.loss {
                LadderLoss::SquaredError => squash,
                LadderLoss::CrossEntropy => |a: f64| a,
            };
            let mut outputs: Vec<Vec<f64>> = Vec::new();
            for (image, numbers) in images.iter().zip(uniform.chunks(n2)) {
                let kept = |i: usize| match training {
                    false => 1.0,
                    true if numbers[i] < rung.dropout => 0.0,
                    true => 1.0 / (1.0 - rung.dropout),
                };
                let states = network.states_with(&image.values, hidden, kept, last);
                outputs.push(states[3].clone());
            }
            let numbers = training.then(|| tensor(uniform.clone(), [n, n2]));
            let got =
                s.ladder_forward(rung.clone(), network.parameters(), batch(&images), numbers)?;
            let want = tensor(outputs.concat(), [n, 10]);
            close(&got, &want, TOLERANCE).map_err(about(format_args!("{rung:?}")))?;
            let loss = s.ladder_loss(rung.clone(), want, labels(&right))?;
            let want = tensor(vec![mean_loss(&rung, &outputs, &right)], [1]);
            close(&loss, &want, TOLERANCE).map_err(about(format_args!("the loss of {rung:?}")))?;
        }
    }
    Ok(())
}

fn mean_loss(rung: &LadderRung, outputs: &[Vec<f64>], right: &[usize]) -> f64 {
    let loss = |row: &[f64], label: usize| match rung.loss {
        LadderLoss::SquaredError => {
            let target = |k| if k == label { 1.0 } else { -1.0 };
            let squares = row.iter().enumerate().map(|(k, y)| (y - target(k)).powi(2));
            squares.sum::<f64>() / row.len() as f64
        }
        LadderLoss::CrossEntropy => row.iter().map(|y| (y - row[label]).exp()).sum::<f64>().ln(),
    };
    let all = outputs
        .iter()
        .zip(right)
        .map(|(row, label)| loss(row, *label));
    all.sum::<f64>() / outputs.len() as f64
}
