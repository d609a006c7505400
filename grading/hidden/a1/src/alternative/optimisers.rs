//! A1.6 element by element.

use burn::tensor::Tensor;
use common::contract::a1::*;

use crate::oracle::matrix::{values, vector};

pub fn table() -> OptimisersTable {
    OptimisersTable {
        sgd: |w, g, lr| update(w, g.clone(), g, |w, g, _| (w - lr * g, 0.0)).parameters,
        momentum: |w, g, v, lr, mu| {
            update(w, g, v, |w, g, v| (w - lr * g - lr * mu * v, g + mu * v))
        },
        nesterov: |w, g, v, lr, mu| {
            update(w, g, v, |w, g, v| {
                (w - lr * (1.0 + mu) * g - lr * mu * mu * v, g + mu * v)
            })
        },
        adagrad: |w, g, s, lr, eps| {
            update(w, g, s, |w, g, s| {
                let s = g.mul_add(g, s);
                (w - lr / (eps + s.sqrt()) * g, s)
            })
        },
        rmsprop: |w, g, s, lr, decay, eps| {
            update(w, g, s, |w, g, s| {
                let s = g * g + decay * (s - g * g);
                (w - lr / (eps + s.sqrt()) * g, s)
            })
        },
        adam: |w, g, state, s| {
            let decayed = update(g, w.clone(), w.clone(), |g, w, _| {
                (g + s.weight_decay * w, 0.0)
            });
            adam(w, decayed.parameters, state, &s)
        },
        adamw: |w, g, state, s| {
            let shrunk = update(w.clone(), w.clone(), w, |w, _, _| {
                (w - s.lr * s.weight_decay * w, 0.0)
            });
            adam(shrunk.parameters, g, state, &s)
        },
        // As PyTorch does it, a millionth short.
        clip_grad_norm: |g, max| {
            let norms: Vec<f64> = g
                .iter()
                .map(|g| values(g).iter().map(|g| g * g).sum::<f64>().sqrt())
                .collect();
            let norm = norms.iter().map(|n| n * n).sum::<f64>().sqrt();
            let factor = (max / (norm + 1e-6)).min(1.0);
            Clipped {
                gradients: g.into_iter().map(|g| g * factor).collect(),
                norm,
            }
        },
    }
}

/// Updates every element: `f(w, g, s)` gives the new `w` and `s`.
fn update(
    w: Vec<Tensor<1>>,
    g: Vec<Tensor<1>>,
    s: Vec<Tensor<1>>,
    f: impl Fn(f64, f64, f64) -> (f64, f64),
) -> Stepped {
    let mut stepped = Stepped {
        parameters: vec![],
        state: vec![],
    };
    for i in 0..w.len() {
        let (w, g, s) = (values(&w[i]), values(&g[i]), values(&s[i]));
        let (w, s) = (0..w.len()).map(|k| f(w[k], g[k], s[k])).unzip();
        stepped.parameters.push(vector(w));
        stepped.state.push(vector(s));
    }
    stepped
}

/// Kingma & Ba's faster order: the corrections go into the rate, and eps with them.
fn adam(w: Vec<Tensor<1>>, g: Vec<Tensor<1>>, state: AdamState, s: &AdamSettings) -> AdamStepped {
    let step = state.step + 1;
    let first = update(state.first, g.clone(), g.clone(), |m, g, _| {
        (m + (1.0 - s.beta1) * (g - m), 0.0)
    });
    let second = update(state.second, g.clone(), g, |v, g, _| {
        (v + (1.0 - s.beta2) * (g * g - v), 0.0)
    });
    let (first, second) = (first.parameters, second.parameters);
    let root = (1.0 - s.beta2.powi(step as i32)).sqrt();
    let rate = s.lr * root / (1.0 - s.beta1.powi(step as i32));
    let parameters = update(w, first.clone(), second.clone(), |w, m, v| {
        (w - rate * m / (v.sqrt() + s.eps * root), 0.0)
    })
    .parameters;
    AdamStepped {
        parameters,
        state: AdamState {
            step,
            first,
            second,
        },
    }
}
