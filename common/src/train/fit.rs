//! The loop.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use thiserror::Error;

use super::checkpoint::{self, CheckpointError};
use super::progress::Progress;
use super::{Average, EarlyStopping, History, Interrupt, LabOptions, Metrics, Row, interrupt};
use crate::contract::{Reader, Wire, WireError};
use crate::files::{self, write_atomically};
use crate::rng::Rng;

/// How to train.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The number of samples of the training set. Where samples are not numbered, as with an agent
    /// and its world, the number of steps of an epoch, with a batch size of 1.
    pub samples: usize,
    /// Samples per step; the last batch of an epoch may be smaller.
    pub batch_size: usize,
    /// How often to go through the training set.
    pub epochs: usize,
    /// Fixes the order of the samples and the random numbers of every step.
    pub seed: u64,
    /// Everything else that must be the same for a run to be resumed, in words: model, data, optimiser.
    pub settings: String,
    /// Where `checkpoint.bin`, `history.csv` and `history.json` go. Nothing is written without.
    pub folder: Option<PathBuf>,
    /// Ends the run before the last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// Ends the run after the step that is on.
    pub interrupt: Interrupt,
    /// Show neither bar nor lines.
    pub quiet: bool,
}

impl Plan {
    /// What the plans of all labs share: the seed and the folder of the options, an end with Ctrl-C, and a bar. A lab says
    /// the rest, `Plan { samples, batch_size, epochs, settings, ..Plan::of(options) }`.
    #[must_use]
    pub fn of(options: &LabOptions) -> Self {
        Self {
            samples: 0,
            batch_size: 1,
            epochs: 1,
            seed: options.seed,
            settings: String::new(),
            folder: Some(options.out.clone()),
            early_stopping: None,
            interrupt: Interrupt::on_ctrl_c(),
            quiet: false,
        }
    }

    /// The batches of one epoch (from 0): each sample once, in an order that depends on the seed and
    /// the epoch alone.
    #[must_use]
    pub fn batches(&self, epoch: usize) -> Vec<Vec<usize>> {
        let mut rng = Rng::named(self.seed, &format!("order of epoch {epoch}"));
        let order = rng.permutation(self.samples);
        order
            .chunks(self.batch_size.max(1))
            .map(<[usize]>::to_vec)
            .collect()
    }

    /// Where the checkpoint is, for a run that writes one.
    #[must_use]
    pub fn checkpoint(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join("checkpoint.bin"))
    }

    fn all_settings(&self) -> String {
        format!(
            "{}, {} samples, batch size {}, seed {}",
            self.settings, self.samples, self.batch_size, self.seed
        )
    }
}

/// What one step works on.
pub struct Batch<'a> {
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The step within the epoch, counted from 0.
    pub step: usize,
    /// The samples of this step.
    pub samples: &'a [usize],
    /// Random numbers for this step: noise, dropout masks, actions.
    pub rng: Rng,
}

/// A run: the model with all that the optimiser remembers, and how far it came.
#[derive(Debug, Clone)]
pub struct Run<S> {
    /// What a step changes: parameters, optimiser state, anything that must survive a checkpoint.
    pub state: S,
    /// The epochs that are over.
    pub history: History,
    /// The epoch that is on, counted from 0.
    pub epoch: usize,
    /// The steps of this epoch that were made.
    pub step: usize,
    /// What they measured.
    average: Average,
    /// How long they took.
    seconds: f64,
}

impl<S> Run<S> {
    /// A run that begins with `state`.
    #[must_use]
    pub fn new(state: S) -> Self {
        Self {
            state,
            history: History::new(),
            epoch: 0,
            step: 0,
            average: Average::new(),
            seconds: 0.0,
        }
    }

