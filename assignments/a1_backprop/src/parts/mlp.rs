//! A1.5 The multi-layer perceptron and its initialisation.
//!
//! An MLP with `sizes` `[784, 128, 10]` has two layers: 784 inputs to 128 hidden units, and those to
//! 10 logits. Layer `l` has a weight matrix `[sizes[l], sizes[l + 1]]` and a bias `[sizes[l + 1]]`.
//! This file needs no other part: write the layers' formulas out here.

use burn::tensor::Tensor;
use common::contract::a1::{Activation, Init, MlpForward, MlpParameters};
use common::rng::Rng;

/// The number of parameters of an MLP: a layer from `a` to `b` units has `a b` weights and `b`
/// biases.
///
/// - `sizes`: the number of units, from the input to the output.
pub fn param_count(sizes: Vec<usize>) -> usize {
    // BEGIN SOLUTION A1.5 param_count
    sizes
        .windows(2)
        .map(|layer| (layer[0] + 1) * layer[1])
        .sum()
    // END SOLUTION
}

/// One weight matrix, drawn so that signals neither grow nor fade on their way through the layers.
///
/// | `init` | law | size |
/// |---|---|---|
/// | `XavierUniform`, `XavierNormal` | uniform, normal | variance `gain^2 2 / (fan_in + fan_out)` |
/// | `KaimingUniform`, `KaimingNormal` | uniform, normal | variance `gain^2 / fan_in` |
/// | `Lecun1989` | uniform | from `-gain 2.4 / fan_in` to `gain 2.4 / fan_in` |
///
/// The mean is 0 in all. A uniform law on `[-a, a]` has the variance `a^2 / 3`. Kaiming with ReLU
/// wants the gain `sqrt 2`: ReLU throws half of the signal's power away.
///
/// - Gives `[fan_in, fan_out]`, drawn with [`Rng::new(seed)`](Rng::new): the same seed, the same
///   weights. `rng.tensor(shape, |rng| ...)`, `rng.normal()` and `rng.uniform(low, high)` are there
///   for it.
///
/// Source: LeCun et al. (1989); Glorot & Bengio (2010); He et al. (2015).
pub fn init_weight(init: Init, fan_in: usize, fan_out: usize, gain: f64, seed: u64) -> Tensor<2> {
    // BEGIN SOLUTION A1.5 init_weight
    let variance = match init {
        Init::XavierUniform | Init::XavierNormal => 2.0 / (fan_in + fan_out) as f64,
        Init::KaimingUniform | Init::KaimingNormal => 1.0 / fan_in as f64,
        Init::Lecun1989 => (2.4 / fan_in as f64).powi(2) / 3.0,
    };
    let deviation = gain * variance.sqrt();
    let bound = deviation * 3_f64.sqrt();
    let mut rng = Rng::new(seed);
    match init {
        Init::XavierNormal | Init::KaimingNormal => {
            rng.tensor([fan_in, fan_out], |rng| deviation * rng.normal())
        }
        Init::XavierUniform | Init::KaimingUniform | Init::Lecun1989 => {
            rng.tensor([fan_in, fan_out], |rng| rng.uniform(-bound, bound))
        }
    }
    // END SOLUTION
}

/// All parameters of an MLP: weights from [`init_weight`], biases zero.
///
/// Every layer needs random numbers of its own: give each its own seed, made from `seed`, or equal
/// layers start with equal weights.
///
/// - `sizes`: the number of units, from the input to the output.
pub fn mlp_init(sizes: Vec<usize>, init: Init, gain: f64, seed: u64) -> MlpParameters {
    // BEGIN SOLUTION A1.5 mlp_init
    let mut seeds = Rng::new(seed);
    let weights: Vec<Tensor<2>> = sizes
        .windows(2)
        .map(|layer| init_weight(init, layer[0], layer[1], gain, seeds.next_u64()))
        .collect();
    let biases = weights
        .iter()
        .map(|w| Tensor::zeros([w.dims()[1]], (&w.device(), w.dtype())))
        .collect();
    MlpParameters { weights, biases }
    // END SOLUTION
}

/// The forward pass. With `a_0 = x`, for each layer `l`
///
/// ```text
/// z_l = a_l w_l + b_l        a_(l+1) = activation(z_l)
/// ```
///
/// and nothing follows the last layer: its `z` are the logits.
///
/// - `x`: `[n, sizes[0]]`.
/// - Gives in `inputs` the `a_l` that went into each layer and in `outputs` the `z_l` that came out of
///   it, both as long as there are layers: `outputs.last()` are the logits `[n, sizes[last]]`.
pub fn mlp_forward(parameters: MlpParameters, activation: Activation, x: Tensor<2>) -> MlpForward {
    // BEGIN SOLUTION A1.5 mlp_forward
    let mut forward = MlpForward {
        inputs: Vec::new(),
        outputs: Vec::new(),
    };
    let mut a = x;
    for (w, b) in parameters.weights.into_iter().zip(parameters.biases) {
        let z = a.clone().matmul(w) + b.unsqueeze();
        forward.inputs.push(a);
        forward.outputs.push(z.clone());
        a = match activation {
            Activation::Relu => z.clamp_min(0.0),
            Activation::Tanh => z.tanh(),
        };
    }
    forward
    // END SOLUTION
}

/// The backward pass: the gradients of all weights and biases, without autodiff.
///
/// With `dz` of the last layer `= dlogits`, from the last layer to the first
///
/// ```text
/// dw_l = a_l^T dz_l        db_l = the sum of the rows of dz_l        da_l = dz_l w_l^T
/// dz_(l-1) = da_l activation'(z_(l-1))
/// ```
///
/// where `relu'(z) = [z > 0]` and `tanh'(z) = 1 - tanh(z)^2 = 1 - a^2`. Nothing is divided by `n`: the
/// loss did that.
///
/// - `forward`: what [`mlp_forward`] gave; `dlogits`: `[n, sizes[last]]`.
/// - Gives the gradients in the shapes of the parameters.
pub fn mlp_backward(
    parameters: MlpParameters,
    activation: Activation,
    forward: MlpForward,
    dlogits: Tensor<2>,
) -> MlpParameters {
    // BEGIN SOLUTION A1.5 mlp_backward
    let MlpForward { inputs, outputs } = forward;
    let mut weights = Vec::new();
    let mut biases = Vec::new();
    let mut dz = dlogits;
    for l in (0..inputs.len()).rev() {
        weights.push(inputs[l].clone().transpose().matmul(dz.clone()));
        biases.push(dz.clone().sum_dim(0).squeeze_dim(0));
        if l > 0 {
            let da = dz.matmul(parameters.weights[l].clone().transpose());
            dz = match activation {
                Activation::Relu => da.mask_fill(outputs[l - 1].clone().lower_equal_elem(0.0), 0.0),
                Activation::Tanh => da * (1.0 - inputs[l].clone().square()),
            };
        }
    }
    weights.reverse();
    biases.reverse();
    MlpParameters { weights, biases }
    // END SOLUTION
}
