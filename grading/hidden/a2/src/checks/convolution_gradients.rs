//! Checks of A2.2, backwards.

use burn::tensor::Tensor;
use common::check::{Check, Failure, Tolerance, Verdict, close, shape, within};
use common::contract::Submission;
use common::contract::a2::{ConvGradients, ConvOptions, Convolution};
use common::rng::Rng;

use super::convolution::{ADJOINT, BOTH, DRAWN, PART, any_conv, burns, random_conv, sizes_of};
use super::{about, sizes};
use crate::oracle::array::{Array, dot};
use crate::oracle::convolution::{Conv, Gradients};
use crate::oracle::pytorch_convolution::Convolutions;

/// The checks of this part that look at gradients.
pub fn checks() -> Vec<Check> {
    vec![
        Check {
            id: "convolution/gradients",
            part: PART,
            points: 2,
            proves: "The gradients are those of another implementation, of PyTorch and of Burn's autodiff, in one group and in several.",
            hint: "dW and dbias are sums over the images, dbias over the places too; dX goes through col2im.",
            run: gradients,
        },
        Check {
            id: "convolution/gradients_adjoint",
            part: PART,
            points: 1,
            proves: "Moving x or the kernels changes <y, dy> by the gradient times the move, to twelve digits.",
            hint: "Without bias <conv(x), dy> = <x, dx> = <W, dW>, since the output is linear in each.",
            run: adjoint,
        },
        Check {
            id: "convolution/depthwise",
            part: PART,
            points: 1,
            proves: "With as many groups as channels each channel has its own kernels, forwards and backwards; kernels of one pixel mix channels.",
            hint: "Each group then has one input channel, and c_out / groups outputs.",
            run: depthwise,
        },
        Check {
            id: "convolution/rest_and_batch",
            part: PART,
            points: 1,
            proves: "Pixels that no place reaches get a gradient of zero, and the gradients of a batch are the sum of those of its images.",
            hint: "dx has the shape of x, also where the stride leaves rows over at the end.",
            run: rest_and_batch,
        },
    ]
}

fn call(s: &Submission, conv: &Conv, dy: &Array<4>) -> Result<ConvGradients, Failure> {
    let (x, weight) = (conv.x.tensor(), conv.weight.tensor());
    Ok(s.conv2d_backward(x, weight, dy.tensor(), conv.options.clone())?)
}

fn same(got: &ConvGradients, want: &Gradients, tolerance: Tolerance) -> Verdict {
    close(&got.dx, &want.dx.tensor(), tolerance).map_err(about("dx"))?;
    close(&got.dweight, &want.dweight.tensor(), tolerance).map_err(about("dweight"))?;
    close(&got.dbias, &want.dbias.tensor(), tolerance).map_err(about("dbias"))
}

fn right(s: &Submission, rng: &mut Rng, conv: &Conv) -> Verdict {
    let dy = Array::normal(rng, conv.y_shape());
    let got = call(s, conv, &dy)?;
    same(&got, &conv.gradients(&dy), Tolerance::EXACT)
        .map_err(|failure| failure.on_input(sizes_of(conv)))
}

/// By Burn's convolution and autodiff.
fn autodiff(conv: &Conv, dy: &Array<4>) -> Gradients {
    let (x, weight, bias) = (tracked(&conv.x), tracked(&conv.weight), tracked(&conv.bias));
    let y = burns(x.clone(), weight.clone(), bias.clone(), &conv.options);
    let gradients = (y * dy.tensor().autodiff()).sum().backward();
    Gradients {
        dx: Array::of(&x.grad(&gradients).expect("x is tracked and was used")),
        dweight: Array::of(&weight.grad(&gradients).expect("as are the kernels")),
        dbias: Array::of(&bias.grad(&gradients).expect("and the bias")),
    }
}

fn tracked<const D: usize>(array: &Array<D>) -> Tensor<D> {
    array.tensor().autodiff().require_grad()
}

