//! A2.4 LeNet 1989 on zip codes.

use burn::tensor::{Int, Tensor};

use crate::{contract, parameters, record};

record! {
    /// How large one layer of a network is.
    pub struct LayerSize {
        /// The layer's name in its paper: `H1`.
        pub layer: String,
        /// Units, one for each number that the layer puts out.
        pub units: usize,
        /// Numbers that are learned, biases included.
        pub parameters: usize,
        /// Lines that enter the units: for each unit its inputs and its bias.
        pub connections: usize,
    }
}

parameters! {
    /// The parameters of LeNet 1989 for images of `height` x `width` pixels, both multiples of 4. The network of the
    /// paper has 16 x 16 pixels: then the planes of H1 are 8 x 8, those of H2 are 4 x 4, and `n2` is 192.
    pub struct Lenet1989Parameters {
        /// `[12, 1, 5, 5]`, one kernel for each plane of H1.
        pub h1_weight: Tensor<4>,
        /// `[12, height / 2, width / 2]`, one bias for each unit of H1.
        pub h1_bias: Tensor<3>,
        /// `[12, 8, 5, 5]`: for each plane of H2 one kernel for each of the eight planes of H1 that it sees, in the
        /// order in which `lenet1989_connections` lists them.
        pub h2_weight: Tensor<4>,
        /// `[12, height / 4, width / 4]`, one bias for each unit of H2.
        pub h2_bias: Tensor<3>,
        /// `[n2, 30]` with `n2 = 12 height / 4 width / 4`, plane by plane, row by row.
        pub h3_weight: Tensor<2>,
        /// `[30]`
        pub h3_bias: Tensor<1>,
        /// `[30, 10]`
        pub out_weight: Tensor<2>,
        /// `[10]`
        pub out_bias: Tensor<1>,
    }
}

record! {
    /// How far a step goes in each layer, its weights and its biases alike.
    pub struct Lenet1989Rates {
        /// The learning rate of H1.
        pub h1: f64,
        /// That of H2.
        pub h2: f64,
        /// That of H3.
        pub h3: f64,
        /// That of the output layer.
        pub out: f64,
    }
}

record! {
    /// What a pass over some images leaves.
    pub struct Lenet1989Pass {
        /// The parameters after the last image.
        pub parameters: Lenet1989Parameters,
        /// The mean of the losses of the images, each as it was before its own step.
        pub loss: f64,
    }
}

record! {
    /// What a threshold on the confidence does.
    pub struct RejectPoint {
        /// Answers that are less confident are rejected.
        pub threshold: f64,
        /// The share of all images that is rejected.
        pub rejected: f64,
        /// The share of wrong answers among those that are left.
        pub error: f64,
    }
}

contract! {
    /// A2.4 LeNet 1989 on zip codes.
    ///
    /// Images are `[n, 1, height, width]` with the background at -1 and ink up to 1.
    pub trait Lenet1989, table Lenet1989Table {
        /// `1.7159 tanh(2 a / 3)` of each element of `a` `[n, units]`.
        fn scaled_tanh(a: Tensor<2>) -> Tensor<2>;
        /// `x` `[n, c, height, width]` with `margin` rows and columns of background, which is -1, on each side.
        fn background_pad(x: Tensor<4>, margin: usize) -> Tensor<4>;
        /// For each of the twelve planes of H2 the eight planes of H1 that it sees, in ascending order.
        fn lenet1989_connections() -> Vec<Vec<usize>>;
        /// The sizes of H1, H2, H3 and the output layer, called `out`, for images of `height` x `width` pixels, both
        /// multiples of 4.
        fn lenet1989_sizes(height: usize, width: usize) -> Vec<LayerSize>;
        /// The parameters before training: weights uniform within 2.4 over the inputs of their unit, biases zero.
        fn lenet1989_init(height: usize, width: usize, seed: u64) -> Lenet1989Parameters;
        /// The outputs `[n, 10]` for images `[n, 1, height, width]`, between -1.7159 and 1.7159.
        fn lenet1989_forward(parameters: Lenet1989Parameters, images: Tensor<4>) -> Tensor<2>;
        /// The mean over images and classes of the squared distance of `outputs` `[n, classes]` from the targets: 1 for
        /// the class in `labels` `[n]` and -1 for the others.
        fn signed_mse(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1>;
        /// One pass over `images` `[n, 1, height, width]` with labels `[n]` in their order: for each image alone the
        /// gradient of its loss, and a step of gradient descent with the rate of each layer.
        fn lenet1989_pass(
            parameters: Lenet1989Parameters,
            images: Tensor<4>,
            labels: Tensor<1, Int>,
            rates: Lenet1989Rates,
        ) -> Lenet1989Pass;
        /// What each threshold does to the answers `outputs` `[n, classes]`, by rising threshold.
        fn reject_curve(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Vec<RejectPoint>;
        /// The smallest share of rejected images with which the error is at most `error`, or none.
        fn reject_for_error(curve: Vec<RejectPoint>, error: f64) -> Option<f64>;
    }
}
