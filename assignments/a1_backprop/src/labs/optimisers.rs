//! `train optimisers`: your optimisers on a valley of two numbers, and on a small MLP.

use burn::tensor::{DType, Device, Tensor, TensorData};
use common::contract::a1::{AdamSettings, AdamState, AdamStepped, Stepped};
use common::data::{self, Split};
use common::plot::{Curve, Mark, Panel, Plane, curves, on_grid, planes};
use common::train::{Average, Batch, Lab, LabOptions, Plan, Run, fit};

use super::network::{Network, measure};
use super::predictions::in_batches;
use super::students::students;
use crate::parts::optimisers;

/// The lab.
pub const LAB: Lab = Lab {
    name: "optimisers",
    about: "your optimisers in Rosenbrock's valley, to 0.1, and on a small MLP, to 12 % test error",
    run,
};

/// The value that every optimiser should reach in the valley.
const VALLEY_TARGET: f64 = 0.1;
/// The share of test images that a network may get wrong, whatever it was trained with. The worst
/// optimiser of 20 seeds leaves 6.0 % of the synthetic digits, with a standard deviation of 1.2 %.
const NETWORK_TARGET: f64 = 0.12;
const STEPS: usize = 200;
const EPOCHS: usize = 15;
const HIDDEN: [usize; 1] = [64];
const BATCH_SIZE: usize = 64;

/// One of the student's optimisers, or a combination of them.
struct Optimiser {
    name: &'static str,
    /// The learning rate in the valley.
    valley: f64,
    /// The learning rate for the network. What has none is not tried on it.
    network: Option<f64>,
    /// One step with a learning rate. All but Adam keep their state in `first`.
    step: fn(Vec<Tensor<1>>, Vec<Tensor<1>>, AdamState, f64) -> AdamStepped,
}

const OPTIMISERS: [Optimiser; 8] = [
    Optimiser {
        name: "SGD",
        valley: 0.01,
        network: Some(0.05),
        step: |w, g, state, lr| AdamStepped {
            parameters: optimisers::sgd(w, g, lr),
            state,
        },
    },
    Optimiser {
        name: "SGD, clipped",
        valley: 0.02,
        network: None,
        step: |w, g, state, lr| AdamStepped {
            parameters: optimisers::sgd(w, optimisers::clip_grad_norm(g, 1.0).gradients, lr),
            state,
        },
    },
    Optimiser {
        name: "momentum",
        valley: 0.003,
        network: Some(0.01),
        step: |w, g, state, lr| with_state(state, |v| optimisers::momentum(w, g, v, lr, 0.9)),
    },
    Optimiser {
        name: "Nesterov",
        valley: 0.003,
        network: Some(0.01),
        step: |w, g, state, lr| with_state(state, |v| optimisers::nesterov(w, g, v, lr, 0.9)),
    },
    Optimiser {
        name: "AdaGrad",
        valley: 0.5,
        network: Some(0.01),
        step: |w, g, state, lr| with_state(state, |s| optimisers::adagrad(w, g, s, lr, EPS)),
    },
    Optimiser {
        name: "RMSprop",
        valley: 0.02,
        network: Some(0.001),
        step: |w, g, state, lr| with_state(state, |s| optimisers::rmsprop(w, g, s, lr, 0.99, EPS)),
    },
    Optimiser {
        name: "Adam",
        valley: 0.1,
        network: Some(0.001),
        step: |w, g, state, lr| optimisers::adam(w, g, state, settings(lr, 0.0)),
    },
    Optimiser {
        name: "AdamW",
        valley: 0.1,
        network: Some(0.001),
        step: |w, g, state, lr| optimisers::adamw(w, g, state, settings(lr, 0.01)),
    },
];

const EPS: f64 = 1e-8;

/// What Kingma & Ba suggest.
fn settings(lr: f64, weight_decay: f64) -> AdamSettings {
    AdamSettings {
        lr,
        beta1: 0.9,
        beta2: 0.999,
        eps: EPS,
        weight_decay,
    }
}

/// A step of an optimiser whose state is one vector per parameter.
fn with_state(state: AdamState, step: impl FnOnce(Vec<Tensor<1>>) -> Stepped) -> AdamStepped {
    let stepped = step(state.first);
    AdamStepped {
        parameters: stepped.parameters,
        state: AdamState {
            first: stepped.state,
            ..state
        },
    }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    println!(
        "target: below {VALLEY_TARGET} in the valley after {STEPS} steps, at most {} % test error on {name}, with each optimiser",
        100.0 * NETWORK_TARGET
    );
    let in_valley = valley(options)?;
    let errors = networks(options, name)?;
    println!(
        "in {}: valley, curves (.png and .svg)",
        options.out.display()
    );

    let highest = in_valley.into_iter().fold(0.0, f64::max);
    let worst = errors.into_iter().fold(0.0, f64::max);
    let reached = highest < VALLEY_TARGET && worst <= NETWORK_TARGET;
    let is = if reached { "is" } else { "is not" };
    println!(
        "at worst {highest:.3} in the valley and {:.2} % test error; the target {is} reached",
        100.0 * worst
    );
    Ok(())
}

/// Rosenbrock's function (1960) with a wall of 10 in place of 100, and its gradient: a bent valley that
/// falls slowly to (1, 1).
fn rosenbrock(x: f64, y: f64) -> (f64, [f64; 2]) {
    let (off, wall) = (1.0 - x, y - x * x);
    (
        off * off + 10.0 * wall * wall,
        [-2.0 * off - 40.0 * x * wall, 20.0 * wall],
    )
}

