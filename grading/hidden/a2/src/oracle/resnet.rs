//! What the answers of A2.7 should be: a residual network in loops, of which gradients are taken numerically.

use burn::tensor::Tensor;
use common::contract::a2::{
    BasicBlock, BasicBlockStatistics, ResnetCifar, ResnetConfig, ResnetNorm, ResnetNormStatistics,
    ResnetProjection, ResnetSettings, ResnetShortcut, ResnetStatistics,
};
use common::nn::{Parameters, tensors};
use common::rng::Rng;

use super::array::{Array, rows, values, vector};
use super::feature_maps::dense;

/// A network that is run in loops.
pub struct Machine {
    settings: ResnetSettings,
    /// The smallest distance of a number from 0, where ReLU has its kink, so far.
    pub nearest_kink: f64,
}

impl Machine {
    /// One that has seen nothing.
    pub fn new(settings: &ResnetSettings) -> Self {
        Self {
            settings: settings.clone(),
            nearest_kink: f64::INFINITY,
        }
    }

    fn relu(&mut self, x: &Array<4>) -> Array<4> {
        let nearest = x.values.iter().map(|x| x.abs());
        self.nearest_kink = nearest.fold(self.nearest_kink, f64::min);
        x.relu()
    }

    /// Batch normalisation, channel by channel.
    fn normalised(
        &self,
        x: &Array<4>,
        norm: &ResnetNorm,
        running: &ResnetNormStatistics,
    ) -> (Array<4>, ResnetNormStatistics) {
        let [n, channels, height, width] = x.shape;
        let (gamma, beta) = (values(&norm.gamma), values(&norm.beta));
        let (mut means, mut variances) = (values(&running.mean), values(&running.variance));
        let (mut used, m) = (Vec::new(), (n * height * width) as f64);
        for c in 0..channels {
            if !self.settings.training {
                used.push((means[c], variances[c]));
                continue;
            }
            let mut of_channel = Vec::new();
            Array::from_fn([n, 1, height, width], |[i, _, row, column]| {
                of_channel.push(x[[i, c, row, column]]);
                0.0
            });
            let mean = of_channel.iter().sum::<f64>() / m;
            let squares: f64 = of_channel.iter().map(|x| (x - mean).powi(2)).sum();
            let share = self.settings.momentum;
            means[c] += share * (mean - means[c]);
            variances[c] += share * (squares / (m - 1.0) - variances[c]);
            used.push((mean, squares / m));
        }
        let y = Array::from_fn(x.shape, |place| {
            let (mean, variance) = used[place[1]];
            let deviations = (x[place] - mean) / (variance + self.settings.eps).sqrt();
            gamma[place[1]] * deviations + beta[place[1]]
        });
        let after = ResnetNormStatistics {
            mean: vector(means),
            variance: vector(variances),
        };
        (y, after)
    }

    /// A residual block.
    pub fn block(
        &mut self,
        block: &BasicBlock,
        old: &BasicBlockStatistics,
        x: &Array<4>,
        stride: usize,
    ) -> (Array<4>, BasicBlockStatistics) {
        let convolved = |x: &Array<4>, kernels: &Tensor<4>, stride: usize, padding: usize| {
            x.convolved(&Array::of(kernels), None, stride, padding, 1)
        };
        let f = convolved(x, &block.conv1, stride, 1);
        let (f, norm1) = self.normalised(&f, &block.norm1, &old.norm1);
        let f = self.relu(&f);
        let f = convolved(&f, &block.conv2, 1, 1);
        let (f, norm2) = self.normalised(&f, &block.norm2, &old.norm2);
        let mut after = BasicBlockStatistics {
            norm1,
            norm2,
            projection: old.projection.clone(),
        };
        let sum = if !self.settings.residual {
            f
        } else if let (Some(projection), Some(old)) = (&block.projection, &old.projection) {
            let shortcut = convolved(x, &projection.conv, stride, 0);
            let (shortcut, new) = self.normalised(&shortcut, &projection.norm, old);
            after.projection = Some(new);
            f.plus(&shortcut)
        } else {
            f.plus(&zero_padding(x, stride, f.shape[1]))
        };
        (self.relu(&sum), after)
    }

