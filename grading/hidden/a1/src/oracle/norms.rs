//! A1.9: normalisation of one list of numbers, with its whole Jacobian.
//!
//! Batch normalisation takes each channel of `[n, d, l]` for such a list (`[n, d]` is `[n, d, 1]`), layer
//! and RMS normalisation each row.

use serde::Deserialize;

use super::matrix::Matrix;

/// What is taken off before the numbers are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Centre {
    /// Their mean: batch and layer normalisation.
    Mean,
    /// Nothing: RMS normalisation.
    Zero,
}

/// A list of numbers, centred, and what it is divided by.
struct List {
    centred: Vec<f64>,
    root: f64,
    centre: Centre,
}

impl List {
    fn of(x: &[f64], centre: Centre, eps: f64) -> Self {
        let middle = match centre {
            Centre::Mean => mean(x),
            Centre::Zero => 0.0,
        };
        let centred: Vec<f64> = x.iter().map(|x| x - middle).collect();
        let root = (mean_square(&centred) + eps).sqrt();
        Self {
            centred,
            root,
            centre,
        }
    }

    fn normalised(&self) -> Vec<f64> {
        self.centred.iter().map(|x| x / self.root).collect()
    }

    /// The derivative of the normalised number `i` by the number `j`.
    fn jacobian(&self, i: usize, j: usize) -> f64 {
        let n = self.centred.len() as f64;
        let same = if i == j { 1.0 } else { 0.0 };
        let shared = match self.centre {
            Centre::Mean => 1.0 / n,
            Centre::Zero => 0.0,
        };
        (same - shared) / self.root - self.centred[i] * self.centred[j] / (n * self.root.powi(3))
    }

    /// The gradient by the numbers of the sum of the normalised ones times `g`.
    fn gradient(&self, g: &[f64]) -> Vec<f64> {
        let n = self.centred.len();
        let by = |j: usize| (0..n).map(|i| g[i] * self.jacobian(i, j)).sum();
        (0..n).map(by).collect()
    }
}

/// The mean of `x`.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn mean_square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64
}

/// The variance of `x`, over the number of values less `less`.
pub fn variance(x: &[f64], less: usize) -> f64 {
    let middle = mean(x);
    let squares = x.iter().map(|x| (x - middle) * (x - middle));
    squares.sum::<f64>() / (x.len() - less) as f64
}

/// Numbers `[n, d, l]` in row-major order.
#[derive(Debug, Clone)]
pub struct Sequences {
    /// `n`, `d`, `l`.
    pub shape: [usize; 3],
    /// The numbers.
    pub values: Vec<f64>,
}

impl Sequences {
    /// The sequences of these channels, each with its positions sample after sample.
    pub fn of_channels(shape: [usize; 3], channels: &[Vec<f64>]) -> Self {
        let [n, d, l] = shape;
        let mut values = Vec::with_capacity(n * d * l);
        for i in 0..n {
            for channel in channels {
                values.extend(&channel[i * l..(i + 1) * l]);
            }
        }
        Self { shape, values }
    }

    /// The numbers of each channel, sample after sample.
    pub fn channels(&self) -> Vec<Vec<f64>> {
        let [n, d, l] = self.shape;
        let channel = |j: usize| {
            let start = |i: usize| (i * d + j) * l;
            (0..n)
                .flat_map(|i| &self.values[start(i)..start(i) + l])
                .copied()
                .collect()
        };
        (0..d).map(channel).collect()
    }
}

/// Scale and shift of each feature, and eps.
#[derive(Debug, Clone)]
pub struct Affine {
    /// `gamma`
    pub gamma: Vec<f64>,
    /// `beta`
    pub beta: Vec<f64>,
    /// Added to the variance.
    pub eps: f64,
}

/// The gradients by input, scale and shift.
#[derive(Debug, Clone, Deserialize)]
pub struct Gradients {
    /// By the input, in its order.
    pub dx: Vec<f64>,
    /// By the scale.
    pub dgamma: Vec<f64>,
    /// By the shift; RMS normalisation has none.
    #[serde(default)]
    pub dbeta: Vec<f64>,
}

impl Affine {
    /// Batch normalisation in training.
    pub fn batchnorm(&self, x: &Sequences) -> Sequences {
        self.each_channel(x, |_, x| List::of(x, Centre::Mean, self.eps).normalised())
    }

