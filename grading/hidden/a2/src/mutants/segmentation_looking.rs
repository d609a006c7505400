//! Mutants of A2.12: looking into a classifier.

use a2_cnn::parts::segmentation as reference;
use burn::tensor::{Int, Tensor, activation};
use common::contract::a2::LookCnn;
use common::nn::{cross_entropy, value_and_gradient};
use hidden_suite::Mutant;

use super::segmentation::PART;

/// The mutants that differentiate.
pub(super) fn looking() -> Vec<Mutant> {
    let mut all = saliency();
    all.extend(adversarial());
    all.extend(cam());
    all
}

/// The gradient by the images of a number made of the logits and the classes.
fn gradient(
    cnn: &LookCnn,
    images: &Tensor<4>,
    classes: &Tensor<1, Int>,
    of: fn(Tensor<2>, Tensor<1, Int>) -> Tensor<1>,
) -> Tensor<4> {
    let (_, gradient) = value_and_gradient(images, |images| {
        let logits = reference::look_forward(cnn.clone(), images.clone()).logits;
        of(logits, classes.clone())
    });
    gradient
}

fn of_classes(logits: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    logits.gather(1, classes.unsqueeze_dim(1)).sum()
}

fn largest(gradient: Tensor<4>) -> Tensor<3> {
    gradient.abs().max_dim(1).squeeze_dim(1)
}

fn saliency() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.saliency_maps / "signed",
            "the largest derivative, with its sign",
            |cnn, x, c| gradient(&cnn, &x, &c, of_classes).max_dim(1).squeeze_dim(1)
        ),
        mutant!(
            segmentation.saliency_maps / "sign_lost_too_late",
            "the absolute value of the largest derivative",
            |cnn, x, c| gradient(&cnn, &x, &c, of_classes)
                .max_dim(1)
                .abs()
                .squeeze_dim(1)
        ),
        mutant!(
            segmentation.saliency_maps / "mean_of_channels",
            "the mean over the channels",
            |cnn, x, c| gradient(&cnn, &x, &c, of_classes)
                .abs()
                .mean_dim(1)
                .squeeze_dim(1)
        ),
        mutant!(
            segmentation.saliency_maps / "sum_of_channels",
            "the sum over the channels",
            |cnn, x, c| gradient(&cnn, &x, &c, of_classes)
                .abs()
                .sum_dim(1)
                .squeeze_dim(1)
        ),
        mutant!(
            segmentation.saliency_maps / "first_channel",
            "the first channel alone",
            |cnn, x, c| gradient(&cnn, &x, &c, of_classes)
                .abs()
                .narrow(1, 0, 1)
                .squeeze_dim(1)
        ),
        mutant!(
            segmentation.saliency_maps / "of_the_probability",
            "the derivative of the probability",
            |cnn, x, c| largest(gradient(&cnn, &x, &c, |logits, classes| {
                of_classes(activation::softmax(logits, 1), classes)
            }))
        ),
        mutant!(
            segmentation.saliency_maps / "of_the_loss",
            "the derivative of the cross-entropy",
            |cnn, x, c| largest(gradient(&cnn, &x, &c, |logits, c| cross_entropy(
                logits, c, 0.0
            )))
        ),
        mutant!(
            segmentation.saliency_maps / "of_all_classes",
            "the derivative of the sum of all logits",
            |cnn, x, c| largest(gradient(&cnn, &x, &c, |logits, _| logits.sum()))
        ),
        mutant!(
            segmentation.saliency_maps / "mean_over_images",
            "the derivative of the mean over the images",
            |cnn, x, c| {
                let n = x.dims()[0] as f64;
                reference::saliency_maps(cnn, x, c) / n
            }
        ),
        mutant!(
            segmentation.saliency_maps / "times_the_image",
            "the derivative times the pixel",
            |cnn, x, c| largest(gradient(&cnn, &x, &c, of_classes) * x)
        ),
    ]
}

fn loss(logits: Tensor<2>, labels: Tensor<1, Int>) -> Tensor<1> {
    cross_entropy(logits, labels, 0.0)
}

