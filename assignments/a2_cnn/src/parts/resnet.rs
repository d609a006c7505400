//! A2.7 Residual networks.
//!
//! He, Zhang, Ren & Sun ("Deep residual learning for image recognition", 2015) let each block of layers learn what to add
//! to its input, and not what to make of it:
//!
//! ```text
//! y = relu(F(x) + shortcut(x))
//! ```
//!
//! A network is a struct of tensors and a function of it. What batch normalisation remembers goes in as an argument
//! and comes out as a result.

use burn::tensor::{DType, Device, Int, Tensor, activation, s};
use common::contract::a2::{
    BasicBlock, BasicBlockForward, BasicBlockStatistics, ResnetCifar, ResnetConfig, ResnetForward,
    ResnetGradient, ResnetNetwork, ResnetNorm, ResnetNormStatistics, ResnetProjection,
    ResnetSettings, ResnetShortcut, ResnetStatistics,
};
use common::nn::{
    ConvOptions, conv2d, cross_entropy, detach, kaiming_normal, value_and_gradient,
    value_and_gradient_with,
};
use common::rng::Rng;

/// The shortcut of option A, which has no parameters: the pixels at every `stride`-th row and column, from the first on,
/// and after the channels of `x` as many channels of zeros as are missing.
///
/// - `x`: `[n, c, h, w]`; `channels` is at least `c`.
/// - Gives `[n, channels, ceil(h / stride), ceil(w / stride)]`. With stride 1 and `channels = c` that is `x`.
///
/// Source: He et al. (2015), section 3.3, option A.
pub fn zero_padding_shortcut(x: Tensor<4>, stride: usize, channels: usize) -> Tensor<4> {
    // BEGIN SOLUTION A2.7 zero_padding_shortcut
    let x = match stride {
        1 => x,
        _ => x.slice(s![.., .., ..;stride, ..;stride]),
    };
    let [n, c, h, w] = x.dims();
    if channels == c {
        return x;
    }
    let zeros = Tensor::zeros([n, channels - c, h, w], (&x.device(), x.dtype()));
    Tensor::cat(vec![x, zeros], 1)
    // END SOLUTION
}

