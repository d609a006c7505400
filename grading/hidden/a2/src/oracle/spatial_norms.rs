//! A2.8: normalisation of sets of numbers, each with its whole Jacobian.

use common::rng::Rng;

use super::array::Array;

/// Which numbers of `[n, c, height, width]` are normalised together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sets {
    /// Those of a channel, in all images.
    Channels,
    /// Those of a group of neighbouring channels, in one image.
    Groups(usize),
}

impl Sets {
    /// The indices of each set.
    fn of(self, x: &Array<4>) -> Vec<Vec<[usize; 4]>> {
        let c = x.shape[1];
        let belongs = |[n, channel, _, _]: [usize; 4]| match self {
            Sets::Channels => channel,
            Sets::Groups(groups) => n * groups + channel / (c / groups),
        };
        let mut sets: Vec<Vec<[usize; 4]>> = vec![];
        for index in x.indices() {
            let set = belongs(index);
            sets.resize(sets.len().max(set + 1), vec![]);
            sets[set].push(index);
        }
        sets
    }
}

/// The mean of `x`.
pub fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The mean squared distance from the mean.
pub fn variance(x: &[f64]) -> f64 {
    let middle = mean(x);
    mean(&x.iter().map(|x| (x - middle).powi(2)).collect::<Vec<f64>>())
}

/// Scale and shift of each channel, and eps.
#[derive(Debug, Clone)]
pub struct Affine {
    /// `[c]`
    pub gamma: Array<1>,
    /// `[c]`
    pub beta: Array<1>,
    /// Added to the variance.
    pub eps: f64,
}

/// The gradients by input, scale and shift.
#[derive(Debug, Clone)]
pub struct NormGradients {
    /// `[n, c, height, width]`
    pub dx: Array<4>,
    /// `[c]`
    pub dgamma: Array<1>,
    /// `[c]`
    pub dbeta: Array<1>,
}

impl Affine {
    /// Random ones. `eps` is large, so that its place matters.
    pub fn random(rng: &mut Rng, c: usize) -> Self {
        Self {
            gamma: Array::normal(rng, [c]),
            beta: Array::normal(rng, [c]),
            eps: rng.uniform(0.05, 0.5),
        }
    }

    /// `x` with each set normalised, before scale and shift, and the root of each number's set.
    fn normalised(&self, x: &Array<4>, sets: Sets) -> (Array<4>, Array<4>) {
        let (mut normalised, mut roots) = (x.clone(), x.clone());
        for set in sets.of(x) {
            let numbers: Vec<f64> = set.iter().map(|at| x[*at]).collect();
            let (middle, root) = (mean(&numbers), (variance(&numbers) + self.eps).sqrt());
            for at in set {
                normalised[at] = (x[at] - middle) / root;
                roots[at] = root;
            }
        }
        (normalised, roots)
    }

    fn scaled(&self, normalised: &Array<4>) -> Array<4> {
        Array::from_fn(normalised.shape, |at| {
            self.gamma[[at[1]]] * normalised[at] + self.beta[[at[1]]]
        })
    }

    /// The output.
    pub fn y(&self, x: &Array<4>, sets: Sets) -> Array<4> {
        self.scaled(&self.normalised(x, sets).0)
    }

    /// The output with given statistics of each channel.
    pub fn y_with(&self, x: &Array<4>, running: &Running) -> Array<4> {
        self.scaled(&Array::from_fn(x.shape, |at| {
            let c = [at[1]];
            (x[at] - running.mean[c]) / (running.variance[c] + self.eps).sqrt()
        }))
    }

    /// The gradients from `dy`: the sum over the whole Jacobian of each set.
    pub fn gradients(&self, x: &Array<4>, dy: &Array<4>, sets: Sets) -> NormGradients {
        let (normalised, roots) = self.normalised(x, sets);
        let mut all = NormGradients {
            dx: Array::zeros(x.shape),
            dgamma: Array::zeros(self.gamma.shape),
            dbeta: Array::zeros(self.beta.shape),
        };
        for set in sets.of(x) {
            let m = set.len() as f64;
            for i in &set {
                let g = dy[*i] * self.gamma[[i[1]]];
                for j in &set {
                    let same = if i == j { 1.0 } else { 0.0 };
                    let shared = (1.0 + normalised[*i] * normalised[*j]) / m;
                    all.dx[*j] += g * (same - shared) / roots[*j];
                }
                all.dgamma[[i[1]]] += dy[*i] * normalised[*i];
                all.dbeta[[i[1]]] += dy[*i];
            }
        }
        all
    }
}

/// Running statistics, one number per channel.
#[derive(Debug, Clone)]
pub struct Running {
    /// `[c]`
    pub mean: Array<1>,
    /// `[c]`
    pub variance: Array<1>,
}

impl Running {
    /// Those before the first batch.
    pub fn new(c: usize) -> Self {
        Self {
            mean: Array::zeros([c]),
            variance: Array::from_fn([c], |_| 1.0),
        }
    }

    /// Random ones.
    pub fn random(rng: &mut Rng, c: usize) -> Self {
        Self {
            mean: Array::normal(rng, [c]),
            variance: Array::from_fn([c], |_| rng.uniform(0.5, 3.0)),
        }
    }

    /// The statistics after a batch that counts with the share `momentum`.
    pub fn after(&self, x: &Array<4>, momentum: f64) -> Self {
        let mut next = self.clone();
        for (c, set) in Sets::Channels.of(x).into_iter().enumerate() {
            let numbers: Vec<f64> = set.iter().map(|at| x[*at]).collect();
            let m = numbers.len() as f64;
            let unbiased = variance(&numbers) * m / (m - 1.0);
            next.mean[[c]] += momentum * (mean(&numbers) - self.mean[[c]]);
            next.variance[[c]] += momentum * (unbiased - self.variance[[c]]);
        }
        next
    }
}
