//! The gradients of the convolution by its input, its weight and its bias.

use rayon::prelude::*;

use super::super::simd::Float;
use super::forward::{SERIAL, taps};
use super::geometry::Geometry;
use super::kernels::{Filters, Rows, products};
use super::planes::{OutputPlanes, SLACK, drain_input, fill_input, input_planes};

/// Which gradients are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub x: bool,
    pub weight: bool,
    pub bias: bool,
}

/// Gradients, each empty when not wanted.
#[derive(Debug)]
pub(super) struct Gradients<T> {
    pub x: Vec<T>,
    pub weight: Vec<T>,
    pub bias: Vec<T>,
}

/// `dy` is the gradient by the output. The others as in [`forward`](super::forward::forward).
///
/// The batch is cut into parts that depend on the sizes alone. Each part sums over its images, and the parts' sums are
/// added in their order, so the result does not depend on the number of threads.
pub(super) fn backward<T: Float>(
    g: &Geometry,
    x: &[T],
    weight: &[T],
    dy: &[T],
    wanted: Wanted,
) -> Gradients<T> {
    let mut dx = vec![T::ZERO; if wanted.x { x.len() } else { 0 }];
    let channels = g.groups * g.outputs;
    let zeros = |yes: bool, len: usize| vec![T::ZERO; if yes { len } else { 0 }];
    let mut sums = Gradients {
        x: Vec::new(),
        weight: zeros(wanted.weight, weight.len()),
        bias: zeros(wanted.bias, channels),
    };
    if g.output() == 0 || g.images == 0 {
        sums.x = dx;
        return sums;
    }
    let part = Part {
        g,
        planes: OutputPlanes::new(g),
        taps: taps(g),
        filters: if wanted.x {
            filters(g, weight)
        } else {
            Vec::new()
        },
        wanted,
    };
    let images = g.images.div_ceil(parts(g));
    let chunks = x
        .par_chunks(images * g.image())
        .zip(dy.par_chunks(images * g.output()));
    let run = |x: &[T], dy: &[T], dx: &mut [T]| part.run(x, dy, dx);
    let all: Vec<Gradients<T>> = if wanted.x {
        let chunks = chunks.zip(dx.par_chunks_mut(images * g.image()));
        chunks.map(|((x, dy), dx)| run(x, dy, dx)).collect()
    } else {
        chunks.map(|(x, dy)| run(x, dy, &mut [])).collect()
    };
    for part in all {
        add(&mut sums.weight, &part.weight);
        add(&mut sums.bias, &part.bias);
    }
    sums.x = dx;
    sums
}

fn add<T: Float>(to: &mut [T], from: &[T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = *to + from;
    }
}

/// Into how many parts the batch is cut.
fn parts(g: &Geometry) -> usize {
    let enough = (g.images * g.span()).div_ceil(512);
    enough.min(16).min(g.images)
}

struct Part<'a, T> {
    g: &'a Geometry,
    planes: OutputPlanes,
    taps: Vec<usize>,
    filters: Vec<Vec<Filters<T>>>,
    wanted: Wanted,
}

