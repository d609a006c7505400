//! The reference solution against two independent oracles: Burn's autodiff, and numbers of PyTorch.
//!
//! PyTorch's numbers are what the program at the end of this file prints under PyTorch 2.15.

use a1_backprop::parts::{losses, mlp, optimisers, tensor_layers};
use burn::tensor::{Device, FloatDType, Tensor, activation};
use common::check::{Tolerance, close, close_values, labels, tensor, within};
use common::contract::a1::{
    Activation, AdamSettings, AdamState, CrossEntropyOptions, Init, MlpParameters,
};
use common::device::use_double_precision;
use common::rng::Rng;

/// `x` as a leaf of an autodiff graph.
fn leaf<const D: usize>(x: &Tensor<D>) -> Tensor<D> {
    x.clone().autodiff().require_grad()
}

/// The gradients by `x` and by `w` of `sum(f(x, w) * dy)`.
fn autodiff<const D: usize, const E: usize, const O: usize>(
    x: &Tensor<D>,
    w: &Tensor<E>,
    dy: &Tensor<O>,
    f: impl FnOnce(Tensor<D>, Tensor<E>) -> Tensor<O>,
) -> (Tensor<D>, Tensor<E>) {
    let (x, w) = (leaf(x), leaf(w));
    let loss = (f(x.clone(), w.clone()) * dy.clone().autodiff()).sum();
    let gradients = loss.backward();
    (x.grad(&gradients).unwrap(), w.grad(&gradients).unwrap())
}

#[test]
fn layers_agree_with_autodiff() {
    use_double_precision();
    let mut rng = Rng::new(1);
    let x = rng.normal_tensor([2, 5]);
    let w = rng.normal_tensor([5, 3]);
    let b = rng.normal_tensor([3]);
    let dy = rng.normal_tensor([2, 3]);
    let got = tensor_layers::linear_backward(x.clone(), w.clone(), dy.clone());
    let (dx, dw) = autodiff(&x, &w, &dy, |x, w| x.matmul(w));
    close(&got.dx, &dx, Tolerance::EXACT).unwrap();
    close(&got.dw, &dw, Tolerance::EXACT).unwrap();
    let (_, db) = autodiff(&x, &b, &dy, |x, b| x.slice([0..2, 0..3]) + b.unsqueeze());
    close(&got.db, &db, Tolerance::EXACT).unwrap();

    let dy = rng.normal_tensor([2, 5]);
    let unused = tensor::<1>([0.0]);
    let by_x = |f: fn(Tensor<2>) -> Tensor<2>| {
        autodiff(&x, &unused, &dy, |x, unused| f(x) + unused.unsqueeze()).0
    };
    let got = tensor_layers::relu_backward(x.clone(), dy.clone());
    close(&got, &by_x(activation::relu), Tolerance::EXACT).unwrap();
    let got = tensor_layers::gelu_backward(x.clone(), dy.clone());
    close(&got, &by_x(activation::gelu), Tolerance::EXACT).unwrap();
    let got = tensor_layers::sigmoid_backward(activation::sigmoid(x.clone()), dy.clone());
    close(&got, &by_x(activation::sigmoid), Tolerance::EXACT).unwrap();
    let got = tensor_layers::tanh_backward(x.clone().tanh(), dy.clone());
    close(&got, &by_x(Tensor::tanh), Tolerance::EXACT).unwrap();

    for axis in [0, 1] {
        let mut shape = [2, 5];
        shape[axis] = 1;
        let dy = rng.normal_tensor(shape);
        let by_x = |f: &dyn Fn(Tensor<2>) -> Tensor<2>| {
            autodiff(&x, &unused, &dy, |x, unused| f(x) + unused.unsqueeze()).0
        };
        let got = tensor_layers::sum_backward(dy.clone(), [2, 5], axis);
        close(&got, &by_x(&|x| x.sum_dim(axis)), Tolerance::EXACT).unwrap();
        let got = tensor_layers::mean_backward(dy.clone(), [2, 5], axis);
        close(&got, &by_x(&|x| x.mean_dim(axis)), Tolerance::EXACT).unwrap();
    }
}

