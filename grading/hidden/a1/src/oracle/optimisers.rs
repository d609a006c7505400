//! A1.6: each optimiser for one number.

/// The settings of any optimiser; each reads what it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Learning rate.
    pub lr: f64,
    /// Momentum.
    pub mu: f64,
    /// RMSprop's decay.
    pub decay: f64,
    /// Adam's first decay.
    pub beta1: f64,
    /// Adam's second decay.
    pub beta2: f64,
    /// Added to roots.
    pub eps: f64,
    /// Weight decay.
    pub weight_decay: f64,
}

/// The optimisers, with the names of the contract's functions; Adam with L2 has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `sgd`
    Sgd,
    /// `momentum`
    Momentum,
    /// `nesterov`
    Nesterov,
    /// `adagrad`
    Adagrad,
    /// `rmsprop`
    Rmsprop,
    /// `adam`
    Adam,
    /// `adamw`
    Adamw,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Sgd,
        Self::Momentum,
        Self::Nesterov,
        Self::Adagrad,
        Self::Rmsprop,
        Self::Adam,
        Self::Adamw,
    ];
}

/// One weight and what is remembered about it: a velocity or first moment, and sums or means of
/// squares.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Weight {
    /// The weight.
    pub w: f64,
    /// Velocity or first moment.
    pub first: f64,
    /// Squares.
    pub second: f64,
}

impl Weight {
    /// Makes step `t` (1 is the first) with gradient `g`.
    pub fn step(&mut self, rule: Rule, g: f64, t: usize, s: &Settings) {
        match rule {
            Rule::Sgd => self.w -= s.lr * g,
            Rule::Momentum => {
                self.first = s.mu * self.first + g;
                self.w -= s.lr * self.first;
            }
            Rule::Nesterov => {
                self.first = s.mu * self.first + g;
                self.w -= s.lr * (g + s.mu * self.first);
            }
            Rule::Adagrad => {
                self.second += g * g;
                self.w -= s.lr * g / (self.second.sqrt() + s.eps);
            }
            Rule::Rmsprop => {
                self.second = s.decay * self.second + (1.0 - s.decay) * g * g;
                self.w -= s.lr * g / (self.second.sqrt() + s.eps);
            }
            Rule::Adam => self.adam(g + s.weight_decay * self.w, t, s),
            Rule::Adamw => {
                self.w *= 1.0 - s.lr * s.weight_decay;
                self.adam(g, t, s);
            }
        }
    }

    fn adam(&mut self, g: f64, t: usize, s: &Settings) {
        let power = |beta: f64| (0..t).fold(1.0, |p, _| p * beta);
        self.first = s.beta1 * self.first + (1.0 - s.beta1) * g;
        self.second = s.beta2 * self.second + (1.0 - s.beta2) * g * g;
        let mean = self.first / (1.0 - power(s.beta1));
        let square = self.second / (1.0 - power(s.beta2));
        self.w -= s.lr * mean / (square.sqrt() + s.eps);
    }
}

/// `matrix^n` of a 2x2 matrix, by squaring.
pub fn power(matrix: [[f64; 2]; 2], n: u32) -> [[f64; 2]; 2] {
    let times = |a: [[f64; 2]; 2], b: [[f64; 2]; 2]| {
        [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
    };
    match n {
        0 => [[1.0, 0.0], [0.0, 1.0]],
        n if n % 2 == 0 => power(times(matrix, matrix), n / 2),
        n => times(matrix, power(matrix, n - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::pytorch::Trajectories;

    #[test]
    fn trajectories_are_those_of_pytorch() {
        let fixture = Trajectories::load();
        let names = [
            ("sgd", Rule::Sgd),
            ("momentum", Rule::Momentum),
            ("nesterov", Rule::Nesterov),
            ("adagrad", Rule::Adagrad),
            ("rmsprop", Rule::Rmsprop),
            ("adam", Rule::Adam),
            ("adam_l2", Rule::Adam),
            ("adamw", Rule::Adamw),
        ];
        assert_eq!(fixture.runs.len(), names.len());
        for (name, rule) in names {
            let run = &fixture.runs[name];
            assert_eq!(run.trajectory.len(), 25);
            let mut weight = Weight {
                w: fixture.parameters[1][2],
                ..Weight::default()
            };
            for (i, want) in run.trajectory.iter().enumerate() {
                weight.step(rule, fixture.gradients[i][1][2], i + 1, &run.settings());
                let difference = (weight.w - want[1][2]).abs();
                assert!(difference < 1e-13, "{name}, step {i}: {difference}");
            }
        }
    }

    #[test]
    fn powers_of_the_fibonacci_matrix() {
        assert_eq!(
            power([[1.0, 1.0], [1.0, 0.0]], 10),
            [[89.0, 55.0], [55.0, 34.0]]
        );
    }
}
