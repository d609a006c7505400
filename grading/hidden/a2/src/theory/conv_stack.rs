//! A2.2: sizes in a stack of convolutions.

use a2_cnn::theory::{ConvStack, StackLayer};
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("rounded_up", |e: &ConvStack| {
            let size = e.layers.iter().fold(e.size, |size, layer| {
                left(layer, size).div_ceil(layer.stride) + 1
            });
            [Some(size as f64), None, None]
        })
        .mistake("dilation_ignored", |e: &ConvStack| {
            let layers = e.layers.map(|layer| StackLayer {
                dilation: 1,
                ..layer
            });
            let [size, field, _] = right(&ConvStack { layers, ..*e });
            [Some(size), Some(field), None]
        })
        .mistake("kernels_added", |e: &ConvStack| {
            let field: usize = e.layers.iter().map(|layer| layer.kernel - 1).sum();
            [None, Some(1.0 + field as f64), None]
        })
        .mistake("the_layers_own_stride_counted", |e: &ConvStack| {
            let (mut field, mut jump) = (1, 1);
            for layer in &e.layers {
                jump *= layer.stride;
                field += (layer.kernel - 1) * layer.dilation * jump;
            }
            [None, Some(field as f64), None]
        })
        .mistake("strides_added", |e: &ConvStack| {
            let jump: usize = e.layers.iter().map(|layer| layer.stride).sum();
            [None, None, Some(jump as f64)]
        })
        .mistake("dilation_in_the_jump", |e: &ConvStack| {
            let factors = e.layers.iter().map(|layer| layer.stride * layer.dilation);
            [None, None, Some(factors.product::<usize>() as f64)]
        })
}

/// What is left of the padded image beside the kernel at its first place.
fn left(layer: &StackLayer, size: usize) -> usize {
    size + 2 * layer.padding - layer.dilation * (layer.kernel - 1) - 1
}

fn right(e: &ConvStack) -> [f64; 3] {
    let (mut size, mut field, mut jump) = (e.size, 1, 1);
    for layer in &e.layers {
        size = left(layer, size) / layer.stride + 1;
        field += (layer.kernel - 1) * layer.dilation * jump;
        jump *= layer.stride;
    }
    [size as f64, field as f64, jump as f64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// For each number of a layer's output the first and the last pixel of the image that it sees, by following every
    /// element of every kernel. Pixels of the padding have no place in the image; they are far from the middle.
    fn followed(e: &ConvStack) -> Vec<(isize, isize)> {
        let mut seen: Vec<(isize, isize)> = (0..e.size as isize).map(|i| (i, i)).collect();
        for layer in &e.layers {
            let outside = vec![(isize::MAX, isize::MIN); layer.padding];
            let padded = [outside.clone(), seen, outside].concat();
            let place = |first: usize| {
                let taps = (0..layer.kernel).map(|tap| padded.get(first + tap * layer.dilation));
                let taps: Option<Vec<&(isize, isize)>> = taps.collect();
                taps.map(|taps| {
                    let first = taps.iter().map(|(first, _)| *first).min();
                    let last = taps.iter().map(|(_, last)| *last).max();
                    (first.unwrap_or(0), last.unwrap_or(0))
                })
            };
            seen = (0..padded.len())
                .step_by(layer.stride)
                .filter_map(place)
                .collect();
        }
        seen
    }

    #[test]
    fn following_every_pixel_agrees() {
        agrees(
            right,
            |e: &ConvStack| {
                let seen = followed(e);
                let ((first, last), (next, _)) = (seen[seen.len() / 2], seen[seen.len() / 2 + 1]);
                let field = last - first + 1;
                [seen.len() as f64, field as f64, (next - first) as f64]
            },
            0.0,
        );
    }
}
