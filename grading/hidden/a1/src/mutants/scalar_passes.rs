//! Mutants of A1.2: the order of the nodes and the two passes.

use a1_backprop::parts::scalar_autodiff as reference;
use common::contract::a1::{ScalarNode, ScalarOp};
use hidden_suite::Mutant;

const PART: &str = "A1.2";

/// These mutants.
pub fn mutants() -> Vec<Mutant> {
    let mut mutants = orders();
    mutants.extend(forward_passes());
    mutants.extend(backward_passes());
    mutants
}

fn orders() -> Vec<Mutant> {
    vec![
        mutant!(
            scalar_autodiff.topo_order / "preorder",
            "depth-first search puts a node down before its inputs",
            |nodes, root| search(Search::Preorder, &nodes, root)
        ),
        mutant!(
            scalar_autodiff.topo_order / "reversed_preorder",
            "the reverse of the preorder, in which a shared input can come too late",
            |nodes, root| {
                let mut order = search(Search::Preorder, &nodes, root);
                order.reverse();
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "breadth_first",
            "the reverse of a breadth-first search, in which a shared input can come too late",
            |nodes, root| {
                let mut order = breadth_first(&nodes, root);
                order.reverse();
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "root_first",
            "every node before its inputs",
            |nodes, root| {
                let mut order = reference::topo_order(nodes, root);
                order.reverse();
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "no_visited_set",
            "a node is there once for each path to it",
            |nodes, root| search(Search::EveryPath, &nodes, root)
        ),
        mutant!(
            scalar_autodiff.topo_order / "every_path_walked",
            "walks every path, and only then drops what is there twice",
            |nodes, root| {
                let mut seen = vec![false; nodes.len()];
                let mut order = search(Search::EveryPath, &nodes, root);
                order.retain(|i| !std::mem::replace(&mut seen[*i], true));
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "recursion",
            "calls itself for each input until the stack overflows",
            |nodes, root| {
                refuse_depth(&nodes, root);
                reference::topo_order(nodes, root)
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "equal_values_are_one_node",
            "nodes with equal values are taken for the same node",
            |nodes, root| {
                let mut order = reference::topo_order(nodes.clone(), root);
                let mut seen = std::collections::BTreeSet::new();
                order.retain(|i| seen.insert(nodes[*i].value.to_bits()));
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "list_order",
            "takes the nodes as they stand in the list",
            |nodes, root| {
                let mut order = reference::topo_order(nodes, root);
                order.sort_unstable();
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "whole_list",
            "orders all nodes, needed or not",
            |nodes, root| {
                let mut order = reference::topo_order(nodes.clone(), root);
                let mut seen = vec![false; nodes.len()];
                order.iter().for_each(|i| seen[*i] = true);
                while let Some(i) = seen.iter().position(|seen| !seen) {
                    let others = reference::topo_order(nodes.clone(), i);
                    let new = |i: &usize| !std::mem::replace(&mut seen[*i], true);
                    order.extend(others.into_iter().filter(new));
                }
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "without_root",
            "the root is missing",
            |nodes, root| {
                let mut order = reference::topo_order(nodes, root);
                order.pop();
                order
            }
        ),
        mutant!(
            scalar_autodiff.topo_order / "without_leaves",
            "leaves are left out",
            |nodes, root| {
                let mut order = reference::topo_order(nodes.clone(), root);
                order.retain(|i| nodes[*i].op != ScalarOp::Leaf);
                order
            }
        ),
    ]
}

fn forward_passes() -> Vec<Mutant> {
    vec![
        mutant!(
            scalar_autodiff.scalar_forward / "does_nothing",
            "keeps the values that are there",
            |nodes, _| nodes
        ),
        mutant!(
            scalar_autodiff.scalar_forward / "only_the_root",
            "computes the root from the values that its inputs hold",
            |mut nodes, root| {
                compute(&mut nodes, root);
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_forward / "list_order",
            "computes the nodes as they stand in the list",
            |mut nodes, root| {
                let mut order = reference::topo_order(nodes.clone(), root);
                order.sort_unstable();
                order.into_iter().for_each(|i| compute(&mut nodes, i));
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_forward / "whole_list",
            "computes nodes that the root does not depend on",
            |mut nodes, root| {
                nodes = reference::scalar_forward(nodes, root);
                let computed = reference::topo_order(nodes.clone(), root);
                let others: Vec<usize> = (0..nodes.len().min(100))
                    .filter(|i| !computed.contains(i))
                    .collect();
                others.into_iter().for_each(|i| compute(&mut nodes, i));
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_forward / "zeroes_gradients",
            "sets all gradients to 0",
            |nodes, root| {
                let mut nodes = reference::scalar_forward(nodes, root);
                nodes.iter_mut().for_each(|node| node.gradient = 0.0);
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_forward / "only_what_is_needed",
            "gives back only the nodes that the root depends on",
            |nodes, root| {
                let nodes = reference::scalar_forward(nodes, root);
                let order = reference::topo_order(nodes.clone(), root);
                order.into_iter().map(|i| nodes[i].clone()).collect()
            }
        ),
        mutant!(
            scalar_autodiff.scalar_forward / "every_path",
            "computes a node anew for each of its uses",
            |nodes, root| {
                search(Search::EveryPath, &nodes, root);
                reference::scalar_forward(nodes, root)
            }
        ),
    ]
}

fn backward_passes() -> Vec<Mutant> {
    vec![
        mutant!(
            scalar_autodiff.scalar_backward / "assigns",
            "= in place of +=: a node keeps the gradient of one use",
            |nodes, root| backward(Bug::Assigns, nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "same_operand_once",
            "a node that uses the same input twice passes its gradient on once",
            |nodes, root| backward(Bug::SameOperandOnce, nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "forward_order",
            "goes from the leaves to the root",
            |nodes, root| backward(Bug::ForwardOrder, nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "breadth_first",
            "goes breadth first, so a node may pass its gradient on before it is complete",
            |nodes, root| backward(Bug::BreadthFirst, nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "root_is_0",
            "the root's derivative by itself is not set",
            |nodes, root| backward(Bug::Seed(|_| 0.0), nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "root_is_its_value",
            "the root's derivative by itself is its value",
            |nodes, root| backward(Bug::Seed(|root| root.value), nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "upstream_ignored",
            "passes local derivatives on and not their product with the node's own",
            |nodes, root| backward(Bug::UpstreamIgnored, nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "derivative_at_output",
            "takes the local derivatives at the node's value in place of its inputs'",
            |nodes, root| backward(Bug::DerivativeAtOutput, nodes, root)
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "old_gradients_passed_on",
            "accumulates in `gradient` itself, so a second pass passes the first one's on again",
            |mut nodes, root| {
                // As micrograd does.
                nodes[root].gradient = 1.0;
                for i in reference::topo_order(nodes.clone(), root).into_iter().rev() {
                    let locals = local_derivatives(&nodes, i);
                    for (input, local) in nodes[i].inputs.clone().into_iter().zip(locals) {
                        nodes[input].gradient += nodes[i].gradient * local;
                    }
                }
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "overwrites",
            "replaces the gradients that are there",
            |mut nodes, root| {
                for i in reference::topo_order(nodes.clone(), root) {
                    nodes[i].gradient = 0.0;
                }
                reference::scalar_backward(nodes, root)
            }
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "zeroes_the_rest",
            "sets the gradients of nodes that the root does not depend on to 0",
            |nodes, root| {
                let order = reference::topo_order(nodes.clone(), root);
                let mut after = reference::scalar_backward(nodes, root);
                let kept: Vec<f64> = order.iter().map(|i| after[*i].gradient).collect();
                after.iter_mut().for_each(|node| node.gradient = 0.0);
                for (i, gradient) in order.into_iter().zip(kept) {
                    after[i].gradient = gradient;
                }
                after
            }
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "root_left_out",
            "the root's own gradient stays as it was",
            |nodes, root| {
                let before = nodes[root].gradient;
                let mut nodes = reference::scalar_backward(nodes, root);
                nodes[root].gradient = before;
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "only_leaves",
            "only leaves get their gradient",
            |nodes, root| {
                let before = nodes.clone();
                let mut nodes = reference::scalar_backward(nodes, root);
                for (node, before) in nodes.iter_mut().zip(before) {
                    if node.op != ScalarOp::Leaf {
                        node.gradient = before.gradient;
                    }
                }
                nodes
            }
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "recursion",
            "calls itself for each input until the stack overflows",
            |nodes, root| {
                refuse_depth(&nodes, root);
                reference::scalar_backward(nodes, root)
            }
        ),
        mutant!(
            scalar_autodiff.scalar_backward / "every_path",
            "passes the gradient along every path from the root on its own",
            |nodes, root| {
                search(Search::EveryPath, &nodes, root);
                reference::scalar_backward(nodes, root)
            }
        ),
    ]
}

/// How a search goes wrong.
#[derive(Clone, Copy, PartialEq)]
enum Search {
    /// A node comes before its inputs.
    Preorder,
    /// After them, but once for each path that leads to it.
    EveryPath,
}

/// How many steps a mutant may make. One that walks 2^60 paths does not return, and is noticed by the
/// time that a call may take; in this process it gives up instead.
const PATIENCE: usize = 1_000_000;

/// A depth-first search from `root` over a stack of `(node, its inputs are down)`.
fn search(search: Search, nodes: &[ScalarNode], root: usize) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; nodes.len()];
    let mut stack = vec![(root, false)];
    for _ in 0..PATIENCE {
        let Some((node, inputs_are_down)) = stack.pop() else {
            return order;
        };
        if inputs_are_down {
            order.push(node);
            continue;
        }
        match search {
            Search::Preorder if std::mem::replace(&mut seen[node], true) => continue,
            Search::Preorder => order.push(node),
            Search::EveryPath => stack.push((node, true)),
        }
        stack.extend(nodes[node].inputs.iter().rev().map(|input| (*input, false)));
    }
    panic!("gave up after {PATIENCE} steps");
}

fn breadth_first(nodes: &[ScalarNode], root: usize) -> Vec<usize> {
    let mut seen = vec![false; nodes.len()];
    seen[root] = true;
    let mut order = vec![root];
    let mut next = 0;
    while next < order.len() {
        for &input in &nodes[order[next]].inputs {
            if !std::mem::replace(&mut seen[input], true) {
                order.push(input);
            }
        }
        next += 1;
    }
    order
}

/// What happens to a function that calls itself for each input: a stack of 8 MB holds 20 000 of its
/// frames at 400 bytes. A real overflow ends the process, and these mutants run in the process of the
/// test; so they panic at that depth.
fn refuse_depth(nodes: &[ScalarNode], root: usize) {
    const FRAMES: usize = 20_000;
    let mut depth = vec![0; nodes.len()];
    for i in reference::topo_order(nodes.to_vec(), root) {
        let inputs = nodes[i].inputs.iter().map(|input| depth[*input]);
        depth[i] = 1 + inputs.max().unwrap_or(0);
    }
    assert!(depth[root] <= FRAMES, "stack overflow");
}

fn input_values(nodes: &[ScalarNode], i: usize) -> Vec<f64> {
    nodes[i].inputs.iter().map(|k| nodes[*k].value).collect()
}

fn compute(nodes: &mut [ScalarNode], i: usize) {
    if nodes[i].op != ScalarOp::Leaf {
        nodes[i].value = reference::scalar_value(nodes[i].op, input_values(nodes, i));
    }
}

fn local_derivatives(nodes: &[ScalarNode], i: usize) -> Vec<f64> {
    reference::scalar_derivatives(nodes[i].op, input_values(nodes, i))
}

#[derive(Clone, Copy)]
enum Bug {
    Assigns,
    SameOperandOnce,
    ForwardOrder,
    BreadthFirst,
    Seed(fn(&ScalarNode) -> f64),
    UpstreamIgnored,
    DerivativeAtOutput,
}

/// The backward pass with one bug inside its loop.
fn backward(bug: Bug, mut nodes: Vec<ScalarNode>, root: usize) -> Vec<ScalarNode> {
    let mut order = match bug {
        Bug::BreadthFirst => breadth_first(&nodes, root),
        _ => reference::topo_order(nodes.clone(), root),
    };
    if !matches!(bug, Bug::ForwardOrder | Bug::BreadthFirst) {
        order.reverse();
    }
    let mut derivatives = vec![0.0; nodes.len()];
    derivatives[root] = match bug {
        Bug::Seed(seed) => seed(&nodes[root]),
        _ => 1.0,
    };
    for i in order {
        let node = &nodes[i];
        let locals = match bug {
            Bug::DerivativeAtOutput => {
                let at = vec![node.value; node.inputs.len()];
                reference::scalar_derivatives(node.op, at)
            }
            _ => local_derivatives(&nodes, i),
        };
        let upstream = match bug {
            Bug::UpstreamIgnored => 1.0,
            _ => derivatives[i],
        };
        for (k, (input, local)) in node.inputs.iter().zip(locals).enumerate() {
            match bug {
                Bug::Assigns => derivatives[*input] = upstream * local,
                Bug::SameOperandOnce if node.inputs[..k].contains(input) => {}
                _ => derivatives[*input] += upstream * local,
            }
        }
    }
    for (node, derivative) in nodes.iter_mut().zip(derivatives) {
        node.gradient += derivative;
    }
    nodes
}
