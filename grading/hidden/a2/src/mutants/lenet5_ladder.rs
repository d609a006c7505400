//! Mutants of A2.5: the ladder.

use a2_cnn::parts::lenet5 as reference;
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Int, Tensor};
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::lenet5::PART;

/// The mutants of the ladder.
pub fn mutants() -> Vec<Mutant> {
    [settings(), rates(), shifts(), network(), losses()]
        .into_iter()
        .flatten()
        .collect()
}

/// The settings of a step, changed where there is such a step.
fn changed(step: usize, spoil: impl Fn(&mut LadderRung)) -> Result<LadderRung, String> {
    let mut rung = reference::modernise(step)?;
    spoil(&mut rung);
    Ok(rung)
}

fn settings() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.modernise / "one_change_at_a_time",
            "the last rung has not the changes of those below",
            |step| match step {
                4 => changed(0, |rung| {
                    rung.passes = 80;
                    rung.unit = LadderUnit::Relu;
                    rung.dropout = 0.25;
                }),
                _ => reference::modernise(step),
            }
        ),
        mutant!(
            lenet5.modernise / "rate_of_the_rung_below",
            "step 4 keeps the rate of step 3",
            |step| changed(step, |rung| {
                if step == 4 {
                    (rung.lr, rung.last_lr) = (3e-4, 1e-4);
                }
            })
        ),
        mutant!(
            lenet5.modernise / "counted_from_1",
            "step 1 is the network of 1989",
            |step| reference::modernise(step.saturating_sub(1))
        ),
        mutant!(
            lenet5.modernise / "stays_on_the_last",
            "steps above 4 are step 4",
            |step| reference::modernise(step.min(4))
        ),
        mutant!(
            lenet5.modernise / "cross_entropy_at_once",
            "the network of 1989 has cross-entropy",
            |step| changed(step, |rung| rung.loss = LadderLoss::CrossEntropy)
        ),
        mutant!(
            lenet5.modernise / "same_rate_with_cross_entropy",
            "the rate stays 0.03 in step 1",
            |step| changed(step, |rung| {
                if step == 1 {
                    (rung.lr, rung.last_lr) = (0.03, 0.03);
                }
            })
        ),
        mutant!(
            lenet5.modernise / "constant_rate",
            "the rate of AdamW does not fall",
            |step| changed(step, |rung| rung.last_lr = rung.lr)
        ),
        mutant!(
            lenet5.modernise / "sgd_throughout",
            "every rung has SGD",
            |step| changed(step, |rung| rung.rule = LadderRule::Sgd)
        ),
        mutant!(
            lenet5.modernise / "always_23_passes",
            "every rung has 23 passes",
            |step| changed(step, |rung| rung.passes = 23)
        ),
        mutant!(
            lenet5.modernise / "relu_one_step_early",
            "step 3 has ReLU already",
            |step| changed(step, |rung| {
                if step == 3 {
                    rung.unit = LadderUnit::Relu;
                }
            })
        ),
        mutant!(
            lenet5.modernise / "half_is_dropped",
            "half of the units are dropped",
            |step| changed(step, |rung| rung.dropout *= 2.0)
        ),
        mutant!(
            lenet5.modernise / "two_pixels",
            "shifts by up to 2 pixels",
            |step| changed(step, |rung| rung.shift *= 2)
        ),
    ]
}

