//! What the answers of A2.6 should be.

use common::contract::a2::{AlexnetConfig, AlexnetRow, MiniAlexnet, ResponseNorm};
use serde::Deserialize;

use super::array::{Array, rows, values};
use super::feature_maps::dense;

/// Whether channel `j` is in the window around channel `i`.
fn near(i: usize, j: usize, settings: &ResponseNorm) -> bool {
    2 * i.abs_diff(j) < settings.size
}

/// `s` of channel `i` of a pixel.
fn activity(pixel: &[f64], i: usize, settings: &ResponseNorm) -> f64 {
    let window = (0..pixel.len()).filter(|&j| near(i, j, settings));
    settings.k + settings.alpha * window.map(|j| pixel[j] * pixel[j]).sum::<f64>()
}

/// The channels of one pixel.
fn pixel(x: &Array<4>, [i, _, row, column]: [usize; 4]) -> Vec<f64> {
    let channels = 0..x.shape[1];
    channels.map(|c| x[[i, c, row, column]]).collect()
}

/// Local response normalisation, pixel by pixel.
pub fn response_norm(x: &Array<4>, settings: &ResponseNorm) -> Array<4> {
    Array::from_fn(x.shape, |place| {
        let pixel = pixel(x, place);
        pixel[place[1]] / activity(&pixel, place[1], settings).powf(settings.beta)
    })
}

/// Its gradient, with the whole Jacobian of each pixel.
pub fn response_norm_gradient(x: &Array<4>, dy: &Array<4>, settings: &ResponseNorm) -> Array<4> {
    let ResponseNorm { alpha, beta, .. } = *settings;
    Array::from_fn(x.shape, |place| {
        let (x, dy) = (pixel(x, place), pixel(dy, place));
        let j = place[1];
        let by = |i: usize| {
            let s = activity(&x, i, settings);
            let of_itself = if i == j { s.powf(-beta) } else { 0.0 };
            let of_window = if near(i, j, settings) {
                -beta * s.powf(-beta - 1.0) * alpha * 2.0 * x[j] * x[i]
            } else {
                0.0
            };
            dy[i] * (of_itself + of_window)
        };
        (0..x.len()).map(by).sum()
    })
}

/// The covariance of the channels over all pixels, from the distances of pixels to the first, whose covariance is the same.
pub fn colour_covariance(images: &Array<4>) -> Vec<Vec<f64>> {
    let [n, c, h, w] = images.shape;
    let mut pixels = Vec::new();
    for i in 0..n {
        for y in 0..h {
            for x in 0..w {
                pixels.push(pixel(images, [i, 0, y, x]));
            }
        }
    }
    let origin = pixels[0].clone();
    let mean =
        |f: &dyn Fn(&[f64]) -> f64| pixels.iter().map(|p| f(p)).sum::<f64>() / pixels.len() as f64;
    let covariance = |a: usize, b: usize| {
        let of = |p: &[f64], a: usize| p[a] - origin[a];
        mean(&|p| of(p, a) * of(p, b)) - mean(&|p| of(p, a)) * mean(&|p| of(p, b))
    };
    (0..c)
        .map(|a| (0..c).map(|b| covariance(a, b)).collect())
        .collect()
}

/// The ten windows of one image, in order.
pub fn ten_windows(image: &Array<4>, size: [usize; 2]) -> Vec<Array<4>> {
    let [_, _, h, w] = image.shape;
    let (low, far) = (h - size[0], w - size[1]);
    let corners = [[0, 0], [0, far], [low, 0], [low, far], [low / 2, far / 2]];
    let mut windows = Vec::new();
    for mirrored in [false, true] {
        windows.extend(corners.map(|corner| image.window(corner, size, mirrored)));
    }
    windows
}

/// The logits of the small network, image by image.
pub fn logits(p: &MiniAlexnet, images: &Array<4>, settings: &ResponseNorm) -> Vec<Vec<f64>> {
    let stage = |x: &Array<4>, kernels: Array<4>, bias: Vec<f64>| {
        let groups = x.shape[1] / kernels.shape[1];
        let padding = kernels.shape[2] / 2;
        let active = x
            .convolved(&kernels, Some(&bias), 1, padding, groups)
            .map(|z| z.max(0.0));
        response_norm(&active, settings).pooled(3, 2).0
    };
    let of_image = |i: usize| {
        let x = images.image(i);
        let x = stage(&x, Array::of(&p.conv1_weight), values(&p.conv1_bias));
        let x = stage(&x, Array::of(&p.conv2_weight), values(&p.conv2_bias));
        let hidden = dense(&x.values, &rows(&p.dense1_weight), &values(&p.dense1_bias));
        let hidden: Vec<f64> = hidden.iter().map(|z| z.max(0.0)).collect();
        dense(&hidden, &rows(&p.dense2_weight), &values(&p.dense2_bias))
    };
    (0..images.shape[0]).map(of_image).collect()
}

/// The probabilities of logits.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let share = |z: &f64| 1.0 / logits.iter().map(|other| (other - z).exp()).sum::<f64>();
    logits.iter().map(share).collect()
}

