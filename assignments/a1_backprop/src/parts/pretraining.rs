//! A1.10 Layer-wise pre-training: restricted Boltzmann machines and denoising autoencoders.
//!
//! A restricted Boltzmann machine (RBM) has visible units `v` and hidden units `h`, all 0 or 1, and no
//! connections within the two groups. It gives every state an energy and with it a probability:
//!
//! ```text
//! E(v, h) = -b v - c h - v w h        p(v, h) = exp(-E(v, h)) / Z
//! ```
//!
//! where `Z` is the sum of `exp(-E)` over all states. An autoencoder with tied weights has the same
//! parameters, and both can be stacked: the hidden units of one layer are the visible units of the next.
//! Pixels between 0 and 1 are used as they are, as if they were probabilities.
//!
//! All randomness is in the arguments. A unit with the probability `p` becomes 1 where `u < p` and 0
//! elsewhere, `u` being its uniform number in `[0, 1)`.

use burn::tensor::{Tensor, activation};
use common::contract::a1::{
    AutoencoderForward, LayerKind, MlpParameters, PretrainBatch, PretrainSettings, TiedLayer,
};
use common::rng::Rng;

/// The free energy of each row of `v`: what remains of the energy when the hidden units are summed out,
///
/// ```text
/// F(v) = -ln sum over h of exp(-E(v, h)) = -b v - sum over j of softplus(c_j + (v w)_j)
/// ```
///
/// with `softplus(z) = ln(1 + exp(z))`, so that `p(v) = exp(-F(v)) / Z`. It is finite and exact for
/// numbers `z` of any size.
///
/// - `v`: `[n, visible]`. Gives `[n]`.
///
/// Source: Hinton, "Training products of experts by minimizing contrastive divergence" (2002).
pub fn rbm_free_energy(layer: TiedLayer, v: Tensor<2>) -> Tensor<1> {
    // BEGIN SOLUTION A1.10 rbm_free_energy
    let z = hidden_logits(&layer, v.clone());
    let softplus = z.clone().clamp_min(0.0) + z.abs().neg().exp().log1p();
    let visible = v.matmul(layer.visible_bias.unsqueeze_dim(1));
    (visible + softplus.sum_dim(1)).neg().squeeze_dim(1)
    // END SOLUTION
}

/// The probability that each hidden unit is 1, given the visible units: `sigmoid(v w + c)`.
///
/// - `v`: `[n, visible]`. Gives `[n, hidden]`.
pub fn p_h_given_v(layer: TiedLayer, v: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.10 p_h_given_v
    activation::sigmoid(hidden_logits(&layer, v))
    // END SOLUTION
}

/// The probability that each visible unit is 1, given the hidden units: `sigmoid(h w^T + b)`.
///
/// - `h`: `[n, hidden]`. Gives `[n, visible]`.
pub fn p_v_given_h(layer: TiedLayer, h: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.10 p_v_given_h
    activation::sigmoid(visible_logits(&layer, h))
    // END SOLUTION
}

// BEGIN SOLUTION
fn hidden_logits(layer: &TiedLayer, v: Tensor<2>) -> Tensor<2> {
    v.matmul(layer.weights.clone()) + layer.hidden_bias.clone().unsqueeze()
}

fn visible_logits(layer: &TiedLayer, h: Tensor<2>) -> Tensor<2> {
    h.matmul(layer.weights.clone().transpose()) + layer.visible_bias.clone().unsqueeze()
}
// END SOLUTION

/// Contrastive divergence (CD-k): the gradient of the mean log-likelihood `ln p(v)` over the batch, with
/// samples of a short chain in place of samples of the model. **It points uphill**: learning adds it.
///
/// The chain starts at the data and makes `k` steps. In step `t`, from 1 to `k`,
///
/// ```text
/// h_t = 1 where the uniform number is below p(h | v_(t-1)), 0 elsewhere
/// v_t = 1 where the uniform number is below p(v | h_t),     0 elsewhere
/// ```
///
/// so the chain runs on zeros and ones only (`v_0` is the data, as it is). The statistics at its two ends
/// use the probabilities of the hidden units, because nothing depends any more on what they would be:
///
/// ```text
/// dw = (v_0^T p(h | v_0) - v_k^T p(h | v_k)) / n
/// db = the mean of the rows of v_0 - v_k
/// dc = the mean of the rows of p(h | v_0) - p(h | v_k)
/// ```
///
/// Hinton's guide allows one more short cut, probabilities in place of samples for the visible units. It
/// is not taken here: with samples the estimate tends to the true gradient as `k` grows.
///
/// - `v0`: `[n, visible]`; `k`: at least 1.
/// - `uniforms`: `2 k` tensors in the order of their use: for `h_1` `[n, hidden]`, for `v_1`
///   `[n, visible]`, for `h_2`, for `v_2`, and so on.
///
/// Source: Hinton (2002); Hinton, "A practical guide to training restricted Boltzmann machines" (2010),
/// section 3.
pub fn cd_k(layer: TiedLayer, v0: Tensor<2>, k: usize, uniforms: Vec<Tensor<2>>) -> TiedLayer {
    // BEGIN SOLUTION A1.10 cd_k
    let n = v0.dims()[0] as f64;
    let mut uniforms = uniforms.into_iter();
    let mut sample = |p: Tensor<2>| {
        let u = uniforms.next().expect("two tensors of uniforms per step");
        p.zeros_like().mask_fill(u.lower(p), 1.0)
    };
    let mut v = v0.clone();
    for _ in 0..k {
        let h = sample(p_h_given_v(layer.clone(), v));
        v = sample(p_v_given_h(layer.clone(), h));
    }
    let h0 = p_h_given_v(layer.clone(), v0.clone());
    let h = p_h_given_v(layer, v.clone());
    let positive = v0.clone().transpose().matmul(h0.clone());
    let negative = v.clone().transpose().matmul(h.clone());
    TiedLayer {
        weights: (positive - negative) / n,
        visible_bias: (v0 - v).mean_dim(0).squeeze_dim(0),
        hidden_bias: (h0 - h).mean_dim(0).squeeze_dim(0),
    }
    // END SOLUTION
}

