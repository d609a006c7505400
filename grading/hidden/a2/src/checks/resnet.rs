//! Checks of A2.7: the shortcut and the block. New networks are in `resnet_start.rs`, whole ones in `resnet_network.rs`.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, equal_bits};
use common::contract::Submission;
use common::contract::a2::{
    BasicBlock, BasicBlockStatistics, Resnet, ResnetNormStatistics, ResnetSettings,
};
use common::nn::tensors;
use common::rng::Rng;

use super::{about, sizes};
use crate::oracle::array::Array;
use crate::oracle::resnet::{Machine, random_block, zero_padding};

pub(super) const PART: &str = "A2.7";

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    let mut all = vec![
        Check {
            id: "resnet/zero_padding",
            part: PART,
            points: 1,
            proves: "Option A keeps exact pixels at any stride, and its zeros come after the other channels.",
            hint: "Begin with the first row and column: odd sizes are rounded up.",
            run: zero_padding_is_exact,
        },
        Check {
            id: "resnet/block_values",
            part: PART,
            points: 2,
            proves: "A block in training gives the numbers of plain loops: with either shortcut, with stride 2, and without a shortcut.",
            hint: "Convolution, norm, ReLU, convolution, norm, sum, ReLU; the shortcut has the stride of the first convolution.",
            run: block_values,
        },
        Check {
            id: "resnet/block_statistics",
            part: PART,
            points: 1,
            proves: "Each of a block's running statistics moves towards its own batch, and that of an unused projection does not.",
            hint: "The new batch has the share momentum, and its variance counts m / (m - 1) times, m the pixels of a channel.",
            run: block_statistics,
        },
        Check {
            id: "resnet/block_evaluation",
            part: PART,
            points: 1,
            proves: "Outside training an image gives the same alone and in any batch, and the statistics stay as they are bit for bit.",
            hint: "With training false use the running statistics in all norms, that of the projection among them.",
            run: block_evaluation,
        },
    ];
    all.extend(super::resnet_start::checks());
    all.extend(super::resnet_network::checks());
    all
}

/// Settings at which all of them matter.
pub(super) fn settings(rng: &mut Rng, training: bool) -> ResnetSettings {
    ResnetSettings {
        residual: true,
        training,
        momentum: rng.uniform(0.1, 0.4),
        eps: rng.uniform(0.05, 0.5),
    }
}

fn zero_padding_is_exact(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, c, h, w] = sizes(rng, 2, 7);
    for (stride, more) in [(1, 0), (1, 2), (2, 0), (2, 3), (3, 1)] {
        let x = Array::normal(rng, [n, c, h, w]);
        let y = s.zero_padding_shortcut(x.tensor(), stride, c + more)?;
        equal_bits(&y, &zero_padding(&x, stride, c + more).tensor()).map_err(about(
            format_args!(
                "[{n}, {c}, {h}, {w}], stride {stride}, {} channels",
                c + more
            ),
        ))?;
    }
    Ok(())
}

/// A block and an image for it.
struct Case {
    block: BasicBlock,
    statistics: BasicBlockStatistics,
    x: Array<4>,
    stride: usize,
    residual: bool,
}

impl Case {
    fn name(&self) -> String {
        format!(
            "{:?} to {} channels, stride {}, projection {}, residual {}",
            self.x.shape,
            self.block.conv1.dims()[0],
            self.stride,
            self.block.projection.is_some(),
            self.residual
        )
    }

    fn run(
        &self,
        s: &Submission,
        settings: &ResnetSettings,
    ) -> Result<(Tensor<4>, BasicBlockStatistics), Failure> {
        let settings = ResnetSettings {
            residual: self.residual,
            ..settings.clone()
        };
        let (block, statistics) = (self.block.clone(), self.statistics.clone());
        let got =
            s.basic_block_forward(block, statistics, self.x.tensor(), self.stride, settings)?;
        Ok((got.y, got.statistics))
    }

    fn right(&self, settings: &ResnetSettings) -> (Tensor<4>, BasicBlockStatistics) {
        let mut machine = Machine::new(&ResnetSettings {
            residual: self.residual,
            ..settings.clone()
        });
        let (y, after) = machine.block(&self.block, &self.statistics, &self.x, self.stride);
        (y.tensor(), after)
    }
}

/// Blocks of every kind.
fn cases(rng: &mut Rng) -> Vec<Case> {
    let kinds = [
        (2, 2, 1, false, true),
        (2, 3, 2, false, true),
        (1, 2, 2, true, true),
        (2, 2, 1, true, true),
        (2, 2, 2, false, true),
        (1, 2, 2, true, false),
    ];
    let case = |(inputs, outputs, stride, projects, residual)| {
        let [h, w] = sizes(rng, 3, 6);
        let (block, statistics) = random_block(inputs, outputs, projects, rng);
        Case {
            block,
            statistics,
            x: Array::normal(rng, [2, inputs, h, w]),
            stride,
            residual,
        }
    };
    kinds.map(case).into()
}

fn block_values(s: &Submission, rng: &mut Rng) -> Verdict {
    let settings = settings(rng, true);
    for case in cases(rng) {
        let (y, _) = case.run(s, &settings)?;
        close(&y, &case.right(&settings).0, Tolerance::EXACT).map_err(about(case.name()))?;
    }
    Ok(())
}

/// Compares the statistics of one norm.
fn same_norm(got: &ResnetNormStatistics, want: &ResnetNormStatistics, name: &str) -> Verdict {
    close(&got.mean, &want.mean, Tolerance::EXACT).map_err(about(format!("{name}.mean")))?;
    close(&got.variance, &want.variance, Tolerance::EXACT)
        .map_err(about(format!("{name}.variance")))
}

/// Compares the statistics of a block.
pub(super) fn same_statistics(got: &BasicBlockStatistics, want: &BasicBlockStatistics) -> Verdict {
    same_norm(&got.norm1, &want.norm1, "norm1")?;
    same_norm(&got.norm2, &want.norm2, "norm2")?;
    match (&got.projection, &want.projection) {
        (Some(got), Some(want)) => same_norm(got, want, "projection"),
        (None, None) => Ok(()),
        (got, _) => Err(Failure::wrong(format!(
            "statistics of a projection: {}",
            if got.is_some() {
                "there are some"
            } else {
                "there are none"
            }
        ))),
    }
}

fn block_statistics(s: &Submission, rng: &mut Rng) -> Verdict {
    let settings = settings(rng, true);
    for case in cases(rng) {
        let (_, after) = case.run(s, &settings)?;
        same_statistics(&after, &case.right(&settings).1).map_err(about(case.name()))?;
    }
    Ok(())
}

fn block_evaluation(s: &Submission, rng: &mut Rng) -> Verdict {
    let settings = settings(rng, false);
    for case in cases(rng) {
        let name = case.name();
        let first = Case {
            x: case.x.image(0),
            block: case.block.clone(),
            statistics: case.statistics.clone(),
            ..case
        };
        for case in [case, first] {
            let (y, after) = case.run(s, &settings)?;
            close(&y, &case.right(&settings).0, Tolerance::EXACT).map_err(about(&name))?;
            let pairs = tensors(&after).into_iter().zip(tensors(&case.statistics));
            for (after, before) in pairs {
                equal_bits(&after, &before).map_err(about("the statistics must stay"))?;
            }
        }
    }
    Ok(())
}
