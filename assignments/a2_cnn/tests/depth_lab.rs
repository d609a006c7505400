//! The lab `depth` with the reference's functions.

use std::fs;
use std::path::Path;

use a2_cnn::labs::labs;
use common::train::{LabOptions, run_lab};

/// Networks with so many blocks in each stage.
fn options(out: &Path, blocks: &[usize], epochs: usize) -> LabOptions {
    LabOptions {
        epochs: Some(epochs),
        hidden: Some(blocks.to_vec()),
        ..LabOptions::new(out)
    }
}

/// The table's numbers but for the seconds, which no two runs share.
fn table(out: &Path) -> Vec<Vec<f64>> {
    let csv = fs::read_to_string(out.join("depth.csv")).unwrap();
    let row = |row: &str| -> Vec<f64> {
        let numbers = row.split(',').skip(1).take(5);
        numbers.map(|number| number.parse().unwrap()).collect()
    };
    csv.lines().skip(1).map(row).collect()
}

/// Two epochs of 20 steps with 20 layers. Over the seeds 0 to 4 the residual network's loss was 0.28 to 0.41 of the plain
/// one's.
#[test]
fn the_residual_network_of_twenty_layers_learns_faster() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    run_lab(&labs(), "depth", &options(out, &[3], 2)).unwrap();
    let rows = table(out);
    let [plain, residual] = [&rows[0], &rows[1]];
    // Width 8 on grey digits: the stem, six convolutions, then one that widens and five, twice; the numbers in norms; the
    // dense layer.
    let weights = 72 + 6 * 576 + 1152 + 5 * 2304 + 4608 + 5 * 9216;
    let parameters = f64::from(weights + (16 + 96 + 192 + 384) + 330);
    assert_eq!(plain[..2], [20.0, parameters]);
    assert_eq!(residual[..2], [20.0, parameters]);
    let (plain, residual) = (plain[3], residual[3]);
    assert!(residual < 0.6 * plain, "{residual} {plain}");
    for name in ["gradients", "losses"] {
        let png = fs::read(out.join(name).with_extension("png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"), "{name}");
        let svg = fs::read_to_string(out.join(name).with_extension("svg")).unwrap();
        assert!(svg.contains("residual"), "{name}");
    }
}

#[test]
fn a_resumed_run_has_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (once, twice) = (folder.path().join("once"), folder.path().join("twice"));
    run_lab(&labs(), "depth", &options(&once, &[1], 2)).unwrap();
    run_lab(&labs(), "depth", &options(&twice, &[1], 1)).unwrap();
    // As after a Ctrl-C in the first network: the second was not begun.
    fs::remove_dir_all(twice.join("residual-8")).unwrap();
    let resumed = LabOptions {
        resume: true,
        ..options(&twice, &[1], 2)
    };
    run_lab(&labs(), "depth", &resumed).unwrap();
    assert_eq!(table(&once), table(&twice));
}

#[test]
fn a_network_without_blocks_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = run_lab(&labs(), "depth", &options(folder.path(), &[], 1)).unwrap_err();
    assert!(error.to_string().contains("--hidden 1,3"), "{error}");
}
