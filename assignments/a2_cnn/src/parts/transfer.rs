//! A2.10 Transfer learning.
//!
//! A network that was trained on one task has learned features that serve another, for which there are few labels. Here
//! the network is a list of [`NamedTensor`]s, as files of weights are, and is used in four ways: its features under a
//! linear classifier, under nearest neighbours, fine-tuned, and, as the yardstick, replaced by the features that people
//! designed by hand before.
//!
//! The network has two blocks and a head:
//!
//! ```text
//! x <- pool(relu(norm1(conv1(x))))        3 x 3, padding 1, stride 1, no bias; the largest of each 2 x 2
//! x <- pool(relu(norm2(conv2(x))))        the same
//! features = x, flattened to [n, d]       d = c2 (height / 4) (width / 4), channel by channel, row by row
//! logits = features head.weight + head.bias
//!
//! norm(x) = gamma (x - mean) / sqrt(variance + TRANSFER_EPS) + beta        for each channel
//! ```
//!
//! `mean` and `variance` are always the running statistics that the pre-training left. Fifty pictures are too few to
//! estimate them anew, so they stay as they are, bit for bit, also while everything else is trained.

use burn::tensor::{DType, Device, Int, Tensor, TensorData, activation};
use common::contract::a2::{
    FineTuneSettings, HOG_EPS, LinearHead, NamedTensor, ParameterGroup, ProbeSettings, TRANSFER_EPS,
};
use common::nn::{ConvOptions, Sgd, conv2d, cross_entropy, max_pool2d, value_and_gradient};
use common::rng::Rng;

/// Which tensors are frozen: for each name whether one of the prefixes is its beginning.
///
/// A prefix covers whole parts of a name: `conv1` is the beginning of `conv1.kernel` and of `conv1`, but not of
/// `conv10.kernel`.
///
/// # Errors
/// When no name begins with one of the prefixes; the text has that prefix in it. A slip of the pen in a prefix would
/// otherwise train what should stay.
pub fn freeze(names: Vec<String>, prefixes: Vec<String>) -> Result<Vec<bool>, String> {
    // BEGIN SOLUTION A2.10 freeze
    for prefix in &prefixes {
        if !names.iter().any(|name| begins(name, prefix)) {
            return Err(format!("no tensor's name begins with `{prefix}`"));
        }
    }
    let frozen = |name: &String| prefixes.iter().any(|prefix| begins(name, prefix));
    Ok(names.iter().map(frozen).collect())
    // END SOLUTION
}

/// What the head of the network sees of each picture, as described at the top of this file.
///
/// It is computed by `batch_size` pictures at a time, and how many they are makes no difference. Features that are
/// computed once and kept are what lets a classifier on top of them be trained in seconds.
///
/// - `weights`: the network; its tensors are found by their names, in whatever order they are.
/// - `x`: `[n, c, height, width]`. Gives `[n, d]`.
pub fn extract_features(weights: Vec<NamedTensor>, x: Tensor<4>, batch_size: usize) -> Tensor<2> {
    // BEGIN SOLUTION A2.10 extract_features
    let batches = x.split(batch_size, 0);
    let features = batches.into_iter().map(|batch| features(&weights, batch));
    Tensor::cat(features.collect(), 0)
    // END SOLUTION
}

/// The network with a new head: `head.weight` `[d, classes]` drawn with mean 0 and variance `1 / d`, `head.bias`
/// `[classes]` of zeros. All other tensors come out as they are, and all are in their old places.
///
/// - The draws are normal, from [`Rng::new(seed)`](Rng::new). The new tensors have the device and the element type of
///   the old ones.
pub fn replace_head(weights: Vec<NamedTensor>, classes: usize, seed: u64) -> Vec<NamedTensor> {
    // BEGIN SOLUTION A2.10 replace_head
    let mut rng = Rng::new(seed);
    let renew = |tensor: NamedTensor| {
        let like = (&tensor.values.device(), tensor.values.dtype());
        match tensor.name.as_str() {
            "head.weight" => {
                let d = tensor.shape[0];
                let deviation = (1.0 / d as f64).sqrt();
                let drawn = rng.tensor([d, classes], |rng| deviation * rng.normal());
                NamedTensor::new("head.weight", drawn.to_device(like.0).cast(like.1))
            }
            "head.bias" => NamedTensor::new("head.bias", Tensor::<1>::zeros([classes], like)),
            _ => tensor,
        }
    };
    weights.into_iter().map(renew).collect()
    // END SOLUTION
}

