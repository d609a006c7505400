//! What the answers of A2.10 should be.

use burn::tensor::Tensor;
use common::contract::a2::NamedTensor;
use common::rng::Rng;

use super::array::{tensor, values};
use super::tape::{Tape, Var, softmax};
use super::tape_maps::{Moments, TapeMaps, linear};

/// What is added to a variance, as the contract says.
const EPS: f64 = 1e-5;
/// The length of an empty block, as the contract says.
const HOG_EPS: f64 = 1e-3;

/// A tensor of the oracle's own.
#[derive(Debug, Clone)]
pub struct Named {
    /// `conv1.kernel`
    pub name: String,
    /// The size of each axis.
    pub shape: Vec<usize>,
    /// The numbers.
    pub values: Vec<f64>,
}

impl Named {
    /// Whether it is learned.
    pub fn is_learned(&self) -> bool {
        !["mean", "variance"].contains(&self.name.rsplit('.').next().unwrap_or_default())
    }

    /// Whether the parts of `prefix` are its first parts.
    pub fn begins(&self, prefix: &str) -> bool {
        let parts: Vec<&str> = self.name.split('.').collect();
        let first: Vec<&str> = prefix.split('.').collect();
        parts.starts_with(&first)
    }
}

/// A network of random numbers, all statistics of it away from 0 and 1. `d` is what a picture has left: c2 pixels.
pub fn network(
    rng: &mut Rng,
    [channels, c1, c2]: [usize; 3],
    d: usize,
    classes: usize,
) -> Vec<Named> {
    let mut all = Vec::new();
    let mut add = |name: String, shape: Vec<usize>, draw: &mut dyn FnMut() -> f64| {
        let values = (0..shape.iter().product()).map(|_| draw()).collect();
        all.push(Named {
            name,
            shape,
            values,
        });
    };
    for (k, from, to) in [(1, channels, c1), (2, c1, c2)] {
        let deviation = (2.0 / (9 * from) as f64).sqrt();
        let kernel = vec![to, from, 3, 3];
        add(format!("conv{k}.kernel"), kernel, &mut || {
            deviation * rng.normal()
        });
        add(format!("norm{k}.gamma"), vec![to], &mut || {
            rng.uniform(0.5, 1.5)
        });
        add(format!("norm{k}.beta"), vec![to], &mut || {
            0.5 * rng.normal()
        });
        add(format!("norm{k}.mean"), vec![to], &mut || {
            0.3 * rng.normal()
        });
        add(format!("norm{k}.variance"), vec![to], &mut || {
            rng.uniform(0.5, 2.0)
        });
    }
    add("head.weight".into(), vec![d, classes], &mut || {
        0.5 * rng.normal()
    });
    add("head.bias".into(), vec![classes], &mut || rng.normal());
    all
}

/// As the contract has them.
pub fn contract(network: &[Named]) -> Vec<NamedTensor> {
    let each = network.iter().map(|named| NamedTensor {
        name: named.name.clone(),
        shape: named.shape.clone(),
        values: tensor(named.values.clone(), [named.values.len()]),
    });
    each.collect()
}

struct Pass<'a> {
    tape: Tape,
    /// The learned tensors on the tape, with their names.
    leaves: Vec<(&'a str, Vec<Var>)>,
    network: &'a [Named],
}

impl<'a> Pass<'a> {
    fn new(network: &'a [Named]) -> Self {
        Self {
            tape: Tape::new(),
            leaves: vec![],
            network,
        }
    }

    fn leaf(&mut self, name: &str) -> Vec<Var> {
        let named = find(self.network, name);
        let leaf = self.tape.inputs(&named.values);
        self.leaves.push((&named.name, leaf.clone()));
        leaf
    }

    fn features(&mut self, x: &Tensor<4>) -> Vec<Vec<Var>> {
        let mut x = TapeMaps::on(&mut self.tape, x);
        for k in 1..=2 {
            let kernel = self.leaf(&format!("conv{k}.kernel"));
            let [gamma, beta] = ["gamma", "beta"].map(|name| self.leaf(&format!("norm{k}.{name}")));
            let moments = Moments {
                mean: find(self.network, &format!("norm{k}.mean")).values.clone(),
                variance: find(self.network, &format!("norm{k}.variance"))
                    .values
                    .clone(),
                count: 0,
            };
            x = x.convolved(&mut self.tape, &kernel, gamma.len());
            x = x.normalised(&mut self.tape, [&gamma, &beta], &moments, EPS, false);
            x = x.relu(&mut self.tape).pooled(&self.tape);
        }
        x.rows()
    }
}

