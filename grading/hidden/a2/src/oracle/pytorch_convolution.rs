//! PyTorch's convolutions, as `fixtures/generate_convolution.py` has run them.

use common::contract::a2::ConvOptions;
use serde::Deserialize;

use super::array::Array;
use super::convolution::{Conv, Gradients};

/// Everything in the fixture.
#[derive(Debug, Deserialize)]
pub struct Convolutions {
    /// One in one group, one in two, one depthwise.
    pub cases: Vec<Case>,
}

/// A convolution, there and back.
#[derive(Debug, Deserialize)]
pub struct Case {
    x: Array<4>,
    weight: Array<4>,
    bias: Array<1>,
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
    /// The output.
    pub y: Array<4>,
    /// The gradient by the output.
    pub dy: Array<4>,
    dx: Array<4>,
    dweight: Array<4>,
    dbias: Array<1>,
}

impl Convolutions {
    /// Those of the fixture.
    ///
    /// # Panics
    /// When the fixture, which is part of the program, is broken.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../fixtures/convolution.json"))
            .expect("fixtures/convolution.json is what its script writes")
    }
}

impl Case {
    /// The input.
    pub fn conv(&self) -> Conv {
        Conv {
            x: self.x.clone(),
            weight: self.weight.clone(),
            bias: self.bias.clone(),
            options: ConvOptions {
                stride: self.stride,
                padding: self.padding,
                dilation: self.dilation,
                groups: self.groups,
            },
        }
    }

    /// The gradients.
    pub fn gradients(&self) -> Gradients {
        Gradients {
            dx: self.dx.clone(),
            dweight: self.dweight.clone(),
            dbias: self.dbias.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::check::{Tolerance, close};

    #[test]
    fn the_list_of_products_gives_what_pytorch_gives() {
        let near = Tolerance {
            absolute: 1e-12,
            relative: 1e-12,
        };
        let cases = Convolutions::load().cases;
        assert_eq!(cases.len(), 3);
        for case in cases {
            let (conv, want) = (case.conv(), case.gradients());
            close(&conv.y().tensor(), &case.y.tensor(), near).unwrap();
            let got = conv.gradients(&case.dy);
            close(&got.dx.tensor(), &want.dx.tensor(), near).unwrap();
            close(&got.dweight.tensor(), &want.dweight.tensor(), near).unwrap();
            close(&got.dbias.tensor(), &want.dbias.tensor(), near).unwrap();
        }
    }
}