impl<T: Float> Part<'_, T> {
    /// The gradients of some images.
    fn run(&self, x: &[T], dy: &[T], dx: &mut [T]) -> Gradients<T> {
        let g = self.g;
        let images = dy.len() / g.output();
        let mut outputs = vec![T::ZERO; images * self.planes.len];
        for (from, to) in dy
            .chunks_exact(g.output())
            .zip(outputs.chunks_exact_mut(self.planes.len))
        {
            self.planes.fill(g, from, to);
        }
        if self.wanted.x {
            let mut input = vec![T::ZERO; g.groups * g.inputs * g.phases() * (g.plane() + SLACK)];
            for (planes, dx) in outputs
                .chunks_exact(self.planes.len)
                .zip(dx.chunks_exact_mut(g.image()))
            {
                self.input(planes, &mut input);
                drain_input(g, &input, dx);
            }
        }
        Gradients {
            x: Vec::new(),
            weight: if self.wanted.weight {
                self.weight(x, &outputs, images)
            } else {
                Vec::new()
            },
            bias: if self.wanted.bias {
                self.bias(dy)
            } else {
                Vec::new()
            },
        }
    }

    /// The gradient by the planes of one image, with [`SLACK`] behind each: a convolution of the output's gradient with
    /// the kernel turned by half.
    fn input(&self, outputs: &[T], input: &mut [T]) {
        let g = self.g;
        let stride = g.plane() + SLACK;
        for (group, filters) in self.filters.iter().enumerate() {
            let source = &outputs[group * g.outputs * self.planes.stride..];
            for (phase, filters) in filters.iter().enumerate() {
                let rows = g.rows.inside(phase / g.columns.phases.len());
                let columns = g.columns.inside(phase % g.columns.phases.len());
                if rows.is_empty() || columns.is_empty() {
                    continue;
                }
                let start = rows.start * g.columns.plane + columns.start;
                let end = (rows.end - 1) * g.columns.plane + columns.end;
                let plane = group * g.inputs * g.phases() + phase;
                let out = &mut input[plane * stride..];
                filters.correlate(source, start, end, out, g.phases() * stride);
            }
        }
    }

    fn weight(&self, x: &[T], outputs: &[T], images: usize) -> Vec<T> {
        let g = self.g;
        let image = input_planes(g);
        let mut inputs = vec![T::ZERO; images * image];
        for (from, to) in x
            .chunks_exact(g.image())
            .zip(inputs.chunks_exact_mut(image))
        {
            fill_input(g, from, to);
        }
        let mut sums = vec![T::ZERO; g.groups * g.outputs * g.elements()];
        for (group, sums) in sums.chunks_exact_mut(g.outputs * g.elements()).enumerate() {
            let first = group * g.outputs;
            let begins: Vec<usize> = (first..first + g.outputs)
                .map(|o| o * self.planes.stride + self.planes.head)
                .collect();
            let left = Rows {
                numbers: outputs,
                image: self.planes.len,
                begins: &begins,
            };
            let right = Rows {
                numbers: &inputs[group * g.inputs * g.phases() * g.plane()..],
                image,
                begins: &self.taps,
            };
            products(left, right, images, g.span(), sums);
        }
        sums
    }

    fn bias(&self, dy: &[T]) -> Vec<T> {
        let g = self.g;
        let mut sums = vec![T::ZERO; g.groups * g.outputs];
        for image in dy.chunks_exact(g.output()) {
            for (sum, channel) in sums
                .iter_mut()
                .zip(image.chunks_exact(g.rows.out * g.columns.out))
            {
                *sum = *sum + sum_of(channel);
            }
        }
        sums
    }
}

/// In sixteen sums, so that the additions do not wait for each other.
fn sum_of<T: Float>(numbers: &[T]) -> T {
    let mut sums = [T::ZERO; 16];
    let chunks = numbers.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (sum, &number) in sums.iter_mut().zip(chunk) {
            *sum = *sum + number;
        }
    }
    let all = sums.iter().chain(rest);
    all.fold(T::ZERO, |sum, &number| sum + number)
}

/// For every group and phase: the weights with inputs and outputs exchanged.
fn filters<T: Float>(g: &Geometry, weight: &[T]) -> Vec<Vec<Filters<T>>> {
    let planes = OutputPlanes::new(g);
    let kernel = g.kernel();
    let one = |group: usize, phase: usize| {
        let mut taps = Vec::new();
        let mut places = Vec::new();
        for o in 0..g.outputs {
            for (element, &(at, beyond)) in kernel.iter().enumerate() {
                if at == phase {
                    taps.push(o * planes.stride + planes.head - beyond);
                    places.push((group * g.outputs + o) * g.elements() + element);
                }
            }
        }
        Filters::new(vec![T::ZERO; g.inputs], taps, |c, t| {
            weight[places[t] + c * kernel.len()]
        })
    };
    (0..g.groups)
        .map(|group| (0..g.phases()).map(|phase| one(group, phase)).collect())
        .collect()
}
