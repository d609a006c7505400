//! A1.10 with plain loops, sums taken in the other order, tanh for the sigmoid.

use burn::tensor::Tensor;
use common::contract::a1::*;
use common::rng::Rng;

use super::{column_sums, transposed, transposed_times};
use crate::oracle::matrix::{Matrix, values, vector};

pub fn table() -> PretrainingTable {
    PretrainingTable {
        rbm_free_energy,
        p_h_given_v: |layer, v| up(&layer, &Matrix::of(&v)).tensor(),
        p_v_given_h: |layer, h| logistic(&down(&layer, &Matrix::of(&h))).tensor(),
        cd_k,
        autoencoder_forward: |layer, x| {
            let hidden = up(&layer, &Matrix::of(&x));
            AutoencoderForward {
                logits: down(&layer, &hidden).tensor(),
                hidden: hidden.tensor(),
            }
        },
        autoencoder_backward: |layer, x, forward, dlogits| {
            let (x, hidden) = (Matrix::of(&x), Matrix::of(&forward.hidden));
            tied_gradient(&layer, &x, &hidden, &Matrix::of(&dlogits))
        },
        // By multiplication.
        corrupt: |x, share, uniforms| x * uniforms.greater_equal_elem(share).float(),
        stack_init,
        pretrain_step,
        pretrain_stack: |stack, batches, settings| {
            (0..stack.len()).fold(stack, |stack, l| {
                batches.iter().fold(stack, |stack, batch| {
                    let (x, u) = (batch.x.clone(), batch.uniforms[l].clone());
                    pretrain_step(stack, l, x, settings.clone(), u)
                })
            })
        },
        to_mlp: |stack| MlpParameters {
            weights: stack.iter().map(|layer| layer.weights.clone()).collect(),
            biases: stack.into_iter().map(|layer| layer.hidden_bias).collect(),
        },
    }
}

fn logistic(z: &Matrix) -> Matrix {
    z.map(|z| 0.5 + 0.5 * (z / 2.0).tanh())
}

fn shifted(z: Matrix, bias: &Tensor<1>) -> Matrix {
    let bias = values(bias);
    Matrix::from_fn(z.rows, z.columns, |i, j| bias[j] + z[(i, j)])
}

fn up_logits(layer: &TiedLayer, v: &Matrix) -> Matrix {
    let z = transposed_times(&transposed(v), &Matrix::of(&layer.weights));
    shifted(z, &layer.hidden_bias)
}

fn up(layer: &TiedLayer, v: &Matrix) -> Matrix {
    logistic(&up_logits(layer, v))
}

fn down(layer: &TiedLayer, h: &Matrix) -> Matrix {
    let w = transposed(&Matrix::of(&layer.weights));
    shifted(transposed_times(&transposed(h), &w), &layer.visible_bias)
}

/// With the larger of 0 and z taken out of the logarithm.
fn rbm_free_energy(layer: TiedLayer, v: Tensor<2>) -> Tensor<1> {
    let v = Matrix::of(&v);
    let (z, b) = (up_logits(&layer, &v), values(&layer.visible_bias));
    let row = |i: usize| {
        let soft = z.row(i).iter().map(|z| {
            let m = z.max(0.0);
            m + ((-m).exp() + (z - m).exp()).ln()
        });
        let linear = v.row(i).iter().zip(&b).map(|(v, b)| v * b);
        -(linear.sum::<f64>() + soft.sum::<f64>())
    };
    vector((0..v.rows).map(row).collect())
}

