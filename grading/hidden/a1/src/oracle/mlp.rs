//! A1.5: the MLP, layer by layer.

use common::contract::a1::{Activation, MlpForward, MlpParameters};

use super::matrix::{Matrix, values, vector};
use super::tensor_layers::linear;

/// The parameters of an MLP.
#[derive(Debug, Clone)]
pub struct Mlp {
    /// One matrix per layer.
    pub weights: Vec<Matrix>,
    /// One vector per layer.
    pub biases: Vec<Vec<f64>>,
    /// What follows every layer but the last.
    pub activation: Activation,
}

/// The inputs of the layers and what came out before the activation.
#[derive(Debug, Clone)]
pub struct Pass {
    /// `a_l`
    pub inputs: Vec<Matrix>,
    /// `z_l`
    pub outputs: Vec<Matrix>,
}

impl Mlp {
    /// The oracle with the parameters of the contract.
    pub fn of(parameters: &MlpParameters, activation: Activation) -> Self {
        Self {
            weights: parameters.weights.iter().map(Matrix::of).collect(),
            biases: parameters.biases.iter().map(values).collect(),
            activation,
        }
    }

    /// The parameters as the contract has them.
    pub fn parameters(&self) -> MlpParameters {
        MlpParameters {
            weights: self.weights.iter().map(Matrix::tensor).collect(),
            biases: self.biases.iter().cloned().map(vector).collect(),
        }
    }

    /// The forward pass.
    pub fn forward(&self, x: &Matrix) -> Pass {
        let mut pass = Pass {
            inputs: vec![x.clone()],
            outputs: vec![],
        };
        for (l, (w, b)) in self.weights.iter().zip(&self.biases).enumerate() {
            let z = linear(&pass.inputs[l], w, b);
            if l + 1 < self.weights.len() {
                pass.inputs.push(z.map(|z| match self.activation {
                    Activation::Relu => z.max(0.0),
                    Activation::Tanh => z.tanh(),
                }));
            }
            pass.outputs.push(z);
        }
        pass
    }

    /// The logits.
    pub fn logits(&self, x: &Matrix) -> Matrix {
        self.forward(x).outputs.swap_remove(self.weights.len() - 1)
    }
}

impl Pass {
    /// The pass as the contract has it.
    pub fn forward(&self) -> MlpForward {
        MlpForward {
            inputs: self.inputs.iter().map(Matrix::tensor).collect(),
            outputs: self.outputs.iter().map(Matrix::tensor).collect(),
        }
    }

    /// The smallest `|z|` of the hidden layers: how far this pass is from ReLU's kink.
    pub fn distance_from_kink(&self) -> f64 {
        let hidden = &self.outputs[..self.outputs.len() - 1];
        let all = hidden.iter().flat_map(|z| &z.values);
        all.fold(f64::INFINITY, |least, z| least.min(z.abs()))
    }

    /// Whether at least half of the samples have a positive and a negative unit in every hidden layer:
    /// then ReLU's gates matter, and gradients reach the first layer.
    pub fn is_lively(&self) -> bool {
        let hidden = &self.outputs[..self.outputs.len() - 1];
        let samples = self.inputs[0].rows;
        let mixed = |z: &Matrix, i: usize| {
            z.row(i).iter().any(|z| *z > 0.0) && z.row(i).iter().any(|z| *z < 0.0)
        };
        let lively = |i: &usize| hidden.iter().all(|z| mixed(z, *i));
        2 * (0..samples).filter(lively).count() >= samples
    }
}
