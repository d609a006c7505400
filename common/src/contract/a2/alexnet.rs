//! A2.6 AlexNet 2012.

use burn::tensor::{Int, Tensor};

use crate::{contract, parameters, record};

record! {
    /// The settings of local response normalisation, with the letters of the paper.
    pub struct ResponseNorm {
        /// `n`, over how many channels a sum goes: the channel itself and `(n - 1) / 2` on each side. Odd.
        pub size: usize,
        /// Added to the sum.
        pub k: f64,
        /// The factor of the sum of squares. It is not divided by `n`.
        pub alpha: f64,
        /// The exponent.
        pub beta: f64,
    }
}

record! {
    /// In which directions the colours of a data set vary, and how much.
    pub struct ColourComponents {
        /// `[c]`, the eigenvalues of the covariance of the channels, the largest first.
        pub values: Tensor<1>,
        /// `[c, c]`, the eigenvectors as columns, in the order of the values. Each has length 1; its sign is free.
        pub vectors: Tensor<2>,
    }
}

record! {
    /// The random numbers for one image's crop, each uniform in `[0, 1)`.
    pub struct CropDraw {
        /// Decides the first row of the window.
        pub row: f64,
        /// Decides its first column.
        pub column: f64,
        /// The window is mirrored when this is below 0.5.
        pub flip: f64,
    }
}

parameters! {
    /// The parameters of a small AlexNet: two convolutions and two dense layers.
    pub struct MiniAlexnet {
        /// `[c1, channels, kernel, kernel]`
        pub conv1_weight: Tensor<4>,
        /// `[c1]`
        pub conv1_bias: Tensor<1>,
        /// `[c2, c1 / groups, kernel, kernel]`: the groups are in this shape.
        pub conv2_weight: Tensor<4>,
        /// `[c2]`
        pub conv2_bias: Tensor<1>,
        /// `[features, hidden]`, where the features are the last feature maps, flattened.
        pub dense1_weight: Tensor<2>,
        /// `[hidden]`
        pub dense1_bias: Tensor<1>,
        /// `[hidden, classes]`
        pub dense2_weight: Tensor<2>,
        /// `[classes]`
        pub dense2_bias: Tensor<1>,
    }
}

record! {
    /// A convolution of AlexNet. Kernels are square.
    pub struct AlexnetConvolution {
        /// Output channels.
        pub filters: usize,
        /// Rows and columns of the kernel.
        pub kernel: usize,
        /// Steps between two places of the kernel.
        pub stride: usize,
        /// Zeros around the image, on each side.
        pub padding: usize,
        /// Into how many groups the channels are divided: 2 where each graphics card sees its own half.
        pub groups: usize,
        /// Whether a max pooling of size 3 and stride 2 follows.
        pub pooled: bool,
    }
}

record! {
    /// A network like AlexNet, as numbers.
    pub struct AlexnetConfig {
        /// Channels, rows and columns of the image.
        pub image: [usize; 3],
        /// The convolutions, in order.
        pub convolutions: Vec<AlexnetConvolution>,
        /// The units of each dense layer; those of the last are the classes.
        pub dense: Vec<usize>,
    }
}

record! {
    /// One row of the table of layers.
    pub struct AlexnetRow {
        /// `conv1`, `pool1`, `conv2`, ..., and `fc6` for a dense layer that is the sixth with weights.
        pub name: String,
        /// Channels, rows and columns of the output; `[units, 1, 1]` for a dense layer.
        pub output: [usize; 3],
        /// Weights and biases.
        pub parameters: usize,
        /// Multiplications of the forward pass of one image, without those of biases.
        pub multiplications: usize,
    }
}

contract! {
    /// A2.6 AlexNet 2012.
    pub trait Alexnet, table AlexnetTable {
        /// Local response normalisation of `x` `[n, c, h, w]` across its channels.
        fn local_response_norm(x: Tensor<4>, settings: ResponseNorm) -> Tensor<4>;
        /// Its gradient by `x`, `[n, c, h, w]`, from the gradient `dy` by its output.
        fn local_response_norm_backward(x: Tensor<4>, dy: Tensor<4>, settings: ResponseNorm) -> Tensor<4>;
        /// Max pooling of `x` `[n, c, h, w]` with windows of `size` rows and columns every `stride`, which overlap where
        /// `size > stride`.
        fn overlapping_pool(x: Tensor<4>, size: usize, stride: usize) -> Tensor<4>;
        /// The principal components of the colours of all pixels of `images` `[n, c, h, w]`.
        fn colour_components(images: Tensor<4>) -> ColourComponents;
        /// `images` `[n, c, h, w]` with their colours moved along the components, each by its row of `draws` `[n, c]`.
        fn pca_colour_jitter(images: Tensor<4>, components: ColourComponents, draws: Tensor<2>) -> Tensor<4>;
        /// One window of `size` (rows, columns) of each of `images` `[n, c, h, w]`, at a random place, mirrored or not.
        /// `draws` has `n` elements. Gives `[n, c, size[0], size[1]]`.
        fn random_crop_flip(images: Tensor<4>, size: [usize; 2], draws: Vec<CropDraw>) -> Tensor<4>;
        /// The four corners and the centre of each of `images` `[n, c, h, w]`, then the same mirrored:
        /// `[n, 10, c, size[0], size[1]]`.
        fn ten_crops(images: Tensor<4>, size: [usize; 2]) -> Tensor<5>;
        /// The logits `[n, classes]` of a small AlexNet for `images` `[n, channels, h, w]`.
        fn mini_alexnet_forward(
            parameters: MiniAlexnet,
            images: Tensor<4>,
            settings: ResponseNorm,
        ) -> Tensor<2>;
        /// The probabilities `[n, classes]` of that network, averaged over the ten crops of each of `images`.
        fn ten_crop_predict(
            parameters: MiniAlexnet,
            images: Tensor<4>,
            size: [usize; 2],
            settings: ResponseNorm,
        ) -> Tensor<2>;
        /// AlexNet, as the paper describes it.
        fn alexnet_config() -> AlexnetConfig;
        /// The layers of a network like AlexNet with their sizes, without making any of them.
        fn alexnet_table(config: AlexnetConfig) -> Vec<AlexnetRow>;
        /// For each `k` of `ks` the share of the rows of `probabilities` `[n, classes]` whose label is not among the `k`
        /// classes with the largest numbers.
        fn top_k_errors(probabilities: Tensor<2>, labels: Tensor<1, Int>, ks: Vec<usize>) -> Vec<f64>;
    }
}
