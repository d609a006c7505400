//! Mutants of A2.3, pooling.

use a2_cnn::parts::pooling as reference;
use burn::tensor::Tensor;
use common::contract::a2::PoolWindow;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.3";

/// The mutants of this part that make images smaller.
pub fn mutants() -> Vec<Mutant> {
    let mut all = max_forward();
    all.extend(max_backward());
    all.extend(average());
    all.extend(global());
    all
}

fn max_forward() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.max_pool_forward / "zero_padding",
            "the padding is made of zeros, which win against negative numbers",
            |x, window| {
                let [rows, columns] = window.padding;
                let [n, c, height, width] = x.dims();
                let shape = [n, c, height + 2 * rows, width + 2 * columns];
                let zeros = Tensor::zeros(shape, (&x.device(), x.dtype()));
                let inside = [0..n, 0..c, rows..rows + height, columns..columns + width];
                let padded = zeros.slice_assign(inside, x);
                reference::max_pool_forward(padded, without_padding(window))
            }
        ),
        mutant!(
            pooling.max_pool_forward / "padding_ignored",
            "windows begin at the first pixel",
            |x, window| reference::max_pool_forward(x, without_padding(window))
        ),
        mutant!(
            pooling.max_pool_forward / "stride_is_kernel",
            "windows stand side by side, whatever the stride",
            |x, window| reference::max_pool_forward(x, side_by_side(window))
        ),
        mutant!(
            pooling.max_pool_forward / "square_kernel",
            "the kernel's rows are its columns too",
            |x, window| reference::max_pool_forward(x, square_kernel(window))
        ),
        mutant!(
            pooling.max_pool_forward / "strides_swapped",
            "rows and columns have each other's stride",
            |x, window| reference::max_pool_forward(x, strides_swapped(window))
        ),
        mutant!(
            pooling.max_pool_forward / "minimum",
            "the smallest value of each window",
            |x, window| -reference::max_pool_forward(-x, window)
        ),
        mutant!(
            pooling.max_pool_forward / "largest_magnitude",
            "the largest of the absolute values",
            |x, window| reference::max_pool_forward(x.abs(), window)
        ),
    ]
}

fn max_backward() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.max_pool_backward / "all_ties",
            "every pixel that equals the largest gets the gradient",
            |x, dy, window| to_all_equal(x, dy, window, |_| 1.0)
        ),
        mutant!(
            pooling.max_pool_backward / "ties_share",
            "pixels that equal the largest share the gradient",
            |x, dy, window| to_all_equal(x, dy, window, |equal| 1.0 / equal as f64)
        ),
        mutant!(
            pooling.max_pool_backward / "last_tie",
            "of equal pixels the last one wins",
            |x, dy, window| {
                // Numbers below the distance of the values make the later of equal ones larger.
                let count = x.dims().iter().product::<usize>() as i64;
                let later = Tensor::<1, burn::tensor::Int>::arange(0..count, &x.device());
                let later = later.float().cast(x.dtype()).reshape(x.dims()) * 1e-9;
                reference::max_pool_backward(x + later, dy, window)
            }
        ),
        mutant!(
            pooling.max_pool_backward / "overlaps_overwritten",
            "a pixel that wins in two windows keeps the last gradient only",
            |x, dy, window| {
                let mut dx = x.zeros_like();
                each_window(&dy, |one| {
                    let share = reference::max_pool_backward(x.clone(), one, window.clone());
                    let hit = share.clone().not_equal_elem(0.0);
                    dx = dx.clone().mask_where(hit, share);
                });
                dx
            }
        ),
        mutant!(
            pooling.max_pool_backward / "to_the_whole_window",
            "every pixel of the window gets the gradient",
            |x, dy, window| {
                let [_, _, height, width] = x.dims();
                let places = (window.kernel[0] * window.kernel[1]) as f64;
                reference::avg_pool_backward(dy * places, [height, width], window, true)
            }
        ),
        mutant!(
            pooling.max_pool_backward / "ones_from_above",
            "dy is taken for ones",
            |x, dy, window| reference::max_pool_backward(x, dy.ones_like(), window)
        ),
        mutant!(
            pooling.max_pool_backward / "times_the_value",
            "the gradient is multiplied by the pixel that won",
            |x, dy, window| {
                let y = reference::max_pool_forward(x.clone(), window.clone());
                reference::max_pool_backward(x, dy * y, window)
            }
        ),
    ]
}

