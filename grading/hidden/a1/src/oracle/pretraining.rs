//! A1.10: an RBM by listing all of its states, and every step of pre-training unit by unit.

use common::contract::a1::{LayerKind, PretrainBatch, PretrainSettings, TiedLayer};

use super::matrix::{Matrix, values, vector};
use super::tensor_layers::sigmoid;

/// A layer of numbers.
#[derive(Debug, Clone)]
pub struct Layer {
    /// `[visible, hidden]`
    pub w: Matrix,
    /// One per visible unit.
    pub b: Vec<f64>,
    /// One per hidden unit.
    pub c: Vec<f64>,
}

/// All states of `n` binary units.
pub fn states(n: usize) -> Vec<Vec<f64>> {
    let bit = |state: usize, i: usize| f64::from(u8::from(state >> i & 1 == 1));
    let state = |state| (0..n).map(|i| bit(state, i)).collect();
    (0..1 << n).map(state).collect()
}

fn sampled(p: &Matrix, uniforms: &Matrix) -> Matrix {
    Matrix::from_fn(p.rows, p.columns, |i, j| {
        f64::from(u8::from(uniforms[(i, j)] < p[(i, j)]))
    })
}

impl Layer {
    /// The numbers of the contract's layer.
    pub fn of(layer: &TiedLayer) -> Self {
        Self {
            w: Matrix::of(&layer.weights),
            b: values(&layer.visible_bias),
            c: values(&layer.hidden_bias),
        }
    }

    /// The layer as the contract has it.
    pub fn tied(&self) -> TiedLayer {
        TiedLayer {
            weights: self.w.tensor(),
            visible_bias: vector(self.b.clone()),
            hidden_bias: vector(self.c.clone()),
        }
    }

    /// `E(v, h)`
    pub fn energy(&self, v: &[f64], h: &[f64]) -> f64 {
        let mut energy = 0.0;
        for (i, v) in v.iter().enumerate() {
            energy -= self.b[i] * v;
            for (j, h) in h.iter().enumerate() {
                energy -= v * self.w[(i, j)] * h;
            }
        }
        energy - self.c.iter().zip(h).map(|(c, h)| c * h).sum::<f64>()
    }

    /// `-ln sum over h of exp(-E(v, h))`, by listing the hidden states.
    pub fn free_energy(&self, v: &[f64]) -> f64 {
        let hidden = states(self.c.len());
        -log_sum_exp(hidden.iter().map(|h| -self.energy(v, h)))
    }

    /// `ln Z`, by listing the visible states.
    pub fn log_partition(&self) -> f64 {
        let visible = states(self.b.len());
        log_sum_exp(visible.iter().map(|v| -self.free_energy(v)))
    }

    /// The same as [`Layer::free_energy`], unit by unit, for layers with too many states to list.
    pub fn free_energy_by_units(&self, v: &[f64]) -> f64 {
        let mut energy: f64 = -self.b.iter().zip(v).map(|(b, v)| b * v).sum::<f64>();
        for (j, c) in self.c.iter().enumerate() {
            let z = c + v
                .iter()
                .enumerate()
                .map(|(i, v)| v * self.w[(i, j)])
                .sum::<f64>();
            energy -= z.max(0.0) + (-z.abs()).exp().ln_1p();
        }
        energy
    }

    /// The mean of `-ln p(v)` over the rows of `data`.
    pub fn negative_log_likelihood(&self, data: &Matrix) -> f64 {
        let visible = states(self.b.len());
        let log_z = log_sum_exp(visible.iter().map(|v| -self.free_energy_by_units(v)));
        let rows = (0..data.rows).map(|i| self.free_energy_by_units(data.row(i)));
        rows.sum::<f64>() / data.rows as f64 + log_z
    }

    /// `p(h | v)` of each row, unit by unit.
    pub fn up(&self, v: &Matrix) -> Matrix {
        Matrix::from_fn(v.rows, self.c.len(), |n, j| {
            let input = (0..self.b.len()).map(|i| v[(n, i)] * self.w[(i, j)]);
            sigmoid(input.sum::<f64>() + self.c[j])
        })
    }

