//! A2.5 LeNet-5 and the modernisation ladder.

use burn::tensor::{Int, Tensor};

use super::{LayerSize, Lenet1989Parameters};
use crate::{choice, contract, parameters, record};

parameters! {
    /// The parameters that LeNet-5 learns, for images of `height` x `width` pixels after the padding. In the paper these are
    /// 32 x 32, then S4 has 16 planes of 5 x 5 and `n4` is 400. The numbers of units of C5 and F6 are read off the shapes.
    pub struct Lenet5Parameters {
        /// `[6, 1, 5, 5]`
        pub c1_weight: Tensor<4>,
        /// `[6]`
        pub c1_bias: Tensor<1>,
        /// `[6]`, what the sum of four units is multiplied by.
        pub s2_coefficient: Tensor<1>,
        /// `[6]`
        pub s2_bias: Tensor<1>,
        /// `[60, 5, 5]`: the kernels of the first plane of C3 in the order in which `c3_table` lists what it sees, then those
        /// of the second, and so on.
        pub c3_weight: Tensor<3>,
        /// `[16]`
        pub c3_bias: Tensor<1>,
        /// `[16]`
        pub s4_coefficient: Tensor<1>,
        /// `[16]`
        pub s4_bias: Tensor<1>,
        /// `[n4, 120]`, plane by plane, row by row.
        pub c5_weight: Tensor<2>,
        /// `[120]`
        pub c5_bias: Tensor<1>,
        /// `[120, 84]`
        pub f6_weight: Tensor<2>,
        /// `[84]`
        pub f6_bias: Tensor<1>,
    }
}

parameters! {
    /// The parameters of the network that is called LeNet today, with the same sizes.
    pub struct ModernLenet5Parameters {
        /// `[6, 1, 5, 5]`
        pub c1_weight: Tensor<4>,
        /// `[6]`
        pub c1_bias: Tensor<1>,
        /// `[16, 6, 5, 5]`: every plane sees all six.
        pub c3_weight: Tensor<4>,
        /// `[16]`
        pub c3_bias: Tensor<1>,
        /// `[n4, 120]`, plane by plane, row by row.
        pub c5_weight: Tensor<2>,
        /// `[120]`
        pub c5_bias: Tensor<1>,
        /// `[120, 84]`
        pub f6_weight: Tensor<2>,
        /// `[84]`
        pub f6_bias: Tensor<1>,
        /// `[84, 10]`
        pub out_weight: Tensor<2>,
        /// `[10]`
        pub out_bias: Tensor<1>,
    }
}

choice! {
    /// What the ladder's network is trained for.
    pub enum LadderLoss {
        /// The mean squared distance from 1 for the right class and -1 for the others; the outputs are squashed.
        SquaredError,
        /// Cross-entropy of the softmax of the outputs, which are linear.
        CrossEntropy,
    }
}

choice! {
    /// What the hidden units do with their sums.
    pub enum LadderUnit {
        /// `1.7159 tanh(2 a / 3)`
        ScaledTanh,
        /// `max(a, 0)`
        Relu,
    }
}

choice! {
    /// How a gradient becomes a step.
    pub enum LadderRule {
        /// Stochastic gradient descent.
        Sgd,
        /// Adam with decoupled weight decay.
        AdamW,
    }
}

record! {
    /// All settings of one rung of the ladder.
    pub struct LadderRung {
        /// How often the network sees all images.
        pub passes: usize,
        /// What it is trained for.
        pub loss: LadderLoss,
        /// Its hidden units.
        pub unit: LadderUnit,
        /// How it makes a step.
        pub rule: LadderRule,
        /// The learning rate of the first pass.
        pub lr: f64,
        /// The learning rate of the last pass.
        pub last_lr: f64,
        /// By how many pixels training images are shifted at most, in each direction.
        pub shift: usize,
        /// The share of the units of H2 that are dropped in training.
        pub dropout: f64,
    }
}

contract! {
    /// A2.5 LeNet-5 and the modernisation ladder.
    ///
    /// Images are `[n, 1, height, width]`. The ladder's network is that of 1989, with its parameters
    /// [`Lenet1989Parameters`](super::Lenet1989Parameters).
    pub trait Lenet5, table Lenet5Table {
        /// For each of the 16 planes of C3 the planes of S2 that it sees, in ascending order.
        fn c3_table() -> Vec<Vec<usize>>;
        /// The kernels `[60, 5, 5]` of C3 as one dense kernel `[16, 6, 5, 5]`.
        fn c3_kernel(links: Tensor<3>) -> Tensor<4>;
        /// The sizes of the layers for images of `height` x `width` pixels after the padding: `C1`, `S2`, `C3`, `S4`, `C5` and
        /// `F6`, and `out` in the modern network.
        fn lenet5_sizes(height: usize, width: usize, modern: bool) -> Vec<LayerSize>;
        /// The images as LeNet-5 takes them: from `[n, 1, height, width]` with values from 0, background, to 1, ink, to
        /// `[n, 1, height + 4, width + 4]` with values from -0.1 to 1.175.
        fn lenet5_input(images: Tensor<4>) -> Tensor<4>;
        /// A layer of sub-sampling with a coefficient and a bias for each plane: `x` `[n, c, height, width]` with even sizes
        /// becomes `[n, c, height / 2, width / 2]`.
        fn trainable_subsampling(x: Tensor<4>, coefficient: Tensor<1>, bias: Tensor<1>) -> Tensor<4>;
        /// The states of F6, `[n, 84]`, for images as `lenet5_input` makes them.
        fn lenet5_features(parameters: Lenet5Parameters, images: Tensor<4>) -> Tensor<2>;
        /// The outputs of the RBF units: the squared distances `[n, classes]` of `features` `[n, units]` from the
        /// `prototypes` `[classes, units]`.
        fn rbf_distances(features: Tensor<2>, prototypes: Tensor<2>) -> Tensor<2>;
        /// The loss of LeNet-5 for distances `[n, classes]` and labels `[n]`, with the constant `j`.
        fn rbf_loss(distances: Tensor<2>, labels: Tensor<1, Int>, j: f64) -> Tensor<1>;
        /// The logits `[n, 10]` of the modern network, for images as `lenet5_input` makes them.
        fn lenet5_modern(parameters: ModernLenet5Parameters, images: Tensor<4>) -> Tensor<2>;
        /// The settings of a rung of the ladder, 0 to 4; an error for others.
        fn modernise(step: usize) -> Result<LadderRung, String>;
        /// The learning rate of a pass, counted from 0.
        fn ladder_lr(rung: LadderRung, pass: usize) -> f64;
        /// The images, each moved down and to the right by as many pixels as its pair of `shifts` says, which may be
        /// negative; what comes in at the border is `background`.
        fn ladder_shift(images: Tensor<4>, shifts: Vec<[i64; 2]>, background: f64) -> Tensor<4>;
        /// The outputs `[n, 10]` of the network of 1989 with the units and outputs that `rung` asks for. With `uniform`
        /// numbers `[n, n2]` between 0 and 1 units of H2 are dropped as in training, without none are.
        fn ladder_forward(
            rung: LadderRung,
            parameters: Lenet1989Parameters,
            images: Tensor<4>,
            uniform: Option<Tensor<2>>,
        ) -> Tensor<2>;
        /// The loss that `rung` asks for, of outputs `[n, classes]` and labels `[n]`.
        fn ladder_loss(rung: LadderRung, outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1>;
    }
}
