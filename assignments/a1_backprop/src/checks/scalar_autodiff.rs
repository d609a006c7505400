//! Public checks of A1.2.

use common::check::{
    Check, Failure, Part, Tolerance, Verdict, close_values, ensure, equal, within,
};
use common::contract::Submission;
use common::contract::a1::{ScalarAutodiff, ScalarNode, ScalarOp};
use common::rng::Rng;

use super::rules;

/// The part.
pub const PART: Part = Part {
    id: "A1.2",
    title: "Reverse-mode autodiff of scalars",
    module: "scalar_autodiff",
    points: 20,
    start: "Open assignments/a1_backprop/src/parts/scalar_autodiff.rs and write scalar_value first: one match with a line for each operation.",
    hints: &[
        "match (op, inputs.as_slice()) lets you name the inputs: (ScalarOp::Mul, [a, b]) => ... Both \
         passes are one loop over topo_order: forward as it is, backward in reverse. What a node gets \
         is a sum over its uses, so += everywhere.",
        "For the order keep a list of pairs: a node, and how many of its inputs are done. Look at the \
         last pair. If an input is left, count it as done and, if it is new, append it; if none is \
         left, the node goes into the order and the pair is removed. Backward: a list of zeros, one \
         per node, with 1 at the root; at the end add it to the gradients.",
    ],
    hidden_checks: 9,
    forbidden: rules::SCALAR_AUTODIFF,
};

/// The public checks of A1.2.
pub const CHECKS: &[Check] = &[
    Check {
        id: "scalar_autodiff/values",
        part: "A1.2",
        points: 1,
        proves: "every operation has the value of the handout's table",
        hint: "each operation is one method or operator of f64",
        run: values,
    },
    Check {
        id: "scalar_autodiff/derivatives",
        part: "A1.2",
        points: 1,
        proves: "every operation has the derivatives of the handout's table",
        hint: "one number per input; at 0 the derivatives of ReLU and of x^0 are 0",
        run: derivatives,
    },
    Check {
        id: "scalar_autodiff/order",
        part: "A1.2",
        points: 1,
        proves: "in the handout's example every node comes once, after its inputs, and nothing else comes",
        hint: "depth first: a node goes into the order when all of its inputs are in it",
        run: order,
    },
    Check {
        id: "scalar_autodiff/forward",
        part: "A1.2",
        points: 1,
        proves: "the forward pass gives the values of the handout's example and touches nothing else",
        hint: "compute the nodes in topo_order, leaves excepted; the list is not in that order",
        run: forward,
    },
    Check {
        id: "scalar_autodiff/backward",
        part: "A1.2",
        points: 1,
        proves: "the backward pass gives the gradients of the handout's example, and twice them the second time",
        hint: "collect this pass's derivatives in a list of zeros with 1 at the root; add it to the gradients at the end",
        run: backward,
    },
    Check {
        id: "scalar_autodiff/numeric_gradient",
        part: "A1.2",
        points: 1,
        proves: "for an expression with every operation the gradients agree with numeric ones",
        hint: "compare node by node with a hand calculation, from the root down",
        run: numeric_gradient,
    },
];

fn node(op: ScalarOp, inputs: &[usize], value: f64) -> ScalarNode {
    ScalarNode {
        op,
        inputs: inputs.to_vec(),
        value,
        gradient: 0.0,
    }
}

/// The handout's example: `y = (a b + a)^2` with a = 2, b = 3, and `e^a`, which y does not need. `0.0`
/// stands where the forward pass has to compute.
fn example() -> Vec<ScalarNode> {
    vec![
        node(ScalarOp::Mul, &[1, 1], 0.0), // y = q q
        node(ScalarOp::Add, &[2, 3], 0.0), // q = p + a
        node(ScalarOp::Mul, &[3, 4], 0.0), // p = a b
        node(ScalarOp::Leaf, &[], 2.0),    // a
        node(ScalarOp::Leaf, &[], 3.0),    // b
        node(ScalarOp::Exp, &[3], 0.0),    // e^a
    ]
}

const EXAMPLE: &str = "0: y = Mul [1, 1], 1: q = Add [2, 3], 2: p = Mul [3, 4], 3: a = Leaf 2, \
                       4: b = Leaf 3, 5: Exp [3]; root 0";
