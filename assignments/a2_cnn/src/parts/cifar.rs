//! A2.9 CIFAR-10 under a budget.
//!
//! A recipe is everything that a training run is made with: the network's widths, the schedule, the regularisation,
//! the augmentation. Here it is data, read from a `recipe.toml`, and a network of at most a million parameters is
//! trained by it. No part of a recipe may look at the test pictures: neither at their labels nor at their colours.
//!
//! The network has a list of stages. A stage of width `w` takes pictures of any number of channels and gives `w`
//! channels at half the size:
//!
//! ```text
//! x <- pool(relu(norm(conv(x))))        `widen`: 3 x 3, padding 1, stride 1; the largest of each 2 x 2
//! x <- x + relu(norm(conv(x)))          `residual`: 3 x 3, padding 1, stride 1
//! ```
//!
//! After the last stage each channel is averaged over its pixels, and a linear head gives the logits. `norm` is batch
//! normalisation of each channel over the batch and all pixels. `common::nn` has `conv2d`, `batch_norm2d` for
//! training, `max_pool2d`, `cross_entropy`, `value_and_gradient_with` and `Sgd`.

use burn::tensor::{Int, Tensor, TensorData, activation};
use common::contract::a2::{
    CIFAR_EPS, CIFAR_MOMENTUM, CifarBudget, CifarConv, CifarForward, CifarGradient, CifarNet,
    CifarPictures, CifarRecipe, CifarRunning, CifarStage, CifarState, CifarStep, CifarTraining,
    CropFlip, NormalisedPictures,
};
use common::nn::{
    ConvOptions, Parameters, Sgd, batch_norm2d, conv2d, cross_entropy, detach, kaiming_normal,
    max_pool2d, value_and_gradient_with,
};
use common::rng::Rng;

/// The recipe of your own, as the text of a `recipe.toml`.
///
/// The lab trains by it. Its network, for pictures of 3 channels and 32 x 32 pixels and 10 classes, must have at most
/// 1.0 million parameters and 40 million multiply-accumulates, and [`parse_recipe`] must read it. The rest is yours to
/// find; begin with the handout's.
pub fn cifar_recipe() -> String {
    // BEGIN SOLUTION A2.9 cifar_recipe
    "\
# 17 million multiply-accumulates and 0.29 million parameters.
widths = [32, 64, 128]
epochs = 10
batch_size = 64
peak_lr = 0.05
warmup = 0.2
momentum = 0.9
weight_decay = 5e-4
smoothing = 0.1
padding = 3
flip = true
"
    .into()
    // END SOLUTION
}

/// The recipe that a text holds.
///
/// The text is the simplest kind of TOML: on each line `key = value`, in any order, with a comment from a `#` to the end
/// of the line. Blank lines, and blanks around keys, values and commas, mean nothing. The keys are the fields of
/// [`CifarRecipe`], each exactly once.
///
/// | keys | value |
/// |---|---|
/// | `widths` | whole numbers of 1 or more in brackets, at least one: `[32, 64]` |
/// | `epochs`, `batch_size` | a whole number, of 1 or more and 2 or more |
/// | `padding` | a whole number, 0 or more |
/// | `peak_lr` | a number above 0: `0.1`, `1e-1`, `1` |
/// | `weight_decay` | a number, 0 or more |
/// | `warmup`, `momentum`, `smoothing` | a number, 0 or more and below 1 |
/// | `flip` | `true` or `false` |
///
/// # Errors
/// A text that says what is wrong, for whoever wrote the file. A line without `=` is an error that has `line 3` in it,
/// counted from 1. A key that no recipe has, one that is there twice, one that is missing, and one whose value is not as
/// the table says, infinite or not a number, are errors that name the key.
pub fn parse_recipe(text: String) -> Result<CifarRecipe, String> {
    // BEGIN SOLUTION A2.9 parse_recipe
    let entries = Entries::read(&text)?;
    let share = |value: &f64| (0.0..1.0).contains(value);
    Ok(CifarRecipe {
        widths: entries.widths()?,
        epochs: entries.get("epochs", "a whole number, 1 or more", |n| *n >= 1)?,
        batch_size: entries.get("batch_size", "a whole number, 2 or more", |n| *n >= 2)?,
        peak_lr: entries.get("peak_lr", "a number above 0", |x: &f64| {
            x.is_finite() && *x > 0.0
        })?,
        warmup: entries.get("warmup", "a number from 0 to below 1", share)?,
        momentum: entries.get("momentum", "a number from 0 to below 1", share)?,
        weight_decay: entries.get("weight_decay", "a number, 0 or more", |x: &f64| {
            x.is_finite() && *x >= 0.0
        })?,
        smoothing: entries.get("smoothing", "a number from 0 to below 1", share)?,
        padding: entries.get("padding", "a whole number, 0 or more", |_| true)?,
        flip: entries.get("flip", "true or false", |_| true)?,
    })
    // END SOLUTION
}

