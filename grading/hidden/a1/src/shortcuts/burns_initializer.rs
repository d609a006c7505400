//! Burn's initialisers.

use burn::module::Initializer as Law;
use burn::tensor::{Device, Tensor};

pub fn init_weight(fan_in: usize, fan_out: usize, gain: f64) -> Tensor<2> {
    let law = Law::KaimingNormal {
        gain,
        fan_out_only: false,
    };
    let weight = law.init_with([fan_in, fan_out], Some(fan_in), Some(fan_out), &Device::flex());
    weight.val()
}