#[test]
fn moved_and_repeated_axes_agree_with_autodiff() {
    use_double_precision();
    let mut rng = Rng::new(2);
    let x = rng.normal_tensor([2, 3, 4]);
    let unused = tensor::<1>([0.0]);
    for axes in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let dy = rng.normal_tensor(axes.map(|axis| x.dims()[axis]));
        let got = tensor_layers::permute_backward(dy.clone(), axes);
        let want = autodiff(&x, &unused, &dy, |x, b| x.permute(axes) + b.unsqueeze()).0;
        close(&got, &want, Tolerance::EXACT).unwrap();
    }
    let dy = rng.normal_tensor([6, 4]);
    let got = tensor_layers::reshape_backward(dy.clone(), [2, 3, 4]);
    let want = autodiff(&x, &unused, &dy, |x, b| x.reshape([6, 4]) + b.unsqueeze()).0;
    close(&got, &want, Tolerance::EXACT).unwrap();

    let dy = rng.normal_tensor([2, 3, 4]);
    for keep in 0..8 {
        // Each bit says whether an axis keeps its size or is repeated.
        let shape = std::array::from_fn(|axis| {
            if keep >> axis & 1 == 1 {
                [2, 3, 4][axis]
            } else {
                1
            }
        });
        let x = rng.normal_tensor(shape);
        let got = tensor_layers::unbroadcast(dy.clone(), shape);
        let want = autodiff(&x, &unused, &dy, |x, b| x.expand([2, 3, 4]) + b.unsqueeze()).0;
        close(&got, &want, Tolerance::EXACT).unwrap();
    }
}

#[test]
fn the_mlp_agrees_with_autodiff_in_both_precisions() {
    use_double_precision();
    for (activation, dtype, tolerance) in [
        (Activation::Relu, FloatDType::F64, Tolerance::EXACT),
        (Activation::Tanh, FloatDType::F64, Tolerance::EXACT),
        (Activation::Relu, FloatDType::F32, single()),
        (Activation::Tanh, FloatDType::F32, single()),
    ] {
        let mut rng = Rng::new(3);
        let MlpParameters { weights, .. } =
            mlp::mlp_init(vec![4, 6, 5, 3], Init::KaimingNormal, 1.4, 7);
        let weights: Vec<Tensor<2>> = weights.into_iter().map(|w| w.cast(dtype)).collect();
        let biases: Vec<Tensor<1>> = [6, 5, 3].map(|n| rng.normal_tensor([n]).cast(dtype)).into();
        let x = rng.normal_tensor([7, 4]).cast(dtype);
        let dlogits = rng.normal_tensor([7, 3]).cast(dtype);

        let parameters = MlpParameters {
            weights: weights.clone(),
            biases: biases.clone(),
        };
        let forward = mlp::mlp_forward(parameters.clone(), activation, x.clone());
        let got = mlp::mlp_backward(parameters, activation, forward, dlogits.clone());

        let tracked = MlpParameters {
            weights: weights.iter().map(leaf).collect(),
            biases: biases.iter().map(leaf).collect(),
        };
        let forward = mlp::mlp_forward(tracked.clone(), activation, x.autodiff());
        let logits = forward.outputs.last().unwrap().clone();
        let gradients = (logits * dlogits.autodiff()).sum().backward();
        for l in 0..3 {
            let dw = tracked.weights[l].grad(&gradients).unwrap();
            close(&got.weights[l], &dw, tolerance).unwrap();
            let db = tracked.biases[l].grad(&gradients).unwrap();
            close(&got.biases[l], &db, tolerance).unwrap();
        }
    }
}

fn single() -> Tolerance {
    Tolerance {
        absolute: 1e-5,
        relative: 1e-5,
    }
}

