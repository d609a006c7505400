//! Six ways to read digits with fifty labels.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor};
use common::contract::a2::{FineTuneSettings, NamedTensor, ParameterGroup, ProbeSettings};
use common::data::{Images, Split};
use common::rng::Rng;

use super::data::Pair;
use super::pretrain::untrained;
use crate::parts::transfer::{
    discriminative_groups, extract_features, fine_tune, hog, knn_probe, linear_probe, replace_head,
};

/// How many pictures go through the network at once.
const AT_ONCE: usize = 500;
/// Steps of a linear probe.
const PROBE_STEPS: usize = 300;
/// How often fine-tuning goes through the fifty, and how many make a step.
const EPOCHS: usize = 30;
const FEW_AT_ONCE: usize = 10;
/// The rate of the head in fine-tuning, by what it falls towards the input, and the one rate from scratch.
const LR: f64 = 0.02;
const FACTOR: f64 = 2.6;
const SCRATCH_LR: f64 = 0.005;
/// Pixels, and bins, of a cell of a histogram.
const CELL: usize = 4;
const BINS: usize = 9;

/// A way to learn from few labels: gives the class of each test picture.
pub struct Method {
    /// What it is called in the table.
    pub name: &'static str,
    /// Learns from the few, and answers.
    pub answers: fn(&Few<'_>) -> Vec<usize>,
}

/// In the order of the table.
pub const METHODS: [Method; 6] = [
    Method {
        name: "pixels, nearest neighbour",
        answers: |few| few.neighbours(flat(few.x()), flat(few.test())),
    },
    Method {
        name: "histograms, linear probe",
        answers: |few| {
            let features = |images: &Images| hog(all(images, few), CELL, BINS);
            let known = few.pair.grey.train.subset(few.samples);
            few.probe(features(&known), features(&few.pair.grey.test))
        },
    },
    Method {
        name: "network from scratch",
        answers: |few| {
            let rng = &mut Rng::named(few.seed, "from scratch");
            let weights = untrained(few.x(), few.classes(), rng);
            let groups = GROUPS.map(|prefix| ParameterGroup {
                prefix: prefix.into(),
                lr: SCRATCH_LR,
            });
            few.tuned(weights, groups.to_vec())
        },
    },
    Method {
        name: "features, nearest neighbour",
        answers: |few| few.neighbours(few.features(few.x()), few.features(few.test())),
    },
    Method {
        name: "features, linear probe",
        answers: |few| few.probe(few.features(few.x()), few.features(few.test())),
    },
    Method {
        name: "features, fine-tuned",
        answers: |few| {
            let weights = replace_head(few.pretrained.to_vec(), few.classes(), few.seed);
            let groups = discriminative_groups(GROUPS.map(String::from).to_vec(), LR, FACTOR);
            few.tuned(weights, groups)
        },
    },
];

/// From the input to the output.
const GROUPS: [&str; 5] = ["conv1", "norm1", "conv2", "norm2", "head"];

/// A few labelled pictures, and what else there is.
pub struct Few<'a> {
    /// The data.
    pub pair: &'a Pair,
    /// Which of the target's training pictures have labels.
    pub samples: &'a [usize],
    /// The network that was trained on the source.
    pub pretrained: &'a [NamedTensor],
    /// Fixes what is drawn.
    pub seed: u64,
    /// Where to compute.
    pub device: &'a burn::tensor::Device,
}

impl Few<'_> {
    fn split(&self) -> &Split {
        &self.pair.target
    }

    fn classes(&self) -> usize {
        self.split().train.classes
    }

    fn x(&self) -> Tensor<4> {
        self.split().train.batch(self.samples, self.device).0
    }

    fn labels(&self) -> Tensor<1, Int> {
        self.split().train.batch(self.samples, self.device).1
    }

    fn test(&self) -> Tensor<4> {
        all(&self.split().test, self)
    }

    fn features(&self, x: Tensor<4>) -> Tensor<2> {
        extract_features(self.pretrained.to_vec(), x, AT_ONCE)
    }

    fn neighbours(&self, known: Tensor<2>, queries: Tensor<2>) -> Vec<usize> {
        let images = &self.split().train;
        let labels = self.samples.iter().map(|&i| images.labels[i].into());
        knn_probe(known, labels.collect(), queries, 1)
    }

    /// A linear classifier on features, which are first made 1 long on average: then one learning rate fits all.
    fn probe(&self, known: Tensor<2>, queries: Tensor<2>) -> Vec<usize> {
        let length = known
            .clone()
            .square()
            .sum_dim(1)
            .mean()
            .sqrt()
            .into_scalar::<f64>();
        let settings = ProbeSettings {
            classes: self.classes(),
            lr: 2.0,
            steps: PROBE_STEPS,
            weight_decay: 1e-3,
        };
        let head = linear_probe(known / length, self.labels(), settings);
        let logits = (queries / length).matmul(head.weight) + head.bias.unsqueeze();
        classes(logits)
    }

    /// What the network says after training on the few.
    fn tuned(&self, weights: Vec<NamedTensor>, groups: Vec<ParameterGroup>) -> Vec<usize> {
        let mut rng = Rng::named(self.seed, "batches of the few");
        let n = self.samples.len();
        let mut batches = Vec::new();
        for _ in 0..EPOCHS {
            let order = rng.permutation(n);
            batches.extend(order.chunks(FEW_AT_ONCE).map(<[usize]>::to_vec));
        }
        let settings = FineTuneSettings {
            groups,
            momentum: 0.9,
            weight_decay: 1e-3,
            batches,
        };
        let tuned = fine_tune(weights, self.x(), self.labels(), settings);
        let tuned = tuned.unwrap_or_else(|why| panic!("fine_tune: {why}"));
        classes(log_probabilities(&tuned, self.test()))
    }
}

/// All of `images`.
fn all(images: &Images, few: &Few) -> Tensor<4> {
    let indices: Vec<usize> = (0..images.len()).collect();
    images.batch(&indices, few.device).0
}

fn flat(x: Tensor<4>) -> Tensor<2> {
    x.flatten(1, 3)
}

/// The most probable class of each row.
fn classes(logits: Tensor<2>) -> Vec<usize> {
    let answers = logits.argmax(1).into_data();
    answers.iter::<i64>().map(|class| class as usize).collect()
}

/// The logarithms of the probabilities that a network gives, by your features.
pub fn log_probabilities(weights: &[NamedTensor], x: Tensor<4>) -> Tensor<2> {
    let features = extract_features(weights.to_vec(), x, AT_ONCE);
    let named = |name: &str| {
        let found = weights.iter().find(|tensor| tensor.name == name);
        found.unwrap_or_else(|| panic!("the network has no {name}"))
    };
    let (weight, bias) = (named("head.weight"), named("head.bias"));
    let shape = [weight.shape[0], weight.shape[1]];
    let logits = features.matmul(weight.values.clone().reshape(shape));
    log_softmax(logits + bias.values.clone().unsqueeze(), 1)
}

/// The share of rows whose largest number is not that of the label.
pub fn error(log_p: Tensor<2>, labels: &Tensor<1, Int>) -> f64 {
    let labels: Vec<i64> = labels.to_data().iter().collect();
    let answers = classes(log_p).into_iter().zip(&labels);
    let wrong = answers.filter(|(answer, label)| *answer as i64 != **label);
    wrong.count() as f64 / labels.len() as f64
}
