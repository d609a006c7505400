//! Where everything lies.
//!
//! An image is copied into planes such that one number says where a kernel's element reads, whatever the padding,
//! the stride and the dilation:
//!
//! - The padding is there, as zeros.
//! - With a stride `s` the pixels are divided by their row and column modulo `s` (the *phases*), one plane for each.
//!   Within a phase neighbouring outputs read neighbouring pixels, so every convolution has stride 1.
//! - A plane is as wide as all that is read, so an output at `(i, j)` has the place `f = i width + j`, and the kernel's
//!   element `t` reads at `offset[t] + f`. The places at the ends of the rows, where `j` is no output, are computed too
//!   and thrown away; that costs less than to bring the pixels of every element in order (im2col).

use std::ops::Range;

use super::ConvOptions;

/// Rows or columns.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// Of the image.
    pub size: usize,
    /// Elements of the kernel.
    pub kernel: usize,
    /// Of the output.
    pub out: usize,
    /// Of a plane: all positions that are read.
    pub plane: usize,
    /// The most that an element's position is beyond the output's.
    pub reach: usize,
    /// The residues modulo the stride that are read.
    pub phases: Vec<usize>,
    pub stride: usize,
    pub padding: usize,
    pub dilation: usize,
}

impl Axis {
    /// `None` when the kernel is larger than the padded image.
    fn new(size: usize, kernel: usize, options: &ConvOptions, axis: usize) -> Option<Self> {
        let (stride, padding) = (options.stride[axis], options.padding[axis]);
        let dilation = options.dilation[axis];
        let span = dilation * (kernel - 1);
        let out = (size + 2 * padding).checked_sub(span + 1)? / stride + 1;
        let mut phases: Vec<usize> = (0..kernel).map(|p| p * dilation % stride).collect();
        phases.sort_unstable();
        phases.dedup();
        let reach = span / stride;
        Some(Self {
            size,
            kernel,
            out,
            plane: out + reach,
            reach,
            phases,
            stride,
            padding,
            dilation,
        })
    }

    /// How many positions of the padded image are read: from the first output's first element to the last one's last.
    pub fn read(&self) -> usize {
        (self.out - 1) * self.stride + (self.kernel - 1) * self.dilation + 1
    }

    /// The index of the phase that element `p` of the kernel reads, and how far beyond the output.
    fn element(&self, p: usize) -> (usize, usize) {
        let at = p * self.dilation;
        let phase = self.phases.iter().position(|&a| a == at % self.stride);
        (phase.unwrap_or_default(), at / self.stride)
    }

    /// The positions in the plane of a phase that lie in the image, and not in the padding.
    pub fn inside(&self, phase: usize) -> Range<usize> {
        let a = self.phases[phase];
        let first = self.padding.saturating_sub(a).div_ceil(self.stride);
        let end = (self.size + self.padding)
            .saturating_sub(a)
            .div_ceil(self.stride);
        first.min(self.plane)..end.min(self.plane).max(first.min(self.plane))
    }

    /// The pixels of the image at the positions [`inside`](Self::inside): the first, and the step to the next.
    pub fn pixels(&self, phase: usize) -> (usize, usize) {
        let first = self.inside(phase).start;
        let at = self.phases[phase] + first * self.stride;
        (at.saturating_sub(self.padding), self.stride)
    }
}

/// A convolution's sizes.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    /// Images.
    pub images: usize,
    /// How often the channels are divided.
    pub groups: usize,
    /// Input channels of one group.
    pub inputs: usize,
    /// Output channels of one group.
    pub outputs: usize,
    /// The first axis of an image.
    pub rows: Axis,
    /// The second.
    pub columns: Axis,
}

impl Geometry {
    /// # Panics
    /// With a sentence when the shapes or options do not fit.
    pub fn new(x: [usize; 4], weight: [usize; 4], options: &ConvOptions) -> Self {
        let [images, c_in, height, width] = x;
        let [c_out, inputs, kernel_rows, kernel_columns] = weight;
        let groups = options.groups;
        let positive = |pair: [usize; 2]| pair[0] > 0 && pair[1] > 0;
        assert!(
            positive(options.stride) && positive(options.dilation),
            "conv2d: stride and dilation are at least 1, not {:?} and {:?}",
            options.stride,
            options.dilation
        );
        assert!(
            positive([kernel_rows, kernel_columns]),
            "conv2d: the kernel has no elements: weight {weight:?}"
        );
        assert!(
            groups > 0 && c_out % groups == 0 && inputs * groups == c_in,
            "conv2d: x has {c_in} channels and the weight {weight:?} takes {inputs} in each of {groups} groups; \
             {c_out} output channels must divide by the groups"
        );
        let axis = |size, kernel, axis| {
            Axis::new(size, kernel, options, axis).unwrap_or_else(|| {
                panic!(
                    "conv2d: the kernel of {kernel} with dilation {} is larger than the image of {size} with \
                     padding {} on both sides",
                    options.dilation[axis], options.padding[axis]
                )
            })
        };
        Self {
            images,
            groups,
            inputs,
            outputs: c_out / groups,
            rows: axis(height, kernel_rows, 0),
            columns: axis(width, kernel_columns, 1),
        }
    }

    /// Numbers of one image.
    pub fn image(&self) -> usize {
        self.groups * self.inputs * self.rows.size * self.columns.size
    }

    /// Numbers of one image's output.
    pub fn output(&self) -> usize {
        self.groups * self.outputs * self.rows.out * self.columns.out
    }

    /// Numbers of a plane.
    pub fn plane(&self) -> usize {
        self.rows.plane * self.columns.plane
    }

    /// Planes of one channel.
    pub fn phases(&self) -> usize {
        self.rows.phases.len() * self.columns.phases.len()
    }

    /// Elements of the kernel of one output channel.
    pub fn elements(&self) -> usize {
        self.inputs * self.rows.kernel * self.columns.kernel
    }

    /// Multiplications for one image.
    pub fn work(&self) -> usize {
        self.output() * self.elements()
    }

    /// From the place of the first output to behind that of the last.
    pub fn span(&self) -> usize {
        match self.rows.out * self.columns.out {
            0 => 0,
            _ => (self.rows.out - 1) * self.columns.plane + self.columns.out,
        }
    }

    /// For every element `(p, q)` of a kernel: its phase, and how far beyond the output's place it reads there.
    pub fn kernel(&self) -> Vec<(usize, usize)> {
        let mut all = Vec::with_capacity(self.rows.kernel * self.columns.kernel);
        for p in 0..self.rows.kernel {
            let (row_phase, down) = self.rows.element(p);
            for q in 0..self.columns.kernel {
                let (column_phase, right) = self.columns.element(q);
                let phase = row_phase * self.columns.phases.len() + column_phase;
                all.push((phase, down * self.columns.plane + right));
            }
        }
        all
    }
}
