//! Parameters that Adam trains, and the run that they are trained in.

use anyhow::Context;
use burn::tensor::{Device, Tensor};
use common::contract::Wire;
use common::nn::{Adam, AdamState, Parameters, single, value_and_gradient};
use common::train::{LabOptions, Plan, Run};

/// Parameters, and what Adam remembers of them.
pub type Learner<P> = (P, AdamState<P>);

/// `parameters` in single precision on `device`, and an Adam that has seen nothing.
pub fn new<P: Parameters>(parameters: P, device: &Device) -> Learner<P> {
    let parameters = single(parameters, device);
    let state = AdamState::new(&parameters);
    (parameters, state)
}

/// One step of Adam down `loss`. Gives the loss before the step.
pub fn step<P: Parameters>(
    (parameters, state): Learner<P>,
    lr: f64,
    loss: impl FnOnce(&P) -> Tensor<1>,
) -> (Learner<P>, f64) {
    let (value, gradients) = value_and_gradient(&parameters, loss);
    (Adam::new(lr).step(parameters, gradients, state), value)
}

/// A run that begins with `parameters`, or goes on where it was stopped.
pub fn begin<P: Parameters + Wire>(
    parameters: P,
    plan: &Plan,
    options: &LabOptions,
) -> anyhow::Result<Run<Learner<P>>> {
    if !options.resume {
        return Ok(Run::new(new(parameters, &options.device)));
    }
    let mut run = Run::<Learner<P>>::resume(plan).context("cannot go on")?;
    run.state = on(run.state, &options.device);
    Ok(run)
}

/// The same on `device`.
pub fn on<P: Parameters>((parameters, state): Learner<P>, device: &Device) -> Learner<P> {
    let state = AdamState {
        step: state.step,
        first: single(state.first, device),
        second: single(state.second, device),
    };
    (single(parameters, device), state)
}
