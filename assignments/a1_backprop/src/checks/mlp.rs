//! Public checks of A1.5.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close, ensure, equal, equal_bits, numeric_gradient,
    shape, show, tensor,
};
use common::contract::Submission;
use common::contract::a1::{Activation, Init, Mlp, MlpForward, MlpParameters};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.5",
    title: "The MLP and its initialisation",
    module: "mlp",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/mlp.rs and write param_count, then mlp_forward.",
    hints: &[
        "Keep two lists in the forward pass: what went into each layer and what came out of it before \
         the activation. The backward pass walks both from the end; nothing follows the last layer, so \
         there dz is dlogits.",
        "For layer l: dw = inputs[l]^T dz, db = the sum of the rows of dz, then for l > 0 da = dz w^T, and dz = da \
         where outputs[l - 1] > 0 (ReLU) or da (1 - inputs[l]^2) (tanh). A uniform law of variance s^2 \
         goes from -sqrt(3) s to sqrt(3) s.",
    ],
    hidden_checks: 10,
    forbidden: rules::EVERYWHERE,
};

/// The public checks of A1.5.
pub const CHECKS: &[Check] = &[
    Check {
        id: "mlp/param_count",
        part: "A1.5",
        points: 1,
        proves: "weights and biases of all layers are counted",
        hint: "sum (a + 1) b over neighbouring sizes a, b",
        run: param_count,
    },
    Check {
        id: "mlp/init_weight",
        part: "A1.5",
        points: 1,
        proves: "every law of initialisation has its variance, and a seed fixes the weights",
        hint: "a uniform law on [-a, a] has variance a^2 / 3; rng.normal() times s has variance s^2",
        run: init_weight,
    },
    Check {
        id: "mlp/mlp_init",
        part: "A1.5",
        points: 1,
        proves: "parameters have the right shapes, biases are zero, equal layers get different weights",
        hint: "give each layer a seed of its own, drawn from Rng::new(seed)",
        run: mlp_init,
    },
    Check {
        id: "mlp/forward",
        part: "A1.5",
        points: 1,
        proves: "the forward pass gives the numbers of the handout's example and keeps what backward needs",
        hint: "inputs[l] is what goes into layer l, outputs[l] what comes out before the activation; nothing follows the last layer",
        run: forward,
    },
    Check {
        id: "mlp/backward",
        part: "A1.5",
        points: 1,
        proves: "the gradients are the numbers of the handout's example, with ReLU",
        hint: "walk from the last layer to the first; the mask of layer l - 1 is outputs[l - 1] > 0",
        run: backward,
    },
    Check {
        id: "mlp/gradient",
        part: "A1.5",
        points: 1,
        proves: "the gradients of three layers with tanh agree with numeric ones",
        hint: "tanh' is 1 - a^2 with a = inputs[l], the output of the activation, not its input",
        run: gradient,
    },
];

/// Two networks whose parameters can be counted by hand.
fn param_count(submission: &Submission, _: &mut Rng) -> Verdict {
    for (sizes, want) in [(vec![2, 3, 1], 13), (vec![784, 128, 10], 101_770)] {
        let got = submission.param_count(sizes.clone())?;
        equal(&got, &want).map_err(|failure| {
            failure
                .about("param_count")
                .on_input(format!("sizes {sizes:?}"))
        })?;
    }
    Ok(())
}

/// 20 000 weights of each law. Their mean square is within 10 % of the variance: a right answer has a
/// standard error of 1 %.
fn init_weight(submission: &Submission, rng: &mut Rng) -> Verdict {
    let (fan_in, fan_out, gain) = (200, 100, 1.5);
    let seed = rng.next_u64();
    for init in Init::ALL.iter().copied() {
        let input = format!("init {init:?}, fan_in 200, fan_out 100, gain 1.5, seed {seed}");
        let draw = |seed| submission.init_weight(init, fan_in, fan_out, gain, seed);
        let w = draw(seed)?;
        let check = || {
            shape(&w, [fan_in, fan_out])?;
            moments(&w, init, gain)?;
            equal_bits(&draw(seed)?, &w)
                .map_err(|failure| failure.about("the same seed gave other weights"))?;
            let other = draw(seed ^ 1)?;
            ensure(equal_bits(&other, &w).is_err(), || {
                "another seed gave the same weights".into()
            })
        };
        check().map_err(|failure: Failure| failure.about("init_weight").on_input(input))?;
    }
    Ok(())
}

