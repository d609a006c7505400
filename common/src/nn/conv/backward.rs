//! The gradients of the convolution by its input, its weight and its bias.

use rayon::prelude::*;

use super::super::simd::Float;
use super::forward::taps;
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
    let zeros = |yes: bool, len: usize| vec![T::ZERO; if yes { len } else { 0 }];
    let mut dx = zeros(wanted.x, x.len());
    let mut sums = Sums {
        weight: zeros(wanted.weight, weight.len()),
        bias: zeros(wanted.bias, g.groups * g.outputs),
    };
    if dy.is_empty() {
        return sums.with(dx);
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
    if x.is_empty() {
        // The image is all padding.
        sums.bias = if wanted.bias {
            part.bias(dy)
        } else {
            sums.bias
        };
        return sums.with(dx);
    }
    let images = g.images.div_ceil(parts(g));
    let chunks = x
        .par_chunks(images * g.image())
        .zip(dy.par_chunks(images * g.output()));
    let scratch = || part.scratch(images);
    let all: Vec<Sums<T>> = if wanted.x {
        let chunks = chunks.zip(dx.par_chunks_mut(images * g.image()));
        let run = |scratch: &mut Scratch<T>, ((x, dy), dx)| part.run(scratch, x, dy, dx);
        chunks.map_init(scratch, run).collect()
    } else {
        let run = |scratch: &mut Scratch<T>, (x, dy)| part.run(scratch, x, dy, &mut []);
        chunks.map_init(scratch, run).collect()
    };
    for part in all {
        add(&mut sums.weight, &part.weight);
        add(&mut sums.bias, &part.bias);
    }
    sums.with(dx)
}

/// The gradients that are sums over images.
struct Sums<T> {
    weight: Vec<T>,
    bias: Vec<T>,
}

impl<T> Sums<T> {
    fn with(self, x: Vec<T>) -> Gradients<T> {
        let Self { weight, bias } = self;
        Gradients { x, weight, bias }
    }
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

/// Room that the parts which one thread works on use one after another.
struct Scratch<T> {
    /// The planes of the images of a part.
    inputs: Vec<T>,
    /// The planes of the gradients by their outputs.
    outputs: Vec<T>,
    /// The planes of the gradient by one image.
    input: Vec<T>,
}

impl<T: Float> Part<'_, T> {
    fn scratch(&self, images: usize) -> Scratch<T> {
        let (g, wanted) = (self.g, self.wanted);
        let zeros = |yes: bool, len: usize| vec![T::ZERO; if yes { len } else { 0 }];
        let with_slack = g.groups * g.inputs * g.phases() * (g.plane() + SLACK);
        Scratch {
            inputs: zeros(wanted.weight, images * input_planes(g)),
            outputs: zeros(wanted.weight || wanted.x, images * self.planes.len),
            input: zeros(wanted.x, with_slack),
        }
    }

    /// The gradients of some images: writes those by the images, gives the others.
    fn run(&self, scratch: &mut Scratch<T>, x: &[T], dy: &[T], dx: &mut [T]) -> Sums<T> {
        let g = self.g;
        let outputs = scratch.outputs.chunks_exact_mut(self.planes.len);
        for (from, to) in dy.chunks_exact(g.output()).zip(outputs) {
            self.planes.fill(g, from, to);
        }
        if self.wanted.x {
            let outputs = scratch.outputs.chunks_exact(self.planes.len);
            for (planes, dx) in outputs.zip(dx.chunks_exact_mut(g.image())) {
                self.input(planes, &mut scratch.input);
                drain_input(g, &scratch.input, dx);
            }
        }
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        if self.wanted.weight {
            weight = self.weight(scratch, x);
        }
        if self.wanted.bias {
            bias = self.bias(dy);
        }
        Sums { weight, bias }
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

    fn weight(&self, scratch: &mut Scratch<T>, x: &[T]) -> Vec<T> {
        let g = self.g;
        let (image, images) = (input_planes(g), x.len() / g.image());
        let inputs = scratch.inputs.chunks_exact_mut(image);
        for (from, to) in x.chunks_exact(g.image()).zip(inputs) {
            fill_input(g, from, to);
        }
        let mut sums = vec![T::ZERO; g.groups * g.outputs * g.elements()];
        for (group, sums) in sums.chunks_exact_mut(g.outputs * g.elements()).enumerate() {
            let first = group * g.outputs;
            let begins: Vec<usize> = (first..first + g.outputs)
                .map(|o| o * self.planes.stride + self.planes.head)
                .collect();
            let left = Rows {
                numbers: &scratch.outputs,
                image: self.planes.len,
                begins: &begins,
            };
            let right = Rows {
                numbers: &scratch.inputs[group * g.inputs * g.phases() * g.plane()..],
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
