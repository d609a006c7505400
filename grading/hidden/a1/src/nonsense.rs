//! Tables whose every answer has the right type and is useless.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use common::contract::a1::*;

/// What a tensor of nonsense is like.
trait Nonsense {
    const VALUE: f64;
    /// Whether lists are empty.
    const EMPTY: bool;
    /// The element type of tensors.
    const DTYPE: DType;
}

struct Zero;
struct NotANumber;
struct Empty;
struct Single;

impl Nonsense for Zero {
    const VALUE: f64 = 0.0;
    const EMPTY: bool = false;
    const DTYPE: DType = DType::F64;
}
impl Nonsense for NotANumber {
    const VALUE: f64 = f64::NAN;
    const EMPTY: bool = false;
    const DTYPE: DType = DType::F64;
}
impl Nonsense for Empty {
    const VALUE: f64 = -1.0;
    const EMPTY: bool = true;
    const DTYPE: DType = DType::F64;
}
impl Nonsense for Single {
    const VALUE: f64 = -1.0;
    const EMPTY: bool = false;
    const DTYPE: DType = DType::F32;
}

/// Zeros and NaN in tensors of the right shapes, empty lists with tensors of one element, and single precision
/// in the right shapes.
pub fn tables() -> [A1; 4] {
    [
        table::<Zero>(),
        table::<NotANumber>(),
        table::<Empty>(),
        table::<Single>(),
    ]
}

fn filled<N: Nonsense, const D: usize>(shape: [usize; D]) -> Tensor<D> {
    let shape = if N::EMPTY { [1; D] } else { shape };
    let values = vec![N::VALUE; shape.iter().product()];
    Tensor::from_data(TensorData::new(values, shape), (&Device::flex(), N::DTYPE))
}

fn like<N: Nonsense, const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    filled::<N, D>(tensor.dims())
}

fn list<N: Nonsense, const D: usize>(tensors: &[Tensor<D>]) -> Vec<Tensor<D>> {
    let n = if N::EMPTY { 0 } else { tensors.len() };
    tensors[..n].iter().map(like::<N, D>).collect()
}

fn stepped<N: Nonsense>(parameters: &[Tensor<1>]) -> Stepped {
    Stepped {
        parameters: list::<N, 1>(parameters),
        state: list::<N, 1>(parameters),
    }
}

fn adam<N: Nonsense>(parameters: &[Tensor<1>], state: &AdamState) -> AdamStepped {
    AdamStepped {
        parameters: list::<N, 1>(parameters),
        state: AdamState {
            step: state.step + 1,
            first: list::<N, 1>(parameters),
            second: list::<N, 1>(parameters),
        },
    }
}

fn table<N: Nonsense>() -> A1 {
    A1 {
        perceptron: PerceptronTable {
            perceptron_fit: |points, _, _, _, _| PerceptronFit {
                weights: vec![N::VALUE; if N::EMPTY { 0 } else { points[0].len() }],
                bias: N::VALUE,
                mistakes_per_epoch: vec![],
                converged: Some(0),
            },
            perceptron_predict: |_, _, _| vec![],
            margin_and_radius: |_, _, _, _| MarginAndRadius {
                margin: N::VALUE,
                radius: N::VALUE,
            },
            novikoff_bound: |_, _| N::VALUE,
        },
        tensor_layers: TensorLayersTable {
            linear_forward: |x, w, _| filled::<N, 2>([x.dims()[0], w.dims()[1]]),
            linear_backward: |x, w, dy| LinearGradients {
                dx: like::<N, 2>(&x),
                dw: like::<N, 2>(&w),
                db: filled::<N, 1>([dy.dims()[1]]),
            },
            relu_forward: |x| like::<N, 2>(&x),
            relu_backward: |x, _| like::<N, 2>(&x),
            gelu_forward: |x| like::<N, 2>(&x),
            gelu_backward: |x, _| like::<N, 2>(&x),
            sigmoid_backward: |y, _| like::<N, 2>(&y),
            tanh_backward: |y, _| like::<N, 2>(&y),
            unbroadcast: |_, shape| filled::<N, 3>(shape),
            sum_backward: |_, shape, _| filled::<N, 2>(shape),
            mean_backward: |_, shape, _| filled::<N, 2>(shape),
            reshape_backward: |_, shape| filled::<N, 3>(shape),
            permute_backward: |dy, _| like::<N, 3>(&dy),
        },
        losses: LossesTable {
            log_softmax: |x| like::<N, 2>(&x),
            cross_entropy: |_, _, _| N::VALUE,
            cross_entropy_backward: |x, _, _| like::<N, 2>(&x),
            bce_with_logits: |_, _| N::VALUE,
            bce_with_logits_backward: |x, _| like::<N, 2>(&x),
            mse: |_, _| N::VALUE,
            mse_backward: |x, _| like::<N, 2>(&x),
            topk_error: |_, _, _| N::VALUE,
            confusion: |_, _, _| Tensor::<2, Int>::from_data([[-1]], &Device::flex()),
            accuracy: |_| N::VALUE,
        },
        mlp: MlpTable {
            param_count: |_| 0,
            init_weight: |_, fan_in, fan_out, _, _| filled::<N, 2>([fan_in, fan_out]),
            mlp_init: |sizes, _, _, _| {
                let layers = if N::EMPTY { &sizes[..1] } else { &sizes[..] };
                let pairs = layers.windows(2);
                MlpParameters {
                    weights: pairs
                        .clone()
                        .map(|l| filled::<N, 2>([l[0], l[1]]))
                        .collect(),
                    biases: pairs.map(|l| filled::<N, 1>([l[1]])).collect(),
                }
            },
            mlp_forward: |p, _, x| {
                let outputs: Vec<Tensor<2>> = p
                    .weights
                    .iter()
                    .map(|w| filled::<N, 2>([x.dims()[0], w.dims()[1]]))
                    .collect();
                let n = if N::EMPTY { 0 } else { outputs.len() };
                MlpForward {
                    inputs: outputs[..n].to_vec(),
                    outputs: outputs[..n].to_vec(),
                }
            },
            mlp_backward: |p, _, _, _| MlpParameters {
                weights: list::<N, 2>(&p.weights),
                biases: list::<N, 1>(&p.biases),
            },
        },
        optimisers: OptimisersTable {
            sgd: |w, _, _| list::<N, 1>(&w),
            momentum: |w, _, _, _, _| stepped::<N>(&w),
            nesterov: |w, _, _, _, _| stepped::<N>(&w),
            adagrad: |w, _, _, _, _| stepped::<N>(&w),
            rmsprop: |w, _, _, _, _, _| stepped::<N>(&w),
            adam: |w, _, state, _| adam::<N>(&w, &state),
            adamw: |w, _, state, _| adam::<N>(&w, &state),
            clip_grad_norm: |g, _| Clipped {
                gradients: list::<N, 1>(&g),
                norm: N::VALUE,
            },
        },
    }
}
