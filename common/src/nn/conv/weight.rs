//! The gradient by the weight, in one of two ways that differ in what the lanes of a vector are.
//!
//! - **Places**: `dweight[o, t] = sum over f of dy[o, f] x[offset[t] + f]` with vectors of neighbouring places `f`. The
//!   lanes are added at the end, and the places at the ends of the rows are computed in vain.
//! - **Channels**: an image is kept pixel by pixel, so what an output reads, its *patch*, lies in a few runs: the pixels of
//!   one row of the kernel are neighbours. Every place adds `dy[o, place]` times its patch to the row of `o`. Nothing is
//!   added across a vector, no place is in vain, but the lanes at the end of a run may be.
//!
//! The way with fewer multiplications of vectors is taken: places where there are few channels, as in a first layer or with
//! as many groups as channels, else channels.

use super::super::simd::{Float, lanes_here};
use super::forward::taps;
use super::geometry::Geometry;
use super::pixels::Pixels;
use super::planes::{OutputPlanes, fill_input, input_planes};
use super::products::{Inner, Outer, Rows};

/// How the gradient by the weight is summed.
#[derive(Debug)]
pub(super) enum WeightSums {
    Places(Places),
    Channels(Patch),
}

/// Vectors of places.
#[derive(Debug)]
pub(super) struct Places {
    /// Where each element of a kernel reads.
    taps: Vec<usize>,
    outputs: OutputPlanes,
}

/// Vectors that lie over a patch.
#[derive(Debug)]
pub(super) struct Patch {
    pixels: Pixels,
    /// Where each vector begins, relative to the patch.
    begins: Vec<usize>,
    /// For every element of a kernel of one channel: the lane, of those of all vectors, that has its first channel.
    elements: Vec<usize>,
    /// Lanes of all vectors.
    width: usize,
}

/// Some images.
pub(super) struct Images<'a, T> {
    /// Their numbers.
    pub x: &'a [T],
    /// The gradients by their outputs, as they are.
    pub dy: &'a [T],
    /// The same as [`OutputPlanes`], if [`WeightSums::reads_planes`].
    pub outputs: &'a [T],
    /// Room for [`WeightSums::input`] numbers of each.
    pub inputs: &'a mut [T],
}

impl WeightSums {
    /// The faster of the two on this processor.
    pub fn new<T: Float>(g: &Geometry) -> Self {
        Self::faster(g, lanes_here::<T>())
    }

    /// The faster of the two with vectors of so many lanes.
    fn faster(g: &Geometry, lanes: usize) -> Self {
        let patch = Patch::new(g, lanes);
        let by_channels = g.rows.out * g.columns.out * patch.begins.len();
        let by_places = g.span().div_ceil(lanes) * g.elements();
        if by_channels <= by_places {
            Self::Channels(patch)
        } else {
            Self::Places(Places::new(g))
        }
    }

    /// Whether it reads the planes of the gradients by the outputs.
    pub fn reads_planes(&self) -> bool {
        matches!(self, Self::Places(_))
    }

    /// Numbers of the copy of an image.
    pub fn input(&self, g: &Geometry) -> usize {
        match self {
            Self::Places(_) => input_planes(g),
            Self::Channels(patch) => patch.pixels.len,
        }
    }

    /// The sums over images, in an order of its own.
    pub fn sums<T: Float>(&self, g: &Geometry, images: Images<'_, T>) -> Vec<T> {
        let inputs = images.inputs.chunks_exact_mut(self.input(g));
        for (from, to) in images.x.chunks_exact(g.image()).zip(inputs) {
            match self {
                Self::Places(_) => fill_input(g, from, to),
                Self::Channels(patch) => patch.pixels.fill(g, from, to),
            }
        }
        let width = match self {
            Self::Places(_) => g.elements(),
            Self::Channels(patch) => patch.width,
        };
        let mut sums = vec![T::ZERO; g.groups * g.outputs * width];
        for (group, sums) in sums.chunks_exact_mut(g.outputs * width).enumerate() {
            match self {
                Self::Places(places) => places.sums(g, group, &images, sums),
                Self::Channels(patch) => patch.sums(g, group, &images, sums),
            }
        }
        sums
    }

    /// The gradient from the sums over all images.
    pub fn gradient<T: Float>(&self, g: &Geometry, sums: Vec<T>) -> Vec<T> {
        match self {
            Self::Places(_) => sums,
            Self::Channels(patch) => sums
                .chunks_exact(patch.width)
                .flat_map(|sums| patch.in_order(g, sums))
                .collect(),
        }
    }
}

impl Places {
    fn new(g: &Geometry) -> Self {
        Self {
            taps: taps(g),
            outputs: OutputPlanes::new(g),
        }
    }

    fn sums<T: Float>(&self, g: &Geometry, group: usize, images: &Images<'_, T>, sums: &mut [T]) {
        let first = group * g.outputs;
        let begins: Vec<usize> = (first..first + g.outputs)
            .map(|o| o * self.outputs.stride + self.outputs.head)
            .collect();
        Inner {
            left: Rows {
                numbers: images.outputs,
                image: self.outputs.len,
                begins: &begins,
            },
            right: Rows {
                numbers: &images.inputs[group * g.inputs * g.phases() * g.plane()..],
                image: input_planes(g),
                begins: &self.taps,
            },
            images: images.dy.len() / g.output(),
            length: g.span(),
            sums,
        }
        .run();
    }
}

