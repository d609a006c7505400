//! What the operations of this module need of Burn's CPU backend, Flex.

use burn::backend::tensor::FloatTensor;
use burn::backend::{DispatchDevice, Flex, TensorMetadata};
use burn::tensor::{DType, Device, Shape, Tensor, TensorData};

use super::simd::Float;

/// Flex's tensor, which shares its numbers with its clones.
pub(super) type FlexTensor = FloatTensor<Flex>;

/// Below so many additions, multiplications or comparisons a second thread costs more than it brings.
pub(super) const SERIAL: usize = 1 << 18;

/// Whether our operations can be used: the tensor is Flex's, with autodiff or without, in single or double precision.
/// All others are left to Burn's own.
pub(super) fn is_ours<const D: usize>(tensor: &Tensor<D>) -> bool {
    matches!(tensor.dtype(), DType::F32 | DType::F64) && on_flex(&tensor.device())
}

fn on_flex(device: &Device) -> bool {
    match device.as_dispatch() {
        DispatchDevice::Flex(_) => true,
        DispatchDevice::Autodiff(device) => matches!(**device, DispatchDevice::Flex(_)),
        #[allow(unreachable_patterns)] // With Burn's other backends there are other devices.
        _ => false,
    }
}

/// A tensor of these numbers.
pub(super) fn tensor<T: Float>(numbers: Vec<T>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, shape.into()))
}

/// The tensor such that its numbers are all of its storage, which can be written over if nobody else holds it.
pub(super) fn whole<T: Float>(tensor: FlexTensor) -> FlexTensor {
    let is_whole = tensor
        .as_slice::<T>()
        .is_some_and(|numbers| numbers.len() == tensor.storage::<T>().len());
    if is_whole {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

/// Sizes.
pub(super) fn dims<const D: usize>(tensor: &FlexTensor) -> [usize; D] {
    tensor.shape().dims()
}

/// Calls a function that is generic over the precision with that of a tensor.
macro_rules! with_precision {
    ($tensor:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match burn::backend::TensorMetadata::dtype($tensor) {
            burn::tensor::DType::F64 => $function::<f64>($($argument),*),
            _ => $function::<f32>($($argument),*),
        }
    };
}
pub(super) use with_precision;
