use common::contract::a1::*;

use hidden_suite::nonsense::Nonsense;

pub fn table<N: Nonsense>() -> ScalarAutodiffTable {
    ScalarAutodiffTable {
        scalar_value: |_, _| N::VALUE,
        scalar_derivatives: |_, inputs| vec![N::VALUE; if N::EMPTY { 7 } else { inputs.len() }],
        // No nodes at all, or one that there is not.
        topo_order: |nodes, _| if N::EMPTY { vec![] } else { vec![nodes.len()] },
        scalar_forward: |nodes, _| useless::<N>(nodes),
        scalar_backward: |nodes, _| useless::<N>(nodes),
    }
}

fn useless<N: Nonsense>(mut nodes: Vec<ScalarNode>) -> Vec<ScalarNode> {
    if N::EMPTY {
        nodes.clear();
    }
    for node in &mut nodes {
        node.inputs.clear();
        node.value = N::VALUE;
        node.gradient = N::VALUE;
    }
    nodes
}
