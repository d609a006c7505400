//! What more than one assignment forbids.

use super::Item::{self, Method, Name, Path};

/// Everything that differentiates by itself. Burn's autodiff cannot be begun without one of the three names.
pub const DIFFERENTIATION: &[Item] = &[
    Name("require_grad"),
    Name("set_require_grad"),
    Name("autodiff"),
    Method("backward"),
    Path("common::check::numeric_gradient"),
    Path("common::check::numeric_gradient_of"),
    Path("common::nn::value_and_gradient"),
    Path("common::nn::value_and_gradient_with"),
];

/// Burn's neural networks: layers, initialisers, losses, metrics, optimisers, training, and the ways below its tensors.
pub const BURNS_NETWORKS: &[Item] = &[
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
];

/// The toolkit's own, for assignments that come after those which ask for them.
pub const TOOLKITS_NETWORKS: &[Item] = &[Path("common::nn")];
