//! Numbers about MNIST that need no random generator, so that every language and every framework must find them:
//! those of CMU 10-714, homework 0 (`tests/test_simple_ml.py`, github.com/dlsyscourse/hw0).

use std::f64::consts::LN_10;
use std::path::Path;

use a1_backprop::parts::{losses, optimisers, tensor_layers};
use burn::tensor::{DType, Device, FloatDType, Int, Tensor};
use common::contract::a1::CrossEntropyOptions;
use common::data::{DataFolder, Images, load_from, registry};

/// The first `n` images `[n, 784]` in `[0, 1]` and their labels.
fn first(images: &Images, n: usize) -> (Tensor<2>, Tensor<1, Int>) {
    let samples: Vec<usize> = (0..n).collect();
    let (x, labels) = images.flat(&samples, &Device::flex());
    (x.cast(FloatDType::F64), labels)
}

fn norm(x: Tensor<2>) -> f64 {
    x.square().sum().into_scalar::<f64>().sqrt()
}

/// To a millionth: as many digits as the homework gives.
fn agree(what: &str, got: f64, want: f64) {
    println!("{what}: {got:.7}, in the homework {want}");
    assert!(
        (got - want).abs() <= 1e-6 * want,
        "{what}: {got}, not {want}"
    );
}

const PLAIN: CrossEntropyOptions = CrossEntropyOptions {
    class_weights: None,
    label_smoothing: 0.0,
    ignore_index: None,
};

#[test]
fn the_numbers_of_another_course_come_out() {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/datasets");
    if !from.join("mnist").is_dir() {
        println!("skipped: there is no {}", from.join("mnist").display());
        return;
    }
    let mnist = registry::find("mnist").unwrap();
    let train = load_from(mnist, &DataFolder::at(&from)).unwrap().train;

    agree(
        "norm of the first 10 images",
        norm(first(&train, 10).0),
        27.892084,
    );
    agree(
        "norm of the first 1000 images",
        norm(first(&train, 1000).0),
        293.0717,
    );

    let (x, labels) = first(&train, train.len());
    let zeros = Tensor::zeros([x.dims()[0], 10], (&x.device(), DType::F64));
    let loss = losses::cross_entropy(zeros, labels, PLAIN);
    agree("cross-entropy of zero logits", loss, LN_10);

    // Softmax regression without a bias, from zeros: one epoch over the first 100 samples in their order.
    let (x, labels) = first(&train, 100);
    let mut theta = Tensor::<2>::zeros([784, 10], (&x.device(), DType::F64));
    let bias = Tensor::<1>::zeros([10], (&x.device(), DType::F64));
    for start in (0..100).step_by(10) {
        let x = x.clone().narrow(0, start, 10);
        let labels = labels.clone().narrow(0, start, 10);
        let logits = tensor_layers::linear_forward(x.clone(), theta.clone(), bias.clone());
        let dlogits = losses::cross_entropy_backward(logits, labels, PLAIN);
        let dw = tensor_layers::linear_backward(x, theta.clone(), dlogits).dw;
        let stepped = optimisers::sgd(vec![theta.flatten(0, 1)], vec![dw.flatten(0, 1)], 0.1);
        theta = stepped[0].clone().reshape([784, 10]);
    }
    agree("norm of the weights after 10 steps", norm(theta), 1.0947356);
}