fn rates() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.ladder_lr / "constant",
            "the rate of the first pass",
            |rung, _| rung.lr
        ),
        mutant!(
            lenet5.ladder_lr / "never_arrives",
            "steps of 1 / passes",
            |rung, pass| {
                let share = pass.min(rung.passes) as f64 / rung.passes as f64;
                rung.lr + share * (rung.last_lr - rung.lr)
            }
        ),
        mutant!(
            lenet5.ladder_lr / "counted_from_1",
            "the first pass is number 1",
            |rung, pass| reference::ladder_lr(rung, pass.saturating_sub(1))
        ),
        mutant!(
            lenet5.ladder_lr / "geometric",
            "equal ratios, not equal differences",
            |rung, pass| {
                let last = rung.passes.max(2) - 1;
                let share = pass.min(last) as f64 / last as f64;
                rung.lr * (rung.last_lr / rung.lr).powf(share)
            }
        ),
        mutant!(
            lenet5.ladder_lr / "backwards",
            "from the last rate to the first",
            |rung, pass| {
                let (lr, last_lr) = (rung.last_lr, rung.lr);
                reference::ladder_lr(
                    LadderRung {
                        lr,
                        last_lr,
                        ..rung
                    },
                    pass,
                )
            }
        ),
        mutant!(
            lenet5.ladder_lr / "zero_by_zero",
            "a single pass has no rate",
            |rung, pass| {
                let last = rung.passes - 1;
                let share = pass.min(last) as f64 / last as f64;
                rung.lr + share * (rung.last_lr - rung.lr)
            }
        ),
        mutant!(
            lenet5.ladder_lr / "goes_on_falling",
            "passes after the last have lower rates",
            |rung, pass| {
                let share = pass as f64 / (rung.passes.max(2) - 1) as f64;
                rung.lr + share * (rung.last_lr - rung.lr)
            }
        ),
    ]
}

fn shifts() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.ladder_shift / "around_the_border",
            "what leaves on one side comes in on the other",
            |images, shifts, _| {
                let each = shifts.iter().enumerate().map(|(i, [down, right])| {
                    images
                        .clone()
                        .narrow(0, i, 1)
                        .roll(&[*down, *right], &[2, 3])
                });
                Tensor::cat(each.collect(), 0)
            }
        ),
        mutant!(
            lenet5.ladder_shift / "other_way",
            "up and to the left",
            |images, shifts, b| {
                let shifts = shifts.into_iter().map(|[y, x]| [-y, -x]);
                reference::ladder_shift(images, shifts.collect(), b)
            }
        ),
        mutant!(
            lenet5.ladder_shift / "axes_exchanged",
            "the first number moves to the right",
            |images, shifts, b| {
                let shifts = shifts.into_iter().map(|[y, x]| [x, y]);
                reference::ladder_shift(images, shifts.collect(), b)
            }
        ),
        mutant!(
            lenet5.ladder_shift / "rows_only",
            "nothing moves to the right",
            |images, shifts, b| {
                let shifts = shifts.into_iter().map(|[y, _]| [y, 0]);
                reference::ladder_shift(images, shifts.collect(), b)
            }
        ),
        mutant!(
            lenet5.ladder_shift / "zeros_come_in",
            "what comes in is 0",
            |images, shifts, _| reference::ladder_shift(images, shifts, 0.0)
        ),
        mutant!(
            lenet5.ladder_shift / "one_shift_for_all",
            "all images move like the first",
            |images, shifts, b| {
                let n = shifts.len();
                reference::ladder_shift(images, vec![shifts[0]; n], b)
            }
        ),
    ]
}

/// Numbers that drop nothing.
fn none(uniform: Option<Tensor<2>>) -> Option<Tensor<2>> {
    uniform.map(|numbers| numbers.ones_like())
}

