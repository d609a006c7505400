//! The reference with one typical bug each, one file per part.
//!
//! A mutant is the reference's table with one entry replaced by a function that captures nothing.
//! Where it can, it calls the reference and spoils an argument or the result.

/// `mutant!(module.function / "bug_in_a_word", "the bug in a sentence", |arguments| ...)` in a file
/// that has a `PART`.
macro_rules! mutant {
    ($($mutant:tt)+) => {
        hidden_suite::mutant!(a1_backprop::parts::table; $($mutant)+)
    };
}

mod adam;
mod augmentation;
mod bias_variance;
mod data_readers;
mod data_sets;
mod early_stopping;
mod generalisation;
mod generalisation_curves;
mod losses;
mod mlp;
mod mlp_init;
mod norms;
mod norms_backward;
mod norms_rows;
mod norms_sequence;
mod optimisers;
mod perceptron;
mod pretraining;
mod pretraining_autoencoder;
mod pretraining_stack;
mod pretraining_step;
mod regularisation;
mod scalar_autodiff;
mod scalar_passes;
mod select_model;
mod tensor_layers;
mod training_loop;
mod training_run;

use hidden_suite::Mutant;

/// All mutants, in the order of the parts.
pub fn all() -> Vec<Mutant> {
    let parts = [
        perceptron::mutants(),
        scalar_autodiff::mutants(),
        tensor_layers::mutants(),
        losses::mutants(),
        mlp::mutants(),
        optimisers::mutants(),
        training_loop::mutants(),
        training_run::mutants(),
        regularisation::mutants(),
        norms::mutants(),
        norms_backward::mutants(),
        norms_sequence::mutants(),
        norms_rows::mutants(),
        pretraining::mutants(),
        generalisation::mutants(),
        data_readers::mutants(),
        data_sets::mutants(),
    ];
    parts.into_iter().flatten().collect()
}
