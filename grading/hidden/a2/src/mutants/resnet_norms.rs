//! Mutants of A2.7: what a block's normalisations use and remember.

use a2_cnn::parts::resnet as reference;
use burn::tensor::Tensor;
use common::contract::a2::{
    BasicBlock, BasicBlockForward, BasicBlockStatistics, ResnetNormStatistics, ResnetSettings,
};
use hidden_suite::Mutant;

use super::resnet::PART;
use super::spoiled_block::{RIGHT, Used, Ways, right_used};

/// The mutants of this part that are about the normalisations of a block.
pub fn mutants() -> Vec<Mutant> {
    let mut all = used();
    all.extend(remembered());
    all
}

fn used() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.basic_block_forward / "batch_in_evaluation",
            "the statistics of the batch are used outside training too",
            |b, r, x, stride, s| {
                let used: Used = |_, _, batch| (batch.mean, batch.variance);
                Ways { used, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "running_in_training",
            "the running statistics are used in training too",
            |b, r, x, stride, s| {
                let used: Used = |_, running, _| (running.mean.clone(), running.variance.clone());
                Ways { used, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "unbiased_normalisation",
            "the batch is normalised with the variance over m - 1",
            |b, r, x, stride, s| {
                let used: Used = |s, running, batch| {
                    let (mean, variance) = right_used(s, running, batch.clone());
                    match s.training {
                        true => (mean, variance * (batch.m / (batch.m - 1.0))),
                        false => (mean, variance),
                    }
                };
                Ways { used, ..RIGHT }.run(b, r, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "eps_forgotten",
            "eps is left out",
            |b, r, x, stride, s| {
                let right = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    stride,
                    s.clone(),
                );
                let s = ResnetSettings { eps: 0.0, ..s };
                let y = reference::basic_block_forward(b, r, x, stride, s).y;
                BasicBlockForward { y, ..right }
            }
        ),
    ]
}

/// The right block with other statistics after it.
fn with_statistics(
    b: BasicBlock,
    old: BasicBlockStatistics,
    x: Tensor<4>,
    stride: usize,
    s: ResnetSettings,
    spoil: impl Fn(ResnetNormStatistics, ResnetNormStatistics) -> ResnetNormStatistics,
) -> BasicBlockForward {
    let mut right = reference::basic_block_forward(b, old.clone(), x, stride, s);
    let after = right.statistics;
    right.statistics = BasicBlockStatistics {
        norm1: spoil(after.norm1, old.norm1),
        norm2: spoil(after.norm2, old.norm2),
        projection: after
            .projection
            .zip(old.projection)
            .map(|(after, old)| spoil(after, old)),
    };
    right
}

fn remembered() -> Vec<Mutant> {
    vec![
        mutant!(
            resnet.basic_block_forward / "statistics_stay",
            "the running statistics do not move",
            |b, r, x, stride, s| with_statistics(b, r, x, stride, s, |_, old| old)
        ),
        mutant!(
            resnet.basic_block_forward / "statistics_move_in_evaluation",
            "the running statistics move outside training too",
            |b, r, x, stride, s| {
                let right = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    stride,
                    s.clone(),
                );
                let s = ResnetSettings {
                    training: true,
                    ..s
                };
                let statistics = reference::basic_block_forward(b, r, x, stride, s).statistics;
                BasicBlockForward {
                    statistics,
                    ..right
                }
            }
        ),
        mutant!(
            resnet.basic_block_forward / "momentum_reversed",
            "the old statistics have the share momentum",
            |b, r, x, stride, s| {
                let momentum = 1.0 - s.momentum;
                let right = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    stride,
                    s.clone(),
                );
                let s = ResnetSettings { momentum, ..s };
                let statistics = reference::basic_block_forward(b, r, x, stride, s).statistics;
                BasicBlockForward {
                    statistics,
                    ..right
                }
            }
        ),
        mutant!(
            resnet.basic_block_forward / "biased_running_variance",
            "the running variance gets the variance over m",
            |b, r, x, stride, s| {
                let training = s.training;
                let [n, _, h, w] = x.dims();
                let m = (n * h.div_ceil(stride) * w.div_ceil(stride)) as f64;
                let old_share = 1.0 - s.momentum;
                with_statistics(b, r, x, stride, s, |after, old| {
                    if !training {
                        return after;
                    }
                    let kept = old.variance * old_share;
                    let new = after.variance - kept.clone();
                    ResnetNormStatistics {
                        variance: kept + new * ((m - 1.0) / m),
                        ..after
                    }
                })
            }
        ),
        mutant!(
            resnet.basic_block_forward / "norms_share_statistics",
            "the second norm goes on from the statistics of the first",
            |b, r, x, stride, s| {
                let shared = BasicBlockStatistics {
                    norm2: r.norm1.clone(),
                    ..r
                };
                reference::basic_block_forward(b, shared, x, stride, s)
            }
        ),
        mutant!(
            resnet.basic_block_forward / "unused_projection_moves",
            "the statistics of a projection move in the plain network too",
            |b, r, x, stride, s| {
                let right = reference::basic_block_forward(
                    b.clone(),
                    r.clone(),
                    x.clone(),
                    stride,
                    s.clone(),
                );
                let s = ResnetSettings {
                    residual: true,
                    ..s
                };
                let statistics = reference::basic_block_forward(b, r, x, stride, s).statistics;
                BasicBlockForward {
                    statistics,
                    ..right
                }
            }
        ),
        mutant!(
            resnet.basic_block_forward / "projection_statistics_stay",
            "the statistics of the projection do not move",
            |b, r, x, stride, s| {
                let old = r.projection.clone();
                let mut right = reference::basic_block_forward(b, r, x, stride, s);
                right.statistics.projection = old;
                right
            }
        ),
    ]
}