impl Patch {
    fn new(g: &Geometry, lanes: usize) -> Self {
        let pixels = Pixels::new(g);
        let (rows, columns) = (&g.rows, &g.columns);
        // Neighbouring elements read neighbouring pixels; with a dilation each is a run of its own.
        let (runs, pixels_of_run) = match columns.dilation {
            1 => (1, columns.kernel),
            _ => (columns.kernel, 1),
        };
        let vectors = (pixels_of_run * g.inputs).div_ceil(lanes);
        let (mut begins, mut elements) = (Vec::new(), Vec::new());
        for p in 0..rows.kernel {
            for run in 0..runs {
                let begin = p * rows.dilation * pixels.row + run * columns.dilation * g.inputs;
                let lane = begins.len() * lanes;
                begins.extend((0..vectors).map(|v| begin + v * lanes));
                elements.extend((0..pixels_of_run).map(|q| lane + q * g.inputs));
            }
        }
        Self {
            pixels,
            width: begins.len() * lanes,
            begins,
            elements,
        }
    }

    fn sums<T: Float>(&self, g: &Geometry, group: usize, images: &Images<'_, T>, sums: &mut [T]) {
        let places = g.rows.out * g.columns.out;
        let first = group * g.outputs;
        let begins: Vec<usize> = (first..first + g.outputs).map(|o| o * places).collect();
        Outer {
            left: Rows {
                numbers: images.dy,
                image: g.output(),
                begins: &begins,
            },
            right: Rows {
                numbers: &images.inputs[group * self.pixels.group..],
                image: self.pixels.len,
                begins: &self.begins,
            },
            images: images.dy.len() / g.output(),
            places: [g.rows.out, g.columns.out],
            steps: [g.rows.stride * self.pixels.row, g.columns.stride * g.inputs],
            sums,
        }
        .run();
    }

    /// The sums of one output channel in the order of the weight.
    fn in_order<T: Float>(&self, g: &Geometry, sums: &[T]) -> impl Iterator<Item = T> {
        (0..g.inputs).flat_map(move |c| self.elements.iter().map(move |&lane| sums[lane + c]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, TIGHT, cases, numbers};
    use super::super::{ConvOptions, Geometry};
    use super::*;
    use crate::check::{Tolerance, close_values};

    fn sums<T: Float>(ways: &WeightSums, g: &Geometry, x: &[T], dy: &[T]) -> Vec<f64> {
        let planes = OutputPlanes::new(g);
        let mut outputs = vec![T::ZERO; g.images * planes.len];
        for (dy, planes_of_one) in dy
            .chunks_exact(g.output())
            .zip(outputs.chunks_exact_mut(planes.len))
        {
            planes.fill(g, dy, planes_of_one);
        }
        let images = Images {
            x,
            dy,
            outputs: &outputs,
            inputs: &mut vec![T::ZERO; g.images * ways.input(g)],
        };
        let sums = ways.sums(g, images);
        let gradient = ways.gradient(g, sums);
        gradient.into_iter().map(Float::to_f64).collect()
    }

    /// Whatever would be chosen for them.
    fn both_ways<T: Float>(case: &Case, dy: &[f64], want: &[f64], tolerance: Tolerance) {
        let g = case.geometry();
        let as_t =
            |numbers: &[f64]| -> Vec<T> { numbers.iter().map(|&a| T::from_f64(a)).collect() };
        let (x, dy) = (as_t(&numbers(&case.x)), as_t(dy));
        let patch = Patch::new(&g, lanes_here::<T>());
        for way in [
            WeightSums::Places(Places::new(&g)),
            WeightSums::Channels(patch),
        ] {
            close_values(&sums(&way, &g, &x, &dy), want, tolerance)
                .unwrap_or_else(|e| panic!("{way:?} {:?}: {e:?}", case.options));
        }
    }

    #[test]
    fn both_ways_are_the_loops() {
        let single = Tolerance {
            absolute: 1e-4,
            relative: 1e-4,
        };
        for (case, mut rng) in cases() {
            let dy = numbers(&rng.normal_tensor(case.run().dims()));
            let want = case.weight_gradient_by_loops(&dy);
            both_ways::<f64>(&case, &dy, &want, TIGHT);
            both_ways::<f32>(&case, &dy, &want, single);
        }
    }

    /// `channels` of `size` pixels to 16, with a kernel of three pixels and padding.
    fn by_channels(channels: usize, size: usize, groups: usize, lanes: usize) -> bool {
        let options = ConvOptions {
            padding: [1, 1],
            groups,
            ..ConvOptions::default()
        };
        let (x, weight) = ([1, channels, size, size], [16, channels / groups, 3, 3]);
        let ways = WeightSums::faster(&Geometry::new(x, weight, &options), lanes);
        matches!(ways, WeightSums::Channels(_))
    }

    #[test]
    fn channels_that_fill_vectors_are_their_lanes() {
        for lanes in [4, 8, 16] {
            assert!(by_channels(16, 32, 1, lanes));
            assert!(by_channels(64, 8, 1, lanes));
            assert!(!by_channels(1, 32, 1, lanes), "a first layer");
            assert!(!by_channels(16, 32, 16, lanes), "a kernel for each channel");
        }
        // Nothing is in vain without vectors.
        assert!(by_channels(1, 32, 1, 1));
    }
}
