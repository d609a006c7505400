//! No bytes whatever make a reader panic, and a cut file is never taken for a whole one.

use super::super::{DataError, cifar, idx, read, usps};
use super::{gzip, noise};
use crate::rng::Rng;

/// `bytes` with one to four of them changed, and cut short or made longer half of the time.
fn spoiled(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut spoiled = bytes.to_vec();
    for _ in 0..rng.between(1, 4) {
        // Mostly at the start, where the headers are.
        let reach = if rng.below(2) == 0 { 20 } else { bytes.len() };
        let at = rng.below(reach.min(bytes.len()));
        spoiled[at] = rng.below(256) as u8;
    }
    match rng.below(4) {
        0 => spoiled.truncate(rng.below(bytes.len())),
        1 => spoiled.extend((0..rng.between(1, 9)).map(|_| rng.below(256) as u8)),
        _ => (),
    }
    spoiled
}

#[test]
fn idx_survives_any_bytes() {
    let mut rng = Rng::new(1);
    let mut good = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5];
    good.extend(noise(30));
    for length in 0..good.len() {
        assert!(idx::parse(&good[..length]).is_err());
    }
    let mut taken = 0;
    for _ in 0..3000 {
        let bytes = spoiled(&good, &mut rng);
        if let Ok(array) = idx::parse(&bytes) {
            assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
            let labels = idx::labels(&array, 10).unwrap_or(vec![0; array.shape[0]]);
            if let Ok(images) = idx::images(&array, labels, 10) {
                assert_eq!(images.pixels.len(), images.len() * images.features());
            }
            taken += 1;
        }
    }
    assert!(taken > 100, "{taken}"); // changed pixels are still pixels
}

#[test]
fn usps_survives_any_bytes() {
    let mut rng = Rng::new(2);
    let good = format!(
        "6.0000 {}\n9 {}\n",
        "-1.0000 ".repeat(256),
        "0.5 ".repeat(256)
    );
    assert_eq!(usps::parse(good.as_bytes()).unwrap().len(), 2);
    for _ in 0..1000 {
        if let Ok(images) = usps::parse(&spoiled(good.as_bytes(), &mut rng)) {
            assert_eq!(images.pixels.len(), 256 * images.len());
            assert!(images.pixels.iter().all(|p| (0.0..=1.0).contains(p)));
            assert!(images.labels.iter().all(|&label| label < 10));
        }
    }
}

#[test]
fn cifar_survives_any_bytes() {
    let mut rng = Rng::new(3);
    let mut good = noise(3 * 3073);
    (0..3).for_each(|i| good[i * 3073] = i as u8);
    for _ in 0..300 {
        if let Ok(images) = cifar::parse(&spoiled(&good, &mut rng)) {
            assert_eq!(images.pixels.len(), 3072 * images.len());
            assert!(images.labels.iter().all(|&label| label < 10));
        }
    }
}

#[test]
fn gzip_survives_any_bytes() {
    let mut rng = Rng::new(4);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let contents = noise(500);
    let good = gzip(&contents);
    let read_bytes = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        read::contents(&path)
    };
    assert_eq!(read_bytes(&good).unwrap(), contents);
    assert_eq!(read_bytes(&contents).unwrap(), contents);
    for length in (2..good.len()).step_by(7) {
        let error = read_bytes(&good[..length]).unwrap_err();
        assert!(matches!(error, DataError::Format { .. }), "{error}");
        assert!(error.to_string().contains("cut or damaged"), "{error}");
    }
    for _ in 0..300 {
        // Any outcome but a panic: gzip allows changes in its header.
        if let Ok(bytes) = read_bytes(&spoiled(&good, &mut rng)) {
            assert!(bytes.len() < 1000);
        }
    }
}
