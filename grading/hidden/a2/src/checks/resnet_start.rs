//! Checks of A2.7: what a new network is made of.

use burn::tensor::{DType, Tensor};
use common::check::{Check, Tolerance, Verdict, close, ensure, equal, equal_bits, shape};
use common::contract::Submission;
use common::contract::a2::{
    Resnet, ResnetConfig, ResnetNetwork, ResnetNormStatistics, ResnetShortcut,
};
use common::nn::{Parameters, tensors};
use common::rng::Rng;

use super::about;
use super::resnet::{PART, settings};
use crate::oracle::array::{Array, values};
use crate::oracle::resnet::{parameter_count, random_network, zero_padding};

/// The checks of this part that look at new networks.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "resnet/zero_gamma",
            part: PART,
            points: 1,
            proves: "With zero_gamma every new block is its shortcut and a ReLU; without, it is not.",
            hint: "Only the gamma of norm2 begins with 0; beta is 0 everywhere.",
            run: zero_gamma,
        },
        Check {
            id: "resnet/shapes",
            part: PART,
            points: 1,
            proves: "A new network has the right tensors, ones and zeros in its norms and biases, for both options and any size.",
            hint: "Channels double in the first block of stages two and three, and only there a projection may be.",
            run: shapes,
        },
        Check {
            id: "resnet/draws",
            part: PART,
            points: 1,
            proves: "Weights have mean 0 and the variance of their fan-in, every tensor its own numbers, and a seed always the same.",
            hint: "fan_in is inputs times kernel rows times kernel columns; take one generator through all tensors.",
            run: draws,
        },
        Check {
            id: "resnet/parameter_count",
            part: PART,
            points: 1,
            proves: "Parameters are counted for networks of the paper and for random ones, with either option.",
            hint: "A projection has its own norm; running statistics do not count.",
            run: count,
        },
    ]
}

/// A random size.
pub(super) fn random_config(rng: &mut Rng, shortcut: ResnetShortcut) -> ResnetConfig {
    ResnetConfig {
        blocks_per_stage: rng.between(1, 2),
        channels: rng.between(1, 3),
        width: rng.between(2, 4),
        classes: rng.between(5, 7),
        shortcut,
        zero_gamma: rng.unit() < 0.5,
    }
}

fn zero_gamma(s: &Submission, rng: &mut Rng) -> Verdict {
    for zero_gamma in [true, false] {
        let config = ResnetConfig {
            zero_gamma,
            ..random_config(rng, ResnetShortcut::ZeroPadding)
        };
        let network = s.resnet_cifar(config.clone(), rng.next_u64())?;
        has_shapes_of(&network, &config)?;
        let blocks = network.parameters.blocks.into_iter();
        for (block, statistics) in blocks.zip(network.statistics.blocks) {
            let [outputs, inputs, ..] = block.conv1.dims();
            let x = Array::normal(rng, [2, inputs, 3, 4]);
            let stride = outputs / inputs;
            let want = zero_padding(&x, stride, outputs)
                .map(|x| x.max(0.0))
                .tensor();
            let settings = settings(rng, true);
            let got = s.basic_block_forward(block, statistics, x.tensor(), stride, settings)?;
            let same = close(&got.y, &want, Tolerance::EXACT);
            if zero_gamma {
                same.map_err(about("a block that begins as its shortcut"))?;
            } else {
                ensure(same.is_err(), || "a block is only its shortcut".into())?;
            }
        }
    }
    Ok(())
}

/// Whether a network has the tensors of its config.
fn has_shapes_of(network: &ResnetNetwork, config: &ResnetConfig) -> Verdict {
    let (parameters, statistics) = random_network(config, &mut Rng::new(0));
    let (got, want) = (&network.parameters, &parameters);
    equal(&got.blocks.len(), &want.blocks.len()).map_err(about("the number of blocks"))?;
    equal(&network.statistics.blocks.len(), &want.blocks.len())
        .map_err(about("the number of blocks with statistics"))?;
    for i in 0..want.blocks.len() {
        let (got, want) = (&got.blocks[i], &want.blocks[i]);
        let about = |what: &str| about(format!("block {i}, {what}"));
        shape(&got.conv1, want.conv1.dims()).map_err(about("conv1"))?;
        shape(&got.conv2, want.conv2.dims()).map_err(about("conv2"))?;
        equal(&got.projection.is_some(), &want.projection.is_some())
            .map_err(about("whether there is a projection"))?;
    }
    lengths(got, want).map_err(about("parameters"))?;
    lengths(&network.statistics, &statistics).map_err(about("statistics"))
}

/// Whether two structures have tensors of the same lengths.
fn lengths<P: Parameters>(got: &P, want: &P) -> Verdict {
    let lengths = |p: &P| -> Vec<usize> { tensors(p).iter().map(|t| t.dims()[0]).collect() };
    equal(&lengths(got), &lengths(want)).map_err(about("the lengths of all tensors"))
}

/// Compares all numbers of a tensor with one.
fn constant(got: &Tensor<1>, want: f64, name: &str) -> Verdict {
    equal_bits(got, &got.full_like(want)).map_err(about(name))?;
    ensure(got.dtype() == DType::F64, || {
        format!("{name}: the elements are {:?}", got.dtype())
    })
}

fn begins_unseen(statistics: &ResnetNormStatistics) -> Verdict {
    constant(&statistics.mean, 0.0, "a running mean")?;
    constant(&statistics.variance, 1.0, "a running variance")
}

fn shapes(s: &Submission, rng: &mut Rng) -> Verdict {
    for &shortcut in ResnetShortcut::ALL {
        let config = random_config(rng, shortcut);
        let network = s.resnet_cifar(config.clone(), rng.next_u64())?;
        begins_right(&network, &config).map_err(about(format_args!("{config:?}")))?;
    }
    Ok(())
}

