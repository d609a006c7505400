//! The perceptron's weights inside Burn's linear layer.

use burn::nn::{Linear, LinearConfig};
use burn::tensor::Device;

fn layer(d: usize) -> Linear {
    LinearConfig::new(d, 1).init(&Device::flex())
}
