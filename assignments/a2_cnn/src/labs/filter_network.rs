//! A convolutional network made of the functions of A2.2 and nothing else: two strided convolutions with ReLU, then a
//! linear layer, and the way back through them by hand.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::ConvOptions;
use common::nn::{Adam, AdamState, cross_entropy, kaiming_normal, single};
use common::rng::Rng;
use common::train::Metrics;
use common::{parameters, record};

use crate::parts::convolution::{conv_out_size, conv2d_backward, conv2d_gemm};

parameters! {
    /// The weights.
    pub struct FilterWeights {
        /// `[planes, channels, 5, 5]`
        pub first: Tensor<4>,
        /// `[planes]`
        pub first_bias: Tensor<1>,
        /// `[planes of the second layer, planes of the first, 5, 5]`
        pub second: Tensor<4>,
        /// `[planes of the second layer]`
        pub second_bias: Tensor<1>,
        /// `[planes of the second layer x rows x columns, classes]`
        pub linear: Tensor<2>,
        /// `[classes]`
        pub linear_bias: Tensor<1>,
    }
}

record! {
    /// Everything that a training step changes.
    pub struct FilterNetwork {
        /// The weights.
        pub weights: FilterWeights,
        /// What Adam remembers of them.
        pub adam: AdamState<FilterWeights>,
    }
}

/// The outputs of the layers.
pub struct Outputs {
    /// `[n, planes, rows, columns]`, after ReLU.
    pub first: Tensor<4>,
    /// `[n, planes, rows, columns]`, after ReLU.
    pub second: Tensor<4>,
    /// `[n, classes]`
    pub logits: Tensor<2>,
}

const KERNEL: usize = 5;
/// The first kernels start with this share of what He et al. ask for. Then what is seen in them at the end is what they
/// learned, and not mostly the noise that they began with.
const FIRST: f64 = 0.2;

/// Both convolutions halve rows and columns.
fn moves() -> ConvOptions {
    ConvOptions {
        stride: [2, 2],
        padding: [2, 2],
        ..ConvOptions::default()
    }
}

/// How many places both convolutions leave along a side.
fn places(size: usize) -> Result<usize, String> {
    let once = |size| conv_out_size(size, KERNEL, 2, 2, 1);
    once(once(size)?)
}