    /// The logits of a network, and the statistics after it.
    pub fn network(
        &mut self,
        p: &ResnetCifar,
        old: &ResnetStatistics,
        images: &Array<4>,
    ) -> (Vec<Vec<f64>>, ResnetStatistics) {
        let stem = images.convolved(&Array::of(&p.stem), None, 1, 1, 1);
        let (stem, of_stem) = self.normalised(&stem, &p.stem_norm, &old.stem);
        let mut x = self.relu(&stem);
        let mut of_blocks = Vec::new();
        for (block, old) in p.blocks.iter().zip(&old.blocks) {
            let [outputs, inputs, ..] = block.conv1.dims();
            let stride = 1 + usize::from(outputs > inputs);
            let (y, after) = self.block(block, old, &x, stride);
            x = y;
            of_blocks.push(after);
        }
        let [n, channels, height, width] = x.shape;
        let (weight, bias) = (rows(&p.dense_weight), values(&p.dense_bias));
        let pixels = height * width;
        let logits = (0..n).map(|i| {
            let maps = x.image(i);
            let means: Vec<f64> = maps
                .values
                .chunks(pixels)
                .map(|map| map.iter().sum::<f64>() / pixels as f64)
                .collect();
            assert_eq!(means.len(), channels);
            dense(&means, &weight, &bias)
        });
        let statistics = ResnetStatistics {
            stem: of_stem,
            blocks: of_blocks,
        };
        (logits.collect(), statistics)
    }
}

/// The shortcut of option A.
pub fn zero_padding(x: &Array<4>, stride: usize, channels: usize) -> Array<4> {
    let [n, c, height, width] = x.shape;
    let left = |size: usize| (0..size).step_by(stride).count();
    Array::from_fn([n, channels, left(height), left(width)], |[i, k, y, x_]| {
        if k < c {
            x[[i, k, y * stride, x_ * stride]]
        } else {
            0.0
        }
    })
}

/// The mean cross-entropy of rows of logits.
pub fn loss(logits: &[Vec<f64>], labels: &[i64]) -> f64 {
    let of_row = |(row, label): (&Vec<f64>, &i64)| {
        let right = row[*label as usize];
        row.iter().map(|z| (z - right).exp()).sum::<f64>().ln()
    };
    logits.iter().zip(labels).map(of_row).sum::<f64>() / labels.len() as f64
}

/// Where parameters go along random directions.
const STEP: f64 = 1e-5;
/// How near a number may be to a kink: a step moves none by as much.
const KINK: f64 = 1e-3;

/// A network, a batch, and how it is run.
pub struct Scene {
    /// The parameters.
    pub parameters: ResnetCifar,
    /// The statistics before the batch.
    pub statistics: ResnetStatistics,
    /// The batch.
    pub images: Array<4>,
    /// Its labels.
    pub labels: Vec<i64>,
    /// How it is run.
    pub settings: ResnetSettings,
}

impl Scene {
    /// The loss, unless a number is near a kink.
    pub fn loss(&self) -> Option<f64> {
        let (loss, nearest) = self.loss_of(&self.parameters);
        (nearest > KINK).then_some(loss)
    }

    fn loss_of(&self, parameters: &ResnetCifar) -> (f64, f64) {
        let mut machine = Machine::new(&self.settings);
        let (logits, _) = machine.network(parameters, &self.statistics, &self.images);
        (loss(&logits, &self.labels), machine.nearest_kink)
    }

    /// The slope of the loss along a direction.
    pub fn slope(&self, direction: &ResnetCifar) -> f64 {
        let along = |step: f64| {
            let mut directions = tensors(direction).into_iter();
            let moved = self.parameters.clone().map(&mut |tensor| {
                let direction = directions.next().expect("a direction for each tensor");
                tensor + direction * step
            });
            self.loss_of(&moved).0
        };
        (along(STEP) - along(-STEP)) / (2.0 * STEP)
    }
}

/// The sum of all products of two structures' numbers.
pub fn product(a: &ResnetCifar, b: &ResnetCifar) -> f64 {
    let pairs = tensors(a).into_iter().zip(tensors(b));
    pairs.map(|(a, b)| (a * b).sum().into_scalar::<f64>()).sum()
}

/// Whether block `i` is the first of its stage, and its inputs and outputs.
pub fn block_channels(config: &ResnetConfig, i: usize) -> (usize, usize) {
    let stage = |i: usize| i / config.blocks_per_stage;
    let outputs = config.width << stage(i);
    let inputs = config.width << stage(i.saturating_sub(1));
    (inputs, outputs)
}

/// A network of random numbers everywhere, also in norms and statistics.
pub fn random_network(config: &ResnetConfig, rng: &mut Rng) -> (ResnetCifar, ResnetStatistics) {
    let (stem, of_stem) = random_norm(config.width, rng);
    let (mut blocks, mut of_blocks) = (Vec::new(), Vec::new());
    for i in 0..3 * config.blocks_per_stage {
        let (inputs, outputs) = block_channels(config, i);
        let projects = config.shortcut == ResnetShortcut::Projection && inputs != outputs;
        let (block, statistics) = random_block(inputs, outputs, projects, rng);
        blocks.push(block);
        of_blocks.push(statistics);
    }
    let parameters = ResnetCifar {
        stem: kernels(rng, config.width, config.channels, 3),
        stem_norm: stem,
        blocks,
        dense_weight: rng.normal_tensor([4 * config.width, config.classes]),
        dense_bias: rng.normal_tensor([config.classes]),
    };
    let statistics = ResnetStatistics {
        stem: of_stem,
        blocks: of_blocks,
    };
    (parameters, statistics)
}

