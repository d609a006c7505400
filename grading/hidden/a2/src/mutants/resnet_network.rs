//! Mutants of A2.7: new networks, their size, and whole networks forwards.

use a2_cnn::parts::resnet as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::{
    ResnetCifar, ResnetConfig, ResnetForward, ResnetNetwork, ResnetProjection, ResnetSettings,
    ResnetShortcut,
};
use common::rng::Rng;
use hidden_suite::Mutant;

use super::resnet::PART;

/// The mutants of this part that are about whole networks forwards.
pub fn mutants() -> Vec<Mutant> {
    let mut all = new_network();
    all.extend(count());
    all.extend(forward());
    all
}

/// A new network with other convolutions.
fn with_kernels(
    config: ResnetConfig,
    seed: u64,
    f: impl Fn(usize, Tensor<4>) -> Tensor<4>,
) -> ResnetNetwork {
    let mut network = reference::resnet_cifar(config, seed);
    network.parameters.stem = f(0, network.parameters.stem);
    for (i, block) in network.parameters.blocks.iter_mut().enumerate() {
        block.conv1 = f(2 * i + 1, block.conv1.clone());
        block.conv2 = f(2 * i + 2, block.conv2.clone());
    }
    network
}

fn new_network() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.resnet_cifar / "fan_out",
            "the variance is 2 / fan_out",
            |config, seed| with_kernels(config, seed, |_, kernels| {
                let [outputs, inputs, ..] = kernels.dims();
                kernels * (inputs as f64 / outputs as f64).sqrt()
            })
        ),
        mutant!(
            resnet.resnet_cifar / "variance_one_by_fan_in",
            "the variance of convolutions is 1 / fan_in",
            |config, seed| with_kernels(config, seed, |_, kernels| kernels / 2f64.sqrt())
        ),
        mutant!(
            resnet.resnet_cifar / "kernel_not_counted",
            "fan_in is the number of input channels",
            |config, seed| with_kernels(config, seed, |_, kernels| kernels * 3.0)
        ),
        mutant!(
            resnet.resnet_cifar / "deviation_for_variance",
            "2 / fan_in is taken for the standard deviation",
            |config, seed| with_kernels(config, seed, |_, kernels| {
                let [_, inputs, rows, columns] = kernels.dims();
                kernels * (2.0 / (inputs * rows * columns) as f64).sqrt()
            })
        ),
        mutant!(
            resnet.resnet_cifar / "one_stream_for_each_tensor",
            "every convolution begins a generator with the seed",
            |config, seed| with_kernels(config, seed, |_, kernels| {
                let [_, inputs, rows, columns] = kernels.dims();
                let std = (2.0 / (inputs * rows * columns) as f64).sqrt();
                let mut rng = Rng::new(seed);
                rng.tensor(kernels.dims(), |rng| std * rng.normal())
            })
        ),
        mutant!(
            resnet.resnet_cifar / "seed_ignored",
            "the seed plays no part",
            |config, _| reference::resnet_cifar(config, 0)
        ),
        mutant!(
            resnet.resnet_cifar / "above_zero",
            "no weight is below 0",
            |config, seed| with_kernels(config, seed, |_, kernels| kernels.abs())
        ),
        mutant!(
            resnet.resnet_cifar / "dense_of_variance_two",
            "the dense layer begins with variance 2 / fan_in",
            |config, seed| {
                let mut network = reference::resnet_cifar(config, seed);
                let weight = network.parameters.dense_weight.clone();
                network.parameters.dense_weight = weight * 2f64.sqrt();
                network
            }
        ),
        mutant!(
            resnet.resnet_cifar / "dense_bias_drawn",
            "the dense biases do not begin with 0",
            |config, seed| {
                let mut network = reference::resnet_cifar(config, seed);
                let bias = network.parameters.dense_bias.clone();
                network.parameters.dense_bias = bias + 0.1;
                network
            }
        ),
        mutant!(
            resnet.resnet_cifar / "zero_gamma_ignored",
            "norm2 always begins with gamma 1",
            |config, seed| {
                let config = ResnetConfig {
                    zero_gamma: false,
                    ..config
                };
                reference::resnet_cifar(config, seed)
            }
        ),
        mutant!(
            resnet.resnet_cifar / "zero_gamma_always",
            "norm2 always begins with gamma 0",
            |config, seed| {
                let config = ResnetConfig {
                    zero_gamma: true,
                    ..config
                };
                reference::resnet_cifar(config, seed)
            }
        ),
        mutant!(
            resnet.resnet_cifar / "zero_gamma_in_the_first",
            "with zero_gamma it is norm1 that begins with 0",
            |config, seed| {
                let mut network = reference::resnet_cifar(config, seed);
                for block in &mut network.parameters.blocks {
                    std::mem::swap(&mut block.norm1, &mut block.norm2);
                }
                network
            }
        ),
        mutant!(
            resnet.resnet_cifar / "variances_begin_at_zero",
            "running variances begin with 0",
            |config, seed| {
                let mut network = reference::resnet_cifar(config, seed);
                for block in &mut network.statistics.blocks {
                    block.norm1.variance = block.norm1.variance.zeros_like();
                }
                network
            }
        ),
        mutant!(
            resnet.resnet_cifar / "always_projects",
            "blocks that change the shape always have a projection",
            |config, seed| {
                let config = ResnetConfig {
                    shortcut: ResnetShortcut::Projection,
                    ..config
                };
                reference::resnet_cifar(config, seed)
            }
        ),
        mutant!(
            resnet.resnet_cifar / "projects_in_every_stage",
            "the first block of the first stage has a projection too",
            |config, seed| {
                let mut network = reference::resnet_cifar(config.clone(), seed);
                let projects = config.shortcut == ResnetShortcut::Projection;
                let (block, statistics) = (
                    &mut network.parameters.blocks[0],
                    &mut network.statistics.blocks[0],
                );
                let norm = block.norm1.clone();
                let conv = block.conv1.clone().narrow(2, 1, 1).narrow(3, 1, 1);
                block.projection = projects.then_some(ResnetProjection { conv, norm });
                statistics.projection = projects.then(|| statistics.norm1.clone());
                network
            }
        ),
        mutant!(
            resnet.resnet_cifar / "blocks_of_all_stages",
            "n is the number of blocks of all stages together",
            |config, seed| {
                let n = config.blocks_per_stage;
                let mut network = reference::resnet_cifar(config, seed);
                network.parameters.blocks.truncate(n);
                network.statistics.blocks.truncate(n);
                network
            }
        ),
    ]
}