/// Sample by sample: each has a chain of its own, and the gradient is the mean of theirs.
fn cd_k(layer: TiedLayer, v0: Tensor<2>, k: usize, uniforms: Vec<Tensor<2>>) -> TiedLayer {
    let uniforms: Vec<Matrix> = uniforms.iter().map(Matrix::of).collect();
    let v0 = Matrix::of(&v0);
    let draw = |p: &Matrix, u: &[f64]| {
        Matrix::from_fn(
            1,
            p.columns,
            |_, j| if p[(0, j)] > u[j] { 1.0 } else { 0.0 },
        )
    };
    let [visible, hidden] = layer.weights.dims();
    let mut w = Matrix::from_fn(visible, hidden, |_, _| 0.0);
    let (mut b, mut c) = (vec![0.0; visible], vec![0.0; hidden]);
    for n in 0..v0.rows {
        let start = Matrix::from_fn(1, visible, |_, i| v0[(n, i)]);
        let mut v = start.clone();
        for t in 0..k {
            let h = draw(&up(&layer, &v), uniforms[2 * t].row(n));
            v = draw(&logistic(&down(&layer, &h)), uniforms[2 * t + 1].row(n));
        }
        for (v, sign) in [(start, 1.0), (v, -1.0)] {
            let h = up(&layer, &v);
            let share = sign / v0.rows as f64;
            for i in 0..visible {
                b[i] += share * v[(0, i)];
                for j in 0..hidden {
                    w[(i, j)] += share * v[(0, i)] * h[(0, j)];
                }
            }
            for (c, h) in c.iter_mut().zip(&h.values) {
                *c += share * h;
            }
        }
    }
    TiedLayer {
        weights: w.tensor(),
        visible_bias: vector(b),
        hidden_bias: vector(c),
    }
}

fn tied_gradient(layer: &TiedLayer, x: &Matrix, hidden: &Matrix, dlogits: &Matrix) -> TiedLayer {
    let back = transposed_times(&transposed(dlogits), &Matrix::of(&layer.weights));
    let dz = Matrix::from_fn(back.rows, back.columns, |i, j| {
        back[(i, j)] * (hidden[(i, j)] - hidden[(i, j)].powi(2))
    });
    let (encoder, decoder) = (transposed_times(x, &dz), transposed_times(dlogits, hidden));
    TiedLayer {
        weights: decoder.tensor() + encoder.tensor(),
        visible_bias: vector(column_sums(dlogits)),
        hidden_bias: vector(column_sums(&dz)),
    }
}

fn stack_init(sizes: Vec<usize>, seed: u64) -> Vec<TiedLayer> {
    let layer = |l: usize| TiedLayer {
        weights: Rng::named(seed, &format!("layer {l}")).normal_tensor([sizes[l], sizes[l + 1]])
            / 100.0,
        visible_bias: vector(vec![0.0; sizes[l]]),
        hidden_bias: vector(vec![0.0; sizes[l + 1]]),
    };
    (0..sizes.len() - 1).map(layer).collect()
}

fn pretrain_step(
    mut stack: Vec<TiedLayer>,
    l: usize,
    x: Tensor<2>,
    settings: PretrainSettings,
    uniforms: Vec<Tensor<2>>,
) -> Vec<TiedLayer> {
    let mut seen = Matrix::of(&x);
    for layer in &stack[..l] {
        seen = up(layer, &seen);
    }
    let layer = &stack[l];
    let (gradient, rate) = match settings.kind {
        LayerKind::Rbm => {
            let gradient = cd_k(layer.clone(), seen.tensor(), settings.k, uniforms);
            (gradient, settings.lr)
        }
        LayerKind::DenoisingAutoencoder => {
            let u = Matrix::of(&uniforms[0]);
            let noisy = Matrix::from_fn(u.rows, u.columns, |i, j| {
                let kept = u[(i, j)] >= settings.corruption;
                if kept { seen[(i, j)] } else { 0.0 }
            });
            let hidden = up(layer, &noisy);
            let output = logistic(&down(layer, &hidden));
            let error = Matrix::from_fn(u.rows, u.columns, |i, j| {
                (output[(i, j)] - seen[(i, j)]) / u.rows as f64
            });
            let gradient = tied_gradient(layer, &noisy, &hidden, &error);
            (gradient, -settings.lr)
        }
    };
    stack[l] = TiedLayer {
        weights: layer.weights.clone() + gradient.weights * rate,
        visible_bias: layer.visible_bias.clone() + gradient.visible_bias * rate,
        hidden_bias: layer.hidden_bias.clone() + gradient.hidden_bias * rate,
    };
    stack
}