    /// The logits of `p(v | h)` of each row, unit by unit.
    pub fn down(&self, h: &Matrix) -> Matrix {
        Matrix::from_fn(h.rows, self.b.len(), |n, i| {
            let input = (0..self.c.len()).map(|j| h[(n, j)] * self.w[(i, j)]);
            input.sum::<f64>() + self.b[i]
        })
    }

    /// `p(v | h)` of each row.
    pub fn visible(&self, h: &Matrix) -> Matrix {
        self.down(h).map(sigmoid)
    }

    /// The gradient of the mean log-likelihood of `data` by listing all states.
    pub fn exact_gradient(&self, data: &Matrix) -> Self {
        let log_z = self.log_partition();
        let visible = states(self.b.len());
        let all = Matrix::from_fn(visible.len(), self.b.len(), |s, i| visible[s][i]);
        let of_model: Vec<f64> = visible
            .iter()
            .map(|v| (-self.free_energy(v) - log_z).exp())
            .collect();
        let of_data = vec![1.0 / data.rows as f64; data.rows];
        let (mut gradient, model) = (
            self.expected(data, &of_data),
            self.expected(&all, &of_model),
        );
        gradient.add(&model, -1.0);
        gradient
    }

    /// The means of `v h`, `v` and `h` when row `n` of `v` has the weight `p[n]`.
    fn expected(&self, v: &Matrix, p: &[f64]) -> Self {
        let h = self.up(v);
        let mean = |f: &dyn Fn(usize) -> f64| (0..v.rows).map(|n| p[n] * f(n)).sum();
        Self {
            w: Matrix::from_fn(v.columns, h.columns, |i, j| {
                mean(&|n| v[(n, i)] * h[(n, j)])
            }),
            b: (0..v.columns).map(|i| mean(&|n| v[(n, i)])).collect(),
            c: (0..h.columns).map(|j| mean(&|n| h[(n, j)])).collect(),
        }
    }

    /// Contrastive divergence with `uniforms.len() / 2` steps.
    pub fn cd(&self, v0: &Matrix, uniforms: &[Matrix]) -> Self {
        let mut v = v0.clone();
        for pair in uniforms.chunks(2) {
            let h = sampled(&self.up(&v), &pair[0]);
            v = sampled(&self.visible(&h), &pair[1]);
        }
        let each = vec![1.0 / v0.rows as f64; v0.rows];
        let mut gradient = self.expected(v0, &each);
        gradient.add(&self.expected(&v, &each), -1.0);
        gradient
    }

    /// The gradient of the cross-entropy between `target` and the reconstruction of `x`, a mean over the
    /// rows, parameter by parameter: how the loss changes with the input of each unit, and how that with the
    /// parameter.
    pub fn reconstruction_gradient(&self, x: &Matrix, target: &Matrix) -> Self {
        let (hidden, output) = (self.up(x), self.visible(&self.up(x)));
        let mut gradient = self.zeros();
        for n in 0..x.rows {
            let error: Vec<f64> = (0..x.columns)
                .map(|i| (output[(n, i)] - target[(n, i)]) / x.rows as f64)
                .collect();
            for (i, error) in error.iter().enumerate() {
                gradient.b[i] += error;
            }
            for j in 0..self.c.len() {
                let h = hidden[(n, j)];
                let back: f64 = error
                    .iter()
                    .enumerate()
                    .map(|(i, e)| e * self.w[(i, j)])
                    .sum();
                let slope = back * h * (1.0 - h);
                gradient.c[j] += slope;
                for (i, error) in error.iter().enumerate() {
                    gradient.w[(i, j)] += slope * x[(n, i)] + error * h;
                }
            }
        }
        gradient
    }

    fn zeros(&self) -> Self {
        Self {
            w: self.w.map(|_| 0.0),
            b: vec![0.0; self.b.len()],
            c: vec![0.0; self.c.len()],
        }
    }

    /// `self += rate other`
    pub fn add(&mut self, other: &Self, rate: f64) {
        let pairs = [
            (&mut self.w.values, &other.w.values),
            (&mut self.b, &other.b),
            (&mut self.c, &other.c),
        ];
        for (mine, others) in pairs {
            for (mine, other) in mine.iter_mut().zip(others) {
                *mine += rate * other;
            }
        }
    }

    /// All parameters in a row.
    pub fn flat(&self) -> Vec<f64> {
        [&self.w.values[..], &self.b, &self.c].concat()
    }
}

