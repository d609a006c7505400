//! The lab `pretrain` with the reference's functions, small, on the synthetic digits.

use std::fs;
use std::path::Path;

use a1_backprop::labs::labs;
use common::train::{LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        epochs: Some(5),
        hidden: Some(vec![128]),
        ..LabOptions::new(out)
    }
}

#[test]
fn pre_trained_weights_beat_random_ones() {
    let folder = tempfile::tempdir().unwrap();
    run_lab(&labs(), "pretrain", &options(folder.path())).unwrap();

    let csv = fs::read_to_string(folder.path().join("errors.csv")).unwrap();
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("seed,random,rbm,denoising"));
    let mut means = [0.0; 3];
    for row in rows.clone() {
        for (mean, cell) in means.iter_mut().zip(row.split(',').skip(1)) {
            *mean += cell.parse::<f64>().unwrap() / 5.0;
        }
    }
    assert_eq!(rows.count(), 5);
    let [random, rbm, denoising] = means;
    assert!(rbm < random && denoising < random, "{csv}");
    for name in [
        "filters-rbm",
        "filters-denoising",
        "reconstructions",
        "comparison",
    ] {
        let png = fs::read(folder.path().join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
        let svg = fs::read_to_string(folder.path().join(name).with_extension("svg")).unwrap();
        assert!(svg.contains("</svg>"), "{name}");
    }
}

#[test]
fn what_goes_wrong_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let resumed = LabOptions {
        resume: true,
        ..options(folder.path())
    };
    let error = run_lab(&labs(), "pretrain", &resumed)
        .unwrap_err()
        .to_string();
    assert!(error.contains("leave out --resume"), "{error}");

    let diverging = LabOptions {
        lr: Some(1e300),
        ..options(folder.path())
    };
    let error = run_lab(&labs(), "pretrain", &diverging)
        .unwrap_err()
        .to_string();
    assert!(error.contains("learning rate is too large"), "{error}");
}
