//! Mutants of A2.9: the network and what it costs.

use a2_cnn::parts::cifar as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::*;
use common::nn::{ConvOptions, avg_pool2d, conv2d, detach, max_pool2d};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.9";

/// `cifar_forward` with one bug.
macro_rules! forward {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            cifar.cifar_forward / $name,
            $words,
            |net, running, x, training| forward(Bug::$Bug, &net, &running, x, training)
        )
    };
}

/// The mutants of the network.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forwards();
    all.extend(costs());
    all.extend(inits());
    all.extend(predictions());
    all
}

fn forwards() -> Vec<Mutant> {
    vec![
        forward!(
            "batch_statistics_in_evaluation",
            BatchInEvaluation,
            "normalises with the batch whatever training says"
        ),
        forward!(
            "running_statistics_in_training",
            RunningInTraining,
            "normalises with the running statistics in training too"
        ),
        forward!(
            "statistics_never_move",
            NeverMove,
            "the running statistics come out as they went in"
        ),
        forward!(
            "statistics_move_in_evaluation",
            AlwaysMove,
            "the running statistics follow the batches of evaluation too"
        ),
        forward!(
            "momentum_reversed",
            MomentumReversed,
            "0.9 of the new batch and 0.1 of the old statistics"
        ),
        forward!(
            "biased_running_variance",
            BiasedRunning,
            "the running variance gets the variance over m"
        ),
        forward!("eps_outside_root", EpsOutside, "eps is added to the root"),
        forward!("no_residual", NoResidual, "x is not added"),
        forward!(
            "relu_after_sum",
            ReluAfterSum,
            "relu(x + norm(conv(x))), as in other residual networks"
        ),
        forward!(
            "residual_before_pooling",
            ResidualFirst,
            "the residual convolution is computed before the pooling"
        ),
        forward!("average_pooling", AveragePooling, "the mean of each 2 x 2"),
        forward!(
            "statistics_exchanged",
            Exchanged,
            "the two layers of a stage have each other's running statistics"
        ),
        forward!(
            "largest_pixel",
            LargestPixel,
            "the head sees the largest pixel of each channel"
        ),
        forward!("no_bias", NoBias, "the head's bias is left out"),
        forward!(
            "kernels_flipped",
            Flipped,
            "convolves in the mathematicians' sense"
        ),
    ]
}

#[derive(Clone, Copy, PartialEq)]
enum Bug {
    BatchInEvaluation,
    RunningInTraining,
    NeverMove,
    AlwaysMove,
    MomentumReversed,
    BiasedRunning,
    EpsOutside,
    NoResidual,
    ReluAfterSum,
    ResidualFirst,
    AveragePooling,
    Exchanged,
    LargestPixel,
    NoBias,
    Flipped,
}

fn forward(
    bug: Bug,
    net: &CifarNet,
    running: &[CifarRunning],
    x: Tensor<4>,
    training: bool,
) -> CifarForward {
    let mut x = x;
    let mut after = Vec::new();
    for (stage, old) in net.stages.iter().zip(running.chunks(2)) {
        let (first, second) = match bug {
            Bug::Exchanged => (&old[1], &old[0]),
            _ => (&old[0], &old[1]),
        };
        let pooled = |x| match bug {
            Bug::AveragePooling => avg_pool2d(x, [2, 2], [2, 2]),
            _ => max_pool2d(x, [2, 2], [2, 2]),
        };
        let relu = activation::relu::<4>;
        let (wide, one) = layer(bug, x, &stage.widen, first, training);
        let (y, two) = match bug {
            Bug::ResidualFirst => {
                let wide = relu(wide);
                let (y, two) = layer(bug, wide.clone(), &stage.residual, second, training);
                (pooled(wide + relu(y)), two)
            }
            _ => {
                let x = pooled(relu(wide));
                let (y, two) = layer(bug, x.clone(), &stage.residual, second, training);
                let sum = match bug {
                    Bug::NoResidual => relu(y),
                    Bug::ReluAfterSum => relu(x + y),
                    _ => x + relu(y),
                };
                (sum, two)
            }
        };
        x = y;
        after.extend([one, two]);
    }
    let [n, c, _, _] = x.dims();
    let features = match bug {
        Bug::LargestPixel => x.max_dim(2).max_dim(3),
        _ => x.mean_dim(2).mean_dim(3),
    };
    let logits = features.reshape([n, c]).matmul(net.head_weight.clone());
    CifarForward {
        logits: match bug {
            Bug::NoBias => logits,
            _ => logits + net.head_bias.clone().unsqueeze(),
        },
        running: after,
    }
}

