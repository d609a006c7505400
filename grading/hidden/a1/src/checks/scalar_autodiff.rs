//! Checks of A1.2, reverse-mode automatic differentiation.

use common::check::{Check, Failure, Tolerance, Verdict, close_values, ensure, equal, within};
use common::contract::Submission;
use common::contract::a1::{ScalarAutodiff, ScalarNode, ScalarOp};
use common::rng::Rng;

use super::about;
use super::scalar_expressions::{Listed, Random, random_expression};
use crate::oracle::scalar_autodiff::{Expression, local_derivative, value};

const PART: &str = "A1.2";

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "scalar_autodiff/all_values",
            part: PART,
            points: 1,
            proves: "Every operation has the right value, for negative exponents, 0^0 and tanh of 10 000 too.",
            hint: "The methods of f64 do each of them: powi, exp, ln, tanh, max.",
            run: values,
        },
        Check {
            id: "scalar_autodiff/all_derivatives",
            part: PART,
            points: 2,
            proves: "Every operation has the right derivatives, those of ReLU and x^0 at 0 included.",
            hint: "They are functions of the inputs, not of the output. Multiply: a's derivative is b. Power: the exponent comes down and drops by one.",
            run: derivatives,
        },
        Check {
            id: "scalar_autodiff/topological_order",
            part: PART,
            points: 2,
            proves: "The order has all that the root depends on and nothing else, each once, after its inputs.",
            hint: "Put a node down when all of its inputs are down, not when you first come to it.",
            run: order,
        },
        Check {
            id: "scalar_autodiff/forward_pass",
            part: PART,
            points: 1,
            proves: "The forward pass computes what the root depends on, from the leaves up, and leaves the rest alone.",
            hint: "The nodes are in any order: go through topo_order, skip the leaves, touch only `value`.",
            run: forward,
        },
        Check {
            id: "scalar_autodiff/random_expressions",
            part: PART,
            points: 3,
            proves: "In random expressions of 30 nodes every gradient agrees with forward mode and with central differences.",
            hint: "A node gets the sum over all of its uses (+=), twice from a product with itself, and passes it on when it is complete.",
            run: random_expressions,
        },
        Check {
            id: "scalar_autodiff/closed_forms",
            part: PART,
            points: 1,
            proves: "Sigmoid, quotient, log-sum-exp, x^x and a neuron have the gradients of their closed forms.",
            hint: "Do 1 / (1 + e^-x) by hand: what does each node pass on?",
            run: closed_forms,
        },
        Check {
            id: "scalar_autodiff/accumulation",
            part: PART,
            points: 1,
            proves: "A backward pass adds to the gradients that are there: two give twice as much, zeroing starts anew, two roots add up.",
            hint: "The derivatives of a pass start at 0 in a list of their own; at the end they are added to `gradient`.",
            run: accumulation,
        },
        Check {
            id: "scalar_autodiff/diamonds",
            part: PART,
            points: 1,
            proves: "A chain of 60 nodes with two ways through each is no more work than its 61 nodes.",
            hint: "Visit a node once, however many paths lead to it: mark what you have seen.",
            run: diamonds,
        },
        Check {
            id: "scalar_autodiff/deep_chain",
            part: PART,
            points: 2,
            proves: "An expression 200 000 nodes deep is ordered and differentiated without overflowing the stack.",
            hint: "A function that calls itself for each input cannot go this deep: keep a list of what is still to do.",
            run: deep_chain,
        },
    ]
}

/// The number of inputs that `op` takes.
fn arity(op: ScalarOp) -> usize {
    match op {
        ScalarOp::Leaf => 0,
        ScalarOp::Add | ScalarOp::Mul => 2,
        _ => 1,
    }
}

/// Every operation but `Leaf` with inputs it is defined for, on both sides of 0 where it can be.
fn operations(rng: &mut Rng) -> Vec<(ScalarOp, Vec<f64>)> {
    let mut operations = Vec::new();
    for n in -3..=4 {
        for op in ScalarOp::all(n).into_iter().skip(1) {
            let mut inputs: Vec<f64> = (0..arity(op)).map(|_| rng.uniform(0.2, 2.0)).collect();
            if op != ScalarOp::Ln && n % 2 != 0 {
                inputs.iter_mut().for_each(|x| *x = -*x);
            }
            operations.push((op, inputs));
        }
    }
    operations
}

