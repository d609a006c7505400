//! A1.12: sizes and offsets in IDX files.

use a1_backprop::theory::IdxBytes;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("header_left_out", |e: &IdxBytes| {
            let [size, pixel, label] = right(e);
            [Some(size - 16.0), Some(pixel - 16.0), Some(label - 8.0)]
        })
        .mistake("headers_exchanged", |e: &IdxBytes| {
            let [size, pixel, label] = right(e);
            [Some(size - 8.0), Some(pixel - 8.0), Some(label + 8.0)]
        })
        .mistake("row_and_column_exchanged", |e: &IdxBytes| {
            let before = e.picture * e.rows * e.columns;
            let pixel = before + e.column * e.columns + e.row;
            [None, Some(16.0 + pixel as f64), None]
        })
        .mistake("stride_of_the_rows", |e: &IdxBytes| {
            let before = e.picture * e.rows * e.columns;
            let pixel = before + e.row * e.rows + e.column;
            [None, Some(16.0 + pixel as f64), None]
        })
        .mistake("counted_from_1", |e: &IdxBytes| {
            let before = IdxBytes {
                picture: e.picture - 1,
                ..*e
            };
            let [_, pixel, label] = right(&before);
            [None, Some(pixel), Some(label)]
        })
}

fn right(e: &IdxBytes) -> [f64; 3] {
    let area = e.rows * e.columns;
    let pixel = e.picture * area + e.row * e.columns + e.column;
    [
        (16 + e.pictures * area) as f64,
        (16 + pixel) as f64,
        (8 + e.picture) as f64,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// Writes both files, byte for byte, up to what is asked for.
    #[test]
    fn files_that_are_written_out_agree() {
        let header = |sizes: &[usize]| {
            let mut bytes = vec![0, 0, 8, sizes.len() as u8];
            bytes.extend(sizes.iter().flat_map(|size| (*size as u32).to_be_bytes()));
            bytes
        };
        agrees(
            right,
            |e: &IdxBytes| {
                let mut pictures = header(&[e.pictures, e.rows, e.columns]);
                let mut pixel = 0;
                for picture in 0..e.pictures {
                    for row in 0..e.rows {
                        for column in 0..e.columns {
                            if (picture, row, column) == (e.picture, e.row, e.column) {
                                pixel = pictures.len();
                            }
                            pictures.push(0);
                        }
                    }
                }
                let labels = header(&[e.pictures]).len() + (0..e.picture).count();
                [pictures.len() as f64, pixel as f64, labels as f64]
            },
            0.0,
        );
    }
}
