//! The gradient of a loss by all tensors of a struct.

use burn::tensor::Tensor;

use super::Parameters;

/// The value of a loss and its gradients by every tensor of `parameters`.
///
/// `loss` gets the parameters as leaves of an autodiff graph and gives one number. A tensor that the loss does not
/// depend on has gradient 0.
///
/// # Panics
/// When the loss is not computed from the parameters.
pub fn value_and_gradient<P: Parameters>(
    parameters: &P,
    loss: impl FnOnce(&P) -> Tensor<1>,
) -> (f64, P) {
    let ((value, ()), gradients) = value_and_gradient_with(parameters, |p| (loss(p), ()));
    (value, gradients)
}

/// Like [`value_and_gradient`], for a loss that gives something else as well: logits to measure, or the running
/// statistics of batch normalisation. Gives `((loss, other), gradients)`.
///
/// The other value is as the closure left it: [`detach`](super::detach) what must not hold on to the graph.
///
/// # Panics
/// When the loss is not computed from the parameters.
pub fn value_and_gradient_with<P: Parameters, A>(
    parameters: &P,
    loss: impl FnOnce(&P) -> (Tensor<1>, A),
) -> ((f64, A), P) {
    let mut leaves = Vec::new();
    let tracked = parameters.clone().map(&mut |tensor| {
        let leaf = tensor.autodiff().require_grad();
        leaves.push(leaf.clone());
        leaf
    });
    let (loss, other) = loss(&tracked);
    let gradients = loss.backward();
    let mut leaves = leaves.into_iter();
    let of_each = parameters.clone().map(&mut |tensor| {
        let gradient = leaves.next().and_then(|leaf| leaf.grad(&gradients));
        gradient.unwrap_or_else(|| tensor.zeros_like())
    });
    ((loss.into_scalar::<f64>(), other), of_each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Tolerance, close};
    use crate::rng::Rng;

    #[test]
    fn gradients_of_a_quadratic_form_are_known() {
        let mut rng = Rng::new(3);
        let (a, b) = (rng.normal_tensor([2, 3]), rng.normal_tensor([4]));
        let unused = rng.normal_tensor([5]);
        let parameters = ((a.clone(), b.clone()), unused);
        let ((value, twice), ((da, db), none)) = value_and_gradient_with(&parameters, |p| {
            let ((a, b), _) = p.clone();
            let loss = a.square().sum() + b.sum() * 3.0;
            (loss.clone(), loss.inner() * 2.0)
        });
        let want: f64 = a.clone().square().sum().into_scalar::<f64>()
            + 3.0 * b.clone().sum().into_scalar::<f64>();
        assert!((value - want).abs() < 1e-5 * want.abs(), "{value} {want}");
        assert!((twice.into_scalar::<f64>() - 2.0 * value).abs() < 1e-5);
        close(&da, &(a * 2.0), Tolerance::EXACT).unwrap();
        close(&db, &(b.ones_like() * 3.0), Tolerance::EXACT).unwrap();
        close(&none, &none.zeros_like(), Tolerance::EXACT).unwrap();
    }
}
