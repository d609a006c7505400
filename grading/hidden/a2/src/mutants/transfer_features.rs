//! Mutants of A2.10: the features of a network that has been trained.

use a2_cnn::parts::transfer as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::*;
use common::nn::{ConvOptions, avg_pool2d, conv2d, max_pool2d};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::transfer::{PART, flat};

/// What is wrong with the features.
#[derive(Clone, Copy, PartialEq)]
enum FeatureBug {
    BatchStatistics,
    AfterDropout,
    NoReluAtTheEnd,
    AveragePooling,
    ChannelsLast,
    NoShift,
    FirstBlock,
    Logits,
    EpsOutside,
}

/// `extract_features` with one bug.
macro_rules! feature {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            transfer.extract_features / $name,
            $words,
            |weights, x, size| {
                let batches = x.split(size, 0).into_iter();
                let each = batches.map(|x| features_with(FeatureBug::$Bug, &weights, x));
                Tensor::cat(each.collect(), 0)
            }
        )
    };
}

/// The mutants of features.
pub fn mutants() -> Vec<Mutant> {
    vec![
        feature!(
            "batch_statistics",
            BatchStatistics,
            "normalises with the batch"
        ),
        feature!(
            "after_dropout",
            AfterDropout,
            "every other feature is dropped, the rest doubled"
        ),
        feature!(
            "before_relu",
            NoReluAtTheEnd,
            "the second block has no ReLU"
        ),
        feature!("average_pooling", AveragePooling, "the mean of each 2 x 2"),
        feature!("channels_last", ChannelsLast, "flattened pixel by pixel"),
        feature!("no_shift", NoShift, "beta is left out"),
        feature!("first_block", FirstBlock, "the features of the first block"),
        feature!("logits", Logits, "what comes out of the head"),
        feature!("eps_outside_root", EpsOutside, "eps is added to the root"),
        mutant!(
            transfer.extract_features / "last_batch_left_out",
            "pictures that fill no batch have no features",
            |weights, x, size| {
                let whole = (x.dims()[0] / size * size).max(1);
                reference::extract_features(weights, x.slice(0..whole), size)
            }
        ),
        mutant!(
            transfer.extract_features / "by_place_in_the_list",
            "the first tensor is taken for conv1.kernel, and so on",
            |weights, x, size| {
                let names = ORDER.iter().zip(weights);
                let renamed = names.map(|(name, tensor)| NamedTensor {
                    name: (*name).into(),
                    ..tensor
                });
                reference::extract_features(renamed.collect(), x, size)
            }
        ),
    ]
}

/// The names in the order of the contract.
const ORDER: [&str; 12] = [
    "conv1.kernel",
    "norm1.gamma",
    "norm1.beta",
    "norm1.mean",
    "norm1.variance",
    "conv2.kernel",
    "norm2.gamma",
    "norm2.beta",
    "norm2.mean",
    "norm2.variance",
    "head.weight",
    "head.bias",
];

fn features_with(bug: FeatureBug, weights: &[NamedTensor], x: Tensor<4>) -> Tensor<2> {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let mut x = x;
    for k in [1, 2] {
        let kernel = flat(weights, &format!("conv{k}.kernel"));
        let [to, from] = [kernel.shape[0], kernel.shape[1]];
        x = conv2d(x, kernel.values.reshape([to, from, 3, 3]), None, &options);
        let of = |name: &str| {
            let values = flat(weights, &format!("norm{k}.{name}")).values;
            values.reshape([1, to, 1, 1])
        };
        let (mut mean, mut variance) = (of("mean"), of("variance"));
        if bug == FeatureBug::BatchStatistics {
            let over = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
            mean = over(x.clone());
            variance = over((x.clone() - mean.clone()).square());
        }
        let root = match bug {
            FeatureBug::EpsOutside => variance.sqrt() + TRANSFER_EPS,
            _ => (variance + TRANSFER_EPS).sqrt(),
        };
        x = (x - mean) / root * of("gamma");
        if bug != FeatureBug::NoShift {
            x = x + of("beta");
        }
        if k == 1 || bug != FeatureBug::NoReluAtTheEnd {
            x = activation::relu(x);
        }
        x = match bug {
            FeatureBug::AveragePooling => avg_pool2d(x, [2, 2], [2, 2]),
            _ => max_pool2d(x, [2, 2], [2, 2]),
        };
        if bug == FeatureBug::FirstBlock {
            break;
        }
    }
    if bug == FeatureBug::ChannelsLast {
        x = x.permute([0, 2, 3, 1]);
    }
    let rows: Tensor<2> = x.flatten(1, 3);
    match bug {
        FeatureBug::AfterDropout => {
            let [n, d] = rows.dims();
            let mut place = 0;
            let mask = Rng::new(0).tensor([d], |_| {
                place += 1;
                f64::from(place % 2 * 2)
            });
            rows * mask.unsqueeze::<2>().expand([n, d])
        }
        FeatureBug::Logits => {
            let head = flat(weights, "head.weight");
            let bias = flat(weights, "head.bias").values;
            let [d, classes] = [head.shape[0], head.shape[1]];
            // The picture may be of another size than the head.
            let rows = rows
                .clone()
                .slice([0..rows.dims()[0], 0..d.min(rows.dims()[1])]);
            rows.matmul(head.values.reshape([d, classes])) + bias.unsqueeze()
        }
        _ => rows,
    }
}
