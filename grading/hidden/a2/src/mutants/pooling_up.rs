//! Mutants of A2.3, upsampling.

use a2_cnn::parts::pooling as reference;
use burn::tensor::Tensor;
use hidden_suite::Mutant;

use super::pooling::PART;
use crate::oracle::array::Array;

/// The mutants of this part that are about upsampling.
pub fn mutants() -> Vec<Mutant> {
    let mut all = nearest();
    all.extend(bilinear());
    all
}

fn nearest() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.upsample_nearest_forward / "whole_factors",
            "each pixel is repeated as often as the size goes into the new one, and the last fills the rest",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| {
                    let (down, right) = ((to[0] / height).max(1), (to[1] / width).max(1));
                    [(i / down).min(height - 1), (j / right).min(width - 1)]
                })
            }
        ),
        mutant!(
            pooling.upsample_nearest_forward / "rounded_up",
            "the place in the input is rounded up",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| {
                    let up =
                        |i: usize, size: usize, out: usize| (i * size).div_ceil(out).min(size - 1);
                    [up(i, height, to[0]), up(j, width, to[1])]
                })
            }
        ),
        mutant!(
            pooling.upsample_nearest_forward / "corners_aligned",
            "the first and the last pixel stay, as with align_corners",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| {
                    let at = |i: usize, size: usize, out: usize| {
                        (i * (size - 1) + (out - 1) / 2) / (out - 1).max(1)
                    };
                    [at(i, height, to[0]), at(j, width, to[1])]
                })
            }
        ),
        mutant!(
            pooling.upsample_nearest_forward / "tiled",
            "the image is repeated, not its pixels",
            |x, to| {
                let [_, _, height, width] = x.dims();
                pick(&x, to, |[i, j]| [i % height, j % width])
            }
        ),
        mutant!(
            pooling.upsample_nearest_backward / "mean_of_the_copies",
            "the gradients of the copies are averaged",
            |dy, size| {
                let copies = reference::upsample_nearest_backward(dy.ones_like(), size);
                reference::upsample_nearest_backward(dy, size) / copies.clamp_min(1.0)
            }
        ),
        mutant!(
            pooling.upsample_nearest_backward / "first_copy",
            "the gradient is read at one of the copies",
            |dy, size| reference::upsample_nearest_forward(dy, size)
        ),
    ]
}

fn bilinear() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.upsample_bilinear_forward / "always_aligned",
            "align_corners is taken for true",
            |x, to, _| reference::upsample_bilinear_forward(x, to, true)
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "never_aligned",
            "align_corners is taken for false",
            |x, to, _| reference::upsample_bilinear_forward(x, to, false)
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "align_mixed_up",
            "align_corners is taken for its opposite",
            |x, to, align| reference::upsample_bilinear_forward(x, to, !align)
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "no_half_pixel",
            "without align_corners the place is i size / out",
            |x, to, align| match align {
                true => reference::upsample_bilinear_forward(x, to, true),
                false => resized(&x, to, |i, size, out| i as f64 * size as f64 / out as f64),
            }
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "goes_beyond_the_border",
            "places before the first pixel continue the line through the first two",
            |x, to, align| match align {
                true => reference::upsample_bilinear_forward(x, to, true),
                false => resized(&x, to, |i, size, out| {
                    (i as f64 + 0.5) * size as f64 / out as f64 - 0.5
                }),
            }
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "aligned_over_out",
            "with align_corners the places are (size - 1) / out apart",
            |x, to, align| match align {
                false => reference::upsample_bilinear_forward(x, to, false),
                true => resized(&x, to, |i, size, out| i as f64 * (size - 1) as f64
                    / out as f64),
            }
        ),
        mutant!(
            pooling.upsample_bilinear_forward / "nearest",
            "one pixel is copied",
            |x, to, _| reference::upsample_nearest_forward(x, to)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "align_mixed_up",
            "align_corners is taken for its opposite",
            |dy, size, align| reference::upsample_bilinear_backward(dy, size, !align)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "never_aligned",
            "align_corners is taken for false",
            |dy, size, _| reference::upsample_bilinear_backward(dy, size, false)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "resized_back",
            "dy is brought to the input's size by the forward pass",
            |dy, size, align| reference::upsample_bilinear_forward(dy, size, align)
        ),
        mutant!(
            pooling.upsample_bilinear_backward / "of_nearest",
            "each gradient goes to one pixel",
            |dy, size, _| reference::upsample_nearest_backward(dy, size)
        ),
    ]
}

/// Images of size `to` whose pixels are copies of those of `x` that `source` says.
fn pick(x: &Tensor<4>, to: [usize; 2], source: impl Fn([usize; 2]) -> [usize; 2]) -> Tensor<4> {
    mixed(x, to, |at| vec![(source(at), 1.0)])
}

/// Bilinear resizing with another place for each pixel.
fn resized(x: &Tensor<4>, to: [usize; 2], place: impl Fn(usize, usize, usize) -> f64) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let around = |i: usize, size: usize, out: usize| {
        let t = place(i, size, out);
        let low = (t.max(0.0).floor() as usize).min(size - 1);
        let high = (low + 1).min(size - 1);
        let share = t - low as f64;
        [(low, 1.0 - share), (high, share)]
    };
    mixed(x, to, |[i, j]| {
        let rows = around(i, height, to[0]);
        let columns = around(j, width, to[1]);
        let pairs = rows
            .into_iter()
            .flat_map(|row| columns.map(|column| (row, column)));
        pairs.map(|((a, r), (b, c))| ([a, b], r * c)).collect()
    })
}

/// Images of size `to` whose pixels are sums of pixels of `x` with weights.
fn mixed(
    x: &Tensor<4>,
    [height, width]: [usize; 2],
    sources: impl Fn([usize; 2]) -> Vec<([usize; 2], f64)>,
) -> Tensor<4> {
    let x = Array::of(x);
    let [images, channels, _, _] = x.shape;
    let mut y = Array::zeros([images, channels, height, width]);
    for n in 0..images {
        for c in 0..channels {
            for at in (0..height * width).map(|k| [k / width, k % width]) {
                for ([a, b], weight) in sources(at) {
                    y[[n, c, at[0], at[1]]] += weight * x[[n, c, a, b]];
                }
            }
        }
    }
    y.tensor()
}
