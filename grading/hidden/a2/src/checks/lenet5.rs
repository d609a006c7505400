//! Checks of A2.5: the networks of 1998 and of today.

use burn::tensor::{Int, Tensor};
use common::check::{Check, Tolerance, Verdict, close, ensure, equal};
use common::contract::Submission;
use common::contract::a2::Lenet5;
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::tensor;
use crate::oracle::lenet5::{self as oracle, Modern, Planes, Size, c3_table, counted};
use crate::oracle::lenet1989::squash;

pub(super) const PART: &str = "A2.5";

/// The checks of this part that look at LeNet-5 and its modern form.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "lenet5/table_i",
            part: PART,
            points: 1,
            proves: "The planes of C3 see what Table I of the paper says, by 60 links.",
            hint: "Neighbours go round: after plane 5 comes plane 0, and every list is in ascending order.",
            run: table_i,
        },
        Check {
            id: "lenet5/dense_kernel",
            part: PART,
            points: 1,
            proves: "Each of the 60 kernels is in its place, and everything else is 0.",
            hint: "Walk through the table plane by plane and take the next kernel for every entry.",
            run: dense_kernel,
        },
        Check {
            id: "lenet5/layer_sizes",
            part: PART,
            points: 2,
            proves: "Units, parameters and connections of all layers are those of counting unit by unit, in both networks and for any size.",
            hint: "Biases are shared within a plane here. A unit of S2 has four inputs and a bias, and its plane two parameters; in the modern network it has neither.",
            run: layer_sizes,
        },
        Check {
            id: "lenet5/padded_input",
            part: PART,
            points: 1,
            proves: "Grey values go from 0 and 1 to -0.1 and 1.175, and the margin is background by the new scale.",
            hint: "Two rows and columns on each side, for images of any size.",
            run: padded_input,
        },
        Check {
            id: "lenet5/subsampling",
            part: PART,
            points: 1,
            proves: "A unit squashes the coefficient of its plane times the sum of four units plus the bias.",
            hint: "The sum, not the mean; the windows do not overlap; each plane has its own two numbers.",
            run: subsampling,
        },
        Check {
            id: "lenet5/features",
            part: PART,
            points: 2,
            proves: "With given weights the states of F6 are those of sums unit by unit.",
            hint: "All six layers are squashed, C1 and C3 before they are sub-sampled.",
            run: features,
        },
        Check {
            id: "lenet5/distances",
            part: PART,
            points: 1,
            proves: "Distances are squared, summed over the units, never negative, and 0 where features are a prototype.",
            hint: "Give features and prototypes an axis of size 1 each, so that they broadcast to [n, classes, units].",
            run: distances,
        },
        Check {
            id: "lenet5/map_loss",
            part: PART,
            points: 1,
            proves: "The loss is that of equation 9, also for prototypes that are far away and for each value of j.",
            hint: "The sum over the classes has the right one in it, and exp(-j) stands in the logarithm.",
            run: map_loss,
        },
        Check {
            id: "lenet5/modern_logits",
            part: PART,
            points: 1,
            proves: "With given weights the logits of the modern network are those of sums unit by unit.",
            hint: "ReLU after C1, C3, C5 and F6 and not after the last layer; the largest of four, without overlap.",
            run: modern_logits,
        },
    ]
}

const TOLERANCE: Tolerance = Tolerance::EXACT;

/// An image of grey values between 0 and 1.
pub(super) fn image(rng: &mut Rng, rows: usize, columns: usize) -> Planes {
    Planes {
        rows,
        columns,
        values: (0..rows * columns).map(|_| rng.unit()).collect(),
    }
}

/// Images of one size as a batch.
pub(super) fn batch(images: &[Planes]) -> Tensor<4> {
    let values = images.iter().flat_map(|image| image.values.clone());
    let shape = [images.len(), 1, images[0].rows, images[0].columns];
    tensor(values.collect(), shape)
}

pub(super) fn labels(values: &[usize]) -> Tensor<1, Int> {
    let values: Vec<i64> = values.iter().map(|&label| label as i64).collect();
    common::check::labels(&values)
}

fn table_i(s: &Submission, _: &mut Rng) -> Verdict {
    equal(&s.c3_table()?, &c3_table())
}

fn dense_kernel(s: &Submission, rng: &mut Rng) -> Verdict {
    let links = rng.normal_tensor([60, 5, 5]);
    let values: Vec<f64> = links.to_data().iter().collect();
    let mut kernels = values.chunks(25);
    let mut want = vec![0.0; 16 * 6 * 25];
    for (plane, seen) in c3_table().iter().enumerate() {
        for below in seen {
            let start = (plane * 6 + below) * 25;
            let kernel = kernels.next().expect("60 kernels");
            want[start..start + 25].copy_from_slice(kernel);
        }
    }
    let got = s.c3_kernel(links)?;
    close(&got, &tensor(want, [16, 6, 5, 5]), TOLERANCE)
}

fn layer_sizes(s: &Submission, rng: &mut Rng) -> Verdict {
    let [rows, columns] = sizes(rng, 1, 5).map(|n: usize| 12 + 4 * n);
    for (rows, columns) in [(32, 32), (rows, columns)] {
        for modern in [false, true] {
            let got = s.lenet5_sizes(rows, columns, modern)?.into_iter();
            let got: Vec<(String, usize, usize, usize)> = got
                .map(|size| (size.layer, size.units, size.parameters, size.connections))
                .collect();
            equal(&got, &counted(rows, columns, modern)).map_err(about(format_args!(
                "{rows} x {columns} pixels, modern {modern}"
            )))?;
        }
    }
    Ok(())
}

