//! A2.5 plane by plane: each plane of C3 has a convolution of its own, sums of four are slices, settings are columns.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Tensor, TensorData};
use common::contract::a2::*;
use common::nn::{ConvOptions, conv2d};

pub fn table() -> Lenet5Table {
    Lenet5Table {
        c3_table,
        c3_kernel: |links| {
            let zero = Tensor::zeros([1, 1, 5, 5], (&links.device(), links.dtype()));
            let mut next = 0;
            let mut planes = vec![];
            for seen in c3_table() {
                let kernel = |below: usize| {
                    if !seen.contains(&below) {
                        return zero.clone();
                    }
                    next += 1;
                    links.clone().narrow(0, next - 1, 1).unsqueeze()
                };
                planes.push(Tensor::cat((0..6).map(kernel).collect(), 1));
            }
            Tensor::cat(planes, 0)
        },
        lenet5_sizes,
        lenet5_input: |images| {
            let scaled = images * (1.175 + 0.1) - 0.1;
            framed(scaled, -0.1)
        },
        trainable_subsampling,
        lenet5_features: |p, images| {
            let c1 = conv2d(images, p.c1_weight, Some(p.c1_bias), &Default::default());
            let s2 = trainable_subsampling(squash(c1), p.s2_coefficient, p.s2_bias);
            let mut first = 0;
            let mut planes = vec![];
            for seen in c3_table() {
                let links = p.c3_weight.clone().narrow(0, first, seen.len());
                let below: Vec<Tensor<4>> =
                    seen.iter().map(|i| s2.clone().narrow(1, *i, 1)).collect();
                let below = Tensor::cat(below, 1);
                planes.push(conv2d(below, links.unsqueeze(), None, &Default::default()));
                first += seen.len();
            }
            let c3 = squash(Tensor::cat(planes, 1) + p.c3_bias.reshape([1, 16, 1, 1]));
            let s4 = trainable_subsampling(c3, p.s4_coefficient, p.s4_bias);
            let c5 = squash(linear(s4.flatten(1, 3), p.c5_weight, p.c5_bias));
            squash(linear(c5, p.f6_weight, p.f6_bias))
        },
        rbf_distances: |features, prototypes| {
            // |x|^2 - 2 x p + |p|^2
            let products = features.clone().matmul(prototypes.clone().transpose());
            let of_features = features.square().sum_dim(1);
            let of_prototypes = prototypes.square().sum_dim(1).transpose();
            of_features + of_prototypes - products * 2.0
        },
        rbf_loss: |distances, labels, j| {
            let [n, _] = distances.dims();
            let constant = Tensor::full([n, 1], -j, (&distances.device(), distances.dtype()));
            // With j as one more class the second term is a log-sum-exp: its largest term comes out.
            let all = Tensor::cat(vec![distances.clone().neg(), constant], 1);
            let largest = all.clone().max_dim(1);
            let others = (all - largest.clone()).exp().sum_dim(1).log() + largest;
            let right = distances.gather(1, labels.unsqueeze_dim(1));
            right.mean() + others.mean()
        },
        lenet5_modern: |p, images| {
            let s2 = halved(plus(images, p.c1_weight, p.c1_bias)).clamp_min(0.0);
            let s4 = halved(plus(s2, p.c3_weight, p.c3_bias)).clamp_min(0.0);
            let c5 = linear(s4.flatten(1, 3), p.c5_weight, p.c5_bias).clamp_min(0.0);
            let f6 = linear(c5, p.f6_weight, p.f6_bias).clamp_min(0.0);
            linear(f6, p.out_weight, p.out_bias)
        },
        modernise: |step| {
            if step > 4 {
                return Err("no such rung".to_string());
            }
            let pick = |columns: [f64; 5]| columns[step];
            Ok(LadderRung {
                passes: pick([23.0, 23.0, 46.0, 60.0, 80.0]) as usize,
                loss: if step == 0 {
                    LadderLoss::SquaredError
                } else {
                    LadderLoss::CrossEntropy
                },
                unit: if step == 4 {
                    LadderUnit::Relu
                } else {
                    LadderUnit::ScaledTanh
                },
                rule: if step < 2 {
                    LadderRule::Sgd
                } else {
                    LadderRule::AdamW
                },
                lr: pick([0.03, 0.01, 3e-4, 3e-4, 2e-3]),
                last_lr: pick([0.03, 0.01, 1e-4, 1e-4, 1e-5]),
                shift: pick([0.0, 0.0, 0.0, 1.0, 1.0]) as usize,
                dropout: pick([0.0, 0.0, 0.0, 0.0, 0.25]),
            })
        },
        ladder_lr: |rung, pass| {
            if rung.passes < 2 {
                return rung.lr;
            }
            let last = rung.passes - 1;
            let alpha = pass.min(last) as f64 / last as f64;
            (1.0 - alpha) * rung.lr + alpha * rung.last_lr
        },
        ladder_shift: |images, shifts, background| {
            let [n, _, height, width] = images.dims();
            let device = (&images.device(), images.dtype());
            let pixels: Vec<f64> = images.into_data().iter().collect();
            let mut moved = vec![background; pixels.len()];
            for (i, pixel) in pixels.into_iter().enumerate() {
                let [down, right] = shifts[i / (height * width)];
                let y = (i / width % height) as i64 + down;
                let x = (i % width) as i64 + right;
                if (0..height as i64).contains(&y) && (0..width as i64).contains(&x) {
                    moved[(i as i64 + down * width as i64 + right) as usize] = pixel;
                }
            }
            Tensor::from_data(TensorData::new(moved, [n, 1, height, width]), device)
        },
        ladder_forward,
        ladder_loss: |rung, outputs, labels| {
            let [n, classes] = outputs.dims();
            let right = labels.unsqueeze_dim::<2>(1);
            if rung.loss == LadderLoss::CrossEntropy {
                return log_softmax(outputs, 1).gather(1, right).mean().neg();
            }
            // (y + 1)^2 everywhere, and (y - 1)^2 - (y + 1)^2 = -4 y for the right class.
            let wrong = (outputs.clone() + 1.0).square().sum();
            (wrong - outputs.gather(1, right).sum() * 4.0) / (n * classes) as f64
        },
    }
}

