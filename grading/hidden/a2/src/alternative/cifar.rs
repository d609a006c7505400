//! A2.9 once more: channels last, a convolution as nine matrix products, momentum written out.

use std::collections::BTreeMap;

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Int, Tensor, TensorData};
use common::contract::a2::*;
use common::nn::{Parameters, detach, tensors, value_and_gradient_with};
use common::rng::Rng;

pub fn table() -> CifarTable {
    CifarTable {
        cifar_recipe,
        parse_recipe,
        cifar_budget,
        cifar_init,
        cifar_forward,
        cifar_normalise,
        pad_crop_flip,
        recipe_lr,
        recipe_gradient,
        recipe_step,
        train_recipe,
        cifar_predict,
    }
}

fn cifar_recipe() -> String {
    let small = [
        ("flip", "false"),
        ("padding", "0"),
        ("smoothing", "0"),
        ("weight_decay", "0"),
        ("momentum", "0"),
        ("warmup", "0"),
        ("peak_lr", "1"),
        ("batch_size", "2"),
        ("epochs", "1"),
        ("widths", "[1]"),
    ];
    small
        .map(|(key, value)| format!("{key}={value}\n"))
        .concat()
}

/// What is left of a recipe's text: values by their keys.
struct Left(BTreeMap<String, String>);

impl Left {
    fn number(&mut self, key: &str, low: f64, below: f64) -> Result<f64, String> {
        let text = self.0.remove(key).ok_or(format!("no {key}"))?;
        match text.parse::<f64>() {
            Ok(x) if x >= low && x < below => Ok(x),
            _ => Err(format!("{key} cannot be {text}")),
        }
    }

    fn whole(&mut self, key: &str, low: usize) -> Result<usize, String> {
        let text = self.0.remove(key).ok_or(format!("no {key}"))?;
        whole(&text, low).ok_or(format!("{key} cannot be {text}"))
    }
}

fn whole(text: &str, low: usize) -> Option<usize> {
    text.parse().ok().filter(|n| *n >= low)
}

fn parse_recipe(text: String) -> Result<CifarRecipe, String> {
    let mut left = Left(BTreeMap::new());
    for (i, line) in text.lines().enumerate() {
        let end = line.find('#').unwrap_or(line.len());
        let line = line[..end].trim();
        if line.is_empty() {
            continue;
        }
        let Some(at) = line.find('=') else {
            return Err(format!("line {} has no equals sign", i + 1));
        };
        let (key, value) = (line[..at].trim(), line[at + 1..].trim());
        if left.0.insert(key.into(), value.into()).is_some() {
            return Err(format!("{key} twice"));
        }
    }
    let list = left.0.remove("widths").ok_or("no widths")?;
    let inside = list
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'));
    let widths = inside.and_then(|inside| {
        let each = inside.split(',').map(|width| whole(width.trim(), 1));
        each.collect::<Option<Vec<usize>>>()
    });
    let recipe = CifarRecipe {
        widths: widths.ok_or(format!("widths cannot be {list}"))?,
        epochs: left.whole("epochs", 1)?,
        batch_size: left.whole("batch_size", 2)?,
        peak_lr: left.number("peak_lr", f64::MIN_POSITIVE, f64::INFINITY)?,
        warmup: left.number("warmup", 0.0, 1.0)?,
        momentum: left.number("momentum", 0.0, 1.0)?,
        weight_decay: left.number("weight_decay", 0.0, f64::INFINITY)?,
        smoothing: left.number("smoothing", 0.0, 1.0)?,
        padding: left.whole("padding", 0)?,
        flip: match left.0.remove("flip").as_deref() {
            Some("true") => true,
            Some("false") => false,
            other => return Err(format!("flip cannot be {other:?}")),
        },
    };
    match left.0.keys().next() {
        None => Ok(recipe),
        Some(key) => Err(format!("what is {key}?")),
    }
}

/// Layers as inputs, outputs, and the size that they are computed at.
fn layers(widths: &[usize], channels: usize, side: usize) -> Vec<[usize; 3]> {
    let before = [&[channels], widths].concat();
    let each = widths.iter().enumerate().flat_map(|(k, &width)| {
        let size = side >> k;
        [[before[k], width, size], [width, width, size / 2]]
    });
    each.collect()
}

