//! What the answers should be: plain loops over `f64`, one file per part.
//!
//! Written apart from the reference and in another way, and compared with PyTorch (`fixtures/`), so
//! that a mistake in the one is not in the other.

pub mod data_sets;
pub mod generalisation;
pub mod losses;
pub mod matrix;
pub mod mlp;
pub mod norms;
pub mod optimisers;
pub mod perceptron;
pub mod pretraining;
pub mod pytorch;
pub mod pytorch_norms;
pub mod regularisation;
pub mod scalar_autodiff;
pub mod tensor_layers;
pub mod training_loop;
