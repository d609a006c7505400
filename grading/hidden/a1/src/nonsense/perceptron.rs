use common::contract::a1::*;

use hidden_suite::nonsense::Nonsense;

pub fn table<N: Nonsense>() -> PerceptronTable {
    PerceptronTable {
        perceptron_fit: |points, _, _, _, _| PerceptronFit {
            weights: vec![N::VALUE; if N::EMPTY { 0 } else { points[0].len() }],
            bias: N::VALUE,
            mistakes_per_epoch: vec![],
            converged: Some(0),
        },
        perceptron_predict: |_, _, _| vec![],
        margin_and_radius: |_, _, _, _| MarginAndRadius {
            margin: N::VALUE,
            radius: N::VALUE,
        },
        novikoff_bound: |_, _| N::VALUE,
    }
}
