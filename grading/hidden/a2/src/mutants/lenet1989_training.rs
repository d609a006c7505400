//! Mutants of A2.4, loss and training.

use a2_cnn::parts::lenet1989 as reference;
use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};
use common::contract::a2::*;
use common::nn::{Parameters, tensors, value_and_gradient};
use hidden_suite::Mutant;

use super::lenet1989::PART;

/// The same rate for all layers.
fn equal(rate: f64) -> Lenet1989Rates {
    Lenet1989Rates {
        h1: rate,
        h2: rate,
        h3: rate,
        out: rate,
    }
}

/// The rates times a number.
fn scaled(rates: &Lenet1989Rates, by: f64) -> Lenet1989Rates {
    Lenet1989Rates {
        h1: rates.h1 * by,
        h2: rates.h2 * by,
        h3: rates.h3 * by,
        out: rates.out * by,
    }
}

/// The rate of each parameter, in their order.
fn of_each(rates: &Lenet1989Rates) -> impl Iterator<Item = f64> {
    let Lenet1989Rates { h1, h2, h3, out } = *rates;
    [h1, h2, h3, out].into_iter().flat_map(|rate| [rate, rate])
}

/// A pass whose loss is another, on `size` images at a time.
fn trained(
    mut parameters: Lenet1989Parameters,
    images: Tensor<4>,
    labels: Tensor<1, Int>,
    rates: &Lenet1989Rates,
    size: usize,
    loss: fn(Tensor<2>, Tensor<1, Int>) -> Tensor<1>,
) -> Lenet1989Pass {
    let n = images.dims()[0];
    let mut sum = 0.0;
    for first in (0..n).step_by(size) {
        let size = size.min(n - first);
        let (x, y) = (
            images.clone().narrow(0, first, size),
            labels.clone().narrow(0, first, size),
        );
        let (value, gradients) = value_and_gradient(&parameters, |p| {
            loss(reference::lenet1989_forward(p.clone(), x), y)
        });
        sum += value * size as f64;
        let mut changes = tensors(&gradients).into_iter().zip(of_each(rates));
        parameters = parameters.map(&mut |w| {
            let (gradient, rate) = changes.next().expect("as many gradients");
            w - gradient * rate
        });
    }
    Lenet1989Pass {
        parameters,
        loss: sum / n as f64,
    }
}

/// Distances from targets of `yes` and `no`.
fn from_targets(outputs: Tensor<2>, labels: Tensor<1, Int>, [yes, no]: [f64; 2]) -> Tensor<2> {
    let classes = outputs.dims()[1];
    let hot: Tensor<2> = labels.one_hot(classes).float().cast(outputs.dtype());
    outputs - (hot * (yes - no) + no)
}

