//! Mutants of A2.6: the small network and its prediction.

use a2_cnn::parts::alexnet as reference;
use burn::tensor::{Tensor, activation};
use common::contract::a2::{MiniAlexnet, ResponseNorm};
use common::nn::{ConvOptions, conv2d};
use hidden_suite::Mutant;

use super::alexnet::PART;

/// The mutants of this part that are about the network.
pub fn mutants() -> Vec<Mutant> {
    let mut all = forward();
    all.extend(prediction());
    all
}

/// What follows a convolution.
type After = fn(Tensor<4>, ResponseNorm) -> Tensor<4>;

/// The small network with other steps after a convolution, another order of its features, and what precedes the last layer.
fn network(
    p: MiniAlexnet,
    images: Tensor<4>,
    settings: ResponseNorm,
    after: After,
    flatten: fn(Tensor<4>) -> Tensor<2>,
    hidden: fn(Tensor<2>) -> Tensor<2>,
) -> Tensor<2> {
    let stage = |x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>| {
        let [_, of_group, kernel, _] = weight.dims();
        let options = ConvOptions {
            padding: [kernel / 2; 2],
            groups: x.dims()[1] / of_group,
            ..ConvOptions::default()
        };
        after(conv2d(x, weight, Some(bias), &options), settings.clone())
    };
    let x = stage(images, p.conv1_weight, p.conv1_bias);
    let x = flatten(stage(x, p.conv2_weight, p.conv2_bias));
    let x = hidden(x.matmul(p.dense1_weight) + p.dense1_bias.unsqueeze());
    x.matmul(p.dense2_weight) + p.dense2_bias.unsqueeze()
}

fn right_after(x: Tensor<4>, s: ResponseNorm) -> Tensor<4> {
    let normalised = reference::local_response_norm(activation::relu(x), s);
    reference::overlapping_pool(normalised, 3, 2)
}

fn right_flatten(x: Tensor<4>) -> Tensor<2> {
    x.flatten(1, 3)
}

fn forward() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.mini_alexnet_forward / "normalised_before_relu",
            "response normalisation comes before ReLU",
            |p, images, s| {
                let after: After = |x, s| {
                    let active = activation::relu(reference::local_response_norm(x, s));
                    reference::overlapping_pool(active, 3, 2)
                };
                network(p, images, s, after, right_flatten, activation::relu)
            }
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "pooled_before_normalised",
            "pooling comes before response normalisation",
            |p, images, s| {
                let after: After = |x, s| {
                    let pooled = reference::overlapping_pool(activation::relu(x), 3, 2);
                    reference::local_response_norm(pooled, s)
                };
                network(p, images, s, after, right_flatten, activation::relu)
            }
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "not_normalised",
            "there is no response normalisation",
            |p, images, s| {
                let after: After = |x, _| reference::overlapping_pool(activation::relu(x), 3, 2);
                network(p, images, s, after, right_flatten, activation::relu)
            }
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "paper_settings",
            "the settings are always those of the paper",
            |p, images, _| {
                let s = ResponseNorm {
                    size: 5,
                    k: 2.0,
                    alpha: 1e-4,
                    beta: 0.75,
                };
                reference::mini_alexnet_forward(p, images, s)
            }
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "channels_last",
            "the features of a pixel are written one after the other",
            |p, images, s| {
                let flatten = |x: Tensor<4>| x.permute([0, 2, 3, 1]).flatten(1, 3);
                network(p, images, s, right_after, flatten, activation::relu)
            }
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "no_hidden_relu",
            "there is no ReLU between the dense layers",
            |p, images, s| network(p, images, s, right_after, right_flatten, |x| x)
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "one_group_for_all",
            "all filters of the second convolution see the first group",
            |p, images, s| {
                let [_, of_group, ..] = p.conv2_weight.dims();
                let groups = p.conv1_bias.dims()[0] / of_group;
                // One group, and zeros for the channels that are not in the first of the old ones.
                let zeros = p.conv2_weight.zeros_like();
                let mut whole = vec![p.conv2_weight.clone()];
                whole.extend(vec![zeros; groups - 1]);
                let conv2_weight = Tensor::cat(whole, 1);
                reference::mini_alexnet_forward(MiniAlexnet { conv2_weight, ..p }, images, s)
            }
        ),
        mutant!(
            alexnet.mini_alexnet_forward / "probabilities",
            "gives probabilities and not logits",
            |p, images, s| activation::softmax(reference::mini_alexnet_forward(p, images, s), 1)
        ),
    ]
}

/// The logits of all windows, `[n, 10, classes]`.
fn logits_of_crops(
    p: MiniAlexnet,
    images: Tensor<4>,
    size: [usize; 2],
    s: ResponseNorm,
) -> Tensor<3> {
    let crops = reference::ten_crops(images, size);
    let [n, ten, c, h, w] = crops.dims();
    let logits = reference::mini_alexnet_forward(p, crops.reshape([n * ten, c, h, w]), s);
    let classes = logits.dims()[1];
    logits.reshape([n, ten, classes])
}

fn prediction() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.ten_crop_predict / "mean_of_logits",
            "logits are averaged, and softmax comes after",
            |p, images, size, s| {
                let logits = logits_of_crops(p, images, size, s);
                activation::softmax(logits.mean_dim(1).squeeze_dim(1), 1)
            }
        ),
        mutant!(
            alexnet.ten_crop_predict / "mean_of_logarithms",
            "the logarithms of the probabilities are averaged",
            |p, images, size, s| {
                let logs = activation::log_softmax(logits_of_crops(p, images, size, s), 2);
                logs.mean_dim(1).squeeze_dim::<2>(1).exp()
            }
        ),
        mutant!(
            alexnet.ten_crop_predict / "sum",
            "the probabilities are added and not averaged",
            |p, images, size, s| reference::ten_crop_predict(p, images, size, s) * 10.0
        ),
        mutant!(
            alexnet.ten_crop_predict / "centre_only",
            "only the centre is looked at",
            |p, images, size, s| {
                let logits = logits_of_crops(p, images, size, s).narrow(1, 4, 1);
                activation::softmax(logits.squeeze_dim(1), 1)
            }
        ),
        mutant!(
            alexnet.ten_crop_predict / "not_mirrored",
            "the mirrored windows are left out",
            |p, images, size, s| {
                let five = logits_of_crops(p, images, size, s).narrow(1, 0, 5);
                activation::softmax(five, 2).mean_dim(1).squeeze_dim(1)
            }
        ),
        mutant!(
            alexnet.ten_crop_predict / "images_mixed",
            "[10 n] goes back to [10, n]: windows of different images are averaged",
            |p, images, size, s| {
                let probabilities = activation::softmax(logits_of_crops(p, images, size, s), 2);
                let [n, ten, classes] = probabilities.dims();
                probabilities
                    .reshape([ten, n, classes])
                    .mean_dim(0)
                    .squeeze_dim(0)
            }
        ),
        mutant!(
            alexnet.ten_crop_predict / "softmax_over_windows",
            "softmax goes over the windows and not over the classes",
            |p, images, size, s| {
                let logits = logits_of_crops(p, images, size, s);
                activation::softmax(logits, 1).mean_dim(1).squeeze_dim(1)
            }
        ),
    ]
}