/// What the network costs for one picture.
///
/// A convolution of 3 x 3 from `a` to `b` channels has `9 a b` weights, and its normalisation `b` scales and `b` shifts.
/// It is computed at every pixel of its output: `9 a b` multiply-accumulates each. `widen` is computed before the
/// pooling, at the size that comes in, `residual` after it, at half of that. The head counts with its bias among the
/// parameters, and without it among the multiply-accumulates; nothing else is counted.
///
/// - `side`: rows, and columns, of a picture; a multiple of `2^stages`.
pub fn cifar_budget(
    widths: Vec<usize>,
    channels: usize,
    classes: usize,
    side: usize,
) -> CifarBudget {
    // BEGIN SOLUTION A2.9 cifar_budget
    let (mut parameters, mut multiply_accumulates) = (0, 0);
    let (mut inputs, mut side) = (channels, side);
    for width in widths {
        let (widen, residual) = (9 * inputs * width, 9 * width * width);
        parameters += widen + residual + 4 * width;
        multiply_accumulates += widen * side * side;
        side /= 2;
        multiply_accumulates += residual * side * side;
        inputs = width;
    }
    CifarBudget {
        parameters: parameters + (inputs + 1) * classes,
        multiply_accumulates: multiply_accumulates + inputs * classes,
    }
    // END SOLUTION
}

/// A network before training: kernels of mean 0 and variance `2 / (9 c_in)` (He et al. 2015), scales 1, shifts 0, the
/// head's weights of mean 0 and variance `1 / channels of the last stage`, its bias 0. All draws are normal.
///
/// - Drawn with [`Rng::new(seed)`](Rng::new), in double precision: the same seed, the same network. No two layers may have
///   the same numbers.
pub fn cifar_init(widths: Vec<usize>, channels: usize, classes: usize, seed: u64) -> CifarNet {
    // BEGIN SOLUTION A2.9 cifar_init
    let mut rng = Rng::new(seed);
    let mut inputs = channels;
    let mut stages = Vec::new();
    for width in widths {
        stages.push(CifarStage {
            widen: new_layer(&mut rng, inputs, width),
            residual: new_layer(&mut rng, width, width),
        });
        inputs = width;
    }
    let deviation = (1.0 / inputs as f64).sqrt();
    CifarNet {
        stages,
        head_weight: rng.tensor([inputs, classes], |rng| deviation * rng.normal()),
        head_bias: rng.tensor([classes], |_| 0.0),
    }
    // END SOLUTION
}

