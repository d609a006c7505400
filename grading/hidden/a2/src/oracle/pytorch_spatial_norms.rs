//! PyTorch's normalisers of images, as `fixtures/generate_spatial_norms.py` has run them.

use serde::Deserialize;

use super::array::Array;
use super::spatial_norms::{Affine, NormGradients, Running};

/// Everything in the fixture. All cases have the same scale, shift and eps.
#[derive(Debug, Deserialize)]
pub struct ImageNormalisers {
    gamma: Array<1>,
    beta: Array<1>,
    eps: f64,
    /// The momentum of batch normalisation.
    pub momentum: f64,
    /// Batches, one after the other, from zeros and ones.
    pub training: Vec<Case>,
    /// A batch after them, normalised with the running statistics.
    pub evaluation: Case,
    /// Group normalisation with [`GROUPS`].
    pub group: Case,
    /// Instance normalisation.
    pub instance: Case,
}

/// The groups of the fixture's group normalisation.
pub const GROUPS: usize = 2;

/// One batch.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// The input.
    pub x: Array<4>,
    /// The output.
    pub y: Array<4>,
    /// The gradient by the output.
    pub dy: Array<4>,
    dx: Array<4>,
    dgamma: Array<1>,
    dbeta: Array<1>,
    mean: Option<Array<1>>,
    variance: Option<Array<1>>,
}

impl ImageNormalisers {
    /// Those of the fixture.
    ///
    /// # Panics
    /// When the fixture, which is part of the program, is broken.
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../fixtures/spatial_norms.json"))
            .expect("fixtures/spatial_norms.json is what its script writes")
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
    /// The gradients from `dy`.
    pub fn gradients(&self) -> NormGradients {
        NormGradients {
            dx: self.dx.clone(),
            dgamma: self.dgamma.clone(),
            dbeta: self.dbeta.clone(),
        }
    }

    /// The running statistics after this batch, where it was trained on.
    pub fn running(&self) -> Option<Running> {
        Some(Running {
            mean: self.mean.clone()?,
            variance: self.variance.clone()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::spatial_norms::Sets;
    use common::check::{Tolerance, close};

    const NEAR: Tolerance = Tolerance {
        absolute: 1e-12,
        relative: 1e-12,
    };

    fn same<const D: usize>(got: &Array<D>, want: &Array<D>) {
        close(&got.tensor(), &want.tensor(), NEAR).unwrap();
    }

    fn is_of_pytorch(case: &Case, affine: &Affine, sets: Sets) {
        same(&affine.y(&case.x, sets), &case.y);
        let (got, want) = (affine.gradients(&case.x, &case.dy, sets), case.gradients());
        same(&got.dx, &want.dx);
        same(&got.dgamma, &want.dgamma);
        same(&got.dbeta, &want.dbeta);
    }

    #[test]
    fn all_normalisers_are_those_of_pytorch() {
        let fixture = ImageNormalisers::load();
        let affine = fixture.affine();
        let mut running = Running::new(4);
        assert_eq!(fixture.training.len(), 2);
        for case in &fixture.training {
            is_of_pytorch(case, &affine, Sets::Channels);
            running = running.after(&case.x, fixture.momentum);
            let want = case.running().unwrap();
            same(&running.mean, &want.mean);
            same(&running.variance, &want.variance);
        }
        let case = &fixture.evaluation;
        same(&affine.y_with(&case.x, &running), &case.y);
        is_of_pytorch(&fixture.group, &affine, Sets::Groups(GROUPS));
        is_of_pytorch(&fixture.instance, &affine, Sets::Groups(4));
    }
}