/// Compares mean and mean square of `w` with those of the law for 200 inputs and 100 outputs, and the
/// largest weight with the bound of a uniform law.
fn moments(w: &Tensor<2>, init: Init, gain: f64) -> Verdict {
    let power = gain * gain;
    let (variance, uniform) = match init {
        Init::XavierUniform => (power * 2.0 / 300.0, true),
        Init::XavierNormal => (power * 2.0 / 300.0, false),
        Init::KaimingUniform => (power / 200.0, true),
        Init::KaimingNormal => (power / 200.0, false),
        Init::Lecun1989 => (power * (2.4_f64 / 200.0).powi(2) / 3.0, true),
    };
    let mean: f64 = w.clone().mean().into_scalar();
    ensure(mean.abs() < 0.1 * variance.sqrt(), || {
        format!("expected a mean near 0, got {mean}")
    })?;
    let got: f64 = w.clone().square().mean().into_scalar();
    ensure((got - variance).abs() < 0.1 * variance, || {
        format!("expected a variance near {variance:.6}, got {got:.6}")
    })?;
    let bound = (3.0 * variance).sqrt();
    let largest: f64 = w.clone().abs().max().into_scalar();
    ensure(!uniform || largest <= bound * (1.0 + 1e-12), || {
        format!(
            "a uniform law with that variance ends at {bound:.6}, got a weight of size {largest:.6}"
        )
    })
}

/// Three equal layers.
fn mlp_init(submission: &Submission, rng: &mut Rng) -> Verdict {
    let seed = rng.next_u64();
    let sizes = vec![4, 4, 4, 4];
    let input = format!("sizes {sizes:?}, init KaimingNormal, gain 1, seed {seed}");
    let MlpParameters { weights, biases } =
        submission.mlp_init(sizes, Init::KaimingNormal, 1.0, seed)?;
    let check = || {
        equal(&(weights.len(), biases.len()), &(3, 3))
            .map_err(|failure| failure.about("numbers of weights and biases"))?;
        for (l, (w, b)) in weights.iter().zip(&biases).enumerate() {
            shape(w, [4, 4]).map_err(|failure| failure.about(format!("weights[{l}]")))?;
            close(b, &tensor([0.0; 4]), Tolerance::EXACT)
                .map_err(|failure| failure.about(format!("biases[{l}]")))?;
        }
        for (l, other) in [(0, 1), (0, 2), (1, 2)] {
            ensure(equal_bits(&weights[l], &weights[other]).is_err(), || {
                format!("weights[{l}] and weights[{other}] are the same numbers")
            })?;
        }
        Ok(())
    };
    check().map_err(|failure: Failure| failure.about("mlp_init").on_input(input))
}

/// The handout's network: 2 inputs, 3 hidden units, 1 output.
fn example() -> (MlpParameters, Tensor<2>) {
    let parameters = MlpParameters {
        weights: vec![
            tensor([[1.0, 2.0, -1.0], [1.0, -1.0, 2.0]]),
            tensor([[1.0], [-2.0], [3.0]]),
        ],
        biases: vec![tensor([1.0, 1.0, -1.0]), tensor([-8.0])],
    };
    (parameters, tensor([[1.0, 2.0], [-1.0, 1.0]]))
}

/// What its forward pass gives for the two samples.
fn example_forward(x: Tensor<2>) -> MlpForward {
    MlpForward {
        inputs: vec![x, tensor([[4.0, 1.0, 2.0], [1.0, 0.0, 2.0]])],
        outputs: vec![
            tensor([[4.0, 1.0, 2.0], [1.0, -2.0, 2.0]]),
            tensor([[0.0], [-1.0]]),
        ],
    }
}

/// The example in words, for messages.
fn example_input() -> String {
    let (MlpParameters { weights, biases }, x) = example();
    format!(
        "x {}, weights[0] {}, biases[0] {}, weights[1] {}, biases[1] {}",
        show(&x),
        show(&weights[0]),
        show(&biases[0]),
        show(&weights[1]),
        show(&biases[1])
    )
}

