//! Copies between images and planes.

use super::super::simd::{Float, MOST_LANES};
use super::geometry::Geometry;

/// Room behind what counts: the widest tile of the kernels reads and writes less than this beyond it.
pub(super) const SLACK: usize = 3 * MOST_LANES;

/// The planes of an image: `[channel][phase][row][column]`, with the padding.
pub(super) fn input_planes(g: &Geometry) -> usize {
    g.groups * g.inputs * g.phases() * g.plane() + SLACK
}

/// Copies an image into its planes. Where the padding is, they are zero before and stay so.
pub(super) fn fill_input<T: Float>(g: &Geometry, image: &[T], planes: &mut [T]) {
    each_row(g, g.plane(), |pixel, step, place, count| {
        let to = &mut planes[place..][..count];
        match step {
            1 => to.copy_from_slice(&image[pixel..][..count]),
            _ => {
                let from = image[pixel..].iter().step_by(step);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    });
}

/// Copies the gradient of an image from planes with [`SLACK`] behind each. Pixels that no kernel reads stay as they are.
pub(super) fn drain_input<T: Float>(g: &Geometry, planes: &[T], image: &mut [T]) {
    each_row(g, g.plane() + SLACK, |pixel, step, place, count| {
        let from = &planes[place..][..count];
        match step {
            1 => image[pixel..][..count].copy_from_slice(from),
            _ => {
                let to = image[pixel..].iter_mut().step_by(step);
                to.zip(from).for_each(|(to, from)| *to = *from);
            }
        }
    });
}

/// Calls `row(pixel, step, place, count)` for every row of every plane: `count` pixels, `step` apart, beginning at
/// `pixel` of the image, are at `place` of the planes, which are `stride` apart.
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
        let (out, width) = (g.columns.out, g.columns.plane);
        for (o, channel) in output.chunks_exact(g.rows.out * out).enumerate() {
            let plane = &mut planes[o * self.stride + self.head..];
            for (from, to) in channel.chunks_exact(out).zip(plane.chunks_mut(width)) {
                to[..out].copy_from_slice(from);
            }
        }
    }
}

/// Copies the outputs of an image out of planes that are `stride` apart.
pub(super) fn drain_output<T: Float>(g: &Geometry, planes: &[T], stride: usize, output: &mut [T]) {
    let (out, width) = (g.columns.out, g.columns.plane);
    for (o, channel) in output.chunks_exact_mut(g.rows.out * out).enumerate() {
        let plane = &planes[o * stride..];
        for (to, from) in channel.chunks_exact_mut(out).zip(plane.chunks(width)) {
            to.copy_from_slice(&from[..out]);
        }
    }
}
