//! Batch normalisation as an operation of Burn.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};

use super::super::flex::{FlexTensor, dims, tensor, whole, with_precision};
use super::super::simd::Float;
use super::channels::Channels;

/// What the backend Flex can do besides Burn's operations.
#[backend_extension(Flex, Autodiff)]
pub(super) trait Normalization: Backend {
    /// The normalised numbers, the mean and the variance.
    fn normalized(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

fn channels(x: &FlexTensor) -> Channels {
    let [_, count, height, width] = dims(x);
    Channels {
        count,
        plane: height * width,
    }
}

impl Normalization for Flex {
    fn normalized(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        eps: f64,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        with_precision!(&x, normalized_of(&x, &gamma, &beta, eps))
    }
}

fn normalized_of<T: Float>(
    x: &FlexTensor,
    gamma: &FlexTensor,
    beta: &FlexTensor,
    eps: f64,
) -> (FlexTensor, FlexTensor, FlexTensor) {
    let all = channels(x).normalize(
        x.to_contiguous().storage::<T>(),
        gamma.to_contiguous().storage::<T>(),
        beta.to_contiguous().storage::<T>(),
        eps,
    );
    (
        tensor(all.y, x.shape()),
        tensor(all.mean, gamma.shape()),
        tensor(all.variance, gamma.shape()),
    )
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
struct State {
    x: FlexTensor,
    gamma: FlexTensor,
    mean: FlexTensor,
    variance: FlexTensor,
    eps: f64,
}

/// The gradient by x is written over that by the output.
fn gradients_of<T: Float>(state: &State, dy: FlexTensor) -> [FlexTensor; 3] {
    let State { x, gamma, .. } = state;
    let mut dx = whole::<T>(dy);
    let [of_gamma, of_beta] = channels(x).gradients(
        x.to_contiguous().storage::<T>(),
        gamma.to_contiguous().storage::<T>(),
        [state.mean.storage(), state.variance.storage()],
        state.eps,
        dx.storage_mut::<T>(),
    );
    [
        dx,
        tensor(of_gamma, gamma.shape()),
        tensor(of_beta, gamma.shape()),
    ]
}

#[derive(Debug)]
struct NormalizedBackward;

impl Backward<Flex, 3> for NormalizedBackward {
    type State = State;

    fn backward(self, ops: Ops<State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let dy = gradients.consume::<Flex>(&ops.node);
        let all = with_precision!(&ops.state.x, gradients_of(&ops.state, dy));
        for (node, gradient) in ops.parents.into_iter().zip(all) {
            if let Some(node) = node {
                gradients.register::<Flex>(node.id, gradient);
            }
        }
    }
}

impl<C: CheckpointStrategy> Normalization for Autodiff<Flex, C> {
    fn normalized(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), gamma.node(), beta.node()];
        let (x, gamma, beta) = (
            x.into_primitive(),
            gamma.into_primitive(),
            beta.into_primitive(),
        );
        let (y, mean, variance) = Flex::normalized(x.clone(), gamma.clone(), beta, eps);
        let state = State {
            x,
            gamma,
            mean: mean.clone(),
            variance: variance.clone(),
            eps,
        };
        let y = match NormalizedBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        };
        (
            y,
            FloatTensor::<Self>::new(mean),
            FloatTensor::<Self>::new(variance),
        )
    }
}
