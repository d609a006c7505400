//! Checks of A2.6: what is done to feature maps and to images. The network and its table are in `alexnet_network.rs`.

use burn::tensor::{DType, Tensor};
use common::check::{Check, Tolerance, Verdict, close, ensure, equal_bits, shape};
use common::contract::Submission;
use common::contract::a2::{Alexnet, ColourComponents, CropDraw, ResponseNorm};
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::alexnet::{
    Fixture, colour_covariance, response_norm, response_norm_gradient, ten_windows,
};
use crate::oracle::array::{Array, matrix, vector};

pub(super) const PART: &str = "A2.6";

/// The checks of this part that look at layers and augmentation.
pub fn checks() -> Vec<Check> {
    let mut all = vec![
        Check {
            id: "alexnet/response_norm_values",
            part: PART,
            points: 2,
            proves: "Local response normalisation is PyTorch's but for the division of alpha, for windows of one channel up to all.",
            hint: "The window is centred on the channel; what lies beyond the first and the last channel counts as 0.",
            run: response_norm_values,
        },
        Check {
            id: "alexnet/response_norm_gradient",
            part: PART,
            points: 2,
            proves: "Its gradient is PyTorch's and that of the whole Jacobian, for a random dy.",
            hint: "One term for the numerator; and for each neighbour's sum one, with dy and x of the neighbour.",
            run: response_norm_gradients,
        },
        Check {
            id: "alexnet/pool",
            part: PART,
            points: 1,
            proves: "Windows of any size and stride are pooled, also of negative numbers, and those that do not fit are left out.",
            hint: "The stride is not the size; nothing is added around the image.",
            run: pool,
        },
        Check {
            id: "alexnet/components",
            part: PART,
            points: 1,
            proves: "Eigenvalues and eigenvectors put the covariance of the colours together again, largest first, at any brightness.",
            hint: "Take off the mean of each channel over all pixels of all images; divide by the number of pixels.",
            run: components,
        },
        Check {
            id: "alexnet/jitter",
            part: PART,
            points: 1,
            proves: "All pixels of an image are moved by the same colour, made of its own draws; draws of 0 change no bit.",
            hint: "Eigenvectors are columns; eigenvalues come without a root.",
            run: jitter,
        },
        Check {
            id: "alexnet/random_crop",
            part: PART,
            points: 1,
            proves: "Each image gets its own window, from the first place to the last, and is mirrored below 0.5 alone.",
            hint: "A draw just below 1 gives the last place, h - size.",
            run: random_crop,
        },
        Check {
            id: "alexnet/ten_crops",
            part: PART,
            points: 1,
            proves: "The ten windows are exact and in order, for images of odd and even borders.",
            hint: "Top left, top right, bottom left, bottom right, centre; then the five mirrored.",
            run: ten_crops,
        },
    ];
    all.extend(super::alexnet_network::checks());
    all
}

/// Settings at which every one of the four matters.
pub(super) fn settings(rng: &mut Rng, size: usize) -> ResponseNorm {
    ResponseNorm {
        size,
        k: rng.uniform(0.6, 2.0),
        alpha: rng.uniform(0.2, 0.8),
        beta: rng.uniform(0.4, 1.4),
    }
}

/// Six channels or so, and windows that are smaller and larger than they are.
fn cases(rng: &mut Rng) -> Vec<(Array<4>, Array<4>, ResponseNorm)> {
    let windows = [1, 3, 5, 15];
    let mut case = |size| {
        let [n, c, h, w] = sizes(rng, 1, 6);
        let x = Array::normal(rng, [n, c + 1, h, w]).map(|x| 1.5 * x);
        let dy = Array::normal(rng, x.shape);
        (x, dy, settings(rng, size))
    };
    windows.map(&mut case).to_vec()
}

fn response_norm_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let fixture = Fixture::load();
    for case in &fixture.cases {
        let y = s.local_response_norm(fixture.x().tensor(), case.settings())?;
        close(&y, &fixture.y(case).tensor(), Tolerance::EXACT)
            .map_err(about(format_args!("PyTorch, {:?}", case.settings())))?;
    }
    for (x, _, settings) in cases(rng) {
        let y = s.local_response_norm(x.tensor(), settings.clone())?;
        let want = response_norm(&x, &settings).tensor();
        close(&y, &want, Tolerance::EXACT).map_err(about(format_args!("{settings:?}")))?;
    }
    Ok(())
}

