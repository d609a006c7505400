//! Assignment 1: back-propagation, the multi-layer perceptron, optimisation.
//!
//! One trait per part. Shapes are written `[rows, columns]`; `n` is the number of samples, `c` the
//! number of classes. Tensors are `f64` when a check calls and `f32` when a lab trains, so a function
//! makes its own tensors on the device, and with the element type, of its arguments.

use burn::tensor::{Int, Tensor};

use crate::{assignment, choice, contract, record};

record! {
    /// What the perceptron learned.
    pub struct PerceptronFit {
        /// One weight per input.
        pub weights: Vec<f64>,
        /// The threshold, as a weight on the constant input 1.
        pub bias: f64,
        /// The number of updates in each epoch that was run, the last one included.
        pub mistakes_per_epoch: Vec<usize>,
        /// The number of epochs run when one epoch passed without a mistake; `None` when
        /// `max_epochs` ended first.
        pub converged: Option<usize>,
    }
}

record! {
    /// The geometry of a separation, with the constant input 1 counted as a coordinate.
    pub struct MarginAndRadius {
        /// The smallest `y (w . x + b) / |(w, b)|` over the points.
        pub margin: f64,
        /// The largest `|(x, 1)|` over the points.
        pub radius: f64,
    }
}

contract! {
    /// A1.1 The perceptron (Rosenblatt 1958) and its bound (Novikoff 1962).
    pub trait Perceptron, table PerceptronTable {
        /// Learns from `points` (`n` points of `d` numbers) with `labels` of -1 and +1, starting at
        /// zero. One epoch visits the points in `order`; a point with `y (w . x + b) <= 0` is a
        /// mistake and moves `w` by `learning_rate y x` and `b` by `learning_rate y`. Ends after the
        /// first epoch without a mistake, or after `max_epochs`.
        fn perceptron_fit(
            points: Vec<Vec<f64>>,
            labels: Vec<i32>,
            order: Vec<usize>,
            learning_rate: f64,
            max_epochs: usize,
        ) -> PerceptronFit;
        /// The class of each point: +1 where `w . x + b > 0`, else -1.
        fn perceptron_predict(points: Vec<Vec<f64>>, weights: Vec<f64>, bias: f64) -> Vec<i32>;
        /// The margin of the plane `(w, b)` on the points, and their radius.
        fn margin_and_radius(
            points: Vec<Vec<f64>>,
            labels: Vec<i32>,
            weights: Vec<f64>,
            bias: f64,
        ) -> MarginAndRadius;
        /// Novikoff's bound on the number of mistakes: `(radius / margin)^2`.
        fn novikoff_bound(radius: f64, margin: f64) -> f64;
    }
}

record! {
    /// The vector-Jacobian products of `y = x w + b`.
    pub struct LinearGradients {
        /// `[n, inputs]`
        pub dx: Tensor<2>,
        /// `[inputs, outputs]`
        pub dw: Tensor<2>,
        /// `[outputs]`
        pub db: Tensor<1>,
    }
}

