//! Mutants of A1.5.

use a1_backprop::parts::mlp as reference;
use burn::tensor::Tensor;
use common::contract::a1::{Activation, MlpForward, MlpParameters};
use hidden_suite::Mutant;

pub(super) const PART: &str = "A1.5";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = super::mlp_init::mutants();
    all.extend(forward());
    all.extend(backward());
    all
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            mlp.mlp_forward / "activation_on_the_output",
            "the logits go through the activation too",
            |p, a, x| {
                let mut forward = reference::mlp_forward(p, a, x);
                if let Some(logits) = forward.outputs.pop() {
                    forward.outputs.push(activate(logits, a));
                }
                forward
            }
        ),
        mutant!(
            mlp.mlp_forward / "no_activation",
            "the layers are stacked without activation",
            |p, _, x| forward_with(p, x, |z| z)
        ),
        mutant!(
            mlp.mlp_forward / "always_relu",
            "ReLU whatever was asked for",
            |p, _, x| reference::mlp_forward(p, Activation::Relu, x)
        ),
        mutant!(
            mlp.mlp_forward / "activation_on_the_input",
            "x goes through the activation too",
            |p, a, x| reference::mlp_forward(p, a, activate(x, a))
        ),
        mutant!(
            mlp.mlp_forward / "no_bias",
            "the biases are left out",
            |mut p, a, x| {
                p.biases = p.biases.iter().map(Tensor::zeros_like).collect();
                reference::mlp_forward(p, a, x)
            }
        ),
        mutant!(
            mlp.mlp_forward / "bias_on_the_first_layer_only",
            "only the first layer has a bias",
            |mut p, a, x| {
                for b in p.biases.iter_mut().skip(1) {
                    *b = b.zeros_like();
                }
                reference::mlp_forward(p, a, x)
            }
        ),
        mutant!(
            mlp.mlp_forward / "square_weights_transposed",
            "x w^T where that fits",
            |mut p, a, x| {
                for w in p.weights.iter_mut().filter(|w| w.dims()[0] == w.dims()[1]) {
                    *w = w.clone().transpose();
                }
                reference::mlp_forward(p, a, x)
            }
        ),
        mutant!(
            mlp.mlp_forward / "activations_for_outputs",
            "outputs holds what came out after the activation",
            |p, a, x| {
                let mut forward = reference::mlp_forward(p, a, x);
                let last = forward.outputs.len() - 1;
                for z in &mut forward.outputs[..last] {
                    *z = activate(z.clone(), a);
                }
                forward
            }
        ),
        mutant!(
            mlp.mlp_forward / "outputs_for_inputs",
            "inputs holds what came out before the activation",
            |p, a, x| {
                let mut forward = reference::mlp_forward(p, a, x);
                for l in 1..forward.inputs.len() {
                    forward.inputs[l] = forward.outputs[l - 1].clone();
                }
                forward
            }
        ),
        mutant!(
            mlp.mlp_forward / "logits_in_inputs",
            "inputs ends with the logits, one entry too many",
            |p, a, x| {
                let mut forward = reference::mlp_forward(p, a, x);
                forward.inputs.extend(forward.outputs.last().cloned());
                forward
            }
        ),
    ]
}

