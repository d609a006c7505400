//! The convolution with the vectors along the output channels.
//!
//! An image is kept pixel by pixel, and every output channel of a place is the sum of its patch's numbers times their
//! weights. Unlike the way along the places it computes nothing at the ends of the rows, but its outputs have to be brought
//! in order again: it pays where the rows are short.

use macerator::{AutoArch, Simd, WithSimd};

use super::super::simd::{Float, lanes_here};
use super::geometry::Geometry;
use super::kernels::heights;
use super::pixels::Pixels;
use super::products::{Outer, Rows};

/// A convolution's weights, with the output channels of every group padded to whole vectors.
#[derive(Debug)]
pub(super) struct Channels<T> {
    pixels: Pixels,
    /// `[group][kernel row][kernel column][input][output]`.
    weights: Vec<T>,
    bias: Vec<T>,
    /// Output channels of a group, padded.
    width: usize,
    /// Where each vector of output channels begins.
    vectors: Vec<usize>,
    /// Where the patch of each place begins.
    patches: Vec<usize>,
}

/// Whether this way is faster than that along the places, which computes `span` places of an image.
pub(super) fn pays<T: Float>(g: &Geometry, span: usize) -> bool {
    pays_with(g, span, lanes_here::<T>())
}

/// The same with vectors of so many lanes.
fn pays_with(g: &Geometry, span: usize, lanes: usize) -> bool {
    let run = g.columns.kernel * g.inputs;
    // To go to the next row of the kernel costs as much as some numbers more of it.
    let by_channels = g.rows.out * g.columns.out * g.outputs.div_ceil(lanes) * (run + 16);
    let by_places = span.div_ceil(lanes) * g.outputs * run;
    is_possible(g) && by_channels <= by_places
}

/// With a dilation a row of the kernel reads pixels that are no neighbours.
fn is_possible(g: &Geometry) -> bool {
    g.columns.dilation == 1
}

impl<T: Float> Channels<T> {
    pub fn new(g: &Geometry, weight: &[T], bias: Option<&[T]>) -> Self {
        let lanes = lanes_here::<T>();
        let pixels = Pixels::new(g);
        let vectors = g.outputs.div_ceil(lanes);
        let (down, across) = (g.rows.stride * pixels.row, g.columns.stride * g.inputs);
        let row = |i: usize| (0..g.columns.out).map(move |j| i * down + j * across);
        Self {
            pixels,
            weights: in_order(g, weight, vectors * lanes),
            bias: bias.map_or_else(|| vec![T::ZERO; g.groups * g.outputs], <[T]>::to_vec),
            width: vectors * lanes,
            vectors: (0..vectors).map(|v| v * lanes).collect(),
            patches: (0..g.rows.out).flat_map(row).collect(),
        }
    }

    /// Room for the pixels of an image and for its outputs.
    pub fn scratch(&self) -> [Vec<T>; 2] {
        [self.pixels.len, self.patches.len() * self.width].map(|len| vec![T::ZERO; len])
    }

    /// Writes the outputs of an image.
    pub fn image(&self, g: &Geometry, x: &[T], [pixels, sums]: &mut [Vec<T>; 2], y: &mut [T]) {
        self.pixels.fill(g, x, pixels);
        let run = g.columns.kernel * g.inputs;
        let outputs = y.chunks_exact_mut(g.outputs * self.patches.len());
        for (group, y) in outputs.enumerate() {
            // The rows of the kernel take the part of the images, and the numbers of one that of the places.
            Outer {
                left: Rows {
                    numbers: &pixels[group * self.pixels.group..],
                    image: g.rows.dilation * self.pixels.row,
                    begins: &self.patches,
                },
                right: Rows {
                    numbers: &self.weights[group * g.elements() * self.width..],
                    image: run * self.width,
                    begins: &self.vectors,
                },
                images: g.rows.kernel,
                places: [1, run],
                steps: [0, self.width],
                sums,
            }
            .run();
            AutoArch::new().dispatch(Drain {
                sums,
                width: self.width,
                bias: &self.bias[group * g.outputs..][..g.outputs],
                places: self.patches.len(),
                y,
            });
        }
    }
}

