//! The model that A1.7 trains. It is given: the part is about the loop around it.
//!
//! A linear classifier in which batches matter, as they do with batch normalisation: in training every
//! input is centred on the mean of its batch, in evaluation on the running mean of the batches that were
//! trained on.
//!
//! ```text
//! logits = (x - mean) weights + bias        loss = the mean of -ln softmax(logits)[label]
//! ```

use burn::tensor::{Int, Tensor, TensorData};

use crate::record;
use crate::rng::Rng;

/// The share of a training batch in the running mean.
const MOVED: f64 = 0.1;

record! {
    /// Labelled points.
    pub struct Samples {
        /// One point per row: `[n, d]`.
        pub x: Tensor<2>,
        /// The class of each point, from 0: `[n]`.
        pub labels: Tensor<1, Int>,
    }
}

record! {
    /// A linear classifier of points of `d` numbers into `c` classes.
    pub struct Classifier {
        /// The weights `[d, c]`, row after row, then the `c` biases: `[(d + 1) c]`.
        pub parameters: Tensor<1>,
        /// The mean of the points, as training saw it so far: `[d]`. No optimiser touches it.
        pub running_mean: Tensor<1>,
    }
}

record! {
    /// How good a model is on some samples.
    pub struct Evaluation {
        /// The mean cross-entropy in nats.
        pub loss: f64,
        /// The share of wrong answers.
        pub error: f64,
    }
}

/// What one batch gives in training.
#[derive(Debug, Clone)]
pub struct TrainingPass {
    /// The mean cross-entropy of the batch in nats.
    pub loss: f64,
    /// Its gradient by the parameters, in their order.
    pub gradient: Tensor<1>,
    /// The running mean with this batch in it: nine tenths of the old one, one tenth of the batch's.
    pub running_mean: Tensor<1>,
}

impl Samples {
    /// The number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.dims()[0]
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples `indices`, in this order.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let numbers: Vec<i64> = indices.iter().map(|&i| i as i64).collect();
        let data = TensorData::new(numbers, [indices.len()]);
        let device = self.x.device();
        let indices = Tensor::<1, Int>::from_data(data, &device);
        Self {
            x: self.x.clone().select(0, indices.clone()),
            labels: self.labels.clone().select(0, indices),
        }
    }
}

impl Classifier {
    /// A new classifier in double precision on the CPU: small random weights, so that every class has
    /// nearly the same probability; biases and running mean zero.
    #[must_use]
    pub fn new(inputs: usize, classes: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let weights = rng.tensor([inputs * classes], |rng| 0.01 * rng.normal());
        let biases = rng.tensor([classes], |_| 0.0);
        Self {
            parameters: Tensor::cat(vec![weights, biases], 0),
            running_mean: rng.tensor([inputs], |_| 0.0),
        }
    }

    /// Loss and gradient of a batch in training: it is centred on its own mean.
    #[must_use]
    pub fn training_pass(&self, batch: &Samples) -> TrainingPass {
        let points = numbers(&batch.x);
        let [n, d] = batch.x.dims();
        let mut mean = vec![0.0; d];
        for (i, value) in points.iter().enumerate() {
            mean[i % d] += value / n as f64;
        }
        let (result, gradient) = self.pass(&points, batch, &mean);
        let running = numbers(&self.running_mean);
        let running = running.iter().zip(&mean);
        let running = running.map(|(old, new)| (1.0 - MOVED) * old + MOVED * new);
        TrainingPass {
            loss: result.loss,
            gradient: like(&self.parameters, gradient),
            running_mean: like(&self.running_mean, running.collect()),
        }
    }

    /// Loss and error of a batch in evaluation: it is centred on the running mean, and nothing changes.
    #[must_use]
    pub fn evaluation_pass(&self, batch: &Samples) -> Evaluation {
        let mean = numbers(&self.running_mean);
        self.pass(&numbers(&batch.x), batch, &mean).0
    }