fn count() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.resnet_parameter_count / "statistics_counted",
            "running statistics are counted",
            |config| {
                let norms: usize = [1, 2, 4]
                    .map(|factor| 2 * config.blocks_per_stage * factor * config.width)
                    .iter()
                    .sum();
                reference::resnet_parameter_count(config.clone()) + 2 * (norms + config.width)
            }
        ),
        mutant!(
            resnet.resnet_parameter_count / "biases_of_convolutions",
            "the stem has a bias",
            |config| config.width + reference::resnet_parameter_count(config)
        ),
        mutant!(
            resnet.resnet_parameter_count / "no_dense_bias",
            "the dense biases are not counted",
            |config| {
                let classes = config.classes;
                reference::resnet_parameter_count(config) - classes
            }
        ),
        mutant!(
            resnet.resnet_parameter_count / "projections_forgotten",
            "projections are not counted",
            |config| {
                let shortcut = ResnetShortcut::ZeroPadding;
                reference::resnet_parameter_count(ResnetConfig { shortcut, ..config })
            }
        ),
        mutant!(
            resnet.resnet_parameter_count / "projection_without_norm",
            "the norms of projections are not counted",
            |config| {
                let norms = match config.shortcut {
                    ResnetShortcut::ZeroPadding => 0,
                    ResnetShortcut::Projection => 12 * config.width,
                };
                reference::resnet_parameter_count(config) - norms
            }
        ),
        mutant!(
            resnet.resnet_parameter_count / "every_block_widens",
            "the first block of a stage has as many inputs as outputs",
            |config| {
                let w = config.width;
                reference::resnet_parameter_count(config) + 9 * (2 * w * w + 8 * w * w)
            }
        ),
        mutant!(
            resnet.resnet_parameter_count / "ten_classes",
            "there always are ten classes",
            |config| {
                let config = ResnetConfig {
                    classes: 10,
                    ..config
                };
                reference::resnet_parameter_count(config)
            }
        ),
    ]
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.resnet_forward / "sum_of_pixels",
            "channels are added up and not averaged",
            |p, r, images, s| {
                let [_, _, h, w] = images.dims();
                let pixels = h.div_ceil(2).div_ceil(2) * w.div_ceil(2).div_ceil(2);
                let dense_weight = p.dense_weight.clone() * pixels as f64;
                reference::resnet_forward(ResnetCifar { dense_weight, ..p }, r, images, s)
            }
        ),
        mutant!(
            resnet.resnet_forward / "no_dense_bias",
            "the dense biases are left out",
            |p, r, images, s| {
                let dense_bias = p.dense_bias.zeros_like();
                reference::resnet_forward(ResnetCifar { dense_bias, ..p }, r, images, s)
            }
        ),
        mutant!(
            resnet.resnet_forward / "probabilities",
            "gives probabilities and not logits",
            |p, r, images, s| {
                let right = reference::resnet_forward(p, r, images, s);
                ResnetForward {
                    logits: activation::softmax(right.logits, 1),
                    ..right
                }
            }
        ),
        mutant!(
            resnet.resnet_forward / "statistics_of_the_stem_stay",
            "the statistics of the stem do not move",
            |p, r, images, s| {
                let stem = r.stem.clone();
                let mut right = reference::resnet_forward(p, r, images, s);
                right.statistics.stem = stem;
                right
            }
        ),
        mutant!(
            resnet.resnet_forward / "statistics_of_blocks_stay",
            "the statistics of the blocks do not move",
            |p, r, images, s| {
                let blocks = r.blocks.clone();
                let mut right = reference::resnet_forward(p, r, images, s);
                right.statistics.blocks = blocks;
                right
            }
        ),
        mutant!(
            resnet.resnet_forward / "always_residual",
            "the plain network has shortcuts too",
            |p, r, images, s| {
                let s = ResnetSettings {
                    residual: true,
                    ..s
                };
                reference::resnet_forward(p, r, images, s)
            }
        ),
        mutant!(
            resnet.resnet_forward / "always_training",
            "the statistics of the batch are used outside training too",
            |p, r, images, s| {
                let right =
                    reference::resnet_forward(p.clone(), r.clone(), images.clone(), s.clone());
                let s = ResnetSettings {
                    training: true,
                    ..s
                };
                let logits = reference::resnet_forward(p, r, images, s).logits;
                ResnetForward { logits, ..right }
            }
        ),
        mutant!(
            resnet.resnet_forward / "last_block_left_out",
            "the residual of the last block is left out",
            |mut p, r, images, s| {
                if let Some(block) = p.blocks.last_mut() {
                    block.norm2.gamma = block.norm2.gamma.zeros_like();
                    block.norm2.beta = block.norm2.beta.zeros_like();
                }
                reference::resnet_forward(p, r, images, s)
            }
        ),
    ]
}
