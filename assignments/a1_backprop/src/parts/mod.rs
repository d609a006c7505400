//! What you write: one file per part. This file is given; the grader puts its own in its place.

use common::contract::a1::{
    A1, LossesTable, MlpTable, OptimisersTable, PerceptronTable, ScalarAutodiffTable,
    TensorLayersTable,
};

// A function that still is `todo!()` uses neither its arguments nor the imports.
#[allow(unused_variables, unused_imports, dead_code)]
pub mod losses;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod mlp;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod optimisers;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod perceptron;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod scalar_autodiff;
#[allow(unused_variables, unused_imports, dead_code)]
pub mod tensor_layers;

/// The functions of this assignment. When a line here does not compile, the function that it names
/// has another signature than the contract in `common/src/contract/a1/`.
#[must_use]
pub fn table() -> A1 {
    A1 {
        perceptron: PerceptronTable {
            perceptron_fit: perceptron::perceptron_fit,
            perceptron_predict: perceptron::perceptron_predict,
            margin_and_radius: perceptron::margin_and_radius,
            novikoff_bound: perceptron::novikoff_bound,
        },
        scalar_autodiff: ScalarAutodiffTable {
            scalar_value: scalar_autodiff::scalar_value,
            scalar_derivatives: scalar_autodiff::scalar_derivatives,
            topo_order: scalar_autodiff::topo_order,
            scalar_forward: scalar_autodiff::scalar_forward,
            scalar_backward: scalar_autodiff::scalar_backward,
        },
        tensor_layers: TensorLayersTable {
            linear_forward: tensor_layers::linear_forward,
            linear_backward: tensor_layers::linear_backward,
            relu_forward: tensor_layers::relu_forward,
            relu_backward: tensor_layers::relu_backward,
            gelu_forward: tensor_layers::gelu_forward,
            gelu_backward: tensor_layers::gelu_backward,
            sigmoid_backward: tensor_layers::sigmoid_backward,
            tanh_backward: tensor_layers::tanh_backward,
            unbroadcast: tensor_layers::unbroadcast,
            sum_backward: tensor_layers::sum_backward,
            mean_backward: tensor_layers::mean_backward,
            reshape_backward: tensor_layers::reshape_backward,
            permute_backward: tensor_layers::permute_backward,
        },
        losses: LossesTable {
            log_softmax: losses::log_softmax,
            cross_entropy: losses::cross_entropy,
            cross_entropy_backward: losses::cross_entropy_backward,
            bce_with_logits: losses::bce_with_logits,
            bce_with_logits_backward: losses::bce_with_logits_backward,
            mse: losses::mse,
            mse_backward: losses::mse_backward,
            topk_error: losses::topk_error,
            confusion: losses::confusion,
            accuracy: losses::accuracy,
        },
        mlp: MlpTable {
            param_count: mlp::param_count,
            init_weight: mlp::init_weight,
            mlp_init: mlp::mlp_init,
            mlp_forward: mlp::mlp_forward,
            mlp_backward: mlp::mlp_backward,
        },
        optimisers: OptimisersTable {
            sgd: optimisers::sgd,
            momentum: optimisers::momentum,
            nesterov: optimisers::nesterov,
            adagrad: optimisers::adagrad,
            rmsprop: optimisers::rmsprop,
            adam: optimisers::adam,
            adamw: optimisers::adamw,
            clip_grad_norm: optimisers::clip_grad_norm,
        },
    }
}