/// The network, as described at the top of this file.
///
/// ```text
/// norm(x) = gamma (x - mean) / sqrt(variance + CIFAR_EPS) + beta
/// ```
///
/// In training `mean` and `variance` are those of a channel over the batch and all pixels, the variance divided by their
/// number `m`, and gradients flow through them. The running statistics move by
/// `running <- (1 - CIFAR_MOMENTUM) running + CIFAR_MOMENTUM batch`, where the variance of the batch counts
/// `m / (m - 1)` times. Outside training the running statistics take their place, and come out as they are: then
/// no picture depends on another.
///
/// - `x`: `[n, c, height, width]`, in training with two values per channel or more everywhere.
/// - `running`: for each stage the statistics of `widen`, then those of `residual`. Those that come out are not part of
///   any graph: [`detach`] them.
/// - Gives logits `[n, classes]`.
///
/// Source: Ioffe & Szegedy (2015); the shape of the stages after Page, "How to train your ResNet" (2018).
pub fn cifar_forward(
    net: CifarNet,
    running: Vec<CifarRunning>,
    x: Tensor<4>,
    training: bool,
) -> CifarForward {
    // BEGIN SOLUTION A2.9 cifar_forward
    let mut running = running.into_iter();
    let mut moved = Vec::new();
    let mut layer = |x: Tensor<4>, layer: CifarConv| {
        let before = running.next().expect("statistics for each layer");
        let (y, after) = conv_norm_relu(x, layer, before, training);
        moved.push(after);
        y
    };
    let mut x = x;
    for stage in net.stages {
        x = max_pool2d(layer(x, stage.widen), [2, 2], [2, 2]);
        x = x.clone() + layer(x, stage.residual);
    }
    let [n, c, _, _] = x.dims();
    let features = x.mean_dim(2).mean_dim(3).reshape([n, c]);
    CifarForward {
        logits: features.matmul(net.head_weight) + net.head_bias.unsqueeze(),
        running: moved,
    }
    // END SOLUTION
}

/// Both sets normalised, so that each channel of the training set has mean 0 and standard deviation 1.
///
/// The test set gets the training set's mean and standard deviation: in use there is no test set to ask. Both are over
/// all pictures and all pixels of a channel, the variance divided by their number. A channel whose standard
/// deviation is below 1e-8 is only centred.
///
/// - `train`: `[n, c, height, width]`; `test`: `[m, c, height, width]`.
pub fn cifar_normalise(train: Tensor<4>, test: Tensor<4>) -> NormalisedPictures {
    // BEGIN SOLUTION A2.9 cifar_normalise
    let (mean, variance) = moments(train.clone());
    let std = variance.sqrt();
    let divisor = std.clone().mask_fill(std.clone().lower_elem(1e-8), 1.0);
    let normalised = |x: Tensor<4>| (x - mean.clone()) / divisor.clone();
    NormalisedPictures {
        train: normalised(train),
        test: normalised(test),
        mean: mean.clone().reshape([-1]),
        std: std.reshape([-1]),
    }
    // END SOLUTION
}

/// Augmentation. In training each picture gets `padding` rows and columns of zeros on all four sides, a piece of the
/// original size is cut out whose first row and column are `top` and `left`, and mirrored left to right if `flip`.
/// Outside training `x` comes out as it is.
///
/// - `x`: `[n, c, height, width]`, normalised, so that 0 is the mean; gives the same shape.
/// - `draws`: one for each picture, `top` and `left` from 0 to `2 padding`.
pub fn pad_crop_flip(
    x: Tensor<4>,
    draws: Vec<CropFlip>,
    padding: usize,
    training: bool,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.9 pad_crop_flip
    if !training {
        return x;
    }
    let [n, c, h, w] = x.dims();
    let (rows, columns) = (padding..padding + h, padding..padding + w);
    let frame = [n, c, h + 2 * padding, w + 2 * padding];
    let padded =
        Tensor::zeros(frame, (&x.device(), x.dtype())).slice_assign([0..n, 0..c, rows, columns], x);
    let cuts = draws.iter().enumerate().map(|(i, draw)| {
        let (rows, columns) = (draw.top..draw.top + h, draw.left..draw.left + w);
        let cut = padded.clone().slice([i..i + 1, 0..c, rows, columns]);
        if draw.flip { cut.flip([3]) } else { cut }
    });
    Tensor::cat(cuts.collect(), 0)
    // END SOLUTION
}

