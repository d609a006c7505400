//! Groups of hand-ins that are connected by reported pairs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::Pair;

/// Hand-ins each of which is similar to at least one other of the group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cluster {
    /// Their names, in order.
    pub members: Vec<String>,
    /// How many pairs of them are reported.
    pub pairs: usize,
    /// The largest share of a pair.
    pub strongest: f64,
    /// The pair that has it.
    pub strongest_pair: [String; 2],
    /// The mean share of the reported pairs.
    pub mean: f64,
}

/// The groups of `pairs`, the largest first.
pub(crate) fn clusters(pairs: &[Pair]) -> Vec<Cluster> {
    let mut groups = Groups::default();
    for pair in pairs {
        groups.join(&pair.a.name, &pair.b.name);
    }
    let mut clusters: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        clusters
            .entry(groups.root(&pair.a.name))
            .or_default()
            .push(pair);
    }
    let mut clusters: Vec<Cluster> = clusters
        .into_values()
        .filter_map(|pairs| cluster(&pairs))
        .collect();
    clusters.sort_by(|one, other| {
        let size = other.members.len().cmp(&one.members.len());
        size.then(other.strongest.total_cmp(&one.strongest))
            .then(one.members.cmp(&other.members))
    });
    clusters
}

fn cluster(pairs: &[&Pair]) -> Option<Cluster> {
    // of equal ones the first: pairs come in the order of the ranking
    let strongest = pairs
        .iter()
        .rev()
        .max_by(|one, other| one.share.total_cmp(&other.share))?;
    let mut members: Vec<String> = pairs
        .iter()
        .flat_map(|pair| [pair.a.name.clone(), pair.b.name.clone()])
        .collect();
    members.sort_unstable();
    members.dedup();
    Some(Cluster {
        members,
        pairs: pairs.len(),
        strongest: strongest.share,
        strongest_pair: [strongest.a.name.clone(), strongest.b.name.clone()],
        mean: pairs.iter().map(|pair| pair.share).sum::<f64>() / pairs.len() as f64,
    })
}

/// Disjoint sets of names (union-find): each name points towards the smallest of its set.
#[derive(Default)]
struct Groups<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Groups<'a> {
    fn root(&self, name: &'a str) -> &'a str {
        let mut name = name;
        while let Some(next) = self.0.get(name) {
            name = next;
        }
        name
    }

    fn join(&mut self, one: &'a str, other: &'a str) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.0.insert(one.max(other), one.min(other));
        }
    }
}
