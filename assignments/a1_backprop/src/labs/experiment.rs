//! The curves of `train generalisation` and their log: all settings and all results, so that anyone can
//! measure any point again, under the same seed or under another.

use std::path::Path;

use anyhow::Context;
use burn::tensor::{DType, Device, Tensor, TensorData};
use common::contract::a1::{ErrorCurve, RegressionSet};
use common::data::{self, Images, Split};
use common::files::write_atomically;
use common::rng::Rng;
use serde::{Deserialize, Serialize};

use super::random_labels::Fit;
use super::students::students;
use crate::parts::generalisation;

/// Everything that the curves depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The data set's name in the registry.
    pub data: String,
    /// Fixes which samples are used, and all feature weights.
    pub seed: u64,
    /// Training samples of the double descent.
    pub samples: usize,
    /// Samples on which the width is chosen.
    pub validation: usize,
    /// Samples of the test set, for both curves.
    pub test: usize,
    /// The points of the double descent: numbers of features.
    pub widths: Vec<usize>,
    /// Features of the learning curve.
    pub width: usize,
    /// The points of the learning curve: numbers of training samples.
    pub sizes: Vec<usize>,
}

impl Settings {
    /// What the lab does with this data set.
    #[must_use]
    pub fn new(data: &str, seed: u64, split: &Split) -> Self {
        let mut sizes = vec![
            10, 20, 40, 60, 80, 90, 100, 110, 125, 150, 200, 400, 1000, 2000, 4000,
        ];
        sizes.retain(|n| *n <= split.train.len());
        Self {
            data: data.into(),
            seed,
            samples: 300,
            validation: 1000,
            test: split.test.len().min(1000),
            widths: vec![
                10, 20, 40, 80, 120, 180, 240, 270, 290, 300, 310, 330, 360, 420, 600, 1000, 2000,
            ],
            width: 100,
            sizes,
        }
    }
}

/// One of the two curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// Over the number of features.
    DoubleDescent,
    /// Over the number of training samples.
    LearningCurve,
}

/// One point of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Features, or training samples.
    pub x: usize,
    /// The mean squared error over the training samples.
    pub train_error: f64,
    /// The mean squared error over the test samples.
    pub test_error: f64,
}

/// The model that was chosen on the validation samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selected {
    /// Its number of features.
    pub width: usize,
    /// Its mean squared error over the validation samples.
    pub validation_error: f64,
    /// Its mean squared error over the test samples.
    pub test_error: f64,
}

/// The log: `experiment.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// What was asked.
    pub settings: Settings,
    /// Errors over the number of features.
    pub double_descent: Vec<Point>,
    /// The width that the validation samples choose.
    pub selected: Selected,
    /// Errors over the number of training samples.
    pub learning_curve: Vec<Point>,
    /// An MLP on true labels, and on random ones.
    pub random_labels: Vec<Fit>,
}

impl Experiment {
    /// Writes the log.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let text = format!("{}\n", serde_json::to_string_pretty(self)?);
        write_atomically(path, text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads a log.
    ///
    /// # Errors
    /// When there is none at `path`, or it is not a log.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no experiment log", path.display()))
    }

    /// Measures one point again with the functions in `src/parts`, and with all settings but the seed. Under
    /// the log's own seed it is the point in the log, but for rounding; under another it is another sample of
    /// the same experiment.
    ///
    /// # Errors
    /// When the data are missing, or a function is.
    pub fn rerun(&self, curve: Curve, x: usize, seed: u64) -> anyhow::Result<Point> {
        let mut split = data::load(&self.settings.data)?;
        split.normalise();
        let settings = Settings {
            seed,
            ..self.settings.clone()
        };
        let points = students(|| Problem::draw(&settings, &split).measure(curve, &[x]))?;
        points.into_iter().next().context("a curve without points")
    }
}

/// What is fitted: samples and feature weights, drawn from the seed.
pub struct Problem {
    /// As many samples as any point of a curve needs, in random order.
    train: RegressionSet,
    validation: RegressionSet,
    test: RegressionSet,
    /// `[pixels, widest]`. The first columns are the same, however many there are.
    weights: Tensor<2>,
    settings: Settings,
}

