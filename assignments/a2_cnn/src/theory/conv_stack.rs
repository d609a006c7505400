//! A2.2: sizes in a stack of convolutions.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// Three convolutions, one after the other, with square kernels.
pub struct ConvStack {
    /// Pixels along a side of the image.
    pub size: usize,
    /// The layers, in order.
    pub layers: [StackLayer; 3],
}

/// One of the convolutions.
#[derive(Clone, Copy)]
pub struct StackLayer {
    /// Elements along a side of the kernel.
    pub kernel: usize,
    /// Steps between two places.
    pub stride: usize,
    /// Zeros on each side.
    pub padding: usize,
    /// Steps between two elements of the kernel.
    pub dilation: usize,
}

impl Exercise for ConvStack {
    const ID: &'static str = "conv_stack";
    const PART: &'static str = "A2.2";
    const TITLE: &'static str = "What a stack of convolutions sees";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("size", "the side of the last output").unit("pixels"),
        Answer::whole("field", "the side of the receptive field").unit("pixels"),
        Answer::whole("jump", "the jump").unit("pixels"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let last = [2, 4][rng.below(2)];
        let mut layer = |kernels: [usize; 2], stride, dilation| StackLayer {
            kernel: kernels[rng.below(2)],
            stride,
            padding: rng.between(1, 2),
            dilation,
        };
        // The dilated layer comes after a stride, which makes it see further than it looks.
        let layers = [
            layer([5, 7], 2, 1),
            layer([3, 4], 1, 3),
            layer([3, 5], last, 1),
        ];
        // Even, where the first kernel is odd and its stride 2: so the division always leaves a rest.
        let size = 2 * rng.between(32, 60);
        Self { size, layers }
    }

    fn text(&self) -> String {
        let rows = self.layers.iter().enumerate().map(|(i, layer)| {
            format!(
                "| {} | {} x {} | {} | {} | {} |\n",
                i + 1,
                layer.kernel,
                layer.kernel,
                layer.stride,
                layer.padding,
                layer.dilation
            )
        });
        fill(
            r"
An image of @size x @size pixels goes through three convolutions, one after the other:

| layer | kernel | stride | padding | dilation |
|---|---|---|---|---|
@rows
How many pixels has a side of the last output?

The receptive field of a number of the last output is the square of the image's pixels that it can depend on, far
from the edges. How many pixels has its side? Pixels in between that a dilated kernel leaves out count too.

The jump is how far the receptive fields of two neighbours of the last output are apart. How many pixels is that?",
            &[("size", &self.size), ("rows", &rows.collect::<String>())],
        )
    }
}
