//! `train autodiff`: the graph of one neuron's loss, with your values and gradients at its nodes.

use anyhow::bail;
use common::contract::a1::{ScalarNode, ScalarOp};
use common::plot::{GraphNode, expression_graph};
use common::rng::Rng;
use common::train::{Lab, LabOptions};

use super::students::students;
use crate::parts::scalar_autodiff::{scalar_backward, scalar_forward};

/// The lab.
pub const LAB: Lab = Lab {
    name: "autodiff",
    about: "the graph of a neuron's loss: your gradients within 1e-6 of numeric ones",
    run,
};

/// How far a gradient may be from the numeric one.
const TARGET: f64 = 1e-6;
/// The step of the central difference.
const STEP: f64 = 1e-5;

fn run(options: &LabOptions) -> anyhow::Result<()> {
    println!("target: every gradient within {TARGET:e} of its central difference");
    if let Some(data) = &options.data {
        bail!("the lab autodiff has no use for data such as {data}: leave out --data");
    }
    let neuron = Neuron::new(options.seed);
    let root = neuron.nodes.len() - 1;
    let forward = |nodes: Vec<ScalarNode>| students(|| scalar_forward(nodes, root));
    let computed = forward(neuron.nodes.clone())?;
    let nodes = students(|| scalar_backward(computed, root))?;
    if nodes.len() != neuron.nodes.len() {
        bail!("your passes made {} nodes of {}", nodes.len(), root + 1);
    }

    println!(
        "{TITLE}\n{:>16} {:>10} {:>10} {:>10}",
        "", "value", "gradient", "numeric"
    );
    let mut worst = 0f64;
    for (i, (label, node)) in neuron.labels.iter().zip(&nodes).enumerate() {
        let mut numeric = String::new();
        if node.op == ScalarOp::Leaf {
            let moved = |step: f64| {
                let mut nodes = neuron.nodes.clone();
                nodes[i].value += step;
                forward(nodes).map(|nodes| nodes[root].value)
            };
            let slope = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
            // A gradient that is no number is as wrong as can be, and max would pass it over.
            let error = (node.gradient - slope).abs();
            worst = if error.is_nan() {
                f64::INFINITY
            } else {
                worst.max(error)
            };
            numeric = format!("{slope:10.5}");
        }
        println!(
            "{label:>16} {:10.5} {:10.5} {numeric}",
            node.value, node.gradient
        );
    }

    let boxes: Vec<GraphNode> = neuron
        .labels
        .into_iter()
        .zip(&nodes)
        .map(|(label, node)| GraphNode {
            label,
            numbers: [
                format!("{:.4}", node.value),
                format!("gradient {:.4}", node.gradient),
            ],
            inputs: node.inputs.clone(),
        })
        .collect();
    expression_graph(TITLE, &boxes)?.save(options.out.join("graph"))?;
    println!("in {}: graph (.png and .svg)", options.out.display());
    let is = if worst <= TARGET { "is" } else { "is not" };
    println!("largest difference {worst:.1e}; the target, {TARGET:e}, {is} reached");
    Ok(())
}

const TITLE: &str = "(tanh(w1 x1 + w2 x2 + b) - t)^2 + 0.1 (w1^2 + w2^2)";

/// The squared error of a neuron, with weight decay: `w1` and `w2` are used twice.
struct Neuron {
    nodes: Vec<ScalarNode>,
    labels: Vec<String>,
}

impl Neuron {
    fn new(seed: u64) -> Self {
        use ScalarOp::{Add, Mul, Powi, Tanh};

        let mut rng = Rng::named(seed, "neuron");
        let mut neuron = Self {
            nodes: vec![],
            labels: vec![],
        };
        let target = if rng.unit() < 0.5 { -1.0 } else { 1.0 };
        let mut leaf = |label: &str, value: f64| neuron.push(label, ScalarOp::Leaf, &[], value);
        let [w1, x1, w2, x2] = ["w1", "x1", "w2", "x2"].map(|label| leaf(label, rng.normal()));
        let b = leaf("b", 0.5 * rng.normal());
        let t = leaf("-t", -target);
        let decay = leaf("0.1", 0.1);

        let mut apply = |label: &str, op, inputs: &[usize]| neuron.push(label, op, inputs, 0.0);
        let first = apply("w1 x1", Mul, &[w1, x1]);
        let second = apply("w2 x2", Mul, &[w2, x2]);
        let sum = apply("+", Add, &[first, second]);
        let z = apply("+ b", Add, &[sum, b]);
        let y = apply("tanh", Tanh, &[z]);
        let error = apply("y - t", Add, &[y, t]);
        let squared = apply("squared error", Powi(2), &[error]);
        let [w1, w2] = [("w1^2", w1), ("w2^2", w2)].map(|(label, w)| apply(label, Powi(2), &[w]));
        let norm = apply("|w|^2", Add, &[w1, w2]);
        let penalty = apply("weight decay", Mul, &[decay, norm]);
        apply("loss", Add, &[squared, penalty]);
        neuron
    }

    fn push(&mut self, label: &str, op: ScalarOp, inputs: &[usize], value: f64) -> usize {
        self.nodes.push(ScalarNode {
            op,
            inputs: inputs.to_vec(),
            value,
            gradient: 0.0,
        });
        self.labels.push(label.into());
        self.nodes.len() - 1
    }
}