fn values(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut cases: Vec<(ScalarOp, Vec<f64>, f64)> = operations(rng)
        .into_iter()
        .map(|(op, inputs)| (op, inputs.clone(), value(op, &inputs)))
        .collect();
    cases.extend([
        (ScalarOp::Tanh, vec![1e4], 1.0),
        (ScalarOp::Tanh, vec![-1e4], -1.0),
        (ScalarOp::Exp, vec![-1e4], 0.0),
        (ScalarOp::Relu, vec![-1e4], 0.0),
        (ScalarOp::Relu, vec![0.0], 0.0),
        (ScalarOp::Powi(0), vec![0.0], 1.0),
        (ScalarOp::Powi(3), vec![0.0], 0.0),
    ]);
    for (op, inputs, want) in cases {
        let got = s.scalar_value(op, inputs.clone())?;
        within(got, want, Tolerance::EXACT).map_err(about(format_args!("{op:?} of {inputs:?}")))?;
    }
    Ok(())
}

fn derivatives(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut cases: Vec<(ScalarOp, Vec<f64>, Vec<f64>)> = operations(rng)
        .into_iter()
        .map(|(op, inputs)| {
            let by_each = (0..inputs.len()).map(|k| local_derivative(op, &inputs, k));
            (op, inputs.clone(), by_each.collect())
        })
        .collect();
    cases.extend([
        (ScalarOp::Leaf, vec![], vec![]),
        (ScalarOp::Relu, vec![0.0], vec![0.0]),
        (ScalarOp::Relu, vec![1e4], vec![1.0]),
        (ScalarOp::Powi(0), vec![0.0], vec![0.0]),
        (ScalarOp::Powi(1), vec![0.0], vec![1.0]),
        (ScalarOp::Powi(3), vec![0.0], vec![0.0]),
        (ScalarOp::Tanh, vec![1e4], vec![0.0]),
        (ScalarOp::Tanh, vec![-1e4], vec![0.0]),
        (ScalarOp::Exp, vec![-1e4], vec![0.0]),
    ]);
    for (op, inputs, want) in cases {
        let got = s.scalar_derivatives(op, inputs.clone())?;
        close_values(&got, &want, Tolerance::EXACT)
            .map_err(about(format_args!("{op:?} of {inputs:?}")))?;
    }
    Ok(())
}

fn order(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..10 {
        let Random { expression, root } = random_expression(rng);
        let listed = Listed::shuffled(&expression, rng);
        // The root, a node in the middle, and a leaf.
        for root in [root, rng.between(6, root - 1), rng.below(6)] {
            check_order(s, &expression, &listed, root)?;
        }
    }
    Ok(())
}

/// Asks for the order under `root`, a node of `expression`, and checks it.
fn check_order(s: &Submission, expression: &Expression, listed: &Listed, root: usize) -> Verdict {
    let order = s.topo_order(listed.nodes.clone(), listed.places[root])?;
    let mut stands = vec![false; listed.nodes.len()];
    for &i in &order {
        let is_new = stands.get(i).map(|stands| !stands);
        ensure(is_new == Some(true), || {
            format!("{i} is there twice, or is no node")
        })?;
        let inputs = &listed.nodes[i].inputs;
        ensure(inputs.iter().all(|input| stands[*input]), || {
            format!("node {i} stands before one of its inputs {inputs:?}")
        })?;
        stands[i] = true;
    }
    for (i, needed) in expression.needed(root).into_iter().enumerate() {
        let place = listed.places[i];
        ensure(stands[place] == needed, || {
            let is = if needed { "missing" } else { "not needed" };
            format!("node {place} is {is}")
        })?;
    }
    Ok(())
}

/// Checks that `got` is what was sent, but for values and gradients where they may change. Both
/// functions are asked about nodes in the order of the expression.
fn unchanged(
    got: &[ScalarNode],
    sent: &Listed,
    value_may: impl Fn(usize) -> bool,
    gradient_may: impl Fn(usize) -> bool,
) -> Verdict {
    equal(&got.len(), &sent.nodes.len()).map_err(about("number of nodes"))?;
    for (i, &place) in sent.places.iter().enumerate() {
        let (now, before) = (&got[place], &sent.nodes[place]);
        let same = now.op == before.op
            && now.inputs == before.inputs
            && (now.value == before.value || value_may(i))
            && (now.gradient == before.gradient || gradient_may(i));
        ensure(same, || {
            format!("node {place} may not change like this: {before:?} became {now:?}")
        })?;
    }
    Ok(())
}

fn forward(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..5 {
        let Random { expression, root } = random_expression(rng);
        let mut listed = Listed::shuffled(&expression, rng);
        for node in &mut listed.nodes {
            node.gradient = rng.normal();
            if node.op != ScalarOp::Leaf {
                node.value = rng.normal();
            }
        }
        for root in [root, rng.between(6, root - 1)] {
            check_forward(s, &expression, &listed, root)?;
        }
    }
    Ok(())
}