fn response_norm_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let fixture = Fixture::load();
    for case in &fixture.cases {
        let (x, dy) = (fixture.x().tensor(), fixture.dy().tensor());
        let dx = s.local_response_norm_backward(x, dy, case.settings())?;
        close(&dx, &fixture.dx(case).tensor(), Tolerance::EXACT)
            .map_err(about(format_args!("PyTorch, {:?}", case.settings())))?;
    }
    for (x, dy, settings) in cases(rng) {
        let dx = s.local_response_norm_backward(x.tensor(), dy.tensor(), settings.clone())?;
        let want = response_norm_gradient(&x, &dy, &settings).tensor();
        close(&dx, &want, Tolerance::EXACT).map_err(about(format_args!("{settings:?}")))?;
    }
    Ok(())
}

fn pool(s: &Submission, rng: &mut Rng) -> Verdict {
    for (size, stride) in [(3, 2), (3, 1), (2, 2), (2, 3), (4, 3)] {
        let [n, c] = sizes(rng, 1, 3);
        let [h, w] = sizes(rng, size, 9);
        // Below 0: a border of zeros would be the largest.
        let x = Array::normal(rng, [n, c, h, w]).map(|x| -x.abs() - 0.1);
        let y = s.overlapping_pool(x.tensor(), size, stride)?;
        equal_bits(&y, &x.pooled(size, stride).0.tensor()).map_err(about(format_args!(
            "{h} x {w}, size {size}, stride {stride}"
        )))?;
    }
    Ok(())
}

/// Correlated colours around `brightness`.
fn coloured(rng: &mut Rng, shape: [usize; 4], brightness: f64) -> Array<4> {
    let [n, c, h, w] = shape;
    let mixing: Vec<Vec<f64>> = (0..c)
        .map(|_| (0..c).map(|_| rng.normal()).collect())
        .collect();
    let source = Array::normal(rng, [n, c, h, w]);
    Array::from_fn(shape, |[i, k, y, x]| {
        let mixed = (0..c).map(|j| mixing[k][j] * source[[i, j, y, x]]);
        brightness * (1.0 + k as f64) + mixed.sum::<f64>()
    })
}

fn components(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, h, w] = sizes(rng, 2, 5);
    for (c, brightness, tolerance) in [
        (3, 2.0, 1e-10),
        (2, 0.0, 1e-10),
        // Numbers around 1e6 have errors of 1e-10, and products with such of 1e-9; a difference of squares has 1e-4.
        (3, 1e6, 1e-7),
    ] {
        let images = coloured(rng, [n, c, h, w], brightness);
        let found = s.colour_components(images.tensor())?;
        let tolerance = Tolerance {
            absolute: tolerance,
            relative: tolerance,
        };
        fits(&found, &colour_covariance(&images), tolerance)
            .map_err(about(format_args!("{c} channels around {brightness}")))?;
    }
    let grey = Array::from_fn([n, 3, h, w], |[_, c, ..]| c as f64);
    let found = s.colour_components(grey.tensor())?;
    fits(&found, &colour_covariance(&grey), Tolerance::EXACT).map_err(about("equal pixels"))
}

/// Whether components are those of a covariance.
fn fits(found: &ColourComponents, covariance: &[Vec<f64>], tolerance: Tolerance) -> Verdict {
    let c = covariance.len();
    shape(&found.values, [c]).map_err(about("values"))?;
    shape(&found.vectors, [c, c]).map_err(about("vectors"))?;
    let values: Vec<f64> = found.values.to_data().iter().collect();
    ensure(values.is_sorted_by(|a, b| a >= b), || {
        format!("the largest value is not first: {values:?}")
    })?;
    let vectors = &found.vectors;
    let transposed = vectors.clone().transpose();
    let eye = Tensor::<2>::eye(c, &vectors.device()).cast(DType::F64);
    close(
        &transposed.clone().matmul(vectors.clone()),
        &eye,
        Tolerance::EXACT,
    )
    .map_err(about("the products of the columns"))?;
    let scaled = vectors.clone() * found.values.clone().unsqueeze();
    close(&scaled.matmul(transposed), &matrix(covariance), tolerance)
        .map_err(about("vectors times values times vectors"))
}