fn padded_input(s: &Submission, rng: &mut Rng) -> Verdict {
    for [rows, columns] in [[28, 28], sizes(rng, 3, 7)] {
        let images = [image(rng, rows, columns), image(rng, rows, columns)];
        let want = images.each_ref().map(oracle::input);
        let got = s.lenet5_input(batch(&images))?;
        close(&got, &batch(&want), TOLERANCE)?;
    }
    Ok(())
}

fn subsampling(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, planes] = [2, rng.between(3, 5)];
    let [rows, columns] = sizes(rng, 1, 3).map(|n: usize| 2 * n);
    let mut numbers = |n: usize| -> Vec<f64> { (0..n).map(|_| rng.normal()).collect() };
    let (coefficient, bias) = (numbers(planes), numbers(planes));
    let mut all = Vec::new();
    let mut want = Vec::new();
    for _ in 0..n {
        let x = Planes {
            rows,
            columns,
            values: numbers(planes * rows * columns),
        };
        want.extend(x.subsampled(&coefficient, &bias).values);
        all.extend(x.values);
    }
    let got = s.trainable_subsampling(
        tensor(all, [n, planes, rows, columns]),
        tensor(coefficient, [planes]),
        tensor(bias, [planes]),
    )?;
    let want = tensor(want, [n, planes, rows / 2, columns / 2]);
    close(&got, &want, TOLERANCE)
}

/// A small network: 16 x 20 pixels leave planes of 1 x 2 units in S4.
fn small(rng: &mut Rng, flip: bool) -> Size {
    let [c5, f6] = sizes(rng, 5, 9);
    let [rows, columns] = if flip { [20, 16] } else { [16, 20] };
    Size {
        rows,
        columns,
        c5,
        f6,
    }
}

fn features(s: &Submission, rng: &mut Rng) -> Verdict {
    for flip in [false, true] {
        let size = small(rng, flip);
        let network = oracle::Lenet5::random(rng, size);
        let images = [
            image(rng, size.rows, size.columns),
            image(rng, size.rows, size.columns),
        ];
        let want = images.iter().flat_map(|image| network.features(image));
        let want = tensor(want.collect(), [2, size.f6]);
        let got = s.lenet5_features(network.parameters(), batch(&images))?;
        close(&got, &want, TOLERANCE)?;
    }
    Ok(())
}

fn distances(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, classes, units] = sizes(rng, 3, 7);
    let mut features: Vec<Vec<f64>> = (0..n)
        .map(|_| (0..units).map(|_| 3.0 * rng.normal()).collect())
        .collect();
    let sign = |rng: &mut Rng| if rng.unit() < 0.5 { -1.0 } else { 1.0 };
    let prototypes: Vec<Vec<f64>> = (0..classes)
        .map(|_| (0..units).map(|_| sign(rng)).collect())
        .collect();
    features[0].clone_from(&prototypes[1]);
    let distance = |a: &[f64], b: &[f64]| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| a * a - 2.0 * a * b + b * b).sum()
    };
    let rows = features
        .iter()
        .flat_map(|x| prototypes.iter().map(move |p| distance(x, p)));
    let want = tensor(rows.collect(), [n, classes]);
    let got = s.rbf_distances(
        tensor(features.concat(), [n, units]),
        tensor(prototypes.concat(), [classes, units]),
    )?;
    close(&got, &want, TOLERANCE)?;
    let values: Vec<f64> = got.into_data().iter().collect();
    ensure(values.iter().all(|distance| *distance > -1e-12), || {
        "a distance is negative".into()
    })
}

/// Distances of a few units, and one row of 1e4, where every exponential is 0.
fn map_loss(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, classes] = sizes(rng, 3, 7);
    for j in [0.1, rng.uniform(0.5, 3.0)] {
        let mut rows: Vec<Vec<f64>> = (0..n)
            .map(|_| (0..classes).map(|_| rng.uniform(0.0, 4.0)).collect())
            .collect();
        let right: Vec<usize> = (0..n).map(|_| rng.below(classes)).collect();
        for far in [false, true] {
            if far {
                rows[0].fill(1e4);
            }
            let losses = rows.iter().zip(&right).map(|(row, label)| {
                let others = row.iter().map(|y| 1.0 / y.exp()).sum::<f64>();
                row[*label] + (1.0 / j.exp() + others).ln()
            });
            let want = losses.sum::<f64>() / n as f64;
            let got = s.rbf_loss(tensor(rows.concat(), [n, classes]), labels(&right), j)?;
            close(&got, &tensor(vec![want], [1]), TOLERANCE)?;
        }
    }
    Ok(())
}

fn modern_logits(s: &Submission, rng: &mut Rng) -> Verdict {
    for flip in [false, true] {
        let size = small(rng, flip);
        let network = Modern::random(rng, size);
        let mut images = [
            image(rng, size.rows, size.columns),
            image(rng, size.rows, size.columns),
        ];
        // Values of both signs, so that a ReLU of the input would show.
        for image in &mut images {
            image
                .values
                .iter_mut()
                .for_each(|x| *x = squash(4.0 * *x - 2.0));
        }
        let want = images.iter().flat_map(|image| network.logits(image));
        let want = tensor(want.collect(), [2, 10]);
        let got = s.lenet5_modern(network.parameters(), batch(&images))?;
        close(&got, &want, TOLERANCE)?;
    }
    Ok(())
}
