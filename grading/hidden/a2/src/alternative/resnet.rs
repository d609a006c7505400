//! A2.7 once more: convolutions as matrix products of shifted images, normalisation of a channel's row, gradients by
//! Burn's own functions, and the probe's backward pass by hand.

use burn::tensor::{DType, Device, Int, Tensor, activation, s};
use common::contract::a2::*;
use common::nn::{Parameters, cross_entropy, detach};
use common::rng::Rng;

pub fn table() -> ResnetTable {
    ResnetTable {
        zero_padding_shortcut,
        basic_block_forward,
        resnet_cifar,
        resnet_parameter_count,
        resnet_forward,
        resnet_gradient,
        gradient_norm_probe,
    }
}

fn zero_padding_shortcut(x: Tensor<4>, stride: usize, channels: usize) -> Tensor<4> {
    let every = |size: usize| {
        let indices: Vec<i64> = (0..size as i64).step_by(stride).collect();
        Tensor::<1, Int>::from_data(indices.as_slice(), (&x.device(), DType::I64))
    };
    let [n, c, h, w] = x.dims();
    let kept = x.clone().select(2, every(h)).select(3, every(w));
    let [_, _, h, w] = kept.dims();
    // A matrix that copies the first channels and leaves the others 0.
    let rows = (0..channels * c).map(|at| f64::from(at / c == at % c));
    let copy: Tensor<2> = Tensor::<1>::from_data(
        rows.collect::<Vec<f64>>().as_slice(),
        (&x.device(), x.dtype()),
    )
    .reshape([channels, c]);
    let columns = kept.permute([1, 0, 2, 3]).reshape([c, n * h * w]);
    let copied = copy.matmul(columns);
    copied.reshape([channels, n, h, w]).permute([1, 0, 2, 3])
}

/// A convolution as a product of the kernels with shifted images.
fn convolve(x: Tensor<4>, weight: Tensor<4>, stride: usize) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let [outputs, _, kernel, _] = weight.dims();
    let border = kernel / 2;
    let (rows, columns) = (h.div_ceil(stride), w.div_ceil(stride));
    let padded = x.pad((border, border, border, border), 0.0);
    let shifted = (0..kernel * kernel).map(|at| {
        let (p, q) = (at / kernel, at % kernel);
        let image = padded
            .clone()
            .slice(s![.., .., p..p + h;stride, q..q + w;stride]);
        image
            .permute([1, 0, 2, 3])
            .reshape([c, 1, n * rows * columns])
    });
    let shifted =
        Tensor::cat(shifted.collect(), 1).reshape([c * kernel * kernel, n * rows * columns]);
    let product = weight
        .reshape([outputs, c * kernel * kernel])
        .matmul(shifted);
    product
        .reshape([outputs, n, rows, columns])
        .permute([1, 0, 2, 3])
}

fn normalise(
    x: Tensor<4>,
    norm: ResnetNorm,
    running: ResnetNormStatistics,
    settings: &ResnetSettings,
) -> (Tensor<4>, ResnetNormStatistics) {
    let [n, c, h, w] = x.dims();
    let m = (n * h * w) as f64;
    let channels = x.permute([1, 0, 2, 3]).reshape([c, n * h * w]);
    let column = |v: Tensor<1>| v.unsqueeze_dim::<2>(1);
    let (mean, variance, after) = if settings.training {
        let (unbiased, mean) = channels.clone().var_mean(1);
        let towards = |old: Tensor<1>, new: &Tensor<2>| {
            let new = detach(new.clone().squeeze_dim(1));
            old.clone() + (new - old) * settings.momentum
        };
        let after = ResnetNormStatistics {
            mean: towards(running.mean, &mean),
            variance: towards(running.variance, &unbiased),
        };
        (mean, unbiased * ((m - 1.0) / m), after)
    } else {
        (
            column(running.mean.clone()),
            column(running.variance.clone()),
            running,
        )
    };
    let scale = column(norm.gamma) * (variance + settings.eps).powf_scalar(-0.5);
    let shift = column(norm.beta) - mean * scale.clone();
    let y = channels * scale + shift;
    (y.reshape([c, n, h, w]).permute([1, 0, 2, 3]), after)
}

