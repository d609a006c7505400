//! Mutants of A2.4.

use a2_cnn::parts::lenet1989 as reference;
use burn::tensor::activation::{sigmoid, tanh};
use burn::tensor::ops::PadMode;
use common::contract::a2::*;
use common::nn::Parameters;
use common::rng::Rng;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.4";

/// The mutants of the small functions and of the initialisation.
pub fn mutants() -> Vec<Mutant> {
    [small(), sizes(), init()].into_iter().flatten().collect()
}

fn small() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet1989.scaled_tanh / "plain",
            "tanh without its constants",
            |a| tanh(a)
        ),
        mutant!(
            lenet1989.scaled_tanh / "no_inner_constant",
            "1.7159 tanh(a)",
            |a| tanh(a) * 1.7159
        ),
        mutant!(
            lenet1989.scaled_tanh / "no_outer_constant",
            "tanh(2 a / 3)",
            |a| tanh(a * (2.0 / 3.0))
        ),
        mutant!(
            lenet1989.scaled_tanh / "inverse_inner_constant",
            "1.7159 tanh(3 a / 2)",
            |a| tanh(a * 1.5) * 1.7159
        ),
        mutant!(
            lenet1989.scaled_tanh / "rounded",
            "1.7 tanh(2 a / 3)",
            |a| tanh(a * (2.0 / 3.0)) * 1.7
        ),
        mutant!(
            lenet1989.scaled_tanh / "sigmoid",
            "twice the sigmoid less 1, which is tanh(a / 2)",
            |a| (sigmoid(a * (2.0 / 3.0)) * 2.0 - 1.0) * 1.7159
        ),
        mutant!(
            lenet1989.background_pad / "zeros",
            "the background is 0",
            |x, m| x.pad((m, m, m, m), PadMode::Constant(0.0))
        ),
        mutant!(
            lenet1989.background_pad / "ink",
            "the background is 1",
            |x, m| x.pad((m, m, m, m), PadMode::Constant(1.0))
        ),
        mutant!(
            lenet1989.background_pad / "edge",
            "the border is repeated",
            |x, m| x.pad((m, m, m, m), PadMode::Edge)
        ),
        mutant!(
            lenet1989.background_pad / "one_side",
            "all of the margin is below and on the right",
            |x, m| x.pad((0, 2 * m, 0, 2 * m), PadMode::Constant(-1.0))
        ),
        mutant!(
            lenet1989.background_pad / "fixed_margin",
            "the margin is 2, whatever was asked for",
            |x, _| x.pad((2, 2, 2, 2), PadMode::Constant(-1.0))
        ),
        mutant!(
            lenet1989.lenet1989_connections / "dense",
            "every plane of H2 sees all of H1",
            || vec![(0..12).collect(); 12]
        ),
        mutant!(
            lenet1989.lenet1989_connections / "first_eight",
            "all planes of H2 see the same eight",
            || vec![(0..8).collect(); 12]
        ),
        mutant!(
            lenet1989.lenet1989_connections / "other_groups",
            "the groups go round the other way",
            || {
                let mut lists = reference::lenet1989_connections();
                lists.rotate_left(4);
                lists
            }
        ),
        mutant!(
            lenet1989.lenet1989_connections / "round_and_round",
            "plane j sees the eight from j on",
            || (0..12)
                .map(|j| (0..8).map(|k| (j + k) % 12).collect())
                .collect()
        ),
        mutant!(
            lenet1989.lenet1989_connections / "not_in_order",
            "the last planes see the third group first",
            || {
                let mut lists = reference::lenet1989_connections();
                lists[8..].iter_mut().for_each(|list| list.rotate_left(4));
                lists
            }
        ),
    ]
}

/// The sizes with one of them changed.
fn sized(height: usize, width: usize, spoil: impl Fn(&mut LayerSize)) -> Vec<LayerSize> {
    let mut sizes = reference::lenet1989_sizes(height, width);
    sizes.iter_mut().for_each(spoil);
    sizes
}

fn sizes() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet1989.lenet1989_sizes / "shared_biases",
            "one bias for each plane",
            |h, w| sized(h, w, |size| {
                if size.layer.starts_with('H') && size.layer != "H3" {
                    size.parameters = size.parameters - size.units + 12;
                }
            })
        ),
        mutant!(
            lenet1989.lenet1989_sizes / "connections_without_bias",
            "the bias is no connection",
            |h, w| sized(h, w, |size| size.connections -= size.units)
        ),
        mutant!(
            lenet1989.lenet1989_sizes / "dense_h2",
            "H2 sees all twelve planes",
            |h, w| sized(h, w, |size| {
                if size.layer == "H2" {
                    size.parameters += 12 * 100;
                    size.connections += 100 * size.units;
                }
            })
        ),
        mutant!(
            lenet1989.lenet1989_sizes / "unshared_weights",
            "each unit has weights of its own",
            |h, w| sized(h, w, |size| size.parameters = size.connections)
        ),
        mutant!(
            lenet1989.lenet1989_sizes / "square",
            "images are as wide as they are high",
            |h, _| reference::lenet1989_sizes(h, h)
        ),
        mutant!(
            lenet1989.lenet1989_sizes / "always_16",
            "the paper's numbers for every size",
            |_, _| reference::lenet1989_sizes(16, 16)
        ),
        mutant!(
            lenet1989.lenet1989_sizes / "h3_without_bias",
            "the biases of H3 are not parameters",
            |h, w| sized(h, w, |size| {
                if size.layer == "H3" {
                    size.parameters -= 30;
                }
            })
        ),
    ]
}

