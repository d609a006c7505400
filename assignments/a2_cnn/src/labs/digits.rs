//! What the labs of A2.4 and A2.5 share: digits as their networks want them.

use anyhow::ensure;
use burn::tensor::Tensor;
use common::data::{self, Split};

/// The data set `name`, if it is of grey digits whose sides are multiples of 4.
pub fn load(name: &str) -> anyhow::Result<Split> {
    let split = data::load(name)?;
    let images = &split.train;
    ensure!(
        images.channels == 1 && images.classes == 10,
        "{name} is not of grey images in ten classes, which this network reads"
    );
    ensure!(
        images.height % 4 == 0 && images.width % 4 == 0,
        "the images of {name} have {} x {} pixels, and this network needs multiples of 4",
        images.height,
        images.width
    );
    Ok(split)
}

/// Grey values from 0 to 1 as the network of 1989 wants them: background -1, ink 1.
pub fn on_background(images: Tensor<4>) -> Tensor<4> {
    images * 2.0 - 1.0
}
