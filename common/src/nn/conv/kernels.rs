//! The inner loop of the convolution and of its gradient by x, in registers: a few rows by a few vectors at a time.
//!
//! It is a product of matrices whose one factor is never made: the entry at `(t, f)` is `source[taps[t] + f]`.

use std::array::from_fn;

use macerator::{AutoArch, Simd, Vector, WithSimd};

use super::super::simd::{Float, fused, lanes, load, many_registers, store};

/// Rows of weights, of which each gives one channel.
#[derive(Debug)]
pub(super) struct Filters<T> {
    /// Where each weight's number lies, relative to the place.
    pub taps: Vec<usize>,
    /// Tiles of [`heights`] rows, each `[tap][row]`.
    weights: Vec<T>,
    /// What every row starts with.
    bias: Vec<T>,
}

impl<T: Float> Filters<T> {
    /// `weight(row, t)` is the weight of tap `t`.
    pub fn new(bias: Vec<T>, taps: Vec<usize>, weight: impl Fn(usize, usize) -> T) -> Self {
        let mut weights = Vec::with_capacity(bias.len() * taps.len());
        for (first, height) in heights(bias.len()) {
            for t in 0..taps.len() {
                weights.extend((first..first + height).map(|row| weight(row, t)));
            }
        }
        Self {
            taps,
            weights,
            bias,
        }
    }

    /// `out[row stride + f] = bias[row] + sum over t of weight(row, t) source[taps[t] + f]` for `start <= f < end`.
    ///
    /// Reads and writes up to three vectors beyond the end.
    pub fn correlate(&self, source: &[T], start: usize, end: usize, out: &mut [T], stride: usize) {
        AutoArch::new().dispatch(Correlation {
            filters: self,
            source,
            start,
            end,
            out,
            stride,
        });
    }
}

/// Divides rows into tiles: the first row and the height of each.
pub(super) fn heights(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let height = [8, 6, 4, 2, 1].into_iter().find(|&h| h <= rows - first)?;
        first += height;
        Some((first - height, height))
    })
}

struct Correlation<'a, T> {
    filters: &'a Filters<T>,
    source: &'a [T],
    start: usize,
    end: usize,
    out: &'a mut [T],
    stride: usize,
}

impl<T: Float> WithSimd for Correlation<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self) {
        let wide = 3 * lanes::<S, T>();
        let mut f = self.start;
        while f < self.end {
            // One vector less than wide is two single ones.
            if f + wide < self.end + lanes::<S, T>() {
                self.strip::<S, true>(f);
                f += wide;
            } else {
                self.strip::<S, false>(f);
                f += lanes::<S, T>();
            }
        }
    }
}

impl<T: Float> Correlation<'_, T> {
    /// All rows at three vectors of places, or at one.
    #[inline(always)]
    fn strip<S: Simd, const WIDE: bool>(&mut self, f: usize) {
        for (first, height) in heights(self.filters.bias.len()) {
            // Sixteen registers hold four rows of three vectors, or eight of one.
            if WIDE && (height <= 4 || many_registers::<S>()) {
                self.rows::<S, 3>(first, height, f);
            } else if WIDE {
                for i in 0..3 {
                    self.rows::<S, 1>(first, height, f + i * lanes::<S, T>());
                }
            } else {
                self.rows::<S, 1>(first, height, f);
            }
        }
    }

    #[inline(always)]
    fn rows<S: Simd, const WIDTH: usize>(&mut self, first: usize, height: usize, f: usize) {
        match height {
            8 => self.tile::<S, 8, WIDTH>(first, f),
            6 => self.tile::<S, 6, WIDTH>(first, f),
            4 => self.tile::<S, 4, WIDTH>(first, f),
            2 => self.tile::<S, 2, WIDTH>(first, f),
            _ => self.tile::<S, 1, WIDTH>(first, f),
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const WIDTH: usize>(&mut self, first: usize, f: usize) {
        let filters = self.filters;
        let lanes = lanes::<S, T>();
        let bias = &filters.bias[first..][..ROWS];
        let mut sums = [[T::ZERO.splat::<S>(); WIDTH]; ROWS];
        for row in 0..ROWS {
            sums[row] = [bias[row].splat(); WIDTH];
        }
        let (weights, _) = filters.weights[first * filters.taps.len()..].as_chunks::<ROWS>();
        let source = &self.source[f..];
        for (&tap, weights) in filters.taps.iter().zip(weights) {
            let source = &source[tap..][..WIDTH * lanes];
            let values: [Vector<S, T>; WIDTH] = from_fn(|i| load(&source[i * lanes..]));
            for row in 0..ROWS {
                let weight: Vector<S, T> = weights[row].splat();
                for i in 0..WIDTH {
                    sums[row][i] = fused(values[i], weight, sums[row][i]);
                }
            }
        }
        let sums = out_of_registers(&sums);
        for (row, sums) in sums.iter().enumerate() {
            let out = &mut self.out[(first + row) * self.stride + f..][..WIDTH * lanes];
            for (i, &sum) in sums.iter().enumerate() {
                store(sum, &mut out[i * lanes..]);
            }
        }
    }
}

/// A copy, number by number. The compiler keeps an array in registers only if no loop that it does not unroll indexes it;
/// so the loops that come after the sums are complete get this one.
#[inline(always)]
pub(super) fn out_of_registers<V: Copy, const ROWS: usize, const WIDTH: usize>(
    sums: &[[V; WIDTH]; ROWS],
) -> [[V; WIDTH]; ROWS] {
    from_fn(|row| from_fn(|i| sums[row][i]))
}
