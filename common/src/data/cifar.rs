//! CIFAR-10, binary version: records of 3073 bytes, one after the other.
//!
//! A record is its class (0 to 9), then 32 x 32 bytes of red, as many of green, as many of blue, each
//! colour row by row. Colours are planes, not triples, so the bytes are already in the order `[channel,
//! row, column]`. Source: Krizhevsky 2009, www.cs.toronto.edu/~kriz/cifar.html.

use super::error::FormatError;
use super::images::Images;

const SIDE: usize = 32;
const CHANNELS: usize = 3;
const RECORD: usize = 1 + CHANNELS * SIDE * SIDE;
const CLASSES: usize = 10;

/// The classes in the order of their numbers.
pub const NAMES: [&str; CLASSES] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// Reads a batch (unzipped); bytes 0 to 255 become `[0, 1]`.
///
/// # Errors
/// When there is no record, the last one is cut, or a class is above 9.
pub fn parse(bytes: &[u8]) -> Result<Images, FormatError> {
    let (records, rest) = bytes.as_chunks::<RECORD>();
    if records.is_empty() || !rest.is_empty() {
        let problem = format!(
            "expected records of {RECORD} bytes, {} bytes follow record {}",
            rest.len(),
            records.len()
        );
        return Err(FormatError::at(bytes.len() - rest.len(), problem));
    }
    if let Some(i) = records
        .iter()
        .position(|record| usize::from(record[0]) >= CLASSES)
    {
        let problem = format!(
            "expected a class from 0 to 9, found {} (record {i})",
            records[i][0]
        );
        return Err(FormatError::at(i * RECORD, problem));
    }
    let pixels = records.iter().flat_map(|record| &record[1..]);
    Ok(Images {
        pixels: pixels.map(|&byte| f32::from(byte) / 255.0).collect(),
        height: SIDE,
        width: SIDE,
        channels: CHANNELS,
        labels: records.iter().map(|record| record[0]).collect(),
        classes: CLASSES,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(count: usize) -> Vec<u8> {
        (0..count * RECORD)
            .map(|i| {
                if i % RECORD == 0 {
                    (i / RECORD) as u8
                } else {
                    (i % RECORD % 251) as u8
                }
            })
            .collect()
    }

    #[test]
    fn colours_are_planes() {
        let images = parse(&batch(3)).unwrap();
        assert_eq!(
            (images.shape(), &images.labels[..]),
            ([3, 32, 32], &[0, 1, 2][..])
        );
        // Blue (plane 2), row 5, column 7 of picture 1.
        let at = 2 * 1024 + 5 * 32 + 7;
        assert_eq!(images.image(1)[at], ((1 + at) % 251) as f32 / 255.0);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let mut wrong = batch(3);
        wrong[2 * RECORD] = 10;
        for (bytes, offset, words) in [
            (vec![], 0, "0 bytes follow record 0"),
            (batch(1)[..100].to_vec(), 0, "100 bytes follow record 0"),
            (
                batch(2)[..RECORD + 1].to_vec(),
                RECORD,
                "1 bytes follow record 1",
            ),
            (wrong, 2 * RECORD, "found 10 (record 2)"),
        ] {
            let error = parse(&bytes).unwrap_err();
            assert_eq!(error.offset, offset, "{error}");
            assert!(error.problem.contains(words), "{error}");
        }
    }
}
