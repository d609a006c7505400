//! What the student's functions say about images.

use burn::tensor::{Device, Int, Tensor};
use common::data::Images;
use common::train::{AT_ONCE, Prediction, Predictions};

use super::network::Network;
use crate::parts::losses;

/// All images as tensors `[n, pixels]` with their labels `[n]`, in their order.
pub fn in_batches(
    images: &Images,
    device: &Device,
) -> impl Iterator<Item = (Tensor<2>, Tensor<1, Int>)> {
    let batches = images.in_order(AT_ONCE, device);
    batches.map(|(x, labels)| (x.flatten(1, 3), labels))
}

/// What `network` says about `images`.
pub fn predictions(network: &Network, images: &Images, device: &Device) -> Predictions {
    Predictions::of(images, device, |x| {
        losses::log_softmax(network.logits(x.flatten(1, 3)))
    })
}

/// How often each label (row) was taken for each class (column), counted by [`losses::confusion`].
pub fn confusion(predictions: &Predictions, classes: usize) -> Vec<Vec<usize>> {
    let column = |of: fn(&Prediction) -> usize| {
        let numbers: Vec<i64> = predictions.iter().map(|p| of(p) as i64).collect();
        Tensor::<1, Int>::from_ints(numbers.as_slice(), &Device::flex())
    };
    let counts = losses::confusion(column(|p| p.class), column(|p| p.label), classes);
    let counts: Vec<usize> = counts.to_data().iter::<i64>().map(|n| n as usize).collect();
    counts.chunks(classes).map(<[usize]>::to_vec).collect()
}
