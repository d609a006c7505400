//! Checks of A1.5, the multi-layer perceptron and its initialisation.

use burn::tensor::{Tensor, activation};
use common::check::{Check, Failure, Tolerance, Verdict, close, equal, numeric_gradient_of, shape};
use common::contract::a1::{Activation, Mlp, MlpForward, MlpParameters};
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::{about, normal_matrix, sizes, tracked};
use crate::oracle::matrix::{Matrix, dot, values};
use crate::oracle::mlp::Mlp as Oracle;

pub(super) const PART: &str = "A1.5";

/// The checks of this part but for those of the initialisation.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "mlp/number_of_parameters",
            part: PART,
            points: 1,
            proves: "The number of parameters is that of all weights and biases.",
            hint: "A layer from a to b units has a b weights and b biases.",
            run: number_of_parameters,
        },
        Check {
            id: "mlp/every_layer",
            part: PART,
            points: 2,
            proves: "With given weights every layer's input and output is right, for one to four layers, with ReLU and with tanh.",
            hint: "inputs[l] is what goes into layer l, outputs[l] what comes out before the activation; nothing follows the last layer.",
            run: every_layer,
        },
        Check {
            id: "mlp/gradient_relu",
            part: PART,
            points: 2,
            proves: "With ReLU all gradients agree with central differences and with Burn's autodiff.",
            hint: "Go back layer by layer: dw and db from dz, then da, then through the activation to the dz before.",
            run: |s, rng| gradient(s, rng, Activation::Relu),
        },
        Check {
            id: "mlp/gradient_tanh",
            part: PART,
            points: 2,
            proves: "With tanh all gradients agree with central differences and with Burn's autodiff.",
            hint: "tanh' = 1 - tanh^2: of the activation, not of what went into it.",
            run: |s, rng| gradient(s, rng, Activation::Tanh),
        },
        Check {
            id: "mlp/hidden_permutation",
            part: PART,
            points: 1,
            proves: "Renumbering the hidden units changes no logit and renumbers the gradients.",
            hint: "Unit j owns column j of its weights, entry j of its bias and row j of the next weights.",
            run: hidden_permutation,
        },
    ]
}

fn number_of_parameters(s: &Submission, rng: &mut Rng) -> Verdict {
    for layers in 1..=4 {
        let sizes: Vec<usize> = (0..=layers).map(|_| rng.between(1, 900)).collect();
        let mut want = 0;
        for l in 0..layers {
            want += sizes[l] * sizes[l + 1] + sizes[l + 1];
        }
        equal(&s.param_count(sizes.clone())?, &want).map_err(about(format_args!("{sizes:?}")))?;
    }
    Ok(())
}

/// An MLP with layers of these sizes, weights of a size that keeps tanh off its plateaus.
fn random_mlp(rng: &mut Rng, sizes: &[usize], activation: Activation) -> Oracle {
    Oracle {
        weights: sizes
            .windows(2)
            .map(|l| normal_matrix(rng, l[0], l[1]).map(|w| w / (l[0] as f64).sqrt()))
            .collect(),
        biases: sizes[1..]
            .iter()
            .map(|n| (0..*n).map(|_| 0.5 * rng.normal()).collect())
            .collect(),
        activation,
    }
}

/// Two to five pairwise different layer sizes.
pub(super) fn random_sizes(rng: &mut Rng, layers: usize) -> Vec<usize> {
    let all: [usize; 5] = sizes(rng, 2, 7);
    all[..=layers].to_vec()
}

pub(super) fn lists_of<T>(what: &str, list: &[T], layers: usize) -> Verdict {
    equal(&list.len(), &layers).map_err(about(format_args!("length of {what}")))
}