/// The learning rate of `step`, counted from 0, of a run of `steps`: up a straight line, then down half a cosine.
///
/// With `w` the share `warmup` of the steps, rounded down,
///
/// ```text
/// step < w:   peak_lr (step + 1) / w
/// else:       peak_lr (1 + cos(pi (step - w) / (steps - w))) / 2
/// ```
///
/// Source: Goyal et al. (2017) for the warm-up; Loshchilov & Hutter (2017) for the cosine.
pub fn recipe_lr(recipe: CifarRecipe, step: usize, steps: usize) -> f64 {
    // BEGIN SOLUTION A2.9 recipe_lr
    let warmup = (recipe.warmup * steps as f64) as usize;
    if step < warmup {
        return recipe.peak_lr * (step + 1) as f64 / warmup as f64;
    }
    let share = (step - warmup) as f64 / (steps - warmup) as f64;
    recipe.peak_lr * (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
    // END SOLUTION
}

/// Loss, gradient and running statistics of a batch in training.
///
/// The loss is the cross-entropy with label smoothing, [`cross_entropy`]. Weight decay adds `weight_decay` times each
/// kernel, and the head's matrix, to its gradient. Scales, shifts and the bias have none: to shrink them is to change
/// what the normalisation was put there for.
///
/// - `x`: `[n, c, height, width]`, augmented; `labels`: `[n]`.
pub fn recipe_gradient(
    net: CifarNet,
    running: Vec<CifarRunning>,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    smoothing: f64,
    weight_decay: f64,
) -> CifarGradient {
    // BEGIN SOLUTION A2.9 recipe_gradient
    let ((loss, running), mut gradient) = value_and_gradient_with(&net, |net| {
        let forward = cifar_forward(net.clone(), running, x, true);
        let loss = cross_entropy(forward.logits, labels, smoothing);
        (loss, forward.running)
    });
    for (g, w) in gradient.stages.iter_mut().zip(net.stages) {
        g.widen.kernel = g.widen.kernel.clone() + w.widen.kernel * weight_decay;
        g.residual.kernel = g.residual.kernel.clone() + w.residual.kernel * weight_decay;
    }
    gradient.head_weight = gradient.head_weight + net.head_weight * weight_decay;
    CifarGradient {
        loss,
        gradient,
        running,
    }
    // END SOLUTION
}

/// One step: augmentation by the draws, the gradient, the rate of this step, and Nesterov's momentum,
///
/// ```text
/// v <- momentum v + g        w <- w - lr (g + momentum v)
/// ```
///
/// which [`Sgd`] computes. `g` has the weight decay in it already.
///
/// - `x`: `[n, c, height, width]`, normalised; `draws`: as in [`pad_crop_flip`].
/// - `steps`: those of the whole run; [`CifarState::step`] counts those that were made.
pub fn recipe_step(
    state: CifarState,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    draws: Vec<CropFlip>,
    recipe: CifarRecipe,
    steps: usize,
) -> CifarStep {
    // BEGIN SOLUTION A2.9 recipe_step
    let x = pad_crop_flip(x, draws, recipe.padding, true);
    let (smoothing, weight_decay) = (recipe.smoothing, recipe.weight_decay);
    let net = state.net.clone();
    let batch = recipe_gradient(net, state.running, x, labels, smoothing, weight_decay);
    let sgd = Sgd {
        momentum: recipe.momentum,
        nesterov: true,
        ..Sgd::new(recipe_lr(recipe, state.step, steps))
    };
    let (net, velocity) = sgd.step(state.net, batch.gradient, state.velocity);
    CifarStep {
        state: CifarState {
            net,
            velocity,
            running: batch.running,
            step: state.step + 1,
        },
        loss: batch.loss,
    }
    // END SOLUTION
}

/// A whole run: both sets are normalised, a network is drawn, and each epoch goes through the training pictures once in an
/// order of its own, `batch_size` at a time, the last batch with what is left. Every picture gets a new draw in each
/// epoch: `top` and `left` uniform from 0 to `2 padding`, `flip` with probability 1/2 if the recipe flips.
///
/// All random numbers come from [`Rng::new(seed)`](Rng::new), in an order of your choice. After each epoch the error on the
/// test pictures is measured, in evaluation and without augmentation, and nothing else is done with them: with
/// other test pictures or labels the network ends with the same bits.
///
/// - `losses`: for each epoch the mean over its pictures of the loss that the steps saw; the last batch may be smaller.
/// - `test_errors`: for each epoch the share of test pictures whose most probable class is not their label.
pub fn train_recipe(
    train: CifarPictures,
    test: CifarPictures,
    classes: usize,
    recipe: CifarRecipe,
    seed: u64,
) -> CifarTraining {
    // BEGIN SOLUTION A2.9 train_recipe
    let pictures = cifar_normalise(train.x, test.x);
    let (x, test_x) = (pictures.train, pictures.test);
    let [n, channels, _, _] = x.dims();
    let steps = recipe.epochs * n.div_ceil(recipe.batch_size);
    let mut rng = Rng::new(seed);
    let net = cifar_init(recipe.widths.clone(), channels, classes, rng.next_u64())
        .map(&mut |tensor| tensor.to_device(&x.device()).cast(x.dtype()));
    let mut state = CifarState::new(net);
    let (mut losses, mut test_errors) = (Vec::new(), Vec::new());
    for _ in 0..recipe.epochs {
        let mut sum = 0.0;
        for batch in rng.permutation(n).chunks(recipe.batch_size) {
            let draws = batch.iter().map(|_| draw(&mut rng, &recipe)).collect();
            let rows: Vec<i64> = batch.iter().map(|&i| i as i64).collect();
            let rows = Tensor::from_data(TensorData::new(rows, [batch.len()]), &x.device());
            let images = x.clone().select(0, rows.clone());
            let labels = train.labels.clone().select(0, rows);
            let step = recipe_step(state, images, labels, draws, recipe.clone(), steps);
            state = step.state;
            sum += step.loss * batch.len() as f64;
        }
        losses.push(sum / n as f64);
        test_errors.push(error(&state, test_x.clone(), test.labels.clone(), &recipe));
    }
    CifarTraining {
        state,
        losses,
        test_errors,
    }
    // END SOLUTION
}

/// The probabilities of the classes, in evaluation, computed by `batch_size` pictures at a time, so that memory for so
/// many is enough. How many they are makes no difference to any picture.
///
/// - `x`: `[n, c, height, width]`, normalised. Gives `[n, classes]`, the softmax of the logits.
pub fn cifar_predict(
    net: CifarNet,
    running: Vec<CifarRunning>,
    x: Tensor<4>,
    batch_size: usize,
) -> Tensor<2> {
    // BEGIN SOLUTION A2.9 cifar_predict
    let batches = x.split(batch_size, 0).into_iter().map(|batch| {
        let forward = cifar_forward(net.clone(), running.clone(), batch, false);
        activation::softmax(forward.logits, 1)
    });
    Tensor::cat(batches.collect(), 0)
    // END SOLUTION
}

// BEGIN SOLUTION
/// The keys of a recipe.
const KEYS: [&str; 10] = [
    "widths",
    "epochs",
    "batch_size",
    "peak_lr",
    "warmup",
    "momentum",
    "weight_decay",
    "smoothing",
    "padding",
    "flip",
];

/// The keys and values of a text, each key once.
struct Entries<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Entries<'a> {
    fn read(text: &'a str) -> Result<Self, String> {
        let mut entries: Vec<(&str, &str)> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else {
                return Err(format!("line {number} is not `key = value`: {line}"));
            };
            let (key, value) = (key.trim(), value.trim());
            if !KEYS.contains(&key) {
                return Err(format!("line {number}: a recipe has no `{key}`"));
            }
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(format!("line {number}: `{key}` is there twice"));
            }
            entries.push((key, value));
        }
        Ok(Self(entries))
    }

    fn value(&self, key: &str) -> Result<&'a str, String> {
        let entry = self.0.iter().find(|(known, _)| *known == key);
        let (_, value) = entry.ok_or_else(|| format!("`{key}` is missing"))?;
        Ok(value)
    }

    fn get<T: std::str::FromStr>(
        &self,
        key: &str,
        kind: &str,
        allowed: impl Fn(&T) -> bool,
    ) -> Result<T, String> {
        let value = self.value(key)?;
        let parsed = value.parse().ok().filter(allowed);
        parsed.ok_or_else(|| format!("`{key}` is {value}, and should be {kind}"))
    }

    fn widths(&self) -> Result<Vec<usize>, String> {
        let value = self.value("widths")?;
        let inside = value.strip_prefix('[').and_then(|v| v.strip_suffix(']'));
        let numbers = inside.unwrap_or_default().split(',');
        let widths: Option<Vec<usize>> = numbers
            .map(|width| width.trim().parse().ok().filter(|width| *width >= 1))
            .collect();
        widths.ok_or_else(|| format!("`widths` is {value}, and should be like [32, 64]"))
    }
}

