//! A1.4: the cross-entropy with label smoothing.

use a1_backprop::theory::SmoothedLoss;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("no_smoothing", |e: &SmoothedLoss| {
            let sharp = SmoothedLoss {
                smoothing: 0.0,
                ..*e
            };
            right(&sharp).map(Some)
        })
        .mistake("spread_over_the_other_classes", |e: &SmoothedLoss| {
            let s = e.smoothing;
            with_target(e, 1.0 - s, s / 3.0).map(Some)
        })
        .mistake("logarithm_of_base_2", |e: &SmoothedLoss| {
            let [loss, gradient] = right(e);
            [Some(loss / 2f64.ln()), Some(-gradient)]
        })
        .mistake("mean_over_the_classes", |e: &SmoothedLoss| {
            right(e).map(|x| Some(x / 4.0))
        })
}

fn right(e: &SmoothedLoss) -> [f64; 2] {
    let share = e.smoothing / 4.0;
    with_target(e, 1.0 - e.smoothing + share, share)
}

/// The loss and the gradient for a target of `own` at the label and `other` elsewhere.
fn with_target(e: &SmoothedLoss, own: f64, other: f64) -> [f64; 2] {
    let sum: f64 = e.logits.iter().map(|x| x.exp()).sum();
    let target = |k| if k == e.label { own } else { other };
    let terms = e
        .logits
        .iter()
        .enumerate()
        .map(|(k, x)| -target(k) * (x - sum.ln()));
    [terms.sum(), e.logits[e.label].exp() / sum - own]
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::activation::log_softmax;
    use burn::tensor::{DType, Device, Tensor, TensorData};
    use hidden_suite::theory::agrees;

    #[test]
    fn burns_autodiff_agrees() {
        agrees(
            right,
            |e: &SmoothedLoss| {
                let device = Device::flex();
                let row = |values: [f64; 4]| {
                    let data = TensorData::new(values.to_vec(), [1, 4]);
                    Tensor::<2>::from_data(data, (&device, DType::F64)).autodiff()
                };
                let logits = row(e.logits).require_grad();
                let mut onehot = [0.0; 4];
                onehot[e.label] = 1.0;
                let target = row(onehot) * (1.0 - e.smoothing) + e.smoothing / 4.0;
                let loss = (log_softmax(logits.clone(), 1) * target).sum().neg();
                let gradients = loss.backward();
                let gradient = logits.grad(&gradients).expect("it was tracked").to_data();
                let own = gradient.iter::<f64>().nth(e.label).expect("four classes");
                [loss.into_scalar::<f64>(), own]
            },
            1e-9,
        );
    }
}
