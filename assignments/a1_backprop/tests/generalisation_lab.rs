//! The lab `generalisation` with the reference's functions.

use std::fs;
use std::path::Path;
use std::process::Command;

use a1_backprop::labs::experiment::{Curve, Experiment, Point};
use a1_backprop::labs::labs;
use common::data::{DataFolder, import, registry};
use common::train::{LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        epochs: Some(40),
        hidden: Some(vec![256]),
        seed: 3,
        ..LabOptions::new(out)
    }
}

/// The same but for rounding, which the condition of the systems near the peak makes larger.
fn same(got: &Point, want: &Point) {
    let near = |got: f64, want: f64| (got - want).abs() <= 1e-9 + 1e-4 * want;
    assert!(
        got.x == want.x
            && near(got.train_error, want.train_error)
            && near(got.test_error, want.test_error),
        "{got:?}, not {want:?}"
    );
}

#[test]
fn the_curves_are_as_promised_and_any_point_can_be_measured_again() {
    let folder = tempfile::tempdir().unwrap();
    run_lab(&labs(), "generalisation", &options(folder.path())).unwrap();
    let log = Experiment::read(&folder.path().join("experiment.json")).unwrap();

    // Double descent: the peak is where there are as many features as samples.
    let errors = |points: &[Point]| -> Vec<(usize, f64)> {
        points.iter().map(|p| (p.x, p.test_error)).collect()
    };
    let by_error = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
    let descent = errors(&log.double_descent);
    let (peak, highest) = descent.iter().copied().max_by(by_error).unwrap();
    assert!(peak.abs_diff(log.settings.samples) <= 30, "{descent:?}");
    let (_, last) = descent[descent.len() - 1];
    let before = descent.iter().filter(|(d, _)| *d < log.settings.samples);
    let (_, lowest) = before.copied().min_by(by_error).unwrap();
    assert!(last < lowest && 10.0 * lowest < highest, "{descent:?}");
    for point in log.double_descent.iter().filter(|p| p.x > 300) {
        assert!(point.train_error < 1e-9, "{point:?}");
    }

    // The learning curve peaks there too, and falls from then on.
    let learning = errors(&log.learning_curve);
    let (peak, _) = learning.iter().copied().max_by(by_error).unwrap();
    assert!(peak.abs_diff(log.settings.width) <= 10, "{learning:?}");

    // Both sets of labels are learned; one of them teaches something.
    let [(_, test), (memorised, nothing)] = [0, 1].map(|i| log.random_labels[i].errors());
    assert!(memorised < 0.1, "{memorised}");
    assert!(test < 0.2 && nothing > 0.8, "{test} {nothing}");

    // Points again: under the log's seed the same, under another one others.
    let again = |curve, x, seed| log.rerun(curve, x, seed).unwrap();
    let (descent, learning) = (&log.double_descent[3], &log.learning_curve[11]);
    same(&again(Curve::DoubleDescent, descent.x, 3), descent);
    same(&again(Curve::LearningCurve, learning.x, 3), learning);
    let other = again(Curve::DoubleDescent, descent.x, 4);
    assert_ne!(other.test_error, descent.test_error);

    for name in ["generalisation.png", "generalisation.svg"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

#[test]
fn what_goes_wrong_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let resumed = LabOptions {
        resume: true,
        ..options(folder.path())
    };
    let error = run_lab(&labs(), "generalisation", &resumed)
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("start it without --resume"), "{error}");

    let path = folder.path().join("experiment.json");
    let error = Experiment::read(&path).unwrap_err().to_string();
    assert!(error.starts_with("cannot read "), "{error}");
    fs::write(&path, "{}").unwrap();
    let error = Experiment::read(&path).unwrap_err().to_string();
    assert!(error.ends_with("is no experiment log"), "{error}");
}

#[test]
fn the_command_reaches_the_target_on_real_zip_codes() {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets/zipcode");
    if !from.is_dir() {
        println!("skipped: there is no {}", from.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let set = registry::find("zipcode").unwrap();
    import(set, &from, &DataFolder::at(folder.path()), &mut |_| ()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_a1"))
        .args([
            "train",
            "generalisation",
            "--data",
            "zipcode",
            "--epochs",
            "60",
        ])
        .env("DL_DATA_DIR", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.starts_with("target: "), "{said}");
    assert!(said.trim_end().ends_with("the target is reached"), "{said}");
}
