//! Mutants of A2.4, what is rejected.

use a2_cnn::parts::lenet1989 as reference;
use burn::tensor::{Int, Tensor};
use common::contract::a2::*;
use hidden_suite::Mutant;

use super::lenet1989::PART;

/// The curve with each point changed.
fn pointwise(
    outputs: Tensor<2>,
    labels: Tensor<1, Int>,
    spoil: impl Fn(RejectPoint) -> RejectPoint,
) -> Vec<RejectPoint> {
    let curve = reference::reject_curve(outputs, labels).into_iter();
    curve.map(spoil).collect()
}

/// The mutants of this file.
pub fn mutants() -> Vec<Mutant> {
    vec![
        mutant!(
            lenet1989.reject_curve / "largest_output",
            "the confidence is the largest output",
            |y, labels| {
                // All others at -1: the difference is the largest output plus 1.
                let [_, classes] = y.dims();
                let first = y.clone().max_dim(1).repeat_dim(1, classes);
                let alone = y.full_like(-1.0).mask_where(y.equal(first.clone()), first);
                pointwise(alone, labels, |p| RejectPoint {
                    threshold: p.threshold - 1.0,
                    ..p
                })
            }
        ),
        mutant!(
            lenet1989.reject_curve / "error_of_all",
            "mistakes are counted over all images",
            |y, labels| pointwise(y, labels, |p| RejectPoint {
                error: p.error * (1.0 - p.rejected),
                ..p
            })
        ),
        mutant!(
            lenet1989.reject_curve / "accuracy",
            "the share of right answers",
            |y, labels| pointwise(y, labels, |p| RejectPoint {
                error: 1.0 - p.error,
                ..p
            })
        ),
        mutant!(
            lenet1989.reject_curve / "accepted",
            "the share of images that are left",
            |y, labels| pointwise(y, labels, |p| RejectPoint {
                rejected: 1.0 - p.rejected,
                ..p
            })
        ),
        mutant!(
            lenet1989.reject_curve / "counts",
            "the number of rejected images, not the share",
            |y, labels| {
                let n = y.dims()[0] as f64;
                pointwise(y, labels, |p| RejectPoint {
                    rejected: p.rejected * n,
                    ..p
                })
            }
        ),
        mutant!(
            lenet1989.reject_curve / "equal_is_rejected",
            "what equals the threshold is rejected too",
            |y, labels| {
                let curve = reference::reject_curve(y, labels);
                let pairs = curve.iter().zip(curve.iter().skip(1));
                pairs
                    .map(|(here, next)| RejectPoint {
                        threshold: here.threshold,
                        ..next.clone()
                    })
                    .collect()
            }
        ),
        mutant!(
            lenet1989.reject_curve / "one_point_per_image",
            "equal confidences are rejected one after the other",
            |y, labels| {
                let curve = reference::reject_curve(y.clone(), labels);
                let n = y.dims()[0];
                (0..n)
                    .map(|k| {
                        let share = k as f64 / n as f64;
                        let point = curve.iter().rev().find(|p| p.rejected <= share);
                        let point = point.expect("a point that rejects nothing").clone();
                        RejectPoint {
                            rejected: share,
                            ..point
                        }
                    })
                    .collect()
            }
        ),
        mutant!(
            lenet1989.reject_curve / "by_falling_threshold",
            "the strictest threshold comes first",
            |y, labels| {
                let mut curve = reference::reject_curve(y, labels);
                curve.reverse();
                curve
            }
        ),
        mutant!(
            lenet1989.reject_curve / "smallest_output_wins",
            "the answer is the smallest output",
            |y, labels| reference::reject_curve(y.neg(), labels)
        ),
        mutant!(
            lenet1989.reject_curve / "nothing_rejected_is_no_point",
            "the first point is left out",
            |y, labels| {
                let curve = reference::reject_curve(y, labels).into_iter();
                curve.skip(1).collect()
            }
        ),
        mutant!(
            lenet1989.reject_for_error / "most_rejected",
            "the largest share of rejected images",
            |curve, error| {
                let good = curve.iter().rev().find(|p| p.error <= error);
                good.map(|p| p.rejected)
            }
        ),
        mutant!(
            lenet1989.reject_for_error / "strictly_below",
            "the error must be smaller than asked",
            |curve, error| {
                let good = curve.iter().find(|p| p.error < error);
                good.map(|p| p.rejected)
            }
        ),
        mutant!(
            lenet1989.reject_for_error / "until_it_is_worse",
            "looking ends at the last point that is not good enough",
            |curve, error| {
                let bad = curve.iter().rposition(|p| p.error > error);
                let rest = &curve[bad.map_or(0, |bad| bad + 1)..];
                rest.first().map(|p| p.rejected)
            }
        ),
        mutant!(
            lenet1989.reject_for_error / "everything",
            "all must be rejected when no point is good enough",
            |curve, error| Some(reference::reject_for_error(curve, error).unwrap_or(1.0))
        ),
        mutant!(
            lenet1989.reject_for_error / "threshold",
            "the threshold, not the share",
            |curve, error| {
                let good = curve.iter().find(|p| p.error <= error);
                good.map(|p| p.threshold)
            }
        ),
        mutant!(
            lenet1989.reject_for_error / "nearest",
            "the point whose error is nearest",
            |curve, error| {
                let distance = |p: &RejectPoint| (p.error - error).abs();
                let nearest = curve
                    .iter()
                    .min_by(|a, b| distance(a).total_cmp(&distance(b)));
                nearest.map(|p| p.rejected)
            }
        ),
    ]
}