    /// Means over the batch, and the gradient of the loss, with the inputs centred on `mean`. Of equal
    /// logits the first is the answer.
    fn pass(&self, points: &[f64], batch: &Samples, mean: &[f64]) -> (Evaluation, Vec<f64>) {
        let parameters = numbers(&self.parameters);
        let [n, d] = batch.x.dims();
        let c = parameters.len() / (d + 1);
        let mut gradient = vec![0.0; parameters.len()];
        let (mut loss, mut wrong) = (0.0, 0);
        for (i, label) in batch.labels.to_data().iter::<i64>().enumerate() {
            let point = &points[i * d..(i + 1) * d];
            // The last input is 1, for the biases.
            let inputs: Vec<f64> = point
                .iter()
                .zip(mean)
                .map(|(x, mean)| x - mean)
                .chain([1.0])
                .collect();
            let mut logits = vec![0.0; c];
            for (p, parameter) in parameters.iter().enumerate() {
                logits[p % c] += inputs[p / c] * parameter;
            }
            let (mut answer, mut largest) = (0, f64::NEG_INFINITY);
            for (class, logit) in logits.iter().enumerate() {
                if *logit > largest {
                    (answer, largest) = (class, *logit);
                }
            }
            let sum: f64 = logits.iter().map(|logit| (logit - largest).exp()).sum();
            let label = label as usize;
            loss += largest + sum.ln() - logits[label];
            wrong += usize::from(answer != label);
            for (p, slot) in gradient.iter_mut().enumerate() {
                let probability = (logits[p % c] - largest).exp() / sum;
                let target = f64::from(u8::from(p % c == label));
                *slot += inputs[p / c] * (probability - target) / n as f64;
            }
        }
        let result = Evaluation {
            loss: loss / n as f64,
            error: wrong as f64 / n as f64,
        };
        (result, gradient)
    }
}

fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f64> {
    tensor.to_data().iter::<f64>().collect()
}

/// `values` on the device and with the element type of `model`.
fn like(model: &Tensor<1>, values: Vec<f64>) -> Tensor<1> {
    let data = TensorData::new(values, model.dims());
    Tensor::from_data(data, (&model.device(), model.dtype()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Tolerance, close, labels, numeric_gradient_of, tensor, within};

    fn samples() -> Samples {
        Samples {
            x: tensor([[3.0, 1.0], [1.0, 2.0], [2.0, -4.0]]),
            labels: labels(&[0, 2, 1]),
        }
    }

    #[test]
    fn a_new_classifier_knows_nothing() {
        let model = Classifier::new(2, 3, 7);
        assert_eq!(
            (model.parameters.dims(), model.running_mean.dims()),
            ([9], [2])
        );
        assert_eq!(numbers(&model.parameters)[6..], [0.0; 3]);
        let loss = model.evaluation_pass(&samples()).loss;
        assert!((loss / 3.0f64.ln() - 1.0).abs() < 0.05, "{loss}");
    }

    #[test]
    fn the_gradient_is_the_numeric_one() {
        let model = Classifier {
            parameters: Rng::new(1).normal_tensor([9]),
            running_mean: tensor([0.5, 0.0]),
        };
        let got = model.training_pass(&samples());
        let want = numeric_gradient_of(&model.parameters, |parameters| {
            let moved = Classifier {
                parameters,
                ..model.clone()
            };
            Ok::<f64, ()>(moved.training_pass(&samples()).loss)
        });
        close(&got.gradient, &want.unwrap(), Tolerance::GRADIENT).unwrap();
    }

    #[test]
    fn training_centres_on_the_batch_and_evaluation_on_what_was_seen() {
        // Two classes apart by the input, weights 1 and -1: the difference of the logits is 2 (x - mean).
        let model = Classifier {
            parameters: tensor([1.0, -1.0, 0.0, 0.0]),
            running_mean: tensor([1.0]),
        };
        let batch = Samples {
            x: tensor([[3.0], [5.0]]),
            labels: labels(&[0, 1]),
        };
        let pass = model.training_pass(&batch);
        let loss = |margin: f64| (-2.0 * margin).exp().ln_1p();
        within(pass.loss, loss(-1.0), Tolerance::EXACT).unwrap();
        close(&pass.running_mean, &tensor([1.3]), Tolerance::EXACT).unwrap();

        let result = model.evaluation_pass(&batch);
        let want = (loss(2.0) + loss(-4.0)) / 2.0;
        within(result.loss, want, Tolerance::EXACT).unwrap();
        assert_eq!(result.error, 0.5);
        let first = model.evaluation_pass(&batch.select(&[0]));
        assert_eq!((first.error, batch.select(&[1, 0, 1]).len()), (0.0, 3));
    }
}