fn check_forward(s: &Submission, expression: &Expression, listed: &Listed, root: usize) -> Verdict {
    let got = s.scalar_forward(listed.nodes.clone(), listed.places[root])?;
    let needed = expression.needed(root);
    let computed = |i: usize| needed[i] && expression.nodes[i].op != ScalarOp::Leaf;
    unchanged(&got, listed, computed, |_| false)?;
    for (i, &place) in listed.places.iter().enumerate().filter(|(i, _)| needed[*i]) {
        within(
            got[place].value,
            expression.nodes[i].value,
            Tolerance::EXACT,
        )
        .map_err(about(format_args!("value of node {place}")))?;
    }
    Ok(())
}

/// The gradients of the nodes after a backward pass, in the order of the expression; checks that
/// nothing else changed.
fn gradients(
    s: &Submission,
    expression: &Expression,
    listed: &Listed,
    root: usize,
) -> Result<Vec<f64>, Failure> {
    let got = s.scalar_backward(listed.nodes.clone(), listed.places[root])?;
    let needed = expression.needed(root);
    unchanged(&got, listed, |_| false, |i| needed[i])?;
    Ok(listed
        .places
        .iter()
        .map(|place| got[*place].gradient)
        .collect())
}

/// The derivatives of the root by all nodes.
fn exact(expression: &Expression, root: usize) -> Vec<f64> {
    let nodes = 0..expression.nodes.len();
    nodes.map(|by| expression.derivative(root, by)).collect()
}

fn random_expressions(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..10 {
        let Random { expression, root } = random_expression(rng);
        let listed = Listed::shuffled(&expression, rng);
        let got = gradients(s, &expression, &listed, root)?;
        close_values(&got, &exact(&expression, root), Tolerance::EXACT)
            .map_err(about("against forward mode"))?;
        let numeric: Vec<f64> = (0..got.len())
            .map(|by| expression.difference(root, by))
            .collect();
        close_values(&got, &numeric, Tolerance::GRADIENT)
            .map_err(about("against central differences"))?;
    }
    Ok(())
}

/// The derivative of the last node by the first ones, as many as there are in `want`.
fn has_gradient(s: &Submission, rng: &mut Rng, e: &Expression, want: &[f64]) -> Verdict {
    let listed = Listed::shuffled(e, rng);
    let got = gradients(s, e, &listed, e.nodes.len() - 1)?;
    close_values(&got[..want.len()], want, Tolerance::EXACT)
}

fn closed_forms(s: &Submission, rng: &mut Rng) -> Verdict {
    use ScalarOp::{Add, Exp, Ln, Mul, Powi, Relu, Tanh};

    let x = rng.uniform(-2.0, 2.0);
    let mut e = Expression::default();
    let [i, minus, one] = [e.leaf(x), e.leaf(-1.0), e.leaf(1.0)];
    let negative = e.apply(Mul, &[i, minus]);
    let power = e.apply(Exp, &[negative]);
    let sum = e.apply(Add, &[one, power]);
    e.apply(Powi(-1), &[sum]);
    let y = 1.0 / (1.0 + (-x).exp());
    has_gradient(s, rng, &e, &[y * (1.0 - y)]).map_err(about("sigmoid"))?;

    let (a, b) = (rng.normal(), rng.uniform(0.5, 2.0));
    let mut e = Expression::default();
    let [i, j] = [e.leaf(a), e.leaf(b)];
    let inverse = e.apply(Powi(-1), &[j]);
    e.apply(Mul, &[i, inverse]);
    has_gradient(s, rng, &e, &[1.0 / b, -a / (b * b)]).map_err(about("a / b"))?;

    // The gradient of log-sum-exp is the softmax.
    let logits = [rng.normal(), rng.normal(), rng.normal()];
    let mut e = Expression::default();
    let leaves = logits.map(|x| e.leaf(x));
    let powers = leaves.map(|i| e.apply(Exp, &[i]));
    let two = e.apply(Add, &[powers[0], powers[1]]);
    let all = e.apply(Add, &[two, powers[2]]);
    e.apply(Ln, &[all]);
    let sum: f64 = logits.iter().map(|x| x.exp()).sum();
    has_gradient(s, rng, &e, &logits.map(|x| x.exp() / sum)).map_err(about("log-sum-exp"))?;

    // x^x = e^(x ln x)
    let x = rng.uniform(0.5, 2.0);
    let mut e = Expression::default();
    let i = e.leaf(x);
    let ln = e.apply(Ln, &[i]);
    let exponent = e.apply(Mul, &[i, ln]);
    e.apply(Exp, &[exponent]);
    has_gradient(s, rng, &e, &[x.powf(x) * (x.ln() + 1.0)]).map_err(about("x^x"))?;

    for op in [Tanh, Relu] {
        let (w, x, b) = (rng.normal(), rng.normal(), rng.normal());
        let mut e = Expression::default();
        let [i, j, k] = [e.leaf(w), e.leaf(x), e.leaf(b)];
        let product = e.apply(Mul, &[i, j]);
        let z = e.apply(Add, &[product, k]);
        e.apply(op, &[z]);
        let z = w * x + b;
        let slope = match op {
            Relu => f64::from(z > 0.0),
            _ => 1.0 / z.cosh().powi(2),
        };
        has_gradient(s, rng, &e, &[slope * x, slope * w, slope])
            .map_err(about(format_args!("{op:?} of w x + b")))?;
    }

    let mut e = Expression::default();
    e.leaf(rng.normal());
    has_gradient(s, rng, &e, &[1.0]).map_err(about("a leaf alone"))
}