const START: [f64; 2] = [-1.2, 1.0];

/// Draws the way of every optimiser and gives the values that they ended with.
fn valley(options: &LabOptions) -> anyhow::Result<Vec<f64>> {
    let (x, y) = ((-1.6, 1.6), (-0.6, 2.0));
    let values = on_grid(x, y, 120, |x, y| rosenbrock(x, y).0);
    let mut pictures = Vec::new();
    let mut ends = Vec::new();
    for optimiser in &OPTIMISERS {
        let path = students(|| path(optimiser, optimiser.valley))?;
        let end = path[path.len() - 1];
        let value = rosenbrock(end.0, end.1).0;
        println!(
            "{:>12}, learning rate {:5}: {value:.1e}",
            optimiser.name, optimiser.valley
        );
        // max would pass over what is no number.
        ends.push(if value.is_nan() { f64::INFINITY } else { value });
        let mark = |at, colour| Mark {
            at,
            colour,
            ringed: true,
        };
        pictures.push(Plane {
            title: format!("{}: {value:.1e}", optimiser.name),
            x,
            y,
            values: values.clone(),
            levels: (-6..=8).map(|i| 2f64.powi(i)).collect(),
            marks: vec![
                mark((1.0, 1.0), 2),
                mark((START[0], START[1]), 0),
                mark(end, 1),
            ],
            paths: vec![path],
        });
    }
    let title = format!("{STEPS} steps from (-1.2, 1) towards the minimum at (1, 1)");
    planes(&title, &pictures, 4)?.save(options.out.join("valley"))?;
    Ok(ends)
}

fn path(optimiser: &Optimiser, lr: f64) -> Vec<(f64, f64)> {
    let vector = |values: [f64; 2]| {
        let data = TensorData::from(values);
        vec![Tensor::<1>::from_data(data, (&Device::flex(), DType::F64))]
    };
    let mut path = vec![(START[0], START[1])];
    let mut parameters = vector(START);
    let mut state = AdamState {
        step: 0,
        first: vector([0.0; 2]),
        second: vector([0.0; 2]),
    };
    for _ in 0..STEPS {
        let (x, y) = path[path.len() - 1];
        let (_, gradient) = rosenbrock(x, y);
        let stepped = (optimiser.step)(parameters, vector(gradient), state, lr);
        (parameters, state) = (stepped.parameters, stepped.state);
        let at: Vec<f64> = parameters[0].to_data().iter().collect();
        path.push((at[0], at[1]));
    }
    path
}

/// Trains the same network with every optimiser, draws the curves, and gives the test errors.
fn networks(options: &LabOptions, name: &str) -> anyhow::Result<Vec<f64>> {
    let mut split = data::load(name)?;
    split.normalise();
    println!("{}", split.about);
    let mut panels = ["train_loss", "test_error"].map(|metric| Panel {
        y_label: metric.replace('_', " ")
            + if metric == "test_error" {
                ", %"
            } else {
                ", nats"
            },
        x_label: "epoch".into(),
        curves: vec![],
    });
    let mut errors = Vec::new();
    for optimiser in &OPTIMISERS {
        let Some(lr) = optimiser.network else {
            continue;
        };
        let lr = options.lr.unwrap_or(lr);
        println!("{}, learning rate {lr}", optimiser.name);
        let run = train(options, &split, optimiser, lr)?;
        for (panel, (metric, factor)) in panels
            .iter_mut()
            .zip([("train_loss", 1.0), ("test_error", 100.0)])
        {
            let column = run.history.column(metric).into_iter();
            panel.curves.push(Curve {
                name: optimiser.name.into(),
                points: column
                    .map(|(epoch, y)| (epoch as f64, factor * y))
                    .collect(),
            });
        }
        errors.push(
            run.history
                .last()
                .and_then(|row| row.value("test_error"))
                .unwrap_or(1.0),
        );
    }
    curves(&format!("A small MLP on {name}"), &panels)?.save(options.out.join("curves"))?;
    Ok(errors)
}

fn train(
    options: &LabOptions,
    split: &Split,
    optimiser: &Optimiser,
    lr: f64,
) -> anyhow::Result<Run<Network>> {
    let device = &options.device;
    let mut sizes = vec![split.train.features()];
    sizes.extend(options.hidden.as_deref().unwrap_or(&HIDDEN));
    sizes.push(split.train.classes);
    let plan = Plan {
        samples: split.train.len(),
        batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
        epochs: options.epochs.unwrap_or(EPOCHS),
        settings: format!("mlp {sizes:?}, {} with learning rate {lr}", optimiser.name),
        folder: Some(options.out.join(optimiser.name.to_lowercase())),
        ..Plan::of(options)
    };
    let step = |network: Network, batch: Batch<'_>| {
        let (x, labels) = split.train.flat(batch.samples, device);
        network.step_by(x, labels, 0.0, |w, g, state| {
            (optimiser.step)(w, g, state, lr)
        })
    };
    let evaluate = |network: &Network| {
        let mut average = Average::new();
        for (x, labels) in in_batches(&split.test, device) {
            average.add(&measure(network.logits(x), labels));
        }
        average
    };
    let begun = plan.checkpoint().is_some_and(|path| path.is_file());
    let mut run = if options.resume && begun {
        Run::resume(&plan)?
    } else {
        Run::new(students(|| Network::new(&sizes, plan.seed, device))?)
    };
    run.state = run.state.on(device);
    Ok(students(|| fit(run, &plan, step, evaluate))??)
}
