//! Checks of A1.6, optimisers.

use burn::tensor::Tensor;
use common::check::{
    Check, Failure, Tolerance, Verdict, close, close_values, ensure, equal, equal_bits, within,
};
use common::contract::Submission;
use common::contract::a1::{Clipped, Optimisers};
use common::rng::Rng;

use super::walk::{Walk, advance, agrees, same, weights};
use super::{about, sizes};
use crate::oracle::matrix::{values, vector};
use crate::oracle::optimisers::{Rule, Settings, power};
use crate::oracle::pytorch::Trajectories;

const PART: &str = "A1.6";

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "optimisers/pytorch_momentum",
            part: PART,
            points: 2,
            proves: "SGD, momentum and Nesterov follow PyTorch for 25 steps.",
            hint: "v = mu v + g, not scaled by 1 - mu, and the learning rate outside. Nesterov uses the new v.",
            run: |s, _| {
                follow(s, "sgd", Rule::Sgd)?;
                follow(s, "momentum", Rule::Momentum)?;
                follow(s, "nesterov", Rule::Nesterov)
            },
        },
        Check {
            id: "optimisers/pytorch_adaptive",
            part: PART,
            points: 2,
            proves: "AdaGrad and RMSprop follow PyTorch for 25 steps.",
            hint: "AdaGrad adds squares up, RMSprop averages them; eps is added to the root.",
            run: |s, _| {
                follow(s, "adagrad", Rule::Adagrad)?;
                follow(s, "rmsprop", Rule::Rmsprop)
            },
        },
        Check {
            id: "optimisers/pytorch_adam",
            part: PART,
            points: 2,
            proves: "Adam, Adam with L2 and AdamW follow PyTorch for 25 steps.",
            hint: "Both moments are corrected with the number of this step, which is 1 in the first; eps is added to the corrected root.",
            run: |s, _| {
                follow(s, "adam", Rule::Adam)?;
                follow(s, "adam_l2", Rule::Adam)?;
                follow(s, "adamw", Rule::Adamw)
            },
        },
        Check {
            id: "optimisers/trajectories",
            part: PART,
            points: 1,
            proves: "With random settings every optimiser gives the right parameters and the right state for ten steps.",
            hint: "Compare the state after the first step with the formula: it starts as zeros.",
            run: trajectories,
        },
        Check {
            id: "optimisers/first_adam_step",
            part: PART,
            points: 1,
            proves: "The first step of Adam is -lr sign(g), however large or small g is.",
            hint: "At t = 1 the corrected moments are g and g^2.",
            run: first_adam_step,
        },
        Check {
            id: "optimisers/weight_decay",
            part: PART,
            points: 1,
            proves: "Without a gradient AdamW shrinks w by the factor 1 - lr weight_decay, and Adam with L2 does not.",
            hint: "AdamW's decay goes around the moments, Adam's through them.",
            run: weight_decay,
        },
        Check {
            id: "optimisers/quadratic",
            part: PART,
            points: 1,
            proves: "On a parabola momentum follows its closed form, the power of a 2x2 matrix.",
            hint: "The new v and the new w come out of every step and go into the next.",
            run: quadratic,
        },
        Check {
            id: "optimisers/per_parameter",
            part: PART,
            points: 1,
            proves: "Two parameters together move as each would alone.",
            hint: "Each parameter has its own state; pair the lists up by position.",
            run: per_parameter,
        },
        Check {
            id: "optimisers/clip_joint_norm",
            part: PART,
            points: 2,
            proves: "Clipping scales all gradients by one factor to the joint norm, and gives the norm before.",
            hint: "Add up the squares of all elements of all gradients, take one root, use one factor.",
            run: clip_joint_norm,
        },
        Check {
            id: "optimisers/clip_leaves_small",
            part: PART,
            points: 1,
            proves: "Gradients below the limit stay as they are bit for bit, and zero gradients stay finite.",
            hint: "Scale only where the norm exceeds the limit; then it cannot be 0.",
            run: clip_leaves_small,
        },
    ]
}

/// The run called `name`, from PyTorch's start on PyTorch's gradients.
fn follow(s: &Submission, name: &str, rule: Rule) -> Verdict {
    let fixture = Trajectories::load();
    let run = &fixture.runs[name];
    let mut walk = Walk::start(&fixture.parameters);
    for (i, (gradients, want)) in fixture.gradients.iter().zip(&run.trajectory).enumerate() {
        walk.step(s, rule, gradients, &run.settings())
            .and_then(|()| walk.parameters_are(want))
            .map_err(about(format_args!("{name}, step {}", i + 1)))?;
    }
    Ok(())
}