#[test]
fn cross_entropy_is_pytorchs() {
    use_double_precision();
    let x = tensor([
        [1.0, -2.0, 0.5],
        [3.0, 0.25, -1.0],
        [0.0, 2.0, 1.0],
        [-1.5, 0.5, 4.0],
    ]);
    let options = |ignored| CrossEntropyOptions {
        class_weights: Some(tensor([1.0, 2.0, 4.0])),
        label_smoothing: 0.1,
        ignore_index: Some(ignored),
    };
    let cases = [
        (
            (labels(&[2, 0, -100, 1]), -100),
            1.656057891158596,
            tensor([
                [0.325862490748057, 0.006937009859528634, -0.3327995006075857],
                [
                    0.01626771475841653,
                    3.986551497784903e-05,
                    -0.0163075802733944,
                ],
                [0.0, 0.0, 0.0],
                [
                    -0.003614144938636724,
                    -0.25818580494444043,
                    0.26179994988307714,
                ],
            ]),
        ),
        (
            (labels(&[2, 0, 1, 1]), 1),
            0.9614391641140133,
            tensor([
                [
                    0.45620748704727976,
                    0.009711813803340083,
                    -0.4659193008506198,
                ],
                [
                    0.022774800661783175,
                    5.581172096898699e-05,
                    -0.022830612382752163,
                ],
                [0.0, 0.0, 0.0],
                [0.0, 0.0, 0.0],
            ]),
        ),
    ];
    for ((y, ignored), loss, gradient) in cases {
        let got = losses::cross_entropy(x.clone(), y.clone(), options(ignored));
        within(got, loss, Tolerance::EXACT).unwrap();
        let got = losses::cross_entropy_backward(x.clone(), y, options(ignored));
        close(&got, &gradient, Tolerance::EXACT).unwrap();
    }
}

#[test]
fn losses_keep_single_precision() {
    // Labels of i32 and logits of f32, as a lab has them, in a process whose default is f64.
    use_double_precision();
    let x: Tensor<2> = tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]]).cast(FloatDType::F32);
    let y = Tensor::<1, burn::tensor::Int>::from_data(
        [2, 0],
        (&Device::flex(), burn::tensor::DType::I32),
    );
    let options = CrossEntropyOptions {
        class_weights: None,
        label_smoothing: 0.1,
        ignore_index: Some(-100),
    };
    let exact: Tensor<2> = x.clone().cast(FloatDType::F64);
    let want = losses::cross_entropy(exact, labels(&[2, 0]), options.clone());
    let got = losses::cross_entropy(x.clone(), y.clone(), options.clone());
    within(got, want, single()).unwrap();
    let gradient = losses::cross_entropy_backward(x.clone(), y.clone(), options);
    assert_eq!(gradient.dtype(), burn::tensor::DType::F32);
    assert_eq!(losses::topk_error(x.clone(), y.clone(), 1), 0.5);
    let batch = common::contract::a1::Scored {
        logits: x,
        labels: y,
    };
    assert_eq!(losses::accuracy(vec![batch]), 0.5);
}

#[test]
fn gelu_is_pytorchs() {
    use_double_precision();
    let x = tensor([[-3.0, -0.5, 0.0, 0.7, 2.5]]);
    let want = tensor([[
        -0.00404969409489031,
        -0.15426876936299344,
        0.0,
        0.5306254434438489,
        2.4844758366855597,
    ]]);
    close(
        &tensor_layers::gelu_forward(x.clone()),
        &want,
        Tolerance::EXACT,
    )
    .unwrap();
    let want = tensor([[
        -0.01194564720418392,
        0.13250487534383712,
        0.5,
        0.9766141011336599,
        1.037611085908145,
    ]]);
    let got = tensor_layers::gelu_backward(x.clone(), x.ones_like());
    close(&got, &want, Tolerance::EXACT).unwrap();
}

/// Five steps on `w = [1, -2, 0.5]`, the gradient of step `k` being `sin(3 w + k)`.
fn five_steps(mut step: impl FnMut(Vec<Tensor<1>>, Vec<Tensor<1>>) -> Vec<Tensor<1>>) -> Vec<f64> {
    let mut w = vec![tensor([1.0, -2.0, 0.5])];
    for k in 0..5 {
        let gradients = vec![(w[0].clone() * 3.0 + k).sin()];
        w = step(w, gradients);
    }
    w[0].to_data().iter().collect()
}

