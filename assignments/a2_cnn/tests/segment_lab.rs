//! The labs `segment` and `saliency` with the reference's functions.

use std::fs;
use std::path::Path;

use a2_cnn::labs::labs;
use common::train::{History, LabOptions, run_lab};

fn options(out: &Path) -> LabOptions {
    LabOptions {
        epochs: Some(1),
        ..LabOptions::new(out)
    }
}

fn is_drawn(out: &Path, name: &str, word: &str) {
    let png = fs::read(out.join(name).with_extension("png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"), "{name}");
    let svg = fs::read_to_string(out.join(name).with_extension("svg")).unwrap();
    assert!(svg.contains(word), "{name}");
}

/// One level with a few channels: too small to learn much, and all that the lab does is done.
#[test]
fn a_resumed_unet_has_the_same_numbers_and_its_masks_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    let tiny = |out: &Path, epochs| LabOptions {
        hidden: Some(vec![2, 3]),
        epochs: Some(epochs),
        ..options(out)
    };
    run_lab(&labs(), "segment-eight", &tiny(&once, 2)).unwrap();
    run_lab(&labs(), "segment-eight", &tiny(&twice, 1)).unwrap();
    let resumed = LabOptions {
        resume: true,
        ..tiny(&twice, 2)
    };
    run_lab(&labs(), "segment-eight", &resumed).unwrap();
    assert_eq!(
        History::measured_in(&once).unwrap(),
        History::measured_in(&twice).unwrap()
    );
    is_drawn(&once, "curves", "mean IoU");
    is_drawn(&once, "masks", "prediction");
}

/// One epoch on small digits. Over the seeds 0 to 4 the network was wrong on 12 to 18 % of the test digits, where
/// guessing is on 90 %.
#[test]
fn the_classifier_learns_and_is_looked_into() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let small = LabOptions {
        data: Some("digits16".into()),
        ..options(out)
    };
    run_lab(&labs(), "saliency", &small).unwrap();
    let history = History::measured_in(out).unwrap();
    let error = history.last_value("test_error").unwrap();
    assert!(error < 0.4, "{error}");
    is_drawn(out, "inside", "Grad-CAM");
    is_drawn(out, "epsilon", "accuracy");
}
