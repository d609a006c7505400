//! IDX, the format of MNIST: an array of bytes with 1 to 4 axes.
//!
//! ```text
//! byte 0, 1     0
//! byte 2        8, the element type: unsigned byte
//! byte 3        d, the number of axes
//! 4 .. 4 + 4d   the size of each axis, 32 bits, most significant byte first
//! 4 + 4d ..     the elements, the last axis fastest
//! ```
//! So the first four bytes are 2051 for pictures (count, rows, columns) and 2049 for labels. Source:
//! LeCun, Cortes & Burges, "The MNIST database of handwritten digits".

use super::error::FormatError;
use super::images::Images;

/// An array of bytes, in the memory of the file it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx<'a> {
    /// The size of each axis; 1 to 4 of them.
    pub shape: Vec<usize>,
    /// As many as the product of `shape`, the last axis fastest.
    pub values: &'a [u8],
}

/// Reads an IDX file of bytes (unzipped).
///
/// # Errors
/// When the magic number is another one, or there are fewer or more bytes than the sizes ask for.
pub fn parse(bytes: &[u8]) -> Result<Idx<'_>, FormatError> {
    let Some(&[zero, also_zero, kind, axes]) = bytes.first_chunk() else {
        return Err(FormatError::at(
            bytes.len(),
            format!(
                "expected the 4 bytes of an IDX magic number, the file has {}",
                bytes.len()
            ),
        ));
    };
    if [zero, also_zero, kind] != [0, 0, 8] || !(1..=4).contains(&axes) {
        return Err(FormatError::at(
            0,
            format!(
                "expected an IDX file of bytes (magic 00 00 08 and 01 to 04), found {zero:02x} {also_zero:02x} {kind:02x} {axes:02x}"
            ),
        ));
    }
    let start = 4 + 4 * usize::from(axes);
    let Some(sizes) = bytes.get(4..start) else {
        return Err(FormatError::at(
            bytes.len(),
            format!("expected {axes} axis sizes up to byte {start}, the file ends"),
        ));
    };
    let shape: Vec<usize> = sizes
        .chunks_exact(4)
        .map(|size| {
            size.iter()
                .fold(0, |sum, &byte| sum << 8 | usize::from(byte))
        })
        .collect();
    let Some(count) = shape
        .iter()
        .try_fold(1usize, |product, &size| product.checked_mul(size))
    else {
        return Err(FormatError::at(
            4,
            format!("an array of shape {shape:?} is too large"),
        ));
    };
    let values = &bytes[start..];
    if values.len() < count {
        return Err(FormatError::at(
            bytes.len(),
            format!(
                "expected {count} bytes of shape {shape:?}, the file ends after {}",
                values.len()
            ),
        ));
    }
    if values.len() > count {
        return Err(FormatError::at(
            start + count,
            format!(
                "expected the end after shape {shape:?}, {} bytes follow",
                values.len() - count
            ),
        ));
    }
    Ok(Idx { shape, values })
}

/// Labels of one axis, each below `classes`.
///
/// # Errors
/// When there are more axes, or a label is out of range.
pub fn labels(idx: &Idx<'_>, classes: usize) -> Result<Vec<u8>, FormatError> {
    if idx.shape.len() != 1 {
        return Err(FormatError::at(
            3,
            format!("expected labels with 1 axis, found shape {:?}", idx.shape),
        ));
    }
    match idx
        .values
        .iter()
        .position(|&label| usize::from(label) >= classes)
    {
        None => Ok(idx.values.to_vec()),
        Some(i) => Err(FormatError::at(
            8 + i,
            format!(
                "expected a label below {classes}, found {} (label {i})",
                idx.values[i]
            ),
        )),
    }
}

