//! The lab `mlp` with the reference's functions, on the synthetic digits and on real ones.

use std::fs;
use std::path::Path;
use std::process::Command;

use a1_backprop::labs::labs;
use common::data::{DataFolder, import, registry};
use common::train::{History, LabOptions, run_lab};

fn options(out: &Path, epochs: usize) -> LabOptions {
    LabOptions {
        epochs: Some(epochs),
        batch_size: Some(100),
        hidden: Some(vec![24]),
        seed: 3,
        ..LabOptions::new(out)
    }
}

#[test]
fn it_learns_draws_and_resumes_to_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    run_lab(&labs(), "mlp", &options(&once, 2)).unwrap();
    run_lab(&labs(), "mlp", &options(&twice, 1)).unwrap();
    let resumed = LabOptions {
        resume: true,
        ..options(&twice, 2)
    };
    run_lab(&labs(), "mlp", &resumed).unwrap();
    assert_eq!(
        History::measured_in(&once).unwrap(),
        History::measured_in(&twice).unwrap()
    );

    let history = History::measured_in(&once).unwrap();
    assert_eq!(
        history.names(),
        ["train_loss", "train_error", "test_loss", "test_error"]
    );
    let test_error = history.last_value("test_error").unwrap();
    assert!(test_error < 0.5, "ten classes, and {test_error} is wrong");
    for name in ["curves", "confusion", "mistakes"] {
        let png = fs::read(once.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
        let svg = fs::read_to_string(once.join(name).with_extension("svg")).unwrap();
        assert!(svg.contains("</svg>"), "{name}");
    }
}

#[test]
fn the_best_recipe_and_a_linear_classifier_learn() {
    let folder = tempfile::tempdir().unwrap();
    let (best, linear) = (folder.path().join("best"), folder.path().join("linear"));
    run_lab(&labs(), "mlp-best", &options(&best, 3)).unwrap();
    let no_units = LabOptions {
        hidden: Some(vec![]),
        lr: Some(2e-3),
        ..options(&linear, 3)
    };
    run_lab(&labs(), "mlp", &no_units).unwrap();
    for folder in [best, linear] {
        let history = History::measured_in(&folder).unwrap();
        let test_error = history.last_value("test_error").unwrap();
        assert!(test_error < 0.5, "ten classes, and {test_error} is wrong");
    }
}

#[test]
fn what_goes_wrong_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = LabOptions {
        data: Some("no_such_set".into()),
        ..options(folder.path(), 1)
    };
    let error = run_lab(&labs(), "mlp", &unknown).unwrap_err().to_string();
    assert!(error.contains("no_such_set"), "{error}");

    let nothing = LabOptions {
        resume: true,
        ..options(folder.path(), 1)
    };
    let error = run_lab(&labs(), "mlp", &nothing).unwrap_err().to_string();
    assert!(error.starts_with("there is no checkpoint at"), "{error}");

    let diverging = LabOptions {
        lr: Some(1e30),
        ..options(folder.path(), 1)
    };
    let error = run_lab(&labs(), "mlp", &diverging).unwrap_err().to_string();
    assert!(error.contains("learning rate is too large"), "{error}");
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
        .args(["train", "mlp", "--data", "zipcode", "--epochs", "5"])
        .env("DL_DATA_DIR", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "target: at most 6 % test error on zipcode");
    let last = lines[lines.len() - 1];
    assert!(last.ends_with("the target, 6 %, is reached"), "{said}");
    assert!(
        folder
            .path()
            .join("runs/mlp-zipcode/mistakes.png")
            .is_file()
    );
}
