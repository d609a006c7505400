//! A1.11 Generalisation: bias and variance, double descent, random labels, model selection.

use burn::tensor::Tensor;

use crate::{contract, record};

record! {
    /// Inputs and what is to be predicted from them.
    pub struct RegressionSet {
        /// `[n, inputs]`, one sample per row.
        pub x: Tensor<2>,
        /// `[n, outputs]`
        pub y: Tensor<2>,
    }
}

record! {
    /// The expected squared error of a learner and the three terms that it is the sum of, each a mean over
    /// the test points.
    pub struct BiasVariance {
        /// The squared distance from the mean prediction to the truth.
        pub bias_squared: f64,
        /// The squared distance from a prediction to the mean prediction.
        pub variance: f64,
        /// The variance of the noise in what is observed.
        pub noise: f64,
        /// The squared distance from a prediction to what is observed.
        pub expected_error: f64,
    }
}

record! {
    /// Mean squared errors along a curve, one of each per point, in the order in which the points were asked
    /// for.
    pub struct ErrorCurve {
        /// Over the samples that were fitted.
        pub train: Vec<f64>,
        /// Over the test set.
        pub test: Vec<f64>,
    }
}

record! {
    /// The model that was chosen, and how good it is.
    pub struct SelectedModel {
        /// Its number of features.
        pub width: usize,
        /// Its mean squared error over the validation set.
        pub validation_error: f64,
        /// Its mean squared error over the test set.
        pub test_error: f64,
    }
}

contract! {
    /// A1.11 Generalisation.
    ///
    /// All models are linear in features, fitted by least squares. Feature weights and random numbers are
    /// arguments. The error of predictions is the mean of `(prediction - y)^2` over samples and outputs.
    pub trait Generalisation, table GeneralisationTable {
        /// The powers `1, x, ..., x^degree` of each of the `n` numbers: `[n, degree + 1]`.
        fn polynomial_features(x: Tensor<1>, degree: usize) -> Tensor<2>;
        /// `max(x w, 0)`: `[n, width]` from x `[n, inputs]` and weights `[inputs, width]`.
        fn relu_features(x: Tensor<2>, weights: Tensor<2>) -> Tensor<2>;
        /// The coefficients `[d, outputs]` of least squares: those of the smallest norm if many fit.
        fn least_squares(features: Tensor<2>, targets: Tensor<2>) -> Tensor<2>;
        /// The decomposition of the expected error from predictions `[data sets, points]`.
        fn bias_variance(predictions: Tensor<2>, truth: Tensor<1>, noise_variance: f64) -> BiasVariance;
        /// The decomposition for polynomials of a degree that are fitted to each row of `train_y`
        /// `[data sets, n]`, at the test points.
        fn polynomial_bias_variance(
            train_x: Tensor<1>,
            train_y: Tensor<2>,
            test_x: Tensor<1>,
            test_truth: Tensor<1>,
            degree: usize,
            noise_variance: f64,
        ) -> BiasVariance;
        /// The labels with a share of them replaced by random ones (Zhang et al. 2017).
        fn randomise_labels(
            labels: Vec<usize>,
            classes: usize,
            share: f64,
            coins: Vec<f64>,
            draws: Vec<f64>,
        ) -> Vec<usize>;
        /// The errors of least squares on the first `n` training samples, for each of `sizes`.
        fn learning_curve(train: RegressionSet, test: RegressionSet, sizes: Vec<usize>) -> ErrorCurve;
        /// The errors of least squares on the first `d` ReLU features, for each of `widths` (Belkin et al.
        /// 2019).
        fn double_descent_curve(
            train: RegressionSet,
            test: RegressionSet,
            weights: Tensor<2>,
            widths: Vec<usize>,
        ) -> ErrorCurve;
        /// The width with the smallest validation error, and its test error.
        fn select_model(
            train: RegressionSet,
            validation: RegressionSet,
            test: RegressionSet,
            weights: Tensor<2>,
            widths: Vec<usize>,
        ) -> SelectedModel;
    }
}