fn layer(
    bug: Bug,
    x: Tensor<4>,
    layer: &CifarConv,
    old: &CifarRunning,
    training: bool,
) -> (Tensor<4>, CifarRunning) {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let kernel = match bug {
        Bug::Flipped => layer.kernel.clone().flip([2, 3]),
        _ => layer.kernel.clone(),
    };
    let x = conv2d(x, kernel, None, &options);
    let [n, c, h, w] = x.dims();
    let over = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
    let mean = over(x.clone());
    let variance = over((x.clone() - mean.clone()).square());
    let m = (n * h * w) as f64;
    let factor = if bug == Bug::BiasedRunning {
        1.0
    } else {
        m / (m - 1.0)
    };
    let kept = if bug == Bug::MomentumReversed {
        0.1
    } else {
        0.9
    };
    let batch: (Tensor<1>, Tensor<1>) = detach((
        mean.clone().reshape([c]),
        variance.clone().reshape([c]) * factor,
    ));
    let moves = (training && bug != Bug::NeverMove) || bug == Bug::AlwaysMove;
    let after = match moves {
        true => CifarRunning {
            mean: old.mean.clone() * kept + batch.0 * (1.0 - kept),
            variance: old.variance.clone() * kept + batch.1 * (1.0 - kept),
        },
        false => old.clone(),
    };
    let own = (training && bug != Bug::RunningInTraining) || bug == Bug::BatchInEvaluation;
    let shape = [1, c, 1, 1];
    let (mean, variance) = match own {
        true => (mean, variance),
        false => (
            old.mean.clone().reshape(shape),
            old.variance.clone().reshape(shape),
        ),
    };
    let root = match bug {
        Bug::EpsOutside => variance.sqrt() + CIFAR_EPS,
        _ => (variance + CIFAR_EPS).sqrt(),
    };
    let y = (x - mean) / root * layer.gamma.clone().reshape(shape);
    (y + layer.beta.clone().reshape(shape), after)
}