    /// Closes the epoch that is on with what `test` measured.
    fn end_epoch(&mut self, steps: usize, test: &Average) {
        let named = |prefix: &'static str, average: &Average| -> Vec<(String, f64)> {
            let values = average.values();
            values.map(|(k, v)| (format!("{prefix}_{k}"), v)).collect()
        };
        let mut values = named("train", &self.average);
        values.extend(named("test", test));
        self.history.rows.push(Row {
            epoch: self.epoch + 1,
            steps: self.history.last().map_or(0, |row| row.steps) + steps,
            values,
            seconds: self.seconds,
        });
        self.epoch += 1;
        self.step = 0;
        self.average = Average::new();
        self.seconds = 0.0;
    }
}

impl<S: Wire> Run<S> {
    /// The run whose last checkpoint is in the plan's folder. Its tensors are on the `flex` device.
    ///
    /// # Errors
    /// When there is none, it is damaged, or it was written with other settings.
    pub fn resume(plan: &Plan) -> Result<Self, CheckpointError> {
        let path = plan.checkpoint().unwrap_or_default();
        let body = checkpoint::load(&path)?;
        let damaged = |error: WireError| checkpoint::damaged(&path, &error);
        let mut input = Reader::new(&body);
        let then = String::read(&mut input).map_err(damaged)?;
        if then != plan.all_settings() {
            return Err(CheckpointError::OtherSettings {
                path,
                then,
                now: plan.all_settings(),
            });
        }
        let (history, epoch, step, average, seconds) = Wire::read(&mut input).map_err(damaged)?;
        let state = S::read(&mut input).map_err(damaged)?;
        match input.left() {
            0 => Ok(Self {
                state,
                history,
                epoch,
                step,
                average,
                seconds,
            }),
            left => Err(damaged(WireError::Trailing(left))),
        }
    }

    fn save(&self, plan: &Plan) -> Result<(), TrainError> {
        let (Some(folder), Some(path)) = (&plan.folder, plan.checkpoint()) else {
            return Ok(());
        };
        let mut body = plan.all_settings().to_bytes();
        self.history.write(&mut body);
        (self.epoch, self.step).write(&mut body);
        self.average.write(&mut body);
        self.seconds.write(&mut body);
        self.state.write(&mut body);
        checkpoint::save(&path, &body)?;
        write(&folder.join("history.csv"), &self.history.to_csv())?;
        write(&folder.join("history.json"), &self.history.to_json())
    }
}

fn write(path: &Path, text: &str) -> Result<(), TrainError> {
    write_atomically(path, text.as_bytes()).map_err(|source| TrainError::Write {
        path: path.into(),
        source,
    })
}

/// Why a run ended before its time.
#[derive(Debug, Error)]
pub enum TrainError {
    /// Ctrl-C.
    #[error("interrupted in epoch {epoch} after step {step}{}", saved(checkpoint))]
    Interrupted {
        /// Counted from 1.
        epoch: usize,
        /// Steps of this epoch that were made.
        step: usize,
        /// Where the run was saved.
        checkpoint: Option<PathBuf>,
    },
    /// A metric is NaN or infinite: there is nothing left to train.
    #[error(
        "{metric} is {value} in epoch {epoch}, step {step}: the learning rate is too large, or a gradient is wrong"
    )]
    NotFinite {
        /// The metric's name.
        metric: String,
        /// Its value.
        value: f64,
        /// Counted from 1.
        epoch: usize,
        /// Counted from 1.
        step: usize,
    },
    /// Early stopping watches a metric that nobody measures.
    #[error("early stopping watches {0:?}, which is not among the metrics: {1}")]
    UnknownMetric(&'static str, String),
    /// The plan has nothing to train on.
    #[error("there is nothing to train on: {0}")]
    Nothing(&'static str),
    /// The checkpoint could not be written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The history could not be written, or the folder refuses files.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

fn saved(checkpoint: &Option<PathBuf>) -> String {
    match checkpoint {
        Some(path) => format!("; saved in {}: go on with --resume", path.display()),
        None => String::new(),
    }
}

/// The exit code of a program that ends with `error`: 130 for Ctrl-C, as shells expect, else 1.
#[must_use]
pub fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(TrainError::Interrupted { .. }) => interrupt::EXIT_CODE,
        _ => 1,
    }
}