/// The values of y, q, p, a, b.
const VALUES: [f64; 5] = [64.0, 8.0, 6.0, 2.0, 3.0];
/// The derivatives of y by them.
const GRADIENTS: [f64; 5] = [1.0, 16.0, 16.0, 64.0, 32.0];

/// The example after the forward pass.
fn computed() -> Vec<ScalarNode> {
    let mut nodes = example();
    for (node, value) in nodes.iter_mut().zip(VALUES) {
        node.value = value;
    }
    nodes
}

fn values(submission: &Submission, _: &mut Rng) -> Verdict {
    for (op, inputs, want) in [
        (ScalarOp::Add, vec![2.0, 3.0], 5.0),
        (ScalarOp::Mul, vec![2.0, 3.0], 6.0),
        (ScalarOp::Powi(3), vec![-2.0], -8.0),
        (ScalarOp::Powi(-1), vec![-2.0], -0.5),
        (ScalarOp::Exp, vec![0.5], 0.5_f64.exp()),
        (ScalarOp::Ln, vec![2.0], 2_f64.ln()),
        (ScalarOp::Tanh, vec![0.5], 0.5_f64.tanh()),
        (ScalarOp::Relu, vec![-2.0], 0.0),
        (ScalarOp::Relu, vec![3.0], 3.0),
    ] {
        let got = submission.scalar_value(op, inputs.clone())?;
        within(got, want, Tolerance::EXACT).map_err(|failure| {
            let input = format!("{op:?}, inputs {inputs:?}");
            failure.about("scalar_value").on_input(input)
        })?;
    }
    Ok(())
}

fn derivatives(submission: &Submission, _: &mut Rng) -> Verdict {
    for (op, inputs, want) in [
        (ScalarOp::Add, vec![2.0, 3.0], vec![1.0, 1.0]),
        (ScalarOp::Mul, vec![2.0, 3.0], vec![3.0, 2.0]),
        (ScalarOp::Powi(3), vec![-2.0], vec![12.0]),
        (ScalarOp::Powi(-1), vec![-2.0], vec![-0.25]),
        (ScalarOp::Powi(0), vec![0.0], vec![0.0]),
        (ScalarOp::Exp, vec![0.5], vec![0.5_f64.exp()]),
        (ScalarOp::Ln, vec![2.0], vec![0.5]),
        (
            ScalarOp::Tanh,
            vec![0.5],
            vec![1.0 / 0.5_f64.cosh().powi(2)],
        ),
        (ScalarOp::Relu, vec![-2.0], vec![0.0]),
        (ScalarOp::Relu, vec![0.0], vec![0.0]),
        (ScalarOp::Relu, vec![3.0], vec![1.0]),
        (ScalarOp::Leaf, vec![], vec![]),
    ] {
        let got = submission.scalar_derivatives(op, inputs.clone())?;
        close_values(&got, &want, Tolerance::EXACT).map_err(|failure| {
            let input = format!("{op:?}, inputs {inputs:?}");
            failure.about("scalar_derivatives").on_input(input)
        })?;
    }
    Ok(())
}

fn order(submission: &Submission, _: &mut Rng) -> Verdict {
    let nodes = example();
    let order = submission.topo_order(nodes.clone(), 0)?;
    let check = || {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        ensure(sorted == [0, 1, 2, 3, 4], || {
            format!("expected the nodes 0, 1, 2, 3, 4, each once, got {order:?}")
        })?;
        let place = |node: usize| order.iter().position(|i| *i == node);
        for &i in &order {
            if let Some(input) = nodes[i].inputs.iter().find(|k| place(**k) > place(i)) {
                return Err(Failure::wrong(format!(
                    "node {i} stands before its input {input} in {order:?}"
                )));
            }
        }
        Ok(())
    };
    check().map_err(|failure: Failure| failure.about("topo_order").on_input(EXAMPLE))
}