/// Multinomial logistic regression on features that stay as they are: gradient descent from zeros on the mean
/// cross-entropy, all samples in each step.
///
/// ```text
/// p = softmax(features weight + bias)
/// weight <- weight - lr (features^T (p - onehot) / n + weight_decay weight)
/// bias   <- bias   - lr (the mean over the samples of p - onehot)
/// ```
///
/// - `features`: `[n, d]`; `labels`: `[n]`. Gives `weight` `[d, classes]`, `bias` `[classes]`.
pub fn linear_probe(
    features: Tensor<2>,
    labels: Tensor<1, Int>,
    settings: ProbeSettings,
) -> LinearHead {
    // BEGIN SOLUTION A2.10 linear_probe
    let [n, d] = features.dims();
    let like = (&features.device(), features.dtype());
    let wanted = labels.one_hot::<2>(settings.classes).float().cast(like.1);
    let mut weight = Tensor::zeros([d, settings.classes], like);
    let mut bias = Tensor::zeros([1, settings.classes], like);
    for _ in 0..settings.steps {
        let logits = features.clone().matmul(weight.clone()) + bias.clone();
        let off = (activation::softmax(logits, 1) - wanted.clone()) / n as f64;
        let gradient = features.clone().transpose().matmul(off.clone());
        weight = weight.clone() - (gradient + weight * settings.weight_decay) * settings.lr;
        bias = bias - off.sum_dim(0) * settings.lr;
    }
    LinearHead {
        weight,
        bias: bias.squeeze_dim(0),
    }
    // END SOLUTION
}

/// One group for each prefix, with discriminative rates: the last gets `lr`, and each one before it the rate of the one
/// behind it over `factor`. What is near the input is general and changes least.
///
/// - `prefixes`: from the input to the output.
///
/// Source: Howard & Ruder, "Universal language model fine-tuning" (2018), section 3.2, where `factor` is 2.6.
pub fn discriminative_groups(prefixes: Vec<String>, lr: f64, factor: f64) -> Vec<ParameterGroup> {
    // BEGIN SOLUTION A2.10 discriminative_groups
    let behind = (0..prefixes.len() as i32).rev();
    let groups = prefixes.into_iter().zip(behind);
    groups
        .map(|(prefix, behind)| ParameterGroup {
            prefix,
            lr: lr / factor.powi(behind),
        })
        .collect()
    // END SOLUTION
}

