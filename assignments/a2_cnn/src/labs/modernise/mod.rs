//! `train modernise`: the ladder from 1989 to today, several seeds on each rung.
//!
//! Each rung and seed is a run of its own in a folder of its own, `step-2/seed-1`. A run that was finished stays finished:
//! `--resume` goes on with what is missing, and other seeds add to the same table.

mod climber;
mod table;

use anyhow::ensure;
use burn::tensor::{DType, Device, Int, Tensor};
use common::contract::a2::LadderRung;
use common::data::Split;
use common::plot::{Curve, Panel, curves};
use common::train::{Lab, LabOptions, Plan, Run};

use self::climber::{Climber, Training};
use self::table::{Row, table};
use super::digits::load;
use super::students::students;
use crate::parts::lenet5::{ladder_lr, ladder_shift, modernise};

/// The lab.
pub const LAB: Lab = Lab {
    name: "modernise",
    about: "five rungs from 1989 to today with three seeds each: 3 % test error on zipcode at the top",
    run,
};

/// The steps of the ladder.
const STEPS: usize = 5;
/// Runs per rung.
const SEEDS: u64 = 3;
/// How many digits go by between two looks at the clock, at least.
const AT_A_TIME: usize = 50;

/// What the lab does when it is not told otherwise.
struct Defaults {
    /// The mean share of test images that the last rung gets wrong at most.
    target: Option<f64>,
    /// Passes of the first rung; those of the others are in proportion.
    passes: usize,
}

fn defaults(data: &str) -> Defaults {
    let (target, passes) = match data {
        "zipcode" => (Some(0.03), 23),
        "digits16" => (Some(0.03), 3),
        _ => (None, 3),
    };
    Defaults { target, passes }
}

fn run(options: &LabOptions) -> anyhow::Result<()> {
    let name = options.data.as_deref().unwrap_or("digits16");
    let defaults = defaults(name);
    match defaults.target {
        Some(share) => println!(
            "target: at most {} % test error on {name} on the last rung, in the mean over the seeds",
            100.0 * share
        ),
        None => println!("{name} has no target: see how far the ladder goes"),
    }
    students(try_every_function)?;
    ensure!(
        options.lr.is_none(),
        "each rung has its own learning rate, which is what the ladder is about: leave --lr out"
    );
    let split = load(name)?;
    println!("{}", split.about);

    let passes = options.epochs.unwrap_or(defaults.passes);
    let rows = climb_all(&split, name, passes, options)?;
    for line in table::lines(&rows) {
        println!("{line}");
    }
    println!(
        "in {}: ladder (.csv, .json, .png and .svg), and a folder with history and checkpoint for each step and seed",
        options.out.display()
    );
    println!("{}", verdict(&rows, defaults.target));
    Ok(())
}

/// Trains what is missing, with `first` passes on the first rung, and writes the table of all that is finished.
fn climb_all(
    split: &Split,
    name: &str,
    first: usize,
    options: &LabOptions,
) -> anyhow::Result<Vec<Row>> {
    let training = Training {
        split,
        device: &options.device,
        batch_size: options.batch_size.unwrap_or(1),
    };
    let rungs: Vec<LadderRung> = (0..STEPS)
        .map(|step| rung(step, first))
        .collect::<anyhow::Result<_>>()?;
    for (step, rung) in rungs.iter().enumerate() {
        for seed in options.seed..options.seed + SEEDS {
            let plan = plan(step, rung, seed, name, &training, options);
            println!("{}, {} passes, seed {seed}", plan.settings, plan.epochs);
            climb(rung, &plan, &training, options)?;
        }
    }
    let rows = table(&options.out, &rungs, split.test.len())?;
    table::write(&rows, &options.out)?;
    draw(&rows, name, options)?;
    Ok(rows)
}

/// Calls every function that the lab needs once, so that what is missing is said before the data are read.
fn try_every_function() {
    let device = Device::flex();
    let images = Tensor::<4>::zeros([2, 1, 4, 4], (&device, DType::F32));
    let labels = Tensor::<1, Int>::from_ints([0, 1], &device);
    for step in 0..STEPS {
        let Ok(rung) = modernise(step) else { continue };
        let mut rng = common::rng::Rng::new(0);
        let _ = ladder_lr(rung.clone(), 0);
        let moved = ladder_shift(images.clone(), vec![[0, 1]; 2], -1.0);
        let climber = Climber::new([4, 4], 0, &device);
        let _ = climber.step(&rung, 1e-3, moved, labels.clone(), &mut rng);
    }
}

/// The student's rung, with passes in proportion to `first` for the first one.
fn rung(step: usize, first: usize) -> anyhow::Result<LadderRung> {
    let one = |step| students(|| modernise(step))?.map_err(anyhow::Error::msg);
    let (lowest, rung) = (one(0)?, one(step)?);
    let passes = (rung.passes * first) as f64 / lowest.passes.max(1) as f64;
    Ok(LadderRung {
        passes: (passes.round() as usize).max(1),
        ..rung
    })
}

