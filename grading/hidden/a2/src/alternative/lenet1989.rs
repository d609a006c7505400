//! A2.4 with convolutions in one group per plane, gradients layer by layer without autodiff, and thresholds that are tried
//! one after the other.

use burn::tensor::{Device, Int, Tensor};
use common::contract::a2::*;
use common::nn::{ConvOptions, conv2d};
use common::rng::Rng;

use crate::oracle::array::tensor;

pub fn table() -> Lenet1989Table {
    Lenet1989Table {
        scaled_tanh: squash,
        background_pad: framed,
        lenet1989_connections: || {
            let groups = [[0, 4], [4, 8], [0, 8]];
            let planes = (0..12).map(|plane| groups[plane / 4]);
            planes
                .map(|starts| starts.iter().flat_map(|start| *start..start + 4).collect())
                .collect()
        },
        lenet1989_sizes: |height, width| {
            let pixels = height * width;
            let size = |layer: &str, units: usize, weights: usize, inputs: usize| LayerSize {
                layer: layer.to_string(),
                units,
                parameters: weights + units,
                connections: units * inputs + units,
            };
            vec![
                size("H1", 3 * pixels, 300, 25),
                size("H2", 3 * pixels / 4, 2400, 200),
                size("H3", 30, 30 * 3 * pixels / 4, 3 * pixels / 4),
                size("out", 10, 300, 30),
            ]
        },
        lenet1989_init: |height, width, seed| {
            let mut rng = Rng::new(seed);
            let mut draw = |n: usize, inputs: usize| -> Vec<f64> {
                let weight = |rng: &mut Rng| 2.4 * (2.0 * rng.unit() - 1.0) / inputs as f64;
                (0..n).map(|_| weight(&mut rng)).collect()
            };
            let (h1, h2) = ([12, height / 2, width / 2], [12, height / 4, width / 4]);
            let n2 = h2.iter().product();
            let out_weight = tensor(draw(300, 30), [30, 10]);
            Lenet1989Parameters {
                h3_weight: tensor(draw(30 * n2, n2), [n2, 30]),
                h2_weight: tensor(draw(2400, 200), [12, 8, 5, 5]),
                h1_weight: tensor(draw(300, 25), [12, 1, 5, 5]),
                h1_bias: tensor(vec![0.0; 4 * n2], h1),
                h2_bias: tensor(vec![0.0; n2], h2),
                h3_bias: tensor(vec![0.0; 30], [30]),
                out_weight,
                out_bias: tensor(vec![0.0; 10], [10]),
            }
        },
        lenet1989_forward: |parameters, images| states(&parameters, images).pop().expect("a layer"),
        signed_mse: |outputs, labels| {
            let [n, classes] = outputs.dims();
            let targets = targets(&labels, classes);
            // Squares of distances from 1 and -1: y^2 - 2 y t + 1.
            let products = (outputs.clone() * targets).sum();
            (outputs.square().sum() - products * 2.0) / (n * classes) as f64 + 1.0
        },
        lenet1989_pass: |mut parameters, images, labels, rates| {
            let n = images.dims()[0];
            let mut losses = vec![];
            for i in 0..n {
                let image = images.clone().narrow(0, i, 1);
                let target = targets(&labels.clone().narrow(0, i, 1), 10);
                losses.push(step(&mut parameters, image, target, &rates));
            }
            Lenet1989Pass {
                parameters,
                loss: losses.iter().sum::<f64>() / n as f64,
            }
        },
        reject_curve: |outputs, labels| {
            let n = outputs.dims()[0];
            if n == 0 {
                return vec![];
            }
            let (sorted, classes) = outputs.sort_descending_with_indices(1);
            let column =
                |k| -> Vec<f64> { sorted.clone().narrow(1, k, 1).into_data().iter().collect() };
            let confidence: Vec<f64> = column(0)
                .iter()
                .zip(column(1))
                .map(|(a, b)| a - b)
                .collect();
            let answers: Vec<i64> = classes.narrow(1, 0, 1).into_data().iter().collect();
            let labels: Vec<i64> = labels.into_data().iter().collect();
            let mut thresholds = confidence.clone();
            thresholds.sort_by(|a, b| a.partial_cmp(b).expect("finite outputs"));
            thresholds.dedup();
            let point = |threshold: f64| {
                let kept: Vec<usize> = (0..n).filter(|&i| confidence[i] >= threshold).collect();
                let wrong = kept.iter().filter(|&&i| answers[i] != labels[i]).count();
                RejectPoint {
                    threshold,
                    rejected: 1.0 - kept.len() as f64 / n as f64,
                    error: wrong as f64 / kept.len() as f64,
                }
            };
            thresholds.into_iter().map(point).collect()
        },
        reject_for_error: |curve, error| {
            let mut best = None;
            for point in curve.iter().rev() {
                if point.error <= error {
                    best = Some(point.rejected);
                }
            }
            best
        },
    }
}

