//! A1.9 Batch, layer and RMS normalisation.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// What batch normalisation remembers of the batches it has seen.
    pub struct RunningStatistics {
        /// `[d]`, one mean per feature; zeros before the first batch.
        pub mean: Tensor<1>,
        /// `[d]`, one variance per feature; ones before the first batch.
        pub variance: Tensor<1>,
    }
}

record! {
    /// The settings of batch normalisation.
    pub struct BatchNormSettings {
        /// Whether the statistics are those of the batch, or the running ones.
        pub training: bool,
        /// The share of the new batch in the running statistics; PyTorch's default is 0.1.
        pub momentum: f64,
        /// Added to the variance, under the root; PyTorch's default is 1e-5.
        pub eps: f64,
    }
}

record! {
    /// A batch after batch normalisation.
    pub struct BatchNormForward {
        /// `[n, d]`, the output.
        pub y: Tensor<2>,
        /// The running statistics for the next call.
        pub running: RunningStatistics,
    }
}

record! {
    /// A batch of sequences after batch normalisation.
    pub struct BatchNormSequenceForward {
        /// `[n, d, l]`, the output.
        pub y: Tensor<3>,
        /// The running statistics for the next call.
        pub running: RunningStatistics,
    }
}

record! {
    /// The gradients of batch or layer normalisation.
    pub struct NormGradients {
        /// By the input, `[n, d]`.
        pub dx: Tensor<2>,
        /// By the scale, `[d]`.
        pub dgamma: Tensor<1>,
        /// By the shift, `[d]`.
        pub dbeta: Tensor<1>,
    }
}

record! {
    /// The gradients of batch normalisation of sequences.
    pub struct NormSequenceGradients {
        /// By the input, `[n, d, l]`.
        pub dx: Tensor<3>,
        /// By the scale, `[d]`.
        pub dgamma: Tensor<1>,
        /// By the shift, `[d]`.
        pub dbeta: Tensor<1>,
    }
}

record! {
    /// The gradients of RMS normalisation, which has no shift.
    pub struct RmsNormGradients {
        /// By the input, `[n, d]`.
        pub dx: Tensor<2>,
        /// By the scale, `[d]`.
        pub dgamma: Tensor<1>,
    }
}

contract! {
    /// A1.9 Batch, layer and RMS normalisation.
    ///
    /// `gamma` and `beta` are the learned scale and shift, one number per feature. The backward
    /// functions get the input of the forward pass and compute its statistics again.
    pub trait Norms, table NormsTable {
        /// Batch normalisation of `x` `[n, d]` over the batch (Ioffe & Szegedy 2015). Refuses to train on
        /// fewer than two samples.
        fn batchnorm_forward(
            x: Tensor<2>,
            gamma: Tensor<1>,
            beta: Tensor<1>,
            running: RunningStatistics,
            settings: BatchNormSettings,
        ) -> Result<BatchNormForward, String>;
        /// The gradients of batch normalisation in training, one step of the graph after the other.
        fn batchnorm_backward_by_steps(
            x: Tensor<2>,
            gamma: Tensor<1>,
            dy: Tensor<2>,
            eps: f64,
        ) -> NormGradients;
        /// The same gradients in closed form.
        fn batchnorm_backward(x: Tensor<2>, gamma: Tensor<1>, dy: Tensor<2>, eps: f64) -> NormGradients;
        /// Batch normalisation of sequences `[n, d, l]`, over the batch and all positions. Refuses to
        /// train on fewer than two values per channel.
        fn batchnorm_sequence_forward(
            x: Tensor<3>,
            gamma: Tensor<1>,
            beta: Tensor<1>,
            running: RunningStatistics,
            settings: BatchNormSettings,
        ) -> Result<BatchNormSequenceForward, String>;
        /// The gradients of batch normalisation of sequences in training.
        fn batchnorm_sequence_backward(
            x: Tensor<3>,
            gamma: Tensor<1>,
            dy: Tensor<3>,
            eps: f64,
        ) -> NormSequenceGradients;
        /// Layer normalisation of each row of `x` `[n, d]` (Ba, Kiros & Hinton 2016).
        fn layernorm_forward(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, eps: f64) -> Tensor<2>;
        /// The gradients of layer normalisation.
        fn layernorm_backward(x: Tensor<2>, gamma: Tensor<1>, dy: Tensor<2>, eps: f64) -> NormGradients;
        /// RMS normalisation of each row of `x` `[n, d]` (Zhang & Sennrich 2019).
        fn rmsnorm_forward(x: Tensor<2>, gamma: Tensor<1>, eps: f64) -> Tensor<2>;
        /// The gradients of RMS normalisation.
        fn rmsnorm_backward(x: Tensor<2>, gamma: Tensor<1>, dy: Tensor<2>, eps: f64) -> RmsNormGradients;
    }
}