/// Two parameters of different lengths.
fn random_vectors(rng: &mut Rng, lengths: [usize; 2]) -> Vec<Vec<f64>> {
    let mut draw = |n: usize| (0..n).map(|_| rng.normal()).collect();
    lengths.map(&mut draw).to_vec()
}

/// `eps` is large, so that its place matters.
fn random_settings(rng: &mut Rng) -> Settings {
    Settings {
        lr: rng.uniform(0.01, 0.1),
        mu: rng.uniform(0.6, 0.95),
        decay: rng.uniform(0.6, 0.95),
        beta1: rng.uniform(0.5, 0.8),
        beta2: rng.uniform(0.85, 0.99),
        eps: rng.uniform(0.01, 0.1),
        weight_decay: rng.uniform(0.05, 0.3),
    }
}

fn trajectories(s: &Submission, rng: &mut Rng) -> Verdict {
    for rule in Rule::ALL {
        let settings = random_settings(rng);
        let lengths = sizes(rng, 1, 5);
        let start = random_vectors(rng, lengths);
        let mut walk = Walk::start(&start);
        let mut want = weights(&start);
        for t in 1..=10 {
            let gradients = random_vectors(rng, lengths);
            advance(&mut want, rule, &gradients, t, &settings);
            walk.step(s, rule, &gradients, &settings)
                .and_then(|()| agrees(&walk, rule, &want))
                .map_err(about(format_args!("{rule:?}, step {t}")))?;
        }
    }
    Ok(())
}

/// Gradients from 0.001 to 1000: `eps` is 1e-13 of the smallest.
fn first_adam_step(s: &Submission, rng: &mut Rng) -> Verdict {
    for rule in [Rule::Adam, Rule::Adamw] {
        let settings = Settings {
            eps: 1e-16,
            weight_decay: 0.0,
            ..random_settings(rng)
        };
        let start = random_vectors(rng, [3, 4]);
        let gradients: Vec<Vec<f64>> = random_vectors(rng, [3, 4])
            .iter()
            .map(|gs| {
                let mut size = || 10f64.powf(rng.uniform(-3.0, 3.0));
                gs.iter().map(|g| g.signum() * size()).collect()
            })
            .collect();
        let want: Vec<Vec<f64>> = start
            .iter()
            .zip(&gradients)
            .map(|(ws, gs)| {
                ws.iter()
                    .zip(gs)
                    .map(|(w, g)| w - settings.lr * g.signum())
                    .collect()
            })
            .collect();
        let mut walk = Walk::start(&start);
        walk.step(s, rule, &gradients, &settings)?;
        walk.parameters_are(&want)
            .map_err(about(format_args!("{rule:?}")))?;
    }
    Ok(())
}

/// With no gradient AdamW's moments stay 0. Adam's see `weight_decay w`, so its first step goes by
/// `lr` towards 0.
fn weight_decay(s: &Submission, rng: &mut Rng) -> Verdict {
    let settings = Settings {
        eps: 1e-16,
        ..random_settings(rng)
    };
    let start: Vec<Vec<f64>> = random_vectors(rng, [3, 4])
        .iter()
        .map(|ws| ws.iter().map(|w| w + w.signum()).collect())
        .collect();
    let zeros = vec![vec![0.0; 3], vec![0.0; 4]];
    let each = |f: &dyn Fn(f64) -> f64| -> Vec<Vec<f64>> {
        start
            .iter()
            .map(|ws| ws.iter().map(|w| f(*w)).collect())
            .collect()
    };

    let mut walk = Walk::start(&start);
    for t in 1..=3 {
        walk.step(s, Rule::Adamw, &zeros, &settings)?;
        let shrunk = (1.0 - settings.lr * settings.weight_decay).powi(t);
        walk.parameters_are(&each(&|w| w * shrunk))
            .map_err(about(format_args!("adamw, step {t}")))?;
    }
    let mut walk = Walk::start(&start);
    walk.step(s, Rule::Adam, &zeros, &settings)?;
    walk.parameters_are(&each(&|w| w - settings.lr * w.signum()))
        .map_err(about("adam"))
}