/// The weights of the layers, each multiplied by what `factor` says of its number of inputs.
fn rescaled(
    (height, width, seed): (usize, usize, u64),
    factor: impl Fn(f64) -> f64,
) -> Lenet1989Parameters {
    let p = reference::lenet1989_init(height, width, seed);
    let n2 = p.h3_weight.dims()[0] as f64;
    Lenet1989Parameters {
        h1_weight: p.h1_weight * factor(25.0),
        h2_weight: p.h2_weight * factor(200.0),
        h3_weight: p.h3_weight * factor(n2),
        out_weight: p.out_weight * factor(30.0),
        ..p
    }
}

fn init() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet1989.lenet1989_init / "root_of_fan_in",
            "2.4 over the root of the number of inputs",
            |h, w, seed| rescaled((h, w, seed), f64::sqrt)
        ),
        mutant!(
            lenet1989.lenet1989_init / "bias_is_an_input",
            "the bias counts as an input",
            |h, w, seed| rescaled((h, w, seed), |f| f / (f + 1.0))
        ),
        mutant!(
            lenet1989.lenet1989_init / "one_range",
            "all layers have the range of H1",
            |h, w, seed| rescaled((h, w, seed), |f| f / 25.0)
        ),
        mutant!(
            lenet1989.lenet1989_init / "half_range",
            "the interval is 2.4 / F wide",
            |h, w, seed| rescaled((h, w, seed), |_| 0.5)
        ),
        mutant!(
            lenet1989.lenet1989_init / "always_192",
            "H3 has 192 inputs for every size",
            |h, w, seed| rescaled((h, w, seed), |f| match f as usize {
                25 | 200 | 30 => 1.0,
                _ => f / 192.0,
            })
        ),
        mutant!(
            lenet1989.lenet1989_init / "positive",
            "no weight is negative",
            |h, w, seed| reference::lenet1989_init(h, w, seed).map(&mut |t| t.abs())
        ),
        mutant!(
            lenet1989.lenet1989_init / "normal",
            "normal numbers of the same variance, cut at the bound",
            |h, w, seed| {
                let mut rng = Rng::new(seed);
                let mut draw = |n: usize, inputs: f64| {
                    let bound = 2.4 / inputs;
                    let cut =
                        |rng: &mut Rng| (bound / 3f64.sqrt() * rng.normal()).clamp(-bound, bound);
                    rng.tensor([n], cut)
                };
                let p = reference::lenet1989_init(h, w, seed);
                let n2 = p.h3_weight.dims()[0];
                Lenet1989Parameters {
                    h1_weight: draw(300, 25.0).reshape([12, 1, 5, 5]),
                    h2_weight: draw(2400, 200.0).reshape([12, 8, 5, 5]),
                    h3_weight: draw(30 * n2, n2 as f64).reshape([n2, 30]),
                    out_weight: draw(300, 30.0).reshape([30, 10]),
                    ..p
                }
            }
        ),
        mutant!(
            lenet1989.lenet1989_init / "biases_too",
            "biases are drawn like weights",
            |h, w, seed| {
                let p = reference::lenet1989_init(h, w, seed);
                let out_bias = Rng::new(seed + 1).tensor([10], |rng| rng.uniform(-0.08, 0.08));
                Lenet1989Parameters { out_bias, ..p }
            }
        ),
        mutant!(
            lenet1989.lenet1989_init / "biased_to_no",
            "the output biases start at -1",
            |h, w, seed| {
                let p = reference::lenet1989_init(h, w, seed);
                let out_bias = p.out_bias.full_like(-1.0);
                Lenet1989Parameters { out_bias, ..p }
            }
        ),
        mutant!(
            lenet1989.lenet1989_init / "one_seed",
            "the seed plays no part",
            |h, w, _| reference::lenet1989_init(h, w, 0)
        ),
        mutant!(
            lenet1989.lenet1989_init / "one_stream_for_all",
            "each layer draws from a generator of its own with the same seed",
            |h, w, seed| {
                let p = reference::lenet1989_init(h, w, seed);
                let h2 = Rng::new(seed).tensor([12, 8, 5, 5], |rng| rng.uniform(-0.012, 0.012));
                Lenet1989Parameters { h2_weight: h2, ..p }
            }
        ),
        mutant!(
            lenet1989.lenet1989_init / "sides_exchanged",
            "rows and columns are exchanged in the planes of biases",
            |h, w, seed| reference::lenet1989_init(w, h, seed)
        ),
    ]
}
