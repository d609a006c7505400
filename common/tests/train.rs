//! The training loop: what is measured, how it stops, and that a resumed run is the same run.

use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use common::record;
use common::rng::Rng;
use common::train::{
    Average, CheckpointError, EarlyStopping, Interrupt, Metrics, Plan, Run, TrainError, exit_code,
    fit,
};

record! {
    /// A weight with momentum, as small as a model can be.
    pub struct State {
        /// `[3]`
        pub weight: Tensor<1>,
        /// `[3]`
        pub velocity: Tensor<1>,
    }
}

fn start() -> State {
    State {
        weight: Tensor::from_floats([0.1, -0.2, 0.3], &Device::flex()),
        velocity: Tensor::zeros([3], &Device::flex()),
    }
}

/// A step that depends on everything a step may depend on: the state, the samples and their order,
/// the epoch, the random numbers.
fn step(state: State, mut batch: common::train::Batch<'_>) -> (State, Metrics) {
    let target = batch
        .samples
        .iter()
        .fold(0.0, |sum, &i| 0.7 * sum + i as f64)
        / 10.0;
    let noise = batch.rng.normal();
    let difference = state.weight.clone() - target - noise;
    let velocity = state.velocity * 0.9 + difference.clone();
    let weight = state.weight - velocity.clone() * (0.01 / (1.0 + batch.epoch as f64));
    let loss = (difference.clone() * difference)
        .mean()
        .into_scalar::<f32>();
    let metrics = Metrics::over(batch.samples.len()).with("loss", f64::from(loss));
    (State { weight, velocity }, metrics)
}

fn evaluate(state: &State) -> Average {
    let size = state.weight.clone().abs().mean().into_scalar::<f32>();
    let mut average = Average::new();
    average.add(&Metrics::over(1).with("size", f64::from(size)));
    average
}

fn plan(folder: Option<&Path>) -> Plan {
    Plan {
        samples: 11,
        batch_size: 4, // three steps, the last of three samples
        epochs: 3,
        seed: 5,
        settings: "a weight with momentum".into(),
        folder: folder.map(Into::into),
        early_stopping: None,
        interrupt: Interrupt::new(),
        quiet: true,
    }
}

/// Everything that must not depend on where a run was interrupted, as bits.
fn bits(run: &Run<State>) -> Vec<u64> {
    let tensors = [&run.state.weight, &run.state.velocity];
    let numbers = tensors.map(|t| {
        t.to_data()
            .iter::<f64>()
            .map(f64::to_bits)
            .collect::<Vec<_>>()
    });
    let rows = run.history.rows.iter();
    let values = rows.flat_map(|row| row.values.iter().map(|(_, value)| value.to_bits()));
    numbers.into_iter().flatten().chain(values).collect()
}

#[test]
fn every_epoch_is_a_permutation_and_no_two_are_the_same() {
    let plan = plan(None);
    let mut orders: Vec<Vec<usize>> = (0..20).map(|epoch| plan.batches(epoch).concat()).collect();
    assert_eq!(
        plan.batches(0).iter().map(Vec::len).collect::<Vec<_>>(),
        [4, 4, 3]
    );
    assert_eq!(plan.batches(7).concat(), orders[7]);
    for order in &mut orders.clone() {
        order.sort_unstable();
        assert_eq!(*order, (0..11).collect::<Vec<_>>());
    }
    orders.sort();
    orders.dedup();
    assert_eq!(orders.len(), 20);
}

#[test]
fn a_run_interrupted_after_any_step_and_resumed_ends_with_the_same_bits() {
    let whole = fit(Run::new(start()), &plan(None), step, evaluate).unwrap();
    assert_eq!(whole.history.rows.len(), 3);
    for stop in 1..9 {
        let folder = tempfile::tempdir().unwrap();
        let first = plan(Some(folder.path()));
        let mut steps = 0;
        let interrupted = fit(
            Run::new(start()),
            &first,
            |state, batch| {
                steps += 1;
                if steps == stop {
                    first.interrupt.raise();
                }
                step(state, batch)
            },
            evaluate,
        );
        let error = interrupted.expect_err("the run was interrupted");
        assert!(error.to_string().contains("go on with --resume"), "{error}");
        assert_eq!(steps, stop, "the step is finished and no other begun");
        assert_eq!(exit_code(&error.into()), 130);

        let second = plan(Some(folder.path()));
        let run = Run::resume(&second).unwrap();
        let run = fit(run, &second, step, evaluate).unwrap();
        assert_eq!(bits(&run), bits(&whole), "interrupted after step {stop}");
    }
}

#[test]
fn more_epochs_go_on_from_where_fewer_ended() {
    let whole = fit(Run::new(start()), &plan(None), step, evaluate).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut two = plan(Some(folder.path()));
    two.epochs = 2;
    fit(Run::new(start()), &two, step, evaluate).unwrap();
    let three = plan(Some(folder.path()));
    let run = fit(Run::resume(&three).unwrap(), &three, step, evaluate).unwrap();
    assert_eq!(bits(&run), bits(&whole));
    let csv = fs::read_to_string(folder.path().join("history.csv")).unwrap();
    assert_eq!(csv, run.history.to_csv());
    assert!(
        csv.starts_with("epoch,steps,train_loss,test_size,seconds\n1,3,"),
        "{csv}"
    );
}