#[test]
fn optimisers_are_pytorchs() {
    use_double_precision();
    let zeros = || vec![tensor::<1>([0.0; 3])];
    let same = |got: Vec<f64>, want: [f64; 3]| {
        close_values(&got, &want, Tolerance::EXACT).unwrap();
    };

    let mut state = zeros();
    let got = five_steps(|w, g| {
        let stepped = optimisers::momentum(w, g, state.clone(), 0.1, 0.9);
        state = stepped.state;
        stepped.parameters
    });
    same(
        got,
        [1.2851453691113532, -2.908860097101539, -0.2734574998602613],
    );

    let mut state = zeros();
    let got = five_steps(|w, g| {
        let stepped = optimisers::nesterov(w, g, state.clone(), 0.1, 0.9);
        state = stepped.state;
        stepped.parameters
    });
    same(
        got,
        [1.1628570317306388, -3.3026440917854294, -1.006228461685184],
    );

    let mut state = zeros();
    let got = five_steps(|w, g| {
        let stepped = optimisers::adagrad(w, g, state.clone(), 0.1, 1e-3);
        state = stepped.state;
        stepped.parameters
    });
    same(
        got,
        [1.026880069490772, -2.297422552530242, 0.4293375973660861],
    );

    let mut state = zeros();
    let got = five_steps(|w, g| {
        let stepped = optimisers::rmsprop(w, g, state.clone(), 0.1, 0.9, 1e-3);
        state = stepped.state;
        stepped.parameters
    });
    same(
        got,
        [0.8726018481032201, -3.268859478604009, -0.41488516963611954],
    );

    let settings = AdamSettings {
        lr: 0.1,
        beta1: 0.8,
        beta2: 0.95,
        eps: 1e-3,
        weight_decay: 0.2,
    };
    let start = || AdamState {
        step: 0,
        first: zeros(),
        second: zeros(),
    };
    let mut state = start();
    let got = five_steps(|w, g| {
        let stepped = optimisers::adam(w, g, state.clone(), settings.clone());
        state = stepped.state;
        stepped.parameters
    });
    same(
        got,
        [1.0241366767319025, -1.9985015898737586, 0.18207466785089021],
    );

    let mut state = start();
    let got = five_steps(|w, g| {
        let stepped = optimisers::adamw(w, g, state.clone(), settings.clone());
        state = stepped.state;
        stepped.parameters
    });
    same(
        got,
        [1.0365190657176848, -2.2119871461721163, 0.15450648385303656],
    );
}

/*
import torch, torch.nn.functional as F
torch.set_default_dtype(torch.float64); torch.set_printoptions(precision=15)
x = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0], [0.0, 2.0, 1.0], [-1.5, 0.5, 4.0]], requires_grad=True)
y = torch.tensor([2, 0, -100, 1])
v = torch.tensor([1.0, 2.0, 4.0])
loss = F.cross_entropy(x, y, weight=v, label_smoothing=0.1, ignore_index=-100); loss.backward()
print(loss.item(), x.grad.flatten().tolist())
y = torch.tensor([2, 0, 1, 1]); x.grad = None
loss = F.cross_entropy(x, y, weight=v, label_smoothing=0.1, ignore_index=1); loss.backward()
print(loss.item(), x.grad.flatten().tolist())
g = torch.tensor([[-3.0, -0.5, 0.0, 0.7, 2.5]], requires_grad=True)
out = F.gelu(g); out.sum().backward(); print(out.flatten().tolist(), g.grad.flatten().tolist())
def run(make):
    w = torch.tensor([1.0, -2.0, 0.5], requires_grad=True)
    opt = make([w])
    for k in range(5):
        w.grad = torch.sin(w.detach() * 3 + k)
        opt.step()
    return w.tolist()
o = torch.optim
for name, make in [("momentum", lambda p: o.SGD(p, 0.1, momentum=0.9)), ("nesterov", lambda p: o.SGD(p, 0.1, momentum=0.9, nesterov=True)),
  ("adagrad", lambda p: o.Adagrad(p, 0.1, eps=1e-3)), ("rmsprop", lambda p: o.RMSprop(p, 0.1, alpha=0.9, eps=1e-3)),
  ("adam", lambda p: o.Adam(p, 0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)), ("adamw", lambda p: o.AdamW(p, 0.1, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2))]:
    print(name, run(make))
*/
