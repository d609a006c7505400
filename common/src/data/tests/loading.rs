//! From names to pictures and text, on the real sets where they are.

use super::super::registry::find;
use super::super::{
    DataFolder, FileState, Images, import, load, load_from, status, synthetic, text, text_from,
    verify,
};
use super::{names_in, real_sets};

fn close(got: &[f32], want: &[f32], tolerance: f32) -> bool {
    got.len() == want.len() && got.iter().zip(want).all(|(g, w)| (g - w).abs() < tolerance)
}

#[test]
fn mnist_is_mnist() {
    let Some(path) = real_sets() else { return };
    let split = load_from(find("mnist").unwrap(), &DataFolder::at(path)).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (60_000, 10_000));
    assert_eq!(
        (split.train.shape(), split.train.classes),
        ([1, 28, 28], 10)
    );
    assert_eq!(split.train.labels[..5], [5, 0, 4, 1, 9]);
    let statistics = split.train.statistics();
    assert!(close(&statistics.mean, &[0.1307], 5e-5), "{statistics:?}");
    assert!(close(&statistics.std, &[0.3081], 5e-5), "{statistics:?}");
    // ||X[:10]|| and ||X[:1000]|| as published with the homework of CMU 10-714.
    let norm = |n: usize| {
        let pixels = &split.train.pixels[..n * 784];
        pixels
            .iter()
            .map(|&p| f64::from(p).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    assert!((norm(10) - 27.892084).abs() < 1e-5, "{}", norm(10));
    assert!((norm(1000) - 293.0717).abs() < 1e-3, "{}", norm(1000));
}

#[test]
fn zip_codes_have_the_published_histograms() {
    let Some(path) = real_sets() else { return };
    let split = load_from(find("zipcode").unwrap(), &DataFolder::at(path)).unwrap();
    assert_eq!(
        split.train.class_counts(),
        [1194, 1005, 731, 658, 652, 556, 664, 645, 542, 644]
    );
    assert_eq!(
        split.test.class_counts(),
        [359, 264, 198, 166, 200, 160, 170, 147, 166, 177]
    );
    assert_eq!(split.train.shape(), [1, 16, 16]);
    assert!(split.train.pixels.iter().all(|p| (0.0..=1.0).contains(p)));
    // The first training digit, a 6: "... -1.0000 -0.6310 0.8620 -0.1670 -1.0000 ..."
    assert!(close(
        &split.train.image(0)[6..10],
        &[0.0, 0.1845, 0.931, 0.4165],
        1e-6
    ));
}

#[test]
fn cifar_batches_that_are_there_are_used_and_named() {
    let Some(path) = real_sets() else { return };
    let split = load_from(find("cifar10").unwrap(), &DataFolder::at(path)).unwrap();
    assert_eq!((split.train.len(), split.test.len()), (20_000, 1000));
    assert!(
        split.about.contains("data_batch_1.bin, data_batch_5.bin"),
        "{}",
        split.about
    );
    assert!(
        split.about.contains("test_batch_first1000.bin"),
        "{}",
        split.about
    );
    assert_eq!(
        split.test.class_counts(),
        [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]
    );
    // Of all five batches: 0.4914 0.4822 0.4465, 0.2470 0.2435 0.2616.
    let statistics = split.train.take(10_000).statistics();
    assert!(
        close(&statistics.mean, &[0.4914, 0.4822, 0.4465], 0.005),
        "{statistics:?}"
    );
    assert!(
        close(&statistics.std, &[0.2470, 0.2435, 0.2616], 0.005),
        "{statistics:?}"
    );
}

#[test]
fn texts_are_whole() {
    let Some(path) = real_sets() else { return };
    let folder = DataFolder::at(path);
    let plays = text_from(find("tinyshakespeare").unwrap(), &folder).unwrap();
    assert!(plays.starts_with("First Citizen:") && plays.lines().count() == 40_000);
    let names = text_from(find("names").unwrap(), &folder).unwrap();
    assert_eq!(
        (names.lines().count(), names.lines().next()),
        (32_033, Some("emma"))
    );
}

#[test]
fn every_real_file_has_the_registry_s_checksum() {
    let Some(path) = real_sets() else { return };
    let folder = DataFolder::at(path);
    for (name, missing) in [
        ("mnist", 0),
        ("zipcode", 0),
        ("cifar10", 4),
        ("tinyshakespeare", 0),
        ("names", 0),
    ] {
        let states = verify(find(name).unwrap(), &folder);
        let count =
            |wanted: fn(&FileState) -> bool| states.iter().filter(|s| wanted(&s.state)).count();
        assert_eq!(
            count(|state| matches!(state, FileState::Wrong(..))),
            0,
            "{states:?}"
        );
        assert_eq!(
            count(|state| *state == FileState::Missing),
            missing,
            "{states:?}"
        );
    }
}

#[test]
fn the_real_sets_can_be_imported() {
    let Some(path) = real_sets() else { return };
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    for (name, files) in [
        ("zipcode", vec!["zip.test.gz", "zip.train.gz"]),
        (
            "cifar10",
            vec![
                "data_batch_1.bin.gz",
                "data_batch_5.bin.gz",
                "test_batch_first1000.bin.gz",
            ],
        ),
        ("names", vec!["names.txt"]),
    ] {
        let set = find(name).unwrap();
        let imported = import(set, &path, &folder, &mut |_| ()).unwrap();
        assert_eq!(imported.taken.len(), files.len());
        assert_eq!(names_in(&folder.of(set)), files);
    }
}

#[test]
fn a_missing_set_names_the_commands_that_get_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    for name in ["mnist", "zipcode", "cifar10"] {
        let error = load_from(find(name).unwrap(), &folder)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("`cargo hw data fetch {name}`")),
            "{error}"
        );
        assert!(
            error.contains(&format!("`cargo hw data import {name} --from DIR`")),
            "{error}"
        );
    }
    let states = status(find("mnist").unwrap(), &folder);
    assert!(states.iter().all(|s| s.state == FileState::Missing) && states.len() == 4);
}