/// The forward pass of an autoencoder with tied weights:
///
/// ```text
/// hidden = sigmoid(x w + c)        logits = hidden w^T + b
/// ```
///
/// The reconstruction is `sigmoid(logits)`; it is not taken here, because the loss wants logits.
///
/// - `x`: `[n, visible]`. Gives `hidden` `[n, hidden]` and `logits` `[n, visible]`.
///
/// Source: Bengio et al., "Greedy layer-wise training of deep networks" (2007).
pub fn autoencoder_forward(layer: TiedLayer, x: Tensor<2>) -> AutoencoderForward {
    // BEGIN SOLUTION A1.10 autoencoder_forward
    let hidden = activation::sigmoid(hidden_logits(&layer, x));
    AutoencoderForward {
        logits: visible_logits(&layer, hidden.clone()),
        hidden,
    }
    // END SOLUTION
}

/// The backward pass of an autoencoder. The weights are used twice, on the way up and on the way down,
/// and `dw` is the sum over both uses:
///
/// ```text
/// dhidden = dlogits w        dz = dhidden hidden (1 - hidden)
/// dw = x^T dz + dlogits^T hidden
/// db = the sum of the rows of dlogits        dc = the sum of the rows of dz
/// ```
///
/// Nothing is divided by `n`: the loss did that.
///
/// - `x`: the input of the forward pass; `forward`: what [`autoencoder_forward`] gave for it;
///   `dlogits`: `[n, visible]`.
/// - Gives the gradients in the shapes of the parameters.
pub fn autoencoder_backward(
    layer: TiedLayer,
    x: Tensor<2>,
    forward: AutoencoderForward,
    dlogits: Tensor<2>,
) -> TiedLayer {
    // BEGIN SOLUTION A1.10 autoencoder_backward
    let hidden = forward.hidden;
    let dhidden = dlogits.clone().matmul(layer.weights);
    let dz: Tensor<2> = dhidden * hidden.clone() * (1.0 - hidden.clone());
    let up = x.transpose().matmul(dz.clone());
    let down = dlogits.clone().transpose().matmul(hidden);
    TiedLayer {
        weights: up + down,
        visible_bias: dlogits.sum_dim(0).squeeze_dim(0),
        hidden_bias: dz.sum_dim(0).squeeze_dim(0),
    }
    // END SOLUTION
}

/// Masking noise: 0 where the uniform number is below `share`, and `x`, unscaled, elsewhere.
///
/// - `x`, `uniforms`: `[n, visible]`; `share`: from 0 (nothing changes) to 1 (all is 0).
///
/// Source: Vincent et al., "Extracting and composing robust features with denoising autoencoders" (2008).
pub fn corrupt(x: Tensor<2>, share: f64, uniforms: Tensor<2>) -> Tensor<2> {
    // BEGIN SOLUTION A1.10 corrupt
    x.mask_fill(uniforms.lower_elem(share), 0.0)
    // END SOLUTION
}

/// The layers of a stack before training: layer `l` has `sizes[l]` visible and `sizes[l + 1]` hidden units,
/// normal weights of mean 0 and standard deviation 0.01, and zero biases.
///
/// Drawn with [`Rng::new(seed)`](Rng::new): the same seed, the same weights, and no two layers alike.
///
/// Source: Hinton's guide (2010), section 8.
pub fn stack_init(sizes: Vec<usize>, seed: u64) -> Vec<TiedLayer> {
    // BEGIN SOLUTION A1.10 stack_init
    let mut rng = Rng::new(seed);
    let layers = sizes.windows(2).map(|layer| {
        let weights = rng.tensor([layer[0], layer[1]], |rng| 0.01 * rng.normal());
        let zeros = |n| Tensor::zeros([n], (&weights.device(), weights.dtype()));
        TiedLayer {
            visible_bias: zeros(layer[0]),
            hidden_bias: zeros(layer[1]),
            weights,
        }
    });
    layers.collect()
    // END SOLUTION
}

