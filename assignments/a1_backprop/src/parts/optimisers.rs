//! A1.6 Optimisers.
//!
//! An optimiser turns gradients into new parameters. A network's parameters arrive as a list of flat
//! vectors, one per weight matrix or bias, and the gradients as a list of the same lengths: `w` and
//! `g` below are one such pair. What an optimiser remembers goes in and comes out, again one vector
//! per parameter, and is zeros before the first step. All operations are element by element.

use burn::tensor::Tensor;
use common::contract::a1::{AdamSettings, AdamState, AdamStepped, Clipped, Stepped};

/// Gradient descent: `w <- w - lr g`.
///
/// - Gives the new parameters in the order of the old ones.
pub fn sgd(parameters: Vec<Tensor<1>>, gradients: Vec<Tensor<1>>, lr: f64) -> Vec<Tensor<1>> {
    // BEGIN SOLUTION A1.6 sgd
    parameters
        .into_iter()
        .zip(gradients)
        .map(|(w, g)| w - g * lr)
        .collect()
    // END SOLUTION
}

/// Momentum: a heavy ball that rolls down the loss.
///
/// ```text
/// v <- mu v + g        w <- w - lr v
/// ```
///
/// - `velocities`: the `v`, one vector per parameter. `state` of the answer holds the new ones.
///
/// Source: Polyak (1964), in the form that PyTorch uses: the gradient is not scaled by `1 - mu`, and
/// `lr` stands outside `v`.
pub fn momentum(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    velocities: Vec<Tensor<1>>,
    lr: f64,
    mu: f64,
) -> Stepped {
    // BEGIN SOLUTION A1.6 momentum
    step_each(parameters, gradients, velocities, |w, g, v| {
        let v = v * mu + g;
        (w - v.clone() * lr, v)
    })
    // END SOLUTION
}

/// Nesterov's momentum: the gradient counts as if it were taken one step ahead.
///
/// ```text
/// v <- mu v + g        w <- w - lr (g + mu v)
/// ```
///
/// with the new `v` in the second formula.
///
/// - `velocities`: the `v`, one vector per parameter. `state` of the answer holds the new ones.
///
/// Source: Nesterov (1983); Sutskever et al. (2013), in the form that PyTorch uses.
pub fn nesterov(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    velocities: Vec<Tensor<1>>,
    lr: f64,
    mu: f64,
) -> Stepped {
    // BEGIN SOLUTION A1.6 nesterov
    step_each(parameters, gradients, velocities, |w, g, v| {
        let v = v * mu + g.clone();
        (w - (g + v.clone() * mu) * lr, v)
    })
    // END SOLUTION
}

/// AdaGrad: each weight has a learning rate of its own, which shrinks as its gradients add up.
///
/// ```text
/// s <- s + g^2        w <- w - lr g / (sqrt(s) + eps)
/// ```
///
/// - `squares`: the `s`, one vector per parameter. `state` of the answer holds the new ones.
///
/// Source: Duchi, Hazan & Singer (2011).
pub fn adagrad(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    squares: Vec<Tensor<1>>,
    lr: f64,
    eps: f64,
) -> Stepped {
    // BEGIN SOLUTION A1.6 adagrad
    step_each(parameters, gradients, squares, |w, g, s| {
        let s = s + g.clone().square();
        (w - g * lr / (s.clone().sqrt() + eps), s)
    })
    // END SOLUTION
}

/// RMSprop: AdaGrad that forgets, so that the learning rates do not shrink for ever.
///
/// ```text
/// s <- decay s + (1 - decay) g^2        w <- w - lr g / (sqrt(s) + eps)
/// ```
///
/// - `squares`: the `s`, one vector per parameter. `state` of the answer holds the new ones.
///
/// Source: Tieleman & Hinton, lecture 6.5 of "Neural networks for machine learning" (2012).
pub fn rmsprop(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    squares: Vec<Tensor<1>>,
    lr: f64,
    decay: f64,
    eps: f64,
) -> Stepped {
    // BEGIN SOLUTION A1.6 rmsprop
    step_each(parameters, gradients, squares, |w, g, s| {
        let s = s * decay + g.clone().square() * (1.0 - decay);
        (w - g * lr / (s.clone().sqrt() + eps), s)
    })
    // END SOLUTION
}

// BEGIN SOLUTION
/// Makes one step for each parameter: `step` gets `w`, `g` and the state, and gives new `w` and state.
fn step_each(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    state: Vec<Tensor<1>>,
    step: impl Fn(Tensor<1>, Tensor<1>, Tensor<1>) -> (Tensor<1>, Tensor<1>),
) -> Stepped {
    let (parameters, state) = parameters
        .into_iter()
        .zip(gradients)
        .zip(state)
        .map(|((w, g), s)| step(w, g, s))
        .unzip();
    Stepped { parameters, state }
}
// END SOLUTION

