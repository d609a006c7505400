//! Public checks of A2.7.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, alike, close, close_values, ensure, equal, labels,
    show, tensor, within,
};
use common::contract::Submission;
use common::contract::a2::{
    BasicBlock, BasicBlockStatistics, Resnet, ResnetCifar, ResnetConfig, ResnetNetwork, ResnetNorm,
    ResnetNormStatistics, ResnetSettings, ResnetShortcut, ResnetStatistics,
};
use common::nn::{self, Parameters};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A2.7",
    title: "Residual networks",
    module: "resnet",
    points: 20,
    start: "Open assignments/a2_cnn/src/parts/resnet.rs and write zero_padding_shortcut: every second pixel, then channels of zeros.",
    hints: &[
        "x.slice(s![.., .., ..;2, ..;2]) takes every second row and column, and Tensor::cat along axis 1 adds channels. Write \
         two helpers and the block is ten lines: a convolution whose padding is (kernel - 1) / 2, and a normalisation that gives \
         its output and the statistics for the next call. The mean of a channel: reshape to [n, c, h w], mean_dim(2), \
         mean_dim(0), reshape to [1, c, 1, 1], so that it can be subtracted.",
        "resnet_gradient: value_and_gradient_with(&parameters, |p| { forward with p.clone(); (cross_entropy(logits, labels, 0.0), \
         statistics) }). common::nn::detach takes the batch's mean and variance out of the graph before they move the running ones. \
         gradient_norm_probe: value_and_gradient takes the list of weights as it is; the loss is the sum of the last x times dy.",
    ],
    hidden_checks: 11,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A2.7.
pub const CHECKS: &[Check] = &[
    Check {
        id: "resnet/shortcut",
        part: "A2.7",
        points: 1,
        proves: "the shortcut of option A takes every second pixel and adds channels of zeros after the others",
        hint: "begin with the first row and column; the zeros come last",
        run: shortcut,
    },
    Check {
        id: "resnet/block",
        part: "A2.7",
        points: 1,
        proves: "a block gives the handout's numbers, and its statistics move",
        hint: "the last ReLU comes after the sum; the batch is normalised with the variance over m, the running variance gets that over m - 1",
        run: block,
    },
    Check {
        id: "resnet/new_network",
        part: "A2.7",
        points: 1,
        proves: "a new network has its shapes, its norms begin as they should, and its parameters are counted",
        hint: "gamma 1 (0 in norm2 with zero_gamma), beta 0, running mean 0, running variance 1; a projection only where channels change",
        run: new_network,
    },
    Check {
        id: "resnet/counts",
        part: "A2.7",
        points: 1,
        proves: "the networks of the paper with 20, 56 and 110 layers have 269 722, 853 018 and 1 727 962 parameters",
        hint: "no convolution has a bias, every normalisation has two numbers per channel, option A has none",
        run: counts,
    },
    Check {
        id: "resnet/forward",
        part: "A2.7",
        points: 1,
        proves: "the handout's network of two blocks gives its logits",
        hint: "stride 2 where channels grow; the mean of each channel, then the dense layer",
        run: forward,
    },
    Check {
        id: "resnet/gradients",
        part: "A2.7",
        points: 1,
        proves: "the gradient is the slope of the loss, and the probe gives the norms of the handout's two layers",
        hint: "nothing between the loss and the parameters may be detached, least of all the shortcut",
        run: gradients,
    },
];

fn shortcut(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]]);
    let input = format!("x {}, stride 2, channels 2", show(&x));
    let y = submission.zero_padding_shortcut(x, 2, 2)?;
    let want = tensor([[[[1.0, 3.0], [7.0, 9.0]], [[0.0, 0.0], [0.0, 0.0]]]]);
    close(&y, &want, Tolerance::EXACT)
        .map_err(|failure| failure.about("zero_padding_shortcut").on_input(input))
}

/// Kernels whose centres are `centres`, by output and input channel, and 0 elsewhere: each pixel is multiplied by itself.
fn pixelwise<const O: usize, const I: usize>(centres: [[f64; I]; O]) -> Tensor<4> {
    let mut kernels = vec![0.0; 9 * O * I];
    for (i, centre) in centres.concat().into_iter().enumerate() {
        kernels[9 * i + 4] = centre;
    }
    tensor::<1>(kernels.as_slice()).reshape([O, I, 3, 3])
}

fn norm(gamma: &[f64], beta: &[f64]) -> ResnetNorm {
    ResnetNorm {
        gamma: tensor(gamma),
        beta: tensor(beta),
    }
}

/// Means 0 and variances 1 of `c` channels.
fn fresh(c: usize) -> ResnetNormStatistics {
    ResnetNormStatistics {
        mean: tensor(vec![0.0; c].as_slice()),
        variance: tensor(vec![1.0; c].as_slice()),
    }
}

fn fresh_block(c: usize) -> BasicBlockStatistics {
    BasicBlockStatistics {
        norm1: fresh(c),
        norm2: fresh(c),
        projection: None,
    }
}