fn new_layer(rng: &mut Rng, inputs: usize, width: usize) -> CifarConv {
    let kernel = kaiming_normal(rng, [width, inputs, 3, 3], 9 * inputs);
    let beta = rng.tensor([width], |_| 0.0);
    CifarConv {
        kernel,
        gamma: beta.ones_like(),
        beta,
    }
}

fn conv_norm_relu(
    x: Tensor<4>,
    layer: CifarConv,
    running: CifarRunning,
    training: bool,
) -> (Tensor<4>, CifarRunning) {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let x = conv2d(x, layer.kernel, None, &options);
    let [n, c, h, w] = x.dims();
    if training {
        let (y, mean, variance) = batch_norm2d(x, layer.gamma, layer.beta, CIFAR_EPS);
        let (mean, variance) = detach((mean, variance));
        let count = (n * h * w) as f64;
        let after =
            |old: Tensor<1>, new: Tensor<1>| old * (1.0 - CIFAR_MOMENTUM) + new * CIFAR_MOMENTUM;
        let moved = CifarRunning {
            mean: after(running.mean, mean),
            variance: after(running.variance, variance * (count / (count - 1.0))),
        };
        return (activation::relu(y), moved);
    }
    // The same as gamma (x - mean) / root + beta, with two operations on the whole batch instead of four.
    let scale = layer.gamma / (running.variance.clone() + CIFAR_EPS).sqrt();
    let shift = layer.beta - running.mean.clone() * scale.clone();
    let per_channel = |v: Tensor<1>| v.reshape([1, c, 1, 1]);
    let y = x * per_channel(scale) + per_channel(shift);
    (activation::relu(y), running)
}