/// Pictures with their labels. `idx` has the axes `[n, rows, columns]`, or `[n, channels, rows,
/// columns]`; bytes 0 to 255 become `[0, 1]`.
///
/// # Errors
/// When it has other axes, or there are not as many pictures as labels.
pub fn images(idx: &Idx<'_>, labels: Vec<u8>, classes: usize) -> Result<Images, FormatError> {
    let [count, channels, height, width] = match idx.shape[..] {
        [n, h, w] => [n, 1, h, w],
        [n, c, h, w] => [n, c, h, w],
        _ => {
            return Err(FormatError::at(
                3,
                format!(
                    "expected pictures with 3 or 4 axes, found shape {:?}",
                    idx.shape
                ),
            ));
        }
    };
    if count != labels.len() {
        return Err(FormatError::at(
            4,
            format!(
                "expected one picture for each of the {} labels, found {count}",
                labels.len()
            ),
        ));
    }
    Ok(Images {
        pixels: idx
            .values
            .iter()
            .map(|&byte| f32::from(byte) / 255.0)
            .collect(),
        height,
        width,
        channels,
        labels,
        classes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An IDX file of `shape` that holds 0, 1, 2, ...
    fn file(shape: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, shape.len() as u8];
        shape
            .iter()
            .for_each(|size| bytes.extend(size.to_be_bytes()));
        bytes.extend((0..shape.iter().product()).map(|i| i as u8));
        bytes
    }

    #[test]
    fn pictures_need_not_be_square() {
        let bytes = file(&[2, 3, 5]);
        let idx = parse(&bytes).unwrap();
        assert_eq!(idx.shape, [2, 3, 5]);
        let images = images(&idx, vec![4, 7], 10).unwrap();
        assert_eq!((images.shape(), images.len()), ([1, 3, 5], 2));
        // Picture 1, row 2, column 1.
        assert_eq!(images.image(1)[2 * 5 + 1], (15.0 + 11.0) / 255.0);
    }

    #[test]
    fn one_to_four_axes_are_read() {
        for shape in [&[3][..], &[3, 2], &[3, 2, 4], &[3, 2, 4, 5], &[0, 7]] {
            let bytes = file(shape);
            let want: Vec<usize> = shape.iter().map(|&size| size as usize).collect();
            assert_eq!(parse(&bytes).unwrap().shape, want);
        }
        let colour = file(&[2, 3, 4, 5]);
        let images = images(&parse(&colour).unwrap(), vec![0, 1], 2).unwrap();
        assert_eq!(images.shape(), [3, 4, 5]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let good = file(&[2, 3, 5]);
        let changed = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            bytes
        };
        let longer = [&good[..], &[9, 9]].concat();
        for (bytes, offset, words) in [
            (vec![], 0, "magic number"),
            (changed(0, 1), 0, "found 01 00 08 03"),
            (changed(2, 0x0d), 0, "found 00 00 0d 03"),
            (changed(3, 0), 0, "found 00 00 08 00"),
            (changed(3, 5), 0, "found 00 00 08 05"),
            (
                good[..10].to_vec(),
                10,
                "expected 3 axis sizes up to byte 16",
            ),
            (
                good[..45].to_vec(),
                45,
                "expected 30 bytes of shape [2, 3, 5], the file ends after 29",
            ),
            (longer, 46, "2 bytes follow"),
            (
                file(&[0; 1]).into_iter().chain([1]).collect(),
                8,
                "1 bytes follow",
            ),
        ] {
            let error = parse(&bytes).unwrap_err();
            assert_eq!(error.offset, offset, "{error}");
            assert!(error.problem.contains(words), "{error}");
        }
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let mut bytes = vec![0, 0, 8, 4];
        bytes.extend([0xff; 16]);
        assert!(parse(&bytes).unwrap_err().problem.contains("too large"));
    }

    #[test]
    fn labels_are_in_range_and_as_many_as_pictures() {
        let bytes = file(&[12]);
        let error = labels(&parse(&bytes).unwrap(), 10).unwrap_err();
        assert_eq!(
            (error.offset, error.problem.contains("found 10")),
            (18, true),
            "{error}"
        );
        assert!(labels(&parse(&file(&[2, 3])).unwrap(), 10).is_err());
        let pictures = file(&[2, 3, 5]);
        let pictures = parse(&pictures).unwrap();
        let error = images(&pictures, vec![0; 3], 10).unwrap_err();
        assert!(error.problem.contains("3 labels, found 2"), "{error}");
        assert!(images(&parse(&bytes).unwrap(), vec![0; 12], 10).is_err());
    }
}
