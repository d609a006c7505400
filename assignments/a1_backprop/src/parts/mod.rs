//! What you write: one file per part. This file is given; the grader puts its own in its place.

// A function that still is `todo!()` uses neither its arguments nor the imports.
#![allow(unused_variables, unused_imports, dead_code)]

use common::contract::a1::{
    A1, DataSetsTable, GeneralisationTable, LossesTable, MlpTable, NormsTable, OptimisersTable,
    PerceptronTable, PretrainingTable, RegularisationTable, ScalarAutodiffTable, TensorLayersTable,
    TrainingLoopTable,
};

pub mod data_sets;
pub mod generalisation;
pub mod losses;
pub mod mlp;
pub mod norms;
pub mod optimisers;
pub mod perceptron;
pub mod pretraining;
pub mod regularisation;
pub mod scalar_autodiff;
pub mod tensor_layers;
pub mod training_loop;

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
        training_loop: TrainingLoopTable {
            lr_at: training_loop::lr_at,
            epoch_batches: training_loop::epoch_batches,
            evaluate: training_loop::evaluate,
            train: training_loop::train,
            save_checkpoint: training_loop::save_checkpoint,
            load_checkpoint: training_loop::load_checkpoint,
        },
        regularisation: RegularisationTable {
            dropout_mask: regularisation::dropout_mask,
            dropout_forward: regularisation::dropout_forward,
            dropout_backward: regularisation::dropout_backward,
            l1_penalty: regularisation::l1_penalty,
            l1_gradient: regularisation::l1_gradient,
            l2_penalty: regularisation::l2_penalty,
            l2_gradient: regularisation::l2_gradient,
            early_stopping: regularisation::early_stopping,
            mixup: regularisation::mixup,
            shift_images: regularisation::shift_images,
            flip_images: regularisation::flip_images,
            ensemble_average: regularisation::ensemble_average,
        },
        norms: NormsTable {
            batchnorm_forward: norms::batchnorm_forward,
            batchnorm_backward_by_steps: norms::batchnorm_backward_by_steps,
            batchnorm_backward: norms::batchnorm_backward,
            batchnorm_sequence_forward: norms::batchnorm_sequence_forward,
            batchnorm_sequence_backward: norms::batchnorm_sequence_backward,
            layernorm_forward: norms::layernorm_forward,
            layernorm_backward: norms::layernorm_backward,
            rmsnorm_forward: norms::rmsnorm_forward,
            rmsnorm_backward: norms::rmsnorm_backward,
        },
        pretraining: PretrainingTable {
            rbm_free_energy: pretraining::rbm_free_energy,
            p_h_given_v: pretraining::p_h_given_v,
            p_v_given_h: pretraining::p_v_given_h,
            cd_k: pretraining::cd_k,
            autoencoder_forward: pretraining::autoencoder_forward,
            autoencoder_backward: pretraining::autoencoder_backward,
            corrupt: pretraining::corrupt,
            stack_init: pretraining::stack_init,
            pretrain_step: pretraining::pretrain_step,
            pretrain_stack: pretraining::pretrain_stack,
            to_mlp: pretraining::to_mlp,
        },
        generalisation: GeneralisationTable {
            polynomial_features: generalisation::polynomial_features,
            relu_features: generalisation::relu_features,
            least_squares: generalisation::least_squares,
            bias_variance: generalisation::bias_variance,
            polynomial_bias_variance: generalisation::polynomial_bias_variance,
            randomise_labels: generalisation::randomise_labels,
            learning_curve: generalisation::learning_curve,
            double_descent_curve: generalisation::double_descent_curve,
            select_model: generalisation::select_model,
        },
        data_sets: DataSetsTable {
            parse_idx: data_sets::parse_idx,
            parse_mnist: data_sets::parse_mnist,
            parse_zip_digits: data_sets::parse_zip_digits,
            parse_cifar: data_sets::parse_cifar,
            normalise: data_sets::normalise,
            stratified_split: data_sets::stratified_split,
        },
    }
}
