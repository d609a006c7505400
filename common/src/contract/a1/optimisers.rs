//! A1.6 Optimisers.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// Parameters after a step, and the optimiser's state for the next one.
    pub struct Stepped {
        /// The new parameters, in the order they came in.
        pub parameters: Vec<Tensor<1>>,
        /// One vector per parameter: velocity or accumulated squares.
        pub state: Vec<Tensor<1>>,
    }
}

record! {
    /// What Adam remembers between steps.
    pub struct AdamState {
        /// The number of steps made.
        pub step: usize,
        /// The running mean of the gradients, one vector per parameter.
        pub first: Vec<Tensor<1>>,
        /// The running mean of their squares, one vector per parameter.
        pub second: Vec<Tensor<1>>,
    }
}

record! {
    /// The settings of Adam and AdamW.
    pub struct AdamSettings {
        /// Learning rate.
        pub lr: f64,
        /// Decay of the first moment; the paper uses 0.9.
        pub beta1: f64,
        /// Decay of the second moment; the paper uses 0.999.
        pub beta2: f64,
        /// Added to the root of the corrected second moment; the paper uses 1e-8.
        pub eps: f64,
        /// Adam adds `weight_decay w` to the gradient (L2); AdamW shrinks `w` directly.
        pub weight_decay: f64,
    }
}

record! {
    /// Parameters after a step of Adam.
    pub struct AdamStepped {
        /// The new parameters, in the order they came in.
        pub parameters: Vec<Tensor<1>>,
        /// The state for the next step.
        pub state: AdamState,
    }
}

record! {
    /// Clipped gradients.
    pub struct Clipped {
        /// The gradients, in the order they came in.
        pub gradients: Vec<Tensor<1>>,
        /// Their joint 2-norm before clipping.
        pub norm: f64,
    }
}

contract! {
    /// A1.6 Optimisers.
    ///
    /// A network's parameters travel as a list of flat vectors, one per weight or bias, their
    /// gradients likewise. State goes in and comes out; it starts as zeros.
    pub trait Optimisers, table OptimisersTable {
        /// `w - lr g`.
        fn sgd(parameters: Vec<Tensor<1>>, gradients: Vec<Tensor<1>>, lr: f64) -> Vec<Tensor<1>>;
        /// `v = mu v + g`, `w = w - lr v` (Polyak 1964, as PyTorch writes it).
        fn momentum(
            parameters: Vec<Tensor<1>>,
            gradients: Vec<Tensor<1>>,
            velocities: Vec<Tensor<1>>,
            lr: f64,
            mu: f64,
        ) -> Stepped;
        /// `v = mu v + g`, `w = w - lr (g + mu v)` (Nesterov 1983, Sutskever et al. 2013).
        fn nesterov(
            parameters: Vec<Tensor<1>>,
            gradients: Vec<Tensor<1>>,
            velocities: Vec<Tensor<1>>,
            lr: f64,
            mu: f64,
        ) -> Stepped;
        /// `s = s + g^2`, `w = w - lr g / (sqrt s + eps)` (Duchi et al. 2011).
        fn adagrad(
            parameters: Vec<Tensor<1>>,
            gradients: Vec<Tensor<1>>,
            squares: Vec<Tensor<1>>,
            lr: f64,
            eps: f64,
        ) -> Stepped;
        /// `s = decay s + (1 - decay) g^2`, `w = w - lr g / (sqrt s + eps)` (Tieleman & Hinton 2012).
        fn rmsprop(
            parameters: Vec<Tensor<1>>,
            gradients: Vec<Tensor<1>>,
            squares: Vec<Tensor<1>>,
            lr: f64,
            decay: f64,
            eps: f64,
        ) -> Stepped;
        /// Adam, Algorithm 1 of Kingma & Ba 2014, with L2 weight decay.
        fn adam(
            parameters: Vec<Tensor<1>>,
            gradients: Vec<Tensor<1>>,
            state: AdamState,
            settings: AdamSettings,
        ) -> AdamStepped;
        /// Adam with decoupled weight decay: `w (1 - lr weight_decay)` first, then Adam's step
        /// (Loshchilov & Hutter 2019).
        fn adamw(
            parameters: Vec<Tensor<1>>,
            gradients: Vec<Tensor<1>>,
            state: AdamState,
            settings: AdamSettings,
        ) -> AdamStepped;
        /// Scales all gradients by one factor so that their joint 2-norm is at most `max_norm`; leaves
        /// smaller ones as they are (Pascanu et al. 2013).
        fn clip_grad_norm(gradients: Vec<Tensor<1>>, max_norm: f64) -> Clipped;
    }
}
