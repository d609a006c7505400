//! Checks of A2.3, pooling.

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Tensor, module};
use common::check::{Check, Failure, Tolerance, Verdict, close, ensure, equal};
use common::contract::Submission;
use common::contract::a2::{PoolWindow, Pooling};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::{Array, tensor};
use crate::oracle::pooling::{Links, max_pool, pooled};
use crate::oracle::pytorch_pooling::Fixture;

pub(super) const PART: &str = "A2.3";

/// The checks of this part that are about pooling and about sizes.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "pooling/sizes",
            part: PART,
            points: 1,
            proves: "The sizes are those that counting windows and following the last pixel give, and what cannot be is an error.",
            hint: "Try every error of the documentation on its own, and the numbers just before each of them.",
            run: all_sizes,
        },
        Check {
            id: "pooling/max_values",
            part: PART,
            points: 1,
            proves: "Windows of any size, stride and padding give their largest value, also where all values are negative.",
            hint: "Rows and columns have a kernel, a stride and a padding each. Put minus infinity into the padding, or leave it out.",
            run: max_values,
        },
        Check {
            id: "pooling/max_gradients",
            part: PART,
            points: 1,
            proves: "Each window hands its gradient to the pixel that won; pixels that win twice get the sum; nothing is lost.",
            hint: "Add, do not assign: windows overlap where the stride is below the kernel.",
            run: max_gradients,
        },
        Check {
            id: "pooling/max_ties",
            part: PART,
            points: 1,
            proves: "Of several equal largest values in a window the first in reading order gets the gradient, all of it.",
            hint: "Compare with greater, not with greater or equal, and go through the window row after row.",
            run: max_ties,
        },
        Check {
            id: "pooling/average_values",
            part: PART,
            points: 1,
            proves: "Windows of any size, stride and padding give their mean, with the padding counted and not.",
            hint: "Without count_include_pad a corner window is divided by fewer pixels than one in the middle.",
            run: average_values,
        },
        Check {
            id: "pooling/average_gradients",
            part: PART,
            points: 1,
            proves: "The gradient of average pooling is its adjoint, with the padding counted and not.",
            hint: "<forward(x), dy> = <x, backward(dy)> for every x and dy: try it with ones.",
            run: average_gradients,
        },
        Check {
            id: "pooling/global_average",
            part: PART,
            points: 1,
            proves: "The mean of each channel of each image, and the same share of its gradient for every pixel.",
            hint: "Divide by height times width; the answer is [n, c].",
            run: global_average,
        },
    ]
}

/// Numbers around -3: a zero in the padding would win every window that has it.
fn negative(rng: &mut Rng, shape: [usize; 4]) -> Array<4> {
    Array::from_fn(shape, |_| rng.normal() - 3.0)
}

/// Windows that overlap along the rows, windows that leave pixels out, and random ones.
fn some_windows(rng: &mut Rng) -> [PoolWindow; 3] {
    let overlapping = PoolWindow {
        kernel: [3, 2],
        stride: [2, 1],
        padding: [1, 0],
    };
    let apart = PoolWindow {
        kernel: [2, 3],
        stride: [3, 2],
        padding: [0, 1],
    };
    let kernel = sizes(rng, 1, 4);
    let random = PoolWindow {
        kernel,
        stride: sizes(rng, 1, 3),
        padding: kernel.map(|k| rng.below(k / 2 + 1)),
    };
    [overlapping, apart, random]
}

/// A shape of images: all four sizes differ, and each window fits.
fn some_shape(rng: &mut Rng) -> [usize; 4] {
    let [n, c] = sizes(rng, 2, 3);
    let [height, width] = sizes(rng, 4, 7);
    [n, c, height, width]
}

/// Output and gradient by the input of one of Burn's operations.
pub(super) fn by_burn(
    x: &Array<4>,
    dy: &Array<4>,
    forward: impl Fn(Tensor<4>) -> Tensor<4>,
) -> (Tensor<4>, Tensor<4>) {
    let x = x.tensor().autodiff().require_grad();
    let y = forward(x.clone());
    let gradients = (y.clone() * dy.tensor().autodiff()).sum().backward();
    let dx = x.grad(&gradients).expect("is tracked and was used");
    (y.inner(), dx)
}

/// Compares with an oracle's images.
pub(super) fn same(got: &Tensor<4>, want: &Array<4>, what: &str) -> Verdict {
    close(got, &want.tensor(), Tolerance::EXACT).map_err(about(what))
}