fn accumulation(s: &Submission, rng: &mut Rng) -> Verdict {
    let Random { expression, root } = random_expression(rng);
    let mut listed = Listed::shuffled(&expression, rng);
    let [first, second] = [root, rng.between(6, root - 1)];
    let (by_first, by_second) = (exact(&expression, first), exact(&expression, second));
    let is_sum = |got: &[f64], start: &[f64], passes: [f64; 2]| {
        let want: Vec<f64> = (0..got.len())
            .map(|i| start[i] + passes[0] * by_first[i] + passes[1] * by_second[i])
            .collect();
        close_values(got, &want, Tolerance::EXACT)
    };

    let start: Vec<f64> = listed.places.iter().map(|_| rng.normal()).collect();
    let zero = vec![0.0; start.len()];
    for (start, what) in [
        (&start, "starting with other gradients"),
        (&zero, "starting with zeroed gradients"),
    ] {
        put(&mut listed, start);
        let once = gradients(s, &expression, &listed, first)?;
        is_sum(&once, start, [1.0, 0.0])
            .map_err(about(format_args!("{what}, after one backward")))?;
        put(&mut listed, &once);
        let twice = gradients(s, &expression, &listed, first)?;
        is_sum(&twice, start, [2.0, 0.0])
            .map_err(about(format_args!("{what}, after the second backward")))?;
        put(&mut listed, &once);
        let both = gradients(s, &expression, &listed, second)?;
        is_sum(&both, start, [1.0, 1.0]).map_err(about(format_args!(
            "{what}, after a backward from another root"
        )))?;
    }
    Ok(())
}

/// Gives the nodes these gradients, in the order of the expression.
fn put(listed: &mut Listed, gradients: &[f64]) {
    for (place, gradient) in listed.places.iter().zip(gradients) {
        listed.nodes[*place].gradient = *gradient;
    }
}

/// `x_(k+1) = x_k + x_k`: 61 nodes, and 2^60 ways from the root to the leaf. Powers of two: exact.
fn diamonds(s: &Submission, rng: &mut Rng) -> Verdict {
    const DEPTH: i32 = 60;
    let mut e = Expression::default();
    let mut top = e.leaf(1.0);
    for _ in 0..DEPTH {
        top = e.apply(ScalarOp::Add, &[top, top]);
    }
    let listed = Listed::shuffled(&e, rng);
    check_order(s, &e, &listed, top)?;
    check_forward(s, &e, &listed, top)?;
    let got = gradients(s, &e, &listed, top)?;
    let want: Vec<f64> = (0..=DEPTH).map(|k| 2f64.powi(DEPTH - k)).collect();
    close_values(&got, &want, Tolerance::EXACT)
}

/// `x_(k+1) = relu(x_k)`, 200 000 times, the root first. A function that calls itself for each input
/// takes 56 bytes a call or more when it is compiled as hand-ins are: 11 MB of a stack that has 8.
fn deep_chain(s: &Submission, _: &mut Rng) -> Verdict {
    const DEPTH: usize = 200_000;
    let node = |op, inputs| ScalarNode {
        op,
        inputs,
        value: 2.0,
        gradient: 0.0,
    };
    let mut nodes: Vec<ScalarNode> = (1..=DEPTH)
        .map(|input| node(ScalarOp::Relu, vec![input]))
        .collect();
    nodes.push(node(ScalarOp::Leaf, vec![]));

    let order = s.topo_order(nodes.clone(), 0)?;
    ensure(order.iter().copied().eq((0..=DEPTH).rev()), || {
        "a chain has one order, from its leaf to its root".into()
    })?;
    let got = s.scalar_backward(nodes, 0)?;
    let got: Vec<f64> = got.iter().map(|node| node.gradient).collect();
    close_values(&got, &vec![1.0; DEPTH + 1], Tolerance::EXACT)
}
