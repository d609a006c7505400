//! The lab `filters` with the reference's functions, small.

use std::fs;
use std::path::Path;

use a2_cnn::labs::labs;
use common::train::{History, LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        epochs: Some(1),
        hidden: Some(vec![2, 4]),
        ..LabOptions::new(out)
    }
}

#[test]
fn a_small_network_learns_draws_its_filters_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    run_lab(
        &labs(),
        "filters",
        &LabOptions {
            epochs: Some(2),
            ..options(&once)
        },
    )
    .unwrap();
    // Guessing is wrong on 90 %.
    let history = History::measured_in(&once).unwrap();
    let error = history.last_value("test_error").unwrap();
    assert!(error < 0.4, "{error}");
    for name in ["kernels", "maps", "curves"] {
        let png = fs::read(once.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
    let svg = fs::read_to_string(once.join("kernels.svg")).unwrap();
    assert!(svg.contains("before 2") && svg.contains("after 2"));
    let svg = fs::read_to_string(once.join("maps.svg")).unwrap();
    assert!(svg.contains("first 2") && svg.contains("second 4"));

    run_lab(&labs(), "filters", &options(&twice)).unwrap();
    run_lab(
        &labs(),
        "filters",
        &LabOptions {
            epochs: Some(2),
            resume: true,
            ..options(&twice)
        },
    )
    .unwrap();
    assert_eq!(history, History::measured_in(&twice).unwrap());
    let kernels = |folder: &Path| fs::read(folder.join("kernels.png")).unwrap();
    assert_eq!(kernels(&once), kernels(&twice), "where the run began");
}

#[test]
fn another_number_of_layers_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let three = LabOptions {
        hidden: Some(vec![1, 2, 3]),
        ..options(folder.path())
    };
    let error = run_lab(&labs(), "filters", &three).unwrap_err().to_string();
    assert!(error.contains("planes of two layers"), "{error}");
}
