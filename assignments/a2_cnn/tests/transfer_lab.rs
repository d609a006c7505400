//! The lab `transfer` with the reference's functions, one epoch of pre-training.

use std::fs;
use std::path::Path;

use a2_cnn::labs::labs;
use common::train::{LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        epochs: Some(1),
        ..LabOptions::new(out)
    }
}

/// The mean test error of a method over all drawings.
fn error(table: &str, method: &str) -> f64 {
    let rows = table.lines().filter(|line| line.contains(method));
    let errors: Vec<f64> = rows
        .map(|line| line.rsplit_once(',').unwrap().1.parse().unwrap())
        .collect();
    assert_eq!(errors.len(), 5, "{method}");
    errors.iter().sum::<f64>() / 5.0
}

#[test]
fn features_that_were_learned_beat_those_that_were_not() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    run_lab(&labs(), "transfer", &options(out)).unwrap();
    let table = fs::read_to_string(out.join("table.csv")).unwrap();
    let probe = error(&table, "features, linear probe");
    assert!(probe < 0.2, "{table}");
    for other in ["pixels", "histograms", "from scratch", "features, nearest"] {
        assert!(probe < error(&table, other), "{other}\n{table}");
    }
    assert!((error(&table, "fine-tuned") - probe).abs() < 0.1, "{table}");
    for name in ["curves", "few"] {
        let png = fs::read(out.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
    let weights = fs::read(out.join("pretrained.wgt")).unwrap();
    assert!(weights.starts_with(b"WGT1"));

    // With the pre-training in its folder nothing is trained again, and the table is the same.
    let resumed = LabOptions {
        resume: true,
        ..options(out)
    };
    run_lab(&labs(), "transfer", &resumed).unwrap();
    assert_eq!(fs::read_to_string(out.join("table.csv")).unwrap(), table);
}

#[test]
fn a_target_without_a_source_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let other = LabOptions {
        data: Some("cifar10".into()),
        ..options(folder.path())
    };
    let error = run_lab(&labs(), "transfer", &other)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "this lab goes to zipcode or to digits16, not to cifar10"
    );
}