/// One step of layer `l` on a batch.
///
/// The layer sees the batch through the layers below it: `x` for `l = 0`, else `p(h | v)` of layer `l - 1`,
/// whose `v` is in turn what that layer sees. The layers below are given the batch undamaged. Call what
/// layer `l` sees `s`. Then the layer's parameters move by
///
/// | `kind` | step |
/// |---|---|
/// | `Rbm` | `+ lr` times [`cd_k`] of `s`, with `k` and `uniforms` as they are |
/// | `DenoisingAutoencoder` | `- lr` times the gradient of the loss below |
///
/// and all other layers stay as they are, bit for bit. A denoising autoencoder gets `corrupt(s)` as its
/// input, with the share `corruption` and `uniforms[0]` `[n, visible]`, and is to give back `s` itself:
///
/// ```text
/// loss = the sum over the units, averaged over the n rows, of softplus(logits) - logits s
/// dlogits = (sigmoid(logits) - s) / n
/// ```
///
/// - `x`: `[n, pixels]`, between 0 and 1, whatever `l` is.
/// - Gives the whole stack.
pub fn pretrain_step(
    stack: Vec<TiedLayer>,
    l: usize,
    x: Tensor<2>,
    settings: PretrainSettings,
    uniforms: Vec<Tensor<2>>,
) -> Vec<TiedLayer> {
    // BEGIN SOLUTION A1.10 pretrain_step
    let mut stack = stack;
    let below = stack[..l].iter().cloned();
    let s = below.fold(x, |v, layer| p_h_given_v(layer, v));
    let layer = stack[l].clone();
    stack[l] = match settings.kind {
        LayerKind::Rbm => {
            let gradient = cd_k(layer.clone(), s, settings.k, uniforms);
            moved(layer, gradient, settings.lr)
        }
        LayerKind::DenoisingAutoencoder => {
            let damaged = corrupt(s.clone(), settings.corruption, uniforms[0].clone());
            let gradient = reconstruction_gradient(layer.clone(), damaged, s);
            moved(layer, gradient, -settings.lr)
        }
    };
    stack
    // END SOLUTION
}

// BEGIN SOLUTION
/// The gradient of the cross-entropy between `target` and the reconstruction of `x`.
fn reconstruction_gradient(layer: TiedLayer, x: Tensor<2>, target: Tensor<2>) -> TiedLayer {
    let n = x.dims()[0] as f64;
    let forward = autoencoder_forward(layer.clone(), x.clone());
    let dlogits = (activation::sigmoid(forward.logits.clone()) - target) / n;
    autoencoder_backward(layer, x, forward, dlogits)
}

/// `layer + rate gradient`.
fn moved(layer: TiedLayer, gradient: TiedLayer, rate: f64) -> TiedLayer {
    TiedLayer {
        weights: layer.weights + gradient.weights * rate,
        visible_bias: layer.visible_bias + gradient.visible_bias * rate,
        hidden_bias: layer.hidden_bias + gradient.hidden_bias * rate,
    }
}
// END SOLUTION

/// Greedy layer-wise pre-training: layer 0 makes a [`pretrain_step`] on every batch, in the order given.
/// Only then layer 1 does, which sees the batches through the finished layer 0, and so on to the top.
///
/// - `batches[i].uniforms[l]` are the random numbers of layer `l` on batch `i`.
/// - Gives the trained stack.
///
/// Source: Hinton, Osindero & Teh, "A fast learning algorithm for deep belief nets" (2006).
pub fn pretrain_stack(
    stack: Vec<TiedLayer>,
    batches: Vec<PretrainBatch>,
    settings: PretrainSettings,
) -> Vec<TiedLayer> {
    // BEGIN SOLUTION A1.10 pretrain_stack
    let mut stack = stack;
    for l in 0..stack.len() {
        for batch in &batches {
            let uniforms = batch.uniforms[l].clone();
            stack = pretrain_step(stack, l, batch.x.clone(), settings.clone(), uniforms);
        }
    }
    stack
    // END SOLUTION
}

/// The way up through the stack as an MLP: the weights and the hidden biases of every layer, bit for bit, from
/// the pixels to the top. The visible biases belong to the way down and are left out.
pub fn to_mlp(stack: Vec<TiedLayer>) -> MlpParameters {
    // BEGIN SOLUTION A1.10 to_mlp
    let (weights, biases) = stack
        .into_iter()
        .map(|layer| (layer.weights, layer.hidden_bias))
        .unzip();
    MlpParameters { weights, biases }
    // END SOLUTION
}
