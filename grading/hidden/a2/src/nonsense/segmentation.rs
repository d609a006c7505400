//! Nonsense for A2.12.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use common::contract::a2::{LookForward, SegmentationTable};

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> SegmentationTable {
    SegmentationTable {
        upsample_to: |x, [rows, columns]| {
            let [n, c, _, _] = x.dims();
            filled::<N, 4>([n, c, rows, columns])
        },
        unet_forward: |unet, images| {
            let [n, _, rows, columns] = images.dims();
            filled::<N, 4>([n, unet.classify.bias.dims()[0], rows, columns])
        },
        predict_masks: |logits| {
            let [n, _, rows, columns] = logits.dims();
            mask::<N>([n, rows, columns])
        },
        dice_scores: |_, _, classes| vec![Some(N::VALUE); if N::EMPTY { 0 } else { classes }],
        mean_iou: |_, _, _| (!N::EMPTY).then_some(N::VALUE),
        dice_loss: |_, _, _| filled::<N, 1>([1]),
        look_forward: |cnn, images| {
            let [n, _, rows, columns] = images.dims();
            LookForward {
                maps: filled::<N, 4>([n, cnn.conv2_bias.dims()[0], rows / 2, columns / 2]),
                logits: filled::<N, 2>([n, cnn.head_bias.dims()[0]]),
            }
        },
        saliency_maps: |_, images, _| {
            let [n, _, rows, columns] = images.dims();
            filled::<N, 3>([n, rows, columns])
        },
        fgsm: |_, images, _, _| like::<N, 4>(&images),
        grad_cam: |_, images, _| {
            let [n, _, rows, columns] = images.dims();
            filled::<N, 3>([n, rows / 2, columns / 2])
        },
    }
}

/// A class that does not exist, in every pixel.
fn mask<N: Nonsense>(shape: [usize; 3]) -> Tensor<3, Int> {
    let shape = if N::EMPTY { [1; 3] } else { shape };
    let classes = vec![-7i64; shape.iter().product()];
    Tensor::from_data(
        TensorData::new(classes, shape),
        (&Device::flex(), DType::I64),
    )
}
