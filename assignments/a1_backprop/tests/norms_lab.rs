//! The lab `norms` with the reference's functions.

use std::fs;
use std::path::Path;

use a1_backprop::labs::labs;
use common::train::{History, LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        epochs: Some(2),
        ..LabOptions::new(out)
    }
}

/// Twelve layers, two epochs. Over the seeds 0 to 4 the network without a normaliser was wrong on 87 to 90 % of
/// the test digits, where guessing is on 90 %, and the others on 10 to 16 %.
#[test]
fn only_the_normalised_networks_learn() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    run_lab(&labs(), "norms", &options(out)).unwrap();
    let error = |normaliser: &str| -> f64 {
        let history = History::measured_in(&out.join(normaliser)).unwrap();
        history.last_value("test_error").unwrap()
    };
    assert!(error("none") > 0.6, "{}", error("none"));
    assert!(error("batch") < 0.3, "{}", error("batch"));
    assert!(error("layer") < 0.3, "{}", error("layer"));
    for name in ["spread", "curves"] {
        let png = fs::read(out.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
        let svg = fs::read_to_string(out.join(name).with_extension("svg")).unwrap();
        assert!(svg.contains("batch"), "{name}");
    }
}

#[test]
fn a_resumed_run_has_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    let small = |out: &Path, epochs| LabOptions {
        hidden: Some(vec![12, 10]),
        epochs: Some(epochs),
        ..options(out)
    };
    run_lab(&labs(), "norms", &small(&once, 2)).unwrap();
    run_lab(&labs(), "norms", &small(&twice, 1)).unwrap();
    // As after a Ctrl-C in the second network: the third was not begun.
    fs::remove_dir_all(twice.join("layer")).unwrap();
    let resumed = LabOptions {
        resume: true,
        ..small(&twice, 2)
    };
    run_lab(&labs(), "norms", &resumed).unwrap();
    for normaliser in ["none", "batch", "layer"] {
        let measured = |out: &Path| History::measured_in(&out.join(normaliser)).unwrap();
        assert_eq!(measured(&once), measured(&twice));
    }
}

#[test]
fn a_last_batch_of_one_sample_is_refused_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let lonely = LabOptions {
        batch_size: Some(4999), // of 5000
        ..options(folder.path())
    };
    let error = run_lab(&labs(), "norms", &lonely).unwrap_err().to_string();
    assert!(error.contains("batch size of 4999"), "{error}");
}
