//! A2.7: a residual block, and a gradient through many.

use a2_cnn::theory::ResidualBlock;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("option_a", |e: &ResidualBlock| {
            let (w, places) = (e.channels as f64, places(e));
            [
                Some(54.0 * w * w + 8.0 * w),
                Some(54.0 * w * w * places / 1e6),
                None,
            ]
        })
        .mistake("norms_not_counted", |e: &ResidualBlock| {
            let w = e.channels as f64;
            [Some(56.0 * w * w), None, None]
        })
        .mistake("biases_counted", |e: &ResidualBlock| {
            let [parameters, ..] = right(e);
            [Some(parameters + 6.0 * e.channels as f64), None, None]
        })
        .mistake("statistics_counted", |e: &ResidualBlock| {
            let [parameters, ..] = right(e);
            [Some(parameters + 12.0 * e.channels as f64), None, None]
        })
        .mistake("places_of_the_input", |e: &ResidualBlock| {
            let [_, multiplications, _] = right(e);
            [None, Some(4.0 * multiplications), None]
        })
        .mistake("sum_of_the_slopes", |e: &ResidualBlock| {
            [None, None, Some(1.0 + e.blocks as f64 * e.slope)]
        })
        .mistake("no_shortcuts", |e: &ResidualBlock| {
            [None, None, Some(e.slope.powi(e.blocks as i32))]
        })
        .mistake("shortcut_apart", |e: &ResidualBlock| {
            [None, None, Some(1.0 + e.slope.powi(e.blocks as i32))]
        })
}

/// Pixels of the output.
fn places(e: &ResidualBlock) -> f64 {
    (e.size as f64 / 2.0).powi(2)
}

fn right(e: &ResidualBlock) -> [f64; 3] {
    let w = e.channels as f64;
    let weights = 9.0 * w * 2.0 * w + 9.0 * 4.0 * w * w + w * 2.0 * w;
    [
        weights + 3.0 * 2.0 * 2.0 * w,
        weights * places(e) / 1e6,
        (1.0 + e.slope).powi(e.blocks as i32),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::resnet::random_block;
    use common::nn;
    use common::rng::Rng;
    use hidden_suite::theory::agrees;

    /// The tensors of a real block, its places one by one, and paths: of the stack's `2^blocks` paths from the last to the
    /// first those through `k` residuals have the derivative `slope^k`.
    #[test]
    fn a_real_block_and_the_sum_over_all_paths_agree() {
        agrees(
            right,
            |e: &ResidualBlock| {
                let (block, _) = random_block(e.channels, 2 * e.channels, true, &mut Rng::new(0));
                let of_kernels = |n: usize| n * (0..e.size).step_by(2).count().pow(2);
                let projection = block.projection.as_ref().expect("it was asked for");
                let kernels = [&block.conv1, &block.conv2, &projection.conv];
                let weights = kernels.map(|kernel| kernel.dims().iter().product::<usize>());
                let mut paths = 0.0;
                let mut chosen = 1.0;
                for k in 0..=e.blocks {
                    paths += chosen * e.slope.powi(k as i32);
                    chosen *= (e.blocks - k) as f64 / (k + 1) as f64;
                }
                [
                    nn::count(&block) as f64,
                    weights.map(of_kernels).iter().sum::<usize>() as f64 / 1e6,
                    paths,
                ]
            },
            1e-9,
        );
    }
}
