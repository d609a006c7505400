//! A1.8 Regularisation and augmentation.

use burn::tensor::{Int, Tensor};

use super::MlpParameters;
use crate::{choice, contract, record};

record! {
    /// What early stopping decided. Epochs count from 0.
    pub struct EarlyStop {
        /// The epoch after which training stops; `None` where it goes on.
        pub stop: Option<usize>,
        /// The last epoch that was an improvement, whose parameters are kept; `None` where none was.
        pub best: Option<usize>,
    }
}

record! {
    /// A mixed batch.
    pub struct Mixed {
        /// The inputs `[n, d]`.
        pub x: Tensor<2>,
        /// The soft targets `[n, c]`.
        pub targets: Tensor<2>,
    }
}

record! {
    /// By how many pixels an image moves.
    pub struct Offset {
        /// Towards the last row; negative is up.
        pub down: i64,
        /// Towards the last column; negative is left.
        pub right: i64,
    }
}

choice! {
    /// What an ensemble averages.
    pub enum Averaging {
        /// The probabilities: their arithmetic mean.
        Probabilities,
        /// The log-probabilities: the geometric mean of the probabilities, made to add up to 1 again.
        LogProbabilities,
    }
}

contract! {
    /// A1.8 Regularisation and augmentation.
    pub trait Regularisation, table RegularisationTable {
        /// Which elements dropout keeps: 1 where the uniform number in `[0, 1)` is at least `p`, else 0.
        fn dropout_mask(uniforms: Tensor<2>, p: f64) -> Tensor<2>;
        /// Inverted dropout: in training `x / (1 - p)` where the mask is 1 and 0 where it is 0, else x.
        fn dropout_forward(x: Tensor<2>, mask: Tensor<2>, p: f64, training: bool) -> Tensor<2>;
        /// The gradient of dropout by x.
        fn dropout_backward(dy: Tensor<2>, mask: Tensor<2>, p: f64, training: bool) -> Tensor<2>;
        /// `lambda sum |w|` over the weights, and over the biases if `with_biases`.
        fn l1_penalty(parameters: MlpParameters, lambda: f64, with_biases: bool) -> f64;
        /// The gradient of `l1_penalty`, zeros for biases that are left out.
        fn l1_gradient(parameters: MlpParameters, lambda: f64, with_biases: bool) -> MlpParameters;
        /// `lambda / 2 sum w^2` over the weights, and over the biases if `with_biases`.
        fn l2_penalty(parameters: MlpParameters, lambda: f64, with_biases: bool) -> f64;
        /// The gradient of `l2_penalty`, zeros for biases that are left out.
        fn l2_gradient(parameters: MlpParameters, lambda: f64, with_biases: bool) -> MlpParameters;
        /// Follows the validation losses, one per epoch, until `patience` epochs in a row were no
        /// improvement by more than `min_delta`.
        fn early_stopping(losses: Vec<f64>, patience: usize, min_delta: f64) -> EarlyStop;
        /// `lambda` of each sample and `1 - lambda` of its partner, in inputs and targets alike.
        fn mixup(x: Tensor<2>, targets: Tensor<2>, partners: Tensor<1, Int>, lambda: f64) -> Mixed;
        /// Images `[n, channels, height, width]`, each moved by its own offset; what comes in from
        /// outside is `background`.
        fn shift_images(images: Tensor<4>, offsets: Vec<Offset>, background: f64) -> Tensor<4>;
        /// Images `[n, channels, height, width]`, those with a `true` mirrored left to right.
        fn flip_images(images: Tensor<4>, flips: Vec<bool>) -> Tensor<4>;
        /// The log-probabilities `[n, c]` of an ensemble, from the logits of its models.
        fn ensemble_average(logits: Vec<Tensor<2>>, averaging: Averaging) -> Tensor<2>;
    }
}