fn block(submission: &Submission, _: &mut Rng) -> Verdict {
    let x = tensor([[[[1.0, 3.0], [5.0, 7.0]]]]);
    let input = format!(
        "x {}, kernels with the centres 1 and 2, norm1 (2.4, 0), norm2 (2.6, 1), momentum 0.1, eps 0.76, fresh statistics, stride 1",
        show(&x)
    );
    let block = BasicBlock {
        conv1: pixelwise([[1.0]]),
        norm1: norm(&[2.4], &[0.0]),
        conv2: pixelwise([[2.0]]),
        norm2: norm(&[2.6], &[1.0]),
        projection: None,
    };
    let settings = ResnetSettings {
        residual: true,
        training: true,
        momentum: 0.1,
        eps: 0.76,
    };
    let got = submission.basic_block_forward(block, fresh_block(1), x, 1, settings)?;
    let named = |name: &str, got: &Tensor<1>, want: f64| {
        let verdict = close(got, &tensor([want]), Tolerance::EXACT);
        verdict.map_err(|failure| failure.about(name))
    };
    let check = || {
        close(
            &got.y,
            &tensor([[[[0.0, 2.0], [6.0, 12.0]]]]),
            Tolerance::EXACT,
        )
        .map_err(|failure| failure.about("y"))?;
        let (first, second) = (&got.statistics.norm1, &got.statistics.norm2);
        named("norm1.mean", &first.mean, 0.4)?;
        named("norm1.variance", &first.variance, 0.9 + 2.0 / 3.0)?;
        named("norm2.mean", &second.mean, 0.2)?;
        named("norm2.variance", &second.variance, 1.7)
    };
    check().map_err(|failure: Failure| {
        failure
            .about("basic_block_forward in training")
            .on_input(input)
    })
}

/// A network that fits on a page.
fn small(shortcut: ResnetShortcut, zero_gamma: bool) -> ResnetConfig {
    ResnetConfig {
        blocks_per_stage: 1,
        channels: 3,
        width: 2,
        classes: 5,
        shortcut,
        zero_gamma,
    }
}

fn new_network(submission: &Submission, _: &mut Rng) -> Verdict {
    for (shortcut, zero_gamma) in [
        (ResnetShortcut::ZeroPadding, true),
        (ResnetShortcut::Projection, false),
    ] {
        let config = small(shortcut, zero_gamma);
        let network = submission.resnet_cifar(config.clone(), 1)?;
        let count = submission.resnet_parameter_count(config.clone())?;
        let check = || {
            equal(&network.parameters.blocks.len(), &3)
                .map_err(|failure| failure.about("the number of blocks"))?;
            equal(&nn::count(&network.parameters), &count).map_err(|failure| {
                failure.about("as many parameters as resnet_parameter_count says")
            })?;
            begins_right(&network, &config)
        };
        check().map_err(|failure: Failure| {
            failure
                .about("resnet_cifar")
                .on_input(format!("{config:?}, seed 1"))
        })?;
    }
    Ok(())
}

/// The norms of a new network, block by block.
fn begins_right(network: &ResnetNetwork, config: &ResnetConfig) -> Verdict {
    let all = |name: String, got: &Tensor<1>, c: usize, want: f64| {
        let want = tensor::<1>(vec![want; c].as_slice());
        close(got, &want, Tolerance::EXACT).map_err(|failure| failure.about(name))
    };
    let second = if config.zero_gamma { 0.0 } else { 1.0 };
    let blocks = network.parameters.blocks.iter().enumerate();
    for ((i, block), statistics) in blocks.zip(&network.statistics.blocks) {
        let c = config.width << i;
        all(
            format!("blocks[{i}].norm1.gamma"),
            &block.norm1.gamma,
            c,
            1.0,
        )?;
        all(
            format!("blocks[{i}].norm2.gamma"),
            &block.norm2.gamma,
            c,
            second,
        )?;
        all(format!("blocks[{i}].norm2.beta"), &block.norm2.beta, c, 0.0)?;
        let running = &statistics.norm2;
        all(
            format!("statistics.blocks[{i}].norm2.mean"),
            &running.mean,
            c,
            0.0,
        )?;
        all(
            format!("statistics.blocks[{i}].norm2.variance"),
            &running.variance,
            c,
            1.0,
        )?;
        let projects = config.shortcut == ResnetShortcut::Projection && i > 0;
        ensure(block.projection.is_some() == projects, || {
            let which = if projects { "a" } else { "no" };
            format!("blocks[{i}]: expected {which} projection")
        })?;
    }
    Ok(())
}

fn counts(submission: &Submission, _: &mut Rng) -> Verdict {
    for (blocks_per_stage, want) in [(3, 269_722), (9, 853_018), (18, 1_727_962)] {
        let config = ResnetConfig {
            blocks_per_stage,
            width: 16,
            classes: 10,
            ..small(ResnetShortcut::ZeroPadding, true)
        };
        let input = format!("{config:?}");
        let got = submission.resnet_parameter_count(config)?;
        equal(&got, &want)
            .map_err(|failure| failure.about("resnet_parameter_count").on_input(input))?;
    }
    Ok(())
}