/// Compares two lists of tensors.
fn same<const D: usize>(
    name: &str,
    got: &[Tensor<D>],
    want: &[Tensor<D>],
    tolerance: Tolerance,
) -> Verdict {
    ensure(got.len() == want.len(), || {
        format!(
            "expected {} tensors in {name}, got {}",
            want.len(),
            got.len()
        )
    })?;
    for (l, (got, want)) in got.iter().zip(want).enumerate() {
        close(got, want, tolerance).map_err(|failure| failure.about(format!("{name}[{l}]")))?;
    }
    Ok(())
}

/// The handout's forward pass; one logit is negative, so an activation after the last layer shows.
fn forward(submission: &Submission, _: &mut Rng) -> Verdict {
    let (parameters, x) = example();
    let want = example_forward(x.clone());
    let got = submission.mlp_forward(parameters, Activation::Relu, x)?;
    same("outputs", &got.outputs, &want.outputs, Tolerance::EXACT)
        .and_then(|()| same("inputs", &got.inputs, &want.inputs, Tolerance::EXACT))
        .map_err(|failure| {
            failure
                .about("mlp_forward with Relu")
                .on_input(example_input())
        })
}

/// The handout's backward pass.
fn backward(submission: &Submission, _: &mut Rng) -> Verdict {
    let (parameters, x) = example();
    let forward = example_forward(x);
    let dlogits = tensor([[1.0], [-2.0]]);
    let got = submission.mlp_backward(parameters, Activation::Relu, forward, dlogits)?;
    let weights = [
        tensor([[3.0, -2.0, 9.0], [0.0, -4.0, 0.0]]),
        tensor([[2.0], [1.0], [-2.0]]),
    ];
    let biases = [tensor([-1.0, -2.0, -3.0]), tensor([-1.0])];
    same("weights", &got.weights, &weights, Tolerance::EXACT)
        .and_then(|()| same("biases", &got.biases, &biases, Tolerance::EXACT))
        .map_err(|failure| {
            failure
                .about("mlp_backward with Relu, gradients of")
                .on_input(format!("{}, dlogits [[1], [-2]]", example_input()))
        })
}

/// Three layers of different sizes, everything random.
fn gradient(submission: &Submission, rng: &mut Rng) -> Verdict {
    let sizes = [3, 5, 4, 2];
    let parameters = MlpParameters {
        weights: sizes
            .windows(2)
            .map(|layer| rng.normal_tensor([layer[0], layer[1]]))
            .collect(),
        biases: sizes[1..].iter().map(|&n| rng.normal_tensor([n])).collect(),
    };
    let x = rng.normal_tensor([2, 3]);
    let dlogits = rng.normal_tensor([2, 2]);
    let logits = |parameters: MlpParameters| {
        let forward = submission.mlp_forward(parameters, Activation::Tanh, x.clone())?;
        let last = forward.outputs.into_iter().last();
        last.ok_or_else(|| Failure::wrong("mlp_forward gave no outputs"))
    };
    let forward = submission.mlp_forward(parameters.clone(), Activation::Tanh, x.clone())?;
    let got = submission.mlp_backward(
        parameters.clone(),
        Activation::Tanh,
        forward,
        dlogits.clone(),
    )?;

    let mut weights = Vec::new();
    let mut biases = Vec::new();
    for l in 0..3 {
        weights.push(numeric_gradient(&parameters.weights[l], &dlogits, |w| {
            let mut moved = parameters.clone();
            moved.weights[l] = w;
            logits(moved)
        })?);
        biases.push(numeric_gradient(&parameters.biases[l], &dlogits, |b| {
            let mut moved = parameters.clone();
            moved.biases[l] = b;
            logits(moved)
        })?);
    }
    same("weights", &got.weights, &weights, Tolerance::GRADIENT)
        .and_then(|()| same("biases", &got.biases, &biases, Tolerance::GRADIENT))
        .map_err(|failure| {
            failure
                .about("mlp_backward with Tanh against numeric gradients of")
                .on_input("sizes [3, 5, 4, 2], 2 samples, all random")
        })
}
