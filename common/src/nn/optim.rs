//! From gradients to the next parameters.

use burn::tensor::Tensor;

use super::{Parameters, tensors, zeros_like};
use crate::contract::{Reader, Wire, WireError};

/// Stochastic gradient descent with Nesterov's or the classical momentum.
///
/// ```text
/// g <- gradient + weight_decay w      v <- momentum v + g
/// w <- w - lr v                       with nesterov: w <- w - lr (g + momentum v)
/// ```
///
/// Source: Sutskever et al., "On the importance of initialization and momentum" (2013), in PyTorch's form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// The learning rate.
    pub lr: f64,
    /// The share of the velocity that is kept.
    pub momentum: f64,
    /// Whether to look ahead along the velocity.
    pub nesterov: bool,
    /// L2: this share of the weights is added to the gradients.
    pub weight_decay: f64,
}

impl Sgd {
    /// Plain gradient descent.
    #[must_use]
    pub fn new(lr: f64) -> Self {
        Self {
            lr,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        }
    }

    /// One step. The velocity starts as [`zeros_like`] the parameters. Gives both anew.
    #[must_use]
    pub fn step<P: Parameters>(&self, parameters: P, gradients: P, velocity: P) -> (P, P) {
        let mut gradients = flat(gradients);
        let mut velocities = flat(velocity.clone());
        let mut moved = Vec::new();
        let parameters = parameters.map(&mut |w| {
            let mut g = next(&mut gradients);
            if self.weight_decay != 0.0 {
                g = g + w.clone() * self.weight_decay;
            }
            if self.momentum == 0.0 {
                moved.push(next(&mut velocities));
                return w - g * self.lr;
            }
            let v = next(&mut velocities) * self.momentum + g.clone();
            moved.push(v.clone());
            let step = if self.nesterov {
                g + v * self.momentum
            } else {
                v
            };
            w - step * self.lr
        });
        let mut moved = moved.into_iter();
        (parameters, velocity.map(&mut |_| next(&mut moved)))
    }
}

/// Adam with decoupled weight decay.
///
/// Source: Kingma & Ba (2015), Algorithm 1; Loshchilov & Hutter, "Decoupled weight decay regularization" (2019).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// The learning rate.
    pub lr: f64,
    /// The share of the first moment that is kept.
    pub beta1: f64,
    /// The share of the second moment that is kept.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub eps: f64,
    /// The weights shrink by `lr` times this in every step.
    pub weight_decay: f64,
}

/// What [`Adam`] remembers.
#[derive(Debug, Clone)]
pub struct AdamState<P> {
    /// Steps that were made.
    pub step: usize,
    /// The mean gradient.
    pub first: P,
    /// The mean square of the gradient.
    pub second: P,
}

impl<P: Parameters> AdamState<P> {
    /// Before the first step.
    #[must_use]
    pub fn new(parameters: &P) -> Self {
        Self {
            step: 0,
            first: zeros_like(parameters),
            second: zeros_like(parameters),
        }
    }
}

impl<P: Wire> Wire for AdamState<P> {
    fn write(&self, out: &mut Vec<u8>) {
        self.step.write(out);
        self.first.write(out);
        self.second.write(out);
    }
    fn read(input: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            step: Wire::read(input)?,
            first: Wire::read(input)?,
            second: Wire::read(input)?,
        })
    }
}

impl Adam {
    /// What Kingma & Ba suggest, without weight decay.
    #[must_use]
    pub fn new(lr: f64) -> Self {
        Self {
            lr,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
        }
    }