impl Problem {
    /// Draws samples and weights.
    #[must_use]
    pub fn draw(settings: &Settings, split: &Split) -> Self {
        let stream = |name: &str| Rng::named(settings.seed, name);
        let train = stream("training samples").permutation(split.train.len());
        let test = stream("test samples").permutation(split.test.len());
        let most = settings.sizes.iter().copied().max().unwrap_or(0);
        let most = most.max(settings.samples + settings.validation);
        let pixels = split.train.features();
        let widest = settings.widths.iter().copied().max().unwrap_or(0);
        let widest = widest.max(settings.width);

        let rows = |images, samples: &[usize]| regression_set(images, samples);
        let train = rows(&split.train, &train[..most.min(train.len())]);
        // Over the samples of the double descent each centred pixel has the sum 0, hence each unit's input has
        // too. So no unit is off for all of them, and no feature is a column of zeros.
        let centre = first(&train, settings.samples).x.mean_dim(0);
        let centred = |set: RegressionSet| RegressionSet {
            x: set.x - centre.clone(),
            y: set.y,
        };
        let train = centred(train);
        let scale = 1.0 / (pixels as f64).sqrt();
        Self {
            validation: part(&train, settings.samples, settings.validation),
            test: centred(rows(&split.test, &test[..settings.test])),
            train,
            weights: stream("feature weights")
                .tensor([widest, pixels], |rng| scale * rng.normal())
                .transpose(),
            settings: settings.clone(),
        }
    }

    /// The points of a curve at `xs`.
    #[must_use]
    pub fn measure(&self, curve: Curve, xs: &[usize]) -> Vec<Point> {
        let errors = match curve {
            Curve::DoubleDescent => generalisation::double_descent_curve(
                first(&self.train, self.settings.samples),
                self.test.clone(),
                self.weights.clone(),
                xs.to_vec(),
            ),
            Curve::LearningCurve => {
                let weights = self.weights.clone().narrow(1, 0, self.settings.width);
                let features = |set: &RegressionSet| RegressionSet {
                    x: generalisation::relu_features(set.x.clone(), weights.clone()),
                    y: set.y.clone(),
                };
                generalisation::learning_curve(
                    features(&self.train),
                    features(&self.test),
                    xs.to_vec(),
                )
            }
        };
        points(xs, &errors)
    }

    /// The width that the validation samples choose.
    #[must_use]
    pub fn select(&self) -> Selected {
        let model = generalisation::select_model(
            first(&self.train, self.settings.samples),
            self.validation.clone(),
            self.test.clone(),
            self.weights.clone(),
            self.settings.widths.clone(),
        );
        Selected {
            width: model.width,
            validation_error: model.validation_error,
            test_error: model.test_error,
        }
    }
}

fn points(xs: &[usize], errors: &ErrorCurve) -> Vec<Point> {
    let errors = errors.train.iter().zip(&errors.test);
    xs.iter()
        .zip(errors)
        .map(|(&x, (&train_error, &test_error))| Point {
            x,
            train_error,
            test_error,
        })
        .collect()
}

fn part(set: &RegressionSet, from: usize, n: usize) -> RegressionSet {
    RegressionSet {
        x: set.x.clone().narrow(0, from, n),
        y: set.y.clone().narrow(0, from, n),
    }
}

fn first(set: &RegressionSet, n: usize) -> RegressionSet {
    part(set, 0, n)
}

/// Pixels, and labels as 1 for the class and 0 for the others, in double precision on the CPU: near the peak
/// the systems of equations are badly conditioned.
fn regression_set(images: &Images, samples: &[usize]) -> RegressionSet {
    let device = Device::flex();
    let (x, _) = images.flat(samples, &device);
    let labels = samples.iter().map(|&i| usize::from(images.labels[i]));
    let one_hot: Vec<f64> = labels
        .flat_map(|label| (0..images.classes).map(move |class| f64::from(u8::from(class == label))))
        .collect();
    let one_hot = TensorData::new(one_hot, [samples.len(), images.classes]);
    RegressionSet {
        x: x.cast(DType::F64),
        y: Tensor::from_data(one_hot, (&device, DType::F64)),
    }
}
