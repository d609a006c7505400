//! The readers of A1.12 on the real files, where these are.

use std::path::{Path, PathBuf};
use std::process::Command;

use a1_backprop::parts::data_sets::{parse_cifar, parse_mnist, parse_zip_digits};
use common::contract::a1::ImageSet;

/// The folder of a data set beside the repository, or `None`, which is said.
fn folder(set: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    let path = path.join(set);
    if !path.is_dir() {
        println!("skipped: there is no {}", path.display());
        return None;
    }
    Some(path)
}

/// What is in a `.gz` file.
fn unzipped(path: PathBuf) -> Vec<u8> {
    let output = Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn histogram(set: &ImageSet) -> [usize; 10] {
    let mut counts = [0; 10];
    set.labels
        .iter()
        .for_each(|label| counts[usize::from(*label)] += 1);
    counts
}

/// The mean of all pixels, and the largest of all.
fn mean_and_largest(set: &ImageSet) -> (f64, f32) {
    let sum: f64 = set.pixels.iter().map(|x| f64::from(*x)).sum();
    let largest = set.pixels.iter().copied().fold(0.0, f32::max);
    (sum / set.pixels.len() as f64, largest)
}

/// The numbers of zip.info.txt.
#[test]
fn zip_codes_have_the_histogram_of_their_description() {
    let Some(folder) = folder("zipcode") else {
        return;
    };
    for (file, counts) in [
        (
            "zip.train.gz",
            [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644],
        ),
        (
            "zip.test.gz",
            [359, 264, 198, 166, 200, 160, 170, 147, 166, 177],
        ),
    ] {
        let text = String::from_utf8(unzipped(folder.join(file))).unwrap();
        let set = parse_zip_digits(text).unwrap();
        assert_eq!(histogram(&set), counts);
        assert_eq!(set.pixels.len(), 256 * set.labels.len());
        assert_eq!(mean_and_largest(&set).1, 1.0);
    }
}

/// The published mean of the training pixels is 0.1307; the first labels are those of every tutorial.
#[test]
fn mnist_is_mnist() {
    let Some(folder) = folder("mnist") else {
        return;
    };
    let images = unzipped(folder.join("train-images-idx3-ubyte.gz"));
    let labels = unzipped(folder.join("train-labels-idx1-ubyte.gz"));
    let set = parse_mnist(images, labels).unwrap();
    assert_eq!([set.channels, set.rows, set.columns], [1, 28, 28]);
    assert_eq!(set.labels.len(), 60_000);
    assert_eq!(set.labels[..6], [5, 0, 4, 1, 9, 2]);
    let (mean, largest) = mean_and_largest(&set);
    assert!((mean - 0.1307).abs() < 5e-5, "{mean}");
    assert_eq!(largest, 1.0);
}

/// The class counts of the first 1000 test pictures, as shared/datasets/SOURCES.md has them.
#[test]
fn cifar_is_cifar() {
    let Some(folder) = folder("cifar-10") else {
        return;
    };
    let set = parse_cifar(unzipped(folder.join("test_batch_first1000.bin.gz"))).unwrap();
    assert_eq!([set.channels, set.rows, set.columns], [3, 32, 32]);
    assert_eq!(
        histogram(&set),
        [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]
    );
}