fn gradients(s: &Submission, rng: &mut Rng) -> Verdict {
    for groups in 1..=3 {
        let conv = random_conv(rng, groups);
        right(s, rng, &conv)?;
        for _ in 0..DRAWN {
            let conv = any_conv(rng, groups);
            right(s, rng, &conv)?;
        }
    }
    let conv = random_conv(rng, 2);
    let dy = Array::normal(rng, conv.y_shape());
    same(
        &call(s, &conv, &dy)?,
        &autodiff(&conv, &dy),
        Tolerance::EXACT,
    )
    .map_err(about("Burn's autodiff"))?;
    for case in &Convolutions::load().cases {
        let got = call(s, &case.conv(), &case.dy)?;
        same(&got, &case.gradients(), Tolerance::EXACT).map_err(about("PyTorch"))?;
    }
    Ok(())
}

fn adjoint(s: &Submission, rng: &mut Rng) -> Verdict {
    let mut conv = random_conv(rng, 1);
    conv.bias = Array::zeros(conv.bias.shape);
    let dy = Array::normal(rng, conv.y_shape());
    let got = call(s, &conv, &dy)?;
    shape(&got.dx, conv.x.shape).map_err(about("dx"))?;
    shape(&got.dweight, conv.weight.shape).map_err(about("dweight"))?;
    let along = dot(&conv.y().tensor(), &dy.tensor());
    let check = || {
        within(dot(&conv.x.tensor(), &got.dx), along, ADJOINT).map_err(about("<x, dx>"))?;
        let by_kernels = dot(&conv.weight.tensor(), &got.dweight);
        within(by_kernels, along, ADJOINT).map_err(about("<W, dW>"))
    };
    check().map_err(|failure: Failure| failure.on_input(sizes_of(&conv)))
}

fn depthwise(s: &Submission, rng: &mut Rng) -> Verdict {
    let [channels, height, width] = sizes(rng, 3, 5);
    let options = ConvOptions {
        padding: [1, 0],
        groups: channels,
        ..ConvOptions::default()
    };
    let (x, weight) = ([2, channels, height, width], [2 * channels, 1, 3, 2]);
    let depthwise = Conv::random(rng, x, weight, options);
    let weight = [2, channels, 1, 1];
    let pointwise = Conv::random(rng, x, weight, ConvOptions::default());
    for conv in [depthwise, pointwise] {
        for (name, forward) in BOTH {
            close(&forward(s, &conv)?, &conv.y().tensor(), Tolerance::EXACT)
                .map_err(|failure| failure.about(name).on_input(sizes_of(&conv)))?;
        }
        right(s, rng, &conv)?;
    }
    Ok(())
}

fn rest_and_batch(s: &Submission, rng: &mut Rng) -> Verdict {
    // Two places of three pixels, three apart, are six: one row and two columns are left over.
    let options = ConvOptions {
        stride: [3, 3],
        ..ConvOptions::default()
    };
    let conv = Conv::random(rng, [3, 2, 7, 8], [2, 2, 3, 3], options);
    let dy = Array::normal(rng, conv.y_shape());
    let got = call(s, &conv, &dy)?;
    same(&got, &conv.gradients(&dy), Tolerance::EXACT)?;

    let image = |all: &Array<4>, n: usize| {
        let [_, c, height, width] = all.shape;
        Array::from_fn([1, c, height, width], |[_, c, i, j]| all[[n, c, i, j]])
    };
    let (mut dx, mut dweight, mut dbias) = (vec![], vec![], vec![]);
    for n in 0..3 {
        let one = Conv {
            x: image(&conv.x, n),
            ..conv.clone()
        };
        let alone = call(s, &one, &image(&dy, n))?;
        same(&alone, &one.gradients(&image(&dy, n)), Tolerance::EXACT)
            .map_err(about("one image"))?;
        dx.push(alone.dx);
        dweight.push(alone.dweight.unsqueeze_dim::<5>(0));
        dbias.push(alone.dbias.unsqueeze_dim::<2>(0));
    }
    close(&got.dx, &Tensor::cat(dx, 0), Tolerance::EXACT).map_err(about("dx of a batch"))?;
    let sum = Tensor::cat(dweight, 0).sum_dim(0).squeeze_dim(0);
    close(&got.dweight, &sum, Tolerance::EXACT).map_err(about("dweight of a batch"))?;
    let sum = Tensor::cat(dbias, 0).sum_dim(0).squeeze_dim(0);
    close(&got.dbias, &sum, Tolerance::EXACT).map_err(about("dbias of a batch"))
}