impl FilterNetwork {
    /// A new network for images of `[channels, height, width]`, with `planes` in its two layers, in single precision.
    ///
    /// # Errors
    /// What `conv_out_size` says.
    pub fn new(
        [channels, height, width]: [usize; 3],
        planes: [usize; 2],
        classes: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Self, String> {
        let mut rng = Rng::named(seed, "filters");
        let features = planes[1] * places(height)? * places(width)?;
        let mut kernels = |inputs: usize, outputs: usize| {
            let shape = [outputs, inputs, KERNEL, KERNEL];
            kaiming_normal(&mut rng, shape, inputs * KERNEL * KERNEL)
        };
        let (first, second) = (kernels(channels, planes[0]), kernels(planes[0], planes[1]));
        let zeros = |n: usize| Tensor::zeros([n], device);
        let weights = FilterWeights {
            first: first * FIRST,
            first_bias: zeros(planes[0]),
            second,
            second_bias: zeros(planes[1]),
            linear: kaiming_normal(&mut rng, [features, classes], features),
            linear_bias: zeros(classes),
        };
        let weights = single(weights, device);
        let adam = AdamState::new(&weights);
        Ok(Self { weights, adam })
    }

    /// The outputs of all layers for the images `x`.
    pub fn outputs(&self, x: Tensor<4>) -> Outputs {
        let w = self.weights.clone();
        let first = relu(conv2d_gemm(x, w.first, w.first_bias, moves()));
        let second = relu(conv2d_gemm(first.clone(), w.second, w.second_bias, moves()));
        let flat: Tensor<2> = second.clone().flatten(1, 3);
        let logits = flat.matmul(w.linear) + w.linear_bias.unsqueeze();
        Outputs {
            first,
            second,
            logits,
        }
    }

    /// One step on a batch: forward, loss, backward, Adam.
    pub fn step(self, x: Tensor<4>, labels: Tensor<1, Int>, lr: f64) -> (Self, Metrics) {
        let outputs = self.outputs(x.clone());
        let metrics = measure(outputs.logits.clone(), labels.clone());
        let gradients = self.gradients(x, outputs, labels);
        let (weights, adam) = Adam::new(lr).step(self.weights, gradients, self.adam);
        (Self { weights, adam }, metrics)
    }

    /// The gradients of the mean cross-entropy, layer by layer from the last to the first.
    fn gradients(&self, x: Tensor<4>, outputs: Outputs, labels: Tensor<1, Int>) -> FilterWeights {
        let w = &self.weights;
        let dlogits = dlogits(outputs.logits, labels);
        let flat: Tensor<2> = outputs.second.clone().flatten(1, 3);
        let dsecond = dlogits.clone().matmul(w.linear.clone().transpose());
        let dsecond = dsecond.reshape(outputs.second.dims());

        let dsecond = through_relu(outputs.second, dsecond);
        let second = conv2d_backward(outputs.first.clone(), w.second.clone(), dsecond, moves());
        let dfirst = through_relu(outputs.first, second.dx);
        let first = conv2d_backward(x, w.first.clone(), dfirst, moves());
        FilterWeights {
            first: first.dweight,
            first_bias: first.dbias,
            second: second.dweight,
            second_bias: second.dbias,
            linear: flat.transpose().matmul(dlogits.clone()),
            linear_bias: dlogits.sum_dim(0).squeeze_dim(0),
        }
    }
}

/// The gradient by the input of ReLU, from its output.
fn through_relu(y: Tensor<4>, dy: Tensor<4>) -> Tensor<4> {
    dy.mask_fill(y.lower_equal_elem(0.0), 0.0)
}

/// The gradient of the mean cross-entropy by the logits: what the network says, less what is true, over `n`.
fn dlogits(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<2> {
    let [n, classes] = logits.dims();
    let p = log_softmax(logits, 1).exp();
    let truth = labels.one_hot::<2>(classes).float().cast(p.dtype());
    (p - truth) / n as f64
}

/// The loss in nats and the share of wrong answers.
pub fn measure(logits: Tensor<2>, labels: Tensor<1, Int>) -> Metrics {
    let [n] = labels.dims();
    let loss = cross_entropy(logits.clone(), labels.clone(), 0.0);
    let answers: Tensor<1, Int> = logits.argmax(1).squeeze_dim(1);
    let answers = answers.cast(labels.dtype());
    let wrong = answers.not_equal(labels).int().sum().into_scalar::<i64>();
    Metrics::over(n)
        .with("loss", loss.into_scalar::<f64>())
        .with("error", wrong as f64 / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::DType;
    use common::check::{Tolerance, close, labels, numeric_gradient_of};
    use common::nn::Parameters;

    #[test]
    fn the_way_back_by_hand_agrees_with_numeric_gradients() {
        let mut rng = Rng::new(4);
        let x = rng.normal_tensor([2, 1, 6, 5]);
        let labels = labels(&[2, 0]);
        let device = Device::flex();
        let network = FilterNetwork::new([1, 6, 5], [2, 3], 3, 4, &device).unwrap();
        let weights = network.weights.map(&mut |w| w.cast(DType::F64));
        let network = FilterNetwork { weights, ..network };
        let outputs = network.outputs(x.clone());
        let got = network.gradients(x.clone(), outputs, labels.clone());

        let loss = |weights: FilterWeights| {
            let moved = FilterNetwork {
                weights,
                ..network.clone()
            };
            let logits = moved.outputs(x.clone()).logits;
            cross_entropy(logits, labels.clone(), 0.0).into_scalar::<f64>()
        };
        let w = &network.weights;
        let first = numeric_gradient_of(&w.first, |first| {
            Ok::<_, ()>(loss(FilterWeights { first, ..w.clone() }))
        });
        let second = numeric_gradient_of(&w.second, |second| {
            Ok::<_, ()>(loss(FilterWeights {
                second,
                ..w.clone()
            }))
        });
        let linear = numeric_gradient_of(&w.linear, |linear| {
            Ok::<_, ()>(loss(FilterWeights {
                linear,
                ..w.clone()
            }))
        });
        close(&got.first, &first.unwrap(), Tolerance::GRADIENT).unwrap();
        close(&got.second, &second.unwrap(), Tolerance::GRADIENT).unwrap();
        close(&got.linear, &linear.unwrap(), Tolerance::GRADIENT).unwrap();
    }

    #[test]
    fn the_error_counts_wrong_answers() {
        let logits = Tensor::<2>::from_data([[1.0, 0.0], [0.0, 1.0]], &Device::flex());
        let metrics = measure(logits, labels(&[0, 0]));
        assert_eq!(metrics.values[1], ("error", 0.5));
    }
}