fn find<'a>(network: &'a [Named], name: &str) -> &'a Named {
    let found = network.iter().find(|named| named.name == name);
    found.expect("the networks of these checks have all tensors")
}

/// The features of each picture.
pub fn features(network: &[Named], x: &Tensor<4>) -> Tensor<2> {
    let mut pass = Pass::new(network);
    let rows = pass.features(x);
    let d = rows.first().map_or(0, Vec::len);
    let all = rows.iter().flat_map(|row| pass.tape.values(row)).collect();
    tensor(all, [rows.len(), d])
}

/// What fine-tuning is made with.
pub struct Tuning<'a> {
    /// Prefixes and rates.
    pub groups: &'a [(&'a str, f64)],
    /// The share of the velocity that is kept.
    pub momentum: f64,
    /// L2 on all that is trained.
    pub weight_decay: f64,
}

/// The network after one step for each batch.
pub fn fine_tuned(
    network: &[Named],
    x: &Tensor<4>,
    labels: &[usize],
    batches: &[Vec<usize>],
    tuning: &Tuning,
) -> Vec<Named> {
    let mut network = network.to_vec();
    let mut velocities: Vec<Vec<f64>> = network
        .iter()
        .map(|named| vec![0.0; named.values.len()])
        .collect();
    for batch in batches {
        let pictures = batch.iter().map(|&i| x.clone().slice(i..i + 1));
        let pictures = Tensor::cat(pictures.collect(), 0);
        let own: Vec<usize> = batch.iter().map(|&i| labels[i]).collect();
        let before = network.clone();
        let mut pass = Pass::new(&before);
        let rows = pass.features(&pictures);
        let [weight, bias] = ["head.weight", "head.bias"].map(|name| pass.leaf(name));
        let logits = linear(&mut pass.tape, &rows, &weight, &bias);
        let loss = pass.tape.cross_entropy(&logits, &own, 0.0);
        for (named, velocity) in network.iter_mut().zip(&mut velocities) {
            let group = tuning
                .groups
                .iter()
                .find(|(prefix, _)| named.begins(prefix));
            let Some((_, lr)) = group.filter(|_| named.is_learned()) else {
                continue;
            };
            let leaf = pass.leaves.iter().find(|(name, _)| *name == named.name);
            let (_, leaf) = leaf.expect("every learned tensor is on the tape");
            let gradient = pass.tape.gradient(loss, leaf);
            for ((w, v), g) in named.values.iter_mut().zip(velocity).zip(gradient) {
                *v = tuning.momentum * *v + g + tuning.weight_decay * *w;
                *w -= lr * *v;
            }
        }
    }
    network
}

/// Logistic regression by loops: `weight` `[d, classes]` and `bias`.
pub fn probe(
    features: &Tensor<2>,
    labels: &[usize],
    classes: usize,
    [lr, weight_decay]: [f64; 2],
    steps: usize,
) -> (Vec<f64>, Vec<f64>) {
    let [n, d] = features.dims();
    let x = values(features);
    let (mut weight, mut bias) = (vec![0.0; d * classes], vec![0.0; classes]);
    for _ in 0..steps {
        let mut dweight: Vec<f64> = weight.iter().map(|w| weight_decay * w).collect();
        let mut dbias = vec![0.0; classes];
        for (row, &label) in x.chunks(d).zip(labels) {
            let logit = |c: usize| {
                let products = row
                    .iter()
                    .enumerate()
                    .map(|(j, x)| x * weight[j * classes + c]);
                bias[c] + products.sum::<f64>()
            };
            let logits: Vec<f64> = (0..classes).map(logit).collect();
            for (c, p) in softmax(&logits).into_iter().enumerate() {
                let off = (p - if c == label { 1.0 } else { 0.0 }) / n as f64;
                dbias[c] += off;
                for (j, x) in row.iter().enumerate() {
                    dweight[j * classes + c] += off * x;
                }
            }
        }
        weight
            .iter_mut()
            .zip(dweight)
            .for_each(|(w, g)| *w -= lr * g);
        bias.iter_mut().zip(dbias).for_each(|(b, g)| *b -= lr * g);
    }
    (weight, bias)
}