#[test]
fn a_checkpoint_of_another_run_is_refused_with_both_settings() {
    let folder = tempfile::tempdir().unwrap();
    fit(
        Run::new(start()),
        &plan(Some(folder.path())),
        step,
        evaluate,
    )
    .unwrap();
    let mut other = plan(Some(folder.path()));
    other.seed = 6;
    let error = Run::<State>::resume(&other).unwrap_err();
    assert!(matches!(error, CheckpointError::OtherSettings { .. }));
    let text = error.to_string();
    assert!(text.contains("seed 5") && text.contains("seed 6"), "{text}");
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_the_first_step() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let no_step = |_, _: common::train::Batch<'_>| unreachable!("what it learns cannot be saved");
    let error = fit(Run::new(start()), &plan(Some(&file)), no_step, evaluate).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("cannot write {}: ", file.display())),
        "{text}"
    );
}

#[test]
fn nan_ends_the_run_where_it_appears() {
    let folder = tempfile::tempdir().unwrap();
    let mut steps = 0;
    let result = fit(
        Run::new(start()),
        &plan(Some(folder.path())),
        |state, batch| {
            steps += 1;
            let (state, mut metrics) = step(state, batch);
            if steps == 5 {
                metrics.values[0].1 = f64::NAN;
            }
            (state, metrics)
        },
        evaluate,
    );
    let text = result.unwrap_err().to_string();
    assert!(
        text.starts_with("loss is NaN in epoch 2, step 2:"),
        "{text}"
    );
    let run: Run<State> = Run::resume(&plan(Some(folder.path()))).unwrap();
    assert_eq!(run.epoch, 1, "the last good epoch is kept");
}

#[test]
fn early_stopping_ends_the_run_and_an_unknown_metric_is_refused() {
    let mut plan = plan(None);
    plan.epochs = 50;
    plan.early_stopping = Some(EarlyStopping {
        metric: "test_size",
        patience: 2,
        min_delta: 1e9, // nothing after the first epoch is an improvement
    });
    let run = fit(Run::new(start()), &plan, step, evaluate).unwrap();
    assert_eq!(run.history.rows.len(), 3);

    plan.early_stopping.as_mut().unwrap().metric = "test_loss";
    let error = fit(Run::new(start()), &plan, step, evaluate).unwrap_err();
    assert!(
        matches!(error, TrainError::UnknownMetric("test_loss", _)),
        "{error}"
    );
}

#[test]
fn an_empty_training_set_is_refused() {
    let mut plan = plan(None);
    plan.samples = 0;
    let error = fit(Run::new(start()), &plan, step, evaluate).unwrap_err();
    assert!(error.to_string().contains("no samples"), "{error}");
}

#[test]
fn random_numbers_differ_from_step_to_step_and_not_from_run_to_run() {
    let draw = || {
        let mut drawn = Vec::new();
        let step = |state: State, mut batch: common::train::Batch<'_>| {
            drawn.push(batch.rng.next_u64());
            (state, Metrics::over(1))
        };
        fit(Run::new(start()), &plan(None), step, evaluate).unwrap();
        drawn
    };
    let mut first = draw();
    assert_eq!(first, draw());
    first.sort_unstable();
    first.dedup();
    assert_eq!(first.len(), 9);
    assert!(!first.contains(&Rng::new(5).next_u64()));
}

/// Starts itself again as another process, which trains for ever, and sends that Ctrl-C.
#[cfg(unix)]
#[test]
fn ctrl_c_finishes_the_step_saves_and_exits_with_130() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    const FOLDER: &str = "TRAIN_TEST_FOLDER";
    let endless = |folder: &Path| Plan {
        epochs: usize::MAX,
        interrupt: Interrupt::on_ctrl_c(),
        ..plan(Some(folder))
    };
    if let Some(folder) = std::env::var_os(FOLDER) {
        let slow = |state, batch: common::train::Batch<'_>| {
            if (batch.epoch, batch.step) == (1, 0) {
                eprintln!("READY");
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
            step(state, batch)
        };
        let plan = endless(Path::new(&folder));
        let error = fit(Run::new(start()), &plan, slow, evaluate)
            .unwrap_err()
            .into();
        eprintln!("{error}");
        std::process::exit(exit_code(&error).into());
    }

    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "--nocapture",
            "ctrl_c_finishes_the_step_saves_and_exits_with_130",
        ])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    lines
        .find(|line| line.contains("READY"))
        .expect("the child trains");
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    let said: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said:?}");
    assert!(
        said.iter().any(|line| line.contains("press Ctrl-C again")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|line| line.contains("go on with --resume")),
        "{said:?}"
    );
    let run: Run<State> = Run::resume(&endless(folder.path())).unwrap();
    assert!(
        run.epoch >= 1 && run.step >= 1,
        "epoch {}, step {}",
        run.epoch,
        run.step
    );
}
