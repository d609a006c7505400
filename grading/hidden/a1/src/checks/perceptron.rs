//! Checks of A1.1, the perceptron.

use common::check::{Check, Failure, Tolerance, Verdict, close_values, ensure, equal, within};
use common::contract::Submission;
use common::contract::a1::{Perceptron, PerceptronFit};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::perceptron as oracle;

const PART: &str = "A1.1";

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "perceptron/weight_sequence",
            part: PART,
            points: 4,
            proves: "On integer data every epoch ends with exactly the weights, bias and counts of Rosenblatt's rule.",
            hint: "Do two epochs on three points by hand: which points are mistakes, what does each add to w and b?",
            run: weight_sequence,
        },
        Check {
            id: "perceptron/novikoff",
            part: PART,
            points: 3,
            proves: "On 200 separable sets the perceptron converges, without training errors, within Novikoff's bound.",
            hint: "Only mistakes may move w and b, and a run is over after the first epoch without one.",
            run: novikoff,
        },
        Check {
            id: "perceptron/square",
            part: PART,
            points: 2,
            proves: "Of the 16 labelings of a square's corners 14 are learned; XOR and its complement end after max_epochs.",
            hint: "When max_epochs ends first, converged is None and every epoch has its count.",
            run: square,
        },
        Check {
            id: "perceptron/learning_rate",
            part: PART,
            points: 1,
            proves: "Starting at zero, the learning rate scales w and b and changes nothing else.",
            hint: "Both w and b move by learning_rate times y; the test for a mistake does not use it.",
            run: learning_rate,
        },
        Check {
            id: "perceptron/column_permutation",
            part: PART,
            points: 1,
            proves: "Swapping the columns of the data swaps the weights likewise.",
            hint: "Every column is treated the same; look for an index that is one off.",
            run: column_permutation,
        },
        Check {
            id: "perceptron/side_of_plane",
            part: PART,
            points: 1,
            proves: "The class is the side of the plane, and a point on the plane is -1.",
            hint: "+1 only where w . x + b > 0.",
            run: side_of_plane,
        },
        Check {
            id: "perceptron/margin_and_bound",
            part: PART,
            points: 2,
            proves: "Margin, radius and bound are those of the points (x, 1) and the plane (w, b), misclassified points included.",
            hint: "The constant input counts in both lengths; the margin is the smallest signed distance.",
            run: margin_and_bound,
        },
    ]
}

/// A labelled set of points.
struct Set {
    points: Vec<Vec<f64>>,
    labels: Vec<i32>,
}

impl Set {
    fn fit(&self, s: &Submission, order: &[usize], rate: f64, epochs: usize) -> Fitted {
        Ok(s.perceptron_fit(
            self.points.clone(),
            self.labels.clone(),
            order.to_vec(),
            rate,
            epochs,
        )?)
    }

    fn errors(&self, fit: &PerceptronFit) -> usize {
        oracle::training_errors(&self.points, &self.labels, &fit.weights, fit.bias)
    }
}

type Fitted = Result<PerceptronFit, Failure>;

fn random_set(rng: &mut Rng, n: usize, d: usize, draw: impl Fn(&mut Rng) -> f64) -> Set {
    Set {
        points: (0..n)
            .map(|_| (0..d).map(|_| draw(rng)).collect())
            .collect(),
        labels: (0..n).map(|_| sign(rng.unit() < 0.5)).collect(),
    }
}

fn small_integer(rng: &mut Rng) -> f64 {
    rng.below(9) as f64 - 4.0
}

fn sign(positive: bool) -> i32 {
    if positive { 1 } else { -1 }
}

/// Integers and rates that are powers of two: no rounding, so equality is exact.
fn weight_sequence(s: &Submission, rng: &mut Rng) -> Verdict {
    for rate in [1.0, 0.5] {
        let [n, d] = [rng.between(6, 12), rng.between(2, 4)];
        let set = random_set(rng, n, d, small_integer);
        let order = rng.permutation(n);
        for epochs in 1..=6 {
            let got = set.fit(s, &order, rate, epochs)?;
            let want = oracle::fit(&set.points, &set.labels, &order, rate, epochs);
            let here = format!("after at most {epochs} epochs, learning rate {rate}");
            same_fit(&got, &want).map_err(about(here))?;
        }
    }
    Ok(())
}