fn basic_block_forward(
    block: BasicBlock,
    statistics: BasicBlockStatistics,
    x: Tensor<4>,
    stride: usize,
    settings: ResnetSettings,
) -> BasicBlockForward {
    let mut after = statistics.clone();
    let hidden = convolve(x.clone(), block.conv1, stride);
    let (hidden, norm1) = normalise(hidden, block.norm1, statistics.norm1, &settings);
    let f = convolve(hidden.clamp_min(0.0), block.conv2, 1);
    let (mut sum, norm2) = normalise(f, block.norm2, statistics.norm2, &settings);
    after.norm1 = norm1;
    after.norm2 = norm2;
    if settings.residual {
        let shortcut = match block.projection.zip(statistics.projection) {
            None => zero_padding_shortcut(x, stride, sum.dims()[1]),
            Some((projection, old)) => {
                let projected = convolve(x, projection.conv, stride);
                let (y, new) = normalise(projected, projection.norm, old, &settings);
                after.projection = Some(new);
                y
            }
        };
        sum = shortcut + sum;
    }
    BasicBlockForward {
        y: sum.clamp_min(0.0),
        statistics: after,
    }
}

/// All tensors of a network are begun by these.
struct Beginner {
    rng: Rng,
}

impl Beginner {
    fn kernel(&mut self, outputs: usize, inputs: usize, size: usize) -> Tensor<4> {
        let fan_in = (inputs * size * size) as f64;
        let draw = |rng: &mut Rng| rng.normal() * (2.0 / fan_in).sqrt();
        self.rng.tensor([outputs, inputs, size, size], draw)
    }

    fn norm(&self, c: usize, gamma: f64) -> ResnetNorm {
        ResnetNorm {
            gamma: constant(c, gamma),
            beta: constant(c, 0.0),
        }
    }
}

fn constant(c: usize, value: f64) -> Tensor<1> {
    Tensor::full([c], value, (&Device::flex(), DType::F64))
}

fn unseen(c: usize) -> ResnetNormStatistics {
    ResnetNormStatistics {
        mean: constant(c, 0.0),
        variance: constant(c, 1.0),
    }
}

fn resnet_cifar(config: ResnetConfig, seed: u64) -> ResnetNetwork {
    let mut begin = Beginner {
        rng: Rng::new(seed),
    };
    let width = config.width;
    let mut channels = vec![width];
    for stage in [width, 2 * width, 4 * width] {
        channels.extend(vec![stage; config.blocks_per_stage]);
    }
    let last = 4 * width;
    // The last layer first: the order of the draws is free.
    let dense_weight = begin.rng.normal_tensor([last, config.classes]) / (last as f64).sqrt();
    let mut blocks = Vec::new();
    let mut of_blocks = Vec::new();
    for pair in channels.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let projects = from < to && config.shortcut == ResnetShortcut::Projection;
        blocks.push(BasicBlock {
            projection: projects.then(|| ResnetProjection {
                conv: begin.kernel(to, from, 1),
                norm: begin.norm(to, 1.0),
            }),
            conv2: begin.kernel(to, to, 3),
            norm2: begin.norm(to, if config.zero_gamma { 0.0 } else { 1.0 }),
            conv1: begin.kernel(to, from, 3),
            norm1: begin.norm(to, 1.0),
        });
        of_blocks.push(BasicBlockStatistics {
            norm1: unseen(to),
            norm2: unseen(to),
            projection: projects.then(|| unseen(to)),
        });
    }
    ResnetNetwork {
        parameters: ResnetCifar {
            stem: begin.kernel(width, config.channels, 3),
            stem_norm: begin.norm(width, 1.0),
            blocks,
            dense_weight,
            dense_bias: constant(config.classes, 0.0),
        },
        statistics: ResnetStatistics {
            stem: unseen(width),
            blocks: of_blocks,
        },
    }
}

