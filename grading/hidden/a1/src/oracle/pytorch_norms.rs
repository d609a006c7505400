//! PyTorch's normalisers, as `fixtures/generate.py` has run them.

use serde::Deserialize;

use super::matrix::Matrix;
use super::norms::{Affine, Gradients, Running, Sequences};

/// Everything in the fixture. All cases have the same scale, shift and eps.
#[derive(Debug, Deserialize)]
pub struct Normalisers {
    gamma: Vec<f64>,
    beta: Vec<f64>,
    eps: f64,
    /// The momentum of batch normalisation.
    pub momentum: f64,
    /// Batches of vectors (`l` is 1) and of sequences, one after the other, from zeros and ones.
    pub training: Vec<Case>,
    /// Batches after them, normalised with the running statistics.
    pub evaluation: Vec<Case>,
    /// Layer normalisation of rows.
    pub layer: Case,
    /// RMS normalisation of rows.
    pub rms: Case,
}

/// One batch.
#[derive(Debug, Deserialize)]
pub struct Case {
    shape: [usize; 3],
    x: Vec<f64>,
    y: Vec<f64>,
    dy: Vec<f64>,
    /// From `dy`.
    pub gradients: Gradients,
    /// The running statistics after this batch, where it was trained on.
    pub running: Option<Running>,
}

impl Normalisers {
    /// Those of the fixture.
    ///
    /// # Panics
    /// When the fixture, which is part of the program, is broken.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../fixtures/norms.json"))
            .expect("fixtures/norms.json is what generate.py writes")
    }

    /// Scale, shift and eps.
    pub fn affine(&self) -> Affine {
        Affine {
            gamma: self.gamma.clone(),
            beta: self.beta.clone(),
            eps: self.eps,
        }
    }
}

impl Case {
    /// The input.
    pub fn x(&self) -> Sequences {
        self.sequences(&self.x)
    }

    /// The output.
    pub fn y(&self) -> Sequences {
        self.sequences(&self.y)
    }

    /// The gradient by the output.
    pub fn dy(&self) -> Sequences {
        self.sequences(&self.dy)
    }

    /// Input and gradient by the output as matrices, where there is one position.
    pub fn matrices(&self) -> [Matrix; 2] {
        let [n, d, _] = self.shape;
        [&self.x, &self.dy].map(|values| Matrix::from_fn(n, d, |i, j| values[i * d + j]))
    }

    fn sequences(&self, values: &[f64]) -> Sequences {
        Sequences {
            shape: self.shape,
            values: values.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::norms::Centre;

    fn assert_near(got: &[f64], want: &[f64]) {
        assert_eq!(got.len(), want.len());
        for (got, want) in got.iter().zip(want) {
            let near = (got - want).abs() < 1e-12 * (1.0 + want.abs());
            assert!(near, "{got} for {want}");
        }
    }

    fn assert_same(got: &Gradients, want: &Gradients) {
        assert_near(&got.dx, &want.dx);
        assert_near(&got.dgamma, &want.dgamma);
        assert_near(&got.dbeta, &want.dbeta);
    }

    #[test]
    fn batch_normalisation_is_that_of_pytorch() {
        let fixture = Normalisers::load();
        let affine = fixture.affine();
        let mut running = Running::new(3);
        assert_eq!((fixture.training.len(), fixture.evaluation.len()), (4, 2));
        for case in &fixture.training {
            assert_near(&affine.batchnorm(&case.x()).values, &case.y);
            let gradients = affine.batchnorm_gradients(&case.x(), &case.dy());
            assert_same(&gradients, &case.gradients);
            running = running.after(&case.x(), fixture.momentum);
            let want = case.running.as_ref().unwrap();
            assert_near(&running.mean, &want.mean);
            assert_near(&running.variance, &want.variance);
        }
        for case in &fixture.evaluation {
            let y = affine.batchnorm_with(&case.x(), &running);
            assert_near(&y.values, &case.y);
        }
    }

    #[test]
    fn rows_are_normalised_as_by_pytorch() {
        let fixture = Normalisers::load();
        let affine = fixture.affine();
        for (case, centre) in [(&fixture.layer, Centre::Mean), (&fixture.rms, Centre::Zero)] {
            let [x, dy] = case.matrices();
            assert_near(&affine.rows(&x, centre).values, &case.y);
            let mut gradients = affine.row_gradients(&x, &dy, centre);
            if centre == Centre::Zero {
                gradients.dbeta.clear();
            }
            assert_same(&gradients, &case.gradients);
        }
    }
}
