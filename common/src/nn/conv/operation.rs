//! The convolution as an operation of Burn: on the backend Flex, and with its gradients on autodiff.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, TensorMetadata, backend_extension};

use super::super::flex::{FlexTensor, dims, tensor, with_precision};
use super::super::simd::Float;
use super::ConvOptions;
use super::backward::{self, Wanted};
use super::forward;
use super::geometry::Geometry;

/// What the backend Flex can do besides Burn's operations.
#[backend_extension(Flex, Autodiff)]
pub(super) trait Convolution: Backend {
    /// The cross-correlation of `x` with `weight`, plus `bias`.
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        with_bias: bool,
        options: ConvOptions,
    ) -> FloatTensor<Self>;
}

impl Convolution for Flex {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        with_bias: bool,
        options: ConvOptions,
    ) -> FloatTensor<Self> {
        let g = geometry(&x, &weight, &options);
        let bias = with_bias.then_some(&bias);
        with_precision!(&x, forward_of(&g, &x, &weight, bias))
    }
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, options: &ConvOptions) -> Geometry {
    Geometry::new(dims(x), dims(weight), options)
}

fn forward_of<T: Float>(
    g: &Geometry,
    x: &FlexTensor,
    weight: &FlexTensor,
    bias: Option<&FlexTensor>,
) -> FlexTensor {
    let bias = bias.map(|bias| bias.to_contiguous());
    let y = forward::forward(
        g,
        x.to_contiguous().storage::<T>(),
        weight.to_contiguous().storage::<T>(),
        bias.as_ref().map(|bias| bias.storage::<T>()),
    );
    let channels = g.groups * g.outputs;
    tensor(y, [g.images, channels, g.rows.out, g.columns.out])
}

/// Gives the gradients by x, weight and bias that are wanted.
fn backward_of<T: Float>(
    g: &Geometry,
    x: &FlexTensor,
    weight: &FlexTensor,
    dy: &FlexTensor,
    wanted: Wanted,
) -> [Option<FlexTensor>; 3] {
    let all = backward::backward(
        g,
        x.to_contiguous().storage::<T>(),
        weight.to_contiguous().storage::<T>(),
        dy.to_contiguous().storage::<T>(),
        wanted,
    );
    let channels = g.groups * g.outputs;
    [
        wanted.x.then(|| tensor(all.x, x.shape())),
        wanted.weight.then(|| tensor(all.weight, weight.shape())),
        wanted.bias.then(|| tensor(all.bias, [channels])),
    ]
}

/// The backward pass, which needs the input and the weight.
#[derive(Debug)]
struct ConvolutionBackward;

impl Backward<Flex, 3> for ConvolutionBackward {
    type State = (FlexTensor, FlexTensor, ConvOptions);

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        gradients: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let dy = gradients.consume::<Flex>(&ops.node);
        let (x, weight, options) = ops.state;
        let [of_x, of_weight, of_bias] = &ops.parents;
        let wanted = Wanted {
            x: of_x.is_some(),
            weight: of_weight.is_some(),
            bias: of_bias.is_some(),
        };
        let g = geometry(&x, &weight, &options);
        let all = with_precision!(&x, backward_of(&g, &x, &weight, &dy, wanted));
        for (node, gradient) in ops.parents.into_iter().zip(all) {
            if let (Some(node), Some(gradient)) = (node, gradient) {
                gradients.register::<Flex>(node.id, gradient);
            }
        }
    }
}

impl<C: CheckpointStrategy> Convolution for Autodiff<Flex, C> {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        with_bias: bool,
        options: ConvOptions,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let state = (x.clone(), weight.clone(), options.clone());
        let y = Flex::convolution(x, weight, bias.into_primitive(), with_bias, options);
        match ConvolutionBackward
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prepared) => prepared.finish(state, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}