fn cifar_budget(widths: Vec<usize>, channels: usize, classes: usize, side: usize) -> CifarBudget {
    let layers = layers(&widths, channels, side);
    let last = widths.last().copied().unwrap_or(channels);
    let weights = |[a, b, _]: [usize; 3]| 9 * a * b;
    let numbers = layers.iter().map(|layer| weights(*layer) + 2 * layer[1]);
    let products = layers
        .iter()
        .map(|layer| weights(*layer) * layer[2] * layer[2]);
    CifarBudget {
        parameters: numbers.sum::<usize>() + last * classes + classes,
        multiply_accumulates: products.sum::<usize>() + last * classes,
    }
}

fn cifar_init(widths: Vec<usize>, channels: usize, classes: usize, seed: u64) -> CifarNet {
    let mut rng = Rng::new(seed);
    let last = widths.last().copied().unwrap_or(channels);
    let head_weight = rng.normal_tensor([last, classes]) / (last as f64).sqrt();
    let mut convs = layers(&widths, channels, 0)
        .into_iter()
        .map(|[a, b, _]| CifarConv {
            kernel: rng.normal_tensor([b, a, 3, 3]) * (2.0 / 9.0 / a as f64).sqrt(),
            gamma: rng.tensor([b], |_| 1.0),
            beta: rng.tensor([b], |_| 0.0),
        });
    let mut stages = Vec::new();
    while let (Some(widen), Some(residual)) = (convs.next(), convs.next()) {
        stages.push(CifarStage { widen, residual });
    }
    drop(convs);
    CifarNet {
        stages,
        head_weight,
        head_bias: rng.tensor([classes], |_| 0.0),
    }
}

/// A convolution of 3 x 3, padding 1, of `[n, h, w, c]`: for each place in the window a product. Gives `[n h w, outputs]`.
pub(super) fn nine_products(x: Tensor<4>, kernel: &Tensor<4>) -> Tensor<2> {
    let [n, h, w, c] = x.dims();
    let outputs = kernel.dims()[0];
    let like = (&x.device(), x.dtype());
    let column = Tensor::zeros([n, h, 1, c], like);
    let row = Tensor::zeros([n, 1, w + 2, c], like);
    let x = Tensor::cat(vec![column.clone(), x, column], 2);
    let x = Tensor::cat(vec![row.clone(), x, row], 1);
    let term = |p: usize, q: usize| {
        let shifted = x.clone().slice([0..n, p..p + h, q..q + w]);
        let weights = kernel.clone().slice([0..outputs, 0..c, p..p + 1, q..q + 1]);
        let weights = weights.reshape([outputs, c]).transpose();
        shifted.reshape([n * h * w, c]).matmul(weights)
    };
    let rest = (1..9).map(|i| term(i / 3, i % 3));
    rest.fold(term(0, 0), |sum, term| sum + term)
}

/// `[n, h, w, c]`, convolved, normalised and rectified.
fn layer(
    x: Tensor<4>,
    conv: &CifarConv,
    old: &CifarRunning,
    training: bool,
) -> (Tensor<4>, CifarRunning) {
    let [n, h, w, _] = x.dims();
    let (rows, outputs) = (n * h * w, conv.gamma.dims()[0]);
    let y = nine_products(x, &conv.kernel);
    let (mean, variance, running) = if training {
        let mean = y.clone().mean_dim(0);
        let variance = (y.clone() - mean.clone()).square().sum_dim(0) / rows as f64;
        let new: (Tensor<1>, Tensor<1>) = detach((
            mean.clone().squeeze_dim(0),
            variance.clone().squeeze_dim(0) * rows as f64 / (rows as f64 - 1.0),
        ));
        let running = CifarRunning {
            mean: old.mean.clone() + (new.0 - old.mean.clone()) * CIFAR_MOMENTUM,
            variance: old.variance.clone() + (new.1 - old.variance.clone()) * CIFAR_MOMENTUM,
        };
        (mean, variance, running)
    } else {
        let (mean, variance) = (old.mean.clone(), old.variance.clone());
        (mean.unsqueeze(), variance.unsqueeze(), old.clone())
    };
    let hat = (y - mean) / (variance + CIFAR_EPS).sqrt();
    let y = hat * conv.gamma.clone().unsqueeze() + conv.beta.clone().unsqueeze();
    (relu(y).reshape([n, h, w, outputs]), running)
}