#[test]
fn a_damaged_file_is_named_with_its_place() {
    let home = tempfile::tempdir().unwrap();
    let folder = DataFolder::at(home.path());
    let set = find("zipcode").unwrap();
    std::fs::create_dir_all(folder.of(set)).unwrap();
    std::fs::write(folder.of(set).join("zip.train"), "6.0000 0.1 0.2\n").unwrap();
    let error = load_from(set, &folder).unwrap_err().to_string();
    assert!(
        error.contains("zip.train: byte 14: line 1: expected 256 grey values"),
        "{error}"
    );
}

#[test]
fn kinds_are_not_mixed_up() {
    let error = text("digits16").unwrap_err().to_string();
    assert_eq!(error, "data set digits16 is pictures, not text");
    let folder = DataFolder::at("");
    let error = load_from(find("names").unwrap(), &folder)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "data set names is text, not pictures");
    assert!(load("digits17").is_err());
    assert!(
        import(
            find("digits16").unwrap(),
            "/".as_ref(),
            &folder,
            &mut |_| ()
        )
        .is_err()
    );
}

#[test]
fn the_embedded_digits_are_always_the_same() {
    let digest = |images: &Images| {
        let bytes: Vec<u8> = images
            .pixels
            .iter()
            .map(|p| (255.0 * p).round() as u8)
            .collect();
        super::sha256(&[bytes, images.labels.clone()].concat())[..16].to_owned()
    };
    for (name, shape, want) in [
        ("digits16", [1, 16, 16], "896f0509076ab399"),
        ("digits28", [1, 28, 28], "dd4eb780418ecfce"),
        ("colours32", [3, 32, 32], "80fa0724e364c9dc"),
    ] {
        let split = load(name).unwrap();
        assert_eq!((split.train.len(), split.test.len()), synthetic::COUNTS);
        assert_eq!(split.train.shape(), shape);
        assert_eq!(split.train.class_counts(), [synthetic::COUNTS.0 / 10; 10]);
        assert!(split.train.pixels.iter().all(|p| (0.0..=1.0).contains(p)));
        assert_eq!(digest(&split.test), want, "{name}");
    }
}

/// The digits are there to teach: the mean picture of each class must not already tell them apart, and
/// they must not be noise either.
#[test]
fn the_embedded_digits_are_neither_trivial_nor_noise() {
    let split = load("digits16").unwrap();
    let mut means = vec![vec![0.0f32; split.train.features()]; 10];
    for (i, &label) in split.train.labels.iter().enumerate() {
        let mean = means[usize::from(label)].iter_mut();
        mean.zip(split.train.image(i))
            .for_each(|(sum, p)| *sum += p / 500.0);
    }
    let distance = |i: usize, class: usize| -> f32 {
        let pairs = split.test.image(i).iter().zip(&means[class]);
        pairs.map(|(p, q)| (p - q).powi(2)).sum()
    };
    let right = (0..split.test.len()).filter(|&i| {
        let nearest = (0..10).min_by(|&a, &b| distance(i, a).total_cmp(&distance(i, b)));
        nearest == Some(split.test.labels[i].into())
    });
    let accuracy = right.count() as f64 / split.test.len() as f64;
    assert!((0.5..0.85).contains(&accuracy), "{accuracy}");
}
