//! A2.6 AlexNet 2012.
//!
//! What Krizhevsky, Sutskever and Hinton ("ImageNet classification with deep convolutional neural networks", 2012) did
//! besides making LeNet larger: response normalisation, overlapping pooling, two kinds of augmentation, the mean over ten
//! crops, and an arithmetic of layers that fits 60 million parameters into two graphics cards.
//!
//! Random numbers are arguments: a function draws nothing itself.

use burn::tensor::{Int, Tensor, activation};
use common::contract::a2::{
    AlexnetConfig, AlexnetConvolution, AlexnetRow, ColourComponents, CropDraw, MiniAlexnet,
    ResponseNorm,
};
use common::linear::symmetric_eigen;
use common::nn::{ConvOptions, conv2d, max_pool2d};

/// Local response normalisation: at each pixel a channel is damped by the activity of its neighbours.
///
/// ```text
/// s_i = k + alpha sum over j of x_j^2        with  |j - i| <= (size - 1) / 2
/// y_i = x_i / s_i^beta
/// ```
///
/// where `i` and `j` are channels of one pixel of one image. Channels that do not exist count as 0, and `alpha` is not
/// divided by `size`.
///
/// - `x`: `[n, c, h, w]`; `size` is odd and may be larger than `c`. Gives `[n, c, h, w]`.
///
/// Source: Krizhevsky et al. (2012), section 3.3, with `k = 2`, `size = 5`, `alpha = 1e-4`, `beta = 0.75`.
pub fn local_response_norm(x: Tensor<4>, settings: ResponseNorm) -> Tensor<4> {
    // BEGIN SOLUTION A2.6 local_response_norm
    let s = activity(&x, &settings);
    x * s.powf_scalar(-settings.beta)
    // END SOLUTION
}

/// The gradient of local response normalisation. `x_j` is the numerator of its own output, and part of the sum of every
/// neighbour:
///
/// ```text
/// dx_j = dy_j / s_j^beta  -  2 alpha beta x_j sum over i of dy_i x_i / s_i^(beta + 1)    with  |i - j| <= (size - 1) / 2
/// ```
///
/// - `x`, `dy`: `[n, c, h, w]`. Gives `[n, c, h, w]`.
pub fn local_response_norm_backward(
    x: Tensor<4>,
    dy: Tensor<4>,
    settings: ResponseNorm,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.6 local_response_norm_backward
    let ResponseNorm { alpha, beta, .. } = settings;
    let s = activity(&x, &settings);
    let of_itself = dy.clone() * s.clone().powf_scalar(-beta);
    let felt = dy * x.clone() * s.powf_scalar(-beta - 1.0);
    of_itself - x * sum_of_neighbours(felt, settings.size) * (2.0 * alpha * beta)
    // END SOLUTION
}

// BEGIN SOLUTION
/// `s` of the equations.
fn activity(x: &Tensor<4>, settings: &ResponseNorm) -> Tensor<4> {
    let squares = sum_of_neighbours(x.clone().square(), settings.size);
    squares * settings.alpha + settings.k
}

/// At each pixel, for each channel, the sum over the channel and `(size - 1) / 2` on each side.
fn sum_of_neighbours(x: Tensor<4>, size: usize) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let beside = Tensor::zeros([n, (size - 1) / 2, h, w], (&x.device(), x.dtype()));
    let padded = Tensor::cat(vec![beside.clone(), x, beside], 1);
    let first = padded.clone().narrow(1, 0, c);
    (1..size).fold(first, |sum, shift| sum + padded.clone().narrow(1, shift, c))
}
// END SOLUTION

/// Max pooling with windows that overlap: the largest value of each window of `size` rows and columns, with a window every
/// `stride`. Windows that do not fit into the image are left out.
///
/// - `x`: `[n, c, h, w]`, with `h` and `w` at least `size`.
/// - Gives `[n, c, (h - size) / stride + 1, (w - size) / stride + 1]`, both rounded down.
///
/// Source: Krizhevsky et al. (2012), section 3.4, with `size = 3` and `stride = 2`.
pub fn overlapping_pool(x: Tensor<4>, size: usize, stride: usize) -> Tensor<4> {
    // BEGIN SOLUTION A2.6 overlapping_pool
    max_pool2d(x, [size; 2], [stride; 2])
    // END SOLUTION
}

