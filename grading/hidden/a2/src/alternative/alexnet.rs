//! A2.6 once more: neighbours as a banded matrix, windows as lists of indices, groups as separate convolutions.

use burn::tensor::{DType, Int, Tensor, TensorData, activation};
use common::contract::a2::*;
use common::linear::symmetric_eigen;
use common::nn::{ConvOptions, conv2d};

pub fn table() -> AlexnetTable {
    AlexnetTable {
        local_response_norm,
        local_response_norm_backward,
        overlapping_pool,
        colour_components,
        pca_colour_jitter,
        random_crop_flip,
        ten_crops,
        mini_alexnet_forward,
        ten_crop_predict,
        alexnet_config,
        alexnet_table,
        top_k_errors,
    }
}

/// `[c, c]`, 1 where two channels are neighbours.
fn band(x: &Tensor<4>, size: usize) -> Tensor<2> {
    let c = x.dims()[1];
    let reach = size / 2;
    let elements = (0..c * c).map(|at| f64::from((at / c).abs_diff(at % c) <= reach));
    Tensor::from_data(
        TensorData::new(elements.collect(), [c, c]),
        (&x.device(), x.dtype()),
    )
}

/// Channels first, one column per pixel.
fn columns(x: &Tensor<4>) -> Tensor<2> {
    let c = x.dims()[1];
    x.clone().permute([1, 0, 2, 3]).reshape([c as i64, -1])
}

fn from_columns(columns: Tensor<2>, [n, c, h, w]: [usize; 4]) -> Tensor<4> {
    columns.reshape([c, n, h, w]).permute([1, 0, 2, 3])
}

fn local_response_norm(x: Tensor<4>, settings: ResponseNorm) -> Tensor<4> {
    let pixels = columns(&x);
    let squares = band(&x, settings.size).matmul(pixels.clone().powi_scalar(2));
    let s = squares.mul_scalar(settings.alpha).add_scalar(settings.k);
    // x / s^beta = x exp(-beta ln s)
    from_columns(pixels * (s.log() * -settings.beta).exp(), x.dims())
}

fn local_response_norm_backward(x: Tensor<4>, dy: Tensor<4>, settings: ResponseNorm) -> Tensor<4> {
    let band = band(&x, settings.size);
    let (pixels, dy) = (columns(&x), columns(&dy));
    let s = band.clone().matmul(pixels.clone() * pixels.clone()) * settings.alpha + settings.k;
    let inverse = (s.clone().log() * -settings.beta).exp();
    let y = pixels.clone() * inverse.clone();
    let ds = (dy.clone() * y / s) * -settings.beta;
    let through_s = band.transpose().matmul(ds) * pixels * (2.0 * settings.alpha);
    from_columns(dy * inverse + through_s, x.dims())
}

fn overlapping_pool(x: Tensor<4>, size: usize, stride: usize) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let starts = |all: usize| all - size + 1;
    let every = |shift: usize, all: usize| -> Vec<i64> {
        (0..starts(all))
            .step_by(stride)
            .map(|at| (at + shift) as i64)
            .collect()
    };
    let shifted = (0..size * size).map(|at| picked(&x, &every(at / size, h), &every(at % size, w)));
    let largest = shifted.reduce(|a, b| a.max_pair(b));
    largest.expect("a window of one pixel at least")
}

/// The rows and columns of these indices.
fn picked(x: &Tensor<4>, rows: &[i64], columns: &[i64]) -> Tensor<4> {
    let list = |indices: &[i64]| Tensor::<1, Int>::from_data(indices, (&x.device(), DType::I64));
    x.clone().select(2, list(rows)).select(3, list(columns))
}

fn colour_components(images: Tensor<4>) -> ColourComponents {
    let pixels = columns(&images);
    let m = pixels.dims()[1];
    // The covariance does not change when all pixels are moved by the first.
    let moved = pixels.clone() - pixels.slice([0..images.dims()[1], 0..1]);
    let mean = moved.clone().sum_dim(1) / m as f64;
    let products = moved.clone().matmul(moved.transpose()) / m as f64;
    let covariance = products - mean.clone().matmul(mean.transpose());
    let (values, vectors) = symmetric_eigen(covariance);
    ColourComponents {
        values,
        vectors: -vectors,
    }
}

fn pca_colour_jitter(
    images: Tensor<4>,
    components: ColourComponents,
    draws: Tensor<2>,
) -> Tensor<4> {
    let [n, c, h, w] = images.dims();
    let axes: Vec<Tensor<2>> = (0..c)
        .map(|j| {
            let amount = draws.clone().narrow(1, j, 1)
                * components.values.clone().narrow(0, j, 1).unsqueeze();
            amount.matmul(components.vectors.clone().narrow(1, j, 1).transpose())
        })
        .collect();
    axes.into_iter().fold(images, |images, colours| {
        images + colours.reshape([n, c, 1, 1]).expand([n, c, h, w])
    })
}

/// The indices of a window, from right to left where it is mirrored.
fn indices(first: usize, size: usize, mirrored: bool) -> Vec<i64> {
    let forwards = (first..first + size).map(|at| at as i64);
    if mirrored {
        forwards.rev().collect()
    } else {
        forwards.collect()
    }
}

fn random_crop_flip(images: Tensor<4>, size: [usize; 2], draws: Vec<CropDraw>) -> Tensor<4> {
    let [_, _, h, w] = images.dims();
    let place =
        |draw: f64, all: usize, size: usize| (draw * (all - size + 1) as f64).floor() as usize;
    let of_each = images.iter_dim(0).zip(draws).map(|(image, draw)| {
        let rows = indices(place(draw.row, h, size[0]), size[0], false);
        let columns = indices(place(draw.column, w, size[1]), size[1], draw.flip < 0.5);
        picked(&image, &rows, &columns)
    });
    Tensor::cat(of_each.collect(), 0)
}

