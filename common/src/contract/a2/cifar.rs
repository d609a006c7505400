//! A2.9 CIFAR-10 under a budget.

use burn::tensor::{Int, Tensor};

use crate::nn::zeros_like;
use crate::{contract, parameters, record};

/// The share of a new batch in the running statistics of [`Cifar::cifar_forward`].
pub const CIFAR_MOMENTUM: f64 = 0.1;
/// What [`Cifar::cifar_forward`] adds to a variance, under the root.
pub const CIFAR_EPS: f64 = 1e-5;

record! {
    /// What a training run is made with. As a file it is `recipe.toml`.
    pub struct CifarRecipe {
        /// The channels of each stage of the network.
        pub widths: Vec<usize>,
        /// How often to go through the training pictures, 1 or more.
        pub epochs: usize,
        /// Pictures per step, 2 or more.
        pub batch_size: usize,
        /// The largest learning rate, above 0.
        pub peak_lr: f64,
        /// The share of the steps in which the rate rises, in `[0, 1)`.
        pub warmup: f64,
        /// Nesterov's momentum, in `[0, 1)`.
        pub momentum: f64,
        /// L2 on kernels and on the head's matrix, 0 or more.
        pub weight_decay: f64,
        /// The share of each label that is spread over all classes, in `[0, 1)`.
        pub smoothing: f64,
        /// How many pixels of zeros are put around a training picture before it is cut out again.
        pub padding: usize,
        /// Whether training pictures are mirrored left to right, each with probability 1/2.
        pub flip: bool,
    }
}

record! {
    /// What a network costs.
    pub struct CifarBudget {
        /// Numbers that are learned.
        pub parameters: usize,
        /// Multiplications of a weight with a value that one picture takes on its way through.
        pub multiply_accumulates: usize,
    }
}

parameters! {
    /// A convolution of 3 x 3 without a bias, and the scale and shift of the batch normalisation behind it.
    pub struct CifarConv {
        /// `[c_out, c_in, 3, 3]`
        pub kernel: Tensor<4>,
        /// `[c_out]`, the scale.
        pub gamma: Tensor<1>,
        /// `[c_out]`, the shift.
        pub beta: Tensor<1>,
    }
}

parameters! {
    /// One stage of the network: a convolution that is pooled, and one that is added.
    pub struct CifarStage {
        /// From the channels of the stage before to those of this one.
        pub widen: CifarConv,
        /// Among the channels of this stage.
        pub residual: CifarConv,
    }
}

parameters! {
    /// The parameters of the network.
    pub struct CifarNet {
        /// One entry per stage.
        pub stages: Vec<CifarStage>,
        /// `[channels of the last stage, classes]`
        pub head_weight: Tensor<2>,
        /// `[classes]`
        pub head_bias: Tensor<1>,
    }
}

parameters! {
    /// What one batch normalisation remembers of the batches it has seen.
    pub struct CifarRunning {
        /// `[c]`; zeros before the first batch.
        pub mean: Tensor<1>,
        /// `[c]`; ones before the first batch.
        pub variance: Tensor<1>,
    }
}

record! {
    /// A batch after the network.
    pub struct CifarForward {
        /// `[n, classes]`
        pub logits: Tensor<2>,
        /// The running statistics for the next call, in the order of `running`.
        pub running: Vec<CifarRunning>,
    }
}

record! {
    /// Normalised pictures, and what they were normalised with.
    pub struct NormalisedPictures {
        /// `[n, c, height, width]`
        pub train: Tensor<4>,
        /// `[m, c, height, width]`
        pub test: Tensor<4>,
        /// `[c]`, the mean of each channel.
        pub mean: Tensor<1>,
        /// `[c]`, the standard deviation of each channel.
        pub std: Tensor<1>,
    }
}

record! {
    /// Which part of a padded picture is cut out, and whether it is mirrored.
    pub struct CropFlip {
        /// The first row of the cut in the padded picture.
        pub top: usize,
        /// The first column of the cut in the padded picture.
        pub left: usize,
        /// Whether the cut is mirrored left to right.
        pub flip: bool,
    }
}

record! {
    /// What one batch says about the parameters.
    pub struct CifarGradient {
        /// The smoothed cross-entropy of the batch in nats, without weight decay.
        pub loss: f64,
        /// The gradient, with weight decay in it.
        pub gradient: CifarNet,
        /// The running statistics after the batch.
        pub running: Vec<CifarRunning>,
    }
}

