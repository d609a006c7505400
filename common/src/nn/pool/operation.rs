//! The pools as operations of Burn.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, backend_extension};

use super::super::flex::{FlexTensor, dims, tensor, with_precision};
use super::super::simd::Float;
use super::windows::Windows;

/// What the backend Flex can do besides Burn's operations.
#[backend_extension(Flex, Autodiff)]
pub(super) trait Pooling: Backend {
    /// The largest number of each window.
    fn largest(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self>;
    /// The mean of each window.
    fn means(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self>;
}

impl Pooling for Flex {
    fn largest(x: FlexTensor, windows: Windows) -> FlexTensor {
        with_precision!(&x, largest(&x, windows)).0
    }
    fn means(x: FlexTensor, windows: Windows) -> FlexTensor {
        with_precision!(&x, means(&x, windows))
    }
}

fn largest<T: Float>(x: &FlexTensor, windows: Windows) -> (FlexTensor, Vec<u32>) {
    let (y, places) = windows.largest(x.to_contiguous().storage::<T>());
    (tensor(y, output(x, windows)), places)
}

fn to_largest<T: Float>(dy: &FlexTensor, windows: Windows, places: &[u32]) -> FlexTensor {
    let dx = windows.to_largest(dy.to_contiguous().storage::<T>(), places);
    tensor(dx, input(dy, windows))
}

fn means<T: Float>(x: &FlexTensor, windows: Windows) -> FlexTensor {
    let y = windows.means(x.to_contiguous().storage::<T>());
    tensor(y, output(x, windows))
}

fn to_all<T: Float>(dy: &FlexTensor, windows: Windows) -> FlexTensor {
    let dx = windows.to_all(dy.to_contiguous().storage::<T>());
    tensor(dx, input(dy, windows))
}

fn output(x: &FlexTensor, windows: Windows) -> [usize; 4] {
    let [n, c, _, _] = dims(x);
    [n, c, windows.out[0], windows.out[1]]
}

fn input(dy: &FlexTensor, windows: Windows) -> [usize; 4] {
    let [n, c, _, _] = dims(dy);
    [n, c, windows.size[0], windows.size[1]]
}

#[derive(Debug)]
struct LargestBackward;

impl Backward<Flex, 1> for LargestBackward {
    type State = (Windows, Arc<Vec<u32>>);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (windows, places) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |dy| {
            with_precision!(&dy, to_largest(&dy, windows, &places))
        });
    }
}

#[derive(Debug)]
struct MeansBackward;

impl Backward<Flex, 1> for MeansBackward {
    type State = Windows;

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let windows = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |dy| {
            with_precision!(&dy, to_all(&dy, windows))
        });
    }
}

impl<C: CheckpointStrategy> Pooling for Autodiff<Flex, C> {
    fn largest(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        let node = x.node();
        let x = x.into_primitive();
        let (y, places) = with_precision!(&x, largest(&x, windows));
        match LargestBackward
            .prepare::<C>([node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish((windows, Arc::new(places)), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn means(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        let node = x.node();
        let y = Flex::means(x.into_primitive(), windows);
        match MeansBackward
            .prepare::<C>([node])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(windows, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}
