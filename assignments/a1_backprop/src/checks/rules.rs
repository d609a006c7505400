//! What may not be used, and why: what a part asks for does not come ready-made. The handout says it under
//! "Rules of the game".

use common::rules::Item::Path;
use common::rules::{BURNS_NETWORKS, DIFFERENTIATION, Rule, TOOLKITS_NETWORKS};

/// Nothing differentiates by itself.
const DERIVATIVES: Rule = Rule {
    rule: "no automatic and no numeric differentiation",
    instead: "write the derivative as a formula",
    items: DIFFERENTIATION,
};

/// Burn's neural networks are made of what these parts ask for.
const READY_MADE: Rule = Rule {
    rule: "nothing ready-made for neural networks: layers, initialisers, losses, metrics, optimisers",
    instead: "write it with tensor operations",
    items: BURNS_NETWORKS,
};

/// The toolkit's are for later assignments.
const TOOLKITS: Rule = Rule {
    rule: "the toolkit's networks and optimisers are for later assignments",
    instead: "write it with tensor operations",
    items: TOOLKITS_NETWORKS,
};

/// A1.3 asks for ReLU and GELU. The others here are a ReLU when their parameter is 0.
const ACTIVATIONS: Rule = Rule {
    rule: "Burn's own ReLU and GELU are not used in A1.3",
    instead: "write them with masks and erf",
    items: &[
        Path("burn::tensor::activation::relu"),
        Path("burn::tensor::activation::leaky_relu"),
        Path("burn::tensor::activation::prelu"),
        Path("burn::tensor::activation::threshold"),
        Path("burn::tensor::activation::thresholded_relu"),
        Path("burn::tensor::activation::gelu"),
        Path("burn::tensor::activation::gelu_approximate"),
    ],
};

/// A1.4 asks for the logarithm of the softmax, and the softmax is its exponential.
const SOFTMAX: Rule = Rule {
    rule: "Burn's own softmax is not used in A1.4",
    instead: "write it with max_dim, exp, sum_dim and log",
    items: &[
        Path("burn::tensor::activation::log_softmax"),
        Path("burn::tensor::activation::softmax"),
        Path("burn::tensor::activation::softmin"),
        Path("burn::tensor::activation::quiet_softmax"),
    ],
};

/// A1.2 is about single numbers: a tensor would bring its own arithmetic, and its derivatives.
const TENSORS: Rule = Rule {
    rule: "no tensors in A1.2",
    instead: "compute with f64",
    items: &[Path("burn")],
};

/// A1.7 and A1.8 ask for what the labs train with.
const TRAINING: Rule = Rule {
    rule: "neither the toolkit's training loop nor Burn's batches are used",
    instead: "write the loop, the order of the samples and the decision to stop",
    items: &[Path("common::train"), Path("burn::data")],
};

/// A1.12 asks for the readers that the labs use.
const READERS: Rule = Rule {
    rule: "the toolkit's readers of data sets are not used in A1.12",
    instead: "read the bytes as the format's description says",
    items: &[Path("common::data"), Path("burn::data")],
};

/// For a part that needs no rule of its own.
pub const EVERYWHERE: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS];
/// For A1.2.
pub const SCALAR_AUTODIFF: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS, TENSORS];
/// For A1.3.
pub const TENSOR_LAYERS: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS, ACTIVATIONS];
/// For A1.4.
pub const LOSSES: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS, SOFTMAX];
/// For A1.7 and A1.8.
pub const TRAINING_PARTS: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS, TRAINING];
/// For A1.12.
pub const DATA_SETS: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS, READERS];
