//! What may not be used, and why: what a part asks for does not come ready-made. The handout says it under
//! "Rules of the game".

use common::rules::Item::{Method, Name, Path};
use common::rules::Rule;

/// A2.1 to A2.3, A2.6 and A2.8 ask for backward passes. Burn's autodiff cannot be begun without one of the three names.
const DERIVATIVES: Rule = Rule {
    rule: "no automatic and no numeric differentiation in the parts that ask for a backward pass",
    instead: "write the derivative as a formula",
    items: &[
        Name("require_grad"),
        Name("set_require_grad"),
        Name("autodiff"),
        Method("backward"),
        Path("common::check::numeric_gradient"),
        Path("common::check::numeric_gradient_of"),
        Path("common::nn::value_and_gradient"),
        Path("common::nn::value_and_gradient_with"),
    ],
};

/// Burn's neural networks are made of what these parts ask for.
const READY_MADE: Rule = Rule {
    rule: "nothing ready-made of Burn for neural networks: layers, initialisers, losses, metrics, optimisers",
    instead: "write it with tensor operations; from A2.4 on common::nn has convolution and pooling",
    items: &[
        Path("burn::nn"),
        Path("burn::module"),
        Path("burn::prelude::Module"),
        Path("burn::tensor::module"),
        Path("burn::tensor::loss"),
        Path("burn::tensor::grid"),
        Path("burn::optim"),
        Path("burn::lr_scheduler"),
        Path("burn::grad_clipping"),
        Path("burn::train"),
        Path("burn::backend"),
    ],
};

/// What the first parts ask for is what `common::nn` has.
const TOOLKITS_LAYERS: Rule = Rule {
    rule: "the toolkit's layers are not used where a part asks for them",
    instead: "write the sums yourself: loops, slices, or a matrix product",
    items: &[Path("common::nn")],
};

/// For the parts that may use the toolkit's layers and Burn's autodiff.
pub const EVERYWHERE: &[Rule] = &[READY_MADE];
/// For A2.1, A2.2, A2.3 and A2.8.
pub const BY_HAND: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS_LAYERS];
/// For A2.6, which asks for one backward pass and has the toolkit's layers.
pub const WITHOUT_AUTODIFF: &[Rule] = &[DERIVATIVES, READY_MADE];
