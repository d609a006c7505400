//! The toolkit's convolution for the excitation of S-cells.

use burn::tensor::Tensor;
use common::contract::a2::SPlanes;
use common::nn::{ConvOptions, conv2d};

pub fn s_cell(u: Tensor<3>, v: Tensor<2>, planes: SPlanes, r: f64) -> Tensor<3> {
    let [_, _, rows, columns] = planes.a.dims();
    let same = ConvOptions {
        padding: [rows / 2, columns / 2],
        ..ConvOptions::default()
    };
    let excitation = conv2d(u.unsqueeze(), planes.a, None, &same).squeeze_dim::<3>(0);
    let strength = planes.b.reshape([-1, 1, 1]) * v.unsqueeze::<3>();
    let inhibition = strength * (r / (1.0 + r));
    ((excitation + 1.0) / (inhibition + 1.0) - 1.0).clamp_min(0.0) * r
}
