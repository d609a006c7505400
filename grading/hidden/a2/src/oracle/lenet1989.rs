//! A2.4: the network of 1989 unit by unit, and back-propagation through it by hand.

use common::contract::a2::Lenet1989Parameters;
use common::rng::Rng;

use super::array::tensor;

/// The planes of H1 that each plane of H2 sees.
pub const SEEN: [[usize; 8]; 12] = [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 2, 3, 4, 5, 6, 7],
    [4, 5, 6, 7, 8, 9, 10, 11],
    [4, 5, 6, 7, 8, 9, 10, 11],
    [4, 5, 6, 7, 8, 9, 10, 11],
    [4, 5, 6, 7, 8, 9, 10, 11],
    [0, 1, 2, 3, 8, 9, 10, 11],
    [0, 1, 2, 3, 8, 9, 10, 11],
    [0, 1, 2, 3, 8, 9, 10, 11],
    [0, 1, 2, 3, 8, 9, 10, 11],
];

/// `A tanh(S a)`, by the exponential function.
pub fn squash(a: f64) -> f64 {
    let e = (-4.0 * a / 3.0).exp();
    1.7159 * (1.0 - e) / (1.0 + e)
}

/// The slope of `squash` where its value is `y`.
fn slope(y: f64) -> f64 {
    1.7159 * 2.0 / 3.0 * (1.0 - (y / 1.7159).powi(2))
}

/// A layer of twelve planes that looks at planes.
struct PlaneLayer {
    /// Rows and columns of a plane of this layer; those of the layer below are twice as many.
    rows: usize,
    columns: usize,
    /// The planes below that each plane sees.
    seen: Vec<Vec<usize>>,
}

impl PlaneLayer {
    /// Calls `f` for each line between a unit and what it sees: the unit, the weight, and the unit below, or none where
    /// there is background.
    fn lines(&self, mut f: impl FnMut(usize, usize, Option<usize>)) {
        let (h, w) = (2 * self.rows as i64, 2 * self.columns as i64);
        for (plane, seen) in self.seen.iter().enumerate() {
            for i in 0..self.rows {
                for j in 0..self.columns {
                    let unit = (plane * self.rows + i) * self.columns + j;
                    for (k, &below) in seen.iter().enumerate() {
                        for p in 0..5 {
                            for q in 0..5 {
                                let weight = ((plane * seen.len() + k) * 5 + p) * 5 + q;
                                let (y, x) = ((2 * i + p) as i64 - 2, (2 * j + q) as i64 - 2);
                                let inside = (0..h).contains(&y) && (0..w).contains(&x);
                                let index = (below as i64 * h + y) * w + x;
                                f(unit, weight, inside.then_some(index as usize));
                            }
                        }
                    }
                }
            }
        }
    }

    fn sums(&self, x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
        let mut a = bias.to_vec();
        self.lines(|unit, w, below| a[unit] += weight[w] * below.map_or(-1.0, |b| x[b]));
        a
    }

    /// The gradients by weights, biases and what is below, from those by the outputs `y`.
    fn backward(&self, x: &[f64], weight: &[f64], y: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
        let da: Vec<f64> = dy.iter().zip(y).map(|(dy, y)| dy * slope(*y)).collect();
        let (mut dweight, mut dx) = (vec![0.0; weight.len()], vec![0.0; x.len()]);
        self.lines(|unit, w, below| {
            dweight[w] += da[unit] * below.map_or(-1.0, |b| x[b]);
            if let Some(b) = below {
                dx[b] += da[unit] * weight[w];
            }
        });
        [dweight, da, dx]
    }
}

