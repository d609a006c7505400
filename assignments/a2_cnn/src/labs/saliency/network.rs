//! The classifier that the lab trains: a [`LookCnn`] whose linear layer sees the mean of each map.
//!
//! It has one weight per map and class, the same at all places. So it must recognise a digit wherever it is, and the
//! evidence for a class is where its maps are: what Grad-CAM shows is then what the network uses (Zhou et al., "Learning
//! deep features for discriminative localization", 2016).

use burn::tensor::{DType, Device, Tensor};
use common::contract::a2::LookCnn;
use common::data::Images;
use common::nn::kaiming_normal;
use common::parameters;
use common::rng::Rng;

/// Features of the first convolution, and maps.
const FEATURES: [usize; 2] = [12, 32];
/// The kernels' sides. Together they see 18 pixels, most of a digit.
const SIDES: [usize; 2] = [5, 7];

parameters! {
    /// The weights that are learned.
    pub struct Network {
        /// `[features, channels, 5, 5]`
        pub conv1_weight: Tensor<4>,
        /// `[features]`
        pub conv1_bias: Tensor<1>,
        /// `[maps, features, 7, 7]`
        pub conv2_weight: Tensor<4>,
        /// `[maps]`
        pub conv2_bias: Tensor<1>,
        /// `[maps, classes]`
        pub head_weight: Tensor<2>,
        /// `[classes]`
        pub head_bias: Tensor<1>,
    }
}

impl Network {
    /// New weights for such images, in double precision.
    pub fn new(images: &Images, seed: u64) -> Self {
        let rng = &mut Rng::named(seed, "weights");
        let ([features, maps], [first, second]) = (FEATURES, SIDES);
        let zeros = |n: usize| Tensor::zeros([n], (&Device::flex(), DType::F64));
        let mut conv = |outputs: usize, inputs: usize, side: usize| -> Tensor<4> {
            kaiming_normal(rng, [outputs, inputs, side, side], inputs * side * side)
        };
        Self {
            conv1_weight: conv(features, images.channels, first),
            conv1_bias: zeros(features),
            conv2_weight: conv(maps, features, second),
            conv2_bias: zeros(maps),
            head_weight: kaiming_normal(rng, [maps, images.classes], maps),
            head_bias: zeros(images.classes),
        }
    }

    /// The same network for images of this size, with its weights of the mean written out for each place.
    pub fn to_look_into(&self, images: &Images) -> LookCnn {
        let [maps, classes] = self.head_weight.dims();
        let places = (images.height / 2) * (images.width / 2);
        let each: Tensor<3> = (self.head_weight.clone() / places as f64).unsqueeze_dim(1);
        LookCnn {
            conv1_weight: self.conv1_weight.clone(),
            conv1_bias: self.conv1_bias.clone(),
            conv2_weight: self.conv2_weight.clone(),
            conv2_bias: self.conv2_bias.clone(),
            head_weight: each.repeat_dim(1, places).reshape([maps * places, classes]),
            head_bias: self.head_bias.clone(),
        }
    }
}