/// A block of random numbers.
pub fn random_block(
    inputs: usize,
    outputs: usize,
    projects: bool,
    rng: &mut Rng,
) -> (BasicBlock, BasicBlockStatistics) {
    let (norm1, of_norm1) = random_norm(outputs, rng);
    let (norm2, of_norm2) = random_norm(outputs, rng);
    let (projection, of_projection) = projects
        .then(|| {
            let (norm, statistics) = random_norm(outputs, rng);
            let conv = kernels(rng, outputs, inputs, 1);
            (ResnetProjection { conv, norm }, statistics)
        })
        .unzip();
    let block = BasicBlock {
        conv1: kernels(rng, outputs, inputs, 3),
        norm1,
        conv2: kernels(rng, outputs, outputs, 3),
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

fn kernels(rng: &mut Rng, outputs: usize, inputs: usize, size: usize) -> Tensor<4> {
    let std = (1.0 / (inputs * size * size) as f64).sqrt();
    rng.tensor([outputs, inputs, size, size], |rng| std * rng.normal())
}

fn random_norm(c: usize, rng: &mut Rng) -> (ResnetNorm, ResnetNormStatistics) {
    let norm = ResnetNorm {
        gamma: rng.tensor([c], |rng| 1.0 + 0.3 * rng.normal()),
        beta: rng.tensor([c], |rng| 0.3 * rng.normal()),
    };
    let statistics = ResnetNormStatistics {
        mean: rng.tensor([c], |rng| 0.5 * rng.normal()),
        variance: rng.tensor([c], |rng| rng.uniform(0.5, 2.0)),
    };
    (norm, statistics)
}

/// The parameters of a network, tensor by tensor.
pub fn parameter_count(config: &ResnetConfig) -> usize {
    let mut all = vec![9 * config.channels * config.width, 2 * config.width];
    for i in 0..3 * config.blocks_per_stage {
        let (inputs, outputs) = block_channels(config, i);
        all.extend([9 * inputs * outputs, 9 * outputs * outputs, 4 * outputs]);
        if inputs != outputs && config.shortcut == ResnetShortcut::Projection {
            all.extend([inputs * outputs, 2 * outputs]);
        }
    }
    all.push((4 * config.width + 1) * config.classes);
    all.iter().sum()
}

/// The norms of the gradients in a deep stack of dense layers, back through it layer by layer.
pub fn probe(
    weights: &[Vec<Vec<f64>>],
    x: &[Vec<f64>],
    dy: &[Vec<f64>],
    residual: bool,
) -> Vec<f64> {
    let d = weights[0].len();
    let mut squares = vec![vec![vec![0.0; d]; d]; weights.len()];
    for (x, dy) in x.iter().zip(dy) {
        let mut inputs = vec![x.clone()];
        let mut slopes = Vec::new();
        for w in weights {
            let x = &inputs[inputs.len() - 1];
            let z = dense(x, w, &vec![0.0; d]);
            let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
            let (y, slope): (Vec<f64>, Vec<f64>) = if residual {
                let kept = x.iter().zip(&z).map(|(x, z)| x + z.max(0.0));
                (
                    kept.collect(),
                    z.iter().map(|z| f64::from(*z > 0.0)).collect(),
                )
            } else {
                let slope = z.iter().map(|z| sigmoid(*z) * sigmoid(-z));
                (z.iter().map(|z| sigmoid(*z)).collect(), slope.collect())
            };
            inputs.push(y);
            slopes.push(slope);
        }
        let mut dx = dy.clone();
        for l in (0..weights.len()).rev() {
            let dz: Vec<f64> = (0..d).map(|j| dx[j] * slopes[l][j]).collect();
            for i in 0..d {
                for j in 0..d {
                    squares[l][i][j] += inputs[l][i] * dz[j];
                }
            }
            let through = |i: usize| (0..d).map(|j| weights[l][i][j] * dz[j]).sum::<f64>();
            let past = if residual { 1.0 } else { 0.0 };
            dx = (0..d).map(|i| through(i) + past * dx[i]).collect();
        }
    }
    let norm = |g: &Vec<Vec<f64>>| g.concat().iter().map(|g| g * g).sum::<f64>().sqrt();
    squares.iter().map(norm).collect()
}