fn all_sizes(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..12 {
        let (kernel, stride) = (rng.between(1, 5), rng.between(1, 4));
        let (padding, size) = (rng.below(kernel / 2 + 1), rng.between(kernel, 12));
        let window = PoolWindow {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
        };
        let [want, _] = pooled([size; 2], &window);
        let got = s.pool_output_size(size, kernel, stride, padding)?;
        is(got, want).map_err(about(format_args!(
            "{size}, kernel {kernel}, stride {stride}, padding {padding}"
        )))?;
    }
    // What a padding on one end only would make smaller, with a stride and without.
    is(s.pool_output_size(5, 3, 1, 1)?, 5)?;
    is(s.pool_output_size(7, 3, 2, 1)?, 4)?;
    // The largest kernel that fits and the largest padding are allowed.
    is(s.pool_output_size(5, 7, 3, 1)?, 1)?;
    is(s.pool_output_size(5, 4, 3, 2)?, 2)?;
    for (why, [size, kernel, stride, padding]) in [
        ("no kernel", [5, 0, 1, 0]),
        ("no stride", [5, 2, 0, 0]),
        ("padding above half of an even kernel", [9, 4, 1, 3]),
        ("padding above half of an odd kernel", [9, 3, 1, 2]),
        ("too large a kernel", [5, 8, 1, 1]),
        ("no image", [0, 1, 1, 0]),
    ] {
        refused(&s.pool_output_size(size, kernel, stride, padding)?).map_err(about(why))?;
    }
    transposed_sizes(s, rng)
}

/// The last pixel of the last kernel ends the output; the padding comes off both ends, the rest is added at one.
fn transposed_sizes(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..12 {
        let (size, kernel) = (rng.between(1, 5), rng.between(1, 4));
        let (stride, dilation) = (rng.between(1, 3), rng.between(1, 3));
        let more = rng.below(stride.max(dilation));
        let last = (size - 1) * stride + (kernel - 1) * dilation;
        let padding = rng.below(last / 2 + 1);
        let want = last + 1 - 2 * padding + more;
        let got = s.conv_transpose_output_size(size, kernel, stride, padding, more, dilation)?;
        is(got, want).map_err(about(format_args!(
            "{size}, kernel {kernel}, stride {stride}, padding {padding}, output padding {more}, dilation {dilation}"
        )))?;
    }
    is(s.conv_transpose_output_size(2, 2, 1, 0, 2, 3)?, 7).map_err(about("dilation only"))?;
    for (why, [size, kernel, stride, padding, more, dilation]) in [
        ("no kernel", [3, 0, 1, 0, 0, 1]),
        ("no stride", [3, 2, 0, 0, 0, 1]),
        ("no dilation", [3, 2, 2, 0, 0, 0]),
        ("no image", [0, 2, 2, 0, 0, 1]),
        ("output padding of the stride", [3, 2, 2, 0, 2, 1]),
        ("nothing left", [3, 2, 1, 2, 0, 1]),
    ] {
        refused(&s.conv_transpose_output_size(size, kernel, stride, padding, more, dilation)?)
            .map_err(about(why))?;
    }
    Ok(())
}

fn is(got: Result<usize, String>, want: usize) -> Verdict {
    let refused = |why| Failure::wrong(format!("expected {want}, got the error {why:?}"));
    equal(&got.map_err(refused)?, &want)
}

fn refused(got: &Result<usize, String>) -> Verdict {
    ensure(got.is_err(), || format!("no error but {got:?}"))
}

fn max_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for window in some_windows(rng) {
        let shape = some_shape(rng);
        let x = negative(rng, shape);
        let got = s.max_pool_forward(x.tensor(), window.clone())?;
        let [height, width] = pooled(x.size(), &window);
        let dy = Array::zeros([shape[0], shape[1], height, width]);
        let (want, _) = max_pool(&x, &dy, &window);
        same(&got, &want, "loops")?;
        let burn = module::max_pool2d(x.tensor(), max_options(&window));
        close(&got, &burn, Tolerance::EXACT).map_err(about("Burn"))?;
    }
    for case in Fixture::load().max_pool {
        let got = s.max_pool_forward(case.x.tensor(), case.window())?;
        same(&got, &case.y, "PyTorch")?;
    }
    Ok(())
}

fn max_options(window: &PoolWindow) -> MaxPoolOptions<2> {
    MaxPoolOptions::new(window.kernel)
        .with_stride(window.stride)
        .with_padding(window.padding)
}

/// A gradient by the output of pooling `x`.
fn random_dy(rng: &mut Rng, x: &Array<4>, window: &PoolWindow) -> Array<4> {
    let [height, width] = pooled(x.size(), window);
    Array::normal(rng, [x.shape[0], x.shape[1], height, width])
}

