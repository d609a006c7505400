//! A2.3: the sizes of a network that goes down and up again, and one of its pixels.

use a2_cnn::theory::FeatureMapSizes;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("rounded_up", |e: &FeatureMapSizes| {
            let up = (e.size + 2 * e.padding - e.kernel).div_ceil(2) + 1;
            [Some(up as f64), Some(transposed(e, up)), None]
        })
        .mistake("padding_left_out", |e: &FeatureMapSizes| {
            let small = (e.size - e.kernel) / 2 + 1;
            [Some(small as f64), Some(transposed(e, small)), None]
        })
        .mistake("output_padding_left_out", |e: &FeatureMapSizes| {
            let without = right(e)[1] - e.output_padding as f64;
            [None, Some(without), None]
        })
        .mistake("size_times_stride", |e: &FeatureMapSizes| {
            let size = pooled(e) * e.up_stride;
            [None, Some(size as f64), None]
        })
        .mistake("corners_aligned", |e: &FeatureMapSizes| {
            let place = e.at as f64 * 3.0 / (e.wide - 1) as f64;
            [None, None, Some(mixed(e, place))]
        })
        .mistake("without_the_half_pixel", |e: &FeatureMapSizes| {
            let place = e.at as f64 * 4.0 / e.wide as f64;
            [None, None, Some(mixed(e, place))]
        })
        .mistake("nearest", |e: &FeatureMapSizes| {
            [None, None, Some(e.pixels[e.at * 4 / e.wide])]
        })
}

fn pooled(e: &FeatureMapSizes) -> usize {
    (e.size + 2 * e.padding - e.kernel) / 2 + 1
}

fn transposed(e: &FeatureMapSizes, rows: usize) -> f64 {
    ((rows - 1) * e.up_stride + e.up_kernel + e.output_padding - 2) as f64
}

/// The row at a place between its pixels.
fn mixed(e: &FeatureMapSizes, place: f64) -> f64 {
    let low = place.floor() as usize;
    let share = place - low as f64;
    (1.0 - share) * e.pixels[low] + share * e.pixels[(low + 1).min(3)]
}

fn right(e: &FeatureMapSizes) -> [f64; 3] {
    let rows = pooled(e);
    let place = (e.at as f64 + 0.5) * 4.0 / e.wide as f64 - 0.5;
    [rows as f64, transposed(e, rows), mixed(e, place)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::array::Array;
    use crate::oracle::pooling::{Links, Transposed, pooled as count};
    use common::contract::a2::{PoolWindow, TransposedConvOptions};
    use hidden_suite::theory::agrees;

    /// Windows counted one by one, the reach of the last kernel, and the four neighbours of the pixel.
    #[test]
    fn counting_agrees() {
        agrees(
            right,
            |e: &FeatureMapSizes| {
                let window = PoolWindow {
                    kernel: [e.kernel, 1],
                    stride: [2, 1],
                    padding: [e.padding, 0],
                };
                let [rows, _] = count([e.size, 1], &window);
                let up = Transposed {
                    weight: Array::zeros([1, 1, e.up_kernel, 1]),
                    bias: vec![0.0],
                    options: TransposedConvOptions {
                        stride: [e.up_stride, 1],
                        padding: [1, 0],
                        output_padding: [e.output_padding, 0],
                        dilation: [1, 1],
                        groups: 1,
                    },
                };
                let [up, _] = up.to([rows, 1]);
                let row = Array {
                    shape: [1, 1, 1, 4],
                    values: e.pixels.to_vec(),
                };
                let wide = Links::bilinear([1, 4], [1, e.wide], false).forward(&row);
                [rows as f64, up as f64, wide.values[e.at]]
            },
            1e-12,
        );
    }
}
