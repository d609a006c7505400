//! A2.10 once more: every learned tensor is a leaf and its rate may be absent; histograms by vectors of gradients.

use std::collections::{BTreeMap, BTreeSet};

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use common::contract::a2::*;
use common::nn::value_and_gradient;
use common::rng::Rng;

use super::cifar::nine_products;

pub fn table() -> TransferTable {
    TransferTable {
        freeze,
        extract_features,
        replace_head,
        linear_probe,
        discriminative_groups,
        fine_tune,
        knn_probe,
        hog,
        save_weights,
        load_weights,
    }
}

fn under(name: &str, prefix: &str) -> bool {
    name == prefix || name.starts_with(&(prefix.to_string() + "."))
}

fn freeze(names: Vec<String>, prefixes: Vec<String>) -> Result<Vec<bool>, String> {
    let mut used = BTreeSet::new();
    let mut frozen = vec![false; names.len()];
    for (name, frozen) in names.iter().zip(&mut frozen) {
        for prefix in prefixes.iter().filter(|prefix| under(name, prefix)) {
            *frozen = true;
            used.insert(prefix);
        }
    }
    match prefixes.iter().find(|prefix| !used.contains(prefix)) {
        None => Ok(frozen),
        Some(prefix) => Err(format!("what is {prefix}?")),
    }
}

type Weights = BTreeMap<String, NamedTensor>;

fn by_name(weights: &[NamedTensor]) -> Weights {
    let pairs = weights
        .iter()
        .map(|tensor| (tensor.name.clone(), tensor.clone()));
    pairs.collect()
}

/// Channels last on the way, first in the end.
fn network(weights: &Weights, x: Tensor<4>) -> Tensor<2> {
    let mut x = x.permute([0, 2, 3, 1]);
    for k in ["1", "2"] {
        let kernel = &weights[&format!("conv{k}.kernel")];
        let shape = [kernel.shape[0], kernel.shape[1], 3, 3];
        let [n, h, w, _] = x.dims();
        let y = nine_products(x, &kernel.values.clone().reshape(shape));
        let row = |name: &str| -> Tensor<2> {
            let values = weights[&format!("norm{k}.{name}")].values.clone();
            values.unsqueeze()
        };
        let scale = row("gamma") / (row("variance") + TRANSFER_EPS).sqrt();
        let y = relu((y - row("mean")) * scale + row("beta"));
        let y = y.reshape([n, h, w, shape[0]]);
        let (h, w) = (h / 2, w / 2);
        let even = y.slice([0..n, 0..2 * h, 0..2 * w]);
        let windows: Tensor<6> = even.reshape([n, h, 2, w, 2, shape[0]]);
        x = windows.max_dim(2).max_dim(4).reshape([n, h, w, shape[0]]);
    }
    let [n, h, w, c] = x.dims();
    x.permute([0, 3, 1, 2]).reshape([n, c * h * w])
}

fn extract_features(weights: Vec<NamedTensor>, x: Tensor<4>, batch_size: usize) -> Tensor<2> {
    let weights = by_name(&weights);
    let n = x.dims()[0];
    let starts = (0..n).step_by(batch_size);
    let parts = starts.map(|i| network(&weights, x.clone().slice(i..n.min(i + batch_size))));
    Tensor::cat(parts.collect(), 0)
}

fn replace_head(weights: Vec<NamedTensor>, classes: usize, seed: u64) -> Vec<NamedTensor> {
    let mut weights = weights;
    for tensor in &mut weights {
        if tensor.name == "head.bias" {
            tensor.values = tensor
                .values
                .clone()
                .slice(0..1)
                .zeros_like()
                .repeat_dim(0, classes);
            tensor.shape = vec![classes];
        } else if tensor.name == "head.weight" {
            let d = tensor.shape[0];
            let drawn = Rng::new(seed).normal_tensor([d * classes]) / (d as f64).sqrt();
            tensor.values = drawn.cast(tensor.values.dtype());
            tensor.shape = vec![d, classes];
        }
    }
    weights
}

fn linear_probe(
    features: Tensor<2>,
    labels: Tensor<1, Int>,
    settings: ProbeSettings,
) -> LinearHead {
    let [_, d] = features.dims();
    let like = (&features.device(), features.dtype());
    // Bias and weights are one matrix, and a feature of ones.
    let [n, _] = features.dims();
    let x = Tensor::cat(vec![features.clone(), Tensor::ones([n, 1], like)], 1);
    let decays = Tensor::cat(
        vec![Tensor::ones([d, 1], like), Tensor::zeros([1, 1], like)],
        0,
    );
    let mut w: Tensor<2> = Tensor::zeros([d + 1, settings.classes], like);
    for _ in 0..settings.steps {
        let (_, gradient) = value_and_gradient(&w, |w| {
            let log_p = log_softmax(x.clone().matmul(w.clone()), 1);
            let right = log_p.gather(1, labels.clone().unsqueeze_dim(1));
            let penalty = (w.clone().square() * decays.clone()).sum();
            penalty * (0.5 * settings.weight_decay) - right.mean()
        });
        w = w - gradient * settings.lr;
    }
    LinearHead {
        weight: w.clone().slice(0..d),
        bias: w.slice(d..d + 1).reshape([-1]),
    }
}

