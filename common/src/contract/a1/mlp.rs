//! A1.5 The multi-layer perceptron and its initialisation.

use burn::tensor::Tensor;

use crate::{choice, contract, record};

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
