//! Checks of A1.3, vector-Jacobian products by hand.

use std::f64::consts::FRAC_1_SQRT_2;

use burn::tensor::{Tensor, activation};
use common::check::{
    Check, Tolerance, Verdict, close, close_values, ensure, equal_bits, numeric_gradient, shape,
    within,
};
use common::contract::a1::TensorLayers;
use common::contract::{Outcome, Submission};
use common::rng::Rng;

use super::{about, matrix_away_from_zero, normal_matrix, sizes, tracked};
use crate::oracle::matrix::{Matrix, dot, tensor, values, vector};
use crate::oracle::tensor_layers::{self as oracle, gelu, sigmoid};

const PART: &str = "A1.3";

/// For sums of the same products in another order.
const ADJOINT: Tolerance = Tolerance {
    absolute: 1e-12,
    relative: 1e-12,
};

/// The checks of this part.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "tensor_layers/forward",
            part: PART,
            points: 2,
            proves: "The forward passes of linear, ReLU and exact GELU have the right values.",
            hint: "Every row gets the same bias. The exact GELU uses erf, not tanh.",
            run: forward,
        },
        Check {
            id: "tensor_layers/linear_vjp",
            part: PART,
            points: 2,
            proves: "dx, dw and db agree with central differences and with Burn's autodiff.",
            hint: "Each gradient has the shape of what it belongs to. The mean over the batch, if any, is in dy already.",
            run: linear_vjp,
        },
        Check {
            id: "tensor_layers/linear_adjoint",
            part: PART,
            points: 1,
            proves: "The backward pass is the transpose of the forward pass: <A x, dy> = <x, A^T dy>.",
            hint: "Which matrix is transposed, and on which side does it stand?",
            run: linear_adjoint,
        },
        Check {
            id: "tensor_layers/activation_gradients",
            part: PART,
            points: 2,
            proves: "The gradients of ReLU, GELU, sigmoid and tanh agree with central differences and with Burn's autodiff.",
            hint: "Sigmoid and tanh are given their output, ReLU and GELU their input. The product rule gives GELU two terms.",
            run: activation_gradients,
        },
        Check {
            id: "tensor_layers/relu_at_zero",
            part: PART,
            points: 1,
            proves: "At x = 0 the gradient of ReLU is 0, whatever dy is.",
            hint: "The gate is open where x > 0, and only there.",
            run: relu_at_zero,
        },
        Check {
            id: "tensor_layers/unbroadcast_shapes",
            part: PART,
            points: 2,
            proves: "unbroadcast sums over the repeated axes and no others, for twelve pairs of shapes.",
            hint: "Look at each axis on its own: where shape has 1 the gradient is summed and the axis kept.",
            run: unbroadcast_shapes,
        },
        Check {
            id: "tensor_layers/reductions_and_views",
            part: PART,
            points: 2,
            proves: "The gradients of sum, mean, reshape and permute agree with Burn's autodiff, for every axis and every permutation.",
            hint: "A permutation of three axes need not be its own inverse; a mean divides by the length of the axis it runs over.",
            run: reductions_and_views,
        },
        Check {
            id: "tensor_layers/linear_in_dy",
            part: PART,
            points: 1,
            proves: "Every backward function is linear in dy.",
            hint: "Each result is a sum of products with elements of dy; nothing may be without dy or use it twice.",
            run: linear_in_dy,
        },
        Check {
            id: "tensor_layers/per_sample",
            part: PART,
            points: 1,
            proves: "Seven samples at once give what they give one by one: the same dx, the summed dw and db.",
            hint: "Samples do not know of each other. Nothing is divided by their number.",
            run: per_sample,
        },
    ]
}

/// A linear layer with its input and a random cotangent, all sizes different.
struct Linear {
    x: Matrix,
    w: Matrix,
    b: Vec<f64>,
    dy: Matrix,
}

fn random_linear(rng: &mut Rng) -> Linear {
    let [n, inputs, outputs] = sizes(rng, 2, 6);
    Linear {
        x: normal_matrix(rng, n, inputs),
        w: normal_matrix(rng, inputs, outputs),
        b: (0..outputs).map(|_| rng.normal()).collect(),
        dy: normal_matrix(rng, n, outputs),
    }
}