fn backward() -> Vec<Mutant> {
    vec![
        mutant!(
            mlp.mlp_backward / "tanh_of_what_went_in",
            "1 - z^2, with the pre-activation for the activation",
            |p, a, f, d| match a {
                Activation::Relu => reference::mlp_backward(p, a, f, d),
                Activation::Tanh => backward_with(&p, &f, d, |z, _| 1.0 - z.square()),
            }
        ),
        mutant!(
            mlp.mlp_backward / "weights_see_pre_activations",
            "dw uses the pre-activation of the layer before",
            |p, a, f, d| {
                let mixed = MlpForward {
                    inputs: [&f.inputs[..1], &f.outputs[..f.outputs.len() - 1]].concat(),
                    outputs: f.outputs.clone(),
                };
                MlpParameters {
                    weights: reference::mlp_backward(p.clone(), a, mixed, d.clone()).weights,
                    biases: reference::mlp_backward(p, a, f, d).biases,
                }
            }
        ),
        mutant!(
            mlp.mlp_backward / "activation_skipped",
            "dz = da: the activation has no derivative",
            |p, _, f, d| backward_with(&p, &f, d, |z, _| z.ones_like())
        ),
        mutant!(
            mlp.mlp_backward / "always_relu",
            "the derivative of ReLU whatever was asked for",
            |p, _, f, d| reference::mlp_backward(p, Activation::Relu, f, d)
        ),
        mutant!(
            mlp.mlp_backward / "relu_passes_activations",
            "da times ReLU of z, not times its gate",
            |p, a, f, d| match a {
                Activation::Relu => backward_with(&p, &f, d, |_, a| a),
                Activation::Tanh => reference::mlp_backward(p, a, f, d),
            }
        ),
        mutant!(
            mlp.mlp_backward / "activation_on_dlogits",
            "dlogits goes through the derivative of the activation",
            |p, a, f, d| {
                let d = match (a, f.outputs.last()) {
                    (Activation::Relu, Some(z)) => d.mask_fill(z.clone().lower_elem(0.0), 0.0),
                    (Activation::Tanh, Some(z)) => d * (1.0 - z.clone().tanh().square()),
                    (_, None) => d,
                };
                reference::mlp_backward(p, a, f, d)
            }
        ),
        mutant!(
            mlp.mlp_backward / "divided_by_n",
            "the gradients are divided by the batch size, which dlogits already is",
            |p, a, f, d| {
                let n = d.dims()[0] as f64;
                reference::mlp_backward(p, a, f, d / n)
            }
        ),
        mutant!(
            mlp.mlp_backward / "db_averaged",
            "db is the mean over the batch",
            |p, a, f, d| {
                let n = d.dims()[0] as f64;
                let g = reference::mlp_backward(p, a, f, d);
                MlpParameters {
                    biases: g.biases.into_iter().map(|b| b / n).collect(),
                    ..g
                }
            }
        ),
        mutant!(
            mlp.mlp_backward / "upstream_ignored",
            "dlogits is taken for ones",
            |p, a, f, d| reference::mlp_backward(p, a, f, d.ones_like())
        ),
        mutant!(
            mlp.mlp_backward / "last_layer_first",
            "the gradients are listed from the last layer to the first",
            |p, a, f, d| {
                let mut g = reference::mlp_backward(p, a, f, d);
                g.weights.reverse();
                g.biases.reverse();
                g
            }
        ),
        mutant!(
            mlp.mlp_backward / "first_layer_forgotten",
            "the first layer has zero gradients",
            |p, a, f, d| {
                let mut g = reference::mlp_backward(p, a, f, d);
                g.weights[0] = g.weights[0].zeros_like();
                g.biases[0] = g.biases[0].zeros_like();
                g
            }
        ),
        mutant!(
            mlp.mlp_backward / "square_weights_not_transposed",
            "da = dz w where that fits",
            |mut p, a, f, d| {
                for w in p.weights.iter_mut().filter(|w| w.dims()[0] == w.dims()[1]) {
                    *w = w.clone().transpose();
                }
                reference::mlp_backward(p, a, f, d)
            }
        ),
        mutant!(
            mlp.mlp_backward / "wrong_sign",
            "steps already: the gradients are negated",
            |p, a, f, d| reference::mlp_backward(p, a, f, -d)
        ),
    ]
}

fn activate(z: Tensor<2>, activation: Activation) -> Tensor<2> {
    match activation {
        Activation::Relu => z.clamp_min(0.0),
        Activation::Tanh => z.tanh(),
    }
}

fn forward_with(
    parameters: MlpParameters,
    x: Tensor<2>,
    activation: fn(Tensor<2>) -> Tensor<2>,
) -> MlpForward {
    let (mut inputs, mut outputs, mut a) = (vec![], vec![], x);
    for (w, b) in parameters.weights.into_iter().zip(parameters.biases) {
        let z = a.clone().matmul(w) + b.unsqueeze();
        inputs.push(a);
        outputs.push(z.clone());
        a = activation(z);
    }
    MlpForward { inputs, outputs }
}

/// The backward pass with another derivative of the activation, given what went in and what came out.
fn backward_with(
    parameters: &MlpParameters,
    forward: &MlpForward,
    dlogits: Tensor<2>,
    derivative: fn(Tensor<2>, Tensor<2>) -> Tensor<2>,
) -> MlpParameters {
    let (mut weights, mut biases, mut dz) = (vec![], vec![], dlogits);
    for l in (0..forward.inputs.len()).rev() {
        let a = forward.inputs[l].clone();
        weights.insert(0, a.clone().transpose().matmul(dz.clone()));
        biases.insert(0, dz.clone().sum_dim(0).squeeze_dim(0));
        if l > 0 {
            let da = dz.matmul(parameters.weights[l].clone().transpose());
            dz = da * derivative(forward.outputs[l - 1].clone(), a);
        }
    }
    MlpParameters { weights, biases }
}