/// Trains some tensors of the network on few samples and leaves all others as they are, bit for bit.
///
/// A learned tensor is trained if its name begins with the prefix of a group, as in [`freeze`], with the rate of the
/// first such group. What begins with none is frozen, and so are the running statistics, `mean` and `variance`, in any
/// group. There is one step for each of `settings.batches`, on the mean cross-entropy of the logits of these samples. For each
/// trained tensor `w`, with a velocity `v` of its own that starts at zero,
///
/// ```text
/// g <- gradient + weight_decay w        v <- momentum v + g        w <- w - lr v
/// ```
///
/// - `x`: `[n, c, height, width]`; `labels`: `[n]`; each batch is a list of indices into them.
/// - Gives all tensors, in their order.
///
/// # Errors
/// When no learned tensor begins with the prefix of a group; the text has that prefix in it.
pub fn fine_tune(
    weights: Vec<NamedTensor>,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    settings: FineTuneSettings,
) -> Result<Vec<NamedTensor>, String> {
    // BEGIN SOLUTION A2.10 fine_tune
    for ParameterGroup { prefix, .. } in &settings.groups {
        if !weights
            .iter()
            .any(|w| is_learned(w) && begins(&w.name, prefix))
        {
            return Err(format!("nothing to train begins with `{prefix}`"));
        }
    }
    let rate = |w: &NamedTensor| {
        let group = settings.groups.iter().find(|g| begins(&w.name, &g.prefix));
        group.filter(|_| is_learned(w)).map(|group| group.lr)
    };
    let (mut trained, frozen): (Vec<_>, Vec<_>) =
        weights.iter().cloned().partition(|w| rate(w).is_some());
    let mut velocities: Vec<Tensor<1>> = trained.iter().map(|w| w.values.zeros_like()).collect();
    for batch in &settings.batches {
        let rows: Vec<i64> = batch.iter().map(|&i| i as i64).collect();
        let rows = Tensor::from_data(TensorData::new(rows, [batch.len()]), &x.device());
        let (x, labels) = (
            x.clone().select(0, rows.clone()),
            labels.clone().select(0, rows),
        );
        let (_, gradients) = value_and_gradient(&trained, |trained| {
            let all = [trained.as_slice(), &frozen].concat();
            cross_entropy(logits(&all, x), labels, 0.0)
        });
        for ((w, v), g) in trained.iter_mut().zip(&mut velocities).zip(gradients) {
            let sgd = Sgd {
                momentum: settings.momentum,
                weight_decay: settings.weight_decay,
                ..Sgd::new(rate(w).unwrap_or_default())
            };
            (w.values, *v) = sgd.step(w.values.clone(), g.values, v.clone());
        }
    }
    let after = |w: NamedTensor| {
        trained
            .iter()
            .find(|t| t.name == w.name)
            .cloned()
            .unwrap_or(w)
    };
    Ok(weights.into_iter().map(after).collect())
    // END SOLUTION
}

/// The class of each row of `features` by the vote of its `k` nearest neighbours, by Euclidean distance, among the rows
/// of `known`.
///
/// Of rows at the same distance the earlier one is nearer. With fewer than `k` known rows all vote. Of classes with as
/// many votes, the one of the nearest neighbour among them wins.
///
/// - `known`: `[m, d]`; `labels`: the class of each of its rows; `features`: `[n, d]`. Gives `n` classes.
///
/// Source: Cover & Hart, "Nearest neighbor pattern classification" (1967).
pub fn knn_probe(
    known: Tensor<2>,
    labels: Vec<usize>,
    features: Tensor<2>,
    k: usize,
) -> Vec<usize> {
    // BEGIN SOLUTION A2.10 knn_probe
    let m = labels.len();
    // The rows one by one: all differences at once would be n m d numbers.
    let distances = known.split(1, 0).into_iter().map(|row| {
        let squares = (features.clone() - row).square();
        squares.sum_dim(1)
    });
    let distances: Vec<f64> = Tensor::cat(distances.collect(), 1)
        .into_data()
        .iter()
        .collect();
    distances
        .chunks(m)
        .map(|distances| {
            let mut order: Vec<usize> = (0..m).collect();
            order.sort_by(|&i, &j| distances[i].total_cmp(&distances[j]));
            let votes: Vec<usize> = order.iter().take(k).map(|&i| labels[i]).collect();
            majority(&votes)
        })
        .collect()
    // END SOLUTION
}

/// Histograms of oriented gradients, the features that people designed before networks learned them.
///
/// 1. At each pixel the gradient is half the difference of its neighbours, `gx = (x[i, j + 1] - x[i, j - 1]) / 2` and `gy`
///    likewise along the rows; over the edge the pixel at the edge stands in for the missing one. It has a length
///    `sqrt(gx^2 + gy^2)` and an angle `atan2(gy, gx)`, of which only the line counts: it is taken modulo pi.
/// 2. Each cell of `cell` x `cell` pixels has a histogram of `bins` angles; pixels that fill no cell are left out. The
///    centre of bin `b` is at `(b + 1/2) pi / bins`. A pixel gives its length to the two bins whose centres its
///    angle is between, the more the nearer, the last and the first bin being neighbours.
/// 3. Each block of 2 x 2 cells is a vector `v` of `4 bins` numbers: upper left, upper right, lower left, lower right. It
///    is divided by `sqrt(|v|^2 + HOG_EPS^2)`. Blocks begin at every cell but the last of a row and of a column.
///
/// - `x`: `[n, 1, height, width]`, of two cells or more each way. Gives `[n, blocks x 4 bins]`, block by block, row by row.
///
/// Source: Dalal & Triggs, "Histograms of oriented gradients for human detection" (2005).
pub fn hog(x: Tensor<4>, cell: usize, bins: usize) -> Tensor<2> {
    // BEGIN SOLUTION A2.10 hog
    let [n, _, h, w] = x.dims();
    let like = (&x.device(), x.dtype());
    let pixels: Vec<f64> = x.to_data().iter().collect();
    let (rows, columns) = (h / cell, w / cell);
    let mut features = Vec::new();
    for picture in pixels.chunks(h * w) {
        let cells = histograms(picture, [h, w], cell, bins);
        for top in 0..rows - 1 {
            for left in 0..columns - 1 {
                let at = |i, j| &cells[((top + i) * columns + left + j) * bins..][..bins];
                let block = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)].concat();
                let square: f64 = block.iter().map(|v| v * v).sum();
                let length = (square + HOG_EPS * HOG_EPS).sqrt();
                features.extend(block.iter().map(|v| v / length));
            }
        }
    }
    let d = (rows - 1) * (columns - 1) * 4 * bins;
    Tensor::from_data(TensorData::new(features, [n, d]), like)
    // END SOLUTION
}

