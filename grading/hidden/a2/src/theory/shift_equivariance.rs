//! A2.2: which shifts commute with a stride.

use a2_cnn::theory::ShiftEquivariance;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("not_moved", |e: &ShiftEquivariance| {
            [Some(window(e, 4)), None]
        })
        .mistake("moved_by_whole_places", |e: &ShiftEquivariance| {
            [Some(window(e, 2 * (2 - e.shift / 2))), None]
        })
        .mistake("kernel_turned", |e: &ShiftEquivariance| {
            let [w0, w1, w2] = e.kernel;
            let kernel = [w2, w1, w0];
            [
                Some(window(&ShiftEquivariance { kernel, ..*e }, 4 - e.shift)),
                None,
            ]
        })
        .mistake("product_of_all", |e: &ShiftEquivariance| {
            [None, Some(e.strides.iter().product::<usize>() as f64)]
        })
        .mistake("multiple_of_each", |e: &ShiftEquivariance| {
            let [a, b, c] = e.strides;
            [None, Some(multiple(multiple(a, b), c) as f64)]
        })
        .mistake("first_branch_alone", |e: &ShiftEquivariance| {
            [None, Some((e.strides[0] * e.strides[1]) as f64)]
        })
        .mistake("largest_stride", |e: &ShiftEquivariance| {
            let largest = e.strides.into_iter().max();
            [None, largest.map(|stride| stride as f64)]
        })
}

/// The sum under the kernel that starts at `first`.
fn window(e: &ShiftEquivariance, first: usize) -> f64 {
    let pairs = e.kernel.iter().zip(&e.signal[first..]);
    pairs.map(|(w, x)| w * x).sum()
}

/// The least common multiple.
fn multiple(a: usize, b: usize) -> usize {
    let (mut large, mut small) = (a, b);
    while small > 0 {
        (large, small) = (small, large % small);
    }
    a / large * b
}

fn right(e: &ShiftEquivariance) -> [f64; 2] {
    let [first, second, other] = e.strides;
    let least = multiple(first * second, other);
    [window(e, 4 - e.shift), least as f64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// A strided convolution of an endless signal.
    fn convolved(x: impl Fn(isize) -> f64, stride: usize, kernel: &[f64]) -> impl Fn(isize) -> f64 {
        move |i| {
            let taps = (i * stride as isize..).zip(kernel);
            taps.map(|(at, w)| w * x(at)).sum()
        }
    }

    /// Whether `after` is `before` moved by some whole number of places.
    fn moved(before: &dyn Fn(isize) -> f64, after: &dyn Fn(isize) -> f64) -> bool {
        (0..50).any(|by| (0..100).all(|i| after(i) == before(i - by)))
    }

    /// Whole numbers without an order, so that equal sums are equal bit for bit, and no others.
    fn wave(at: isize) -> f64 {
        (7 * at * at + 3 * at).rem_euclid(997) as f64
    }

    /// The outputs of both branches for the wave, moved by `by`.
    fn branches(e: &ShiftEquivariance, by: isize) -> [Box<dyn Fn(isize) -> f64>; 2] {
        let [first, second, other] = e.strides;
        let x = move |at: isize| wave(at - by);
        let inner = convolved(x, first, &[1.0, 2.0, 5.0]);
        [
            Box::new(convolved(inner, second, &[3.0, 1.0])),
            Box::new(convolved(x, other, &[1.0, 4.0])),
        ]
    }

    #[test]
    fn trying_every_shift_agrees() {
        agrees(
            right,
            |e: &ShiftEquivariance| {
                let x = |at: isize| usize::try_from(at).map_or(0.0, |i| e.signal[i]);
                let z = convolved(|at| x(at - e.shift as isize), 2, &e.kernel)(2);

                let [deep, flat] = branches(e, 0);
                let follow = |by: &isize| {
                    let [deeper, flatter] = branches(e, *by);
                    moved(&deep, &deeper) && moved(&flat, &flatter)
                };
                [z, (1..).find(follow).unwrap_or(0) as f64]
            },
            1e-12,
        );
    }
}
