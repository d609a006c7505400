//! Reverse-mode differentiation of loops over numbers: a list of nodes, each with its derivatives by those before it.

use std::ops::Range;

/// A number on a [`Tape`].
#[derive(Debug, Clone, Copy)]
pub struct Var(usize);

/// Everything that was computed, in order.
#[derive(Default)]
pub struct Tape {
    values: Vec<f64>,
    /// Where a node's derivatives are in `edges`.
    ranges: Vec<Range<usize>>,
    edges: Vec<(usize, f64)>,
}

impl Tape {
    /// An empty tape.
    pub fn new() -> Self {
        Self::default()
    }

    /// A number that depends on others with these derivatives; on none for an input.
    pub fn node(&mut self, value: f64, by: impl IntoIterator<Item = (Var, f64)>) -> Var {
        let start = self.edges.len();
        let edges = by
            .into_iter()
            .map(|(parent, derivative)| (parent.0, derivative));
        self.edges.extend(edges);
        self.values.push(value);
        self.ranges.push(start..self.edges.len());
        Var(self.values.len() - 1)
    }

    /// Inputs.
    pub fn inputs(&mut self, values: &[f64]) -> Vec<Var> {
        values.iter().map(|&value| self.node(value, [])).collect()
    }

    /// The number itself.
    pub fn value(&self, x: Var) -> f64 {
        self.values[x.0]
    }

    /// The numbers of a list.
    pub fn values(&self, list: &[Var]) -> Vec<f64> {
        list.iter().map(|&x| self.value(x)).collect()
    }

    /// The sum of the products of pairs.
    pub fn dot(&mut self, pairs: &[(Var, Var)]) -> Var {
        let sum = pairs
            .iter()
            .map(|&(a, b)| self.value(a) * self.value(b))
            .sum();
        let start = self.edges.len();
        for &(a, b) in pairs {
            self.edges.push((a.0, self.value(b)));
            self.edges.push((b.0, self.value(a)));
        }
        self.values.push(sum);
        self.ranges.push(start..self.edges.len());
        Var(self.values.len() - 1)
    }

    /// `a + b`.
    pub fn add(&mut self, a: Var, b: Var) -> Var {
        self.node(self.value(a) + self.value(b), [(a, 1.0), (b, 1.0)])
    }

    /// The mean.
    pub fn mean(&mut self, list: &[Var]) -> Var {
        let n = list.len() as f64;
        let sum: f64 = list.iter().map(|&x| self.value(x)).sum();
        self.node(sum / n, list.iter().map(|&x| (x, 1.0 / n)))
    }

    /// `max(x, 0)`.
    pub fn relu(&mut self, x: Var) -> Var {
        let value = self.value(x);
        let slope = if value > 0.0 { 1.0 } else { 0.0 };
        self.node(value.max(0.0), [(x, slope)])
    }

    /// The mean cross-entropy of rows of logits, of whose labels the share `smoothing` is spread over all classes.
    pub fn cross_entropy(&mut self, rows: &[Vec<Var>], labels: &[usize], smoothing: f64) -> Var {
        let n = rows.len() as f64;
        let (mut loss, mut by) = (0.0, vec![]);
        for (row, &label) in rows.iter().zip(labels) {
            let logits = self.values(row);
            let p = softmax(&logits);
            for (class, &logit) in row.iter().enumerate() {
                let own = if class == label { 1.0 - smoothing } else { 0.0 };
                let target = own + smoothing / row.len() as f64;
                loss -= target * p[class].ln() / n;
                by.push((logit, (p[class] - target) / n));
            }
        }
        self.node(loss, by)
    }

    /// The derivatives of `of` by each of `by`.
    pub fn gradient(&self, of: Var, by: &[Var]) -> Vec<f64> {
        let mut adjoints = vec![0.0; self.values.len()];
        adjoints[of.0] = 1.0;
        for node in (0..=of.0).rev() {
            let adjoint = adjoints[node];
            if adjoint != 0.0 {
                for &(parent, derivative) in &self.edges[self.ranges[node].clone()] {
                    adjoints[parent] += adjoint * derivative;
                }
            }
        }
        by.iter().map(|x| adjoints[x.0]).collect()
    }
}

/// The softmax of a row.
pub fn softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let sum: f64 = logits.iter().map(|z| (z - largest).exp()).sum();
    logits.iter().map(|z| (z - largest).exp() / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_by_hand() {
        // f = mean(x y + x, relu(-x)) at x = 3, y = 2: value 4.5, by x (2 + 1) / 2, by y 3 / 2.
        let mut tape = Tape::new();
        let [x, y] = [3.0, 2.0].map(|v| tape.node(v, []));
        let product = tape.dot(&[(x, y)]);
        let sum = tape.add(product, x);
        let minus = tape.node(-3.0, [(x, -1.0)]);
        let off = tape.relu(minus);
        let f = tape.mean(&[sum, off]);
        assert_eq!(tape.value(f), 4.5);
        assert_eq!(tape.gradient(f, &[x, y]), [1.5, 1.5]);
    }

    #[test]
    fn cross_entropy_is_its_formula() {
        // Logits ln 1 and ln 3: p = 1/4, 3/4. Label 0 smoothed by 0.2: targets 0.9, 0.1.
        let mut tape = Tape::new();
        let row = tape.inputs(&[0.0, 3f64.ln()]);
        let loss = tape.cross_entropy(std::slice::from_ref(&row), &[0], 0.2);
        let want = 0.9 * 4f64.ln() + 0.1 * (4.0f64 / 3.0).ln();
        assert!((tape.value(loss) - want).abs() < 1e-12);
        let got = tape.gradient(loss, &row);
        assert!((got[0] - (0.25 - 0.9)).abs() < 1e-12 && (got[1] - (0.75 - 0.1)).abs() < 1e-12);
    }
}
