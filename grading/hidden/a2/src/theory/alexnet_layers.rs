//! A2.6: two layers of a network like AlexNet.

use a2_cnn::theory::AlexnetLayers;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("every_filter_sees_all", |e: &AlexnetLayers| {
            let [_, parameters, multiplications, _] = right(e);
            let weights = parameters - e.filters2 as f64;
            [
                None,
                Some(parameters + weights),
                Some(2.0 * multiplications),
                None,
            ]
        })
        .mistake("no_biases", |e: &AlexnetLayers| {
            let [_, parameters, ..] = right(e);
            [None, Some(parameters - e.filters2 as f64), None, None]
        })
        .mistake("steps_for_places", |e: &AlexnetLayers| {
            let [places, _, _, memory] = right(e);
            let steps = places - 1.0;
            [
                Some(steps),
                None,
                None,
                Some(memory * (steps / places).powi(2)),
            ]
        })
        .mistake("pooling_left_out", |e: &AlexnetLayers| {
            let [places, _, multiplications, _] = right(e);
            let more = (places / pooled(e)).powi(2);
            [None, None, Some(multiplications * more), None]
        })
        .mistake("windows_side_by_side", |e: &AlexnetLayers| {
            let [places, _, multiplications, _] = right(e);
            let fewer = ((places / 3.0).floor() / pooled(e)).powi(2);
            [None, None, Some(multiplications * fewer), None]
        })
        .mistake("one_image", |e: &AlexnetLayers| {
            let [.., memory] = right(e);
            [None, None, None, Some(memory / e.batch as f64)]
        })
        .mistake("megabytes", |e: &AlexnetLayers| {
            let [.., memory] = right(e);
            [None, None, None, Some(memory * 2f64.powi(20) / 1e6)]
        })
}

/// Rows of conv1's output.
fn places(e: &AlexnetLayers) -> f64 {
    (e.image - e.kernel) as f64 / 4.0 + 1.0
}

/// Rows of pool1's output, which conv2 keeps.
fn pooled(e: &AlexnetLayers) -> f64 {
    ((places(e) - 3.0) / 2.0).floor() + 1.0
}

fn right(e: &AlexnetLayers) -> [f64; 4] {
    let [filters1, filters2, batch] = [e.filters1, e.filters2, e.batch].map(|n| n as f64);
    let weights = filters2 * filters1 / 2.0 * 25.0;
    let kept = batch * filters1 * places(e) * places(e);
    [
        places(e),
        weights + filters2,
        weights * pooled(e).powi(2) / 1e6,
        4.0 * kept / 2f64.powi(20),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::alexnet::table;
    use common::contract::a2::{AlexnetConfig, AlexnetConvolution};
    use hidden_suite::theory::agrees;

    /// The table of layers, whose windows are moved along and whose multiplications are counted.
    #[test]
    fn counting_agrees() {
        agrees(
            right,
            |e: &AlexnetLayers| {
                let first = AlexnetConvolution {
                    filters: e.filters1,
                    kernel: e.kernel,
                    stride: 4,
                    padding: 0,
                    groups: 1,
                    pooled: true,
                };
                let second = AlexnetConvolution {
                    filters: e.filters2,
                    kernel: 5,
                    stride: 1,
                    padding: 2,
                    groups: 2,
                    pooled: false,
                };
                let rows = table(&AlexnetConfig {
                    image: [3, e.image, e.image],
                    convolutions: vec![first, second],
                    dense: vec![],
                });
                let numbers: usize = rows[0].output.iter().product();
                let bytes = (0..e.batch)
                    .map(|_| numbers * size_of::<f32>())
                    .sum::<usize>();
                [
                    rows[0].output[1] as f64,
                    rows[2].parameters as f64,
                    rows[2].multiplications as f64 * 1e-6,
                    bytes as f64 / 1024.0 / 1024.0,
                ]
            },
            1e-12,
        );
    }
}