fn begins_right(network: &ResnetNetwork, config: &ResnetConfig) -> Verdict {
    has_shapes_of(network, config)?;
    let (p, statistics) = (&network.parameters, &network.statistics);
    shape(&p.stem, [config.width, config.channels, 3, 3]).map_err(about("stem"))?;
    shape(&p.dense_weight, [4 * config.width, config.classes]).map_err(about("dense_weight"))?;
    constant(&p.dense_bias, 0.0, "dense_bias")?;
    let mut norms = vec![(&p.stem_norm, 1.0)];
    let second = if config.zero_gamma { 0.0 } else { 1.0 };
    begins_unseen(&statistics.stem)?;
    for (block, statistics) in p.blocks.iter().zip(&statistics.blocks) {
        norms.extend([(&block.norm1, 1.0), (&block.norm2, second)]);
        norms.extend(block.projection.iter().map(|p| (&p.norm, 1.0)));
        begins_unseen(&statistics.norm1)?;
        begins_unseen(&statistics.norm2)?;
        statistics.projection.iter().try_for_each(begins_unseen)?;
    }
    for (norm, gamma) in norms {
        constant(&norm.gamma, gamma, "a gamma")?;
        constant(&norm.beta, 0.0, "a beta")?;
    }
    Ok(())
}

/// The numbers of a network's weights, tensor by tensor, times the root of what their variance should be one by.
fn standardised(network: &ResnetNetwork) -> Vec<(String, Vec<f64>)> {
    let p = &network.parameters;
    let mut all = Vec::new();
    let mut convolution = |name: String, weight: &Tensor<4>| {
        let [_, inputs, rows, columns] = weight.dims();
        let scale = ((inputs * rows * columns) as f64 / 2.0).sqrt();
        let values = Array::of(weight).values;
        all.push((name, values.iter().map(|w| w * scale).collect()));
    };
    convolution("stem".into(), &p.stem);
    for (i, block) in p.blocks.iter().enumerate() {
        convolution(format!("block {i}, conv1"), &block.conv1);
        convolution(format!("block {i}, conv2"), &block.conv2);
        if let Some(projection) = &block.projection {
            convolution(format!("block {i}, projection"), &projection.conv);
        }
    }
    let scale = (p.dense_weight.dims()[0] as f64).sqrt();
    let dense = values(&p.dense_weight);
    all.push((
        "dense_weight".into(),
        dense.iter().map(|w| w * scale).collect(),
    ));
    all
}

/// A network whose smallest tensors have 72 weights. Six deviations of a mean of `n` numbers of variance 1 are `6 / sqrt n`,
/// of their mean square `6 sqrt(2 / n)`: the false alarm is 2e-9 each. A variance of half or twice the right one is 24
/// deviations away in the last block, `conv1` of which has 4608 weights.
fn draws(s: &Submission, rng: &mut Rng) -> Verdict {
    let config = ResnetConfig {
        blocks_per_stage: 1,
        channels: 1,
        width: 8,
        classes: 10,
        shortcut: ResnetShortcut::Projection,
        zero_gamma: false,
    };
    let seed = rng.next_u64();
    let network = s.resnet_cifar(config.clone(), seed)?;
    has_shapes_of(&network, &config)?;
    let weights = standardised(&network);
    for (name, weights) in &weights {
        let n = weights.len() as f64;
        let mean = weights.iter().sum::<f64>() / n;
        let square = weights.iter().map(|w| w * w).sum::<f64>() / n;
        ensure(mean.abs() <= 6.0 / n.sqrt(), || {
            format!("{name}: the mean is {mean}")
        })?;
        ensure((square - 1.0).abs() <= 6.0 * (2.0 / n).sqrt(), || {
            format!("{name}: the variance is {square} times what it should be")
        })?;
    }
    let mut first: Vec<f64> = weights.iter().map(|(_, weights)| weights[0]).collect();
    first.sort_by(f64::total_cmp);
    first.dedup();
    equal(&first.len(), &weights.len()).map_err(about("tensors that begin differently"))?;

    let again = s.resnet_cifar(config.clone(), seed)?;
    has_shapes_of(&again, &config)?;
    for (a, b) in tensors(&network.parameters)
        .iter()
        .zip(tensors(&again.parameters))
    {
        equal_bits(a, &b).map_err(about("the same seed twice"))?;
    }
    let other = s.resnet_cifar(config, seed.wrapping_add(1))?;
    let same = equal_bits(&other.parameters.stem, &network.parameters.stem).is_ok();
    ensure(!same, || "two seeds give the same stem".into())
}

fn count(s: &Submission, rng: &mut Rng) -> Verdict {
    let paper = |blocks_per_stage, shortcut| ResnetConfig {
        blocks_per_stage,
        channels: 3,
        width: 16,
        classes: 10,
        shortcut,
        zero_gamma: true,
    };
    for (n, a, b) in [(3, 269_722, 272_474), (18, 1_727_962, 1_730_714)] {
        let shortcuts = [
            (ResnetShortcut::ZeroPadding, a),
            (ResnetShortcut::Projection, b),
        ];
        for (shortcut, want) in shortcuts {
            let config = paper(n, shortcut);
            // The oracle against numbers that others have published.
            assert_eq!(parameter_count(&config), want);
            let got = s.resnet_parameter_count(config.clone())?;
            equal(&got, &want).map_err(about(format_args!("{config:?}")))?;
        }
    }
    for &shortcut in ResnetShortcut::ALL {
        let config = random_config(rng, shortcut);
        let got = s.resnet_parameter_count(config.clone())?;
        equal(&got, &parameter_count(&config)).map_err(about(format_args!("{config:?}")))?;
    }
    Ok(())
}