fn adversarial() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.fgsm / "downhill",
            "goes down the loss",
            |cnn, x, c, eps| reference::fgsm(cnn, x, c, -eps)
        ),
        mutant!(
            segmentation.fgsm / "no_sign",
            "adds eps times the gradient",
            |cnn, x, c, eps| x.clone() + gradient(&cnn, &x, &c, loss) * eps
        ),
        mutant!(
            segmentation.fgsm / "eps_of_255",
            "divides eps by 255",
            |cnn, x, c, eps| reference::fgsm(cnn, x, c, eps / 255.0)
        ),
        mutant!(
            segmentation.fgsm / "clipped",
            "clips to 0 and 1",
            |cnn, x, c, eps| reference::fgsm(cnn, x, c, eps).clamp(0.0, 1.0)
        ),
        mutant!(
            segmentation.fgsm / "of_the_logit",
            "goes up the logit of the label",
            |cnn, x, c, eps| x.clone() + gradient(&cnn, &x, &c, of_classes).sign() * eps
        ),
        mutant!(
            segmentation.fgsm / "away_from_the_logit",
            "goes down the logit of the label, whatever the others do",
            |cnn, x, c, eps| x.clone() - gradient(&cnn, &x, &c, of_classes).sign() * eps
        ),
        mutant!(
            segmentation.fgsm / "own_prediction",
            "takes what the network says for the label",
            |cnn, x, _, eps| {
                let said = reference::look_forward(cnn.clone(), x.clone())
                    .logits
                    .argmax(1);
                reference::fgsm(cnn, x, said.squeeze_dim(1), eps)
            }
        ),
        mutant!(
            segmentation.fgsm / "step_alone",
            "gives the step without the image",
            |cnn, x, c, eps| reference::fgsm(cnn, x.clone(), c, eps) - x
        ),
        mutant!(
            segmentation.fgsm / "steepest",
            "a step of length eps along the gradient",
            |cnn, x, c, eps| {
                let gradient = gradient(&cnn, &x, &c, loss);
                let length = gradient.clone().square().sum().sqrt();
                x + gradient / length.unsqueeze() * eps
            }
        ),
        mutant!(
            segmentation.fgsm / "zero_is_up",
            "a gradient of 0 counts as positive",
            |cnn, x, c, eps| {
                let flat = gradient(&cnn, &x, &c, loss).equal_elem(0.0);
                let right = reference::fgsm(cnn, x.clone(), c, eps);
                right.mask_where(flat, x + eps)
            }
        ),
    ]
}

/// Maps, and the gradient of the classes' logits by them, through the linear layer.
fn maps_and_gradient(
    cnn: &LookCnn,
    images: &Tensor<4>,
    classes: &Tensor<1, Int>,
    of: fn(Tensor<2>, Tensor<1, Int>) -> Tensor<1>,
) -> (Tensor<4>, Tensor<4>) {
    let maps = reference::look_forward(cnn.clone(), images.clone()).maps;
    let (_, gradient) = value_and_gradient(&maps, |maps| {
        let inputs: Tensor<2> = maps.clone().flatten(1, 3);
        let logits = inputs.matmul(cnn.head_weight.clone()) + cnn.head_bias.clone().unsqueeze();
        of(logits, classes.clone())
    });
    (maps, gradient)
}

/// The mean over rows and columns.
fn mean(gradient: Tensor<4>) -> Tensor<4> {
    gradient.mean_dim(2).mean_dim(3)
}

/// The sum over the maps.
fn summed(weighted: Tensor<4>) -> Tensor<3> {
    weighted.sum_dim(1).squeeze_dim(1)
}

fn cam() -> Vec<Mutant> {
    vec![
        mutant!(
            segmentation.grad_cam / "not_averaged",
            "each place is weighted with its own gradient",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of_classes);
                activation::relu(summed(maps * gradient))
            }
        ),
        mutant!(
            segmentation.grad_cam / "sum_for_mean",
            "a map's weight is the sum of its gradient",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of_classes);
                activation::relu(summed(maps * gradient.sum_dim(2).sum_dim(3)))
            }
        ),
        mutant!(
            segmentation.grad_cam / "no_relu",
            "what speaks against the class is kept",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of_classes);
                summed(maps * mean(gradient))
            }
        ),
        mutant!(
            segmentation.grad_cam / "relu_before_the_sum",
            "each map is rectified before the sum",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of_classes);
                summed(activation::relu(maps * mean(gradient)))
            }
        ),
        mutant!(
            segmentation.grad_cam / "absolute",
            "the absolute value in the place of ReLU",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of_classes);
                summed(maps * mean(gradient)).abs()
            }
        ),
        mutant!(
            segmentation.grad_cam / "mean_of_maps",
            "the mean over the maps",
            |cnn, x, c| {
                let maps = cnn.conv2_bias.dims()[0] as f64;
                reference::grad_cam(cnn, x, c) / maps
            }
        ),
        mutant!(
            segmentation.grad_cam / "of_the_probability",
            "the gradient of the probability",
            |cnn, x, c| {
                let of = |logits, classes| of_classes(activation::softmax(logits, 1), classes);
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of);
                activation::relu(summed(maps * mean(gradient)))
            }
        ),
        mutant!(
            segmentation.grad_cam / "of_all_classes",
            "the gradient of the sum of all logits",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, |logits, _| logits.sum());
                activation::relu(summed(maps * mean(gradient)))
            }
        ),
        mutant!(
            segmentation.grad_cam / "to_one",
            "divided by the largest value",
            |cnn, x, c| {
                let cam = reference::grad_cam(cnn, x, c);
                let largest: Tensor<3> = cam.clone().max().unsqueeze();
                cam / (largest + 1e-12)
            }
        ),
        mutant!(
            segmentation.grad_cam / "weights_alone",
            "the gradient's mean is not multiplied with the maps",
            |cnn, x, c| {
                let (maps, gradient) = maps_and_gradient(&cnn, &x, &c, of_classes);
                activation::relu(summed(maps.ones_like() * mean(gradient)))
            }
        ),
    ]
}