fn log_sum_exp(terms: impl Iterator<Item = f64>) -> f64 {
    let terms: Vec<f64> = terms.collect();
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + terms.iter().map(|t| (t - largest).exp()).sum::<f64>().ln()
}

/// x with a 0 wherever the uniform number is below `share`.
pub fn corrupted(x: &Matrix, share: f64, uniforms: &Matrix) -> Matrix {
    Matrix::from_fn(x.rows, x.columns, |i, j| match uniforms[(i, j)] < share {
        true => 0.0,
        false => x[(i, j)],
    })
}

/// One step of layer `l` of a stack on the batch `x`.
pub fn step(
    stack: &mut [Layer],
    l: usize,
    x: &Matrix,
    settings: &PretrainSettings,
    uniforms: &[Matrix],
) {
    let mut seen = x.clone();
    for below in &stack[..l] {
        seen = below.up(&seen);
    }
    let layer = &mut stack[l];
    match settings.kind {
        LayerKind::Rbm => {
            let gradient = layer.cd(&seen, uniforms);
            layer.add(&gradient, settings.lr);
        }
        LayerKind::DenoisingAutoencoder => {
            let damaged = corrupted(&seen, settings.corruption, &uniforms[0]);
            let gradient = layer.reconstruction_gradient(&damaged, &seen);
            layer.add(&gradient, -settings.lr);
        }
    }
}

/// All layers, one after the other, on all batches.
pub fn train(stack: &mut [Layer], batches: &[PretrainBatch], settings: &PretrainSettings) {
    for l in 0..stack.len() {
        for batch in batches {
            let uniforms: Vec<Matrix> = batch.uniforms[l].iter().map(Matrix::of).collect();
            step(stack, l, &Matrix::of(&batch.x), settings, &uniforms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::rng::Rng;

    fn layer(rng: &mut Rng) -> Layer {
        Layer {
            w: Matrix::from_fn(4, 3, |_, _| rng.normal()),
            b: (0..4).map(|_| rng.normal()).collect(),
            c: (0..3).map(|_| rng.normal()).collect(),
        }
    }

    /// Compares a gradient with central differences of `f` by every parameter.
    fn is_gradient_of(gradient: &Layer, layer: &Layer, f: impl Fn(&Layer) -> f64) {
        for (i, want) in gradient.flat().iter().enumerate() {
            let at = |h: f64| {
                let mut direction = layer.zeros();
                let Layer { w, b, c } = &mut direction;
                *w.values.iter_mut().chain(b).chain(c).nth(i).unwrap() = h;
                let mut moved = layer.clone();
                moved.add(&direction, 1.0);
                f(&moved)
            };
            let got = (at(1e-5) - at(-1e-5)) / 2e-5;
            assert!((got - want).abs() < 1e-8, "parameter {i}: {got}, {want}");
        }
    }

    #[test]
    fn the_exact_gradient_is_that_of_the_log_likelihood() {
        let mut rng = Rng::new(1);
        let layer = layer(&mut rng);
        let data = Matrix::from_fn(3, 4, |_, _| rng.unit().round());
        is_gradient_of(&layer.exact_gradient(&data), &layer, |layer| {
            -layer.negative_log_likelihood(&data)
        });
    }

    #[test]
    fn the_gradient_of_a_reconstruction_is_that_of_its_cross_entropy() {
        let mut rng = Rng::new(2);
        let layer = layer(&mut rng);
        let mut draw = || Matrix::from_fn(2, 4, |_, _| rng.unit());
        let (x, target) = (draw(), draw());
        is_gradient_of(
            &layer.reconstruction_gradient(&x, &target),
            &layer,
            |layer| {
                let output = layer.visible(&layer.up(&x));
                let pairs = output.values.iter().zip(&target.values);
                let loss = pairs.map(|(y, t)| -t * y.ln() - (1.0 - t) * (1.0 - y).ln());
                loss.sum::<f64>() / 2.0
            },
        );
    }

    #[test]
    fn units_and_states_give_the_same_free_energy() {
        let layer = layer(&mut Rng::new(3));
        for v in states(4) {
            let difference = layer.free_energy(&v) - layer.free_energy_by_units(&v);
            assert!(difference.abs() < 1e-12, "{v:?}: {difference}");
        }
    }
}
