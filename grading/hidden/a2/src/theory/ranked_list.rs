//! A2.11: the average precision of a ranked list.

use a2_cnn::theory::RankedList;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("no_envelope", |e: &RankedList| {
            let precisions = at_hits(e);
            let area = precisions.iter().sum::<f64>() / e.objects as f64;
            let eleven = tenths(e).map(|n| precisions.get(n).copied().unwrap_or(0.0));
            [Some(area), Some(eleven.sum::<f64>() / 11.0), None]
        })
        .mistake("by_the_hits", |e: &RankedList| {
            let precisions = envelope(e);
            let mean = precisions.iter().sum::<f64>() / precisions.len() as f64;
            [Some(mean), None, None]
        })
        .mistake("without_recall_0", |e: &RankedList| {
            let [_, eleven, _] = right(e);
            [None, Some((11.0 * eleven - envelope(e)[0]) / 10.0), None]
        })
        .mistake("zeros_left_out", |e: &RankedList| {
            let [_, eleven, zeros] = right(e);
            [
                None,
                Some(eleven * 11.0 / (11.0 - zeros)),
                Some(11.0 - zeros),
            ]
        })
}

/// The precision where each object is found.
fn at_hits(e: &RankedList) -> Vec<f64> {
    let ranks = e.hits.iter().zip(1..).filter(|(hit, _)| **hit);
    ranks
        .zip(1..)
        .map(|((_, rank), found)| f64::from(found) / f64::from(rank))
        .collect()
}

/// The highest precision where this object or a later one is found.
fn envelope(e: &RankedList) -> Vec<f64> {
    let mut precisions = at_hits(e);
    for i in (1..precisions.len()).rev() {
        precisions[i - 1] = precisions[i - 1].max(precisions[i]);
    }
    precisions
}

/// For each of the eleven recalls how many objects before that which reaches it; recall 0 is reached with the first.
fn tenths(e: &RankedList) -> impl Iterator<Item = usize> {
    (0..=10).map(|tenth: usize| (tenth * e.objects).div_ceil(10).saturating_sub(1))
}

fn right(e: &RankedList) -> [f64; 3] {
    let precisions = envelope(e);
    let area = precisions.iter().sum::<f64>() / e.objects as f64;
    let at: Vec<f64> = tenths(e)
        .filter_map(|n| precisions.get(n).copied())
        .collect();
    [area, at.iter().sum::<f64>() / 11.0, (11 - at.len()) as f64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use hidden_suite::theory::agrees;

    /// The curve from its definition, and the area as a mean at many recalls: it is constant between two objects.
    #[test]
    fn the_curve_from_its_definition_agrees() {
        agrees(
            right,
            |e: &RankedList| {
                let precision = |recall: f64| {
                    let beginnings = (1..=e.hits.len()).filter_map(|k| {
                        let found = e.hits[..k].iter().filter(|hit| **hit).count() as f64;
                        (found / e.objects as f64 >= recall).then_some(found / k as f64)
                    });
                    beginnings.fold(0.0, f64::max)
                };
                let steps = 40 * e.objects;
                let area = (0..steps).map(|i| precision((i as f64 + 0.5) / steps as f64));
                let eleven: Vec<f64> = (0..=10).map(|i| precision(f64::from(i) / 10.0)).collect();
                [
                    area.sum::<f64>() / steps as f64,
                    eleven.iter().sum::<f64>() / 11.0,
                    eleven.iter().filter(|precision| **precision == 0.0).count() as f64,
                ]
            },
            1e-9,
        );
    }
}
