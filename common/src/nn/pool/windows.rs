//! Windows of images and what is made of each: the largest number, or the mean.

use macerator::{AutoArch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::flex::SERIAL;
use super::super::simd::Float;

/// Windows of planes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    /// Rows and columns of a plane.
    pub size: [usize; 2],
    /// Of a window.
    pub kernel: [usize; 2],
    /// From one window to the next.
    pub stride: [usize; 2],
    /// How many windows there are.
    pub out: [usize; 2],
}

impl Windows {
    /// # Panics
    /// With a sentence when there is no window.
    pub fn new(size: [usize; 2], kernel: [usize; 2], stride: [usize; 2]) -> Self {
        let fits = (0..2).all(|a| kernel[a] > 0 && stride[a] > 0 && kernel[a] <= size[a]);
        assert!(
            fits,
            "pooling: windows of {kernel:?}, every {stride:?}, do not fit into an image of {size:?}"
        );
        Self {
            size,
            kernel,
            stride,
            out: [0, 1].map(|a| (size[a] - kernel[a]) / stride[a] + 1),
        }
    }

    fn input(&self) -> usize {
        self.size[0] * self.size[1]
    }

    fn output(&self) -> usize {
        self.out[0] * self.out[1]
    }

    fn area(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// The first number of every window, in their order.
    fn corners(self) -> impl Iterator<Item = usize> {
        let [rows, columns] = self.out;
        (0..rows).flat_map(move |i| {
            let row = i * self.stride[0] * self.size[1];
            (0..columns).map(move |j| row + j * self.stride[1])
        })
    }

    /// How many planes one thread takes at least.
    fn planes_at_least(&self) -> usize {
        (SERIAL / (self.output() * self.area()).max(1)).max(1)
    }

    /// The largest number of every window of the planes, and where in its plane it is. Of equal ones the first; a NaN is
    /// larger than all.
    pub fn largest<T: Float>(&self, x: &[T]) -> (Vec<T>, Vec<u32>) {
        let count = x.len() / self.input() * self.output();
        let (mut y, mut places) = (vec![T::ZERO; count], vec![0; count]);
        x.par_chunks_exact(self.input())
            .zip(y.par_chunks_exact_mut(self.output()))
            .zip(places.par_chunks_exact_mut(self.output()))
            .with_min_len(self.planes_at_least())
            .for_each(|((x, y), places)| {
                AutoArch::new().dispatch(Largest {
                    windows: self,
                    x,
                    y,
                    places,
                });
            });
        (y, places)
    }

    /// The gradient of [`largest`](Self::largest): every output's goes where its number was.
    pub fn to_largest<T: Float>(self, dy: &[T], places: &[u32]) -> Vec<T> {
        let mut dx = vec![T::ZERO; dy.len() / self.output() * self.input()];
        dx.par_chunks_exact_mut(self.input())
            .zip(dy.par_chunks_exact(self.output()))
            .zip(places.par_chunks_exact(self.output()))
            .with_min_len(self.planes_at_least())
            .for_each(|((dx, dy), places)| {
                for (&dy, &place) in dy.iter().zip(places) {
                    let dx = &mut dx[place as usize];
                    *dx = *dx + dy;
                }
            });
        dx
    }

    /// The mean of every window of the planes.
    pub fn means<T: Float>(&self, x: &[T]) -> Vec<T> {
        let mut y = vec![T::ZERO; x.len() / self.input() * self.output()];
        let share = T::from_f64(1.0 / self.area() as f64);
        x.par_chunks_exact(self.input())
            .zip(y.par_chunks_exact_mut(self.output()))
            .with_min_len(self.planes_at_least())
            .for_each(|(x, y)| {
                for (corner, y) in self.corners().zip(y) {
                    for p in 0..self.kernel[0] {
                        let row = &x[corner + p * self.size[1]..][..self.kernel[1]];
                        *y = row.iter().fold(*y, |sum, &number| sum + number);
                    }
                    *y = *y * share;
                }
            });
        y
    }

    /// The gradient of [`means`](Self::means): every number of a window gets the same.
    pub fn to_all<T: Float>(self, dy: &[T]) -> Vec<T> {
        let mut dx = vec![T::ZERO; dy.len() / self.output() * self.input()];
        let share = T::from_f64(1.0 / self.area() as f64);
        dx.par_chunks_exact_mut(self.input())
            .zip(dy.par_chunks_exact(self.output()))
            .with_min_len(self.planes_at_least())
            .for_each(|(dx, dy)| {
                for (corner, &dy) in self.corners().zip(dy) {
                    for p in 0..self.kernel[0] {
                        let row = &mut dx[corner + p * self.size[1]..][..self.kernel[1]];
                        row.iter_mut().for_each(|dx| *dx = *dx + dy * share);
                    }
                }
            });
        dx
    }
}

/// [`Windows::largest`] of one plane.
struct Largest<'a, T> {
    windows: &'a Windows,
    x: &'a [T],
    y: &'a mut [T],
    places: &'a mut [u32],
}

impl<T: Float> WithSimd for Largest<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        match (self.windows.kernel, self.windows.stride) {
            ([2, 2], [2, 2]) => self.of_four(),
            _ => self.of_all(),
        }
    }
}

impl<T: Float> Largest<'_, T> {
    #[inline(always)]
    fn of_all(self) {
        let Windows { size, kernel, .. } = *self.windows;
        let outputs = self.y.iter_mut().zip(self.places);
        for (corner, (y, place)) in self.windows.corners().zip(outputs) {
            let mut best = (self.x[corner], corner as u32);
            for p in 0..kernel[0] {
                let first = corner + p * size[1];
                for (q, &number) in self.x[first..][..kernel[1]].iter().enumerate() {
                    best = larger(best, (number, (first + q) as u32));
                }
            }
            (*y, *place) = best;
        }
    }

    /// Windows of two by two side by side, which vectors can do.
    #[inline(always)]
    fn of_four(self) {
        let Windows { size, out, .. } = *self.windows;
        let rows = self
            .y
            .chunks_exact_mut(out[1])
            .zip(self.places.chunks_exact_mut(out[1]));
        for (i, (y, places)) in rows.enumerate() {
            let first = 2 * i * size[1];
            let (upper, _) = self.x[first..][..size[1]].as_chunks::<2>();
            let (lower, _) = self.x[first + size[1]..][..size[1]].as_chunks::<2>();
            let (mut at, below) = (first as u32, size[1] as u32);
            let fours = upper.iter().zip(lower);
            for ((y, place), (&[a, b], &[c, d])) in y.iter_mut().zip(places).zip(fours) {
                let best = larger((a, at), (b, at.wrapping_add(1)));
                let under = at.wrapping_add(below);
                let best = larger(best, (c, under));
                (*y, *place) = larger(best, (d, under.wrapping_add(1)));
                at = at.wrapping_add(2);
            }
        }
    }
}

#[inline(always)]
fn larger<T: Float>(best: (T, u32), other: (T, u32)) -> (T, u32) {
    let wins = other.0 > best.0 || other.0.is_nan();
    (
        if wins { other.0 } else { best.0 },
        if wins { other.1 } else { best.1 },
    )
}