/// The handout's two blocks. Outside training fresh statistics and eps 0 leave every norm the identity.
fn forward(submission: &Submission, _: &mut Rng) -> Verdict {
    let first = BasicBlock {
        conv1: pixelwise([[1.0]]),
        norm1: norm(&[1.0], &[0.0]),
        conv2: pixelwise([[-0.5]]),
        norm2: norm(&[1.0], &[0.0]),
        projection: None,
    };
    let second = BasicBlock {
        conv1: pixelwise([[1.0], [2.0]]),
        norm1: norm(&[1.0; 2], &[0.0; 2]),
        conv2: pixelwise([[2.0, 0.0], [0.0, 3.0]]),
        norm2: norm(&[1.0; 2], &[0.0; 2]),
        projection: None,
    };
    let parameters = ResnetCifar {
        stem: pixelwise([[1.0]]),
        stem_norm: norm(&[1.0], &[0.0]),
        blocks: vec![first, second],
        dense_weight: tensor([[2.0, 0.0], [1.0, -1.0]]),
        dense_bias: tensor([0.0, 1.0]),
    };
    let statistics = ResnetStatistics {
        stem: fresh(1),
        blocks: vec![fresh_block(1), fresh_block(2)],
    };
    let settings = ResnetSettings {
        residual: true,
        training: false,
        momentum: 0.1,
        eps: 0.0,
    };
    let images = tensor([[[[1.0, 3.0], [5.0, 7.0]]]]);
    let input = format!("the handout's two blocks, images {}", show(&images));
    let got = submission.resnet_forward(parameters, statistics, images, settings)?;
    close(&got.logits, &tensor([[6.0, -2.0]]), Tolerance::EXACT)
        .map_err(|failure| failure.about("resnet_forward, logits").on_input(input))
}

fn gradients(submission: &Submission, _: &mut Rng) -> Verdict {
    let one = |value: f64| tensor([[value]]);
    for (weights, residual, want) in [
        ([1.0, 0.5], true, [1.5, 2.0]),
        (
            [0.0, 2.0 * 3f64.ln()],
            false,
            [0.09375 * 3f64.ln(), 0.09375],
        ),
    ] {
        let list = weights.map(one).to_vec();
        let got = submission.gradient_norm_probe(list, one(1.0), one(1.0), residual)?;
        close_values(&got, &want, Tolerance::EXACT).map_err(|failure| {
            let input = format!("weights {weights:?}, x 1, dy 1, residual {residual}");
            failure.about("gradient_norm_probe").on_input(input)
        })?;
    }
    slope(submission)
}

/// The step of a numeric slope.
const STEP: f64 = 1e-5;

/// The gradient of a small network against the slope of its loss along a random direction. The numbers are always the
/// same: where a step takes some number through 0, ReLU has no slope to compare with.
fn slope(submission: &Submission) -> Verdict {
    let mut rng = Rng::new(3);
    let config = small(ResnetShortcut::ZeroPadding, false);
    let ResnetNetwork {
        parameters,
        statistics,
    } = submission.resnet_cifar(config, 2)?;
    for numbers in nn::tensors(&parameters) {
        let double = tensor(vec![0.0; numbers.dims()[0]].as_slice());
        alike(&numbers, &double).map_err(|failure| failure.about("resnet_cifar"))?;
    }
    let (images, truth) = (rng.normal_tensor([2, 3, 4, 5]), labels(&[4, 0]));
    let settings = ResnetSettings {
        residual: true,
        training: true,
        momentum: 0.1,
        eps: 1e-2,
    };
    let call = |parameters: ResnetCifar| {
        let (statistics, settings) = (statistics.clone(), settings.clone());
        submission.resnet_gradient(
            parameters,
            statistics,
            images.clone(),
            truth.clone(),
            settings,
        )
    };
    let direction = parameters.clone().map(&mut |t| rng.normal_tensor(t.dims()));
    let moved = |step: f64| {
        let directions = nn::tensors(&direction);
        let mut directions = directions.into_iter();
        let moved = parameters.clone().map(&mut |t| match directions.next() {
            Some(direction) => t + direction * step,
            None => t,
        });
        Ok::<f64, Failure>(call(moved)?.loss)
    };
    let want = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
    let gradients = call(parameters.clone())?.gradients;
    ensure(nn::count(&gradients) == nn::count(&parameters), || {
        "resnet_gradient: the gradients are not as many numbers as the parameters".into()
    })?;
    let pairs = nn::tensors(&gradients).into_iter();
    let mut along = 0.0;
    for (gradient, direction) in pairs.zip(nn::tensors(&direction)) {
        alike(&gradient, &direction).map_err(|failure| failure.about("resnet_gradient"))?;
        along += (gradient * direction).sum().into_scalar::<f64>();
    }
    within(along, want, Tolerance::GRADIENT).map_err(|failure| {
        failure
            .about("resnet_gradient, the slope of the loss along a random direction")
            .on_input("a network of three blocks, images [2, 3, 4, 5]")
    })
}