/// The sums of a layer in which every unit sees all of the layer below, by `weight[i * units + j]`.
pub fn full(x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<f64> {
    let units = bias.len();
    let sum = |j: usize| {
        (0..x.len())
            .map(|i| x[i] * weight[i * units + j])
            .sum::<f64>()
    };
    (0..units).map(|j| sum(j) + bias[j]).collect()
}

/// As [`PlaneLayer::backward`].
fn full_backward(x: &[f64], weight: &[f64], y: &[f64], dy: &[f64]) -> [Vec<f64>; 3] {
    let da: Vec<f64> = dy.iter().zip(y).map(|(dy, y)| dy * slope(*y)).collect();
    let units = da.len();
    let dweight = x
        .iter()
        .flat_map(|x| da.iter().map(move |da| x * da))
        .collect();
    let dx = (0..x.len())
        .map(|i| (0..units).map(|j| da[j] * weight[i * units + j]).sum())
        .collect();
    [dweight, da, dx]
}

/// The network, its parameters in the order of the contract.
#[derive(Debug, Clone)]
pub struct Network {
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Weights and biases of H1, H2, H3 and the output layer.
    pub values: [Vec<f64>; 8],
}

impl Network {
    /// Random parameters with which the units are neither asleep nor saturated.
    pub fn random(rng: &mut Rng, height: usize, width: usize) -> Self {
        let shapes = Self::lengths(height, width);
        let inputs = [25, 1, 200, 1, shapes[3], 1, 30, 1];
        let values = std::array::from_fn(|i| {
            let scale = if inputs[i] == 1 {
                0.5
            } else {
                1.0 / (inputs[i] as f64).sqrt()
            };
            (0..shapes[i]).map(|_| scale * rng.normal()).collect()
        });
        Self {
            height,
            width,
            values,
        }
    }

    /// How many numbers each parameter has.
    pub fn lengths(height: usize, width: usize) -> [usize; 8] {
        let (h1, h2) = (3 * height * width, 3 * height * width / 4);
        [300, h1, 2400, h2, 30 * h2, 30, 300, 10]
    }

    /// As the contract has them.
    pub fn parameters(&self) -> Lenet1989Parameters {
        let [a, b, c, d, e, f, g, h] = self.values.clone();
        let (height, width) = (self.height, self.width);
        let n2 = d.len();
        Lenet1989Parameters {
            h1_weight: tensor(a, [12, 1, 5, 5]),
            h1_bias: tensor(b, [12, height / 2, width / 2]),
            h2_weight: tensor(c, [12, 8, 5, 5]),
            h2_bias: tensor(d, [12, height / 4, width / 4]),
            h3_weight: tensor(e, [n2, 30]),
            h3_bias: tensor(f, [30]),
            out_weight: tensor(g, [30, 10]),
            out_bias: tensor(h, [10]),
        }
    }

    fn planes(&self) -> [PlaneLayer; 2] {
        let layer = |shrink: usize, seen: Vec<Vec<usize>>| PlaneLayer {
            rows: self.height / shrink,
            columns: self.width / shrink,
            seen,
        };
        let h1 = layer(2, vec![vec![0]; 12]);
        [h1, layer(4, SEEN.map(Vec::from).into())]
    }

    /// The states of H1, H2, H3 and the output layer for one image.
    pub fn states(&self, image: &[f64]) -> [Vec<f64>; 4] {
        self.states_with(image, squash, |_| 1.0, squash)
    }

    /// The states of a network with other `hidden` units and outputs `last`, in which unit `i` of H2 is multiplied by
    /// `kept(i)`.
    pub fn states_with(
        &self,
        image: &[f64],
        hidden: fn(f64) -> f64,
        kept: impl Fn(usize) -> f64,
        last: fn(f64) -> f64,
    ) -> [Vec<f64>; 4] {
        let each = |sums: Vec<f64>, f: fn(f64) -> f64| sums.into_iter().map(f).collect::<Vec<_>>();
        let [layer1, layer2] = self.planes();
        let v = &self.values;
        let h1 = each(layer1.sums(image, &v[0], &v[1]), hidden);
        let h2 = each(layer2.sums(&h1, &v[2], &v[3]), hidden);
        let h2: Vec<f64> = h2.iter().enumerate().map(|(i, y)| y * kept(i)).collect();
        let h3 = each(full(&h2, &v[4], &v[5]), hidden);
        let out = each(full(&h3, &v[6], &v[7]), last);
        [h1, h2, h3, out]
    }

    /// The loss of one image, and its gradient by all parameters.
    pub fn gradient(&self, image: &[f64], label: usize) -> (f64, [Vec<f64>; 8]) {
        let [h1, h2, h3, out] = self.states(image);
        let target = |k: usize| if k == label { 1.0 } else { -1.0 };
        let off: Vec<f64> = (0..10).map(|k| out[k] - target(k)).collect();
        let loss = off.iter().map(|d| d * d).sum::<f64>() / 10.0;
        let dout: Vec<f64> = off.iter().map(|d| d / 5.0).collect();
        let [layer1, layer2] = self.planes();
        let v = &self.values;
        let [g6, g7, dh3] = full_backward(&h3, &v[6], &out, &dout);
        let [g4, g5, dh2] = full_backward(&h2, &v[4], &h3, &dh3);
        let [g2, g3, dh1] = layer2.backward(&h1, &v[2], &h2, &dh2);
        let [g0, g1, _] = layer1.backward(image, &v[0], &h1, &dh1);
        (loss, [g0, g1, g2, g3, g4, g5, g6, g7])
    }

    /// One step of gradient descent on one image, with the rates of H1, H2, H3 and the output layer; gives the loss
    /// before it.
    pub fn step(&mut self, image: &[f64], label: usize, rates: [f64; 4]) -> f64 {
        let (loss, gradients) = self.gradient(image, label);
        for (i, (values, gradient)) in self.values.iter_mut().zip(gradients).enumerate() {
            for (value, gradient) in values.iter_mut().zip(gradient) {
                *value -= rates[i / 2] * gradient;
            }
        }
        loss
    }
}

/// Units, parameters and connections of H1, H2, H3 and the output layer, counted one by one.
pub fn counted(height: usize, width: usize) -> Vec<(usize, usize, usize)> {
    let network = Network {
        height,
        width,
        values: Network::lengths(height, width).map(|n| vec![0.0; n]),
    };
    let v = &network.values;
    let mut sizes = Vec::new();
    for (layer, i) in network.planes().iter().zip([0, 2]) {
        let (mut lines, mut weights) = (0, vec![false; v[i].len()]);
        layer.lines(|_, weight, _| {
            lines += 1;
            weights[weight] = true;
        });
        let units = v[i + 1].len();
        let weights = weights.into_iter().filter(|used| *used).count();
        sizes.push((units, weights + units, lines + units));
    }
    for i in [4, 6] {
        let units = v[i + 1].len();
        sizes.push((units, v[i].len() + units, v[i].len() + units));
    }
    sizes
}

/// Thresholds, shares of rejected images and errors: every confidence is tried as a threshold.
pub fn rejects(outputs: &[Vec<f64>], labels: &[usize]) -> Vec<[f64; 3]> {
    let largest = |row: &[f64], without: Option<usize>| {
        let mut best = None;
        for k in (0..row.len()).filter(|k| Some(*k) != without) {
            if best.is_none_or(|b: usize| row[k] > row[b]) {
                best = Some(k);
            }
        }
        best.expect("two classes or more")
    };
    let answers = outputs.iter().zip(labels).map(|(row, label)| {
        let first = largest(row, None);
        let second = largest(row, Some(first));
        (row[first] - row[second], first == *label)
    });
    let answers: Vec<(f64, bool)> = answers.collect();
    let mut thresholds: Vec<f64> = answers.iter().map(|(confidence, _)| *confidence).collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let point = |t: f64| {
        let left: Vec<bool> = answers.iter().filter(|a| a.0 >= t).map(|a| a.1).collect();
        let wrong = left.iter().filter(|right| !**right).count();
        let rejected = (answers.len() - left.len()) as f64 / answers.len() as f64;
        [t, rejected, wrong as f64 / left.len() as f64]
    };
    thresholds.into_iter().map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_propagation_agrees_with_central_differences() {
        let mut rng = Rng::new(5);
        let network = Network::random(&mut rng, 8, 4);
        let image: Vec<f64> = (0..32).map(|_| rng.uniform(-1.0, 1.0)).collect();
        let (_, gradients) = network.gradient(&image, 3);
        for _ in 0..200 {
            let i = rng.below(8);
            let j = rng.below(network.values[i].len());
            let loss = |h: f64| {
                let mut moved = network.clone();
                moved.values[i][j] += h;
                moved.gradient(&image, 3).0
            };
            let numeric = (loss(1e-5) - loss(-1e-5)) / 2e-5;
            let got = gradients[i][j];
            assert!(
                (got - numeric).abs() < 1e-9 + 1e-6 * numeric.abs(),
                "{i} {j}: {got} {numeric}"
            );
        }
    }

    #[test]
    fn the_paper_counts_the_same() {
        let sizes = counted(16, 16);
        assert_eq!(
            sizes,
            [
                (768, 1068, 19_968),
                (192, 2592, 38_592),
                (30, 5790, 5790),
                (10, 310, 310)
            ]
        );
        let connections: usize = sizes.iter().map(|size| size.2).sum();
        assert_eq!(connections, 64_660);
        assert!((squash(1.0) - 1.0).abs() < 1e-4);
    }
}