fn same_fit(got: &PerceptronFit, want: &PerceptronFit) -> Verdict {
    equal(&got.weights, &want.weights).map_err(about("weights"))?;
    equal(&got.bias, &want.bias).map_err(about("bias"))?;
    equal(&got.mistakes_per_epoch, &want.mistakes_per_epoch)
        .map_err(about("mistakes_per_epoch"))?;
    equal(&got.converged, &want.converged).map_err(about("converged"))
}

/// Points on both sides of a random plane, none nearer to it than 0.1. With inputs in `[-1, 1]` the
/// bound is at most 6 / 0.01, so 600 epochs are enough.
fn novikoff(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..200 {
        let (set, margin, radius) = separable_set(rng);
        let order = rng.permutation(set.points.len());
        let fit = set.fit(s, &order, 1.0, 600)?;
        let bound = (radius / margin).powi(2);

        equal(&fit.converged, &Some(fit.mistakes_per_epoch.len())).map_err(about("converged"))?;
        let (last, before) = fit
            .mistakes_per_epoch
            .split_last()
            .ok_or_else(|| Failure::wrong("mistakes_per_epoch is empty"))?;
        ensure(*last == 0 && before.iter().all(|n| *n > 0), || {
            format!("only the last epoch has no mistake; got {before:?}, then {last}")
        })?;
        equal(&set.errors(&fit), &0).map_err(about("training errors after convergence"))?;
        let mistakes: usize = before.iter().sum();
        ensure(mistakes as f64 <= bound, || {
            format!("{mistakes} mistakes where Novikoff's bound is {bound}")
        })?;
    }
    Ok(())
}

fn separable_set(rng: &mut Rng) -> (Set, f64, f64) {
    let d = rng.between(2, 5);
    let mut plane: Vec<f64> = (0..=d).map(|_| rng.normal()).collect();
    // A small threshold, so that both sides of the plane lie in the cube.
    plane[d] *= 0.2;
    let length = oracle::dot(&plane, &plane).sqrt();
    let (weights, bias) = (&plane[..d], plane[d]);

    let mut set = Set {
        points: vec![],
        labels: vec![],
    };
    while set.points.len() < 20 {
        let x: Vec<f64> = (0..d).map(|_| rng.uniform(-1.0, 1.0)).collect();
        let distance = (oracle::dot(weights, &x) + bias) / length;
        if distance.abs() >= 0.1 {
            set.points.push(x);
            set.labels.push(sign(distance > 0.0));
        }
    }
    let (margin, radius) = oracle::margin_and_radius(&set.points, &set.labels, weights, bias);
    (set, margin, radius)
}

fn square(s: &Submission, rng: &mut Rng) -> Verdict {
    const EPOCHS: usize = 60;
    for low in [-1.0, 0.0] {
        for labeling in 0..16 {
            let corner = |i: usize| vec![[low, 1.0][i & 1], [low, 1.0][i >> 1]];
            let set = Set {
                points: (0..4).map(corner).collect(),
                labels: (0..4).map(|i| sign(labeling >> i & 1 == 1)).collect(),
            };
            let fit = set.fit(s, &rng.permutation(4), 1.0, EPOCHS)?;
            let is_xor = labeling == 0b0110 || labeling == 0b1001;
            let verdict = if is_xor {
                equal(&fit.converged, &None).map_err(about("converged"))?;
                equal(&fit.mistakes_per_epoch.len(), &EPOCHS).map_err(about("epochs run"))?;
                ensure(fit.mistakes_per_epoch.iter().all(|n| *n > 0), || {
                    "no plane separates these points, so no epoch is without a mistake".into()
                })
            } else {
                ensure(fit.converged.is_some(), || "did not converge".into())?;
                equal(&set.errors(&fit), &0).map_err(about("training errors"))
            };
            verdict.map_err(about(format_args!("labels {:?}", set.labels)))?;
        }
    }
    Ok(())
}

