//! The convolution itself.

use rayon::prelude::*;

use super::super::simd::Float;
use super::channels::{Channels, pays};
use super::geometry::Geometry;
use super::kernels::Filters;
use super::planes::{SLACK, drain_output, fill_input, input_planes};

/// Below so many multiplications a second thread costs more than it brings.
pub(super) const SERIAL: usize = 1 << 19;

/// `x`: `[n, c_in, height, width]`, `weight`: `[c_out, inputs, kernel rows, kernel columns]`, `bias`: `[c_out]`; gives the
/// outputs.
pub(super) fn forward<T: Float>(g: &Geometry, x: &[T], weight: &[T], bias: Option<&[T]>) -> Vec<T> {
    let mut y = vec![T::ZERO; g.images * g.output()];
    if y.is_empty() {
        return y;
    }
    let way = Way::new(g, weight, bias);
    let scratch = || way.scratch(g);
    let image = |scratch: &mut [Vec<T>; 2], i: usize, y: &mut [T]| {
        way.image(g, &x[i * g.image()..][..g.image()], scratch, y);
    };
    if g.images * g.work() <= SERIAL || g.images == 1 {
        let mut scratch = scratch();
        for (i, y) in y.chunks_exact_mut(g.output()).enumerate() {
            image(&mut scratch, i, y);
        }
    } else {
        y.par_chunks_exact_mut(g.output())
            .enumerate()
            .for_each_init(scratch, |scratch, (i, y)| image(scratch, i, y));
    }
    y
}

/// What the lanes of a vector are: neighbouring places, or output channels.
enum Way<T> {
    /// The weights of every group.
    Places(Vec<Filters<T>>),
    Channels(Channels<T>),
}

impl<T: Float> Way<T> {
    fn new(g: &Geometry, weight: &[T], bias: Option<&[T]>) -> Self {
        if pays::<T>(g, g.span()) {
            Self::Channels(Channels::new(g, weight, bias))
        } else {
            Self::Places(filters(g, weight, bias))
        }
    }

    /// Room for an image and for its outputs.
    fn scratch(&self, g: &Geometry) -> [Vec<T>; 2] {
        match self {
            Self::Places(_) => {
                let output = g.groups * g.outputs * (g.span() + SLACK);
                [input_planes(g), output].map(|len| vec![T::ZERO; len])
            }
            Self::Channels(channels) => channels.scratch(),
        }
    }

    fn image(&self, g: &Geometry, x: &[T], scratch: &mut [Vec<T>; 2], y: &mut [T]) {
        let filters = match self {
            Self::Places(filters) => filters,
            Self::Channels(channels) => return channels.image(g, x, scratch, y),
        };
        let [input, output] = scratch;
        fill_input(g, x, input);
        let stride = g.span() + SLACK;
        for (group, filters) in filters.iter().enumerate() {
            let source = &input[group * g.inputs * g.phases() * g.plane()..];
            let out = &mut output[group * g.outputs * stride..];
            filters.correlate(source, 0, g.span(), out, stride);
        }
        drain_output(g, output, stride, y);
    }
}

/// The places of the inputs of an output, relative to it, in the order of the weights of one output channel.
pub(super) fn taps(g: &Geometry) -> Vec<usize> {
    let kernel = g.kernel();
    (0..g.inputs)
        .flat_map(|c| {
            let element = move |&(phase, beyond): &(usize, usize)| {
                (c * g.phases() + phase) * g.plane() + beyond
            };
            kernel.iter().map(element).collect::<Vec<_>>()
        })
        .collect()
}

/// The weights of every group.
fn filters<T: Float>(g: &Geometry, weight: &[T], bias: Option<&[T]>) -> Vec<Filters<T>> {
    let group = |group: usize| {
        let first = group * g.outputs;
        let bias = match bias {
            Some(bias) => bias[first..first + g.outputs].to_vec(),
            None => vec![T::ZERO; g.outputs],
        };
        Filters::new(bias, taps(g), |row, t| {
            weight[(first + row) * g.elements() + t]
        })
    };
    (0..g.groups).map(group).collect()
}