/// A residual block:
///
/// ```text
/// F(x) = norm2(conv2(relu(norm1(conv1(x)))))
/// y    = relu(F(x) + shortcut(x))        without shortcut, where settings.residual is false: y = relu(F(x))
/// ```
///
/// `conv1` has stride `stride`, `conv2` stride 1; both have one zero around the image on each side and no bias. The
/// shortcut is `norm(conv(x))` with kernels of one pixel and stride `stride` where the block has a projection, and
/// [`zero_padding_shortcut`] where it has none.
///
/// Each normalisation works on the channels of `[n, c, h, w]`. In training the mean and the variance of a channel are those
/// of all its pixels in the batch, `m = n h w` in number, and the running statistics move towards them:
///
/// ```text
/// norm(x) = gamma (x - mean) / sqrt(variance + eps) + beta        variance = the mean of (x - mean)^2
/// running mean     <- (1 - momentum) running mean     + momentum mean
/// running variance <- (1 - momentum) running variance + momentum variance m / (m - 1)
/// ```
///
/// Otherwise `norm` uses the running statistics, and they come out as they went in. The statistics that come out are
/// outside of any graph (`common::nn::detach`). Those of a projection that is not used stay.
///
/// - `x`: `[n, c_in, h, w]`; in training `m` is at least 2.
/// - Gives `[n, c_out, ceil(h / stride), ceil(w / stride)]`.
///
/// Source: He et al. (2015), section 3.2 and figure 2.
pub fn basic_block_forward(
    block: BasicBlock,
    statistics: BasicBlockStatistics,
    x: Tensor<4>,
    stride: usize,
    settings: ResnetSettings,
) -> BasicBlockForward {
    // BEGIN SOLUTION A2.7 basic_block_forward
    let old = statistics;
    let (f, norm1) = normalise(
        convolve(x.clone(), block.conv1, stride),
        block.norm1,
        old.norm1,
        &settings,
    );
    let (f, norm2) = normalise(
        convolve(activation::relu(f), block.conv2, 1),
        block.norm2,
        old.norm2,
        &settings,
    );
    let [_, channels, _, _] = f.dims();
    let (sum, projection) = match (block.projection, old.projection) {
        (_, old) if !settings.residual => (f, old),
        (Some(projection), Some(old)) => {
            let projected = convolve(x, projection.conv, stride);
            let (shortcut, new) = normalise(projected, projection.norm, old, &settings);
            (f + shortcut, Some(new))
        }
        (_, old) => (f + zero_padding_shortcut(x, stride, channels), old),
    };
    BasicBlockForward {
        y: activation::relu(sum),
        statistics: BasicBlockStatistics {
            norm1,
            norm2,
            projection,
        },
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// A convolution without bias that keeps the size of the image, but for its stride.
fn convolve(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let [_, _, kernel, _] = weight.dims();
    let options = ConvOptions {
        stride: [stride; 2],
        padding: [(kernel - 1) / 2; 2],
        ..ConvOptions::default()
    };
    conv2d(x, weight, None, &options)
}

/// Batch normalisation of feature maps, and the statistics for the next call.
fn normalise(
    x: Tensor<4>,
    norm: ResnetNorm,
    running: ResnetNormStatistics,
    settings: &ResnetSettings,
) -> (Tensor<4>, ResnetNormStatistics) {
    let [n, c, h, w] = x.dims();
    let shape = [1, c, 1, 1];
    let mean = match settings.training {
        true => channel_mean(x.clone()),
        false => running.mean.clone().reshape(shape),
    };
    let centred = x - mean.clone();
    let (variance, running) = match settings.training {
        true => {
            let variance = channel_mean(centred.clone().square());
            let m = (n * h * w) as f64;
            let moved = |old: Tensor<1>, batch: Tensor<4>| {
                let batch = detach(batch.reshape([c]));
                old * (1.0 - settings.momentum) + batch * settings.momentum
            };
            let running = ResnetNormStatistics {
                mean: moved(running.mean, mean),
                variance: moved(running.variance, variance.clone() * (m / (m - 1.0))),
            };
            (variance, running)
        }
        false => (running.variance.clone().reshape(shape), running),
    };
    let scale = norm.gamma.reshape(shape) / (variance + settings.eps).sqrt();
    (centred * scale + norm.beta.reshape(shape), running)
}

/// The mean of each channel, `[1, c, 1, 1]`. The pixels of an image lie side by side in memory, so they are added first.
fn channel_mean(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let of_images = x.reshape([n, c, h * w]).mean_dim(2);
    of_images.mean_dim(0).reshape([1, c, 1, 1])
}
// END SOLUTION

/// A residual network for small images, before its first step.
///
/// - The stem is a convolution to `width` channels.
/// - Then come three stages of `blocks_per_stage` blocks with `width`, `2 width` and `4 width` channels. The first block of
///   the second and of the third stage has half as many inputs as outputs; it alone has a projection, if the shortcut is
///   [`ResnetShortcut::Projection`]. No other block has one.
/// - The last layer is dense, from `4 width` to `classes`.
///
/// Every convolution, also of one pixel, begins with normal numbers of mean 0 and variance `2 / fan_in`, where `fan_in` is
/// the number of values that an output sees; the dense weights have variance `1 / (4 width)`, its biases are 0.
/// `gamma` begins with 1 and `beta` with 0. With `zero_gamma` the `gamma` of each block's `norm2` begins with 0, so that the
/// block begins as its shortcut (Goyal et al. 2017, section 5.1). Running means are 0 and running variances 1.
///
/// The numbers come from `common::rng::Rng::new(seed)`, each used once, in an order that is up to you. All tensors are
/// in double precision on the CPU.
///
/// Source: He et al. (2015), section 4.2.
pub fn resnet_cifar(config: ResnetConfig, seed: u64) -> ResnetNetwork {
    // BEGIN SOLUTION A2.7 resnet_cifar
    let mut rng = Rng::new(seed);
    let stem = kernel(&mut rng, config.width, config.channels, 3);
    let (stem_norm, of_stem) = fresh_norm(config.width, 1.0);
    let (mut blocks, mut of_blocks) = (Vec::new(), Vec::new());
    let mut inputs = config.width;
    for outputs in stage_widths(&config) {
        for _ in 0..config.blocks_per_stage {
            let (block, of_block) = fresh_block(&mut rng, inputs, outputs, &config);
            blocks.push(block);
            of_blocks.push(of_block);
            inputs = outputs;
        }
    }
    let std = (inputs as f64).sqrt().recip();
    let dense_weight = rng.tensor([inputs, config.classes], |rng| std * rng.normal());
    ResnetNetwork {
        parameters: ResnetCifar {
            stem,
            stem_norm,
            blocks,
            dense_weight,
            dense_bias: Tensor::zeros([config.classes], (&Device::flex(), DType::F64)),
        },
        statistics: ResnetStatistics {
            stem: of_stem,
            blocks: of_blocks,
        },
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// The channels of the three stages.
fn stage_widths(config: &ResnetConfig) -> [usize; 3] {
    [1, 2, 4].map(|factor| factor * config.width)
}

/// The weights of a convolution with square kernels of `size` pixels.
fn kernel(rng: &mut Rng, outputs: usize, inputs: usize, size: usize) -> Tensor<4> {
    kaiming_normal(rng, [outputs, inputs, size, size], inputs * size * size)
}

/// A normalisation of `c` channels with scale `gamma` that has seen nothing.
fn fresh_norm(c: usize, gamma: f64) -> (ResnetNorm, ResnetNormStatistics) {
    let all = |value: f64| Tensor::full([c], value, (&Device::flex(), DType::F64));
    let (gamma, beta) = (all(gamma), all(0.0));
    let (mean, variance) = (all(0.0), all(1.0));
    (
        ResnetNorm { gamma, beta },
        ResnetNormStatistics { mean, variance },
    )
}

/// A block from `inputs` to `outputs` channels.
fn fresh_block(
    rng: &mut Rng,
    inputs: usize,
    outputs: usize,
    config: &ResnetConfig,
) -> (BasicBlock, BasicBlockStatistics) {
    let (conv1, conv2) = (
        kernel(rng, outputs, inputs, 3),
        kernel(rng, outputs, outputs, 3),
    );
    let gamma = if config.zero_gamma { 0.0 } else { 1.0 };
    let (norm1, of_norm1) = fresh_norm(outputs, 1.0);
    let (norm2, of_norm2) = fresh_norm(outputs, gamma);
    let projects = config.shortcut == ResnetShortcut::Projection && inputs != outputs;
    let projection = projects.then(|| {
        let conv = kernel(rng, outputs, inputs, 1);
        let (norm, statistics) = fresh_norm(outputs, 1.0);
        (ResnetProjection { conv, norm }, statistics)
    });
    let (projection, of_projection) = projection.unzip();
    let block = BasicBlock {
        conv1,
        norm1,
        conv2,
        norm2,
        projection,
    };
    let statistics = BasicBlockStatistics {
        norm1: of_norm1,
        norm2: of_norm2,
        projection: of_projection,
    };
    (block, statistics)
}
// END SOLUTION

/// The number of parameters of [`resnet_cifar`], counted without making them: weights, scales, shifts and the dense layer's
/// biases. Running statistics are not learned and do not count.
///
/// With width 16, 3 channels, 10 classes and option A the networks of the paper with 20, 56 and 110 layers (3, 9 and 18
/// blocks per stage) have 269 722, 853 018 and 1 727 962.
///
/// Source: He et al. (2015), table 6, which says 0.27 M, 0.85 M and 1.7 M.
pub fn resnet_parameter_count(config: ResnetConfig) -> usize {
    // BEGIN SOLUTION A2.7 resnet_parameter_count
    // A convolution and the normalisation of its output.
    let pair = |inputs: usize, outputs: usize, kernel: usize| {
        inputs * outputs * kernel * kernel + 2 * outputs
    };
    let mut count = pair(config.channels, config.width, 3);
    let mut inputs = config.width;
    for outputs in stage_widths(&config) {
        for _ in 0..config.blocks_per_stage {
            count += pair(inputs, outputs, 3) + pair(outputs, outputs, 3);
            if config.shortcut == ResnetShortcut::Projection && inputs != outputs {
                count += pair(inputs, outputs, 1);
            }
            inputs = outputs;
        }
    }
    count + inputs * config.classes + config.classes
    // END SOLUTION
}

/// The logits of a residual network:
///
/// ```text
/// images -> stem, stride 1, one zero around -> normalisation -> relu -> blocks -> mean of each channel -> dense
/// ```
///
/// A block has stride 2 where its `conv1` has more output than input channels, and stride 1 elsewhere. Normalisations work
/// as in [`basic_block_forward`].
///
/// - `images`: `[n, channels, h, w]`. Gives logits `[n, classes]`.
///
/// Source: He et al. (2015), section 4.2.
pub fn resnet_forward(
    parameters: ResnetCifar,
    statistics: ResnetStatistics,
    images: Tensor<4>,
    settings: ResnetSettings,
) -> ResnetForward {
    // BEGIN SOLUTION A2.7 resnet_forward
    let (x, stem) = normalise(
        convolve(images, parameters.stem, 1),
        parameters.stem_norm,
        statistics.stem,
        &settings,
    );
    let mut x = activation::relu(x);
    let mut blocks = Vec::with_capacity(parameters.blocks.len());
    for (block, old) in parameters.blocks.into_iter().zip(statistics.blocks) {
        let [outputs, inputs, _, _] = block.conv1.dims();
        let stride = if outputs > inputs { 2 } else { 1 };
        let forward = basic_block_forward(block, old, x, stride, settings.clone());
        x = forward.y;
        blocks.push(forward.statistics);
    }
    let [n, c, h, w] = x.dims();
    let means: Tensor<2> = x.reshape([n, c, h * w]).mean_dim(2).squeeze_dim(2);
    ResnetForward {
        logits: means.matmul(parameters.dense_weight) + parameters.dense_bias.unsqueeze(),
        statistics: ResnetStatistics { stem, blocks },
    }
    // END SOLUTION
}

/// The mean cross-entropy of a residual network on labelled images, its gradient by every parameter, and the statistics for
/// the next call: all that a step of training needs.
///
/// Use `common::nn::value_and_gradient_with` and `common::nn::cross_entropy`. A parameter that the loss does not depend on
/// has gradient 0.
///
/// - `images`: `[n, channels, h, w]`; `labels`: `[n]`.
pub fn resnet_gradient(
    parameters: ResnetCifar,
    statistics: ResnetStatistics,
    images: Tensor<4>,
    labels: Tensor<1, Int>,
    settings: ResnetSettings,
) -> ResnetGradient {
    // BEGIN SOLUTION A2.7 resnet_gradient
    let ((loss, statistics), gradients) = value_and_gradient_with(&parameters, |p| {
        let forward = resnet_forward(p.clone(), statistics, images, settings);
        (
            cross_entropy(forward.logits, labels, 0.0),
            forward.statistics,
        )
    });
    ResnetGradient {
        loss,
        gradients,
        statistics,
    }
    // END SOLUTION
}

/// How much of a gradient reaches each layer of a deep stack of dense layers without biases. From `x_0 = x`,
///
/// ```text
/// residual:       x_l = x_(l-1) + relu(x_(l-1) w_l)
/// not residual:   x_l = sigmoid(x_(l-1) w_l)
/// ```
///
/// and `dy` is the gradient by the last `x_l`. Gives for each `w_l`, in order, the root of the sum of the squares of its
/// gradient.
///
/// - `weights`: any number of `[d, d]`, at least one; `x`, `dy`: `[n, d]`.
///
/// Sources: He et al., "Identity mappings in deep residual networks" (2016), eq. 5; Hochreiter's diploma thesis (1991) for
/// what becomes of the other.
pub fn gradient_norm_probe(
    weights: Vec<Tensor<2>>,
    x: Tensor<2>,
    dy: Tensor<2>,
    residual: bool,
) -> Vec<f64> {
    // BEGIN SOLUTION A2.7 gradient_norm_probe
    let (_, gradients) = value_and_gradient(&weights, |weights| {
        let layer = |x: Tensor<2>, w: &Tensor<2>| {
            let z = x.clone().matmul(w.clone());
            match residual {
                true => x + activation::relu(z),
                false => activation::sigmoid(z),
            }
        };
        (weights.iter().fold(x, layer) * dy).sum()
    });
    let norm = |gradient: Tensor<2>| gradient.square().sum().sqrt().into_scalar::<f64>();
    gradients.into_iter().map(norm).collect()
    // END SOLUTION
}