/// What a pass gave for one field of each node, after a look at the others, which may not change.
fn field(
    got: &[ScalarNode],
    before: &[ScalarNode],
    name: &str,
    of: fn(&mut ScalarNode) -> &mut f64,
) -> Result<Vec<f64>, Failure> {
    equal(&got.len(), &before.len()).map_err(|failure| failure.about("number of nodes"))?;
    let mut values = Vec::new();
    for (i, (now, before)) in got.iter().zip(before).enumerate() {
        let (mut now, mut before) = (now.clone(), before.clone());
        values.push(*of(&mut now));
        *of(&mut now) = 0.0;
        *of(&mut before) = 0.0;
        let (now, before) = (format!("{now:?}"), format!("{before:?}"));
        ensure(now == before, || {
            format!("only the {name} may change, but node {i} was {before} and is {now}")
        })?;
    }
    Ok(values)
}

fn forward(submission: &Submission, _: &mut Rng) -> Verdict {
    let before = example();
    let got = submission.scalar_forward(before.clone(), 0)?;
    field(&got, &before, "value", |node| &mut node.value)
        .and_then(|values| {
            // e^a is not needed for y and keeps its 0.
            close_values(&values, &[64.0, 8.0, 6.0, 2.0, 3.0, 0.0], Tolerance::EXACT)
        })
        .map_err(|failure| failure.about("scalar_forward, values").on_input(EXAMPLE))
}

fn backward(submission: &Submission, _: &mut Rng) -> Verdict {
    let mut nodes = computed();
    for times in [1.0, 2.0] {
        let got = submission.scalar_backward(nodes.clone(), 0)?;
        let mut want: Vec<f64> = GRADIENTS.map(|gradient| times * gradient).into();
        want.push(0.0); // y does not depend on e^a
        field(&got, &nodes, "gradient", |node| &mut node.gradient)
            .and_then(|gradients| close_values(&gradients, &want, Tolerance::EXACT))
            .map_err(|failure| {
                let which = if times == 1.0 { "first" } else { "second" };
                let what = format!("scalar_backward, gradients after the {which} pass");
                failure.about(what).on_input(EXAMPLE)
            })?;
        nodes = got;
    }
    Ok(())
}

/// `tanh(a b) + relu(a) / ln(b) + e^b` with a near 1 and b near 2. Each leaf is moved by 1e-5 up and
/// down; the value is computed by `scalar_forward`.
fn numeric_gradient(submission: &Submission, rng: &mut Rng) -> Verdict {
    const STEP: f64 = 1e-5;
    let nodes = vec![
        node(ScalarOp::Leaf, &[], rng.uniform(0.5, 1.5)),
        node(ScalarOp::Leaf, &[], rng.uniform(1.5, 2.5)),
        node(ScalarOp::Mul, &[0, 1], 0.0),
        node(ScalarOp::Tanh, &[2], 0.0),
        node(ScalarOp::Relu, &[0], 0.0),
        node(ScalarOp::Ln, &[1], 0.0),
        node(ScalarOp::Powi(-1), &[5], 0.0),
        node(ScalarOp::Mul, &[4, 6], 0.0),
        node(ScalarOp::Add, &[3, 7], 0.0),
        node(ScalarOp::Exp, &[1], 0.0),
        node(ScalarOp::Add, &[8, 9], 0.0),
    ];
    let root = nodes.len() - 1;
    let root_value = |nodes: Vec<ScalarNode>| -> Result<f64, Failure> {
        let computed = submission.scalar_forward(nodes, root)?;
        let value = computed.get(root).map(|node| node.value);
        value.ok_or_else(|| Failure::wrong("scalar_forward: the root is missing"))
    };

    let computed = submission.scalar_forward(nodes.clone(), root)?;
    let got = submission.scalar_backward(computed, root)?;
    for (leaf, name) in ["a", "b"].into_iter().enumerate() {
        let moved = |step: f64| {
            let mut nodes = nodes.clone();
            nodes[leaf].value += step;
            root_value(nodes)
        };
        let numeric = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
        let gradient = got.get(leaf).map_or(f64::NAN, |node| node.gradient);
        within(gradient, numeric, Tolerance::GRADIENT).map_err(|failure| {
            failure
                .about(format!(
                    "scalar_backward, the gradient by {name} against the numeric one"
                ))
                .on_input(format!(
                    "tanh(a b) + relu(a) / ln(b) + e^b at a = {}, b = {}",
                    nodes[0].value, nodes[1].value
                ))
        })?;
    }
    Ok(())
}