/// On `a w^2 / 2` the gradient is `a w`, so
/// `v' = mu v + a w` and `w' = w - lr v' = (1 - lr a) w - lr mu v`: a matrix times `(w, v)`.
fn quadratic(s: &Submission, rng: &mut Rng) -> Verdict {
    const STEPS: u32 = 25;
    let settings = random_settings(rng);
    let (lr, mu) = (settings.lr, settings.mu);
    let [a, start] = [rng.uniform(0.5, 4.0), rng.uniform(1.0, 2.0)];
    let mut walk = Walk::start(&[vec![start]]);
    for _ in 0..STEPS {
        let w = values(&walk.parameters[0])[0];
        walk.step(s, Rule::Momentum, &[vec![a * w]], &settings)?;
    }
    let after = power([[1.0 - lr * a, -lr * mu], [a, mu]], STEPS);
    walk.parameters_are(&[vec![after[0][0] * start]])?;
    same("velocity", &walk.state, &[vec![after[1][0] * start]])
}

fn per_parameter(s: &Submission, rng: &mut Rng) -> Verdict {
    for rule in Rule::ALL {
        let settings = random_settings(rng);
        let lengths: [usize; 2] = sizes(rng, 2, 5);
        let start = random_vectors(rng, lengths);
        let mut together = Walk::start(&start);
        let mut want = weights(&start);
        let mut alone: Vec<Walk> = start
            .iter()
            .map(|p| Walk::start(std::slice::from_ref(p)))
            .collect();
        for t in 1..=4 {
            let gradients = random_vectors(rng, lengths);
            advance(&mut want, rule, &gradients, t, &settings);
            together
                .step(s, rule, &gradients, &settings)
                .and_then(|()| agrees(&together, rule, &want))
                .map_err(about(format_args!("{rule:?}, step {t}")))?;
            for (i, walk) in alone.iter_mut().enumerate() {
                walk.step(s, rule, &gradients[i..=i], &settings)?;
                close(
                    &together.parameters[i],
                    &walk.parameters[0],
                    Tolerance::EXACT,
                )
                .map_err(about(format_args!("{rule:?}, parameter {i}")))?;
            }
        }
    }
    Ok(())
}

/// The gradients end to end, if there are as many as there should be.
fn joined(clipped: &Clipped, like: &[Vec<f64>]) -> Result<Vec<f64>, Failure> {
    let lengths: Vec<usize> = clipped.gradients.iter().map(|g| g.dims()[0]).collect();
    let want: Vec<usize> = like.iter().map(Vec::len).collect();
    equal(&lengths, &want).map_err(about("lengths of the gradients"))?;
    Ok(clipped.gradients.iter().flat_map(values).collect())
}

fn norm(v: &[f64]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn tensors(vectors: &[Vec<f64>]) -> Vec<Tensor<1>> {
    vectors.iter().cloned().map(vector).collect()
}

/// The direction is exact; the size may be short by a millionth, as PyTorch's is, which divides by
/// `norm + 1e-6`.
fn clip_joint_norm(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..5 {
        let gradients = random_vectors(rng, [3, 6]);
        let before = gradients.concat();
        let max_norm = rng.uniform(0.1, 0.9) * norm(&before);
        let got = s.clip_grad_norm(tensors(&gradients), max_norm)?;
        within(got.norm, norm(&before), Tolerance::EXACT).map_err(about("norm"))?;

        let after = joined(&got, &gradients)?;
        let short = Tolerance {
            absolute: 1e-5,
            relative: 0.0,
        };
        within(norm(&after), max_norm, short).map_err(about("norm after clipping"))?;
        ensure(norm(&after) <= max_norm * (1.0 + 1e-12), || {
            format!(
                "the norm after clipping, {}, exceeds {max_norm}",
                norm(&after)
            )
        })?;
        let factor = norm(&after) / norm(&before);
        let scaled: Vec<f64> = before.iter().map(|g| factor * g).collect();
        close_values(&after, &scaled, Tolerance::EXACT).map_err(about("direction"))?;
    }
    Ok(())
}

fn clip_leaves_small(s: &Submission, rng: &mut Rng) -> Verdict {
    let gradients = random_vectors(rng, [3, 6]);
    let zeros = vec![vec![0.0; 2], vec![0.0; 3]];
    let size = norm(&gradients.concat());
    for (gradients, max_norm) in [(gradients, rng.uniform(1.1, 3.0) * size), (zeros, 1.0)] {
        let got = s.clip_grad_norm(tensors(&gradients), max_norm)?;
        joined(&got, &gradients)?;
        within(got.norm, norm(&gradients.concat()), Tolerance::EXACT).map_err(about("norm"))?;
        for (i, (got, want)) in got.gradients.iter().zip(&gradients).enumerate() {
            equal_bits(got, &vector(want.clone())).map_err(about(format_args!("gradient {i}")))?;
        }
    }
    Ok(())
}