/// The table of layers, with windows that are moved along and multiplications that are counted place by place.
pub fn table(config: &AlexnetConfig) -> Vec<AlexnetRow> {
    let [mut channels, mut rows, mut columns] = config.image;
    let mut table = Vec::new();
    let mut weighted = 0;
    for layer in &config.convolutions {
        weighted += 1;
        let places = |size: usize| {
            let padded = size + 2 * layer.padding;
            let ends = (layer.kernel..=padded).step_by(layer.stride);
            ends.count()
        };
        (rows, columns) = (places(rows), places(columns));
        let seen = channels / layer.groups * layer.kernel.pow(2);
        let (mut parameters, mut multiplications) = (0, 0);
        for _ in 0..layer.filters {
            parameters += seen + 1;
            multiplications += (0..rows).map(|_| columns * seen).sum::<usize>();
        }
        channels = layer.filters;
        table.push(AlexnetRow {
            name: format!("conv{weighted}"),
            output: [channels, rows, columns],
            parameters,
            multiplications,
        });
        if layer.pooled {
            (rows, columns) = (
                (3..=rows).step_by(2).count(),
                (3..=columns).step_by(2).count(),
            );
            table.push(AlexnetRow {
                name: format!("pool{weighted}"),
                output: [channels, rows, columns],
                parameters: 0,
                multiplications: 0,
            });
        }
    }
    let mut inputs = channels * rows * columns;
    for &units in &config.dense {
        weighted += 1;
        table.push(AlexnetRow {
            name: format!("fc{weighted}"),
            output: [units, 1, 1],
            parameters: (inputs + 1) * units,
            multiplications: inputs * units,
        });
        inputs = units;
    }
    table
}

/// The share of rows whose label is not among the first `k` classes, sorted.
pub fn top_k_error(probabilities: &[Vec<f64>], labels: &[usize], k: usize) -> f64 {
    let missed = probabilities.iter().zip(labels).filter(|(row, label)| {
        let mut classes: Vec<usize> = (0..row.len()).collect();
        // A stable sort keeps the smaller index before an equal number.
        classes.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
        !classes.iter().take(k).any(|class| class == *label)
    });
    missed.count() as f64 / labels.len() as f64
}

/// PyTorch's local response normalisation, as `fixtures/alexnet.py` has run it.
#[derive(Debug, Deserialize)]
pub struct Fixture {
    shape: [usize; 4],
    x: Vec<f64>,
    dy: Vec<f64>,
    /// One case per setting.
    pub cases: Vec<Case>,
}

/// One setting and its results.
#[derive(Debug, Deserialize)]
pub struct Case {
    size: usize,
    k: f64,
    alpha: f64,
    beta: f64,
    y: Vec<f64>,
    dx: Vec<f64>,
}

impl Fixture {
    /// The one in `fixtures/`.
    ///
    /// # Panics
    /// When the fixture, which is part of the program, is broken.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../fixtures/alexnet.json"))
            .expect("fixtures/alexnet.json is what alexnet.py writes")
    }

    fn maps(&self, values: &[f64]) -> Array<4> {
        Array {
            shape: self.shape,
            values: values.to_vec(),
        }
    }

    /// The input.
    pub fn x(&self) -> Array<4> {
        self.maps(&self.x)
    }

    /// The gradient by the output.
    pub fn dy(&self) -> Array<4> {
        self.maps(&self.dy)
    }

    /// The output of a case.
    pub fn y(&self, case: &Case) -> Array<4> {
        self.maps(&case.y)
    }

    /// The gradient by the input of a case.
    pub fn dx(&self, case: &Case) -> Array<4> {
        self.maps(&case.dx)
    }
}

impl Case {
    /// The settings.
    pub fn settings(&self) -> ResponseNorm {
        ResponseNorm {
            size: self.size,
            k: self.k,
            alpha: self.alpha,
            beta: self.beta,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::check::{Tolerance, close, numeric_gradient};

    #[test]
    fn pytorch_agrees_about_response_normalisation() {
        let fixture = Fixture::load();
        let (x, dy) = (fixture.x(), fixture.dy());
        for case in &fixture.cases {
            let settings = case.settings();
            let y = response_norm(&x, &settings).tensor();
            close(&y, &fixture.y(case).tensor(), Tolerance::EXACT).unwrap();
            let dx = response_norm_gradient(&x, &dy, &settings).tensor();
            close(&dx, &fixture.dx(case).tensor(), Tolerance::EXACT).unwrap();
        }
    }

    #[test]
    fn the_jacobian_is_numeric() {
        let mut rng = common::rng::Rng::new(2);
        let x = Array::normal(&mut rng, [2, 4, 1, 3]);
        let dy = Array::normal(&mut rng, [2, 4, 1, 3]);
        let settings = ResponseNorm {
            size: 5,
            k: 0.7,
            alpha: 0.6,
            beta: 0.8,
        };
        let numeric = numeric_gradient(&x.tensor(), &dy.tensor(), |x| {
            Ok::<_, ()>(response_norm(&Array::of(&x), &settings).tensor())
        });
        let exact = response_norm_gradient(&x, &dy, &settings).tensor();
        close(&exact, &numeric.unwrap(), Tolerance::GRADIENT).unwrap();
    }

    #[test]
    fn a_tie_goes_to_the_smaller_index() {
        let rows = vec![vec![0.2, 0.4, 0.4]];
        assert_eq!(top_k_error(&rows, &[1], 1), 0.0);
        assert_eq!(top_k_error(&rows, &[2], 1), 1.0);
        assert_eq!(top_k_error(&rows, &[2], 2), 0.0);
        assert_eq!(top_k_error(&rows, &[0], 7), 0.0);
    }
}
