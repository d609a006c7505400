//! The lab `cifar` with the reference's functions, tiny.

use std::fs;
use std::path::Path;

use a2_cnn::labs::labs;
use common::train::{History, LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        data: Some("digits16".into()),
        epochs: Some(3),
        batch_size: Some(50),
        lr: Some(0.05),
        hidden: Some(vec![4, 4]),
        ..LabOptions::new(out)
    }
}

/// Three hundred steps of a network of 550 parameters. Over the seeds 0 to 4 it is wrong on 56 to 70 % of the test
/// digits; guessing is wrong on 90 %.
#[test]
fn a_tiny_network_learns_and_everything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    run_lab(&labs(), "cifar", &options(out)).unwrap();
    let history = History::measured_in(out).unwrap();
    let error = history.last_value("test_error").unwrap();
    assert!(error < 0.8, "{error}");
    for name in ["curves", "confusion", "mistakes"] {
        let png = fs::read(out.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
    let recipe = fs::read_to_string(out.join("recipe.toml")).unwrap();
    assert!(
        recipe.contains("widths = [4, 4]\nepochs = 3\nbatch_size = 50\n"),
        "{recipe}"
    );
}

#[test]
fn a_resumed_run_has_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    let small = |out: &Path| LabOptions {
        epochs: Some(1),
        batch_size: Some(1000),
        hidden: Some(vec![2]),
        ..options(out)
    };
    run_lab(&labs(), "cifar", &small(&once)).unwrap();
    run_lab(&labs(), "cifar", &small(&twice)).unwrap();
    // All epochs are over: a run that goes on has nothing to do, and draws the same again.
    let resumed = LabOptions {
        resume: true,
        ..small(&twice)
    };
    run_lab(&labs(), "cifar", &resumed).unwrap();
    assert_eq!(
        History::measured_in(&once).unwrap(),
        History::measured_in(&twice).unwrap()
    );

    // Another recipe is another run.
    let other = LabOptions {
        lr: Some(0.01),
        ..resumed
    };
    let error = run_lab(&labs(), "cifar", &other).unwrap_err().to_string();
    assert!(error.contains("settings"), "{error}");
}