/// In closed form: a stage of width `w` has `2 n` convolutions `w` to `w`, but that the first of the later stages has half
/// the inputs.
fn resnet_parameter_count(config: ResnetConfig) -> usize {
    let (n, w) = (config.blocks_per_stage, config.width);
    let stage = |w: usize| n * (18 * w * w + 4 * w);
    let halved = |w: usize| 9 * w * (w / 2);
    let mut all = 9 * config.channels * w + 2 * w + (4 * w + 1) * config.classes;
    all += stage(w) + stage(2 * w) + stage(4 * w);
    if n > 0 {
        all -= halved(2 * w) + halved(4 * w);
        if config.shortcut == ResnetShortcut::Projection {
            all += 2 * w * w + 4 * w + 8 * w * w + 8 * w;
        }
    }
    all
}

fn resnet_forward(
    p: ResnetCifar,
    statistics: ResnetStatistics,
    images: Tensor<4>,
    settings: ResnetSettings,
) -> ResnetForward {
    let first = convolve(images, p.stem, 1);
    let (first, stem) = normalise(first, p.stem_norm, statistics.stem, &settings);
    let begin = (first.clamp_min(0.0), Vec::new());
    let pairs = p.blocks.into_iter().zip(statistics.blocks);
    let (last, blocks) = pairs.fold(begin, |(x, mut all), (block, old)| {
        let [outputs, inputs, _, _] = block.conv1.dims();
        let step = basic_block_forward(block, old, x, outputs / inputs, settings.clone());
        all.push(step.statistics);
        (step.y, all)
    });
    let means = last.mean_dims(&[2, 3]).flatten::<2>(1, 3);
    ResnetForward {
        logits: means.matmul(p.dense_weight) + p.dense_bias.unsqueeze_dim(0),
        statistics: ResnetStatistics { stem, blocks },
    }
}

fn resnet_gradient(
    parameters: ResnetCifar,
    statistics: ResnetStatistics,
    images: Tensor<4>,
    labels: Tensor<1, Int>,
    settings: ResnetSettings,
) -> ResnetGradient {
    let mut leaves = Vec::new();
    let tracked = parameters.map(&mut |tensor| {
        leaves.push(tensor.autodiff().require_grad());
        leaves[leaves.len() - 1].clone()
    });
    let forward = resnet_forward(tracked.clone(), statistics, images, settings);
    let loss = cross_entropy(forward.logits, labels, 0.0);
    let all = loss.backward();
    let mut leaves = leaves.into_iter();
    let gradients = tracked.map(&mut |tensor| {
        let gradient = leaves.next().and_then(|leaf| leaf.grad(&all));
        gradient.unwrap_or_else(|| tensor.inner().zeros_like())
    });
    ResnetGradient {
        loss: loss.into_scalar::<f64>(),
        gradients,
        statistics: forward.statistics,
    }
}

fn gradient_norm_probe(
    weights: Vec<Tensor<2>>,
    x: Tensor<2>,
    dy: Tensor<2>,
    residual: bool,
) -> Vec<f64> {
    let mut inputs = Vec::new();
    let mut slopes = Vec::new();
    let mut x = x;
    for w in &weights {
        inputs.push(x.clone());
        let z = x.clone().matmul(w.clone());
        if residual {
            slopes.push(z.clone().greater_elem(0.0).float().cast(x.dtype()));
            x = x + activation::relu(z);
        } else {
            let y = activation::sigmoid(z);
            slopes.push(y.clone() * (y.clone() * -1.0 + 1.0));
            x = y;
        }
    }
    let mut dx = dy;
    let mut norms = Vec::new();
    for ((w, input), slope) in weights.into_iter().zip(inputs).zip(slopes).rev() {
        let dz = dx.clone() * slope;
        let dw = input.transpose().matmul(dz.clone());
        norms.push(dw.powi_scalar(2).sum().into_scalar::<f64>().sqrt());
        let through = dz.matmul(w.transpose());
        dx = if residual { dx + through } else { through };
    }
    norms.reverse();
    norms
}