fn ten_crops(images: Tensor<4>, size: [usize; 2]) -> Tensor<5> {
    let [_, _, h, w] = images.dims();
    let [bottom, right] = [h - size[0], w - size[1]];
    let mut crops = Vec::new();
    for mirrored in [false, true] {
        for (row, column) in [
            (0, 0),
            (0, right),
            (bottom, 0),
            (bottom, right),
            (bottom / 2, right / 2),
        ] {
            let rows = indices(row, size[0], false);
            let crop = picked(&images, &rows, &indices(column, size[1], mirrored));
            crops.push(crop.unsqueeze_dim(1));
        }
    }
    Tensor::cat(crops, 1)
}

fn mini_alexnet_forward(p: MiniAlexnet, images: Tensor<4>, settings: ResponseNorm) -> Tensor<2> {
    let stage = |x: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>| {
        let groups = x.dims()[1] / weight.dims()[1];
        let border = weight.dims()[2] / 2;
        let options = ConvOptions {
            padding: [border, border],
            ..ConvOptions::default()
        };
        let of_groups = x.chunk(groups, 1).into_iter().zip(weight.chunk(groups, 0));
        let maps = of_groups.map(|(x, weight)| conv2d(x, weight, None, &options));
        let maps = Tensor::cat(maps.collect(), 1) + bias.unsqueeze_dims::<4>(&[0, 2, 3]);
        overlapping_pool(
            local_response_norm(maps.clamp_min(0.0), settings.clone()),
            3,
            2,
        )
    };
    let x = stage(
        stage(images, p.conv1_weight, p.conv1_bias),
        p.conv2_weight,
        p.conv2_bias,
    );
    let n = x.dims()[0];
    let x = x.reshape([n as i64, -1]).matmul(p.dense1_weight) + p.dense1_bias.unsqueeze_dim(0);
    x.clamp_min(0.0).matmul(p.dense2_weight) + p.dense2_bias.unsqueeze_dim(0)
}

fn ten_crop_predict(
    p: MiniAlexnet,
    images: Tensor<4>,
    size: [usize; 2],
    settings: ResponseNorm,
) -> Tensor<2> {
    let crops = ten_crops(images, size);
    let of_crop = crops.iter_dim(1).map(|crop| {
        let logits = mini_alexnet_forward(p.clone(), crop.squeeze_dim(1), settings.clone());
        activation::log_softmax(logits, 1).exp()
    });
    let sum = of_crop.reduce(|a, b| a + b);
    sum.expect("ten crops") / 10.0
}

fn alexnet_config() -> AlexnetConfig {
    let rows = [
        (96, 11, 4, 0, 1, true),
        (256, 5, 1, 2, 2, true),
        (384, 3, 1, 1, 1, false),
        (384, 3, 1, 1, 2, false),
        (256, 3, 1, 1, 2, true),
    ];
    let convolutions =
        rows.map(
            |(filters, kernel, stride, padding, groups, pooled)| AlexnetConvolution {
                filters,
                kernel,
                stride,
                padding,
                groups,
                pooled,
            },
        );
    AlexnetConfig {
        image: [3, 227, 227],
        convolutions: convolutions.to_vec(),
        dense: vec![4096, 4096, 1000],
    }
}

fn alexnet_table(config: AlexnetConfig) -> Vec<AlexnetRow> {
    let row = |name: String, output: [usize; 3], weights: usize| AlexnetRow {
        name,
        parameters: if weights == 0 { 0 } else { weights + output[0] },
        multiplications: weights * output[1] * output[2],
        output,
    };
    let mut table = Vec::new();
    let mut last = config.image;
    for (number, layer) in (1..).zip(&config.convolutions) {
        let after =
            |size: usize| (size + 2 * layer.padding + layer.stride - layer.kernel) / layer.stride;
        let weights = last[0] * layer.filters * layer.kernel.pow(2) / layer.groups;
        last = [layer.filters, after(last[1]), after(last[2])];
        table.push(row(format!("conv{number}"), last, weights));
        if layer.pooled {
            last = [last[0], (last[1] - 1) / 2, (last[2] - 1) / 2];
            table.push(row(format!("pool{number}"), last, 0));
        }
    }
    let first = config.convolutions.len() + 1;
    for (number, units) in (first..).zip(config.dense) {
        let inputs: usize = last.iter().product();
        last = [units, 1, 1];
        table.push(row(format!("fc{number}"), last, inputs * units));
    }
    table
}

fn top_k_errors(probabilities: Tensor<2>, labels: Tensor<1, Int>, ks: Vec<usize>) -> Vec<f64> {
    let [n, classes] = probabilities.dims();
    let values: Vec<f64> = probabilities.to_data().iter().collect();
    let labels: Vec<i64> = labels.to_data().iter().collect();
    // Where the label stands in the sorted row.
    let place = |i: usize| {
        let row = &values[i * classes..(i + 1) * classes];
        let mut order: Vec<usize> = (0..classes).collect();
        order.sort_by(|&a, &b| row[b].total_cmp(&row[a]).then(a.cmp(&b)));
        order.iter().position(|class| *class as i64 == labels[i])
    };
    let places: Vec<Option<usize>> = (0..n).map(place).collect();
    let found = |k: usize| {
        places
            .iter()
            .filter(|place| place.is_some_and(|at| at < k))
            .count()
    };
    ks.into_iter()
        .map(|k| (n - found(k)) as f64 / n as f64)
        .collect()
}
