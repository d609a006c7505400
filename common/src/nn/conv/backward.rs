//! The gradients of the convolution by its input, its weight and its bias.

use rayon::prelude::*;

use super::super::simd::Float;
use super::geometry::Geometry;
use super::input::InputGradient;
use super::planes::OutputPlanes;
use super::weight::{Images, WeightSums};

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
    if x.is_empty() {
        // The image is all padding.
        if wanted.bias {
            sums.bias = bias_gradient(g, dy);
        }
        return sums.with(dx);
    }
    let part = Part {
        g,
        planes: OutputPlanes::new(g),
        weight: WeightSums::new::<T>(g),
        input: wanted.x.then(|| InputGradient::new(g, weight)),
        wanted,
    };
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
    let (weights, biases) = all.into_iter().map(|s| (s.weight, s.bias)).unzip();
    let sums = Sums {
        weight: part.weight.gradient(g, total(weights)),
        bias: total(biases),
    };
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

/// The sum of rows of numbers, each number in the order of the rows. Threads share the numbers.
fn total<T: Float>(rows: Vec<Vec<T>>) -> Vec<T> {
    const CHUNK: usize = 4096;
    let mut rows = rows.into_iter();
    let mut total = rows.next().unwrap_or_default();
    let rest = rows.as_slice();
    let chunks = total.par_chunks_mut(CHUNK).enumerate();
    chunks.for_each(|(i, total)| {
        for row in rest {
            for (total, &number) in total.iter_mut().zip(&row[i * CHUNK..]) {
                *total = *total + number;
            }
        }
    });
    total
}

/// Into how many parts the batch is cut: of 256 places or more, and not many where each would have a large weight.
fn parts(g: &Geometry) -> usize {
    let enough = (g.images * g.span()).div_ceil(256);
    let weight = g.groups * g.outputs * g.elements();
    let most = ((1 << 20) / weight.max(1)).clamp(16, 64);
    enough.min(most).min(g.images)
}

struct Part<'a, T> {
    g: &'a Geometry,
    planes: OutputPlanes,
    weight: WeightSums,
    /// If the gradient by the input is wanted.
    input: Option<InputGradient<T>>,
    wanted: Wanted,
}

/// Room that the parts which one thread works on use one after another.
struct Scratch<T> {
    /// The images of a part, as the gradient by the weight reads them.
    inputs: Vec<T>,
    /// The planes of the gradients by their outputs, or of one at a time.
    outputs: Vec<T>,
    /// What the gradient by one image needs.
    input: [Vec<T>; 2],
}

impl<T: Float> Part<'_, T> {
    fn scratch(&self, images: usize) -> Scratch<T> {
        let (g, wanted) = (self.g, self.wanted);
        let zeros = |yes: bool, len: usize| vec![T::ZERO; if yes { len } else { 0 }];
        let planes = match (self.keeps_planes(), self.reads_planes()) {
            (true, _) => images,
            (false, reads) => usize::from(reads),
        };
        let input = self.input.as_ref().map(|input| input.scratch(g));
        Scratch {
            inputs: zeros(wanted.weight, images * self.weight.input(g)),
            outputs: vec![T::ZERO; planes * self.planes.len],
            input: input.unwrap_or_default(),
        }
    }

    /// Whether the planes of the gradients by the outputs are needed.
    fn reads_planes(&self) -> bool {
        self.keeps_planes() || self.input.as_ref().is_some_and(InputGradient::reads_planes)
    }

    /// Whether the gradient by the weight needs the planes of the outputs of all images of a part.
    fn keeps_planes(&self) -> bool {
        self.wanted.weight && self.weight.reads_planes()
    }

    /// The gradients of some images: writes those by the images, gives the others.
    fn run(&self, scratch: &mut Scratch<T>, x: &[T], dy: &[T], dx: &mut [T]) -> Sums<T> {
        let g = self.g;
        let len = if self.reads_planes() {
            self.planes.len
        } else {
            0
        };
        for (i, dy) in dy.chunks_exact(g.output()).enumerate() {
            let kept = if self.keeps_planes() { i } else { 0 };
            let planes = &mut scratch.outputs[kept * len..][..len];
            if self.reads_planes() {
                self.planes.fill(g, dy, planes);
            }
            if let Some(input) = &self.input {
                let dx = &mut dx[i * g.image()..][..g.image()];
                input.image(g, dy, planes, &mut scratch.input, dx);
            }
        }
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        if self.wanted.weight {
            let images = Images {
                x,
                dy,
                outputs: &scratch.outputs,
                inputs: &mut scratch.inputs,
            };
            weight = self.weight.sums(g, images);
        }
        if self.wanted.bias {
            bias = bias_gradient(g, dy);
        }
        Sums { weight, bias }
    }
}

/// The gradient by the bias.
fn bias_gradient<T: Float>(g: &Geometry, dy: &[T]) -> Vec<T> {
    let mut sums = vec![T::ZERO; g.groups * g.outputs];
    for image in dy.chunks_exact(g.output()) {
        let channels = image.chunks_exact(g.rows.out * g.columns.out);
        for (sum, channel) in sums.iter_mut().zip(channels) {
            *sum = *sum + sum_of(channel);
        }
    }
    sums
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