/// The weights as [`Channels`] has them.
fn in_order<T: Float>(g: &Geometry, weight: &[T], width: usize) -> Vec<T> {
    let kernel = g.rows.kernel * g.columns.kernel;
    let mut weights = vec![T::ZERO; g.groups * g.elements() * width];
    for (o, from) in weight.chunks_exact(g.elements()).enumerate() {
        let (group, o) = (o / g.outputs, o % g.outputs);
        let to = &mut weights[group * g.elements() * width + o..];
        for (i, &weight) in from.iter().enumerate() {
            let (c, element) = (i / kernel, i % kernel);
            to[(element * g.inputs + c) * width] = weight;
        }
    }
    weights
}

/// `y[o][place] = sums[place][o] + bias[o]`.
struct Drain<'a, T> {
    sums: &'a [T],
    width: usize,
    bias: &'a [T],
    places: usize,
    y: &'a mut [T],
}

impl<T: Float> WithSimd for Drain<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self) {
        for (first, height) in heights(self.bias.len()) {
            match height {
                8 => self.channels::<8>(first),
                6 => self.channels::<6>(first),
                4 => self.channels::<4>(first),
                2 => self.channels::<2>(first),
                _ => self.channels::<1>(first),
            }
        }
    }
}

impl<T: Float> Drain<'_, T> {
    /// Some channels, which are neighbours in every place.
    #[inline(always)]
    fn channels<const N: usize>(&mut self, first: usize) {
        let places = self.places;
        let bias = &self.bias[first..][..N];
        let y = &mut self.y[first * places..][..N * places];
        for (place, sums) in self.sums.chunks_exact(self.width).enumerate() {
            let sums = &sums[first..][..N];
            for c in 0..N {
                y[c * places + place] = sums[c] + bias[c];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{TIGHT, cases, numbers};
    use super::*;
    use crate::check::close_values;

    /// Also where it would not pay.
    #[test]
    fn it_is_the_loops() {
        let all = cases().map(|(case, _)| (case.geometry(), case));
        for (g, case) in all.filter(|(g, _)| is_possible(g)) {
            let bias = case.bias.as_ref().map(numbers);
            let channels = Channels::new(&g, &numbers(&case.weight), bias.as_deref());
            let mut scratch = channels.scratch();
            let mut y = vec![0.0; g.images * g.output()];
            let x = numbers(&case.x);
            for (x, y) in x
                .chunks_exact(g.image())
                .zip(y.chunks_exact_mut(g.output()))
            {
                channels.image(&g, x, &mut scratch, y);
            }
            close_values(&y, &numbers(&case.by_loops()), TIGHT)
                .unwrap_or_else(|e| panic!("{e:?} {:?}", case.options));
        }
    }

    #[test]
    fn it_pays_on_small_maps_with_many_channels() {
        let pays = |channels: usize, size: usize, dilation: usize, lanes: usize| {
            let options = super::super::ConvOptions {
                padding: [dilation; 2],
                dilation: [dilation; 2],
                ..Default::default()
            };
            let (x, weight) = ([1, channels, size, size], [channels, channels, 3, 3]);
            let g = Geometry::new(x, weight, &options);
            pays_with(&g, g.span(), lanes)
        };
        for lanes in [8, 16] {
            assert!(pays(64, 8, 1, lanes));
            assert!(pays(128, 4, 1, lanes));
            assert!(!pays(64, 8, 2, lanes), "not possible");
            assert!(!pays(16, 32, 1, lanes), "hardly a place is in vain");
            assert!(!pays(1, 8, 1, lanes), "most of a vector would be");
        }
    }
}
