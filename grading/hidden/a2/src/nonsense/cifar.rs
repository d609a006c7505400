//! Nonsense for A2.9.

use common::contract::a2::*;

use hidden_suite::nonsense::{Nonsense, filled, like};

pub fn table<N: Nonsense>() -> CifarTable {
    CifarTable {
        cifar_recipe: String::new,
        parse_recipe: |_| Ok(recipe::<N>()),
        cifar_budget: |_, _, _, _| CifarBudget {
            parameters: 0,
            multiply_accumulates: usize::MAX,
        },
        cifar_init: |widths, channels, classes, _| net::<N>(&widths, channels, classes),
        cifar_forward: |net, running, x, _| CifarForward {
            logits: filled::<N, 2>([x.dims()[0], net.head_bias.dims()[0]]),
            running: statistics::<N>(&running),
        },
        cifar_normalise: |train, test| NormalisedPictures {
            mean: filled::<N, 1>([train.dims()[1]]),
            std: filled::<N, 1>([train.dims()[1]]),
            train: like::<N, 4>(&train),
            test: like::<N, 4>(&test),
        },
        pad_crop_flip: |x, _, _, _| like::<N, 4>(&x),
        recipe_lr: |_, _, _| N::VALUE,
        recipe_gradient: |net, running, _, _, _, _| CifarGradient {
            loss: N::VALUE,
            gradient: same::<N>(&net),
            running: statistics::<N>(&running),
        },
        recipe_step: |state, _, _, _, _, _| CifarStep {
            state: spoilt::<N>(&state),
            loss: N::VALUE,
        },
        train_recipe: |train, _, classes, recipe, _| {
            let net = net::<N>(&recipe.widths, train.x.dims()[1], classes);
            CifarTraining {
                state: CifarState {
                    step: recipe.epochs * train.x.dims()[0].div_ceil(recipe.batch_size),
                    ..spoilt::<N>(&CifarState::new(net))
                },
                losses: numbers::<N>(recipe.epochs),
                test_errors: numbers::<N>(recipe.epochs),
            }
        },
        cifar_predict: |net, _, x, _| filled::<N, 2>([x.dims()[0], net.head_bias.dims()[0]]),
    }
}

fn numbers<N: Nonsense>(n: usize) -> Vec<f64> {
    vec![N::VALUE; if N::EMPTY { 0 } else { n }]
}

fn recipe<N: Nonsense>() -> CifarRecipe {
    CifarRecipe {
        widths: vec![],
        epochs: 0,
        batch_size: 0,
        peak_lr: N::VALUE,
        warmup: N::VALUE,
        momentum: N::VALUE,
        weight_decay: N::VALUE,
        smoothing: N::VALUE,
        padding: 0,
        flip: false,
    }
}

fn conv<N: Nonsense>(from: usize, to: usize) -> CifarConv {
    CifarConv {
        kernel: filled::<N, 4>([to, from, 3, 3]),
        gamma: filled::<N, 1>([to]),
        beta: filled::<N, 1>([to]),
    }
}

fn net<N: Nonsense>(widths: &[usize], channels: usize, classes: usize) -> CifarNet {
    let mut from = channels;
    let stages = widths.iter().map(|&to| {
        let stage = CifarStage {
            widen: conv::<N>(from, to),
            residual: conv::<N>(to, to),
        };
        from = to;
        stage
    });
    let stages = if N::EMPTY { vec![] } else { stages.collect() };
    CifarNet {
        stages,
        head_weight: filled::<N, 2>([from, classes]),
        head_bias: filled::<N, 1>([classes]),
    }
}

fn same<N: Nonsense>(of: &CifarNet) -> CifarNet {
    let widths: Vec<usize> = of.stages.iter().map(|s| s.widen.gamma.dims()[0]).collect();
    let channels = of.stages.first().map_or(1, |s| s.widen.kernel.dims()[1]);
    net::<N>(&widths, channels, of.head_bias.dims()[0])
}

fn statistics<N: Nonsense>(running: &[CifarRunning]) -> Vec<CifarRunning> {
    let n = if N::EMPTY { 0 } else { running.len() };
    let each = running[..n].iter().map(|running| CifarRunning {
        mean: like::<N, 1>(&running.mean),
        variance: like::<N, 1>(&running.variance),
    });
    each.collect()
}

fn spoilt<N: Nonsense>(state: &CifarState) -> CifarState {
    CifarState {
        net: same::<N>(&state.net),
        velocity: same::<N>(&state.net),
        running: statistics::<N>(&state.running),
        step: state.step,
    }
}