fn discriminative_groups(prefixes: Vec<String>, lr: f64, factor: f64) -> Vec<ParameterGroup> {
    let mut groups = Vec::new();
    let mut rate = lr;
    for prefix in prefixes.into_iter().rev() {
        groups.insert(0, ParameterGroup { prefix, lr: rate });
        rate /= factor;
    }
    groups
}

fn fine_tune(
    weights: Vec<NamedTensor>,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    settings: FineTuneSettings,
) -> Result<Vec<NamedTensor>, String> {
    let learned = |name: &str| !(name.ends_with("mean") || name.ends_with("variance"));
    let mut idle: Vec<&String> = settings.groups.iter().map(|group| &group.prefix).collect();
    let mut rates = Vec::new();
    for tensor in &weights {
        let mut fit = settings
            .groups
            .iter()
            .filter(|group| under(&tensor.name, &group.prefix));
        if learned(&tensor.name) {
            idle.retain(|prefix| !under(&tensor.name, prefix));
            rates.push(fit.next().map(|group| group.lr));
        } else {
            rates.push(None);
        }
    }
    if let Some(prefix) = idle.first() {
        return Err(format!("{prefix} trains nothing"));
    }
    let mut weights = weights;
    let mut velocities: Vec<Option<Tensor<1>>> = vec![None; weights.len()];
    for batch in &settings.batches {
        let rows: Vec<i32> = batch.iter().map(|&i| i as i32).collect();
        let rows: Tensor<1, Int> =
            Tensor::from_data(TensorData::new(rows, [batch.len()]), &x.device());
        let own = labels.clone().select(0, rows.clone());
        let pictures = x.clone().select(0, rows);
        let (_, gradients) = value_and_gradient(&weights, |weights| {
            let weights = by_name(weights);
            let head = &weights["head.weight"];
            let matrix = head.values.clone().reshape([head.shape[0], head.shape[1]]);
            let bias = weights["head.bias"].values.clone();
            let logits = network(&weights, pictures).matmul(matrix) + bias.unsqueeze();
            let right = log_softmax(logits, 1).gather(1, own.unsqueeze_dim(1));
            right.mean().neg()
        });
        for (i, gradient) in gradients.into_iter().enumerate() {
            let Some(lr) = rates[i] else { continue };
            let w = weights[i].values.clone();
            let g = gradient.values + w.clone() * settings.weight_decay;
            let v = match velocities[i].take() {
                None => g,
                Some(v) => g + v * settings.momentum,
            };
            weights[i].values = w - v.clone() * lr;
            velocities[i] = Some(v);
        }
    }
    Ok(weights)
}

fn knn_probe(known: Tensor<2>, labels: Vec<usize>, features: Tensor<2>, k: usize) -> Vec<usize> {
    let [m, d] = known.dims();
    let known: Vec<f64> = known.into_data().iter().collect();
    let queries: Vec<f64> = features.into_data().iter().collect();
    let answer = |query: &[f64]| {
        let distance = |i: usize| -> f64 {
            let row = &known[i * d..(i + 1) * d];
            row.iter().zip(query).map(|(a, b)| (a - b).powi(2)).sum()
        };
        let mut left: Vec<(f64, usize)> = (0..m).map(|i| (distance(i), labels[i])).collect();
        let mut votes: Vec<(usize, usize)> = vec![];
        for _ in 0..k.min(m) {
            let mut nearest = 0;
            for i in 1..left.len() {
                if left[i].0 < left[nearest].0 {
                    nearest = i;
                }
            }
            let (_, class) = left.remove(nearest);
            match votes.iter_mut().find(|(known, _)| *known == class) {
                Some((_, count)) => *count += 1,
                None => votes.push((class, 1)),
            }
        }
        // The last of the greatest, from behind: the first.
        let best = votes.iter().rev().max_by_key(|(_, count)| *count);
        best.map_or(0, |(class, _)| *class)
    };
    queries.chunks(d).map(answer).collect()
}