/// Real-valued points: whether a score is exactly 0 must not hang on rounding.
fn learning_rate(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = [20, 3];
    let set = random_set(rng, n, d, Rng::normal);
    let order = rng.permutation(n);
    let slow = set.fit(s, &order, 0.1, 5)?;
    let fast = set.fit(s, &order, 10.0, 5)?;

    equal(&fast.mistakes_per_epoch, &slow.mistakes_per_epoch)
        .map_err(about("mistakes with learning rate 10 and 0.1"))?;
    let scaled: Vec<f64> = slow.weights.iter().map(|w| 100.0 * w).collect();
    close_values(&fast.weights, &scaled, Tolerance::EXACT).map_err(about("weights"))?;
    within(fast.bias, 100.0 * slow.bias, Tolerance::EXACT).map_err(about("bias"))?;

    let want = oracle::fit(&set.points, &set.labels, &order, 1.0, 5);
    equal(&slow.mistakes_per_epoch, &want.mistakes_per_epoch)
}

fn column_permutation(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 5, 9);
    let set = random_set(rng, n, d, small_integer);
    let (order, columns) = (rng.permutation(n), rng.permutation(d));
    let permuted = |v: &[f64]| columns.iter().map(|c| v[*c]).collect::<Vec<f64>>();
    let swapped = Set {
        points: set.points.iter().map(|x| permuted(x)).collect(),
        labels: set.labels.clone(),
    };

    let plain = set.fit(s, &order, 1.0, 8)?;
    let other = swapped.fit(s, &order, 1.0, 8)?;
    let want = oracle::fit(&set.points, &set.labels, &order, 1.0, 8);
    equal(&plain.weights, &want.weights).map_err(about("weights before the swap"))?;
    equal(&other.weights, &permuted(&plain.weights)).map_err(about("weights"))?;
    equal(&other.bias, &plain.bias).map_err(about("bias"))
}

fn side_of_plane(s: &Submission, rng: &mut Rng) -> Verdict {
    let d = rng.between(2, 4);
    let mut set = random_set(rng, 30, d, small_integer);
    let mut weights: Vec<f64> = (0..d).map(|_| 1.0 + rng.below(3) as f64).collect();
    let bias = 1.0 + rng.below(3) as f64;
    // With w_0 = 1 the first of these is on the plane and the second on its positive side, but only
    // because of the bias.
    weights[0] = 1.0;
    for x0 in [-bias, -bias / 2.0] {
        let mut x = vec![0.0; d];
        x[0] = x0;
        set.points.push(x);
    }

    let score = |x: &Vec<f64>| oracle::dot(x, &weights) + bias;
    let want: Vec<i32> = set.points.iter().map(|x| sign(score(x) > 0.0)).collect();
    let got = s.perceptron_predict(set.points, weights, bias)?;
    equal(&got, &want)
}

fn margin_and_bound(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..5 {
        let [n, d] = sizes(rng, 3, 9);
        let mut set = random_set(rng, n, d, Rng::normal);
        let weights: Vec<f64> = (0..d).map(|_| rng.normal()).collect();
        let bias = rng.uniform(0.5, 2.0);
        for all_right in [true, false] {
            if all_right {
                let score = |x: &Vec<f64>| oracle::dot(x, &weights) + bias;
                set.labels = set.points.iter().map(|x| sign(score(x) > 0.0)).collect();
            } else {
                set.labels[rng.below(n)] *= -1;
            }
            let got = s.margin_and_radius(
                set.points.clone(),
                set.labels.clone(),
                weights.clone(),
                bias,
            )?;
            let (margin, radius) =
                oracle::margin_and_radius(&set.points, &set.labels, &weights, bias);
            within(got.margin, margin, Tolerance::EXACT).map_err(about("margin"))?;
            within(got.radius, radius, Tolerance::EXACT).map_err(about("radius"))?;
        }
        let (radius, margin) = (rng.uniform(1.0, 5.0), rng.uniform(0.1, 0.9));
        let ratio = radius / margin;
        within(
            s.novikoff_bound(radius, margin)?,
            ratio * ratio,
            Tolerance::EXACT,
        )
        .map_err(about("novikoff_bound"))?;
    }
    Ok(())
}
