//! A1.4 Losses, their gradients, and metrics.

use burn::tensor::{Int, Tensor};

use crate::{contract, record};

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
