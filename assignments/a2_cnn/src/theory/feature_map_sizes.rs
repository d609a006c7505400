//! A2.3: the sizes of a network that goes down and up again, and one of its pixels.

use common::rng::Rng;
use common::theory::{Answer, Exercise, decimal, fill};

/// A convolution, a pooling and a transposed convolution, and a row of pixels to enlarge.
pub struct FeatureMapSizes {
    /// Rows of the square image; even.
    pub size: usize,
    /// The kernel of the pooling.
    pub kernel: usize,
    /// The padding of the pooling.
    pub padding: usize,
    /// The kernel of the transposed convolution.
    pub up_kernel: usize,
    /// The stride of the transposed convolution.
    pub up_stride: usize,
    /// The output padding of the transposed convolution.
    pub output_padding: usize,
    /// Four pixels, growing.
    pub pixels: [f64; 4],
    /// To how many pixels they are brought.
    pub wide: usize,
    /// The pixel of the wide row that is asked for, counted from 0; not in the middle, where both ways to align agree.
    pub at: usize,
}

impl Exercise for FeatureMapSizes {
    const ID: &'static str = "feature_map_sizes";
    const PART: &'static str = "A2.3";
    const TITLE: &'static str = "Down and up again";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("pooled", "rows after the pooling"),
        Answer::whole("transposed", "rows after the transposed convolution"),
        Answer::number("bilinear", "the pixel of the enlarged row"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let mut grows = 0.0;
        let pixels = std::array::from_fn(|_| {
            grows += decimal(rng, 2.0, 4.0, 1);
            (grows * 10.0).round() / 10.0
        });
        Self {
            // The last window of 3 or 5 with stride 2 would stick out: rounding matters.
            size: 2 * rng.between(20, 60),
            kernel: [3, 5][rng.below(2)],
            padding: 1,
            up_kernel: rng.between(6, 7),
            up_stride: rng.between(3, 4),
            output_padding: rng.between(1, 2),
            pixels,
            wide: rng.between(7, 8),
            at: rng.between(4, 5),
        }
    }

    fn text(&self) -> String {
        let [x0, x1, x2, x3] = self.pixels;
        fill(
            r"
An image of @size rows goes through max pooling with a kernel of @kernel, a stride of 2 and a padding of @padding on each side.
How many rows has the result? They then go through a transposed convolution with a kernel of @upkernel, a stride of
@upstride, a padding of 1, an output padding of @more and no dilation. How many rows are there now?

A row of four pixels, $(@x0, @x1, @x2, @x3)$, is brought to @wide pixels by linear interpolation *without* aligned corners
(`align_corners` is false). What is the pixel of number @at of the result, counted from 0?",
            &[
                ("size", &self.size),
                ("kernel", &self.kernel),
                ("padding", &self.padding),
                ("upkernel", &self.up_kernel),
                ("upstride", &self.up_stride),
                ("more", &self.output_padding),
                ("x0", &x0),
                ("x1", &x1),
                ("x2", &x2),
                ("x3", &x3),
                ("wide", &self.wide),
                ("at", &self.at),
            ],
        )
    }
}