fn costs() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.cifar_budget / "residual_at_full_size",
            "the residual convolution is counted before the pooling",
            |widths, channels, classes, side| {
                let right = reference::cifar_budget(widths.clone(), channels, classes, side);
                let mut more = 0;
                for (k, w) in widths.iter().enumerate() {
                    more += 9 * w * w * 3 * (side >> (k + 1)).pow(2);
                }
                CifarBudget {
                    multiply_accumulates: right.multiply_accumulates + more,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_budget / "widen_at_half_size",
            "the widening convolution is counted after the pooling",
            |widths, channels, classes, side| {
                let right = reference::cifar_budget(widths.clone(), channels, classes, side);
                let mut less = 0;
                let mut from = channels;
                for (k, w) in widths.iter().enumerate() {
                    less += 9 * from * w * 3 * (side >> (k + 1)).pow(2);
                    from = *w;
                }
                CifarBudget {
                    multiply_accumulates: right.multiply_accumulates - less,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_budget / "no_normalisation",
            "scales and shifts are not counted",
            |widths, channels, classes, side| {
                let right = reference::cifar_budget(widths.clone(), channels, classes, side);
                CifarBudget {
                    parameters: right.parameters - 4 * widths.iter().sum::<usize>(),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_budget / "running_statistics_counted",
            "the running statistics are counted as parameters",
            |widths, channels, classes, side| {
                let right = reference::cifar_budget(widths.clone(), channels, classes, side);
                CifarBudget {
                    parameters: right.parameters + 4 * widths.iter().sum::<usize>(),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_budget / "no_bias",
            "the head's bias is not counted",
            |widths, channels, classes, side| {
                let right = reference::cifar_budget(widths, channels, classes, side);
                CifarBudget {
                    parameters: right.parameters - classes,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_budget / "no_head",
            "the head's products are not counted",
            |widths, channels, classes, side| {
                let last = widths.last().copied().unwrap_or(channels);
                let right = reference::cifar_budget(widths, channels, classes, side);
                CifarBudget {
                    multiply_accumulates: right.multiply_accumulates - last * classes,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.cifar_recipe / "too_many_parameters",
            "a network of 1.16 million parameters",
            || reference::cifar_recipe().replace("[32, 64, 128]", "[32, 64, 128, 256]")
        ),
        mutant!(
            cifar.cifar_recipe / "too_many_products",
            "a network of 46 million multiply-accumulates",
            || reference::cifar_recipe().replace("[32, 64, 128]", "[96, 96, 96]")
        ),
        mutant!(
            cifar.cifar_recipe / "no_widths",
            "a text without widths",
            || "epochs = 15\n".into()
        ),
    ]
}

fn inits() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.cifar_init / "no_factor_two",
            "kernels have the variance 1 / fan_in",
            |w, c, k, seed| each_conv(w, c, k, seed, |conv| {
                conv.kernel = conv.kernel.clone() / 2f64.sqrt();
            })
        ),
        mutant!(
            cifar.cifar_init / "fan_in_without_the_window",
            "fan_in is the number of channels",
            |w, c, k, seed| each_conv(w, c, k, seed, |conv| {
                conv.kernel = conv.kernel.clone() * 3.0;
            })
        ),
        mutant!(
            cifar.cifar_init / "fan_out",
            "kernels have the variance 2 / (9 c_out)",
            |w, c, k, seed| each_conv(w, c, k, seed, |conv| {
                let [to, from, _, _] = conv.kernel.dims();
                conv.kernel = conv.kernel.clone() * (from as f64 / to as f64).sqrt();
            })
        ),
        mutant!(
            cifar.cifar_init / "scales_of_zero",
            "gamma begins at 0",
            |w, c, k, seed| each_conv(w, c, k, seed, |conv| {
                conv.gamma = conv.gamma.zeros_like();
            })
        ),
        mutant!(
            cifar.cifar_init / "random_shifts",
            "beta is drawn",
            |w, c, k, seed| each_conv(w, c, k, seed, |conv| {
                let first = conv
                    .kernel
                    .clone()
                    .slice([0..conv.beta.dims()[0], 0..1, 0..1, 0..1]);
                conv.beta = first.reshape([-1]);
            })
        ),
        mutant!(
            cifar.cifar_init / "layers_of_one_seed",
            "every kernel begins with the same numbers",
            |w, c, k, seed| {
                let mut net = reference::cifar_init(w, c, k, seed);
                for stage in &mut net.stages {
                    for conv in [&mut stage.widen, &mut stage.residual] {
                        let [_, from, _, _] = conv.kernel.dims();
                        conv.kernel = common::nn::kaiming_normal(
                            &mut common::rng::Rng::new(seed),
                            conv.kernel.dims(),
                            9 * from,
                        );
                    }
                }
                net
            }
        ),
        mutant!(
            cifar.cifar_init / "ignores_seed",
            "every seed gives the same network",
            |w, c, k, _| reference::cifar_init(w, c, k, 1)
        ),
        mutant!(
            cifar.cifar_init / "head_of_kaiming",
            "the head's weights have the variance 2 / c",
            |w, c, k, seed| {
                let mut net = reference::cifar_init(w, c, k, seed);
                net.head_weight = net.head_weight * 2f64.sqrt();
                net
            }
        ),
    ]
}

fn each_conv(
    widths: Vec<usize>,
    channels: usize,
    classes: usize,
    seed: u64,
    change: fn(&mut CifarConv),
) -> CifarNet {
    let mut net = reference::cifar_init(widths, channels, classes, seed);
    for stage in &mut net.stages {
        change(&mut stage.widen);
        change(&mut stage.residual);
    }
    net
}

fn predictions() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.cifar_predict / "training_mode",
            "every piece is normalised with its own statistics",
            |net, running, x, size| {
                let pieces = x.split(size, 0).into_iter().map(|x| {
                    let out = reference::cifar_forward(net.clone(), running.clone(), x, true);
                    activation::softmax(out.logits, 1)
                });
                Tensor::cat(pieces.collect(), 0)
            }
        ),
        mutant!(
            cifar.cifar_predict / "last_piece_left_out",
            "the pictures that fill no batch have no answer",
            |net, running, x, size| {
                let whole = (x.dims()[0] / size * size).max(1);
                reference::cifar_predict(net, running, x.slice(0..whole), size)
            }
        ),
        mutant!(
            cifar.cifar_predict / "logits",
            "the logits, without the softmax",
            |net, running, x, _| reference::cifar_forward(net, running, x, false).logits
        ),
        mutant!(
            cifar.cifar_predict / "softmax_over_pictures",
            "the softmax goes over the batch",
            |net, running, x, _| {
                let out = reference::cifar_forward(net, running, x, false);
                activation::softmax(out.logits, 0)
            }
        ),
        mutant!(
            cifar.cifar_predict / "statistics_carried_over",
            "the running statistics that one piece moves are those of the next",
            |net, running, x, size| {
                let mut running = running;
                let mut rows = Vec::new();
                for x in x.split(size, 0) {
                    let (net, before) = (net.clone(), running.clone());
                    rows.push(reference::cifar_predict(
                        net.clone(),
                        before,
                        x.clone(),
                        size,
                    ));
                    running = reference::cifar_forward(net, running, x, true).running;
                }
                Tensor::cat(rows, 0)
            }
        ),
    ]
}