/// The principal components of the colours of a set of images: all pixels of all images are points with `c` coordinates,
/// and
///
/// ```text
/// covariance = the mean over all pixels of (pixel - mean) (pixel - mean)^T
/// ```
///
/// divided by the number of pixels. Gives its eigenvalues, the largest first, and its eigenvectors as columns in the same
/// order. `common::linear::symmetric_eigen` finds both.
///
/// - `images`: `[n, c, h, w]`. Gives values `[c]` and vectors `[c, c]`.
///
/// Source: Krizhevsky et al. (2012), section 4.1.
pub fn colour_components(images: Tensor<4>) -> ColourComponents {
    // BEGIN SOLUTION A2.6 colour_components
    let [n, c, h, w] = images.dims();
    let pixels = images.permute([1, 0, 2, 3]).reshape([c, n * h * w]);
    let centred = pixels.clone() - pixels.mean_dim(1);
    let covariance = centred.clone().matmul(centred.transpose()) / (n * h * w) as f64;
    let (values, vectors) = symmetric_eigen(covariance);
    ColourComponents { values, vectors }
    // END SOLUTION
}

/// Changes the colour of the light: to every pixel of image `i` the same colour is added,
///
/// ```text
/// sum over j of  draws[i, j] values[j] (column j of vectors)
/// ```
///
/// The paper draws the numbers from a normal law of mean 0 and standard deviation 0.1, once for each image each time it
/// is used. They are multiplied by the eigenvalues, not by their roots.
///
/// - `images`: `[n, c, h, w]`; `components`: values `[c]`, vectors `[c, c]`; `draws`: `[n, c]`. Gives `[n, c, h, w]`.
///
/// Source: Krizhevsky et al. (2012), section 4.1.
pub fn pca_colour_jitter(
    images: Tensor<4>,
    components: ColourComponents,
    draws: Tensor<2>,
) -> Tensor<4> {
    // BEGIN SOLUTION A2.6 pca_colour_jitter
    let [n, c, _, _] = images.dims();
    let along = draws * components.values.unsqueeze();
    let colours = along.matmul(components.vectors.transpose());
    images + colours.reshape([n, c, 1, 1])
    // END SOLUTION
}

/// A random window of each image, which is mirrored in half of all cases.
///
/// The first row is one of the `h - size[0] + 1` at which the window fits, each as probable as any other:
/// `draw.row (h - size[0] + 1)`, rounded down; the first column likewise. When `draw.flip < 0.5` left and right of the
/// window are exchanged.
///
/// - `images`: `[n, c, h, w]`; `size`: rows and columns, at most `[h, w]`; `draws`: one for each image.
/// - Gives `[n, c, size[0], size[1]]`.
///
/// Source: Krizhevsky et al. (2012), section 4.1, with windows of 224 x 224 pixels of images of 256 x 256.
pub fn random_crop_flip(images: Tensor<4>, size: [usize; 2], draws: Vec<CropDraw>) -> Tensor<4> {
    // BEGIN SOLUTION A2.6 random_crop_flip
    let [_, _, h, w] = images.dims();
    let place = |draw: f64, places: usize| (draw * places as f64) as usize;
    let crops = draws.iter().enumerate().map(|(i, draw)| {
        let image = images.clone().narrow(0, i, 1);
        let corner = [
            place(draw.row, h - size[0] + 1),
            place(draw.column, w - size[1] + 1),
        ];
        let crop = window(image, corner, size);
        if draw.flip < 0.5 {
            mirrored(crop)
        } else {
            crop
        }
    });
    Tensor::cat(crops.collect(), 0)
    // END SOLUTION
}

/// Ten windows of each image: the four corners and the centre, and all five mirrored.
///
/// The order is top left, top right, bottom left, bottom right, centre, then the same windows with left and right
/// exchanged. The centre's first row is `(h - size[0]) / 2`, rounded down; its first column likewise.
///
/// - `images`: `[n, c, h, w]`; `size`: rows and columns, at most `[h, w]`. Gives `[n, 10, c, size[0], size[1]]`.
///
/// Source: Krizhevsky et al. (2012), section 4.1.
pub fn ten_crops(images: Tensor<4>, size: [usize; 2]) -> Tensor<5> {
    // BEGIN SOLUTION A2.6 ten_crops
    let [_, _, h, w] = images.dims();
    let (bottom, right) = (h - size[0], w - size[1]);
    let corners = [
        [0, 0],
        [0, right],
        [bottom, 0],
        [bottom, right],
        [bottom / 2, right / 2],
    ];
    let mut crops: Vec<Tensor<4>> = corners
        .map(|corner| window(images.clone(), corner, size))
        .into();
    let flipped: Vec<Tensor<4>> = crops.iter().cloned().map(mirrored).collect();
    crops.extend(flipped);
    Tensor::stack(crops, 1)
    // END SOLUTION
}

// BEGIN SOLUTION
/// The window of `size` whose first row and column are `corner`, of all images.
fn window(images: Tensor<4>, corner: [usize; 2], size: [usize; 2]) -> Tensor<4> {
    let rows = images.narrow(2, corner[0], size[0]);
    rows.narrow(3, corner[1], size[1])
}