fn forward(s: &Submission, rng: &mut Rng) -> Verdict {
    let Linear { x, w, b, .. } = random_linear(rng);
    let y = s.linear_forward(x.tensor(), w.tensor(), vector(b.clone()))?;
    close(&y, &oracle::linear(&x, &w, &b).tensor(), Tolerance::EXACT)
        .map_err(about("linear_forward"))?;

    // Wide enough for both tails of GELU.
    let x = x.map(|x| 2.0 * x);
    let y = s.relu_forward(x.tensor())?;
    close(&y, &x.map(|x| x.max(0.0)).tensor(), Tolerance::EXACT).map_err(about("relu_forward"))?;
    let y = s.gelu_forward(x.tensor())?;
    close(&y, &x.map(gelu).tensor(), Tolerance::EXACT).map_err(about("gelu_forward"))
}

fn linear_vjp(s: &Submission, rng: &mut Rng) -> Verdict {
    let Linear { x, w, b, dy } = random_linear(rng);
    let got = s.linear_backward(x.tensor(), w.tensor(), dy.tensor())?;

    let numeric = |at: Tensor<2>, y: &dyn Fn(&Matrix) -> Matrix| {
        numeric_gradient(&at, &dy.tensor(), |at| {
            Outcome::Ok(y(&Matrix::of(&at)).tensor())
        })
    };
    let dx = numeric(x.tensor(), &|x| oracle::linear(x, &w, &b))?;
    let dw = numeric(w.tensor(), &|w| oracle::linear(&x, w, &b))?;
    let db = numeric_gradient(&vector(b.clone()), &dy.tensor(), |b| {
        Outcome::Ok(oracle::linear(&x, &w, &values(&b)).tensor())
    })?;
    close(&got.dx, &dx, Tolerance::GRADIENT).map_err(about("dx, central differences"))?;
    close(&got.dw, &dw, Tolerance::GRADIENT).map_err(about("dw, central differences"))?;
    close(&got.db, &db, Tolerance::GRADIENT).map_err(about("db, central differences"))?;

    let (x, w, b) = (
        tracked(&x.tensor()),
        tracked(&w.tensor()),
        tracked(&vector(b)),
    );
    let y = x.clone().matmul(w.clone()) + b.clone().unsqueeze();
    let gradients = (y * dy.tensor().autodiff()).sum().backward();
    let autodiff = "is tracked and was used";
    close(
        &got.dx,
        &x.grad(&gradients).expect(autodiff),
        Tolerance::EXACT,
    )
    .map_err(about("dx, autodiff"))?;
    close(
        &got.dw,
        &w.grad(&gradients).expect(autodiff),
        Tolerance::EXACT,
    )
    .map_err(about("dw, autodiff"))?;
    close(
        &got.db,
        &b.grad(&gradients).expect(autodiff),
        Tolerance::EXACT,
    )
    .map_err(about("db, autodiff"))
}

/// `x w` is linear in `x` and in `w`; the bias enters as `1 b`.
fn linear_adjoint(s: &Submission, rng: &mut Rng) -> Verdict {
    for _ in 0..3 {
        let Linear { x, w, b, dy } = random_linear(rng);
        let got = s.linear_backward(x.tensor(), w.tensor(), dy.tensor())?;
        shape(&got.dx, [x.rows, x.columns]).map_err(about("dx"))?;
        shape(&got.dw, [w.rows, w.columns]).map_err(about("dw"))?;
        shape(&got.db, [b.len()]).map_err(about("db"))?;

        // Other directions than x and w themselves, for which <x, dx> = <w, dw>.
        let (u, v) = (
            normal_matrix(rng, x.rows, x.columns),
            normal_matrix(rng, w.rows, w.columns),
        );
        let dy_dot = |y: Matrix| dot(&y.tensor(), &dy.tensor());
        within(dot(&u.tensor(), &got.dx), dy_dot(u.times(&w)), ADJOINT).map_err(about("dx"))?;
        within(dot(&v.tensor(), &got.dw), dy_dot(x.times(&v)), ADJOINT).map_err(about("dw"))?;
        let repeated = Matrix::from_fn(dy.rows, dy.columns, |_, j| b[j]);
        within(dot(&vector(b), &got.db), dy_dot(repeated), ADJOINT).map_err(about("db"))?;
    }
    Ok(())
}

