//! A1.5 with other random numbers and plain loops.

use burn::tensor::Tensor;
use common::contract::a1::*;
use common::rng::Rng;

use super::tensor_layers::linear;
use super::{column_sums, transposed, transposed_times};
use crate::oracle::matrix::{Matrix, values, vector};

pub fn table() -> MlpTable {
    MlpTable {
        param_count: |sizes| {
            let weights: usize = sizes.windows(2).map(|l| l[0] * l[1]).sum();
            weights + sizes[1..].iter().sum::<usize>()
        },
        init_weight,
        mlp_init,
        mlp_forward,
        mlp_backward,
    }
}

/// Marsaglia's polar method.
fn normal(rng: &mut Rng) -> f64 {
    loop {
        let (u, v) = (rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0));
        let s = u * u + v * v;
        if s > 0.0 && s < 1.0 {
            return u * (-2.0 * s.ln() / s).sqrt();
        }
    }
}

fn init_weight(init: Init, fan_in: usize, fan_out: usize, gain: f64, seed: u64) -> Tensor<2> {
    let (i, o) = (fan_in as f64, fan_out as f64);
    let mut rng = Rng::new(seed);
    let mut draw = || match init {
        Init::XavierUniform => gain * (6.0 / (i + o)).sqrt() * (2.0 * rng.unit() - 1.0),
        Init::XavierNormal => gain * (2.0 / (i + o)).sqrt() * normal(&mut rng),
        Init::KaimingUniform => gain * (3.0 / i).sqrt() * (1.0 - 2.0 * rng.unit()),
        Init::KaimingNormal => gain / i.sqrt() * normal(&mut rng),
        Init::Lecun1989 => rng.uniform(-2.4 / i, 2.4 / i) * gain,
    };
    // Column by column.
    transposed(&Matrix::from_fn(fan_out, fan_in, |_, _| draw())).tensor()
}

fn mlp_init(sizes: Vec<usize>, init: Init, gain: f64, seed: u64) -> MlpParameters {
    let seed_of = |l: usize| Rng::named(seed, &format!("layer {l}")).next_u64();
    MlpParameters {
        weights: (0..sizes.len() - 1)
            .map(|l| init_weight(init, sizes[l], sizes[l + 1], gain, seed_of(l)))
            .collect(),
        biases: sizes[1..].iter().map(|n| vector(vec![0.0; *n])).collect(),
    }
}

fn mlp_forward(parameters: MlpParameters, activation: Activation, x: Tensor<2>) -> MlpForward {
    let layers = parameters.weights.len();
    let (mut inputs, mut outputs) = (vec![x], vec![]);
    for l in 0..layers {
        let (a, w) = (Matrix::of(&inputs[l]), Matrix::of(&parameters.weights[l]));
        let z = linear(&a, &w, &values(&parameters.biases[l]));
        if l + 1 < layers {
            inputs.push(
                match activation {
                    Activation::Relu => z.map(|z| (z + z.abs()) / 2.0),
                    Activation::Tanh => z.map(|z| 1.0 - 2.0 / ((2.0 * z).exp() + 1.0)),
                }
                .tensor(),
            );
        }
        outputs.push(z.tensor());
    }
    MlpForward { inputs, outputs }
}

fn mlp_backward(
    parameters: MlpParameters,
    activation: Activation,
    forward: MlpForward,
    dlogits: Tensor<2>,
) -> MlpParameters {
    let mut gradients = parameters.clone();
    let mut dz = Matrix::of(&dlogits);
    for l in (0..parameters.weights.len()).rev() {
        if l + 1 < parameters.weights.len() {
            let z = Matrix::of(&forward.outputs[l]);
            dz = Matrix::from_fn(z.rows, z.columns, |i, j| match activation {
                Activation::Relu => dz[(i, j)] * f64::from(u8::from(z[(i, j)] > 0.0)),
                Activation::Tanh => dz[(i, j)] / z[(i, j)].cosh().powi(2),
            });
        }
        let a = Matrix::of(&forward.inputs[l]);
        gradients.weights[l] = transposed_times(&a, &dz).tensor();
        gradients.biases[l] = vector(column_sums(&dz));
        let w = Matrix::of(&parameters.weights[l]);
        dz = transposed_times(&transposed(&dz), &transposed(&w));
    }
    gradients
}