/// Trains: makes one `step` per batch, and calls `evaluate` after every epoch.
///
/// `step` takes the state and a batch and gives the new state and what it measured; `evaluate` gives
/// what the state is worth on the test set. After every epoch, and when interrupted, the run is saved
/// in the plan's folder.
///
/// # Errors
/// When interrupted, when a metric is not finite, or when a file cannot be written.
pub fn fit<S: Wire>(
    mut run: Run<S>,
    plan: &Plan,
    mut step: impl FnMut(S, Batch<'_>) -> (S, Metrics),
    mut evaluate: impl FnMut(&S) -> Average,
) -> Result<Run<S>, TrainError> {
    check(plan)?;
    let progress = Progress::new(plan.epochs, plan.quiet);
    while run.epoch < plan.epochs && !stops_early(plan, &run.history)? {
        let mut clock = Instant::now();
        let batches = plan.batches(run.epoch);
        progress.begin_epoch(run.epoch, run.step, batches.len());

        while run.step < batches.len() {
            let batch = batch(plan, &run, &batches);
            let (state, metrics) = step(run.state, batch);
            run.state = state;
            run.step += 1;
            all_finite(&run, metrics.values.iter().copied())?;
            run.average.add(&metrics);
            run.seconds += lap(&mut clock);
            progress.step(run.average.values());
            if plan.interrupt.is_raised() {
                return interrupted(&run, plan);
            }
        }

        let test = evaluate(&run.state);
        all_finite(&run, test.values())?;
        run.seconds += lap(&mut clock);
        run.end_epoch(batches.len(), &test);
        run.save(plan)?;
        progress.end_epoch(&run.history.rows[run.epoch - 1]);
    }
    Ok(run)
}

/// Finds out now, and not after the first epoch, what would spoil the run.
fn check(plan: &Plan) -> Result<(), TrainError> {
    match (plan.samples, plan.batch_size) {
        (0, _) => return Err(TrainError::Nothing("the training set has no samples")),
        (_, 0) => return Err(TrainError::Nothing("the batch size is 0")),
        _ => {}
    }
    match &plan.folder {
        None => Ok(()),
        Some(folder) => files::can_write_in(folder).map_err(|source| TrainError::Write {
            path: folder.clone(),
            source,
        }),
    }
}

fn stops_early(plan: &Plan, history: &History) -> Result<bool, TrainError> {
    let Some(stopping) = &plan.early_stopping else {
        return Ok(false);
    };
    let names = history.names();
    if !names.is_empty() && !names.contains(&stopping.metric) {
        return Err(TrainError::UnknownMetric(stopping.metric, names.join(", ")));
    }
    Ok(stopping.is_due(history))
}

fn batch<'a, S>(plan: &Plan, run: &Run<S>, batches: &'a [Vec<usize>]) -> Batch<'a> {
    let name = format!("epoch {} step {}", run.epoch, run.step);
    Batch {
        epoch: run.epoch,
        step: run.step,
        samples: &batches[run.step],
        rng: Rng::named(plan.seed, &name),
    }
}

fn all_finite<'a, S>(
    run: &Run<S>,
    mut values: impl Iterator<Item = (&'a str, f64)>,
) -> Result<(), TrainError> {
    match values.find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some((metric, value)) => Err(TrainError::NotFinite {
            metric: metric.to_string(),
            value,
            epoch: run.epoch + 1,
            step: run.step,
        }),
    }
}

fn interrupted<S: Wire>(run: &Run<S>, plan: &Plan) -> Result<Run<S>, TrainError> {
    run.save(plan)?;
    Err(TrainError::Interrupted {
        epoch: run.epoch + 1,
        step: run.step,
        checkpoint: plan.checkpoint(),
    })
}

/// The seconds since `clock`, which then starts again.
fn lap(clock: &mut Instant) -> f64 {
    let now = Instant::now();
    let seconds = (now - *clock).as_secs_f64();
    *clock = now;
    seconds
}
