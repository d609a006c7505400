//! Images kept pixel by pixel, all channels of a pixel together.

use macerator::{AutoArch, Simd, WithSimd};

use super::super::simd::Float;
use super::geometry::Geometry;
use super::kernels::heights;
use super::planes::SLACK;

/// Where the numbers of an image lie: `[group][row][column][channel]`, with the padding, and only as far as they are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixels {
    /// From one row to the next.
    pub row: usize,
    /// From one group to the next.
    pub group: usize,
    /// Numbers of an image, with room for a vector behind them.
    pub len: usize,
}

impl Pixels {
    pub fn new(g: &Geometry) -> Self {
        let row = g.columns.read() * g.inputs;
        let group = g.rows.read() * row;
        Self {
            row,
            group,
            len: g.groups * group + SLACK,
        }
    }

    /// Copies an image. Where the padding is, the numbers are zero before and stay so.
    pub fn fill<T: Float>(self, g: &Geometry, image: &[T], pixels: &mut [T]) {
        let fill = Fill {
            layout: self,
            g,
            image,
            pixels,
        };
        AutoArch::new().dispatch(fill);
    }
}

struct Fill<'a, T> {
    layout: Pixels,
    g: &'a Geometry,
    image: &'a [T],
    pixels: &'a mut [T],
}

impl<T: Float> WithSimd for Fill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self) {
        for group in 0..self.g.groups {
            for (first, height) in heights(self.g.inputs) {
                match height {
                    8 => self.channels::<8>(group, first),
                    6 => self.channels::<6>(group, first),
                    4 => self.channels::<4>(group, first),
                    2 => self.channels::<2>(group, first),
                    _ => self.channels::<1>(group, first),
                }
            }
        }
    }
}

impl<T: Float> Fill<'_, T> {
    /// Some channels, of which each pixel gets all at once.
    #[inline(always)]
    fn channels<const N: usize>(&mut self, group: usize, first: usize) {
        let Pixels {
            row, group: size, ..
        } = self.layout;
        let (g, rows, columns) = (self.g, &self.g.rows, &self.g.columns);
        let count = columns
            .read()
            .saturating_sub(columns.padding)
            .min(columns.size);
        let begin = group * size + rows.padding * row + columns.padding * g.inputs + first;
        let image = &self.image[(group * g.inputs + first) * rows.size * columns.size..];
        for i in 0..rows.read().saturating_sub(rows.padding).min(rows.size) {
            let mut from: [&[T]; N] = [&[]; N];
            for (c, from) in from.iter_mut().enumerate() {
                *from = &image[(c * rows.size + i) * columns.size..][..count];
            }
            let pixels = self.pixels[begin + i * row..].chunks_mut(g.inputs);
            for (j, pixel) in pixels.take(count).enumerate() {
                let to = &mut pixel[..N];
                for c in 0..N {
                    to[c] = from[c][j];
                }
            }
        }
    }
}
