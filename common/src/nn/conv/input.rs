//! The gradient by the input: a convolution of the output's gradient with the kernel turned by half.

use super::super::simd::Float;
use super::ConvOptions;
use super::channels::{Channels, pays};
use super::geometry::Geometry;
use super::kernels::Filters;
use super::planes::{OutputPlanes, SLACK, drain_input};

/// How it is computed.
#[derive(Debug)]
pub(super) enum InputGradient<T> {
    /// With vectors along the places. For every group and phase: the weights with inputs and outputs exchanged.
    Places(Vec<Vec<Filters<T>>>),
    /// With vectors along the channels: the convolution that it is, of these sizes.
    Channels(Box<Geometry>, Channels<T>),
}

impl<T: Float> InputGradient<T> {
    /// The faster way.
    pub fn new(g: &Geometry, weight: &[T]) -> Self {
        let (rows, columns) = (g.rows.inside(0), g.columns.inside(0));
        let span = rows.len().saturating_sub(1) * g.columns.plane + columns.len();
        match turned(g).filter(|turned| pays::<T>(turned, span)) {
            Some(turned) => Self::by_channels(g, turned, weight),
            None => Self::Places(filters(g, weight)),
        }
    }

    fn by_channels(g: &Geometry, turned: Geometry, weight: &[T]) -> Self {
        let channels = Channels::new(&turned, &exchanged(g, weight), None);
        Self::Channels(Box::new(turned), channels)
    }

    /// Whether it reads the planes of the gradients by the outputs.
    pub fn reads_planes(&self) -> bool {
        matches!(self, Self::Places(_))
    }

    /// Room for one image.
    pub fn scratch(&self, g: &Geometry) -> [Vec<T>; 2] {
        match self {
            Self::Places(_) => {
                let len = g.groups * g.inputs * g.phases() * (g.plane() + SLACK);
                [vec![T::ZERO; len], Vec::new()]
            }
            Self::Channels(_, channels) => channels.scratch(),
        }
    }

    /// Writes the gradient by one image, from that by its outputs or from the planes of it.
    pub fn image(
        &self,
        g: &Geometry,
        dy: &[T],
        planes: &[T],
        scratch: &mut [Vec<T>; 2],
        dx: &mut [T],
    ) {
        match self {
            Self::Places(filters) => {
                correlate(g, filters, planes, &mut scratch[0]);
                drain_input(g, &scratch[0], dx);
            }
            Self::Channels(turned, channels) => channels.image(turned, dy, scratch, dx),
        }
    }
}

/// The sizes of the convolution that the gradient is, if it is one: not with a stride, nor if a padding is wider than what
/// the kernel reaches.
fn turned(g: &Geometry) -> Option<Geometry> {
    let (rows, columns) = (&g.rows, &g.columns);
    let padding = [
        rows.reach.checked_sub(rows.padding)?,
        columns.reach.checked_sub(columns.padding)?,
    ];
    let options = ConvOptions {
        padding,
        dilation: [rows.dilation, columns.dilation],
        groups: g.groups,
        ..ConvOptions::default()
    };
    (rows.stride == 1 && columns.stride == 1).then(|| {
        let dy = [g.images, g.groups * g.outputs, rows.out, columns.out];
        let weight = [g.groups * g.inputs, g.outputs, rows.kernel, columns.kernel];
        Geometry::new(dy, weight, &options)
    })
}

/// The weight with inputs and outputs exchanged and every kernel turned by half.
fn exchanged<T: Float>(g: &Geometry, weight: &[T]) -> Vec<T> {
    let kernel = g.rows.kernel * g.columns.kernel;
    let mut all = Vec::with_capacity(weight.len());
    for group in weight.chunks_exact(g.outputs * g.elements()) {
        for c in 0..g.inputs {
            for of_output in group.chunks_exact(g.elements()) {
                all.extend(of_output[c * kernel..][..kernel].iter().rev());
            }
        }
    }
    all
}

/// The gradient by the planes of one image, with [`SLACK`] behind each, along the places.
fn correlate<T: Float>(g: &Geometry, filters: &[Vec<Filters<T>>], outputs: &[T], input: &mut [T]) {
    let planes = OutputPlanes::new(g);
    let stride = g.plane() + SLACK;
    for (group, filters) in filters.iter().enumerate() {
        let source = &outputs[group * g.outputs * planes.stride..];
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

#[cfg(test)]
mod tests {
    use super::super::tests::{TIGHT, cases, numbers};
    use super::*;
    use crate::check::close_values;

    fn by(way: &InputGradient<f64>, g: &Geometry, dy: &[f64]) -> Vec<f64> {
        let outputs = OutputPlanes::new(g);
        let mut planes = vec![0.0; outputs.len];
        let mut scratch = way.scratch(g);
        let mut dx = vec![0.0; g.images * g.image()];
        for (dy, dx) in dy
            .chunks_exact(g.output())
            .zip(dx.chunks_exact_mut(g.image()))
        {
            outputs.fill(g, dy, &mut planes);
            way.image(g, dy, &planes, &mut scratch, dx);
        }
        dx
    }

    /// Whichever would be chosen.
    #[test]
    fn both_ways_are_the_loops() {
        let mut turned_ones = 0;
        for (case, mut rng) in cases() {
            let g = case.geometry();
            let weight = numbers(&case.weight);
            let dy = numbers(&rng.normal_tensor(case.run().dims()));
            let want = case.input_gradient_by_loops(&dy);
            let turned = turned(&g).filter(|_| g.columns.dilation == 1);
            turned_ones += usize::from(turned.is_some());
            let channels = turned.map(|turned| InputGradient::by_channels(&g, turned, &weight));
            let places = InputGradient::Places(filters(&g, &weight));
            for way in [Some(places), channels].into_iter().flatten() {
                close_values(&by(&way, &g, &dy), &want, TIGHT)
                    .unwrap_or_else(|e| panic!("{way:?} {:?}: {e:?}", case.options));
            }
        }
        assert!(turned_ones > 0);
    }
}