/// The mean and the variance of each channel over pictures and pixels, `[1, c, 1, 1]`.
fn moments(x: Tensor<4>) -> (Tensor<4>, Tensor<4>) {
    let over_all = |x: Tensor<4>| x.mean_dim(3).mean_dim(2).mean_dim(0);
    let mean = over_all(x.clone());
    let variance = over_all((x - mean.clone()).square());
    (mean, variance)
}

fn draw(rng: &mut Rng, recipe: &CifarRecipe) -> CropFlip {
    CropFlip {
        top: rng.between(0, 2 * recipe.padding),
        left: rng.between(0, 2 * recipe.padding),
        flip: recipe.flip && rng.below(2) == 1,
    }
}

fn error(state: &CifarState, x: Tensor<4>, labels: Tensor<1, Int>, recipe: &CifarRecipe) -> f64 {
    let (net, running) = (state.net.clone(), state.running.clone());
    let answers = cifar_predict(net, running, x, recipe.batch_size).argmax(1);
    let (answers, labels) = (answers.into_data(), labels.into_data());
    let pairs = answers.iter::<i64>().zip(labels.iter::<i64>());
    let wrong = pairs.filter(|(answer, label)| answer != label).count();
    wrong as f64 / labels.num_elements() as f64
}
// END SOLUTION