    /// Batch normalisation with given statistics of each channel.
    pub fn batchnorm_with(&self, x: &Sequences, running: &Running) -> Sequences {
        self.each_channel(x, |j, x| {
            let root = (running.variance[j] + self.eps).sqrt();
            x.iter().map(|x| (x - running.mean[j]) / root).collect()
        })
    }

    fn each_channel(
        &self,
        x: &Sequences,
        normalised: impl Fn(usize, &[f64]) -> Vec<f64>,
    ) -> Sequences {
        let channel = |(j, x): (usize, &Vec<f64>)| {
            let normalised = normalised(j, x).into_iter();
            normalised
                .map(|x| self.gamma[j] * x + self.beta[j])
                .collect()
        };
        let channels: Vec<Vec<f64>> = x.channels().iter().enumerate().map(channel).collect();
        Sequences::of_channels(x.shape, &channels)
    }

    /// The gradients of batch normalisation in training.
    pub fn batchnorm_gradients(&self, x: &Sequences, dy: &Sequences) -> Gradients {
        let (mut channels, mut dgamma, mut dbeta) = (vec![], vec![], vec![]);
        for (j, (x, dy)) in x.channels().iter().zip(dy.channels()).enumerate() {
            let list = List::of(x, Centre::Mean, self.eps);
            let g: Vec<f64> = dy.iter().map(|dy| dy * self.gamma[j]).collect();
            channels.push(list.gradient(&g));
            dgamma.push(dy.iter().zip(list.normalised()).map(|(a, b)| a * b).sum());
            dbeta.push(dy.iter().sum());
        }
        Gradients {
            dx: Sequences::of_channels(x.shape, &channels).values,
            dgamma,
            dbeta,
        }
    }

    /// Layer or RMS normalisation; the latter leaves `beta` out.
    pub fn rows(&self, x: &Matrix, centre: Centre) -> Matrix {
        let rows: Vec<Vec<f64>> = (0..x.rows)
            .map(|i| List::of(x.row(i), centre, self.eps).normalised())
            .collect();
        Matrix::from_fn(x.rows, x.columns, |i, j| match centre {
            Centre::Mean => self.gamma[j] * rows[i][j] + self.beta[j],
            Centre::Zero => self.gamma[j] * rows[i][j],
        })
    }

    /// The gradients of layer or RMS normalisation; `dbeta` is that of layer normalisation.
    pub fn row_gradients(&self, x: &Matrix, dy: &Matrix, centre: Centre) -> Gradients {
        let mut gradients = Gradients {
            dx: vec![],
            dgamma: vec![0.0; x.columns],
            dbeta: vec![0.0; x.columns],
        };
        for i in 0..x.rows {
            let list = List::of(x.row(i), centre, self.eps);
            let normalised = list.normalised();
            for j in 0..x.columns {
                gradients.dgamma[j] += dy[(i, j)] * normalised[j];
                gradients.dbeta[j] += dy[(i, j)];
            }
            let g: Vec<f64> = (0..x.columns).map(|j| dy[(i, j)] * self.gamma[j]).collect();
            gradients.dx.extend(list.gradient(&g));
        }
        gradients
    }
}

/// Running statistics, one number per channel.
#[derive(Debug, Clone, Deserialize)]
pub struct Running {
    /// The means.
    pub mean: Vec<f64>,
    /// The variances.
    pub variance: Vec<f64>,
}

impl Running {
    /// Those of `d` channels before the first batch.
    pub fn new(d: usize) -> Self {
        Self {
            mean: vec![0.0; d],
            variance: vec![1.0; d],
        }
    }

    /// The statistics after a batch that counts with the share `momentum`.
    pub fn after(&self, x: &Sequences, momentum: f64) -> Self {
        let moved = |old: &[f64], of: fn(&[f64]) -> f64| {
            let channels = x.channels();
            let pairs = old.iter().zip(&channels);
            pairs
                .map(|(old, x)| old + momentum * (of(x) - old))
                .collect()
        };
        Self {
            mean: moved(&self.mean, mean),
            variance: moved(&self.variance, |x| variance(x, 1)),
        }
    }
}
