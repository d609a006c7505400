//! From gradients to the next parameters.

mod update;

use burn::tensor::Tensor;

use self::update::{Number, Rule, update};
use super::{Parameters, zeros_like};
use crate::contract::{Reader, Show, Wire, WireError};

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

    /// One step. The velocity starts as [`zeros_like`](super::zeros_like) the parameters. Gives both anew.
    #[must_use]
    pub fn step<P: Parameters>(&self, parameters: P, gradients: P, velocity: P) -> (P, P) {
        let gradients = owned(gradients);
        let (weights, place) = lend(parameters, &gradients);
        let mut all = weights.into_iter().zip(gradients);
        let mut moved = Vec::new();
        let velocity = velocity.map(&mut |v| {
            let (w, g) = all.next().expect(ALIKE);
            let [w, v] = update(self, [w, v], g);
            moved.push(w);
            v
        });
        (take_back(place, moved), velocity)
    }
}

impl Rule<2> for Sgd {
    #[inline(always)]
    fn next<A: Number>(&self, [w, v]: [A; 2], mut g: A) -> [A; 2] {
        if self.weight_decay != 0.0 {
            g = g + w.clone().scaled(self.weight_decay);
        }
        if self.momentum == 0.0 {
            return [w - g.scaled(self.lr), v];
        }
        let v = v.scaled(self.momentum) + g.clone();
        let step = match self.nesterov {
            true => g + v.clone().scaled(self.momentum),
            false => v.clone(),
        };
        [w - step.scaled(self.lr), v]
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

impl<P: Show> Show for AdamState<P> {
    fn show(&self) -> String {
        format!(
            "AdamState {{ step: {}, first: {}, second: {} }}",
            self.step,
            self.first.show(),
            self.second.show()
        )
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
        let rule = AdamRule {
            adam: *self,
            lr: self.lr * root / (1.0 - self.beta1.powf(t)),
            eps: self.eps * root,
        };
        let gradients = owned(gradients);
        let (weights, place) = lend(parameters, &gradients);
        let (firsts, first_place) = lend(state.first, &gradients);
        let mut all = weights.into_iter().zip(firsts).zip(gradients);
        let (mut moved, mut first) = (Vec::new(), Vec::new());
        let second = state.second.map(&mut |v| {
            let ((w, m), g) = all.next().expect(ALIKE);
            let [w, m, v] = update(&rule, [w, m, v], g);
            moved.push(w);
            first.push(m);
            v
        });
        let first = take_back(first_place, first);
        let state = AdamState {
            step,
            first,
            second,
        };
        (take_back(place, moved), state)
    }
}

/// [`Adam`] in one of its steps.
struct AdamRule {
    adam: Adam,
    lr: f64,
    eps: f64,
}

impl Rule<3> for AdamRule {
    #[inline(always)]
    fn next<A: Number>(&self, [w, m, v]: [A; 3], g: A) -> [A; 3] {
        let Adam { beta1, beta2, .. } = self.adam;
        let m = m.scaled(beta1) + g.clone().scaled(1.0 - beta1);
        let v = v.scaled(beta2) + (g.clone() * g).scaled(1.0 - beta2);
        let w = match self.adam.weight_decay {
            0.0 => w,
            decay => w.scaled(1.0 - self.adam.lr * decay),
        };
        let step = m.clone() / v.clone().root().shifted(self.eps);
        [w - step.scaled(self.lr), m, v]
    }
}

const ALIKE: &str = "gradients and state have as many tensors as the parameters";

/// All tensors of a structure, which is given up, so that nobody else holds them and they can be written over.
fn owned<P: Parameters>(structure: P) -> Vec<Tensor<1>> {
    let mut all = Vec::new();
    let _ = structure.map(&mut |tensor| {
        all.push(tensor.clone());
        tensor
    });
    all
}

/// As [`owned`], and the structure with other tensors of the same sizes in their places, to [`take_back`] later.
fn lend<P: Parameters>(structure: P, others: &[Tensor<1>]) -> (Vec<Tensor<1>>, P) {
    let mut all = Vec::new();
    let mut others = others.iter();
    let place = structure.map(&mut |tensor| {
        all.push(tensor);
        others.next().expect(ALIKE).clone()
    });
    (all, place)
}

fn take_back<P: Parameters>(place: P, tensors: Vec<Tensor<1>>) -> P {
    let mut tensors = tensors.into_iter();
    place.map(&mut |_| tensors.next().expect(ALIKE))
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;
    use crate::check::{Tolerance, close_values, tensor};
    use crate::rng::Rng;

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

    /// One pass over the memory gives what the backend's operations give one by one, for lengths around the blocks and
    /// pieces of the pass, in both precisions.
    #[test]
    fn one_pass_is_the_operations() {
        let rule = AdamRule {
            adam: Adam {
                weight_decay: 0.1,
                ..Adam::new(0.01)
            },
            lr: 0.02,
            eps: 1e-7,
        };
        let sgd = Sgd {
            lr: 0.1,
            momentum: 0.9,
            nesterov: true,
            weight_decay: 0.01,
        };
        let near = Tolerance {
            absolute: 1e-6,
            relative: 1e-6,
        };
        for (length, dtype) in [(1, DType::F64), (37, DType::F32), (100_003, DType::F32)] {
            let mut rng = Rng::new(4);
            let mut draw = || rng.normal_tensor([length]).cast(dtype);
            let (w, m, v, g) = (draw(), draw(), draw().square(), draw());
            let got = update(&rule, [w.clone(), m.clone(), v.clone()], g.clone());
            let want = rule.next([w.clone(), m.clone(), v], g.clone());
            let got_sgd = update(&sgd, [w.clone(), m.clone()], g.clone());
            let want_sgd = sgd.next([w, m], g);
            let pairs = got.iter().zip(&want).chain(got_sgd.iter().zip(&want_sgd));
            for (got, want) in pairs {
                assert_eq!(got.dtype(), dtype);
                close_values(&values(got), &values(want), near).unwrap();
            }
        }
    }

    #[test]
    fn what_somebody_else_holds_is_not_written_over() {
        let (w, g, v) = (tensor::<1>([4.0]), tensor([2.0]), tensor([1.0]));
        let sgd = Sgd {
            momentum: 0.5,
            ..Sgd::new(0.5)
        };
        let _ = sgd.step(w.clone(), g.clone(), v.clone());
        assert_eq!([values(&w), values(&g), values(&v)], [[4.0], [2.0], [1.0]]);
    }
}