fn same_parameters(got: &MlpParameters, want: &MlpParameters, tolerance: Tolerance) -> Verdict {
    lists_of("weights", &got.weights, want.weights.len())?;
    lists_of("biases", &got.biases, want.biases.len())?;
    for l in 0..want.weights.len() {
        close(&got.weights[l], &want.weights[l], tolerance)
            .map_err(about(format_args!("weights[{l}]")))?;
        close(&got.biases[l], &want.biases[l], tolerance)
            .map_err(about(format_args!("biases[{l}]")))?;
    }
    Ok(())
}

fn same_shapes(got: &MlpParameters, want: &MlpParameters) -> Verdict {
    lists_of("weights", &got.weights, want.weights.len())?;
    lists_of("biases", &got.biases, want.biases.len())?;
    for l in 0..want.weights.len() {
        shape(&got.weights[l], want.weights[l].dims())
            .map_err(about(format_args!("weights[{l}]")))?;
        shape(&got.biases[l], want.biases[l].dims()).map_err(about(format_args!("biases[{l}]")))?;
    }
    Ok(())
}

fn every_layer(s: &Submission, rng: &mut Rng) -> Verdict {
    for activation in [Activation::Relu, Activation::Tanh] {
        for layers in 1..=4 {
            let sizes = random_sizes(rng, layers);
            let mlp = random_mlp(rng, &sizes, activation);
            let x = normal_matrix(rng, 8, mlp.weights[0].rows);
            let got = s.mlp_forward(mlp.parameters(), activation, x.tensor())?;
            let want = mlp.forward(&x).forward();
            same_forward(&got, &want)
                .map_err(about(format_args!("{activation:?}, {layers} layers")))?;
        }
    }
    Ok(())
}

fn same_forward(got: &MlpForward, want: &MlpForward) -> Verdict {
    lists_of("inputs", &got.inputs, want.inputs.len())?;
    lists_of("outputs", &got.outputs, want.outputs.len())?;
    for l in 0..want.inputs.len() {
        close(&got.inputs[l], &want.inputs[l], Tolerance::EXACT)
            .map_err(about(format_args!("inputs[{l}]")))?;
        close(&got.outputs[l], &want.outputs[l], Tolerance::EXACT)
            .map_err(about(format_args!("outputs[{l}]")))?;
    }
    Ok(())
}

/// An MLP and inputs for it, no hidden unit near ReLU's kink, where a difference has no gradient to
/// agree with, and not so many closed gates that a wrong gradient is zero as well.
fn away_from_kinks(rng: &mut Rng, activation: Activation) -> (Oracle, Matrix) {
    loop {
        let sizes = random_sizes(rng, 3);
        let mlp = random_mlp(rng, &sizes, activation);
        let x = normal_matrix(rng, 8, mlp.weights[0].rows);
        let pass = mlp.forward(&x);
        if activation == Activation::Tanh || (pass.distance_from_kink() > 1e-3 && pass.is_lively())
        {
            return (mlp, x);
        }
    }
}

fn gradient(s: &Submission, rng: &mut Rng, activation: Activation) -> Verdict {
    let (mlp, x) = away_from_kinks(rng, activation);
    let pass = mlp.forward(&x);
    let outputs = mlp.biases[2].len();
    let dlogits = normal_matrix(rng, x.rows, outputs).tensor();

    let got = s.mlp_backward(
        mlp.parameters(),
        activation,
        pass.forward(),
        dlogits.clone(),
    )?;
    let numeric = numeric_gradients(&mlp, &x, &dlogits)?;
    same_parameters(&got, &numeric, Tolerance::GRADIENT).map_err(about("central differences"))?;
    let autodiff = autodiff_gradients(&mlp, &x, dlogits)?;
    same_parameters(&got, &autodiff, Tolerance::EXACT).map_err(about("autodiff"))
}

