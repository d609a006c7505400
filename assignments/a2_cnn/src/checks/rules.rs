//! What may not be used, and why: what a part asks for does not come ready-made. The handout says it under
//! "Rules of the game".

use common::rules::{BURNS_NETWORKS, DIFFERENTIATION, Rule, TOOLKITS_NETWORKS};

/// A2.1 to A2.3, A2.6 and A2.8 ask for backward passes.
const DERIVATIVES: Rule = Rule {
    rule: "no automatic and no numeric differentiation in the parts that ask for a backward pass",
    instead: "write the derivative as a formula",
    items: DIFFERENTIATION,
};

/// Burn's neural networks are made of what these parts ask for.
const READY_MADE: Rule = Rule {
    rule: "nothing ready-made of Burn for neural networks: layers, initialisers, losses, metrics, optimisers",
    instead: "write it with tensor operations; from A2.4 on common::nn has convolution and pooling",
    items: BURNS_NETWORKS,
};

/// What the first parts ask for is what `common::nn` has.
const TOOLKITS_LAYERS: Rule = Rule {
    rule: "the toolkit's layers are not used where a part asks for them",
    instead: "write the sums yourself: loops, slices, or a matrix product",
    items: TOOLKITS_NETWORKS,
};

/// For the parts that may use the toolkit's layers and Burn's autodiff.
pub const EVERYWHERE: &[Rule] = &[READY_MADE];
/// For A2.1, A2.2, A2.3 and A2.8.
pub const BY_HAND: &[Rule] = &[DERIVATIVES, READY_MADE, TOOLKITS_LAYERS];
/// For A2.6, which asks for one backward pass and has the toolkit's layers.
pub const WITHOUT_AUTODIFF: &[Rule] = &[DERIVATIVES, READY_MADE];