/// Nearest neighbours one query after the other.
pub fn neighbours(known: &[Vec<f64>], labels: &[usize], query: &[f64], k: usize) -> usize {
    let mut order: Vec<(f64, usize)> = known
        .iter()
        .enumerate()
        .map(|(i, row)| {
            let squares = row.iter().zip(query).map(|(a, b)| (a - b) * (a - b));
            (squares.sum::<f64>(), i)
        })
        .collect();
    order.sort_by(|a, b| a.partial_cmp(b).expect("finite distances"));
    order.truncate(k);
    let mut best = (0, 0);
    for &(_, i) in &order {
        let votes = order
            .iter()
            .filter(|(_, j)| labels[*j] == labels[i])
            .count();
        if votes > best.0 {
            best = (votes, labels[i]);
        }
    }
    best.1
}

/// Histograms of oriented gradients, block by block: each pixel's share of a bin is one less the distance of its angle
/// from the bin's centre, counted in bins around the half circle.
pub fn hog(x: &Tensor<4>, cell: usize, bins: usize) -> Tensor<2> {
    let [n, _, height, width] = x.dims();
    let pixels = values(x);
    let (rows, columns) = (height / cell, width / cell);
    let mut all = Vec::new();
    for picture in pixels.chunks(height * width) {
        let at = |i: isize, j: isize| {
            let i = i.clamp(0, height as isize - 1) as usize;
            picture[i * width + j.clamp(0, width as isize - 1) as usize]
        };
        let vote = |i: usize, j: usize, bin: usize| {
            let (i, j) = (i as isize, j as isize);
            let gx = 0.5 * (at(i, j + 1) - at(i, j - 1));
            let gy = 0.5 * (at(i + 1, j) - at(i - 1, j));
            let mut angle = gy.atan2(gx);
            if angle < 0.0 {
                angle += std::f64::consts::PI;
            }
            let centre = (bin as f64 + 0.5) / bins as f64 * std::f64::consts::PI;
            let apart = (angle - centre).abs() / std::f64::consts::PI;
            let around = apart.min(1.0 - apart) * bins as f64;
            (gx * gx + gy * gy).sqrt() * (1.0 - around).max(0.0)
        };
        for top in 0..rows - 1 {
            for left in 0..columns - 1 {
                let mut block = Vec::with_capacity(4 * bins);
                for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    for bin in 0..bins {
                        let (i0, j0) = ((top + a) * cell, (left + b) * cell);
                        let of_row = |i: usize| (j0..j0 + cell).map(move |j| (i, j));
                        let places = (i0..i0 + cell).flat_map(of_row);
                        block.push(places.map(|(i, j)| vote(i, j, bin)).sum());
                    }
                }
                let square: f64 = block.iter().map(|v: &f64| v * v).sum();
                let length = (square + HOG_EPS.powi(2)).sqrt();
                all.extend(block.iter().map(|v| v / length));
            }
        }
    }
    let d = all.len() / n.max(1);
    tensor(all, [n, d])
}

/// The layout of a file of weights.
pub fn bytes(network: &[Named]) -> Vec<u8> {
    let mut out = Vec::from(*b"WGT1");
    let number = |n: usize| (n as u32).to_le_bytes();
    out.extend(number(network.len()));
    for named in network {
        out.extend(number(named.name.len()));
        out.extend(named.name.bytes());
        out.extend(number(named.shape.len()));
        out.extend(named.shape.iter().flat_map(|&size| number(size)));
        out.extend(named.values.iter().flat_map(|value| value.to_le_bytes()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertical_edge_is_in_the_bins_beside_zero() {
        // Columns 0, 0, 2, 2: gx = 1 in the middle columns, angle 0, half way between the last bin and the first.
        let picture = [0.0, 0.0, 2.0, 2.0].repeat(4);
        let got = values(&hog(&tensor(picture, [1, 1, 4, 4]), 2, 2));
        // Each of four cells has 2 pixels of length 1, half in each of two bins: 8 equal numbers.
        let want = 1.0 / (8.0f64 + 1e-6).sqrt();
        assert!(got.iter().all(|v| (v - want).abs() < 1e-12), "{got:?}");
        assert_eq!(got.len(), 8);
    }

    #[test]
    fn of_equal_votes_the_nearest_wins() {
        let known = [vec![3.0], vec![1.0], vec![-2.0], vec![-4.0]];
        assert_eq!(neighbours(&known, &[7, 5, 7, 5], &[0.0], 4), 5);
        assert_eq!(neighbours(&known, &[7, 5, 7, 5], &[0.0], 3), 7);
    }

    #[test]
    fn prefixes_cover_whole_parts() {
        let named = |name: &str| Named {
            name: name.into(),
            shape: vec![],
            values: vec![],
        };
        assert!(named("conv1.kernel").begins("conv1"));
        assert!(!named("conv10.kernel").begins("conv1"));
        assert!(!named("norm1.mean").is_learned());
    }
}
