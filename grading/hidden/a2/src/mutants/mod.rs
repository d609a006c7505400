//! The reference with one typical bug each, one file per part.
//!
//! A mutant is the reference's table with one entry replaced by a function that captures nothing.
//! Where it can, it calls the reference and spoils an argument or the result.

/// `mutant!(module.function / "bug_in_a_word", "the bug in a sentence", |arguments| ...)` in a file
/// that has a `PART`.
#[allow(unused_macros)]
macro_rules! mutant {
    ($module:ident.$function:ident / $name:literal, $bug:literal, $code:expr $(,)?) => {
        hidden_suite::Mutant {
            id: concat!(stringify!($function), "/", $name),
            part: PART,
            bug: $bug,
            table: || {
                let mut table = a2_cnn::parts::table();
                table.$module.$function = $code;
                Box::new(table)
            },
        }
    };
}

mod alexnet;
mod cifar;
mod convolution;
mod detection;
mod lenet1989;
mod lenet5;
mod neocognitron;
mod neocognitron_learning;
mod pooling;
mod pooling_sizes;
mod pooling_transposed;
mod pooling_up;
mod resnet;
mod segmentation;
mod spatial_norms;
mod transfer;

use hidden_suite::Mutant;

/// All mutants, in the order of the parts.
pub fn all() -> Vec<Mutant> {
    let parts = [
        neocognitron::mutants(),
        neocognitron_learning::mutants(),
        convolution::mutants(),
        pooling_sizes::mutants(),
        pooling::mutants(),
        pooling_up::mutants(),
        pooling_transposed::mutants(),
        lenet1989::mutants(),
        lenet5::mutants(),
        alexnet::mutants(),
        resnet::mutants(),
        spatial_norms::mutants(),
        cifar::mutants(),
        transfer::mutants(),
        detection::mutants(),
        segmentation::mutants(),
    ];
    parts.into_iter().flatten().collect()
}