/// Adam: momentum for the gradient, divided by the root of its mean square. With `t` the number of
/// this step, which is 1 in the first one:
///
/// ```text
/// g <- g + weight_decay w
/// m <- beta1 m + (1 - beta1) g           m^ = m / (1 - beta1^t)
/// v <- beta2 v + (1 - beta2) g^2         v^ = v / (1 - beta2^t)
/// w <- w - lr m^ / (sqrt(v^) + eps)
/// ```
///
/// The corrected `m^` and `v^` make up for the zeros that `m` and `v` start with; they are not kept.
///
/// - `state.step`: the number of steps made before this one, 0 at first; `state.first`: the `m`;
///   `state.second`: the `v`. The answer holds the new ones.
///
/// Source: Kingma & Ba, "Adam: a method for stochastic optimization" (2014), algorithm 1.
pub fn adam(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    state: AdamState,
    settings: AdamSettings,
) -> AdamStepped {
    // BEGIN SOLUTION A1.6 adam
    let decay = settings.weight_decay;
    let gradients = if decay == 0.0 {
        gradients
    } else {
        parameters
            .iter()
            .zip(gradients)
            .map(|(w, g)| g + w.clone() * decay)
            .collect()
    };
    adam_step(parameters, gradients, state, &settings)
    // END SOLUTION
}

/// AdamW: Adam whose weight decay does not go through the moments. First `w <- w (1 - lr
/// weight_decay)`, then a step of Adam without decay, with the gradient as it came.
///
/// - The state is that of [`adam`].
///
/// Source: Loshchilov & Hutter, "Decoupled weight decay regularization" (2019), algorithm 2.
pub fn adamw(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    state: AdamState,
    settings: AdamSettings,
) -> AdamStepped {
    // BEGIN SOLUTION A1.6 adamw
    let shrink = 1.0 - settings.lr * settings.weight_decay;
    let parameters = parameters.into_iter().map(|w| w * shrink).collect();
    adam_step(parameters, gradients, state, &settings)
    // END SOLUTION
}

// BEGIN SOLUTION
/// A step of Adam without weight decay.
fn adam_step(
    parameters: Vec<Tensor<1>>,
    gradients: Vec<Tensor<1>>,
    state: AdamState,
    settings: &AdamSettings,
) -> AdamStepped {
    let AdamSettings {
        lr,
        beta1,
        beta2,
        eps,
        ..
    } = *settings;
    let step = state.step + 1;
    // Both corrections as numbers: m^ / (sqrt(v^) + eps) = rate m / (sqrt(v) + root2 eps), which saves
    // two passes over every parameter (Kingma & Ba, end of section 2).
    let root2 = (1.0 - beta2.powf(step as f64)).sqrt();
    let rate = lr * root2 / (1.0 - beta1.powf(step as f64));
    let moments = state.first.into_iter().zip(state.second);
    let mut stepped = AdamStepped {
        parameters: Vec::new(),
        state: AdamState {
            step,
            first: Vec::new(),
            second: Vec::new(),
        },
    };
    for ((w, g), (m, v)) in parameters.into_iter().zip(gradients).zip(moments) {
        let m = m * beta1 + g.clone() * (1.0 - beta1);
        let v = v * beta2 + g.square() * (1.0 - beta2);
        let update = m.clone() / (v.clone().sqrt() + root2 * eps) * rate;
        stepped.parameters.push(w - update);
        stepped.state.first.push(m);
        stepped.state.second.push(v);
    }
    stepped
}
// END SOLUTION

/// Clips the gradients of a whole network by their joint norm:
///
/// ```text
/// norm = sqrt(the sum of g^2 over all elements of all gradients)
/// g <- g max_norm / norm   if norm > max_norm
/// ```
///
/// One factor for all of them, so the direction stays. Smaller gradients, zero ones too, stay as they
/// are.
///
/// - Gives the gradients in the order they came in, and the norm before clipping.
///
/// Source: Pascanu, Mikolov & Bengio (2013).
pub fn clip_grad_norm(gradients: Vec<Tensor<1>>, max_norm: f64) -> Clipped {
    // BEGIN SOLUTION A1.6 clip_grad_norm
    let sum: f64 = gradients
        .iter()
        .map(|g| g.clone().square().sum().into_scalar::<f64>())
        .sum();
    let norm = sum.sqrt();
    let gradients = if norm > max_norm {
        let factor = max_norm / norm;
        gradients.into_iter().map(|g| g * factor).collect()
    } else {
        gradients
    };
    Clipped { gradients, norm }
    // END SOLUTION
}