fn cifar_forward(
    net: CifarNet,
    running: Vec<CifarRunning>,
    x: Tensor<4>,
    training: bool,
) -> CifarForward {
    let mut x = x.permute([0, 2, 3, 1]);
    let mut after = Vec::new();
    for (stage, old) in net.stages.iter().zip(running.chunks(2)) {
        let (wide, first) = layer(x, &stage.widen, &old[0], training);
        let [n, h, w, c] = wide.dims();
        let pairs: Tensor<6> = wide.reshape([n, h / 2, 2, w / 2, 2, c]);
        let pooled = pairs.max_dim(4).max_dim(2).reshape([n, h / 2, w / 2, c]);
        let (residual, second) = layer(pooled.clone(), &stage.residual, &old[1], training);
        x = residual + pooled;
        after.extend([first, second]);
    }
    let [n, h, w, c] = x.dims();
    let features = x.reshape([n, h * w, c]).mean_dim(1).reshape([n, c]);
    CifarForward {
        logits: features.matmul(net.head_weight) + net.head_bias.unsqueeze(),
        running: after,
    }
}

fn cifar_normalise(train: Tensor<4>, test: Tensor<4>) -> NormalisedPictures {
    let [n, c, h, w] = train.dims();
    let rows = train.clone().swap_dims(0, 1).reshape([c, n * h * w]);
    let mean = rows.clone().mean_dim(1);
    let std = (rows - mean.clone()).powi_scalar(2).mean_dim(1).sqrt();
    let (mean, std): (Tensor<1>, Tensor<1>) = (mean.squeeze_dim(1), std.squeeze_dim(1));
    let flat = std.clone().lower_elem(1e-8).float().cast(std.dtype());
    let divisor = std.clone() * (flat.ones_like() - flat.clone()) + flat;
    let scaled = |x: Tensor<4>| {
        let off = x - mean.clone().reshape([1, c, 1, 1]);
        off / divisor.clone().reshape([1, c, 1, 1])
    };
    NormalisedPictures {
        train: scaled(train),
        test: scaled(test),
        mean: mean.clone(),
        std: std.clone(),
    }
}

fn pad_crop_flip(x: Tensor<4>, draws: Vec<CropFlip>, padding: usize, training: bool) -> Tensor<4> {
    match training {
        true => crate::oracle::cifar::augmented(&x, &draws, padding),
        false => x,
    }
}

fn recipe_lr(recipe: CifarRecipe, step: usize, steps: usize) -> f64 {
    let rising = (recipe.warmup * steps as f64).floor() as usize;
    match step.checked_sub(rising) {
        None => recipe.peak_lr / rising as f64 * (step as f64 + 1.0),
        Some(falling) => {
            let angle = std::f64::consts::PI * falling as f64 / (steps - rising) as f64;
            0.5 * recipe.peak_lr + 0.5 * recipe.peak_lr * angle.cos()
        }
    }
}

fn recipe_gradient(
    net: CifarNet,
    running: Vec<CifarRunning>,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    smoothing: f64,
    weight_decay: f64,
) -> CifarGradient {
    let ((loss, running), gradient) = value_and_gradient_with(&net, |net| {
        let out = cifar_forward(net.clone(), running, x, true);
        let [n, classes] = out.logits.dims();
        let hot = labels
            .one_hot::<2>(classes)
            .float()
            .cast(out.logits.dtype());
        let targets = hot * (1.0 - smoothing) + smoothing / classes as f64;
        let loss = (log_softmax(out.logits, 1) * targets).sum() / -(n as f64);
        (loss, out.running)
    });
    // Kernels and matrices are longer than vectors of as many outputs: told by where they are.
    let weights = tensors(&net);
    let last = weights.len() - 2;
    let mut at = 0;
    let gradient = gradient.map(&mut |g| {
        let i = at;
        at += 1;
        let decays = if i < last { i % 3 == 0 } else { i == last };
        g + weights[i].clone() * if decays { weight_decay } else { 0.0 }
    });
    CifarGradient {
        loss,
        gradient,
        running,
    }
}

