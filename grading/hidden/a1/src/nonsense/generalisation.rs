use common::contract::a1::*;

use hidden_suite::nonsense::{Nonsense, filled};

pub fn table<N: Nonsense>() -> GeneralisationTable {
    GeneralisationTable {
        polynomial_features: |x, degree| filled::<N, 2>([x.dims()[0], degree + 1]),
        relu_features: |x, weights| filled::<N, 2>([x.dims()[0], weights.dims()[1]]),
        least_squares: |features, targets| filled::<N, 2>([features.dims()[1], targets.dims()[1]]),
        bias_variance: |_, _, _| parts::<N>(),
        polynomial_bias_variance: |_, _, _, _, _, _| parts::<N>(),
        randomise_labels: |labels, classes, _, _, _| {
            vec![classes; if N::EMPTY { 0 } else { labels.len() }]
        },
        learning_curve: |_, _, sizes| curve::<N>(sizes.len()),
        double_descent_curve: |_, _, _, widths| curve::<N>(widths.len()),
        select_model: |_, _, _, _, _| SelectedModel {
            width: 0,
            validation_error: N::VALUE,
            test_error: N::VALUE,
        },
    }
}

fn parts<N: Nonsense>() -> BiasVariance {
    BiasVariance {
        bias_squared: N::VALUE,
        variance: N::VALUE,
        noise: N::VALUE,
        expected_error: N::VALUE,
    }
}

fn curve<N: Nonsense>(n: usize) -> ErrorCurve {
    let errors = vec![N::VALUE; if N::EMPTY { 0 } else { n }];
    ErrorCurve {
        train: errors.clone(),
        test: errors,
    }
}
