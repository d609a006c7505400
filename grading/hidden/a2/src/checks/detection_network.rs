//! Checks of A2.11: the head and its loss.

use burn::tensor::Tensor;
use common::check::{Check, Tolerance, Verdict, close, finite};
use common::contract::Submission;
use common::contract::a2::{Detector, DetectorConv, DetectorHead};
use common::rng::Rng;

use super::detection::PART;
use super::{about, sizes};
use crate::oracle::array::{Array, tensor};
use crate::oracle::detection::{self as oracle, Head};
use crate::oracle::feature_maps::Same;

/// The checks of this part that look at the network.
pub(super) fn network() -> Vec<Check> {
    vec![
        Check {
            id: "detection/head",
            part: PART,
            points: 1,
            proves: "With given weights the head says what loops say, for towers of several depths and features of any shape.",
            hint: "Look at the order of the axes: [n, c, rows, columns] becomes [n, rows columns, c] by a swap of axes.",
            run: head,
        },
        Check {
            id: "detection/focal",
            part: PART,
            points: 1,
            proves: "The focal loss has its values for any alpha and gamma, is cross-entropy for gamma 0, and finite for huge logits.",
            hint: "alpha is for targets of 1 and 1 - alpha for those of 0; use log_sigmoid instead of the logarithm of a sigmoid.",
            run: focal,
        },
    ]
}

fn random_layer(rng: &mut Rng, inputs: usize, outputs: usize) -> Same {
    Same {
        weight: Array::from_fn([outputs, inputs, 3, 3], |_| 0.3 * rng.normal()),
        bias: (0..outputs).map(|_| 0.3 * rng.normal()).collect(),
    }
}

fn conv(layer: &Same) -> DetectorConv {
    DetectorConv {
        weight: layer.weight.tensor(),
        bias: tensor(layer.bias.clone(), [layer.bias.len()]),
    }
}

fn head(s: &Submission, rng: &mut Rng) -> Verdict {
    for depth in 0..3 {
        let [n, rows, columns, classes] = sizes(rng, 1, 5);
        let mut channels = rng.between(2, 3);
        let features = Array::from_fn([n, channels, rows, columns], |_| rng.normal());
        let tower: Vec<Same> = (0..depth)
            .map(|_| {
                let outputs = rng.between(2, 4);
                let layer = random_layer(rng, channels, outputs);
                channels = outputs;
                layer
            })
            .collect();
        let ends = [classes, 4, 1].map(|outputs| random_layer(rng, channels, outputs));
        let given = DetectorHead {
            tower: tower.iter().map(conv).collect(),
            class: conv(&ends[0]),
            distance: conv(&ends[1]),
            centerness: conv(&ends[2]),
        };
        let stride = rng.between(2, 9);
        let want = Head { tower, ends }.of(&features, stride as f64);
        let got = s.detector_head(given, features.tensor(), stride)?;

        let l = rows * columns;
        let all = || want.iter().flatten();
        let places: Vec<f64> = want[0].iter().flat_map(|seen| seen.location).collect();
        close(&got.locations, &tensor(places, [l, 2]), Tolerance::EXACT)
            .map_err(about("locations"))?;
        let logits: Vec<f64> = all().flat_map(|seen| seen.classes.clone()).collect();
        close(
            &got.class_logits,
            &tensor(logits, [n, l, classes]),
            Tolerance::EXACT,
        )
        .map_err(about("class_logits"))?;
        let corners: Vec<f64> = all().flat_map(|seen| seen.corners).collect();
        close(&got.boxes, &tensor(corners, [n, l, 4]), Tolerance::EXACT).map_err(about("boxes"))?;
        let centerness: Vec<f64> = all().map(|seen| seen.centerness).collect();
        close(
            &got.centerness,
            &tensor(centerness, [n, l]),
            Tolerance::EXACT,
        )
        .map_err(about("centerness"))?;
    }
    Ok(())
}

fn focal(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, classes] = sizes(rng, 2, 5);
    let logits: Vec<f64> = (0..n * classes).map(|_| 3.0 * rng.normal()).collect();
    let targets: Vec<bool> = (0..n * classes).map(|_| rng.below(2) == 1).collect();
    let ones: Vec<f64> = targets
        .iter()
        .map(|&target| f64::from(u8::from(target)))
        .collect();
    let ones: Tensor<2> = tensor(ones, [n, classes]);
    let x: Tensor<2> = tensor(logits.clone(), [n, classes]);
    // gamma 0 with alpha 1/2 is half of the binary cross-entropy.
    for (alpha, gamma) in [(rng.uniform(0.1, 0.4), rng.uniform(0.5, 3.0)), (0.5, 0.0)] {
        let want = logits.iter().zip(&targets);
        let want = want.map(|(&logit, &target)| oracle::focal(logit, target, alpha, gamma));
        let got = s.focal_loss(x.clone(), ones.clone(), alpha, gamma)?;
        close(
            &got,
            &tensor(want.collect(), [n, classes]),
            Tolerance::EXACT,
        )
        .map_err(about(format_args!("alpha {alpha}, gamma {gamma}")))?;
    }
    // Surely right costs nothing, surely wrong as much as the logit is large.
    let got = s.focal_loss(
        tensor(vec![1e4, -1e4, 1e4, -1e4], [2, 2]),
        tensor(vec![1.0, 0.0, 0.0, 1.0], [2, 2]),
        0.25,
        2.0,
    )?;
    finite(&got)?;
    let want = tensor(vec![0.0, 0.0, 7500.0, 2500.0], [2, 2]);
    close(&got, &want, Tolerance::EXACT).map_err(about("logits of 10000"))
}