/// The images with left and right exchanged.
fn mirrored(images: Tensor<4>) -> Tensor<4> {
    images.flip([3])
}
// END SOLUTION

/// The logits of a small AlexNet, which has every kind of layer of the large one:
///
/// ```text
/// images -> convolution 1 -> ReLU -> local response normalisation -> pooling
///        -> convolution 2 -> ReLU -> local response normalisation -> pooling
///        -> flatten -> dense 1 -> ReLU -> dense 2
/// ```
///
/// Convolutions have stride 1 and as many zeros around as keep the size, `(kernel - 1) / 2`. The first has one group, the
/// second has `c1 / conv2_weight.dims()[1]`. Pooling is overlapping, of size 3 and stride 2. To flatten is to write the
/// channels of an image one after the other, each row by row.
///
/// - `images`: `[n, channels, h, w]`; shapes of the parameters as in [`MiniAlexnet`]. Gives `[n, classes]`.
///
/// Source: Krizhevsky et al. (2012), section 3.5, of which it is a model.
pub fn mini_alexnet_forward(
    parameters: MiniAlexnet,
    images: Tensor<4>,
    settings: ResponseNorm,
) -> Tensor<2> {
    // BEGIN SOLUTION A2.6 mini_alexnet_forward
    let p = parameters;
    let stage = |x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>| {
        let [_, channels, _, _] = x.dims();
        let [_, of_group, kernel, _] = weight.dims();
        let options = ConvOptions {
            padding: [(kernel - 1) / 2; 2],
            groups: channels / of_group,
            ..ConvOptions::default()
        };
        let active = activation::relu(conv2d(x, weight, Some(bias), &options));
        overlapping_pool(local_response_norm(active, settings.clone()), 3, 2)
    };
    let x = stage(images, p.conv1_weight, p.conv1_bias);
    let x = stage(x, p.conv2_weight, p.conv2_bias);
    let x: Tensor<2> = x.flatten(1, 3);
    let hidden = activation::relu(x.matmul(p.dense1_weight) + p.dense1_bias.unsqueeze());
    hidden.matmul(p.dense2_weight) + p.dense2_bias.unsqueeze()
    // END SOLUTION
}

/// The prediction of a network for each image: the mean over the image's ten crops of the probabilities that softmax
/// makes of the logits.
///
/// - `images`: `[n, channels, h, w]`; `size`: that of the crops, for which the parameters are made. Gives `[n, classes]`.
///
/// Source: Krizhevsky et al. (2012), section 4.1; it takes their top-5 error on ILSVRC-2010 from 18.3 % to 17.0 %.
pub fn ten_crop_predict(
    parameters: MiniAlexnet,
    images: Tensor<4>,
    size: [usize; 2],
    settings: ResponseNorm,
) -> Tensor<2> {
    // BEGIN SOLUTION A2.6 ten_crop_predict
    let crops = ten_crops(images, size);
    let [n, ten, c, h, w] = crops.dims();
    let logits = mini_alexnet_forward(parameters, crops.reshape([n * ten, c, h, w]), settings);
    let [_, classes] = logits.dims();
    let probabilities = activation::softmax(logits, 1).reshape([n, ten, classes]);
    probabilities.mean_dim(1).squeeze_dim(1)
    // END SOLUTION
}

/// AlexNet: five convolutions and three dense layers, for images of 3 x 227 x 227 and 1000 classes.
///
/// | layer | filters | kernel | stride | padding | groups | pooled |
/// |---|---|---|---|---|---|---|
/// | conv1 | 96 | 11 | 4 | 0 | 1 | yes |
/// | conv2 | 256 | 5 | 1 | 2 | 2 | yes |
/// | conv3 | 384 | 3 | 1 | 1 | 1 | no |
/// | conv4 | 384 | 3 | 1 | 1 | 2 | no |
/// | conv5 | 256 | 3 | 1 | 1 | 2 | yes |
///
/// then dense layers of 4096, 4096 and 1000 units.
///
/// Source: Krizhevsky et al. (2012), section 3.5. The paper says 224, at which windows of 11 pixels every 4 do not end at
/// the border; 227 gives its 55 x 55 places without padding.
pub fn alexnet_config() -> AlexnetConfig {
    // BEGIN SOLUTION A2.6 alexnet_config
    let convolution = |filters, kernel, groups, pooled| AlexnetConvolution {
        filters,
        kernel,
        stride: 1,
        padding: (kernel - 1) / 2,
        groups,
        pooled,
    };
    AlexnetConfig {
        image: [3, 227, 227],
        convolutions: vec![
            AlexnetConvolution {
                stride: 4,
                padding: 0,
                ..convolution(96, 11, 1, true)
            },
            convolution(256, 5, 2, true),
            convolution(384, 3, 1, false),
            convolution(384, 3, 2, false),
            convolution(256, 3, 2, true),
        ],
        dense: vec![4096, 4096, 1000],
    }
    // END SOLUTION
}