fn c3_table() -> Vec<Vec<usize>> {
    // One bit for each plane of S2.
    let masks: [u8; 16] = [
        0b000111, 0b001110, 0b011100, 0b111000, 0b110001, 0b100011, 0b001111, 0b011110, 0b111100,
        0b111001, 0b110011, 0b100111, 0b011011, 0b110110, 0b101101, 0b111111,
    ];
    let planes = |mask: u8| (0..6).filter(|i| mask >> i & 1 == 1).collect();
    masks.map(planes).to_vec()
}

fn lenet5_sizes(height: usize, width: usize, modern: bool) -> Vec<LayerSize> {
    let mut sizes = vec![];
    let mut add = |layer: &str, units: usize, parameters: usize, connections: usize| {
        sizes.push(LayerSize {
            layer: layer.into(),
            units,
            parameters,
            connections,
        });
    };
    let (mut h, mut w) = (height, width);
    for (planes, links, names) in [
        (6, 6, ["C1", "S2"]),
        (16, if modern { 96 } else { 60 }, ["C3", "S4"]),
    ] {
        (h, w) = (h - 4, w - 4);
        let parameters = 25 * links + planes;
        add(names[0], planes * h * w, parameters, parameters * h * w);
        (h, w) = (h / 2, w / 2);
        let units = planes * h * w;
        match modern {
            true => add(names[1], units, 0, 4 * units),
            false => add(names[1], units, 2 * planes, 5 * units),
        }
    }
    let mut inputs = 16 * h * w;
    for (name, units) in [("C5", 120), ("F6", 84), ("out", 10)] {
        if name != "out" || modern {
            add(name, units, inputs * units + units, inputs * units + units);
        }
        inputs = units;
    }
    sizes
}