fn jitter(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, c, h, w] = sizes(rng, 2, 5);
    let images = Array::normal(rng, [n, c, h, w]);
    // Any matrix will do for the vectors.
    let square = |rng: &mut Rng, rows: usize| -> Vec<Vec<f64>> {
        let mut row = |_| (0..c).map(|_| rng.normal()).collect();
        (0..rows).map(&mut row).collect()
    };
    let (vectors, draws) = (square(rng, c), square(rng, n));
    let values: Vec<f64> = (0..c).map(|_| rng.uniform(0.2, 3.0)).collect();
    let components = ColourComponents {
        values: vector(values.clone()),
        vectors: matrix(&vectors),
    };
    let want = Array::from_fn(images.shape, |place| {
        let [i, k, ..] = place;
        let along = (0..c).map(|j| draws[i][j] * values[j] * vectors[k][j]);
        images[place] + along.sum::<f64>()
    });
    let moved = s.pca_colour_jitter(images.tensor(), components.clone(), matrix(&draws))?;
    close(&moved, &want.tensor(), Tolerance::EXACT)?;
    let still = Tensor::zeros_like(&matrix(&draws));
    let same = s.pca_colour_jitter(images.tensor(), components, still)?;
    equal_bits(&same, &images.tensor()).map_err(about("draws of 0"))
}

/// Draws of the first, the last and any place; just at 0.5 a window is not mirrored.
fn crop_draws(rng: &mut Rng) -> Vec<CropDraw> {
    let below_one = 1.0 - f64::EPSILON;
    let fixed = [
        (0.0, below_one, 0.5),
        (below_one, 0.0, 0.0),
        (0.5, 0.5, below_one),
    ];
    let mut draws: Vec<CropDraw> = fixed
        .map(|(row, column, flip)| CropDraw { row, column, flip })
        .to_vec();
    draws.extend((0..4).map(|_| CropDraw {
        row: rng.unit(),
        column: rng.unit(),
        flip: rng.unit(),
    }));
    draws
}

fn random_crop(s: &Submission, rng: &mut Rng) -> Verdict {
    let [h, w, c] = sizes(rng, 4, 9);
    for size in [[rng.between(1, h - 1), rng.between(2, w - 1)], [h, w]] {
        let draws = crop_draws(rng);
        let images = Array::normal(rng, [draws.len(), c, h, w]);
        let crops = s.random_crop_flip(images.tensor(), size, draws.clone())?;
        shape(&crops, [draws.len(), c, size[0], size[1]])?;
        for (i, draw) in draws.iter().enumerate() {
            let place = |draw: f64, all: usize, size: usize| {
                let places = (all - size + 1) as f64;
                (0..all)
                    .rev()
                    .find(|&at| at as f64 <= draw * places)
                    .unwrap_or(0)
            };
            let corner = [place(draw.row, h, size[0]), place(draw.column, w, size[1])];
            let want = images.image(i).window(corner, size, draw.flip < 0.5);
            equal_bits(&crops.clone().narrow(0, i, 1), &want.tensor())
                .map_err(about(format_args!("{size:?} of [{h}, {w}], {draw:?}")))?;
        }
    }
    Ok(())
}

fn ten_crops(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, c] = sizes(rng, 2, 4);
    let [h, w] = sizes(rng, 4, 8);
    for size in [[h - 3, w - 2], [h - 2, w - 1], [h, w]] {
        let images = Array::normal(rng, [n, c, h, w]);
        let crops = s.ten_crops(images.tensor(), size)?;
        shape(&crops, [n, 10, c, size[0], size[1]])?;
        for i in 0..n {
            for (j, want) in ten_windows(&images.image(i), size).iter().enumerate() {
                let got = crops.clone().narrow(0, i, 1).narrow(1, j, 1).squeeze_dim(1);
                equal_bits(&got, &want.tensor())
                    .map_err(about(format_args!("image {i}, window {j} of {size:?}")))?;
            }
        }
    }
    Ok(())
}