/// The table of layers: one row for each convolution, each pooling and each dense layer, in their order.
///
/// - A convolution of `filters` filters over `c` channels in `g` groups: output
///   `(size + 2 padding - kernel) / stride + 1`, rounded down, in each direction; `filters (c / g) kernel^2 + filters`
///   parameters; `filters (c / g) kernel^2` multiplications at each place of the output. Its name is `conv1` for the first.
/// - The pooling after a convolution, where it has one, of size 3 and stride 2: output `(size - 3) / 2 + 1`, rounded down,
///   and neither parameters nor multiplications. Its name is `pool1` when it follows `conv1`.
/// - A dense layer from `a` to `b` units: output `[b, 1, 1]`, `a b + b` parameters, `a b` multiplications. The first takes
///   all values of the last feature maps. Names go on counting: after `conv5` comes `fc6`.
///
/// Nothing as large as the network is made: the table of a network that fits no machine costs nothing.
///
/// - `config`: kernels fit into their padded images, and groups divide the channels on both sides.
pub fn alexnet_table(config: AlexnetConfig) -> Vec<AlexnetRow> {
    // BEGIN SOLUTION A2.6 alexnet_table
    let mut rows: Vec<AlexnetRow> = Vec::new();
    let mut shape = config.image;
    for (i, layer) in config.convolutions.iter().enumerate() {
        let row = convolution_row(i + 1, layer, shape);
        shape = row.output;
        rows.push(row);
        if layer.pooled {
            let [c, h, w] = shape;
            shape = [c, (h - 3) / 2 + 1, (w - 3) / 2 + 1];
            rows.push(AlexnetRow {
                name: format!("pool{}", i + 1),
                output: shape,
                parameters: 0,
                multiplications: 0,
            });
        }
    }
    let mut inputs: usize = shape.iter().product();
    for (i, &units) in config.dense.iter().enumerate() {
        rows.push(AlexnetRow {
            name: format!("fc{}", config.convolutions.len() + i + 1),
            output: [units, 1, 1],
            parameters: inputs * units + units,
            multiplications: inputs * units,
        });
        inputs = units;
    }
    rows
    // END SOLUTION
}

// BEGIN SOLUTION
fn convolution_row(number: usize, layer: &AlexnetConvolution, [c, h, w]: [usize; 3]) -> AlexnetRow {
    let places = |size: usize| (size + 2 * layer.padding - layer.kernel) / layer.stride + 1;
    let output = [layer.filters, places(h), places(w)];
    let weights = layer.filters * (c / layer.groups) * layer.kernel * layer.kernel;
    AlexnetRow {
        name: format!("conv{number}"),
        output,
        parameters: weights + layer.filters,
        multiplications: weights * output[1] * output[2],
    }
}
// END SOLUTION

/// The errors of the ILSVRC: the share of images whose label is not among the `k` most probable classes, for each `k`.
///
/// Of two classes with the same number that with the smaller index goes first. So a label is missed when at least `k`
/// classes have a larger number, or the same number and a smaller index.
///
/// - `probabilities`: `[n, classes]`, `n` at least 1 (logits have the same order and do as well); `labels`: `[n]`.
/// - Gives one number from 0 to 1 for each of `ks`, in their order. With `k` at least `classes` it is 0.
///
/// Source: Russakovsky et al., "ImageNet large scale visual recognition challenge" (2015), section 4.1.
pub fn top_k_errors(probabilities: Tensor<2>, labels: Tensor<1, Int>, ks: Vec<usize>) -> Vec<f64> {
    // BEGIN SOLUTION A2.6 top_k_errors
    let [n, classes] = probabilities.dims();
    let values: Vec<f64> = probabilities.into_data().iter().collect();
    let labels: Vec<i64> = labels.into_data().iter().collect();
    // How many classes go before the label.
    let rank = |(row, label): (&[f64], &i64)| {
        let label = *label as usize;
        let before = |&j: &usize| row[j] > row[label] || (row[j] == row[label] && j < label);
        (0..classes).filter(before).count()
    };
    let ranks: Vec<usize> = values.chunks(classes).zip(&labels).map(rank).collect();
    let missed = |k: &usize| ranks.iter().filter(|rank| *rank >= k).count();
    ks.iter().map(|k| missed(k) as f64 / n as f64).collect()
    // END SOLUTION
}