/// By the exponential function.
fn squash(a: Tensor<2>) -> Tensor<2> {
    let e = (a * (-4.0 / 3.0)).exp();
    let one = e.ones_like();
    (one.clone() - e.clone()) / (one + e) * 1.7159
}

/// The slope of `squash` where its value is `y`.
fn slope(y: Tensor<2>) -> Tensor<2> {
    let one = y.ones_like();
    (one - (y / 1.7159).square()) * (1.7159 * 2.0 / 3.0)
}

/// A plane of -1 with `x` in its middle.
fn framed(x: Tensor<4>, margin: usize) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let shape = [n, c, height + 2 * margin, width + 2 * margin];
    let frame = Tensor::full(shape, -1.0, (&x.device(), x.dtype()));
    let inside = [0..n, 0..c, margin..margin + height, margin..margin + width];
    frame.slice_assign(inside, x)
}

/// 1 for the right class and -1 for the others, in double precision.
fn targets(labels: &Tensor<1, Int>, classes: usize) -> Tensor<2> {
    let labels: Vec<i64> = labels.to_data().iter().collect();
    let signs = labels.iter().flat_map(|label| {
        (0..classes as i64).map(move |class| if class == *label { 1.0 } else { -1.0 })
    });
    tensor(signs.collect(), [labels.len(), classes])
}

/// The planes of H1 that the planes of H2 see, 96 of them.
fn seen(device: &Device) -> Tensor<1, Int> {
    let lists = (table().lenet1989_connections)().concat();
    let lists: Vec<i64> = lists.into_iter().map(|plane| plane as i64).collect();
    Tensor::from_ints(lists.as_slice(), device)
}

/// What the units of a plane see of `[n, c, height, width]`: `[n, units, c, 25]`, by a slice for each unit.
fn patches(x: Tensor<4>) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let (rows, columns) = (height / 2, width / 2);
    let x = framed(x, 2);
    let mut all = vec![];
    for i in 0..rows {
        for j in 0..columns {
            let patch = x
                .clone()
                .slice([0..n, 0..c, 2 * i..2 * i + 5, 2 * j..2 * j + 5]);
            all.push(patch.reshape([n, 1, c, 25]));
        }
    }
    Tensor::cat(all, 1)
}

/// What each layer puts out, as rows: image, H1, H2, H3, outputs.
fn states(p: &Lenet1989Parameters, images: Tensor<4>) -> Vec<Tensor<2>> {
    let n = images.dims()[0];
    let step = ConvOptions {
        stride: [2, 2],
        ..Default::default()
    };
    let flat = |x: Tensor<4>| x.flatten::<2>(1, 3);
    let bias = |b: &Tensor<3>| b.clone().flatten::<1>(0, 2).unsqueeze::<2>();
    let [_, rows, columns] = p.h1_bias.dims();

    let h1 = conv2d(framed(images.clone(), 2), p.h1_weight.clone(), None, &step);
    let h1 = squash(flat(h1) + bias(&p.h1_bias));
    let planes = framed(h1.clone().reshape([n, 12, rows, columns]), 2);
    let planes = planes.select(1, seen(&images.device()));
    let grouped = ConvOptions { groups: 12, ..step };
    let h2 = conv2d(planes, p.h2_weight.clone(), None, &grouped);
    let h2 = squash(flat(h2) + bias(&p.h2_bias));
    let h3 = squash(h2.clone().matmul(p.h3_weight.clone()) + p.h3_bias.clone().unsqueeze());
    let out = squash(h3.clone().matmul(p.out_weight.clone()) + p.out_bias.clone().unsqueeze());
    vec![flat(images), h1, h2, h3, out]
}