contract! {
    /// A1.3 Vector-Jacobian products of tensor layers, by hand.
    ///
    /// `dy` is the gradient of the loss by the layer's output and has the output's shape.
    pub trait TensorLayers, table TensorLayersTable {
        /// `y = x w + b`: x `[n, inputs]`, w `[inputs, outputs]`, b `[outputs]`, y `[n, outputs]`.
        fn linear_forward(x: Tensor<2>, w: Tensor<2>, b: Tensor<1>) -> Tensor<2>;
        /// The gradients of the linear layer.
        fn linear_backward(x: Tensor<2>, w: Tensor<2>, dy: Tensor<2>) -> LinearGradients;
        /// `max(x, 0)`.
        fn relu_forward(x: Tensor<2>) -> Tensor<2>;
        /// The gradient of ReLU from its input `x`; 0 at `x = 0`.
        fn relu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// GELU in its exact form, `x / 2 (1 + erf(x / sqrt 2))` (Hendrycks & Gimpel 2016).
        fn gelu_forward(x: Tensor<2>) -> Tensor<2>;
        /// The gradient of the exact GELU from its input `x`.
        fn gelu_backward(x: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// The gradient of the logistic sigmoid from its output `y`.
        fn sigmoid_backward(y: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// The gradient of tanh from its output `y`.
        fn tanh_backward(y: Tensor<2>, dy: Tensor<2>) -> Tensor<2>;
        /// Undoes broadcasting: sums `gradient` over every axis along which an array of `shape` was
        /// repeated. A shorter shape is written with leading ones, so a scalar is `[1, 1, 1]`.
        fn unbroadcast(gradient: Tensor<3>, shape: [usize; 3]) -> Tensor<3>;
        /// The gradient of `y = x.sum_dim(axis)` for x of `shape`; the axis is kept with size 1.
        fn sum_backward(dy: Tensor<2>, shape: [usize; 2], axis: usize) -> Tensor<2>;
        /// The gradient of `y = x.mean_dim(axis)` for x of `shape`; the axis is kept with size 1.
        fn mean_backward(dy: Tensor<2>, shape: [usize; 2], axis: usize) -> Tensor<2>;
        /// The gradient of a reshape from `shape` to a matrix.
        fn reshape_backward(dy: Tensor<2>, shape: [usize; 3]) -> Tensor<3>;
        /// The gradient of `y = x.permute(axes)`.
        fn permute_backward(dy: Tensor<3>, axes: [usize; 3]) -> Tensor<3>;
    }
}

record! {
    /// How the cross-entropy counts samples and classes.
    pub struct CrossEntropyOptions {
        /// One weight per class `[c]`; every class counts the same without.
        pub class_weights: Option<Tensor<1>>,
        /// The share `s` of the target that is spread evenly over all `c` classes: the target is
        /// `(1 - s) onehot + s / c`.
        pub label_smoothing: f64,
        /// Rows with this label do not count, neither in the sum nor in the denominator.
        pub ignore_index: Option<i64>,
    }
}

record! {
    /// One batch of a data set as a classifier saw it.
    pub struct Scored {
        /// `[n, c]`
        pub logits: Tensor<2>,
        /// `[n]`
        pub labels: Tensor<1, Int>,
    }
}

contract! {
    /// A1.4 Losses, their gradients, and metrics.
    pub trait Losses, table LossesTable {
        /// Row-wise `x - ln sum exp x`, finite for logits of any size. `[n, c]`.
        fn log_softmax(logits: Tensor<2>) -> Tensor<2>;
        /// The mean cross-entropy over the rows that count, in nats. With class weights `v` each row
        /// counts `v[label]` times, in the sum and in the denominator; with smoothing as well, class
        /// `k` of the target distribution is weighted by `v[k]` (PyTorch's definition).
        fn cross_entropy(
            logits: Tensor<2>,
            labels: Tensor<1, Int>,
            options: CrossEntropyOptions,
        ) -> f64;
        /// The gradient of the cross-entropy by the logits, `[n, c]`.
        fn cross_entropy_backward(
            logits: Tensor<2>,
            labels: Tensor<1, Int>,
            options: CrossEntropyOptions,
        ) -> Tensor<2>;
        /// The mean over all elements of `softplus(x) - x t`, finite for logits of any size.
        fn bce_with_logits(logits: Tensor<2>, targets: Tensor<2>) -> f64;
        /// The gradient of `bce_with_logits` by the logits.
        fn bce_with_logits_backward(logits: Tensor<2>, targets: Tensor<2>) -> Tensor<2>;
        /// The mean over all elements of `(x - t)^2`.
        fn mse(predictions: Tensor<2>, targets: Tensor<2>) -> f64;
        /// The gradient of `mse` by the predictions.
        fn mse_backward(predictions: Tensor<2>, targets: Tensor<2>) -> Tensor<2>;
        /// The share of rows whose label is not among the `k` largest logits (ILSVRC's metric). Of
        /// equal logits the one with the smaller index ranks first.
        fn topk_error(logits: Tensor<2>, labels: Tensor<1, Int>, k: usize) -> f64;
        /// How often each label (row) was given each prediction (column): `[classes, classes]`.
        fn confusion(
            predictions: Tensor<1, Int>,
            labels: Tensor<1, Int>,
            classes: usize,
        ) -> Tensor<2, Int>;
        /// The share of samples, over all batches, whose largest logit is at the label.
        fn accuracy(batches: Vec<Scored>) -> f64;
    }
}

choice! {
    /// What follows every layer of an MLP but the last.
    pub enum Activation {
        /// `max(x, 0)`
        Relu,
        /// `tanh x`
        Tanh,
    }
}

choice! {
    /// How weights are drawn. `F_in` and `F_out` are the layer's inputs and outputs.
    pub enum Init {
        /// Glorot & Bengio 2010: variance `gain^2 2 / (F_in + F_out)`, uniform.
        XavierUniform,
        /// Glorot & Bengio 2010: variance `gain^2 2 / (F_in + F_out)`, normal.
        XavierNormal,
        /// He et al. 2015: variance `gain^2 / F_in`, uniform. ReLU asks for gain `sqrt 2`.
        KaimingUniform,
        /// He et al. 2015: variance `gain^2 / F_in`, normal. ReLU asks for gain `sqrt 2`.
        KaimingNormal,
        /// LeCun et al. 1989: uniform in `gain [-2.4 / F_in, 2.4 / F_in]`.
        Lecun1989,
    }
}

record! {
    /// The parameters of an MLP with `layers` layers.
    pub struct MlpParameters {
        /// `weights[l]` is `[sizes[l], sizes[l + 1]]`.
        pub weights: Vec<Tensor<2>>,
        /// `biases[l]` is `[sizes[l + 1]]`.
        pub biases: Vec<Tensor<1>>,
    }
}

record! {
    /// One forward pass, with what the backward pass needs of it.
    pub struct MlpForward {
        /// The input of each layer: `inputs[0]` is x, `inputs[l]` the activation of layer `l - 1`.
        pub inputs: Vec<Tensor<2>>,
        /// The output of each layer before its activation; the last one is the logits.
        pub outputs: Vec<Tensor<2>>,
    }
}

contract! {
    /// A1.5 The multi-layer perceptron and its initialisation.
    pub trait Mlp, table MlpTable {
        /// The number of parameters of an MLP with layers of these sizes, biases included.
        fn param_count(sizes: Vec<usize>) -> usize;
        /// One weight matrix `[fan_in, fan_out]`, drawn from [`Rng::new(seed)`](crate::rng::Rng).
        fn init_weight(init: Init, fan_in: usize, fan_out: usize, gain: f64, seed: u64) -> Tensor<2>;
        /// All parameters: weights by `init`, a stream of its own for each layer, biases zero.
        fn mlp_init(sizes: Vec<usize>, init: Init, gain: f64, seed: u64) -> MlpParameters;
        /// The forward pass on x `[n, sizes[0]]`: linear layers with the activation between them and
        /// none after the last.
        fn mlp_forward(parameters: MlpParameters, activation: Activation, x: Tensor<2>) -> MlpForward;
        /// The gradients of all parameters from `dlogits` `[n, sizes[last]]`, without autodiff.
        fn mlp_backward(
            parameters: MlpParameters,
            activation: Activation,
            forward: MlpForward,
            dlogits: Tensor<2>,
        ) -> MlpParameters;
    }
}

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

assignment! {
    /// Assignment 1.
    pub struct A1 {
        /// A1.1
        pub perceptron: PerceptronTable,
        /// A1.3
        pub tensor_layers: TensorLayersTable,
        /// A1.4
        pub losses: LossesTable,
        /// A1.5
        pub mlp: MlpTable,
        /// A1.6
        pub optimisers: OptimisersTable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_parts_have_a_function_of_the_same_name() {
        // A call names its function alone.
        let names: Vec<&str> = A1::FUNCTIONS
            .iter()
            .flat_map(|(_, functions)| *functions)
            .copied()
            .collect();
        let unique: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(unique.len(), names.len());
    }
}
