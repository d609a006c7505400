//! Mutants of A2.6, response normalisation.

use a2_cnn::parts::alexnet as reference;
use burn::tensor::Tensor;
use common::contract::a2::ResponseNorm;
use hidden_suite::Mutant;

pub(super) const PART: &str = "A2.6";

/// The mutants of this part.
pub fn mutants() -> Vec<Mutant> {
    let mut all = response_norm();
    all.extend(response_norm_gradient());
    all.extend(super::alexnet_images::mutants());
    all.extend(super::alexnet_windows::mutants());
    all.extend(super::alexnet_network::mutants());
    all.extend(super::alexnet_table::mutants());
    all
}

fn response_norm() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.local_response_norm / "window_begins_at_the_channel",
            "the window is the channel and those after it",
            |x, s| {
                let c = x.dims()[1];
                let squares = zeros_after(x.clone().square(), s.size - 1);
                with_sum(x, &s, shifted_sum(squares, s.size, 0, c))
            }
        ),
        mutant!(
            alexnet.local_response_norm / "alpha_over_size",
            "alpha is divided by the size, as in PyTorch",
            |x, s| reference::local_response_norm(x, divided(s))
        ),
        mutant!(
            alexnet.local_response_norm / "k_forgotten",
            "1 stands in the place of k",
            |x, s| reference::local_response_norm(x, ResponseNorm { k: 1.0, ..s })
        ),
        mutant!(
            alexnet.local_response_norm / "square_root",
            "the sum is always under a square root",
            |x, s| reference::local_response_norm(x, ResponseNorm { beta: 0.5, ..s })
        ),
        mutant!(
            alexnet.local_response_norm / "size_on_each_side",
            "the window has size channels on each side",
            |x, s| {
                let size = 2 * s.size + 1;
                reference::local_response_norm(x, ResponseNorm { size, ..s })
            }
        ),
        mutant!(
            alexnet.local_response_norm / "channels_in_a_ring",
            "after the last channel comes the first",
            |x, s| {
                let (c, half) = (x.dims()[1], (s.size - 1) / 2);
                let squares = x.clone().square();
                let ring = Tensor::cat(vec![squares; 2 * half + 1], 1);
                with_sum(x, &s, shifted_sum(ring, s.size, half * c - half, c))
            }
        ),
        mutant!(
            alexnet.local_response_norm / "along_a_row",
            "the window goes over the columns of a channel",
            |x, s| reference::local_response_norm(x.swap_dims(1, 3), s).swap_dims(1, 3)
        ),
        mutant!(
            alexnet.local_response_norm / "itself_left_out",
            "the channel itself is not part of its sum",
            |x, s| {
                let alone = ResponseNorm {
                    size: 1,
                    k: 0.0,
                    alpha: 1.0,
                    beta: -1.0,
                };
                // With beta -1 the output is x times the sum.
                let all = ResponseNorm {
                    size: s.size,
                    ..alone.clone()
                };
                let ones = x.ones_like();
                let sum =
                    |settings| reference::local_response_norm(x.clone(), settings) / x.clone();
                let others = sum(all) - sum(alone);
                let scale = (others * s.alpha + ones * s.k).powf_scalar(-s.beta);
                x * scale
            }
        ),
    ]
}

/// Alpha as PyTorch has it.
fn divided(s: ResponseNorm) -> ResponseNorm {
    ResponseNorm {
        alpha: s.alpha / s.size as f64,
        ..s
    }
}

fn zeros_after(x: Tensor<4>, more: usize) -> Tensor<4> {
    let [n, _, h, w] = x.dims();
    let zeros = Tensor::zeros([n, more, h, w], (&x.device(), x.dtype()));
    Tensor::cat(vec![x, zeros], 1)
}

/// For each of `c` channels the sum of `size` channels of `x`, those of the first beginning at `first`.
fn shifted_sum(x: Tensor<4>, size: usize, first: usize, c: usize) -> Tensor<4> {
    let shifted = (first..first + size).map(|at| x.clone().narrow(1, at, c));
    shifted.reduce(|a, b| a + b).expect("a size of 1 at least")
}