fn recipe_step(
    state: CifarState,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    draws: Vec<CropFlip>,
    recipe: CifarRecipe,
    steps: usize,
) -> CifarStep {
    let x = pad_crop_flip(x, draws, recipe.padding, true);
    let lr = recipe_lr(recipe.clone(), state.step, steps);
    let mu = recipe.momentum;
    let (s, wd) = (recipe.smoothing, recipe.weight_decay);
    let batch = recipe_gradient(state.net.clone(), state.running, x, labels, s, wd);
    let mut gradients = tensors(&batch.gradient).into_iter();
    let velocity = state
        .velocity
        .map(&mut |v| v * mu + gradients.next().expect("a gradient"));
    let mut moves = tensors(&batch.gradient).into_iter().zip(tensors(&velocity));
    let net = state.net.map(&mut |w| {
        let (g, v) = moves.next().expect("a gradient");
        w - g * lr - v * (lr * mu)
    });
    CifarStep {
        loss: batch.loss,
        state: CifarState {
            net,
            velocity,
            running: batch.running,
            step: state.step + 1,
        },
    }
}

fn train_recipe(
    train: CifarPictures,
    test: CifarPictures,
    classes: usize,
    recipe: CifarRecipe,
    seed: u64,
) -> CifarTraining {
    let normal = cifar_normalise(train.x, test.x);
    let [n, channels, ..] = normal.train.dims();
    let mut state = CifarState::new(cifar_init(recipe.widths.clone(), channels, classes, seed));
    let mut rng = Rng::new(!seed);
    let per_epoch = n.div_ceil(recipe.batch_size);
    let (mut losses, mut test_errors) = (vec![], vec![]);
    for _ in 0..recipe.epochs {
        // All draws of the epoch first, then its order, by sorting random numbers.
        let draws: Vec<CropFlip> = (0..n)
            .map(|_| CropFlip {
                flip: rng.unit() < 0.5 && recipe.flip,
                left: rng.below(2 * recipe.padding + 1),
                top: rng.below(2 * recipe.padding + 1),
            })
            .collect();
        let mut keys: Vec<(u64, usize)> = (0..n).map(|i| (rng.next_u64(), i)).collect();
        keys.sort_unstable();
        let mut loss = 0.0;
        for part in keys.chunks(recipe.batch_size) {
            let rows: Vec<i64> = part.iter().map(|(_, i)| *i as i64).collect();
            let own = part.iter().map(|(_, i)| draws[*i].clone()).collect();
            let rows =
                Tensor::from_data(TensorData::new(rows, [part.len()]), &normal.train.device());
            let step = recipe_step(
                state,
                normal.train.clone().select(0, rows.clone()),
                train.labels.clone().select(0, rows),
                own,
                recipe.clone(),
                recipe.epochs * per_epoch,
            );
            state = step.state;
            loss += step.loss * part.len() as f64 / n as f64;
        }
        losses.push(loss);
        let (net, running) = (state.net.clone(), state.running.clone());
        let p = cifar_predict(net, running, normal.test.clone(), 3);
        let answers = p.argmax(1).into_data().iter::<i64>().collect::<Vec<_>>();
        let labels = test.labels.to_data().iter::<i64>().collect::<Vec<_>>();
        let wrong = answers.iter().zip(&labels).filter(|(a, l)| a != l).count();
        test_errors.push(wrong as f64 / labels.len() as f64);
    }
    CifarTraining {
        state,
        losses,
        test_errors,
    }
}

fn cifar_predict(
    net: CifarNet,
    running: Vec<CifarRunning>,
    x: Tensor<4>,
    batch_size: usize,
) -> Tensor<2> {
    let n = x.dims()[0];
    let mut rows = Vec::new();
    for start in (0..n).step_by(batch_size) {
        let part = x.clone().slice(start..n.min(start + batch_size));
        let logits = cifar_forward(net.clone(), running.clone(), part, false).logits;
        rows.push(log_softmax(logits, 1).exp());
    }
    Tensor::cat(rows, 0)
}