fn average() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.avg_pool_forward / "padding_always_counts",
            "count_include_pad is ignored, the divisor is the kernel's size",
            |x, window, _| reference::avg_pool_forward(x, window, true)
        ),
        mutant!(
            pooling.avg_pool_forward / "padding_never_counts",
            "count_include_pad is ignored, the divisor is the number of pixels",
            |x, window, _| reference::avg_pool_forward(x, window, false)
        ),
        mutant!(
            pooling.avg_pool_forward / "sum",
            "the sum of each window",
            |x, window, count| {
                let places = (window.kernel[0] * window.kernel[1]) as f64;
                reference::avg_pool_forward(x, window, count) * places
            }
        ),
        mutant!(
            pooling.avg_pool_forward / "stride_is_kernel",
            "windows stand side by side, whatever the stride",
            |x, window, count| reference::avg_pool_forward(x, side_by_side(window), count)
        ),
        mutant!(
            pooling.avg_pool_forward / "square_divisor",
            "the divisor is the square of the kernel's rows",
            |x, window, count| {
                let wrong = window.kernel[1] as f64 / window.kernel[0] as f64;
                reference::avg_pool_forward(x, window, count) * wrong
            }
        ),
        mutant!(
            pooling.avg_pool_forward / "padding_ignored",
            "windows begin at the first pixel",
            |x, window, count| reference::avg_pool_forward(x, without_padding(window), count)
        ),
        mutant!(
            pooling.avg_pool_backward / "padding_always_counts",
            "count_include_pad is ignored, the divisor is the kernel's size",
            |dy, size, window, _| reference::avg_pool_backward(dy, size, window, true)
        ),
        mutant!(
            pooling.avg_pool_backward / "padding_never_counts",
            "count_include_pad is ignored, the divisor is the number of pixels",
            |dy, size, window, _| reference::avg_pool_backward(dy, size, window, false)
        ),
        mutant!(
            pooling.avg_pool_backward / "not_divided",
            "every pixel gets the whole gradient",
            |dy, size, window, count| {
                let places = (window.kernel[0] * window.kernel[1]) as f64;
                reference::avg_pool_backward(dy * places, size, window, count)
            }
        ),
        mutant!(
            pooling.avg_pool_backward / "overlaps_overwritten",
            "a pixel of two windows keeps the last share only",
            |dy, size, window, count| {
                let [n, c, _, _] = dy.dims();
                let shape = [n, c, size[0], size[1]];
                let mut dx = Tensor::zeros(shape, (&dy.device(), dy.dtype()));
                each_window(&dy, |one| {
                    let share = reference::avg_pool_backward(one, size, window.clone(), count);
                    let hit = share.clone().not_equal_elem(0.0);
                    dx = dx.clone().mask_where(hit, share);
                });
                dx
            }
        ),
    ]
}

fn global() -> Vec<Mutant> {
    vec![
        mutant!(
            pooling.global_avg_pool_forward / "sum",
            "the sum of each channel",
            |x| {
                let [_, _, height, width] = x.dims();
                reference::global_avg_pool_forward(x) * (height * width) as f64
            }
        ),
        mutant!(
            pooling.global_avg_pool_forward / "maximum",
            "the largest value of each channel",
            |x| {
                let [n, c, _, _] = x.dims();
                x.max_dim(2).max_dim(3).reshape([n, c])
            }
        ),
        mutant!(
            pooling.global_avg_pool_forward / "over_the_batch",
            "the mean goes over the images too",
            |x| {
                let [n, c, _, _] = x.dims();
                let mean = reference::global_avg_pool_forward(x).mean_dim(0);
                mean.expand([n, c])
            }
        ),
        mutant!(
            pooling.global_avg_pool_backward / "not_divided",
            "every pixel gets the whole gradient",
            |dy, [height, width]| {
                reference::global_avg_pool_backward(dy * (height * width) as f64, [height, width])
            }
        ),
        mutant!(
            pooling.global_avg_pool_backward / "divided_by_the_rows",
            "the share is one of the rows, not of the pixels",
            |dy, [height, width]| {
                reference::global_avg_pool_backward(dy * width as f64, [height, width])
            }
        ),
    ]
}

fn without_padding(window: PoolWindow) -> PoolWindow {
    PoolWindow {
        padding: [0, 0],
        ..window
    }
}

fn side_by_side(window: PoolWindow) -> PoolWindow {
    PoolWindow {
        stride: window.kernel,
        ..window
    }
}

fn square_kernel(window: PoolWindow) -> PoolWindow {
    PoolWindow {
        kernel: [window.kernel[0]; 2],
        padding: window.padding.map(|p| p.min(window.kernel[0] / 2)),
        ..window
    }
}

fn strides_swapped(window: PoolWindow) -> PoolWindow {
    let [down, right] = window.stride;
    PoolWindow {
        stride: [right, down],
        ..window
    }
}

/// Calls `f` with `dy` of one place of the output at a time, in reading order, and zeros elsewhere.
fn each_window(dy: &Tensor<4>, mut f: impl FnMut(Tensor<4>)) {
    let [n, c, height, width] = dy.dims();
    for i in 0..height {
        for j in 0..width {
            let there = [0..n, 0..c, i..i + 1, j..j + 1];
            let one = dy.clone().slice(there.clone());
            f(dy.zeros_like().slice_assign(there, one));
        }
    }
}

/// Each window gives `dy`, times a number that depends on how many they are, to all pixels that are as large as its
/// largest.
fn to_all_equal(
    x: Tensor<4>,
    dy: Tensor<4>,
    window: PoolWindow,
    share: impl Fn(usize) -> f64,
) -> Tensor<4> {
    use crate::oracle::array::Array;
    use crate::oracle::pooling::Links;
    let y = Array::of(&reference::max_pool_forward(x.clone(), window.clone()));
    let (x, dy) = (Array::of(&x), Array::of(&dy));
    let links = Links::average(x.size(), &window, true);
    let mut dx = Array::zeros(x.shape);
    for n in 0..x.shape[0] {
        for c in 0..x.shape[1] {
            for (i, j) in (0..y.shape[2]).flat_map(|i| (0..y.shape[3]).map(move |j| (i, j))) {
                let pixels = links.of_output([i, j]);
                let winners: Vec<[usize; 2]> = pixels
                    .filter(|[a, b]| x[[n, c, *a, *b]] == y[[n, c, i, j]])
                    .collect();
                for [a, b] in &winners {
                    dx[[n, c, *a, *b]] += dy[[n, c, i, j]] * share(winners.len());
                }
            }
        }
    }
    dx.tensor()
}