fn plan(
    step: usize,
    rung: &LadderRung,
    seed: u64,
    name: &str,
    training: &Training<'_>,
    options: &LabOptions,
) -> Plan {
    let at_a_time = AT_A_TIME.next_multiple_of(training.batch_size);
    Plan {
        samples: training.split.train.len(),
        batch_size: at_a_time,
        epochs: rung.passes,
        seed,
        settings: format!(
            "step {step} on {name}, {} at a time: {}",
            training.batch_size,
            table::words(rung)
        ),
        folder: Some(folder(&options.out, step, seed)),
        ..Plan::of(options)
    }
}

/// Where the run of a step and a seed is.
fn folder(out: &std::path::Path, step: usize, seed: u64) -> std::path::PathBuf {
    out.join(format!("step-{step}"))
        .join(format!("seed-{seed}"))
}

/// Trains one network, or goes on where it was stopped. With `--resume` one that was not begun yet is begun.
fn climb(
    rung: &LadderRung,
    plan: &Plan,
    training: &Training<'_>,
    options: &LabOptions,
) -> anyhow::Result<()> {
    let begun = plan.checkpoint().is_some_and(|file| file.is_file());
    let mut run = if options.resume && begun {
        Run::resume(plan)?
    } else {
        let [_, height, width] = training.split.train.shape();
        Run::new(students(|| {
            Climber::new([height, width], plan.seed, training.device)
        })?)
    };
    run.state = run.state.on(training.device);
    training.run(rung, plan, run)?;
    Ok(())
}

/// The test error of each rung along its passes, in the mean over the seeds. In per cent of their passes all curves are of one
/// length, and their names stand beside their ends.
fn draw(rows: &[Row], name: &str, options: &LabOptions) -> anyhow::Result<()> {
    let curve = |row: &Row| {
        let made = |(pass, error): (f64, f64)| (100.0 * pass / row.passes as f64, error);
        Curve {
            name: format!("step {}", row.step),
            points: row.mean_errors().into_iter().map(made).collect(),
        }
    };
    let panel = Panel {
        y_label: "test error, %".into(),
        x_label: "passes made, %".into(),
        curves: rows.iter().map(curve).collect(),
    };
    let title = format!("From 1989 to today on {name}");
    curves(&title, &[panel])?.save(options.out.join("ladder"))?;
    Ok(())
}

/// The last line: what came out, and what was to come out.
fn verdict(rows: &[Row], target: Option<f64>) -> String {
    let Some(last) = rows.last().and_then(Row::error) else {
        return "nothing was trained".into();
    };
    let result = format!("test error on the last rung {:.2} %", 100.0 * last.mean);
    match target {
        None => result,
        Some(share) => {
            let not = if last.mean <= share { "" } else { "not " };
            format!("{result}; the target, {} %, is {not}reached", 100.0 * share)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// On 120 digits. The second call finds everything finished but one run that was lost, and makes the same table; a call with
    /// another seed adds to it.
    #[test]
    fn the_ladder_goes_on_with_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path();
        let mut split = common::data::load("digits16").unwrap();
        split.train = split.train.take(120);
        split.test = split.test.take(60);
        let options = |seed, resume| LabOptions {
            batch_size: Some(8),
            seed,
            resume,
            ..LabOptions::new(out)
        };
        let seeds = |rows: &[Row]| -> Vec<Vec<u64>> {
            let seeds = |row: &Row| row.runs.iter().map(|(seed, _)| *seed).collect();
            rows.iter().map(seeds).collect()
        };
        let rows = climb_all(&split, "digits16", 1, &options(3, false)).unwrap();
        assert_eq!(seeds(&rows), vec![vec![3, 4, 5]; 5]);
        let passes: Vec<usize> = rows.iter().map(|row| row.passes).collect();
        assert_eq!(passes, [1, 1, 2, 3, 3]); // 23, 23, 46, 60 and 80 over 23

        let first = fs::read_to_string(out.join("ladder.json")).unwrap();
        fs::remove_dir_all(super::folder(out, 3, 4)).unwrap();
        climb_all(&split, "digits16", 1, &options(3, true)).unwrap();
        let again = fs::read_to_string(out.join("ladder.json")).unwrap();
        assert_eq!(first, again);

        let rows = climb_all(&split, "digits16", 1, &options(4, true)).unwrap();
        assert_eq!(seeds(&rows), vec![vec![3, 4, 5, 6]; 5]);
        let csv = fs::read_to_string(out.join("ladder.csv")).unwrap();
        assert_eq!(csv.lines().count(), 6);
        let png = fs::read(out.join("ladder.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
    }
}
