//! A2.11 Detection.

use burn::tensor::Tensor;

use crate::{choice, contract, parameters, record};

parameters! {
    /// A 3 x 3 convolution with stride 1 and padding 1.
    pub struct DetectorConv {
        /// `[c_out, c_in, 3, 3]`
        pub weight: Tensor<4>,
        /// `[c_out]`
        pub bias: Tensor<1>,
    }
}

parameters! {
    /// The head of a one-stage detector.
    pub struct DetectorHead {
        /// The layers that the three outputs share, each followed by ReLU; there may be none.
        pub tower: Vec<DetectorConv>,
        /// Gives one channel per class.
        pub class: DetectorConv,
        /// Gives four channels: left, top, right, bottom.
        pub distance: DetectorConv,
        /// Gives one channel.
        pub centerness: DetectorConv,
    }
}

record! {
    /// What a one-stage detector says at each location. The locations of an image are counted row by row: location
    /// `i columns + j` is that of row `i` and column `j` of the features.
    pub struct DetectorOutput {
        /// `[locations, 2]`, x and y of each location in pixels of the image.
        pub locations: Tensor<2>,
        /// `[n, locations, classes]`, the logit of each class.
        pub class_logits: Tensor<3>,
        /// `[n, locations, 4]`, the box that is seen from each location, `[x0, y0, x1, y1]`.
        pub boxes: Tensor<3>,
        /// `[n, locations]`, the logit of the location's centerness in that box.
        pub centerness: Tensor<2>,
    }
}

record! {
    /// An object that a detector reports.
    pub struct Detection {
        /// The image that it is on.
        pub image: usize,
        /// Its class.
        pub class: usize,
        /// How sure the detector is.
        pub score: f64,
        /// `[x0, y0, x1, y1]`
        pub corners: [f64; 4],
    }
}

record! {
    /// An object that is there.
    pub struct TrueObject {
        /// The image that it is on.
        pub image: usize,
        /// Its class.
        pub class: usize,
        /// `[x0, y0, x1, y1]`
        pub corners: [f64; 4],
    }
}

choice! {
    /// Where precision is read off to average it.
    pub enum RecallPoints {
        /// At the recalls 0, 0.1, ..., 1, as PASCAL VOC did until 2009.
        Eleven,
        /// At every recall that is reached, as PASCAL VOC does from 2010 on: the area below the envelope.
        All,
    }
}

contract! {
    /// A2.11 Detection.
    ///
    /// A box is `[x0, y0, x1, y1]` with `x0 <= x1` and `y0 <= y1`, in continuous coordinates: its width is `x1 - x0`.
    pub trait Detector, table DetectionTable {
        /// The intersection over union of each of `a` `[n, 4]` with each of `b` `[m, 4]`: `[n, m]`.
        fn box_iou(a: Tensor<2>, b: Tensor<2>) -> Tensor<2>;
        /// The generalised IoU of each row of `a` `[n, 4]` with the same row of `b` `[n, 4]`: `[n]` (Rezatofighi et al.
        /// 2019).
        fn paired_giou(a: Tensor<2>, b: Tensor<2>) -> Tensor<1>;
        /// `boxes` `[n, 4]` relative to `anchors` `[n, 4]`: `[n, 4]` of dx, dy, dw, dh (Ren et al. 2015).
        fn encode_boxes(boxes: Tensor<2>, anchors: Tensor<2>) -> Tensor<2>;
        /// The boxes `[n, 4]` that lie at `deltas` `[n, 4]` from `anchors` `[n, 4]`.
        fn decode_boxes(deltas: Tensor<2>, anchors: Tensor<2>) -> Tensor<2>;
        /// For each anchor the box that it is to find, -1 for background, or -2 for neither, from the IoU
        /// `[anchors, boxes]`.
        fn match_anchors(iou: Tensor<2>, positive: f64, negative: f64) -> Vec<i64>;
        /// For each location `[l, 2]` which of `boxes` `[g, 4]` it is to find, or -1 for background (Tian et al. 2019).
        fn assign_locations(locations: Tensor<2>, boxes: Tensor<2>) -> Vec<i64>;
        /// How central each location `[n, 2]` is in its box `[n, 4]`: `[n]`, from 0 to 1.
        fn centerness(locations: Tensor<2>, boxes: Tensor<2>) -> Tensor<1>;
        /// The one-stage head on features `[n, c, rows, columns]` that are `stride` pixels apart.
        fn detector_head(head: DetectorHead, features: Tensor<4>, stride: usize) -> DetectorOutput;
        /// The focal loss of each logit `[n, classes]` for targets `[n, classes]` of 0 and 1: `[n, classes]` (Lin et al.
        /// 2017).
        fn focal_loss(logits: Tensor<2>, targets: Tensor<2>, alpha: f64, gamma: f64) -> Tensor<2>;
        /// The indices of the boxes `[n, 4]` that are left when, in each class, those are dropped that overlap a surer one
        /// by more than `threshold`; the surest first.
        fn nms(boxes: Tensor<2>, scores: Tensor<1>, classes: Vec<usize>, threshold: f64) -> Vec<usize>;
        /// Whether each detection of `class`, from the surest on, finds an object that none before it found.
        fn mark_hits(
            detections: Vec<Detection>,
            objects: Vec<TrueObject>,
            class: usize,
            threshold: f64,
        ) -> Vec<bool>;
        /// The average precision of a ranked list of which `hits` are right, where there are `objects` objects; none
        /// without objects.
        fn average_precision(hits: Vec<bool>, objects: usize, points: RecallPoints) -> Option<f64>;
        /// The mean over the classes that have objects of the average precision at [`RecallPoints::All`]; none
        /// without objects.
        fn mean_average_precision(
            detections: Vec<Detection>,
            objects: Vec<TrueObject>,
            threshold: f64,
        ) -> Option<f64>;
    }
}
