//! A2.12 Segmentation and looking inside.

use burn::tensor::{Int, Tensor};

use crate::{contract, parameters, record};

parameters! {
    /// A convolution whose output has the size of its input.
    pub struct UnetConv {
        /// `[c_out, c_in, k, k]`, with k = 3 in blocks and k = 1 at the end.
        pub weight: Tensor<4>,
        /// `[c_out]`
        pub bias: Tensor<1>,
    }
}

parameters! {
    /// Two 3 x 3 convolutions with padding 1, each followed by ReLU.
    pub struct UnetBlock {
        /// The first.
        pub first: UnetConv,
        /// The second.
        pub second: UnetConv,
    }
}

parameters! {
    /// A U-Net of any depth.
    pub struct Unet {
        /// One block per level, from the finest to the coarsest.
        pub encoder: Vec<UnetBlock>,
        /// The block at the bottom of the U.
        pub bottom: UnetBlock,
        /// One block per level, from the finest to the coarsest; that of level `l` works in the size of `encoder[l]`.
        pub decoder: Vec<UnetBlock>,
        /// 1 x 1, gives one channel per class.
        pub classify: UnetConv,
    }
}

parameters! {
    /// A small classifier to look into.
    pub struct LookCnn {
        /// `[c1, c, k, k]`, k odd
        pub conv1_weight: Tensor<4>,
        /// `[c1]`
        pub conv1_bias: Tensor<1>,
        /// `[maps, c1, k, k]`, k odd, and not always that of the first
        pub conv2_weight: Tensor<4>,
        /// `[maps]`
        pub conv2_bias: Tensor<1>,
        /// `[maps x rows x columns, classes]`, for maps of rows x columns.
        pub head_weight: Tensor<2>,
        /// `[classes]`
        pub head_bias: Tensor<1>,
    }
}

record! {
    /// What [`LookCnn`] computes.
    pub struct LookForward {
        /// `[n, maps, rows, columns]`, the output of the second convolution after ReLU.
        pub maps: Tensor<4>,
        /// `[n, classes]`
        pub logits: Tensor<2>,
    }
}

contract! {
    /// A2.12 Segmentation and looking inside.
    ///
    /// A mask holds a class for each pixel: `[n, height, width]`.
    pub trait Segmenter, table SegmentationTable {
        /// `x` `[n, c, h, w]` with each pixel repeated twice in both directions, up to `size` (rows, columns).
        fn upsample_to(x: Tensor<4>, size: [usize; 2]) -> Tensor<4>;
        /// The logits `[n, classes, h, w]` of images `[n, c, h, w]` (Ronneberger et al. 2015).
        fn unet_forward(unet: Unet, images: Tensor<4>) -> Tensor<4>;
        /// The surest class of each pixel of logits `[n, classes, h, w]`: `[n, h, w]`.
        fn predict_masks(logits: Tensor<4>) -> Tensor<3, Int>;
        /// The Dice coefficient of each class over all pixels of all masks `[n, h, w]`; none for a class that is in
        /// neither.
        fn dice_scores(predicted: Tensor<3, Int>, target: Tensor<3, Int>, classes: usize) -> Vec<Option<f64>>;
        /// The mean intersection over union of the classes that are in at least one of both; none without pixels.
        fn mean_iou(predicted: Tensor<3, Int>, target: Tensor<3, Int>, classes: usize) -> Option<f64>;
        /// The soft Dice loss of logits `[n, classes, h, w]` for a target `[n, h, w]`: one number (Milletari et al. 2016).
        fn dice_loss(logits: Tensor<4>, target: Tensor<3, Int>, smooth: f64) -> Tensor<1>;
        /// The classifier on images `[n, c, h, w]`.
        fn look_forward(cnn: LookCnn, images: Tensor<4>) -> LookForward;
        /// How much each pixel of images `[n, c, h, w]` matters for the logit of the image's class `[n]`: `[n, h, w]`
        /// (Simonyan et al. 2013).
        fn saliency_maps(cnn: LookCnn, images: Tensor<4>, classes: Tensor<1, Int>) -> Tensor<3>;
        /// Images that differ from `images` by `eps` in each value, in the direction that raises the loss for `labels`
        /// `[n]` (Goodfellow et al. 2015).
        fn fgsm(cnn: LookCnn, images: Tensor<4>, labels: Tensor<1, Int>, eps: f64) -> Tensor<4>;
        /// Where on the maps the evidence for the class `[n]` of each image is: `[n, rows, columns]` (Selvaraju et al.
        /// 2017).
        fn grad_cam(cnn: LookCnn, images: Tensor<4>, classes: Tensor<1, Int>) -> Tensor<3>;
    }
}
