//! LeNet-5 as it was in 1998.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use common::contract::a2::Lenet5Parameters;
use common::rng::Rng;

use super::{Defaults, Form};
use crate::parts::lenet5::{lenet5_features, rbf_distances, rbf_loss};

/// Sub-sampling that learns, 60 links, distances from prototypes.
pub struct Original;

/// The constant of the loss, whose value the paper does not give.
const J: f64 = 1.0;

impl Form for Original {
    const NAME: &'static str = "LeNet-5 of 1998";
    type Parameters = Lenet5Parameters;

    fn defaults(data: &str) -> Defaults {
        let (target, epochs) = match data {
            "mnist" => (Some(0.015), 5),
            "zipcode" => (Some(0.05), 15),
            "digits16" | "digits28" => (Some(0.03), 10),
            _ => (None, 10),
        };
        Defaults {
            target,
            epochs,
            lr: 3e-3,
        }
    }

    /// Weights uniform within 2.4 over the number of inputs, as in the paper; a unit of S2 and S4 starts as the mean of what
    /// it sees.
    fn init([height, width]: [usize; 2], seed: u64) -> Self::Parameters {
        let n4 = 16 * ((height - 8) / 4) * ((width - 8) / 4);
        let mut rng = Rng::named(seed, "LeNet-5 of 1998");
        let full = |n: usize, value: f64| Tensor::full([n], value, (&Device::flex(), DType::F64));
        Lenet5Parameters {
            c1_weight: uniform(&mut rng, [6, 1, 5, 5], 25),
            c1_bias: full(6, 0.0),
            s2_coefficient: full(6, 0.25),
            s2_bias: full(6, 0.0),
            // Of the planes of C3 most see three or four others.
            c3_weight: uniform(&mut rng, [60, 5, 5], 90),
            c3_bias: full(16, 0.0),
            s4_coefficient: full(16, 0.25),
            s4_bias: full(16, 0.0),
            c5_weight: uniform(&mut rng, [n4, 120], n4),
            c5_bias: full(120, 0.0),
            f6_weight: uniform(&mut rng, [120, 84], 120),
            f6_bias: full(84, 0.0),
        }
    }

    /// What is near is sure.
    fn scores(parameters: &Self::Parameters, x: Tensor<4>) -> Tensor<2> {
        let prototypes = prototypes().to_device(&x.device()).cast(x.dtype());
        rbf_distances(lenet5_features(parameters.clone(), x), prototypes).neg()
    }

    fn loss(scores: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        rbf_loss(scores.neg(), labels, J)
    }
}

/// Weights of units with so many inputs.
fn uniform<const D: usize>(rng: &mut Rng, shape: [usize; D], inputs: usize) -> Tensor<D> {
    let bound = 2.4 / inputs as f64;
    rng.tensor(shape, |rng| rng.uniform(-bound, bound))
}

/// The digits 0 to 4 and 5 to 9 as pictures of 7 x 12 pixels, side by side. Those of the paper are a full set of characters,
/// drawn such that characters which look alike have prototypes that are alike.
const PICTURES: [[&str; 12]; 2] = [
    [
        "..###.. ...##.. .#####. .#####. ....##.",
        ".##.##. ..###.. ##...## ##...## ...###.",
        "##...## .####.. .....## .....## ..####.",
        "##...## ...##.. .....## .....## .##.##.",
        "##...## ...##.. ....##. ....##. .##.##.",
        "##...## ...##.. ...##.. ..###.. ##..##.",
        "##...## ...##.. ..##... ....##. ##..##.",
        "##...## ...##.. .##.... .....## #######",
        "##...## ...##.. ##..... .....## #######",
        "##...## ...##.. ##..... .....## ....##.",
        ".##.##. .###### ####### ##...## ....##.",
        "..###.. .###### ####### .#####. ....##.",
    ],
    [
        "####### ..####. ####### .#####. .#####.",
        "####### .##.... ####### ##...## ##...##",
        "##..... ##..... .....## ##...## ##...##",
        "##..... ##..... .....## ##...## ##...##",
        "######. ##..... ....##. .##.##. ##...##",
        ".....## ######. ....##. ..###.. ##...##",
        ".....## ##...## ...##.. .##.##. .######",
        ".....## ##...## ...##.. ##...## .....##",
        ".....## ##...## ..##... ##...## .....##",
        ".....## ##...## ..##... ##...## .....##",
        "##...## ##...## .##.... ##...## ....##.",
        ".#####. .#####. .##.... .#####. .####..",
    ],
];

/// `[10, 84]`: 1 for ink and -1 for paper, row by row.
fn prototypes() -> Tensor<2> {
    let mut values = Vec::with_capacity(10 * 84);
    for digit in 0..10 {
        for row in PICTURES[digit / 5] {
            let start = digit % 5 * 8;
            let pixels = row[start..start + 7].bytes();
            values.extend(pixels.map(|pixel| if pixel == b'#' { 1.0 } else { -1.0 }));
        }
    }
    let device = Device::flex();
    Tensor::from_data(TensorData::new(values, [10, 84]), (&device, DType::F64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two prototypes that are 4 k apart differ in k pixels.
    #[test]
    fn prototypes_are_pictures_and_no_two_are_near() {
        let pictures = prototypes();
        let values: Vec<f64> = pictures.to_data().iter().collect();
        assert!(values.iter().all(|value| value.abs() == 1.0));
        let distances = rbf_distances(pictures.clone(), pictures);
        let distances: Vec<f64> = distances.into_data().iter().collect();
        for (i, distance) in distances.into_iter().enumerate() {
            match i / 10 == i % 10 {
                true => assert_eq!(distance, 0.0),
                false => assert!(distance >= 4.0 * 14.0, "{} {}: {distance}", i / 10, i % 10),
            }
        }
    }
}
