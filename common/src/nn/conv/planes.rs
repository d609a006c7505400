//! Copies between images and planes.

use macerator::{AutoArch, Simd, WithSimd};

use super::super::simd::{Float, MOST_LANES, copy};
use super::geometry::Geometry;

/// Room behind what counts: the widest tile of the kernels reads and writes less than this beyond it.
pub(super) const SLACK: usize = 3 * MOST_LANES;

/// The planes of an image: `[channel][phase][row][column]`, with the padding.
pub(super) fn input_planes(g: &Geometry) -> usize {
    g.groups * g.inputs * g.phases() * g.plane() + SLACK
}

/// Copies an image into its planes. Where the padding is, they are zero before and stay so.
pub(super) fn fill_input<T: Float>(g: &Geometry, image: &[T], planes: &mut [T]) {
    AutoArch::new().dispatch(FillInput { g, image, planes });
}

struct FillInput<'a, T> {
    g: &'a Geometry,
    image: &'a [T],
    planes: &'a mut [T],
}

impl<T: Float> WithSimd for FillInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        each_row(self.g, self.g.plane(), |pixel, step, place, count| {
            let to = &mut self.planes[place..][..count];
            let from = &self.image[pixel..][..(count - 1) * step + 1];
            match step {
                1 => copy::<S, T>(from, to),
                2 => every_second(from, to),
                _ => (0..count).for_each(|i| to[i] = from[step * i]),
            }
        });
    }
}

/// Copies the gradient of an image from planes with [`SLACK`] behind each. Pixels that no kernel reads stay as they are.
pub(super) fn drain_input<T: Float>(g: &Geometry, planes: &[T], image: &mut [T]) {
    AutoArch::new().dispatch(DrainInput { g, planes, image });
}

struct DrainInput<'a, T> {
    g: &'a Geometry,
    planes: &'a [T],
    image: &'a mut [T],
}

impl<T: Float> WithSimd for DrainInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        each_row(
            self.g,
            self.g.plane() + SLACK,
            |pixel, step, place, count| {
                let from = &self.planes[place..][..count];
                let to = &mut self.image[pixel..][..(count - 1) * step + 1];
                match step {
                    1 => copy::<S, T>(from, to),
                    2 => to_every_second(from, to),
                    _ => (0..count).for_each(|i| to[step * i] = from[i]),
                }
            },
        );
    }
}

/// Copies the first, third, fifth number. In pairs, so that the compiler makes vectors of it.
#[inline(always)]
fn every_second<T: Copy>(from: &[T], to: &mut [T]) {
    let (pairs, last) = from.as_chunks::<2>();
    for (to, pair) in to.iter_mut().zip(pairs) {
        *to = pair[0];
    }
    if let ([last], Some(to)) = (last, to.last_mut()) {
        *to = *last;
    }
}

/// The reverse.
#[inline(always)]
fn to_every_second<T: Copy>(from: &[T], to: &mut [T]) {
    let (pairs, last) = to.as_chunks_mut::<2>();
    for (pair, &from) in pairs.iter_mut().zip(from) {
        pair[0] = from;
    }
    if let ([last], Some(&from)) = (last, from.last()) {
        *last = from;
    }
}

/// Calls `row(pixel, step, place, count)` for every row of every plane: `count` pixels, `step` apart, beginning at
/// `pixel` of the image, are at `place` of the planes, which are `stride` apart.
#[inline(always)]
fn each_row(g: &Geometry, stride: usize, mut row: impl FnMut(usize, usize, usize, usize)) {
    let mut plane = 0;
    for channel in 0..g.groups * g.inputs {
        for row_phase in 0..g.rows.phases.len() {
            let (first_row, row_step) = g.rows.pixels(row_phase);
            for column_phase in 0..g.columns.phases.len() {
                let columns = g.columns.inside(column_phase);
                let (first_column, step) = g.columns.pixels(column_phase);
                for (k, i) in g.rows.inside(row_phase).enumerate() {
                    let pixel_row = channel * g.rows.size + first_row + k * row_step;
                    let place = plane * stride + i * g.columns.plane + columns.start;
                    if !columns.is_empty() {
                        let pixel = pixel_row * g.columns.size + first_column;
                        row(pixel, step, place, columns.len());
                    }
                }
                plane += 1;
            }
        }
    }
}

/// The planes of an output's gradient: `[channel][place]`, each with zeros in front, so that the kernel's elements can
/// be taken away from a place, and behind, so that a product with the last vector of an input counts nothing more.
#[derive(Debug, Clone, Copy)]
pub(super) struct OutputPlanes {
    /// Zeros in front of the first output.
    pub head: usize,
    /// From one plane to the next.
    pub stride: usize,
    /// Numbers of all planes of an image.
    pub len: usize,
}

impl OutputPlanes {
    pub fn new(g: &Geometry) -> Self {
        let head = g.rows.reach * g.columns.plane + g.columns.reach;
        let stride = head + g.plane() + MOST_LANES;
        Self {
            head,
            stride,
            len: g.groups * g.outputs * stride + SLACK,
        }
    }

    /// Copies the gradient of an image's output into its planes. Elsewhere they are zero before and stay so.
    pub fn fill<T: Float>(&self, g: &Geometry, output: &[T], planes: &mut [T]) {
        AutoArch::new().dispatch(Rows {
            count: g.rows.out,
            len: g.columns.out,
            from: output,
            from_strides: [g.rows.out * g.columns.out, g.columns.out],
            to: &mut planes[self.head..],
            to_strides: [self.stride, g.columns.plane],
        });
    }
}

/// Copies the outputs of an image out of planes that are `stride` apart.
pub(super) fn drain_output<T: Float>(g: &Geometry, planes: &[T], stride: usize, output: &mut [T]) {
    AutoArch::new().dispatch(Rows {
        count: g.rows.out,
        len: g.columns.out,
        from: planes,
        from_strides: [stride, g.columns.plane],
        to: output,
        to_strides: [g.rows.out * g.columns.out, g.columns.out],
    });
}

/// Rows of planes that lie otherwise where they come from than where they go: the strides are those of planes and rows.
struct Rows<'a, T> {
    /// Rows of a plane.
    count: usize,
    /// Numbers of a row.
    len: usize,
    from: &'a [T],
    from_strides: [usize; 2],
    to: &'a mut [T],
    to_strides: [usize; 2],
}

impl<T: Float> WithSimd for Rows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let planes = self.from.chunks(self.from_strides[0]);
        for (from, to) in planes.zip(self.to.chunks_mut(self.to_strides[0])) {
            let rows = from.chunks(self.from_strides[1]);
            for (from, to) in rows.zip(to.chunks_mut(self.to_strides[1])).take(self.count) {
                copy::<S, T>(&from[..self.len], &mut to[..self.len]);
            }
        }
    }
}
