//! Mutants of A2.11: the head and its loss.

use a2_cnn::parts::detection as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::DetectorOutput;
use hidden_suite::Mutant;

use super::detection::{Corners, PART, corners};
use crate::oracle::array::{tensor, values};

/// The mutants of a network.
pub(super) fn network() -> Vec<Mutant> {
    let mut all = head();
    all.extend(focal());
    all
}

/// The head's answer with other boxes, made of the location and the four distances in units of the stride.
fn reboxed(
    output: DetectorOutput,
    stride: f64,
    boxed: fn([f64; 2], [f64; 4], f64) -> Corners,
) -> DetectorOutput {
    let shape @ [_, l, _] = output.boxes.dims();
    let places = values(&output.locations);
    let flat = output.boxes.clone().reshape([-1, 4]);
    let numbers = corners(&flat).into_iter().enumerate().flat_map(|(i, c)| {
        let [x, y] = [places[2 * (i % l)], places[2 * (i % l) + 1]];
        let distances = [x - c[0], y - c[1], c[2] - x, c[3] - y];
        boxed([x, y], distances.map(|distance| distance / stride), stride)
    });
    DetectorOutput {
        boxes: tensor(numbers.collect(), shape),
        ..output
    }
}

/// `[n, l, c]` that was reshaped from `[n, c, rows, columns]` as it lies.
fn reshaped(x: Tensor<3>) -> Tensor<3> {
    let [n, l, c] = x.dims();
    x.swap_dims(1, 2).reshape([n, l, c])
}

fn head() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.detector_head / "one_reshape",
            "the logits are reshaped without a swap of axes",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    class_logits: reshaped(output.class_logits),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "no_half",
            "locations are the upper left corners of the patches",
            |head, x, stride| {
                let half = stride as f64 / 2.0;
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    locations: output.locations - half,
                    boxes: output.boxes - half,
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "rows_for_x",
            "locations are row and column",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    locations: output.locations.flip([1]),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "column_by_column",
            "locations are counted column by column",
            |head, x, stride| {
                let [_, _, rows, columns] = x.dims();
                let output = reference::detector_head(head, x, stride);
                let grid: Tensor<3> = output.locations.reshape([rows, columns, 2]);
                DetectorOutput {
                    locations: grid.swap_dims(0, 1).reshape([rows * columns, 2]),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "distances_of_cells",
            "distances are not multiplied by the stride",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], [l, t, r, b], _| {
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "relu_for_exp",
            "distances are stride relu(z)",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], distances, stride| {
                    let [l, t, r, b] = distances.map(|d| stride * d.ln().max(0.0));
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "top_first",
            "distances are read as top, left, bottom, right",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], distances, stride| {
                    let [t, l, b, r] = distances.map(|d| stride * d);
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "opposite_sides",
            "distances are read as left, right, top, bottom",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                reboxed(output, stride as f64, |[x, y], distances, stride| {
                    let [l, r, t, b] = distances.map(|d| stride * d);
                    [x - l, y - t, x + r, y + b]
                })
            }
        ),
        mutant!(
            detection.detector_head / "probabilities",
            "classes are probabilities",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    class_logits: activation::sigmoid(output.class_logits),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "centerness_squashed",
            "the centerness is a probability",
            |head, x, stride| {
                let output = reference::detector_head(head, x, stride);
                DetectorOutput {
                    centerness: activation::sigmoid(output.centerness),
                    ..output
                }
            }
        ),
        mutant!(
            detection.detector_head / "no_bias",
            "the classes have no bias",
            |mut head, x, stride| {
                head.class.bias = head.class.bias.zeros_like();
                reference::detector_head(head, x, stride)
            }
        ),
        mutant!(
            detection.detector_head / "tower_skipped",
            "only the first layer of the tower is used",
            |mut head, x, stride| {
                // The second layer becomes the identity where its shape lets it: then it does nothing after ReLU.
                for layer in head.tower.iter_mut().skip(1) {
                    let [outputs, inputs, _, _] = layer.weight.dims();
                    let middle = |i: usize| {
                        let (o, c, place) = (i / (9 * inputs), i / 9 % inputs, i % 9);
                        f64::from(u8::from(o == c && place == 4))
                    };
                    let weight = (0..outputs * inputs * 9).map(middle).collect();
                    layer.weight = tensor(weight, [outputs, inputs, 3, 3]);
                    layer.bias = layer.bias.zeros_like();
                }
                reference::detector_head(head, x, stride)
            }
        ),
    ]
}

/// The loss as `of` p_t, alpha_t and gamma.
fn loss(
    logits: &Tensor<2>,
    targets: &Tensor<2>,
    alpha: [f64; 2],
    of: impl Fn(f64, f64) -> f64,
) -> Tensor<2> {
    let numbers = values(logits)
        .into_iter()
        .zip(values(targets))
        .map(|(logit, target)| {
            let z = if target > 0.5 { logit } else { -logit };
            let weight = if target > 0.5 { alpha[1] } else { alpha[0] };
            of(1.0 / (1.0 + (-z).exp()), weight)
        });
    tensor(numbers.collect(), logits.dims())
}

fn focal() -> Vec<Mutant> {
    vec![
        mutant!(
            detection.focal_loss / "unstable",
            "takes the logarithm of the probability",
            |x, t, a, g| loss(&x, &t, [1.0 - a, a], |p, w| -w * (1.0 - p).powf(g) * p.ln())
        ),
        mutant!(
            detection.focal_loss / "afraid_of_zero",
            "takes the logarithm of p + 1e-9",
            |x, t, a, g| loss(&x, &t, [1.0 - a, a], |p, w| -w
                * (1.0 - p).powf(g)
                * (p + 1e-9).ln())
        ),
        mutant!(
            detection.focal_loss / "alpha_for_all",
            "alpha weighs both targets",
            |x, t, a, g| {
                let alike = reference::focal_loss(x, t, 0.5, g);
                alike * (2.0 * a)
            }
        ),
        mutant!(
            detection.focal_loss / "alpha_exchanged",
            "alpha belongs to targets of 0",
            |x, t, a, g| reference::focal_loss(x, t, 1.0 - a, g)
        ),
        mutant!(
            detection.focal_loss / "gamma_ignored",
            "is weighted cross-entropy whatever gamma is",
            |x, t, a, _| reference::focal_loss(x, t, a, 0.0)
        ),
        mutant!(
            detection.focal_loss / "easy_for_hard",
            "weighs with p_t^gamma",
            |x, t, a, g| loss(&x, &t, [1.0 - a, a], |p, w| -w
                * p.powf(g)
                * p.max(1e-300).ln())
        ),
        mutant!(
            detection.focal_loss / "always_squared",
            "gamma is 2",
            |x, t, a, _| reference::focal_loss(x, t, a, 2.0)
        ),
        mutant!(
            detection.focal_loss / "softmax",
            "classes share one softmax",
            |x, t, a, g| {
                let log_p = activation::log_softmax(x, 1);
                let weight = (log_p.clone().exp().neg() + 1.0).powf_scalar(g) * a;
                -(weight * log_p * t)
            }
        ),
    ]
}