fn numeric_gradients(mlp: &Oracle, x: &Matrix, dlogits: &Tensor<2>) -> Outcome<MlpParameters> {
    let value = |mlp: &Oracle| Outcome::Ok(dot(&mlp.logits(x).tensor(), dlogits));
    let parameters = mlp.parameters();
    let weights = parameters.weights.iter().enumerate().map(|(l, w)| {
        numeric_gradient_of(w, |w| {
            let mut mlp = mlp.clone();
            mlp.weights[l] = Matrix::of(&w);
            value(&mlp)
        })
    });
    let biases = parameters.biases.iter().enumerate().map(|(l, b)| {
        numeric_gradient_of(b, |b| {
            let mut mlp = mlp.clone();
            mlp.biases[l] = values(&b);
            value(&mlp)
        })
    });
    Ok(MlpParameters {
        weights: weights.collect::<Outcome<_>>()?,
        biases: biases.collect::<Outcome<_>>()?,
    })
}

fn autodiff_gradients(
    mlp: &Oracle,
    x: &Matrix,
    dlogits: Tensor<2>,
) -> Result<MlpParameters, Failure> {
    let parameters = mlp.parameters();
    let weights: Vec<_> = parameters.weights.iter().map(tracked).collect();
    let biases: Vec<_> = parameters.biases.iter().map(tracked).collect();
    let mut a = x.tensor().autodiff();
    for (l, (w, b)) in weights.iter().zip(&biases).enumerate() {
        a = a.matmul(w.clone()) + b.clone().unsqueeze();
        if l + 1 < weights.len() {
            a = match mlp.activation {
                Activation::Relu => activation::relu(a),
                Activation::Tanh => activation::tanh(a),
            };
        }
    }
    let gradients = (a * dlogits.autodiff()).sum().backward();
    let unused = || Failure::wrong("a parameter without a gradient");
    let of = |w: &Tensor<2>| w.grad(&gradients).ok_or_else(unused);
    let of_bias = |b: &Tensor<1>| b.grad(&gradients).ok_or_else(unused);
    Ok(MlpParameters {
        weights: weights.iter().map(of).collect::<Result<_, _>>()?,
        biases: biases.iter().map(of_bias).collect::<Result<_, _>>()?,
    })
}

fn hidden_permutation(s: &Submission, rng: &mut Rng) -> Verdict {
    for activation in [Activation::Relu, Activation::Tanh] {
        // Square in the middle, where a transposed matrix would fit as well.
        let mlp = random_mlp(rng, &[3, 5, 5, 4], activation);
        let x = normal_matrix(rng, 6, 3);
        let dlogits = rng.normal_tensor([6, 4]);
        let order = [
            vec![0, 1, 2],
            rng.permutation(5),
            rng.permutation(5),
            vec![0, 1, 2, 3],
        ];
        let renumbered = renumber(&mlp, &order);

        let got = s.mlp_forward(renumbered.parameters(), activation, x.tensor())?;
        lists_of("outputs", &got.outputs, 3)?;
        close(&got.outputs[2], &mlp.logits(&x).tensor(), Tolerance::EXACT)
            .map_err(about("logits"))?;

        let gradients = |mlp: &Oracle| {
            let pass = mlp.forward(&x).forward();
            s.mlp_backward(mlp.parameters(), activation, pass, dlogits.clone())
        };
        let (plain, other) = (gradients(&mlp)?, gradients(&renumbered)?);
        same_shapes(&plain, &mlp.parameters())?;
        let want = renumber(&Oracle::of(&plain, activation), &order).parameters();
        same_parameters(&other, &want, Tolerance::EXACT).map_err(about("gradients"))?;
    }
    Ok(())
}

/// The units of every layer in another order.
fn renumber(mlp: &Oracle, order: &[Vec<usize>; 4]) -> Oracle {
    let weights =
        mlp.weights.iter().enumerate().map(|(l, w)| {
            Matrix::from_fn(w.rows, w.columns, |i, j| w[(order[l][i], order[l + 1][j])])
        });
    let biases = mlp.biases.iter().enumerate();
    Oracle {
        weights: weights.collect(),
        biases: biases
            .map(|(l, b)| order[l + 1].iter().map(|j| b[*j]).collect())
            .collect(),
        activation: mlp.activation,
    }
}
