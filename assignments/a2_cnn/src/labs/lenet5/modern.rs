//! LeNet-5 in its modern form.

use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::a2::ModernLenet5Parameters;
use common::nn::{cross_entropy, kaiming_normal};
use common::rng::Rng;

use super::{Defaults, Form};
use crate::parts::lenet5::lenet5_modern;

/// ReLU, the largest of four, logits.
pub struct Modern;

impl Form for Modern {
    const NAME: &'static str = "modern LeNet-5";
    type Parameters = ModernLenet5Parameters;

    fn defaults(data: &str) -> Defaults {
        let (target, epochs) = match data {
            "mnist" => (Some(0.0095), 5),
            "zipcode" => (Some(0.04), 15),
            "digits16" | "digits28" => (Some(0.015), 10),
            _ => (None, 10),
        };
        Defaults {
            target,
            epochs,
            lr: 3e-3,
        }
    }

    /// Weights by He et al. 2015.
    fn init([height, width]: [usize; 2], seed: u64) -> Self::Parameters {
        let n4 = 16 * ((height - 8) / 4) * ((width - 8) / 4);
        let mut rng = Rng::named(seed, "modern LeNet-5");
        let zeros = |n: usize| Tensor::zeros([n], (&Device::flex(), DType::F64));
        ModernLenet5Parameters {
            c1_weight: kaiming_normal(&mut rng, [6, 1, 5, 5], 25),
            c1_bias: zeros(6),
            c3_weight: kaiming_normal(&mut rng, [16, 6, 5, 5], 150),
            c3_bias: zeros(16),
            c5_weight: kaiming_normal(&mut rng, [n4, 120], n4),
            c5_bias: zeros(120),
            f6_weight: kaiming_normal(&mut rng, [120, 84], 120),
            f6_bias: zeros(84),
            out_weight: kaiming_normal(&mut rng, [84, 10], 84),
            out_bias: zeros(10),
        }
    }

    fn scores(parameters: &Self::Parameters, x: Tensor<4>) -> Tensor<2> {
        lenet5_modern(parameters.clone(), x)
    }

    fn loss(scores: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
        cross_entropy(scores, labels, 0.0)
    }
}
