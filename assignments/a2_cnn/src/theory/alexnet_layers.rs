//! A2.6: two layers of a network like AlexNet, counted.

use common::rng::Rng;
use common::theory::{Answer, Exercise, fill};

/// The beginning of a network like AlexNet.
pub struct AlexnetLayers {
    /// Rows and columns of the image.
    pub image: usize,
    /// Rows and columns of the first convolution's kernel; its windows end at the border.
    pub kernel: usize,
    /// Filters of the first convolution, an even number.
    pub filters1: usize,
    /// Filters of the second convolution, an even number.
    pub filters2: usize,
    /// Images in a batch.
    pub batch: usize,
}

impl Exercise for AlexnetLayers {
    const ID: &'static str = "alexnet_layers";
    const PART: &'static str = "A2.6";
    const TITLE: &'static str = "Two rows of a table of layers";
    const ANSWERS: &'static [Answer] = &[
        Answer::whole("places", "rows of conv1's output"),
        Answer::whole("parameters", "parameters of conv2"),
        Answer::number("multiplications", "multiplications of conv2").unit("millions"),
        Answer::number("memory", "memory of conv1's output").unit("MiB"),
    ];

    fn draw(rng: &mut Rng) -> Self {
        let kernel = 5 + 2 * rng.between(1, 3);
        Self {
            image: kernel + 4 * rng.between(30, 60),
            kernel,
            filters1: 2 * rng.between(20, 60),
            filters2: 2 * rng.between(70, 150),
            batch: 8 * rng.between(4, 20),
        }
    }

    fn text(&self) -> String {
        fill(
            r"
A network like AlexNet begins with these layers, for images of 3 x @image x @image pixels:

- conv1: @first filters of @kernel x @kernel, stride 4, no zeros around the image, then ReLU;
- pool1: the largest of windows of 3 x 3, stride 2;
- conv2: @second filters of 5 x 5, stride 1, two zeros around on each side, in 2 groups.

Every filter has a bias. How many rows has the output of conv1? How many parameters has conv2? How many multiplications
does conv2 take for one image, in millions, biases aside?

For the backward pass the output of conv1 is kept, in single precision (4 bytes a number). How much memory does it take for
a batch of @batch images? One MiB is $2^{20}$ bytes.",
            &[
                ("image", &self.image),
                ("first", &self.filters1),
                ("kernel", &self.kernel),
                ("second", &self.filters2),
                ("batch", &self.batch),
            ],
        )
    }
}
