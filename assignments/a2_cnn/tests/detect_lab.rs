//! The labs `detect` and `detect-eight` with the reference's functions.

use std::fs;
use std::path::Path;

use a2_cnn::labs::labs;
use common::train::{History, LabOptions, run_lab};

fn options(out: &Path, epochs: usize) -> LabOptions {
    LabOptions {
        epochs: Some(epochs),
        ..LabOptions::new(out)
    }
}

/// A hundred steps of two scenes each. Over the seeds 0 to 4 the mean average precision was 0.52 to 0.87; a detector
/// that finds nothing has 0.
#[test]
fn eight_scenes_are_learned_by_heart() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    run_lab(&labs(), "detect-eight", &options(out, 25)).unwrap();
    let history = History::measured_in(out).unwrap();
    let map = history.last_value("test_map").unwrap();
    assert!(map > 0.3, "{map}");
    for name in ["curves", "detections"] {
        let png = fs::read(out.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
    }
    let svg = fs::read_to_string(out.join("detections.svg")).unwrap();
    assert!(svg.contains("what was found") && svg.contains("polyline"));
}

#[test]
fn a_resumed_run_has_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    let small = |out: &Path, epochs| LabOptions {
        hidden: Some(vec![3, 4]),
        ..options(out, epochs)
    };
    run_lab(&labs(), "detect-eight", &small(&once, 2)).unwrap();
    run_lab(&labs(), "detect-eight", &small(&twice, 1)).unwrap();
    let resumed = LabOptions {
        resume: true,
        ..small(&twice, 2)
    };
    run_lab(&labs(), "detect-eight", &resumed).unwrap();
    assert_eq!(
        History::measured_in(&once).unwrap(),
        History::measured_in(&twice).unwrap()
    );
}

#[test]
fn other_data_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = LabOptions {
        data: Some("mnist".into()),
        ..options(folder.path(), 1)
    };
    for name in ["detect", "segment"] {
        let error = run_lab(&labs(), name, &other).unwrap_err().to_string();
        assert!(error.contains("draws its pictures itself"), "{error}");
    }
}