/// The network as bytes, in a layout that other programs can read.
///
/// The four letters `WGT1`, the number of tensors, and for each tensor: the length of its name in bytes, its name in UTF-8,
/// the number of axes, the size of each axis, and the numbers in double precision. Whole numbers are `u32`; everything
/// is little endian.
pub fn save_weights(weights: Vec<NamedTensor>) -> Vec<u8> {
    // BEGIN SOLUTION A2.10 save_weights
    let mut bytes = b"WGT1".to_vec();
    let write = |n: usize, bytes: &mut Vec<u8>| bytes.extend((n as u32).to_le_bytes());
    write(weights.len(), &mut bytes);
    for tensor in weights {
        write(tensor.name.len(), &mut bytes);
        bytes.extend(tensor.name.as_bytes());
        write(tensor.shape.len(), &mut bytes);
        for size in tensor.shape {
            write(size, &mut bytes);
        }
        for value in tensor.values.to_data().iter::<f64>() {
            bytes.extend(value.to_le_bytes());
        }
    }
    bytes
    // END SOLUTION
}

/// The network that [`save_weights`] wrote, every bit of it, in double precision on the CPU.
///
/// # Errors
/// A text that says what is wrong, never a panic, whatever the bytes are: they do not begin with `WGT1`, they end too
/// early, some are left over, a name is not UTF-8, or two tensors have the same name. A size that the file merely states takes no
/// memory before the bytes are seen to be there.
pub fn load_weights(bytes: Vec<u8>) -> Result<Vec<NamedTensor>, String> {
    // BEGIN SOLUTION A2.10 load_weights
    let mut file = Unread(&bytes);
    if file.take(4)? != b"WGT1" {
        return Err("this is no file of weights: it does not begin with WGT1".into());
    }
    let mut weights: Vec<NamedTensor> = Vec::new();
    for _ in 0..file.number()? {
        let tensor = file.tensor()?;
        if weights.iter().any(|known| known.name == tensor.name) {
            return Err(format!("`{}` is there twice", tensor.name));
        }
        weights.push(tensor);
    }
    match file.0.len() {
        0 => Ok(weights),
        left => Err(format!("{left} bytes are left over")),
    }
    // END SOLUTION
}