/// By the exponential function.
fn squash<const D: usize>(a: Tensor<D>) -> Tensor<D> {
    let e = (a * (-4.0 / 3.0)).exp();
    let one = e.ones_like();
    (one.clone() - e.clone()) / (one + e) * 1.7159
}

fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    x.matmul(weight) + bias.unsqueeze()
}

fn plus(x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    let planes = bias.dims()[0];
    conv2d(x, weight, None, &Default::default()) + bias.reshape([1, planes, 1, 1])
}

/// `x` in the middle of planes of `value` with two more rows and columns on each side.
fn framed(x: Tensor<4>, value: f64) -> Tensor<4> {
    let [n, c, height, width] = x.dims();
    let shape = [n, c, height + 4, width + 4];
    let frame = Tensor::full(shape, value, (&x.device(), x.dtype()));
    frame.slice_assign([0..n, 0..c, 2..2 + height, 2..2 + width], x)
}

/// The four units of each window, as an axis.
fn windows(x: Tensor<4>) -> Tensor<5> {
    let [n, c, height, width] = x.dims();
    let x = x.reshape([n * c, height / 2, 2, width / 2, 2]);
    x.permute([0, 1, 3, 2, 4])
        .reshape([n, c, height / 2, width / 2, 4])
}

/// The largest of each window: the order of it and ReLU does not matter.
fn halved(x: Tensor<4>) -> Tensor<4> {
    windows(x).max_dim(4).squeeze_dim(4)
}

fn trainable_subsampling(x: Tensor<4>, coefficient: Tensor<1>, bias: Tensor<1>) -> Tensor<4> {
    let planes = bias.dims()[0];
    let sum: Tensor<4> = windows(x).sum_dim(4).squeeze_dim(4);
    let each = |values: Tensor<1>| values.reshape([1, planes, 1, 1]);
    squash(sum * each(coefficient) + each(bias))
}

fn ladder_forward(
    rung: LadderRung,
    p: Lenet1989Parameters,
    images: Tensor<4>,
    uniform: Option<Tensor<2>>,
) -> Tensor<2> {
    let n = images.dims()[0];
    let hidden = |sums: Tensor<2>| match rung.unit {
        LadderUnit::ScaledTanh => squash(sums),
        LadderUnit::Relu => sums.clamp_min(0.0),
    };
    let layer = |x: Tensor<4>, weight: Tensor<4>, bias: &Tensor<3>, groups: usize| {
        let options = ConvOptions {
            stride: [2, 2],
            groups,
            ..Default::default()
        };
        let x = framed(x, -1.0);
        let sums = conv2d(x, weight, None, &options).flatten::<2>(1, 3);
        hidden(sums + bias.clone().flatten::<1>(0, 2).unsqueeze())
    };
    let h1 = layer(images, p.h1_weight, &p.h1_bias, 1);
    let [_, rows, columns] = p.h1_bias.dims();
    let h1 = h1.reshape([n, 12, rows, columns]);
    let group = |k: usize| h1.clone().narrow(1, 4 * k, 4);
    let seen = [0, 1, 1, 2, 0, 2].map(group);
    let h2 = layer(Tensor::cat(seen.to_vec(), 1), p.h2_weight, &p.h2_bias, 3);
    let h2 = match uniform {
        Some(numbers) => {
            let kept = numbers
                .greater_equal_elem(rung.dropout)
                .float()
                .cast(h2.dtype());
            h2 * kept * (1.0 / (1.0 - rung.dropout))
        }
        None => h2,
    };
    let sums = linear(
        hidden(linear(h2, p.h3_weight, p.h3_bias)),
        p.out_weight,
        p.out_bias,
    );
    if rung.loss == LadderLoss::SquaredError {
        squash(sums)
    } else {
        sums
    }
}