/// One step of gradient descent on one image, by back-propagation; gives the loss before.
fn step(
    p: &mut Lenet1989Parameters,
    image: Tensor<4>,
    target: Tensor<2>,
    rates: &Lenet1989Rates,
) -> f64 {
    let [_, _, height, width] = image.dims();
    let states = states(p, image.clone());
    let [_, h1, h2, h3, out] = <[Tensor<2>; 5]>::try_from(states).expect("five layers");
    let off = out.clone() - target;
    let loss = off.clone().square().mean().into_scalar::<f64>();

    let da_out = off * slope(out) / 5.0;
    let da_h3 = da_out.clone().matmul(p.out_weight.clone().transpose()) * slope(h3.clone());
    let da_h2 = da_h3.clone().matmul(p.h3_weight.clone().transpose()) * slope(h2.clone());
    let dh1 = back_to_h1(p, da_h2.clone(), [height / 4, width / 4]);
    let da_h1 = dh1 * slope(h1.clone());

    let seen_by_h2 = h1.reshape([1, 12, height / 2, width / 2]);
    let kernels_h1 = by_kernels(image, da_h1.clone());
    let kernels_h2 = by_kernels(seen_by_h2, da_h2.clone());
    let kernels_h2 = kernels_h2.reshape([144, 25]).select(0, links());
    p.h1_weight = p.h1_weight.clone() - kernels_h1.reshape([12, 1, 5, 5]) * rates.h1;
    p.h1_bias = p.h1_bias.clone() - da_h1.reshape(p.h1_bias.dims()) * rates.h1;
    p.h2_weight = p.h2_weight.clone() - kernels_h2.reshape([12, 8, 5, 5]) * rates.h2;
    p.h2_bias = p.h2_bias.clone() - da_h2.reshape(p.h2_bias.dims()) * rates.h2;
    p.h3_weight = p.h3_weight.clone() - h2.transpose().matmul(da_h3.clone()) * rates.h3;
    p.h3_bias = p.h3_bias.clone() - da_h3.squeeze_dim(0) * rates.h3;
    p.out_weight = p.out_weight.clone() - h3.transpose().matmul(da_out.clone()) * rates.out;
    p.out_bias = p.out_bias.clone() - da_out.squeeze_dim(0) * rates.out;
    loss
}

/// The gradients by the kernels of a dense layer, `[12, 25 c]`, from those by its sums.
fn by_kernels(below: Tensor<4>, da: Tensor<2>) -> Tensor<2> {
    let [_, c, height, width] = below.dims();
    let places = height / 2 * (width / 2);
    let rows = patches(below).reshape([places, 25 * c]);
    da.reshape([12, places]).matmul(rows)
}

/// The 96 kernels of H2 among 144.
fn links() -> Tensor<1, Int> {
    let lists = (table().lenet1989_connections)().into_iter().enumerate();
    let places = lists.flat_map(|(h2, planes)| planes.into_iter().map(move |h1| 12 * h2 + h1));
    let places: Vec<i64> = places.map(|place| place as i64).collect();
    Tensor::from_ints(places.as_slice(), &Device::flex())
}

/// The gradient by the states of H1, `[1, n1]`: each unit of H2 adds its kernels where it looks.
fn back_to_h1(p: &Lenet1989Parameters, da_h2: Tensor<2>, [rows, columns]: [usize; 2]) -> Tensor<2> {
    let da: Vec<f64> = da_h2.into_data().iter().collect();
    let weight: Vec<f64> = p.h2_weight.to_data().iter().collect();
    let (height, width) = (2 * rows, 2 * columns);
    let mut dh1 = vec![0.0; 12 * height * width];
    for (h2, planes) in (table().lenet1989_connections)().iter().enumerate() {
        for (k, h1) in planes.iter().enumerate() {
            for y in 0..height {
                for x in 0..width {
                    // Row i of H2 sees row y with row p of its kernel where 2 i + p = y + 2.
                    for i in (0..rows).filter(|i| (2 * i..2 * i + 5).contains(&(y + 2))) {
                        for j in (0..columns).filter(|j| (2 * j..2 * j + 5).contains(&(x + 2))) {
                            let (p, q) = (y + 2 - 2 * i, x + 2 - 2 * j);
                            dh1[(h1 * height + y) * width + x] += da[(h2 * rows + i) * columns + j]
                                * weight[((h2 * 8 + k) * 5 + p) * 5 + q];
                        }
                    }
                }
            }
        }
    }
    let n = dh1.len();
    tensor(dh1, [1, n])
}