/// Response normalisation with this sum.
fn with_sum(x: Tensor<4>, s: &ResponseNorm, sum: Tensor<4>) -> Tensor<4> {
    x * (sum * s.alpha + s.k).powf_scalar(-s.beta)
}

/// `x s^-beta` and `s^(-beta - 1) x` with the right `s`.
fn powers(x: &Tensor<4>, s: &ResponseNorm) -> (Tensor<4>, Tensor<4>) {
    let more = ResponseNorm {
        beta: s.beta + 1.0,
        ..s.clone()
    };
    (
        reference::local_response_norm(x.clone(), s.clone()),
        reference::local_response_norm(x.clone(), more),
    )
}

/// The gradient as if `s` were a constant: its first term.
fn first_term(x: &Tensor<4>, dy: &Tensor<4>, s: &ResponseNorm) -> Tensor<4> {
    dy.clone() * powers(x, s).0 / x.clone()
}

fn response_norm_gradient() -> Vec<Mutant> {
    vec![
        mutant!(
            alexnet.local_response_norm_backward / "sum_taken_for_a_constant",
            "the gradient does not go through the sum",
            |x, dy, s| first_term(&x, &dy, &s)
        ),
        mutant!(
            alexnet.local_response_norm_backward / "own_sum_only",
            "the gradient goes through the channel's own sum alone",
            |x, dy, s| {
                let (_, more) = powers(&x, &s);
                let own = dy.clone() * more * x.clone() * (2.0 * s.alpha * s.beta);
                first_term(&x, &dy, &s) - own
            }
        ),
        mutant!(
            alexnet.local_response_norm_backward / "factor_two",
            "the 2 of the derivative of a square is forgotten",
            |x, dy, s| second_term(x, dy, s, 0.5)
        ),
        mutant!(
            alexnet.local_response_norm_backward / "sign",
            "the two terms are added",
            |x, dy, s| second_term(x, dy, s, -1.0)
        ),
        mutant!(
            alexnet.local_response_norm_backward / "beta_of_the_derivative",
            "the exponent's factor is forgotten",
            |x, dy, s| {
                let factor = 1.0 / s.beta;
                second_term(x, dy, s, factor)
            }
        ),
        mutant!(
            alexnet.local_response_norm_backward / "exponent",
            "the neighbours' sums have the exponent beta and not beta + 1",
            |x, dy, s| {
                let felt = dy.clone() * powers(&x, &s).0;
                let c = x.dims()[1];
                let half = (s.size - 1) / 2;
                let padded = zeros_after(zeros_before(felt, half), half);
                let sum = shifted_sum(padded, s.size, 0, c);
                first_term(&x, &dy, &s) - x * sum * (2.0 * s.alpha * s.beta)
            }
        ),
        mutant!(
            alexnet.local_response_norm_backward / "alpha_over_size",
            "alpha is divided by the size in the gradient",
            |x, dy, s| {
                let factor = 1.0 / s.size as f64;
                second_term(x, dy, s, factor)
            }
        ),
        mutant!(
            alexnet.local_response_norm_backward / "dy_of_the_channel",
            "every neighbour's sum gets the dy of the channel itself",
            |x, dy, s| {
                let ones = dy.ones_like();
                let right = first_term(&x, &ones, &s);
                let through =
                    right - reference::local_response_norm_backward(x.clone(), ones, s.clone());
                first_term(&x, &dy, &s) - dy * through
            }
        ),
    ]
}

fn zeros_before(x: Tensor<4>, more: usize) -> Tensor<4> {
    let [n, _, h, w] = x.dims();
    let zeros = Tensor::zeros([n, more, h, w], (&x.device(), x.dtype()));
    Tensor::cat(vec![zeros, x], 1)
}

/// The gradient with its second term multiplied by `factor`.
fn second_term(x: Tensor<4>, dy: Tensor<4>, s: ResponseNorm, factor: f64) -> Tensor<4> {
    let first = first_term(&x, &dy, &s);
    let right = reference::local_response_norm_backward(x, dy, s);
    first.clone() + (right - first) * factor
}