fn max_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    for window in some_windows(rng) {
        let shape = some_shape(rng);
        let x = negative(rng, shape);
        let dy = random_dy(rng, &x, &window);
        let got = s.max_pool_backward(x.tensor(), dy.tensor(), window.clone())?;
        let (_, want) = max_pool(&x, &dy, &window);
        same(&got, &want, "loops")?;
        let pool = |x| module::max_pool2d(x, max_options(&window));
        let (_, burn) = by_burn(&x, &dy, pool);
        close(&got, &burn, Tolerance::EXACT).map_err(about("Burn's autodiff"))?;
    }
    Ok(())
}

/// Three different values only, then one value only, and PyTorch's images of whole numbers.
fn max_ties(s: &Submission, rng: &mut Rng) -> Verdict {
    for values in [3, 1] {
        for window in some_windows(rng) {
            let shape = some_shape(rng);
            let x = Array::from_fn(shape, |_| rng.below(values) as f64 - 2.0);
            let dy = random_dy(rng, &x, &window);
            let got = s.max_pool_backward(x.tensor(), dy.tensor(), window.clone())?;
            let (_, want) = max_pool(&x, &dy, &window);
            same(&got, &want, "loops")?;
        }
    }
    for case in Fixture::load().max_pool {
        let got = s.max_pool_backward(case.x.tensor(), case.dy.tensor(), case.window())?;
        same(&got, &case.dx, "PyTorch")?;
    }
    Ok(())
}

fn avg_options(window: &PoolWindow, count_include_pad: bool) -> AvgPoolOptions<2> {
    AvgPoolOptions::new(window.kernel)
        .with_stride(window.stride)
        .with_padding(window.padding)
        .with_count_include_pad(count_include_pad)
}

fn average_values(s: &Submission, rng: &mut Rng) -> Verdict {
    for window in some_windows(rng) {
        for count in [true, false] {
            let shape = some_shape(rng);
            let x = negative(rng, shape);
            let got = s.avg_pool_forward(x.tensor(), window.clone(), count)?;
            let want = Links::average(x.size(), &window, count).forward(&x);
            same(&got, &want, "loops")?;
            let burn = module::avg_pool2d(x.tensor(), avg_options(&window, count));
            close(&got, &burn, Tolerance::EXACT).map_err(about("Burn"))?;
        }
    }
    for case in Fixture::load().avg_pool {
        let got = s.avg_pool_forward(case.x.tensor(), case.window(), case.flag)?;
        same(&got, &case.y, "PyTorch")?;
    }
    Ok(())
}

/// The adjoint, by the student's own forward pass too: `<A x, dy> = <x, A^T dy>`.
fn average_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    for window in some_windows(rng) {
        for count in [true, false] {
            let shape = some_shape(rng);
            let x = negative(rng, shape);
            let dy = random_dy(rng, &x, &window);
            let got = s.avg_pool_backward(dy.tensor(), x.size(), window.clone(), count)?;
            let want = Links::average(x.size(), &window, count).backward(&dy);
            same(&got, &want, "loops")?;
            let y = s.avg_pool_forward(x.tensor(), window.clone(), count)?;
            adjoint(&Array::of(&y), &dy, &x, &Array::of(&got))?;
        }
    }
    for case in Fixture::load().avg_pool {
        let (dy, size) = (case.dy.tensor(), case.x.size());
        let got = s.avg_pool_backward(dy, size, case.window(), case.flag)?;
        same(&got, &case.dx, "PyTorch")?;
    }
    Ok(())
}

/// `<y, dy> = <x, dx>`. There are some hundred terms of size 10 at most, so rounding is below 1e-12.
pub(super) fn adjoint(y: &Array<4>, dy: &Array<4>, x: &Array<4>, dx: &Array<4>) -> Verdict {
    equal(&y.shape, &dy.shape).map_err(about("the output's shape"))?;
    equal(&dx.shape, &x.shape).map_err(about("the gradient's shape"))?;
    let (above, below) = (y.dot(dy), x.dot(dx));
    let size = 1.0 + x.dot(x) + dy.dot(dy);
    ensure((above - below).abs() <= 1e-12 * size, || {
        format!("<y, dy> is {above}, <x, dx> is {below}")
    })
}

fn global_average(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape = some_shape(rng);
    let [n, c, _, _] = shape;
    let (x, dy) = (negative(rng, shape), Array::normal(rng, [n, c, 1, 1]));
    let links = Links::global(x.size());
    let got = s.global_avg_pool_forward(x.tensor())?;
    let want = tensor(links.forward(&x).values, [n, c]);
    close(&got, &want, Tolerance::EXACT).map_err(about("forwards"))?;
    let got = s.global_avg_pool_backward(tensor(dy.values.clone(), [n, c]), x.size())?;
    same(&got, &links.backward(&dy), "backwards")
}
