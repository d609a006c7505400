//! A1.7: schedules in closed form, and the loop over plain numbers.

use std::f64::consts::PI;

use common::contract::a1::{
    Classifier, Decay, EpochRecord, Evaluation, Samples, Schedule, TrainSettings, TrainState,
};

use super::matrix::{Matrix, labels, values, vector};

/// CS336's problem `learning_rate_schedule`: the rates of the steps 0 to 24 with a warm-up of 7 steps, a
/// cosine that ends at step 21, from 1 to 0.1.
pub const CS336: [f64; 25] = [
    0.0,
    0.14285714285714285,
    0.2857142857142857,
    0.42857142857142855,
    0.5714285714285714,
    0.7142857142857143,
    0.8571428571428571,
    1.0,
    0.9887175604818206,
    0.9554359905560885,
    0.9018241671106134,
    0.8305704108364301,
    0.7452476826029011,
    0.6501344202803414,
    0.55,
    0.44986557971965857,
    0.3547523173970989,
    0.26942958916356996,
    0.19817583288938662,
    0.14456400944391146,
    0.11128243951817937,
    0.1,
    0.1,
    0.1,
    0.1,
];

/// The learning rate of a step.
pub fn lr(s: &Schedule, step: usize) -> f64 {
    let (step, warmup, end) = (step as f64, s.warmup as f64, s.end as f64);
    if step < warmup {
        return s.peak / warmup * step;
    }
    match s.decay {
        Decay::Step => {
            let mut rate = s.peak;
            let mut next = warmup + s.period as f64;
            while next <= step {
                rate *= s.factor;
                next += s.period as f64;
            }
            rate
        }
        _ if step >= end => s.floor,
        Decay::Linear => (s.peak * (end - step) + s.floor * (step - warmup)) / (end - warmup),
        Decay::Cosine => {
            let half_angle = PI / 2.0 * (step - warmup) / (end - warmup);
            s.peak * half_angle.cos().powi(2) + s.floor * half_angle.sin().powi(2)
        }
    }
}

/// A classifier of `d` numbers, the state of its training, and what was measured.
#[derive(Debug, Clone)]
pub struct Run {
    /// `[d + 1, c]`, the biases last.
    pub parameters: Matrix,
    /// As `parameters`.
    pub velocity: Matrix,
    /// The running mean of the inputs.
    pub mean: Vec<f64>,
    /// Steps made.
    pub step: usize,
    /// Losses of the epoch that is on.
    pub loss_sum: f64,
    /// Training loss, test loss, test error.
    pub history: Vec<[f64; 3]>,
}

/// What one sample gives: its loss, whether it is wrong, and the gradient by its logits.
struct Seen {
    loss: f64,
    wrong: bool,
    dlogits: Vec<f64>,
}

impl Run {
    /// The beginning of a run.
    pub fn new(model: &Classifier) -> Self {
        let mean = values(&model.running_mean);
        let parameters = values(&model.parameters);
        let rows = mean.len() + 1;
        let parameters = Matrix {
            rows,
            columns: parameters.len() / rows,
            values: parameters,
        };
        Self {
            velocity: parameters.map(|_| 0.0),
            parameters,
            mean,
            step: 0,
            loss_sum: 0.0,
            history: vec![],
        }
    }

    /// The state as the contract has it.
    pub fn state(&self) -> TrainState {
        let history = self
            .history
            .iter()
            .map(|[train_loss, loss, error]| EpochRecord {
                train_loss: *train_loss,
                test: Evaluation {
                    loss: *loss,
                    error: *error,
                },
            });
        TrainState {
            model: Classifier {
                parameters: vector(self.parameters.values.clone()),
                running_mean: vector(self.mean.clone()),
            },
            velocity: vector(self.velocity.values.clone()),
            step: self.step,
            loss_sum: self.loss_sum,
            history: history.collect(),
        }
    }

    /// One sample, centred on `mean`.
    fn see(&self, (x, label): (&[f64], usize), mean: &[f64]) -> Seen {
        let Matrix { rows, columns, .. } = self.parameters;
        let logit = |k: usize| {
            let products = (0..rows - 1).map(|j| (x[j] - mean[j]) * self.parameters[(j, k)]);
            products.sum::<f64>() + self.parameters[(rows - 1, k)]
        };
        let logits: Vec<f64> = (0..columns).map(logit).collect();
        // Against the label's logit, so that the loss is ln of a sum of at least 1.
        let powers: Vec<f64> = logits.iter().map(|z| (z - logits[label]).exp()).collect();
        let sum: f64 = powers.iter().sum();
        Seen {
            loss: sum.ln(),
            wrong: powers.iter().any(|power| *power > 1.0),
            dlogits: (0..columns)
                .map(|k| powers[k] / sum - if k == label { 1.0 } else { 0.0 })
                .collect(),
        }
    }

