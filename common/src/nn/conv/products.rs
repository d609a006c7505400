//! The sums of the gradient by the weight: a few rows by a few rows at a time, in registers.

use std::array::from_fn;

use macerator::{AutoArch, Simd, Vector, WithSimd};

use super::super::simd::{Float, fused, lanes, load, many_registers, store};
use super::kernels::{heights, out_of_registers};

/// One factor: rows of numbers in several images.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a, T> {
    /// All numbers.
    pub numbers: &'a [T],
    /// From one image to the next.
    pub image: usize,
    /// Where each row begins.
    pub begins: &'a [usize],
}

impl<'a, T> Rows<'a, T> {
    /// `N` rows of an image from the `first` on.
    #[inline(always)]
    fn rows<const N: usize>(&self, image: usize, first: usize, length: usize) -> [&'a [T]; N] {
        let image = &self.numbers[image * self.image..];
        let mut rows: [&[T]; N] = [&[]; N];
        for (row, &begin) in rows.iter_mut().zip(&self.begins[first..][..N]) {
            *row = &image[begin..][..length];
        }
        rows
    }
}

/// Work that is divided into tiles of left rows by right rows.
trait Tiles {
    /// Computes the tile of `I` left rows and `J` right ones.
    fn tile<S: Simd, const I: usize, const J: usize>(&mut self, i: usize, j: usize);

    /// All tiles.
    #[inline(always)]
    fn tiles<S: Simd>(&mut self, rows: usize, columns: usize) {
        for (first, height) in heights(rows) {
            match height {
                8 if many_registers::<S>() => self.row_block::<S, 8>(first, columns),
                6 if many_registers::<S>() => self.row_block::<S, 6>(first, columns),
                // Sixteen registers hold the sums of four rows by three.
                8 | 6 | 4 => {
                    self.row_block::<S, 4>(first, columns);
                    match height {
                        8 => self.row_block::<S, 4>(first + 4, columns),
                        6 => self.row_block::<S, 2>(first + 4, columns),
                        _ => {}
                    }
                }
                2 => self.row_block::<S, 2>(first, columns),
                _ => self.row_block::<S, 1>(first, columns),
            }
        }
    }

    /// A few left rows with all right ones.
    #[inline(always)]
    fn row_block<S: Simd, const I: usize>(&mut self, i: usize, columns: usize) {
        let mut j = 0;
        while j < columns {
            match columns - j {
                1 => {
                    self.tile::<S, I, 1>(i, j);
                    j += 1;
                }
                2 | 4 => {
                    self.tile::<S, I, 2>(i, j);
                    j += 2;
                }
                _ => {
                    self.tile::<S, I, 3>(i, j);
                    j += 3;
                }
            }
        }
    }
}

/// Vectors along the places: `sums[i][j] = sum over images and f < length of left[i][f] right[j][f]`, with `sums` as wide
/// as there are right rows.
///
/// Reads up to one vector beyond the length, where the left rows must be zero.
pub(super) struct Inner<'a, T> {
    pub left: Rows<'a, T>,
    pub right: Rows<'a, T>,
    pub images: usize,
    pub length: usize,
    pub sums: &'a mut [T],
}

impl<T: Float> Inner<'_, T> {
    pub fn run(self) {
        AutoArch::new().dispatch(self);
    }
}

impl<T: Float> WithSimd for Inner<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self) {
        let (rows, columns) = (self.left.begins.len(), self.right.begins.len());
        self.tiles::<S>(rows, columns);
    }
}

impl<T: Float> Tiles for Inner<'_, T> {
    #[inline(always)]
    fn tile<S: Simd, const I: usize, const J: usize>(&mut self, i: usize, j: usize) {
        let lanes = lanes::<S, T>();
        let steps = self.length.div_ceil(lanes);
        let mut sums = [[T::ZERO.splat::<S>(); J]; I];
        for image in 0..self.images {
            let left: [&[T]; I] = self.left.rows(image, i, steps * lanes);
            let right: [&[T]; J] = self.right.rows(image, j, steps * lanes);
            for step in 0..steps {
                let f = step * lanes;
                let right: [Vector<S, T>; J] = from_fn(|b| load(&right[b][f..]));
                for a in 0..I {
                    let left: Vector<S, T> = load(&left[a][f..]);
                    for b in 0..J {
                        sums[a][b] = fused(left, right[b], sums[a][b]);
                    }
                }
            }
        }
        let columns = self.right.begins.len();
        for (k, sums) in out_of_registers(&sums).iter().enumerate() {
            let out = &mut self.sums[(i + k) * columns + j..][..J];
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = sum.reduce_add();
            }
        }
    }
}

/// Vectors along the channels: `sums[i][j..] = sum over images and places of left[i][place] right[j][at[place]..]`, where
/// each `j` is a vector, and `sums` as wide as these vectors.
pub(super) struct Outer<'a, T> {
    pub left: Rows<'a, T>,
    pub right: Rows<'a, T>,
    pub images: usize,
    /// Rows and columns of places.
    pub places: [usize; 2],
    /// From one row of places to the next on the right, and from one column.
    pub steps: [usize; 2],
    pub sums: &'a mut [T],
}

impl<T: Float> Outer<'_, T> {
    pub fn run(self) {
        AutoArch::new().dispatch(self);
    }
}

impl<T: Float> WithSimd for Outer<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self) {
        let (rows, columns) = (self.left.begins.len(), self.right.begins.len());
        self.tiles::<S>(rows, columns);
    }
}

impl<T: Float> Tiles for Outer<'_, T> {
    #[inline(always)]
    fn tile<S: Simd, const I: usize, const J: usize>(&mut self, i: usize, j: usize) {
        let lanes = lanes::<S, T>();
        let ([rows, columns], [down, across]) = (self.places, self.steps);
        let reach = (rows - 1) * down + (columns - 1) * across + lanes;
        let mut sums = [[T::ZERO.splat::<S>(); J]; I];
        for image in 0..self.images {
            let left: [&[T]; I] = self.left.rows(image, i, rows * columns);
            let right: [&[T]; J] = self.right.rows(image, j, reach);
            let mut place = 0;
            for row in 0..rows {
                let mut at = row * down;
                for _ in 0..columns {
                    let right: [Vector<S, T>; J] = from_fn(|b| load(&right[b][at..]));
                    for a in 0..I {
                        let left: Vector<S, T> = left[a][place].splat();
                        for b in 0..J {
                            sums[a][b] = fused(left, right[b], sums[a][b]);
                        }
                    }
                    place += 1;
                    at += across;
                }
            }
        }
        let width = self.right.begins.len() * lanes;
        for (k, sums) in out_of_registers(&sums).iter().enumerate() {
            let out = &mut self.sums[(i + k) * width + j * lanes..][..J * lanes];
            for (b, &sum) in sums.iter().enumerate() {
                store(sum, &mut out[b * lanes..]);
            }
        }
    }
}