/// An activation with what the check needs of it.
struct Activation {
    name: &'static str,
    /// The function of one number.
    value: fn(f64) -> f64,
    /// The same in Burn.
    burn: fn(Tensor<2>) -> Tensor<2>,
    /// The submission's gradient, given the input.
    backward: fn(&Submission, &Matrix, Tensor<2>) -> Outcome<Tensor<2>>,
}

const ACTIVATIONS: [Activation; 4] = [
    Activation {
        name: "relu_backward",
        value: |x| x.max(0.0),
        burn: activation::relu,
        backward: |s, x, dy| s.relu_backward(x.tensor(), dy),
    },
    Activation {
        name: "gelu_backward",
        value: gelu,
        // Not `activation::gelu`: Burn's gradient of it is that of the tanh approximation. And no
        // division by a number: Burn's gradient of that rounds to f32.
        burn: |x| x.clone() * 0.5 * ((x * FRAC_1_SQRT_2).erf() + 1.0),
        backward: |s, x, dy| s.gelu_backward(x.tensor(), dy),
    },
    Activation {
        name: "sigmoid_backward",
        value: sigmoid,
        burn: activation::sigmoid,
        backward: |s, x, dy| s.sigmoid_backward(x.map(sigmoid).tensor(), dy),
    },
    Activation {
        name: "tanh_backward",
        value: f64::tanh,
        burn: activation::tanh,
        backward: |s, x, dy| s.tanh_backward(x.map(f64::tanh).tensor(), dy),
    },
];

fn activation_gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 4, 7);
    for f in ACTIVATIONS {
        let x = matrix_away_from_zero(rng, n, d);
        let dy = rng.normal_tensor([n, d]);
        let got = (f.backward)(s, &x, dy.clone())?;

        let numeric = numeric_gradient(&x.tensor(), &dy, |x| {
            Outcome::Ok(Matrix::of(&x).map(f.value).tensor())
        })?;
        close(&got, &numeric, Tolerance::GRADIENT)
            .map_err(about(format_args!("{}, central differences", f.name)))?;

        let x = tracked(&x.tensor());
        let gradients = ((f.burn)(x.clone()) * dy.autodiff()).sum().backward();
        let autodiff = x.grad(&gradients).expect("is tracked and was used");
        close(&got, &autodiff, Tolerance::EXACT)
            .map_err(about(format_args!("{}, autodiff", f.name)))?;
    }
    Ok(())
}

fn relu_at_zero(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d] = sizes(rng, 4, 7);
    let x = Matrix::from_fn(
        n,
        d,
        |i, j| if (i + j) % 2 == 0 { 0.0 } else { rng.normal() },
    );
    let dy = normal_matrix(rng, n, d);
    let want = Matrix::from_fn(n, d, |i, j| if x[(i, j)] > 0.0 { dy[(i, j)] } else { 0.0 });
    close(
        &s.relu_backward(x.tensor(), dy.tensor())?,
        &want.tensor(),
        Tolerance::EXACT,
    )
}

/// Which axes are repeated, and which of the sizes of the gradient are 1 themselves.
const BROADCASTS: [([bool; 3], [bool; 3]); 12] = {
    const KEEP: [bool; 3] = [false; 3];
    [
        ([false, false, false], KEEP),               // nothing repeated
        ([true, false, false], KEEP),                // [1, b, c]
        ([false, true, false], KEEP),                // [a, 1, c]
        ([false, false, true], KEEP),                // [a, b, 1]
        ([true, true, false], KEEP),                 // [1, 1, c]: (c,) -> (a, b, c)
        ([true, false, true], KEEP),                 // [1, b, 1]
        ([false, true, true], KEEP),                 // [a, 1, 1]
        ([true, true, true], KEEP),                  // a scalar
        ([true, true, false], [true, false, false]), // (c,) -> (b, c)
        ([true, false, true], [true, false, false]), // (b, 1) -> (b, c)
        ([true, true, true], [true, false, false]),  // a scalar -> (b, c)
        ([true, false, true], [false, true, false]), // [1, 1, 1] -> [a, 1, c]
    ]
};

