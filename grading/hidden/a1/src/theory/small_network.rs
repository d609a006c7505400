//! A1.3: the backward pass of the 2-2-1 network.

use a1_backprop::theory::SmallNetwork;
use hidden_suite::theory::Solution;

pub fn solution() -> Solution {
    Solution::of(right)
        .mistake("tanh_not_differentiated", |e: &SmallNetwork| {
            let (_, y) = forward(e);
            let dz2 = (y - e.target) * e.v[1];
            [None, None, Some(e.x[0] * dz2), Some(dz2)]
        })
        .mistake("loss_without_its_half", |e: &SmallNetwork| {
            let [_, dv1, dw12, db2] = right(e);
            [None, Some(2.0 * dv1), Some(2.0 * dw12), Some(2.0 * db2)]
        })
        .mistake("target_minus_output", |e: &SmallNetwork| {
            let [_, dv1, dw12, db2] = right(e);
            [None, Some(-dv1), Some(-dw12), Some(-db2)]
        })
        .mistake("biases_left_out", |e: &SmallNetwork| {
            let without = SmallNetwork {
                b: [0.0; 2],
                c: 0.0,
                ..*e
            };
            let [output, dv1, ..] = right(&without);
            [Some(output), Some(dv1), None, None]
        })
        .mistake("weights_transposed", |e: &SmallNetwork| {
            let [[w11, w12], [w21, w22]] = e.w;
            let transposed = SmallNetwork {
                w: [[w11, w21], [w12, w22]],
                ..*e
            };
            let [output, dv1, ..] = right(&transposed);
            [Some(output), Some(dv1), None, None]
        })
}

fn forward(e: &SmallNetwork) -> ([f64; 2], f64) {
    let h = [0, 1].map(|j| (e.x[0] * e.w[0][j] + e.x[1] * e.w[1][j] + e.b[j]).tanh());
    (h, h[0] * e.v[0] + h[1] * e.v[1] + e.c)
}

fn right(e: &SmallNetwork) -> [f64; 4] {
    let (h, y) = forward(e);
    let dy = y - e.target;
    let dz2 = dy * e.v[1] * (1.0 - h[1] * h[1]);
    [y, dy * h[0], e.x[0] * dz2, dz2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, Tensor, TensorData};
    use hidden_suite::theory::agrees;

    fn tracked<const N: usize>(values: [f64; N], rows: usize) -> Tensor<2> {
        let data = TensorData::new(values.to_vec(), [rows, N / rows]);
        Tensor::<2>::from_data(data, (&Device::flex(), DType::F64))
            .autodiff()
            .require_grad()
    }

    #[test]
    fn burns_autodiff_agrees() {
        agrees(
            right,
            |e: &SmallNetwork| {
                let [[w11, w12], [w21, w22]] = e.w;
                let x = tracked(e.x, 1);
                let w = tracked([w11, w12, w21, w22], 2);
                let (b, v) = (tracked(e.b, 1), tracked(e.v, 2));
                let c = tracked([e.c], 1);
                let y = (x.matmul(w.clone()) + b.clone()).tanh().matmul(v.clone()) + c;
                // The half of the loss is a factor here: the division would round to single precision.
                let loss = (y.clone() - e.target).square() * 0.5;
                let gradients = loss.sum().backward();
                let element = |of: &Tensor<2>, index: usize| {
                    let gradient = of.grad(&gradients).expect("it was tracked");
                    gradient
                        .to_data()
                        .iter::<f64>()
                        .nth(index)
                        .expect("it is that large")
                };
                [
                    y.into_scalar::<f64>(),
                    element(&v, 0),
                    element(&w, 1),
                    element(&b, 1),
                ]
            },
            1e-9,
        );
    }
}