record! {
    /// Everything that a step changes.
    pub struct CifarState {
        /// The parameters.
        pub net: CifarNet,
        /// The optimiser's velocity; zeros in the beginning.
        pub velocity: CifarNet,
        /// The running statistics: for each stage that of `widen`, then that of `residual`.
        pub running: Vec<CifarRunning>,
        /// Steps that were made.
        pub step: usize,
    }
}

impl CifarState {
    /// The beginning of a run. Given.
    #[must_use]
    pub fn new(net: CifarNet) -> Self {
        let fresh = |layer: &CifarConv| CifarRunning {
            mean: layer.gamma.zeros_like(),
            variance: layer.gamma.ones_like(),
        };
        let layers = net.stages.iter().flat_map(|s| [&s.widen, &s.residual]);
        Self {
            running: layers.map(fresh).collect(),
            velocity: zeros_like(&net),
            net,
            step: 0,
        }
    }
}

record! {
    /// One step of a training run.
    pub struct CifarStep {
        /// The state after it.
        pub state: CifarState,
        /// The loss of its batch, before it.
        pub loss: f64,
    }
}

record! {
    /// Labelled pictures, with values in `[0, 1]`.
    pub struct CifarPictures {
        /// `[n, c, height, width]`
        pub x: Tensor<4>,
        /// `[n]`, each `0..classes`.
        pub labels: Tensor<1, Int>,
    }
}

record! {
    /// A training run that is over.
    pub struct CifarTraining {
        /// The state after the last step.
        pub state: CifarState,
        /// The mean loss of the training pictures in each epoch.
        pub losses: Vec<f64>,
        /// The share of wrong answers on the test pictures after each epoch.
        pub test_errors: Vec<f64>,
    }
}

contract! {
    /// A2.9 CIFAR-10 under a budget.
    ///
    /// Pictures are `[n, c, height, width]`; height and width are multiples of `2^stages`.
    pub trait Cifar, table CifarTable {
        /// The recipe of your own, as the text of a `recipe.toml`.
        fn cifar_recipe() -> String;
        /// The recipe that a text holds, or why it holds none.
        fn parse_recipe(text: String) -> Result<CifarRecipe, String>;
        /// Parameters and multiply-accumulates of the network for pictures of `channels` and `side` x `side` pixels.
        fn cifar_budget(widths: Vec<usize>, channels: usize, classes: usize, side: usize) -> CifarBudget;
        /// A network before training.
        fn cifar_init(widths: Vec<usize>, channels: usize, classes: usize, seed: u64) -> CifarNet;
        /// The logits of a batch, and the running statistics after it.
        fn cifar_forward(
            net: CifarNet,
            running: Vec<CifarRunning>,
            x: Tensor<4>,
            training: bool,
        ) -> CifarForward;
        /// Both sets, minus the mean and over the standard deviation of the training set's channels.
        fn cifar_normalise(train: Tensor<4>, test: Tensor<4>) -> NormalisedPictures;
        /// Each picture padded with zeros, cut out and mirrored as its draw says; `x` as it is outside training.
        fn pad_crop_flip(
            x: Tensor<4>,
            draws: Vec<CropFlip>,
            padding: usize,
            training: bool,
        ) -> Tensor<4>;
        /// The learning rate of `step`, counted from 0, of `steps`.
        fn recipe_lr(recipe: CifarRecipe, step: usize, steps: usize) -> f64;
        /// Loss, gradient and running statistics of a batch in training.
        fn recipe_gradient(
            net: CifarNet,
            running: Vec<CifarRunning>,
            x: Tensor<4>,
            labels: Tensor<1, Int>,
            smoothing: f64,
            weight_decay: f64,
        ) -> CifarGradient;
        /// One step of a run of `steps`, with the batch `x` before augmentation.
        fn recipe_step(
            state: CifarState,
            x: Tensor<4>,
            labels: Tensor<1, Int>,
            draws: Vec<CropFlip>,
            recipe: CifarRecipe,
            steps: usize,
        ) -> CifarStep;
        /// A whole run.
        fn train_recipe(
            train: CifarPictures,
            test: CifarPictures,
            classes: usize,
            recipe: CifarRecipe,
            seed: u64,
        ) -> CifarTraining;
        /// The probabilities `[n, classes]`, computed by `batch_size` pictures at a time.
        fn cifar_predict(
            net: CifarNet,
            running: Vec<CifarRunning>,
            x: Tensor<4>,
            batch_size: usize,
        ) -> Tensor<2>;
    }
}
