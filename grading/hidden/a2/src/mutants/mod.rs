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
mod convolution_columns;
mod detection;
mod lenet1989;
mod lenet5;
mod neocognitron;
mod pooling;
mod resnet;
mod segmentation;
mod spatial_norms;
mod spatial_norms_backward;
mod spatial_norms_groups;
mod transfer;

use hidden_suite::Mutant;

/// All mutants, in the order of the parts.
pub fn all() -> Vec<Mutant> {
    let parts = [
        neocognitron::mutants(),
        convolution::mutants(),
        convolution_columns::mutants(),
        pooling::mutants(),
        lenet1989::mutants(),
        lenet5::mutants(),
        alexnet::mutants(),
        resnet::mutants(),
        spatial_norms::mutants(),
        spatial_norms_backward::mutants(),
        spatial_norms_groups::mutants(),
        cifar::mutants(),
        transfer::mutants(),
        detection::mutants(),
        segmentation::mutants(),
    ];
    parts.into_iter().flatten().collect()
}
