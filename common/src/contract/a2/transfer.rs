//! A2.10 Transfer learning.

use burn::tensor::{Int, Tensor};

use crate::nn::Parameters;
use crate::{contract, record};

/// What [`Transfer::extract_features`] adds to a running variance, under the root.
pub const TRANSFER_EPS: f64 = 1e-5;
/// What [`Transfer::hog`] takes for the length of an empty block.
pub const HOG_EPS: f64 = 1e-3;

record! {
    /// One tensor of a network, as files of weights have them: by name.
    pub struct NamedTensor {
        /// Parts with points between them: `conv1.kernel`.
        pub name: String,
        /// The size of each axis.
        pub shape: Vec<usize>,
        /// The numbers in row-major order: `[product of shape]`.
        pub values: Tensor<1>,
    }
}

impl NamedTensor {
    /// A tensor under a name. Given.
    #[must_use]
    pub fn new<const D: usize>(name: &str, tensor: Tensor<D>) -> Self {
        Self {
            name: name.into(),
            shape: tensor.dims().to_vec(),
            values: tensor.reshape([-1]),
        }
    }
}

impl Parameters for NamedTensor {
    fn map(self, f: &mut dyn FnMut(Tensor<1>) -> Tensor<1>) -> Self {
        Self {
            values: f(self.values),
            ..self
        }
    }
}

record! {
    /// Tensors that are trained with a learning rate of their own.
    pub struct ParameterGroup {
        /// The first parts of their names: `conv1`.
        pub prefix: String,
        /// The learning rate.
        pub lr: f64,
    }
}

record! {
    /// How a linear classifier is trained on features.
    pub struct ProbeSettings {
        /// How many classes there are.
        pub classes: usize,
        /// The learning rate.
        pub lr: f64,
        /// Steps, each on all samples.
        pub steps: usize,
        /// L2 on the weights, not on the bias.
        pub weight_decay: f64,
    }
}

record! {
    /// A linear classifier.
    pub struct LinearHead {
        /// `[d, classes]`
        pub weight: Tensor<2>,
        /// `[classes]`
        pub bias: Tensor<1>,
    }
}

record! {
    /// How a network is fine-tuned.
    pub struct FineTuneSettings {
        /// What is trained; everything else is frozen.
        pub groups: Vec<ParameterGroup>,
        /// The share of the velocity that is kept.
        pub momentum: f64,
        /// L2 on all tensors that are trained.
        pub weight_decay: f64,
        /// The samples of each step.
        pub batches: Vec<Vec<usize>>,
    }
}

contract! {
    /// A2.10 Transfer learning.
    ///
    /// The network's tensors are `conv1.kernel` `[c1, c, 3, 3]`, `norm1.gamma`, `norm1.beta`, `norm1.mean`,
    /// `norm1.variance`, each `[c1]`; the same five of `conv2` and `norm2` with `[c2, c1, 3, 3]` and `[c2]`; `head.weight`
    /// `[d, classes]` and `head.bias` `[classes]`. Means and variances are running statistics: they are not learned, and
    /// nothing here changes them.
    pub trait Transfer, table TransferTable {
        /// For each name whether it is frozen: whether one of the prefixes is its beginning.
        fn freeze(names: Vec<String>, prefixes: Vec<String>) -> Result<Vec<bool>, String>;
        /// The features `[n, d]` of pictures `[n, c, height, width]`, by `batch_size` at a time.
        fn extract_features(weights: Vec<NamedTensor>, x: Tensor<4>, batch_size: usize) -> Tensor<2>;
        /// The network with a new head for another number of classes.
        fn replace_head(weights: Vec<NamedTensor>, classes: usize, seed: u64) -> Vec<NamedTensor>;
        /// A linear classifier, trained on features `[n, d]` from zeros.
        fn linear_probe(
            features: Tensor<2>,
            labels: Tensor<1, Int>,
            settings: ProbeSettings,
        ) -> LinearHead;
        /// Groups whose rates fall from the output to the input.
        fn discriminative_groups(prefixes: Vec<String>, lr: f64, factor: f64) -> Vec<ParameterGroup>;
        /// The network after training on few samples, or which group has nothing to train.
        fn fine_tune(
            weights: Vec<NamedTensor>,
            x: Tensor<4>,
            labels: Tensor<1, Int>,
            settings: FineTuneSettings,
        ) -> Result<Vec<NamedTensor>, String>;
        /// The class of each row of `features`, by the vote of its `k` nearest neighbours among `known`.
        fn knn_probe(
            known: Tensor<2>,
            labels: Vec<usize>,
            features: Tensor<2>,
            k: usize,
        ) -> Vec<usize>;
        /// Histograms of oriented gradients of grey pictures `[n, 1, height, width]`.
        fn hog(x: Tensor<4>, cell: usize, bins: usize) -> Tensor<2>;
        /// The network as bytes.
        fn save_weights(weights: Vec<NamedTensor>) -> Vec<u8>;
        /// The network that the bytes hold, or why they hold none.
        fn load_weights(bytes: Vec<u8>) -> Result<Vec<NamedTensor>, String>;
    }
}