    /// Mean loss and share of wrong answers.
    pub fn evaluate(&self, data: &Data) -> [f64; 2] {
        let n = data.labels.len() as f64;
        let mut sums = [0.0, 0.0];
        for i in 0..data.labels.len() {
            let seen = self.see(data.sample(i), &self.mean);
            sums[0] += seen.loss;
            sums[1] += f64::from(u8::from(seen.wrong));
        }
        sums.map(|sum| sum / n)
    }

    /// One step on the samples `batch` with learning rate `lr`.
    pub fn step(&mut self, data: &Data, batch: &[usize], lr: f64, mu: f64) {
        let n = batch.len() as f64;
        let d = self.mean.len();
        let column_mean = |j: usize| batch.iter().map(|i| data.x[(*i, j)]).sum::<f64>() / n;
        let mean: Vec<f64> = (0..d).map(column_mean).collect();
        let mut gradient = self.parameters.map(|_| 0.0);
        for i in batch {
            let (x, label) = data.sample(*i);
            let seen = self.see((x, label), &mean);
            self.loss_sum += seen.loss;
            for (k, dz) in seen.dlogits.iter().enumerate() {
                for j in 0..d {
                    gradient[(j, k)] += (x[j] - mean[j]) * dz / n;
                }
                gradient[(d, k)] += dz / n;
            }
        }
        for i in 0..gradient.values.len() {
            self.velocity.values[i] = mu * self.velocity.values[i] + gradient.values[i];
            self.parameters.values[i] -= lr * self.velocity.values[i];
        }
        for (running, batch) in self.mean.iter_mut().zip(&mean) {
            *running += 0.1 * (batch - *running);
        }
        self.step += 1;
    }

    /// One epoch on these batches.
    pub fn epoch(&mut self, train: &Data, test: &Data, batches: &[Vec<usize>], s: &TrainSettings) {
        for batch in batches {
            self.step(train, batch, lr(&s.schedule, self.step), s.mu);
        }
        let [loss, error] = self.evaluate(test);
        let train_loss = self.loss_sum / train.labels.len() as f64;
        self.history.push([train_loss, loss, error]);
        self.loss_sum = 0.0;
    }
}

/// Labelled points.
#[derive(Debug, Clone)]
pub struct Data {
    /// One point per row.
    pub x: Matrix,
    /// Their classes.
    pub labels: Vec<usize>,
}

impl Data {
    fn sample(&self, i: usize) -> (&[f64], usize) {
        (self.x.row(i), self.labels[i])
    }

    /// The points as the contract has them.
    pub fn samples(&self) -> Samples {
        let numbers: Vec<i64> = self.labels.iter().map(|label| *label as i64).collect();
        Samples {
            x: self.x.tensor(),
            labels: labels(&numbers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::device::use_double_precision;

    #[test]
    fn the_cosine_is_that_of_cs336() {
        let schedule = Schedule {
            decay: Decay::Cosine,
            peak: 1.0,
            floor: 0.1,
            warmup: 7,
            end: 21,
            period: 1,
            factor: 1.0,
        };
        for (step, want) in CS336.into_iter().enumerate() {
            let got = lr(&schedule, step);
            assert!((got - want).abs() < 1e-15, "step {step}: {got}");
        }
    }

    #[test]
    fn the_pass_is_that_of_the_model_that_is_given() {
        use_double_precision();
        let model = Classifier::new(2, 3, 5);
        let data = Data {
            x: Matrix::from_fn(4, 2, |i, j| (i * i) as f64 - 3.0 * j as f64),
            labels: vec![2, 0, 1, 1],
        };
        let given = model.training_pass(&data.samples());
        let mut run = Run::new(&model);
        run.step(&data, &[0, 1, 2, 3], 1.0, 0.0);
        assert!((run.loss_sum / 4.0 - given.loss).abs() < 1e-14);
        for (got, want) in run.velocity.values.iter().zip(values(&given.gradient)) {
            assert!((got - want).abs() < 1e-14);
        }
        for (got, want) in run.mean.iter().zip(values(&given.running_mean)) {
            assert!((got - want).abs() < 1e-14);
        }
        let given = run.state().model.evaluation_pass(&data.samples());
        let [loss, error] = run.evaluate(&data);
        assert!((loss - given.loss).abs() < 1e-14);
        assert_eq!(error, given.error);
    }
}
