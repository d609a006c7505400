//! A1.2 by counting: a node's turn comes when all that it waits for is done (Kahn 1962).

use common::contract::a1::*;

pub fn table() -> ScalarAutodiffTable {
    ScalarAutodiffTable {
        scalar_value,
        scalar_derivatives,
        topo_order: |nodes, root| {
            let mut order = users_first(&nodes, root);
            order.reverse();
            order
        },
        scalar_forward,
        scalar_backward,
    }
}

fn scalar_value(op: ScalarOp, x: Vec<f64>) -> f64 {
    match op {
        ScalarOp::Leaf => f64::NAN,
        ScalarOp::Add => x.iter().sum(),
        ScalarOp::Mul => x.iter().product(),
        ScalarOp::Powi(n) => x[0].powf(f64::from(n)),
        ScalarOp::Exp => x[0].exp_m1() + 1.0,
        ScalarOp::Ln => x[0].log2() * std::f64::consts::LN_2,
        ScalarOp::Tanh => {
            let small = (-2.0 * x[0].abs()).exp();
            x[0].signum() * (1.0 - small) / (1.0 + small)
        }
        ScalarOp::Relu if x[0] < 0.0 => 0.0,
        ScalarOp::Relu => x[0],
    }
}

fn scalar_derivatives(op: ScalarOp, x: Vec<f64>) -> Vec<f64> {
    let others = || x.iter().rev().copied().collect();
    match op {
        ScalarOp::Add => vec![1.0; x.len()],
        ScalarOp::Leaf | ScalarOp::Mul => others(),
        ScalarOp::Powi(n) if n == 0 || n == 1 => vec![f64::from(n)],
        ScalarOp::Powi(n) => vec![x[0].powf(f64::from(n) - 1.0) * f64::from(n)],
        ScalarOp::Exp => vec![x[0].exp()],
        ScalarOp::Ln => vec![x[0].recip()],
        ScalarOp::Tanh => {
            let y = x[0].tanh();
            vec![(1.0 - y) * (1.0 + y)]
        }
        ScalarOp::Relu => vec![f64::from(u8::from(x[0] > 0.0))],
    }
}

/// The root and what it depends on, each node when all of its users are there.
fn users_first(nodes: &[ScalarNode], root: usize) -> Vec<usize> {
    let mut waits_for = vec![0; nodes.len()];
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        for &input in &nodes[found[next]].inputs {
            if waits_for[input] == 0 {
                found.push(input);
            }
            waits_for[input] += 1;
        }
        next += 1;
    }
    let mut ready = vec![root];
    let mut order = vec![];
    while let Some(node) = ready.pop() {
        order.push(node);
        for &input in nodes[node].inputs.iter().rev() {
            waits_for[input] -= 1;
            if waits_for[input] == 0 {
                ready.push(input);
            }
        }
    }
    order
}

fn inputs(nodes: &[ScalarNode], node: &ScalarNode) -> Vec<f64> {
    node.inputs.iter().map(|i| nodes[*i].value).collect()
}

fn scalar_forward(mut nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode> {
    for i in users_first(&nodes, root).into_iter().rev() {
        if !nodes[i].inputs.is_empty() {
            nodes[i].value = scalar_value(nodes[i].op, inputs(&nodes, &nodes[i]));
        }
    }
    nodes
}

fn scalar_backward(mut nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode> {
    let before: Vec<f64> = nodes.iter().map(|node| node.gradient).collect();
    let order = users_first(&nodes, root);
    for i in &order {
        nodes[*i].gradient = f64::from(u8::from(*i == root));
    }
    for i in &order {
        let node = nodes[*i].clone();
        let slopes = scalar_derivatives(node.op, inputs(&nodes, &node));
        for k in 0..slopes.len() {
            nodes[node.inputs[k]].gradient += slopes[k] * node.gradient;
        }
    }
    for i in order {
        nodes[i].gradient += before[i];
    }
    nodes
}