fn hog(x: Tensor<4>, cell: usize, bins: usize) -> Tensor<2> {
    let [n, _, h, w] = x.dims();
    let up = Tensor::cat(vec![x.clone().slice([0..n, 0..1, 0..1]), x.clone()], 2);
    let down = Tensor::cat(vec![x.clone(), x.clone().slice([0..n, 0..1, h - 1..h])], 2);
    let gy = (down.slice([0..n, 0..1, 1..h + 1]) - up.slice([0..n, 0..1, 0..h])) / 2.0;
    let left = Tensor::cat(
        vec![x.clone().slice([0..n, 0..1, 0..h, 0..1]), x.clone()],
        3,
    );
    let right = Tensor::cat(
        vec![x.clone(), x.clone().slice([0..n, 0..1, 0..h, w - 1..w])],
        3,
    );
    let to = [0..n, 0..1, 0..h, 1..w + 1];
    let gx = (right.slice(to) - left.slice([0..n, 0..1, 0..h, 0..w])) / 2.0;
    let (rows, columns) = (h / cell, w / cell);
    let gx: Vec<f64> = gx.to_data().iter().collect();
    let gy: Vec<f64> = gy.to_data().iter().collect();
    let mut cells = vec![vec![0.0; bins]; n * rows * columns];
    for i in 0..gx.len() {
        let (picture, row, column) = (i / (h * w), i / w % h, i % w);
        if row / cell >= rows || column / cell >= columns {
            continue;
        }
        let (mut a, mut b) = (gx[i], gy[i]);
        if b < 0.0 || (b == 0.0 && a < 0.0) {
            (a, b) = (-a, -b);
        }
        let angle = b.atan2(a).abs();
        let place = angle * bins as f64 / std::f64::consts::PI + bins as f64 - 0.5;
        let lower = place as usize;
        let histogram = &mut cells[(picture * rows + row / cell) * columns + column / cell];
        let length = (a * a + b * b).sqrt();
        histogram[lower % bins] += length * (1.0 + lower as f64 - place);
        histogram[(lower + 1) % bins] += length * (place - lower as f64);
    }
    let mut features = Vec::new();
    for picture in cells.chunks(rows * columns) {
        for i in 0..(rows - 1) * (columns - 1) {
            let corner = i / (columns - 1) * columns + i % (columns - 1);
            let four = [0, 1, columns, columns + 1].map(|step| picture[corner + step].clone());
            let block = four.concat();
            let square = block.iter().fold(HOG_EPS.powi(2), |sum, v| sum + v * v);
            features.extend(block.iter().map(|v| v / square.sqrt()));
        }
    }
    let d = features.len() / n;
    Tensor::from_data(TensorData::new(features, [n, d]), (&x.device(), x.dtype()))
}

fn save_weights(weights: Vec<NamedTensor>) -> Vec<u8> {
    let word = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    let mut parts = vec![b"WGT1".to_vec(), word(weights.len())];
    for NamedTensor {
        name,
        shape,
        values,
    } in weights
    {
        parts.push(word(name.len()));
        parts.push(name.into_bytes());
        parts.push(word(shape.len()));
        parts.extend(shape.into_iter().map(word));
        let numbers: Vec<f64> = values.into_data().iter().collect();
        parts.extend(numbers.iter().map(|x| x.to_le_bytes().to_vec()));
    }
    parts.concat()
}

fn load_weights(bytes: Vec<u8>) -> Result<Vec<NamedTensor>, String> {
    let short = || "too short".to_string();
    let mut at: usize = 0;
    let mut take = |n: usize| {
        let end = at.checked_add(n)?;
        let part = bytes.get(at..end)?;
        at = end;
        Some(part.to_vec())
    };
    fn word(bytes: Option<Vec<u8>>) -> Result<usize, String> {
        let four: [u8; 4] = bytes.and_then(|b| b.try_into().ok()).ok_or("too short")?;
        Ok(u32::from_le_bytes(four) as usize)
    }
    if take(4).ok_or_else(short)? != b"WGT1" {
        return Err("no weights".into());
    }
    let count = word(take(4))?;
    let (mut names, mut all) = (BTreeSet::new(), vec![]);
    for _ in 0..count {
        let length = word(take(4))?;
        let name = take(length).ok_or_else(short)?;
        let name = std::str::from_utf8(&name)
            .map_err(|e| e.to_string())?
            .to_string();
        let axes = word(take(4))?;
        let mut shape = vec![];
        for _ in 0..axes {
            shape.push(word(take(4))?);
        }
        let numbers = shape
            .iter()
            .try_fold(8usize, |product, n| product.checked_mul(*n));
        let raw = numbers.and_then(&mut take).ok_or_else(short)?;
        let values: Vec<f64> = raw
            .chunks_exact(8)
            .map(|eight| f64::from_le_bytes(eight.try_into().expect("eight bytes")))
            .collect();
        if !names.insert(name.clone()) {
            return Err(format!("two {name}"));
        }
        let data = TensorData::new(values.clone(), [values.len()]);
        all.push(NamedTensor {
            name,
            shape,
            values: Tensor::from_data(data, (&Device::flex(), DType::F64)),
        });
    }
    if at == bytes.len() {
        Ok(all)
    } else {
        Err("too long".into())
    }
}