// BEGIN SOLUTION
/// Whether the first parts of `name` are `prefix`.
fn begins(name: &str, prefix: &str) -> bool {
    let rest = name.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_learned(tensor: &NamedTensor) -> bool {
    !tensor.name.ends_with(".mean") && !tensor.name.ends_with(".variance")
}

/// The tensor called `name`, in its shape.
fn named<const D: usize>(weights: &[NamedTensor], name: &str) -> Tensor<D> {
    let found = weights.iter().find(|tensor| tensor.name == name);
    let tensor = found.unwrap_or_else(|| panic!("the network has no tensor `{name}`"));
    let shape: [usize; D] = std::array::from_fn(|axis| tensor.shape[axis]);
    tensor.values.clone().reshape(shape)
}

fn features(weights: &[NamedTensor], x: Tensor<4>) -> Tensor<2> {
    let x = block(weights, "1", x);
    block(weights, "2", x).flatten(1, 3)
}

fn block(weights: &[NamedTensor], number: &str, x: Tensor<4>) -> Tensor<4> {
    let options = ConvOptions {
        padding: [1, 1],
        ..ConvOptions::default()
    };
    let kernel = named(weights, &format!("conv{number}.kernel"));
    let x = conv2d(x, kernel, None, &options);
    let statistic = |name: &str| {
        let values: Tensor<1> = named(weights, &format!("norm{number}.{name}"));
        values.reshape([1, -1, 1, 1])
    };
    let root = (statistic("variance") + TRANSFER_EPS).sqrt();
    let normalised = (x - statistic("mean")) / root;
    let y = normalised * statistic("gamma") + statistic("beta");
    max_pool2d(activation::relu(y), [2, 2], [2, 2])
}

fn logits(weights: &[NamedTensor], x: Tensor<4>) -> Tensor<2> {
    let bias: Tensor<1> = named(weights, "head.bias");
    features(weights, x).matmul(named(weights, "head.weight")) + bias.unsqueeze()
}

/// The class with the most votes; of several the one that comes first.
fn majority(votes: &[usize]) -> usize {
    let count = |class: usize| votes.iter().filter(|vote| **vote == class).count();
    let most = votes.iter().map(|&vote| count(vote)).max();
    let first = votes.iter().find(|vote| Some(count(**vote)) == most);
    *first.expect("a vote")
}

/// The histogram of each cell of a picture, row by row.
fn histograms(picture: &[f64], [h, w]: [usize; 2], cell: usize, bins: usize) -> Vec<f64> {
    let (rows, columns) = (h / cell, w / cell);
    let at = |i: usize, j: usize| picture[i.min(h - 1) * w + j.min(w - 1)];
    let mut cells = vec![0.0; rows * columns * bins];
    for i in 0..rows * cell {
        for j in 0..columns * cell {
            let gx = (at(i, j + 1) - at(i, j.saturating_sub(1))) / 2.0;
            let gy = (at(i + 1, j) - at(i.saturating_sub(1), j)) / 2.0;
            let angle = gy.atan2(gx).rem_euclid(std::f64::consts::PI);
            // Where the angle is, counted in bins from the centre of the first.
            let place = angle / std::f64::consts::PI * bins as f64 - 0.5;
            let below = place.floor();
            let share = place - below;
            let lower = (below as i64).rem_euclid(bins as i64) as usize;
            let upper = (lower + 1) % bins;
            let histogram = &mut cells[(i / cell * columns + j / cell) * bins..][..bins];
            histogram[lower] += gx.hypot(gy) * (1.0 - share);
            histogram[upper] += gx.hypot(gy) * share;
        }
    }
    cells
}

/// The bytes of a file that are still to be read.
struct Unread<'a>(&'a [u8]);

impl<'a> Unread<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let (head, tail) = self
            .0
            .split_at_checked(n)
            .ok_or("the file ends too early")?;
        self.0 = tail;
        Ok(head)
    }

    fn number(&mut self) -> Result<usize, String> {
        let bytes = self.take(4)?.try_into().expect("four bytes");
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn tensor(&mut self) -> Result<NamedTensor, String> {
        let length = self.number()?;
        let name = String::from_utf8(self.take(length)?.to_vec());
        let name = name.map_err(|_| "a name is not UTF-8")?;
        let mut shape = Vec::new();
        let mut bytes: usize = 8;
        for _ in 0..self.number()? {
            let size = self.number()?;
            bytes = bytes.checked_mul(size).ok_or("a tensor is too large")?;
            shape.push(size);
        }
        let (numbers, _) = self.take(bytes)?.as_chunks::<8>();
        let values: Vec<f64> = numbers.iter().map(|n| f64::from_le_bytes(*n)).collect();
        let count = values.len();
        let like = (&Device::flex(), DType::F64);
        Ok(NamedTensor {
            name,
            shape,
            values: Tensor::from_data(TensorData::new(values, [count]), like),
        })
    }
}
// END SOLUTION
