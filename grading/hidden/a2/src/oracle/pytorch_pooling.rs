//! PyTorch's pooling, resizing and transposed convolutions, as `fixtures/generate_pooling.py` has run them.

use common::contract::a2::{PoolWindow, TransposedConvOptions};
use serde::Deserialize;

use super::array::Array;
use super::pooling::{Transposed, TransposedGradients};

/// Everything in the fixture.
#[derive(Debug, Deserialize)]
pub struct Fixture {
    /// Max pooling of whole numbers, with ties.
    pub max_pool: Vec<Case>,
    /// Average pooling; the flag is `count_include_pad`.
    pub avg_pool: Vec<Case>,
    /// Nearest upsampling.
    pub nearest: Vec<Case>,
    /// Bilinear upsampling; the flag is `align_corners`.
    pub bilinear: Vec<Case>,
    /// Transposed convolutions.
    pub transposed: Vec<TransposedCase>,
}

/// One call of a function without parameters.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// The input.
    pub x: Array<4>,
    /// The output.
    pub y: Array<4>,
    /// The gradient by the output.
    pub dy: Array<4>,
    /// The gradient by the input.
    pub dx: Array<4>,
    window: Option<Window>,
    /// What the function is asked for, where there are two ways.
    #[serde(default)]
    pub flag: bool,
}

#[derive(Debug, Deserialize)]
struct Window {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Case {
    /// The window of a pooling; one pixel for what has none.
    pub fn window(&self) -> PoolWindow {
        let window = self.window.as_ref();
        PoolWindow {
            kernel: window.map_or([1, 1], |w| w.kernel),
            stride: window.map_or([1, 1], |w| w.stride),
            padding: window.map_or([0, 0], |w| w.padding),
        }
    }
}

/// One transposed convolution.
#[derive(Debug, Deserialize)]
pub struct TransposedCase {
    /// The input.
    pub x: Array<4>,
    weight: Array<4>,
    /// One number per output channel, or none.
    pub bias: Option<Vec<f64>>,
    stride: [usize; 2],
    padding: [usize; 2],
    output_padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    /// The output.
    pub y: Array<4>,
    /// The gradient by the output.
    pub dy: Array<4>,
    /// The gradients from `dy`.
    #[serde(flatten)]
    pub gradients: TransposedGradients,
}

impl TransposedCase {
    /// The convolution; a bias of zeros where there is none.
    pub fn convolution(&self) -> Transposed {
        let c_out = self.weight.shape[1] * self.groups;
        Transposed {
            weight: self.weight.clone(),
            bias: self.bias.clone().unwrap_or_else(|| vec![0.0; c_out]),
            options: TransposedConvOptions {
                stride: self.stride,
                padding: self.padding,
                output_padding: self.output_padding,
                dilation: self.dilation,
                groups: self.groups,
            },
        }
    }
}

impl Fixture {
    /// Those of PyTorch.
    ///
    /// # Panics
    /// When the fixture, which is part of the program, is broken.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../fixtures/pooling.json"))
            .expect("fixtures/pooling.json is what generate_pooling.py writes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::pooling::{Links, max_pool};

    fn assert_near(got: &Array<4>, want: &Array<4>) {
        assert_eq!(got.shape, want.shape);
        for (got, want) in got.values.iter().zip(&want.values) {
            assert!((got - want).abs() < 1e-11, "{got} for {want}");
        }
    }

    fn assert_both_ways(links: &Links, case: &Case) {
        assert_near(&links.forward(&case.x), &case.y);
        assert_near(&links.backward(&case.dy), &case.dx);
    }

    #[test]
    fn pooling_is_that_of_pytorch() {
        let fixture = Fixture::load();
        assert_eq!((fixture.max_pool.len(), fixture.avg_pool.len()), (4, 6));
        for case in &fixture.max_pool {
            let (y, dx) = max_pool(&case.x, &case.dy, &case.window());
            assert_near(&y, &case.y);
            assert_near(&dx, &case.dx);
        }
        for case in &fixture.avg_pool {
            let links = Links::average(case.x.size(), &case.window(), case.flag);
            assert_both_ways(&links, case);
        }
    }

    #[test]
    fn resizing_is_that_of_pytorch() {
        let fixture = Fixture::load();
        assert_eq!((fixture.nearest.len(), fixture.bilinear.len()), (3, 6));
        for case in &fixture.nearest {
            assert_both_ways(&Links::nearest(case.x.size(), case.y.size()), case);
        }
        for case in &fixture.bilinear {
            let links = Links::bilinear(case.x.size(), case.y.size(), case.flag);
            assert_both_ways(&links, case);
        }
    }

    #[test]
    fn transposed_convolutions_are_those_of_pytorch() {
        let fixture = Fixture::load();
        assert_eq!(fixture.transposed.len(), 3);
        for case in &fixture.transposed {
            let convolution = case.convolution();
            assert_near(&convolution.forward(&case.x), &case.y);
            let got = convolution.backward(&case.x, &case.dy);
            assert_near(&got.dx, &case.gradients.dx);
            assert_near(&got.dweight, &case.gradients.dweight);
            for (got, want) in got.dbias.iter().zip(&case.gradients.dbias) {
                assert!((got - want).abs() < 1e-11, "{got} for {want}");
            }
        }
    }
}
