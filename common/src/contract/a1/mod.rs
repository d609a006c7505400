//! Assignment 1: back-propagation, the multi-layer perceptron, optimisation.
//!
//! One file and one trait per part. Shapes are written `[rows, columns]`; `n` is the number of samples,
//! `c` the number of classes. Tensors are `f64` when a check calls and `f32` when a lab trains, so a
//! function makes its own tensors on the device, and with the element type, of its arguments.

mod classifier;
mod data_sets;
mod generalisation;
mod losses;
mod mlp;
mod norms;
mod optimisers;
mod perceptron;
mod pretraining;
mod regularisation;
mod scalar_autodiff;
mod tensor_layers;
mod training_loop;

pub use classifier::*;
pub use data_sets::*;
pub use generalisation::*;
pub use losses::*;
pub use mlp::*;
pub use norms::*;
pub use optimisers::*;
pub use perceptron::*;
pub use pretraining::*;
pub use regularisation::*;
pub use scalar_autodiff::*;
pub use tensor_layers::*;
pub use training_loop::*;

use crate::assignment;

assignment! {
    /// Assignment 1.
    pub struct A1 {
        /// A1.1
        pub perceptron: PerceptronTable,
        /// A1.2
        pub scalar_autodiff: ScalarAutodiffTable,
        /// A1.3
        pub tensor_layers: TensorLayersTable,
        /// A1.4
        pub losses: LossesTable,
        /// A1.5
        pub mlp: MlpTable,
        /// A1.6
        pub optimisers: OptimisersTable,
        /// A1.7
        pub training_loop: TrainingLoopTable,
        /// A1.8
        pub regularisation: RegularisationTable,
        /// A1.9
        pub norms: NormsTable,
        /// A1.10
        pub pretraining: PretrainingTable,
        /// A1.11
        pub generalisation: GeneralisationTable,
        /// A1.12
        pub data_sets: DataSetsTable,
    }
}
