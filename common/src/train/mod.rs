//! The training loop and what belongs to it.
//!
//! [`fit`] is the loop. What it trains is up to a closure that makes one step: state in, state and
//! [`Metrics`] out. The closure knows the model, the loss and the optimiser; the loop knows epochs,
//! batches, averages, history, checkpoints and how to stop. So the same loop trains a classifier, a
//! GAN, a diffusion model or an agent.
//!
//! Everything random in a step comes from `(seed, epoch, step)`, never from a generator that lives
//! across steps. That is why a run which was interrupted and resumed ends with the same bits as one
//! that was not.

mod checkpoint;
mod classifier;
mod early_stopping;
mod fit;
mod history;
mod interrupt;
mod lab;
mod metrics;
mod predictions;
mod progress;
mod students;

pub use checkpoint::CheckpointError;
pub use classifier::{Target, Trained, digit_names};
pub use early_stopping::EarlyStopping;
pub use fit::{Batch, Plan, Run, TrainError, exit_code, fit};
pub use history::{History, Row};
pub use interrupt::Interrupt;
pub use lab::{Lab, LabOptions, run_lab};
pub(crate) use metrics::is_share;
pub use metrics::{Average, Mean, Metrics};
pub use predictions::{AT_ONCE, Prediction, Predictions, tiles};
pub use students::students;