    /// One step. Gives the parameters and the state anew.
    #[must_use]
    pub fn step<P: Parameters>(
        &self,
        parameters: P,
        gradients: P,
        state: AdamState<P>,
    ) -> (P, AdamState<P>) {
        let step = state.step + 1;
        let t = step as f64;
        // Both bias corrections in two numbers, so that no tensor is made for them.
        let root = (1.0 - self.beta2.powf(t)).sqrt();
        let lr = self.lr * root / (1.0 - self.beta1.powf(t));
        let eps = self.eps * root;

        let mut gradients = flat(gradients);
        let (mut firsts, mut seconds) = (flat(state.first.clone()), flat(state.second.clone()));
        let (mut m_all, mut v_all) = (Vec::new(), Vec::new());
        let parameters = parameters.map(&mut |w| {
            let g = next(&mut gradients);
            let m = next(&mut firsts) * self.beta1 + g.clone() * (1.0 - self.beta1);
            let v = next(&mut seconds) * self.beta2 + g.square() * (1.0 - self.beta2);
            m_all.push(m.clone());
            v_all.push(v.clone());
            let w = match self.weight_decay {
                0.0 => w,
                decay => w * (1.0 - self.lr * decay),
            };
            w - m / (v.sqrt() + eps) * lr
        });
        let (mut m_all, mut v_all) = (m_all.into_iter(), v_all.into_iter());
        let state = AdamState {
            step,
            first: state.first.map(&mut |_| next(&mut m_all)),
            second: state.second.map(&mut |_| next(&mut v_all)),
        };
        (parameters, state)
    }
}

fn flat<P: Parameters>(parameters: P) -> std::vec::IntoIter<Tensor<1>> {
    tensors(&parameters).into_iter()
}

/// The next tensor of a structure that is gone through beside another of the same kind.
fn next(tensors: &mut std::vec::IntoIter<Tensor<1>>) -> Tensor<1> {
    tensors
        .next()
        .expect("gradients and state have as many tensors as the parameters")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Tolerance, close_values, tensor};

    fn values(tensor: &Tensor<1>) -> Vec<f64> {
        tensor.to_data().iter::<f64>().collect()
    }

    #[test]
    fn momentum_and_nesterov_by_hand() {
        let sgd = |nesterov| Sgd {
            lr: 0.5,
            momentum: 0.5,
            nesterov,
            weight_decay: 0.25,
        };
        // g = 2 + 0.25 * 4 = 3; v = 0.5 * 2 + 3 = 4.
        let (w, v) = sgd(false).step(tensor::<1>([4.0]), tensor([2.0]), tensor([2.0]));
        assert_eq!((values(&w), values(&v)), (vec![2.0], vec![4.0]));
        // g + momentum v = 5.
        let (w, v) = sgd(true).step(tensor::<1>([4.0]), tensor([2.0]), tensor([2.0]));
        assert_eq!((values(&w), values(&v)), (vec![1.5], vec![4.0]));
        let (w, _) = Sgd::new(0.5).step(tensor::<1>([4.0]), tensor([2.0]), tensor([2.0]));
        assert_eq!(values(&w), [3.0]);
    }

    #[test]
    fn adam_follows_its_paper() {
        let adam = Adam {
            weight_decay: 0.1,
            ..Adam::new(0.01)
        };
        let gradients = [[1.0, -3.0], [0.5, 0.25], [-2.0, 0.0]];
        let mut w = tensor::<1>([1.0, -1.0]);
        let mut state = AdamState::new(&w);
        let mut want = [1.0, -1.0];
        let (mut m, mut v) = ([0.0; 2], [0.0; 2]);
        for (t, g) in (1..).zip(gradients) {
            (w, state) = adam.step(w, tensor(g), state);
            for i in 0..2 {
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                let corrected = [
                    m[i] / (1.0 - 0.9f64.powi(t)),
                    v[i] / (1.0 - 0.999f64.powi(t)),
                ];
                want[i] -= 0.01 * 0.1 * want[i];
                want[i] -= 0.01 * corrected[0] / (corrected[1].sqrt() + 1e-8);
            }
        }
        assert_eq!(state.step, 3);
        close_values(
            &values(&w),
            &want,
            Tolerance {
                absolute: 1e-6,
                relative: 0.0,
            },
        )
        .unwrap();
    }
}