fn network() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.ladder_forward / "no_dropout",
            "nothing is dropped in training",
            |rung, p, x, _| reference::ladder_forward(rung, p, x, None)
        ),
        mutant!(
            lenet5.ladder_forward / "not_scaled",
            "the units that stay are not scaled",
            |rung, p, x, uniform| {
                let share = 1.0 - rung.dropout;
                let scale = if uniform.is_some() { share } else { 1.0 };
                let h3_weight = p.h3_weight * scale;
                let p = Lenet1989Parameters { h3_weight, ..p };
                reference::ladder_forward(rung, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "only_scaled",
            "units are scaled and none is dropped",
            |rung, p, x, uniform| reference::ladder_forward(rung, p, x, none(uniform))
        ),
        mutant!(
            lenet5.ladder_forward / "the_others_are_dropped",
            "numbers below the share are kept",
            |rung, p, x, uniform| {
                let uniform = uniform.map(|numbers| {
                    let dropped = numbers.clone().greater_equal_elem(rung.dropout);
                    numbers.ones_like().mask_fill(dropped, -1.0)
                });
                reference::ladder_forward(rung, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "scaled_in_use",
            "H2 is scaled down in use, as in 2012, and not up in training",
            |rung, p, x, uniform| {
                let h3_weight = p.h3_weight * (1.0 - rung.dropout);
                let p = Lenet1989Parameters { h3_weight, ..p };
                reference::ladder_forward(rung, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "always_tanh",
            "the units are those of 1989",
            |rung, p, x, uniform| {
                let unit = LadderUnit::ScaledTanh;
                reference::ladder_forward(LadderRung { unit, ..rung }, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "always_relu",
            "every rung has ReLU",
            |rung, p, x, uniform| {
                let unit = LadderUnit::Relu;
                reference::ladder_forward(LadderRung { unit, ..rung }, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "squashed_logits",
            "the outputs are squashed for cross-entropy too",
            |rung, p, x, uniform| {
                let loss = LadderLoss::SquaredError;
                reference::ladder_forward(LadderRung { loss, ..rung }, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "linear_outputs",
            "the outputs are linear for the squared error too",
            |rung, p, x, uniform| {
                let loss = LadderLoss::CrossEntropy;
                reference::ladder_forward(LadderRung { loss, ..rung }, p, x, uniform)
            }
        ),
        mutant!(
            lenet5.ladder_forward / "relu_at_the_end",
            "the hidden units' ReLU follows the outputs as well",
            |rung, p, x, uniform| {
                let unit = rung.unit;
                let outputs = reference::ladder_forward(rung, p, x, uniform);
                match unit {
                    LadderUnit::Relu => relu(outputs),
                    LadderUnit::ScaledTanh => outputs,
                }
            }
        ),
        mutant!(
            lenet5.ladder_forward / "shared_biases",
            "all units of a plane have the bias of its first",
            |rung, p, x, uniform| {
                let shared = |bias: Tensor<3>| {
                    let first = bias.clone().slice([0..12, 0..1, 0..1]);
                    first.expand(bias.dims())
                };
                let p = Lenet1989Parameters {
                    h1_bias: shared(p.h1_bias),
                    ..p
                };
                reference::ladder_forward(rung, p, x, uniform)
            }
        ),
    ]
}

/// The squared error, whatever the rung wants.
fn squared(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let [n, classes] = outputs.dims();
    let wrong = (outputs.clone() + 1.0).square().sum();
    let right = outputs.gather(1, labels.unsqueeze_dim(1)).sum();
    (wrong - right * 4.0) / (n * classes) as f64
}

/// Cross-entropy, whatever the rung wants.
fn entropy(outputs: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    let right = log_softmax(outputs, 1).gather(1, labels.unsqueeze_dim(1));
    right.mean().neg()
}

fn losses() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet5.ladder_loss / "always_cross_entropy",
            "cross-entropy on every rung",
            |_, y, labels| entropy(y, labels)
        ),
        mutant!(
            lenet5.ladder_loss / "always_squared",
            "the squared error on every rung",
            |_, y, labels| squared(y, labels)
        ),
        mutant!(
            lenet5.ladder_loss / "in_bits",
            "cross-entropy in bits",
            |rung, y, labels| match rung.loss {
                LadderLoss::CrossEntropy => entropy(y, labels) / 2f64.ln(),
                LadderLoss::SquaredError => squared(y, labels),
            }
        ),
        mutant!(
            lenet5.ladder_loss / "sum_over_images",
            "the sum over the images",
            |rung, y, labels| {
                let n = y.dims()[0] as f64;
                reference::ladder_loss(rung, y, labels) * n
            }
        ),
        mutant!(
            lenet5.ladder_loss / "sum_over_classes",
            "the squares are added up over the classes",
            |rung, y, labels| match rung.loss {
                LadderLoss::CrossEntropy => entropy(y, labels),
                LadderLoss::SquaredError => squared(y, labels) * 10.0,
            }
        ),
    ]
}