fn unbroadcast_shapes(s: &Submission, rng: &mut Rng) -> Verdict {
    for (repeated, ones) in BROADCASTS {
        let mut from: [usize; 3] = sizes(rng, 2, 5);
        for axis in 0..3 {
            if ones[axis] {
                from[axis] = 1;
            }
        }
        let shape = std::array::from_fn(|axis| if repeated[axis] { 1 } else { from[axis] });
        let gradient = rng.normal_tensor(from);
        let want = tensor(oracle::unbroadcast(&values(&gradient), from, shape), shape);
        close(&s.unbroadcast(gradient, shape)?, &want, Tolerance::EXACT)
            .map_err(about(format_args!("from {from:?} to {shape:?}")))?;
    }
    Ok(())
}

fn reductions_and_views(s: &Submission, rng: &mut Rng) -> Verdict {
    reductions(s, rng)?;
    reshape(s, rng)?;
    permute(s, rng)
}

fn reductions(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape: [usize; 2] = sizes(rng, 2, 6);
    for axis in 0..2 {
        let mut of_y = shape;
        of_y[axis] = 1;
        let dy = rng.normal_tensor(of_y);
        let at = |i: usize, j: usize| values(&dy)[[j, i][axis]];
        let repeated = Matrix::from_fn(shape[0], shape[1], at);
        let mean = repeated.map(|dy| dy / shape[axis] as f64);
        let (sum, mean) = (repeated.tensor(), mean.tensor());

        let got = s.sum_backward(dy.clone(), shape, axis)?;
        close(&got, &sum, Tolerance::EXACT).map_err(about(format_args!("sum, axis {axis}")))?;
        let got = s.mean_backward(dy.clone(), shape, axis)?;
        close(&got, &mean, Tolerance::EXACT).map_err(about(format_args!("mean, axis {axis}")))?;

        let x = tracked(&rng.normal_tensor(shape));
        let gradients = (x.clone().mean_dim(axis) * dy.autodiff()).sum().backward();
        let autodiff = x.grad(&gradients).expect("is tracked and was used");
        close(&got, &autodiff, Tolerance::EXACT)
            .map_err(about(format_args!("mean, axis {axis}, autodiff")))?;
    }
    Ok(())
}

/// A reshape keeps the row-major order.
fn reshape(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape: [usize; 3] = sizes(rng, 2, 5);
    for y in [
        [shape[0], shape[1] * shape[2]],
        [shape[0] * shape[1], shape[2]],
    ] {
        let dy = rng.normal_tensor(y);
        let got = s.reshape_backward(dy.clone(), shape)?;
        equal_bits(&got, &tensor(values(&dy), shape))
            .map_err(about(format_args!("reshape {shape:?} to {y:?}")))?;
    }
    Ok(())
}

fn permute(s: &Submission, rng: &mut Rng) -> Verdict {
    let shape: [usize; 3] = sizes(rng, 2, 5);
    for axes in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let here = format!("permute {shape:?} by {axes:?}");
        // What comes back is the tensor that is permuted to dy.
        let dx = rng.normal_tensor(shape);
        let (dy, to) = oracle::permute(&values(&dx), shape, axes);
        let dy = tensor(dy, to);
        let got = s.permute_backward(dy.clone(), axes)?;
        equal_bits(&got, &dx).map_err(about(&here))?;

        let x = tracked(&rng.normal_tensor(shape));
        let gradients = (x.clone().permute(axes) * dy.autodiff()).sum().backward();
        let autodiff = x.grad(&gradients).expect("is tracked and was used");
        equal_bits(&got, &autodiff).map_err(about(format_args!("{here}, autodiff")))?;
    }
    Ok(())
}

/// A backward function with all its arguments but `dy` fixed, its results as one list of numbers.
type Backward<'a> = (
    &'static str,
    [usize; 2],
    Box<dyn Fn(Tensor<2>) -> Outcome<Vec<f64>> + 'a>,
);

