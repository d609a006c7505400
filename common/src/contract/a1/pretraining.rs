//! A1.10 Layer-wise pre-training.

use burn::tensor::Tensor;

use super::MlpParameters;
use crate::{choice, contract, record};

record! {
    /// A layer whose weights serve both directions: a restricted Boltzmann machine (RBM), or an
    /// autoencoder with tied weights. The gradients of its parameters have the same shapes.
    pub struct TiedLayer {
        /// w `[visible, hidden]`
        pub weights: Tensor<2>,
        /// b `[visible]`
        pub visible_bias: Tensor<1>,
        /// c `[hidden]`
        pub hidden_bias: Tensor<1>,
    }
}

record! {
    /// What an autoencoder makes of a batch.
    pub struct AutoencoderForward {
        /// The code, `[n, hidden]`.
        pub hidden: Tensor<2>,
        /// The reconstruction before its sigmoid, `[n, visible]`.
        pub logits: Tensor<2>,
    }
}

choice! {
    /// What a layer is while it is pre-trained.
    pub enum LayerKind {
        /// A restricted Boltzmann machine, trained by contrastive divergence (Hinton 2002).
        Rbm,
        /// A denoising autoencoder, trained to undo the damage to its input (Vincent et al. 2008).
        DenoisingAutoencoder,
    }
}

record! {
    /// How layers are pre-trained.
    pub struct PretrainSettings {
        /// What the layers are.
        pub kind: LayerKind,
        /// Learning rate.
        pub lr: f64,
        /// Steps of the chain of an RBM.
        pub k: usize,
        /// The share of its input that a denoising autoencoder does not see.
        pub corruption: f64,
    }
}

record! {
    /// A batch, and the random numbers of every layer's step on it.
    pub struct PretrainBatch {
        /// `[n, visible]` of the first layer, between 0 and 1.
        pub x: Tensor<2>,
        /// `uniforms[l]` is for the step of layer `l`.
        pub uniforms: Vec<Vec<Tensor<2>>>,
    }
}

contract! {
    /// A1.10 Layer-wise pre-training.
    ///
    /// An RBM has the energy `E(v, h) = -b v - c h - v w h`, and `p(v, h)` is proportional to
    /// `exp(-E(v, h))`. Random numbers are uniform in `[0, 1)` and come as arguments.
    pub trait Pretraining, table PretrainingTable {
        /// `F(v) = -ln sum over h of exp(-E(v, h))` for each row of v `[n, visible]`: `[n]`.
        fn rbm_free_energy(layer: TiedLayer, v: Tensor<2>) -> Tensor<1>;
        /// The probability that each hidden unit is 1: `sigmoid(v w + c)`, `[n, hidden]`.
        fn p_h_given_v(layer: TiedLayer, v: Tensor<2>) -> Tensor<2>;
        /// The probability that each visible unit is 1: `sigmoid(h w^T + b)`, `[n, visible]`.
        fn p_v_given_h(layer: TiedLayer, h: Tensor<2>) -> Tensor<2>;
        /// The gradient of the mean log-likelihood, as `k` steps of Gibbs sampling estimate it.
        fn cd_k(layer: TiedLayer, v0: Tensor<2>, k: usize, uniforms: Vec<Tensor<2>>) -> TiedLayer;
        /// The code of x `[n, visible]` and the logits of its reconstruction.
        fn autoencoder_forward(layer: TiedLayer, x: Tensor<2>) -> AutoencoderForward;
        /// The gradients of all parameters from `dlogits` `[n, visible]`, without autodiff.
        fn autoencoder_backward(
            layer: TiedLayer,
            x: Tensor<2>,
            forward: AutoencoderForward,
            dlogits: Tensor<2>,
        ) -> TiedLayer;
        /// x with a 0 wherever the uniform number is below `share`.
        fn corrupt(x: Tensor<2>, share: f64, uniforms: Tensor<2>) -> Tensor<2>;
        /// Layers between `sizes` units, from the pixels upwards: small weights, zero biases.
        fn stack_init(sizes: Vec<usize>, seed: u64) -> Vec<TiedLayer>;
        /// One step of layer `l` on the batch x `[n, pixels]`; the other layers stay as they are.
        fn pretrain_step(
            stack: Vec<TiedLayer>,
            l: usize,
            x: Tensor<2>,
            settings: PretrainSettings,
            uniforms: Vec<Tensor<2>>,
        ) -> Vec<TiedLayer>;
        /// Layer after layer, one step on every batch.
        fn pretrain_stack(
            stack: Vec<TiedLayer>,
            batches: Vec<PretrainBatch>,
            settings: PretrainSettings,
        ) -> Vec<TiedLayer>;
        /// The way upwards through the stack as the parameters of an MLP.
        fn to_mlp(stack: Vec<TiedLayer>) -> MlpParameters;
    }
}