/// The mutants of this file.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet1989.signed_mse / "targets_0_and_1",
            "the wrong classes should be 0",
            |y, labels| from_targets(y, labels, [1.0, 0.0]).square().mean()
        ),
        mutant!(
            lenet1989.signed_mse / "targets_at_the_limits",
            "the targets are 1.7159 and -1.7159",
            |y, labels| from_targets(y, labels, [1.7159, -1.7159]).square().mean()
        ),
        mutant!(
            lenet1989.signed_mse / "targets_reversed",
            "the right class should be -1",
            |y, labels| from_targets(y, labels, [-1.0, 1.0]).square().mean()
        ),
        mutant!(
            lenet1989.signed_mse / "sum_over_classes",
            "the mean over the images of sums over the classes",
            |y, labels| {
                let classes = y.dims()[1] as f64;
                reference::signed_mse(y, labels) * classes
            }
        ),
        mutant!(
            lenet1989.signed_mse / "sum_over_images",
            "the sum over the images of means over the classes",
            |y, labels| {
                let n = y.dims()[0] as f64;
                reference::signed_mse(y, labels) * n
            }
        ),
        mutant!(
            lenet1989.signed_mse / "half",
            "half of it, as in the textbooks",
            |y, labels| reference::signed_mse(y, labels) * 0.5
        ),
        mutant!(
            lenet1989.signed_mse / "absolute",
            "distances, not their squares",
            |y, labels| from_targets(y, labels, [1.0, -1.0]).abs().mean()
        ),
        mutant!(
            lenet1989.signed_mse / "root",
            "the root of it",
            |y, labels| reference::signed_mse(y, labels).sqrt()
        ),
        mutant!(
            lenet1989.signed_mse / "cross_entropy",
            "cross-entropy of the softmax",
            |y, labels| {
                let right = log_softmax(y, 1).gather(1, labels.unsqueeze_dim(1));
                right.mean().neg()
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "one_batch",
            "one step on all images",
            |p, x, y, rates| {
                let n = x.dims()[0];
                trained(p, x, y, &rates, n, reference::signed_mse)
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "two_at_a_time",
            "a step for each pair of images",
            |p, x, y, rates| trained(p, x, y, &rates, 2, reference::signed_mse)
        ),
        mutant!(
            lenet1989.lenet1989_pass / "backwards",
            "the images in reverse order",
            |p, x, y, rates| reference::lenet1989_pass(p, x.flip([0]), y.flip([0]), rates)
        ),
        mutant!(
            lenet1989.lenet1989_pass / "ascent",
            "steps along the gradient",
            |p, x, y, rates| reference::lenet1989_pass(p, x, y, scaled(&rates, -1.0))
        ),
        mutant!(
            lenet1989.lenet1989_pass / "fixed_rate",
            "all rates are 0.03, whatever was asked for",
            |p, x, y, _| reference::lenet1989_pass(p, x, y, equal(0.03))
        ),
        mutant!(
            lenet1989.lenet1989_pass / "one_rate",
            "the rate of the output layer is that of all",
            |p, x, y, rates| reference::lenet1989_pass(p, x, y, equal(rates.out))
        ),
        mutant!(
            lenet1989.lenet1989_pass / "rates_of_the_layer_above",
            "H2 has the rate of H3, and H3 that of the output layer",
            |p, x, y, rates| {
                let (h2, h3) = (rates.h3, rates.out);
                reference::lenet1989_pass(p, x, y, Lenet1989Rates { h2, h3, ..rates })
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "biases_have_their_own_rate",
            "all biases have the rate of the output layer",
            |p, x, y, rates| {
                let all = equal(rates.out);
                let biases = reference::lenet1989_pass(p.clone(), x.clone(), y.clone(), all);
                let pass = reference::lenet1989_pass(p, x, y, rates);
                Lenet1989Pass {
                    parameters: Lenet1989Parameters {
                        h1_bias: biases.parameters.h1_bias,
                        h2_bias: biases.parameters.h2_bias,
                        h3_bias: biases.parameters.h3_bias,
                        ..pass.parameters
                    },
                    ..pass
                }
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "rate_per_image",
            "the rates are divided by the number of images",
            |p, x, y, rates| {
                let n = x.dims()[0] as f64;
                reference::lenet1989_pass(p, x, y, scaled(&rates, 1.0 / n))
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "first_image_left_out",
            "training begins with the second image",
            |p, x, y, rates| {
                let n = x.dims()[0];
                if n == 1 {
                    return reference::lenet1989_pass(p, x, y, rates);
                }
                let rest = reference::lenet1989_pass(
                    p.clone(),
                    x.clone().narrow(0, 1, n - 1),
                    y.clone().narrow(0, 1, n - 1),
                    rates.clone(),
                );
                let loss = reference::lenet1989_pass(p, x, y, rates).loss;
                Lenet1989Pass { loss, ..rest }
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "sum_of_losses",
            "the losses are added up",
            |p, x, y, rates| {
                let n = x.dims()[0] as f64;
                let pass = reference::lenet1989_pass(p, x, y, rates);
                Lenet1989Pass {
                    loss: pass.loss * n,
                    ..pass
                }
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "last_loss",
            "the loss of the last image alone",
            |p, x, y, rates| {
                let n = x.dims()[0];
                let pass =
                    reference::lenet1989_pass(p.clone(), x.clone(), y.clone(), rates.clone());
                let but_one = reference::lenet1989_pass(
                    p,
                    x.narrow(0, 0, n.max(2) - 1),
                    y.narrow(0, 0, n.max(2) - 1),
                    rates,
                );
                let last = match n {
                    1 => pass.loss,
                    _ => pass.loss * n as f64 - but_one.loss * (n - 1) as f64,
                };
                Lenet1989Pass { loss: last, ..pass }
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "loss_after_the_pass",
            "the loss is measured with the final parameters",
            |p, x, y, rates| {
                let pass = reference::lenet1989_pass(p, x.clone(), y.clone(), rates);
                let outputs = reference::lenet1989_forward(pass.parameters.clone(), x);
                Lenet1989Pass {
                    loss: reference::signed_mse(outputs, y).into_scalar::<f64>(),
                    ..pass
                }
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "cross_entropy",
            "the gradient is that of cross-entropy",
            |p, x, y, rates| trained(p, x, y, &rates, 1, |y, labels| {
                let right = log_softmax(y, 1).gather(1, labels.unsqueeze_dim(1));
                right.mean().neg()
            })
        ),
        mutant!(
            lenet1989.lenet1989_pass / "biases_of_h1_rest",
            "the biases of H1 are not trained",
            |p, x, y, rates| {
                let h1_bias = p.h1_bias.clone();
                let mut pass = reference::lenet1989_pass(p, x, y, rates);
                pass.parameters.h1_bias = h1_bias;
                pass
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "kernels_of_h2_rest",
            "the kernels of H2 are not trained",
            |p, x, y, rates| {
                let h2_weight = p.h2_weight.clone();
                let mut pass = reference::lenet1989_pass(p, x, y, rates);
                pass.parameters.h2_weight = h2_weight;
                pass
            }
        ),
        mutant!(
            lenet1989.lenet1989_pass / "clipped",
            "no gradient is larger than 0.01",
            |p, x, y, rates| {
                let pass = reference::lenet1989_pass(p.clone(), x, y, rates.clone());
                let mut before = tensors(&p).into_iter().zip(of_each(&rates));
                let parameters = pass.parameters.map(&mut |after| {
                    let (before, rate) = before.next().expect("as many tensors");
                    before.clone() + (after - before).clamp(-0.01 * rate, 0.01 * rate)
                });
                Lenet1989Pass { parameters, ..pass }
            }
        ),
    ]
}