fn linear_in_dy(s: &Submission, rng: &mut Rng) -> Verdict {
    let [n, d, outputs] = sizes(rng, 2, 6);
    // Positive, so that ReLU's gates are open: with all of them shut its gradient is rightly 0.
    let x = matrix_away_from_zero(rng, n, d).map(f64::abs).tensor();
    let w = normal_matrix(rng, d, outputs).tensor();
    let y = normal_matrix(rng, n, d).map(sigmoid).tensor();
    let functions: [Backward; 9] = [
        (
            "linear_backward",
            [n, outputs],
            Box::new(|dy| {
                let got = s.linear_backward(x.clone(), w.clone(), dy)?;
                Ok([values(&got.dx), values(&got.dw), values(&got.db)].concat())
            }),
        ),
        (
            "relu_backward",
            [n, d],
            Box::new(|dy| Ok(values(&s.relu_backward(x.clone(), dy)?))),
        ),
        (
            "gelu_backward",
            [n, d],
            Box::new(|dy| Ok(values(&s.gelu_backward(x.clone(), dy)?))),
        ),
        (
            "sigmoid_backward",
            [n, d],
            Box::new(|dy| Ok(values(&s.sigmoid_backward(y.clone(), dy)?))),
        ),
        (
            "tanh_backward",
            [n, d],
            Box::new(|dy| Ok(values(&s.tanh_backward(y.clone(), dy)?))),
        ),
        (
            "unbroadcast",
            [n, d],
            Box::new(|dy| Ok(values(&s.unbroadcast(dy.reshape([1, n, d]), [1, 1, d])?))),
        ),
        (
            "sum_backward",
            [n, 1],
            Box::new(|dy| Ok(values(&s.sum_backward(dy, [n, d], 1)?))),
        ),
        (
            "mean_backward",
            [1, d],
            Box::new(|dy| Ok(values(&s.mean_backward(dy, [n, d], 0)?))),
        ),
        (
            "reshape_backward",
            [n, d],
            Box::new(|dy| Ok(values(&s.reshape_backward(dy, [1, d, n])?))),
        ),
    ];
    for (name, shape, backward) in functions {
        let (one, two) = (rng.normal_tensor(shape), rng.normal_tensor(shape));
        let (a, b) = (rng.uniform(0.5, 2.0), rng.uniform(-2.0, -0.5));
        let together = backward(one.clone() * a + two.clone() * b)?;
        let (one, two) = (backward(one)?, backward(two)?);
        not_all_zero(&one).map_err(about(name))?;
        let apart: Vec<f64> = one.iter().zip(&two).map(|(f, g)| a * f + b * g).collect();
        close_values(&together, &apart, Tolerance::EXACT).map_err(about(name))?;
    }
    Ok(())
}

/// Zeros are linear and additive, and no gradient.
fn not_all_zero(v: &[f64]) -> Verdict {
    ensure(v.iter().any(|v| *v != 0.0), || "everything is 0".into())
}

fn per_sample(s: &Submission, rng: &mut Rng) -> Verdict {
    const N: usize = 7;
    let [inputs, outputs] = sizes(rng, 2, 6);
    let x = normal_matrix(rng, N, inputs);
    let w = normal_matrix(rng, inputs, outputs);
    let dy = normal_matrix(rng, N, outputs);
    let all = s.linear_backward(x.tensor(), w.tensor(), dy.tensor())?;

    let row = |m: &Matrix, i: usize| tensor(m.row(i).to_vec(), [1, m.columns]);
    let (mut dx, mut dw, mut db) = (vec![], vec![0.0; inputs * outputs], vec![0.0; outputs]);
    for i in 0..N {
        let one = s.linear_backward(row(&x, i), w.tensor(), row(&dy, i))?;
        shape(&one.dx, [1, inputs]).map_err(about("dx of one sample"))?;
        shape(&one.dw, [inputs, outputs]).map_err(about("dw of one sample"))?;
        shape(&one.db, [outputs]).map_err(about("db of one sample"))?;
        dx.extend(values(&one.dx));
        add(&mut dw, &one.dw);
        add(&mut db, &one.db);
    }
    for (name, v) in [("dx", &dx), ("dw", &dw), ("db", &db)] {
        not_all_zero(v).map_err(about(name))?;
    }
    close(&all.dx, &tensor(dx, [N, inputs]), Tolerance::EXACT).map_err(about("dx"))?;
    close(&all.dw, &tensor(dw, [inputs, outputs]), Tolerance::EXACT).map_err(about("dw"))?;
    close(&all.db, &vector(db), Tolerance::EXACT).map_err(about("db"))
}

fn add<const D: usize>(sum: &mut [f64], more: &Tensor<D>) {
    for (sum, more) in sum.iter_mut().zip(values(more)) {
        *sum += more;
    }
}
