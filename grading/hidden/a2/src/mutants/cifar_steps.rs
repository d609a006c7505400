//! Mutants of A2.9: gradients and steps.

use a2_cnn::parts::cifar as reference;
use burn::tensor::{Int, Tensor};
use common::contract::a2::*;
use common::nn::{Parameters, Sgd, cross_entropy, tensors, value_and_gradient};
use hidden_suite::Mutant;

use super::cifar::PART;

/// The mutants of a step.
pub fn mutants() -> Vec<Mutant> {
    let mut all = gradients();
    all.extend(steps());
    all
}

/// `gradient` with `share` of the weights added to all its tensors.
fn decayed(gradient: CifarNet, net: &CifarNet, share: f64) -> CifarNet {
    let mut weights = tensors(net).into_iter();
    gradient.map(&mut |g| g + weights.next().expect("as many weights") * share)
}

fn gradients() -> Vec<Mutant> {
    vec![
        mutant!(
            cifar.recipe_gradient / "decay_on_everything",
            "scales, shifts and the bias are decayed too",
            |net, running, x, labels, smoothing, decay| {
                let of = net.clone();
                let right = reference::recipe_gradient(of, running, x, labels, smoothing, 0.0);
                CifarGradient {
                    gradient: decayed(right.gradient, &net, decay),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "no_decay",
            "weight decay is left out",
            |net, running, x, labels, smoothing, _| reference::recipe_gradient(
                net, running, x, labels, smoothing, 0.0
            )
        ),
        mutant!(
            cifar.recipe_gradient / "head_not_decayed",
            "the head's matrix is not decayed",
            |net, running, x, labels, smoothing, decay| {
                let weight = net.head_weight.clone();
                let mut right =
                    reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                right.gradient.head_weight = right.gradient.head_weight - weight * decay;
                right
            }
        ),
        mutant!(
            cifar.recipe_gradient / "twice_the_decay",
            "the derivative of decay w^2",
            |net, running, x, labels, smoothing, decay| reference::recipe_gradient(
                net,
                running,
                x,
                labels,
                smoothing,
                2.0 * decay
            )
        ),
        mutant!(
            cifar.recipe_gradient / "decay_in_the_loss",
            "the loss has the penalty in it",
            |net, running, x, labels, smoothing, decay| {
                let square = net.head_weight.clone().square().sum().into_scalar::<f64>();
                let right = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                CifarGradient {
                    loss: right.loss + decay / 2.0 * square,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "no_smoothing",
            "labels are not smoothed",
            |net, running, x, labels, _, decay| reference::recipe_gradient(
                net, running, x, labels, 0.0, decay
            )
        ),
        mutant!(
            cifar.recipe_gradient / "smoothed_over_the_others",
            "the share goes to the other classes alone",
            |net, running, x, labels, smoothing, decay| {
                let k = net.head_bias.dims()[0] as f64;
                let more = smoothing * k / (k - 1.0);
                reference::recipe_gradient(net, running, x, labels, more, decay)
            }
        ),
        mutant!(
            cifar.recipe_gradient / "loss_without_smoothing",
            "the loss that is given is the plain one",
            |net, running, x, labels, smoothing, decay| {
                let (of, before) = (net.clone(), running.clone());
                let plain = cross_entropy(
                    reference::cifar_forward(of, before, x.clone(), true).logits,
                    labels.clone(),
                    0.0,
                );
                let right = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                CifarGradient {
                    loss: plain.into_scalar::<f64>(),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "sum_over_the_batch",
            "the loss is a sum",
            |net, running, x, labels, smoothing, decay| {
                let n = x.dims()[0] as f64;
                let decay = decay / n;
                let right = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
                CifarGradient {
                    loss: right.loss * n,
                    gradient: right.gradient.map(&mut |g| g * n),
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "evaluation_mode",
            "the gradient is that of evaluation",
            |net, running, x, labels, smoothing, decay| {
                let (of, before) = (net.clone(), running.clone());
                let right = reference::recipe_gradient(
                    net,
                    running,
                    x.clone(),
                    labels.clone(),
                    smoothing,
                    decay,
                );
                let (loss, gradient) = value_and_gradient(&of, |net| {
                    let out = reference::cifar_forward(net.clone(), before, x, false);
                    cross_entropy(out.logits, labels, smoothing)
                });
                CifarGradient {
                    loss,
                    gradient,
                    ..right
                }
            }
        ),
        mutant!(
            cifar.recipe_gradient / "statistics_stay",
            "the running statistics come out as they went in",
            |net, running, x, labels, smoothing, decay| {
                let before = running.clone();
                CifarGradient {
                    running: before,
                    ..reference::recipe_gradient(net, running, x, labels, smoothing, decay)
                }
            }
        ),
    ]
}

/// What is wrong with a step.
#[derive(Clone, Copy, PartialEq)]
enum StepBug {
    NoAugmentation,
    Classical,
    NoMomentum,
    OldVelocity,
    RateAhead,
    ConstantRate,
    DecayTwice,
    NotCounted,
    StatisticsStay,
    Uphill,
    VelocityHasRate,
}

/// `recipe_step` with one bug.
macro_rules! step {
    ($name:literal, $Bug:ident, $words:literal) => {
        mutant!(
            cifar.recipe_step / $name,
            $words,
            |state, x, labels, draws, recipe, steps| step(
                StepBug::$Bug,
                state,
                x,
                labels,
                draws,
                recipe,
                steps
            )
        )
    };
}

fn steps() -> Vec<Mutant> {
    vec![
        step!(
            "no_augmentation",
            NoAugmentation,
            "the batch is not augmented"
        ),
        step!("classical_momentum", Classical, "w - lr v"),
        step!("no_momentum", NoMomentum, "w - lr g"),
        step!(
            "old_velocity",
            OldVelocity,
            "the velocity that comes out is the old one"
        ),
        step!(
            "rate_one_ahead",
            RateAhead,
            "the rate is that of the next step"
        ),
        step!("constant_rate", ConstantRate, "the rate is always the peak"),
        step!("decay_twice", DecayTwice, "the optimiser decays once more"),
        step!("not_counted", NotCounted, "state.step stays"),
        step!(
            "statistics_stay",
            StatisticsStay,
            "the running statistics are not taken over"
        ),
        step!("uphill", Uphill, "adds the step"),
        step!(
            "rate_inside",
            VelocityHasRate,
            "the rate goes into the velocity"
        ),
    ]
}

fn step(
    bug: StepBug,
    state: CifarState,
    x: Tensor<4>,
    labels: Tensor<1, Int>,
    draws: Vec<CropFlip>,
    recipe: CifarRecipe,
    steps: usize,
) -> CifarStep {
    let augments = bug != StepBug::NoAugmentation;
    let x = reference::pad_crop_flip(x, draws, recipe.padding, augments);
    let lr = match bug {
        StepBug::RateAhead => reference::recipe_lr(recipe.clone(), state.step + 1, steps + 1),
        StepBug::ConstantRate => recipe.peak_lr,
        _ => reference::recipe_lr(recipe.clone(), state.step, steps),
    };
    let (net, running) = (state.net.clone(), state.running.clone());
    let (smoothing, decay) = (recipe.smoothing, recipe.weight_decay);
    let batch = reference::recipe_gradient(net, running, x, labels, smoothing, decay);
    let sgd = Sgd {
        lr: match bug {
            StepBug::Uphill => -lr,
            StepBug::VelocityHasRate => 1.0,
            _ => lr,
        },
        momentum: if bug == StepBug::NoMomentum {
            0.0
        } else {
            recipe.momentum
        },
        nesterov: bug != StepBug::Classical,
        weight_decay: if bug == StepBug::DecayTwice {
            decay
        } else {
            0.0
        },
    };
    let gradient = match bug {
        StepBug::VelocityHasRate => batch.gradient.map(&mut |g| g * lr),
        _ => batch.gradient,
    };
    let old = state.velocity.clone();
    let (net, velocity) = sgd.step(state.net, gradient, state.velocity);
    CifarStep {
        state: CifarState {
            net,
            velocity: if bug == StepBug::OldVelocity {
                old
            } else {
                velocity
            },
            running: match bug {
                StepBug::StatisticsStay => state.running,
                _ => batch.running,
            },
            step: state.step + usize::from(bug != StepBug::NotCounted),
        },
        loss: batch.loss,
    }
}
