//! Assignment 1: back-propagation, the multi-layer perceptron, optimisation.

pub mod checks;
pub mod labs;
pub mod parts;

use common::check::{Assignment, Part};

/// The parts of this assignment, in the order of the handout.
const PARTS: &[Part] = &[
    Part {
        id: "A1.1",
        title: "The perceptron and its bound",
        module: "perceptron",
        points: 20,
        start: "Open assignments/a1_backprop/src/parts/perceptron.rs and write perceptron_predict first: one dot product per point.",
        hints: &[
            "Write a helper that gives w . x + b for one point; three of the four functions need it. Then \
             fit is two loops and one if.",
            "A point is a mistake when y (w . x + b) <= 0. The equals sign matters: at w = 0 every score \
             is 0, so with < nothing would ever move. Count mistakes per epoch, push the count, and stop \
             when it is 0.",
        ],
    },
    Part {
        id: "A1.3",
        title: "Vector-Jacobian products by hand",
        module: "tensor_layers",
        points: 20,
        start: "Open assignments/a1_backprop/src/parts/tensor_layers.rs and write linear_forward: one matmul and one addition.",
        hints: &[
            "Let the shapes lead: dx has the shape of x, dw that of w, and only one product of the \
             matrices at hand has that shape. An element that is used many times gets the sum of the \
             gradients of its uses.",
            "dx is dy times the transpose of w, dw the transpose of x times dy, db the sum of dy over axis \
             0 (sum_dim keeps that axis with size 1: squeeze_dim takes it away). ReLU: fill dy with 0 where \
             x <= 0 (mask_fill). permute: build the inverse permutation, the axis axes[i] goes back to i.",
        ],
    },
    Part {
        id: "A1.4",
        title: "Losses and metrics",
        module: "losses",
        points: 20,
        start: "Open assignments/a1_backprop/src/parts/losses.rs and write log_softmax; subtract each row's largest logit first.",
        hints: &[
            "Write cross_entropy without options first, and see its check pass. For the options make one \
             helper, used by the loss and by its gradient, that gives the matrix v_k t_k with zeros in \
             the rows that do not count, and the denominator.",
            "A one-hot matrix: compare the labels as [n, 1] with the classes 0..c as [1, c]. With that matrix \
             of v_k t_k, the loss is minus the sum of its product with log_softmax, divided by the \
             denominator; the gradient is the softmax times the matrix's row sums, minus the matrix, \
             divided by the same.",
        ],
    },
    Part {
        id: "A1.5",
        title: "The MLP and its initialisation",
        module: "mlp",
        points: 20,
        start: "Open assignments/a1_backprop/src/parts/mlp.rs and write param_count, then mlp_forward.",
        hints: &[
            "Keep two lists in the forward pass: what went into each layer and what came out of it before \
             the activation. The backward pass walks both from the end; nothing follows the last layer, so \
             there dz is dlogits.",
            "For layer l: dw = inputs[l]^T dz, db = the sum of the rows of dz, then for l > 0 da = dz w^T, and dz = da \
             where outputs[l - 1] > 0 (ReLU) or da (1 - inputs[l]^2) (tanh). A uniform law of variance s^2 \
             goes from -sqrt(3) s to sqrt(3) s.",
        ],
    },
    Part {
        id: "A1.6",
        title: "Optimisers",
        module: "optimisers",
        points: 20,
        start: "Open assignments/a1_backprop/src/parts/optimisers.rs and write sgd: zip parameters and gradients, map, collect.",
        hints: &[
            "momentum, nesterov, adagrad and rmsprop have the same frame: go through parameter, gradient and \
             state together, and collect new parameters and new state. Write the frame once.",
            "In Adam the first step has t = 1, so use state.step + 1. eps is outside the root. Adam adds the \
             weight decay to the gradient, AdamW multiplies w by 1 - lr weight_decay and leaves the gradient \
             alone.",
        ],
    },
];

/// Assignment 1, with the functions in `src/parts/`.
#[must_use]
pub fn assignment() -> Assignment {
    Assignment {
        id: "a1",
        package: "a1_backprop",
        title: "Back-propagation, the multi-layer perceptron, optimisation",
        parts: PARTS,
        checks: checks::all(),
        table: || Box::new(parts::table()),
    }
}
